"""What stands on the pages of a PDF, and whether it stays on them."""

import re
from collections.abc import Iterator
from contextlib import closing

import numpy as np
import pypdfium2 as pdfium


def pages(content: bytes) -> list[str]:
    """The text of every page, white space run together."""

    def read() -> Iterator[str]:
        with closing(pdfium.PdfDocument(content)) as opened:
            for page in opened:
                with closing(page), closing(page.get_textpage()) as textpage:
                    # PDFium writes a hyphen at the end of a line as a control character
                    words = textpage.get_text_bounded().replace("\x02", "-")
                    yield re.sub(r"\s+", " ", words)

    return list(read())


def ink(page: pdfium.PdfPage) -> np.ndarray:
    """`(h, w)` whether a pixel at 72 per inch is not white."""
    return np.asarray(page.render(scale=1).to_pil().convert("L")) < 250


def touches_its_edge(content: bytes) -> bool:
    """Whether anything is drawn on the outermost pixels of any page, as where it is cut off."""
    with closing(pdfium.PdfDocument(content)) as opened:
        for page in opened:
            with closing(page):
                drawn = ink(page)
                if drawn[[0, -1]].any() or drawn[:, [0, -1]].any():
                    return True
    return False


def squeezed(words: str) -> str:
    return re.sub(r"\s+", "", words)


def assert_inside_margins(content: bytes) -> None:
    """Nothing is drawn beyond the text's width; what is clipped away there is not drawn."""
    with closing(pdfium.PdfDocument(content)) as opened:
        for number, page in enumerate(opened, 1):
            with closing(page):
                drawn = ink(page)
                assert not drawn[:, :54].any(), f"page {number}, on the left"
                assert not drawn[:, -54:].any(), f"page {number}, on the right"
                assert not drawn[:40].any(), f"page {number}, above"
