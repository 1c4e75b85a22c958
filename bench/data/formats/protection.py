"""What of a file may tell who the patient is: text in the picture, tags, its name.

Nothing of what is found is quoted but the names of tags and of files: a warning must not tell more
than it warns of.
"""

import re
from collections.abc import Collection
from datetime import date
from itertools import pairwise
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray

from bench.data.formats.dicom_files import protected_tags
from bench.data.formats.picture import Picture


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


LETTERS = "what looks like letters stands at its border"
"""Said of a picture in which a line of text was found."""

_ZONE = 0.25  # of each side, in which devices write
_LEAST_SIDE = 48  # px, below which no text can be read
_HEIGHTS = (5, 60)  # px of a letter
_LINE = 5  # letters and more make a line
_CONTRAST = 70  # gray levels between a letter and what is around it
_EVEN = 30  # gray levels that strokes differ at most, as standard deviation
_DATE = re.compile(
    r"(?<!\d)(\d{4})[-_.]?(\d{2})[-_.]?(\d{2})(?!\d)|(?<!\d)(\d{2})[-_.](\d{2})[-_.](\d{4})(?!\d)"
)
_LONG_NUMBER = re.compile(r"(?<!\d)\d{7,12}(?!\d)")
_CAPITALISED = re.compile(r"(?<![A-Za-z])[A-Z][a-z]{2,}(?:[,_^ ]+[A-Z][a-z]{2,})+(?![A-Za-z])")
_BETWEEN = re.compile(r"[,_^ ]+")
# Words of which no name of a person is made. Those that are names, too, such as North, Young or
# Mass, are none of them: the word beside them usually is.
_NO_NAMES = _words(
    "image images picture pictures photo photos slice slices frame frames scan scans series study "
    "exam visit baseline data dataset set subset sample samples part fold split batch training "
    "train test testing validation evaluation file files folder original processed resized cropped "
    "augmented raw final mask masks label labels segmentation annotation overlay output results "
    "case cases patient patients subject subjects group cohort control controls region area site "
    "center centre hospital clinic department university class type category grade stage level "
    "version left right upper lower middle anterior posterior superior inferior axial coronal "
    "sagittal lateral frontal oblique view breast chest lung lungs brain abdomen pelvis knee liver "
    "kidney heart spine skin retina fundus thyroid prostate colon tissue mammogram mammography "
    "ultrasound xray dermoscopy histology pathology microscopy flair contrast normal abnormal "
    "healthy benign malignant positive negative disease finding findings tumor tumour cancer "
    "carcinoma lesion lesions nodule nodules cyst polyp opacity pneumonia effusion edema glioma "
    "meningioma melanoma nevus calcification"
)
_OLDEST = 1900


def remarks_on(data: bytes, picture: Picture, letters: bool = True) -> tuple[str, ...]:
    """What has to be said of one file and the picture in it.

    Args:
        data: content of the file.
        picture: as it was read from it, at its own size.
        letters: whether letters are looked for, too.
    """
    tags = protected_tags(data) if picture.format == "dicom" else ()
    seen = letters and has_letters(picture.levels(picture.bits))
    return (*tags, LETTERS) if seen else tags


def has_letters(pixels: NDArray[np.uint8]) -> bool:
    """Whether a line of letters stands in the border of an image `(h, w)` or `(h, w, 3)`.

    Letters are areas of one even level, much brighter or much darker than what is around them, of
    about the same height, on one line and close together. Speckle and edges are none of that all
    at once.
    """
    gray = pixels if pixels.ndim == 2 else pixels.max(axis=2)
    h, w = gray.shape
    if min(h, w) < _LEAST_SIDE:
        return False
    top, left = int(h * _ZONE), int(w * _ZONE)
    strips = (gray[:top], gray[h - top :], gray[:, :left], gray[:, w - left :])
    return any(_line_of_letters(s) or _line_of_letters(255 - s) for s in strips)


def _line_of_letters(strip: NDArray[np.uint8]) -> bool:
    """Whether letters that are brighter than their surroundings make a line, at one of a few
    levels: what touches a letter at one does not at a higher one."""
    least = max(int(np.median(strip)) + _CONTRAST, 128)
    levels = sorted({least, (least + 255) // 2, 240})
    return any(_line_at(strip, level) for level in levels if level >= least)


def _line_at(strip: NDArray[np.uint8], level: int) -> bool:
    from scipy import ndimage

    areas, count = ndimage.label(strip >= level, structure=np.ones((3, 3)))
    if not _LINE <= count <= 20_000:
        return False
    letters = []
    for number, place in enumerate(ndimage.find_objects(areas), 1):
        rows, cols = place
        high, wide = rows.stop - rows.start, cols.stop - cols.start
        if not (_HEIGHTS[0] <= high <= _HEIGHTS[1] and wide <= 1.6 * high):
            continue
        inside = areas[place] == number
        share = inside.mean()
        if share < 0.12 or (wide >= 0.35 * high and share > 0.85):
            continue
        levels = strip[place][inside]
        around = _around(strip, place, inside)
        if levels.std() > _EVEN or (len(around) and levels.mean() - np.median(around) < _CONTRAST):
            continue
        letters.append((rows.start, rows.stop, cols.start, cols.stop))
    return _longest_line(letters) >= _LINE


def _around(
    strip: NDArray[np.uint8], place: tuple[slice, slice], inside: NDArray[np.bool_]
) -> NDArray[np.uint8]:
    """Levels next to an area: within its box, and two pixels around that."""
    rows, cols = place
    box = strip[max(rows.start - 2, 0) : rows.stop + 2, max(cols.start - 2, 0) : cols.stop + 2]
    whole = np.zeros(box.shape, np.bool_)
    at = (min(rows.start, 2), min(cols.start, 2))
    whole[at[0] : at[0] + inside.shape[0], at[1] : at[1] + inside.shape[1]] = inside
    found: NDArray[np.uint8] = box[~whole]
    return found


def _longest_line(letters: list[tuple[int, int, int, int]]) -> int:
    """The most letters of like height that stand side by side on one line."""
    ordered = sorted(letters, key=lambda box: box[2])
    longest = [1] * len(ordered)
    for i, (top, bottom, left, _) in enumerate(ordered):
        high = bottom - top
        for j in range(i - 1, max(i - 40, -1), -1):
            other_top, other_bottom, _, other_right = ordered[j]
            other_high = other_bottom - other_top
            gap = left - other_right
            same_line = abs(bottom - other_bottom) <= 0.35 * max(high, other_high)
            alike = max(high, other_high) <= 1.7 * min(high, other_high)
            if same_line and alike and -1 <= gap <= 1.2 * max(high, other_high):
                longest[i] = max(longest[i], longest[j] + 1)
    return max(longest, default=0)


def identifying_name(path: str, known: Collection[str] = ()) -> str:
    """What of a file's path may tell who the patient is, in words; "" where nothing is seen.

    Args:
        path: of the file, in its folder.
        known: further words of which no name of a person is made, in lower case, such as those of
            the classes.

    >>> identifying_name("Smith_John/1.png"), identifying_name("1957-03-04_a.png")
    ('two names', 'a date')
    >>> identifying_name("scan_0012345678.png"), identifying_name("benign/img_012.png")
    ('a long number', '')
    """
    for part in PurePosixPath(path).parts:
        stem = PurePosixPath(part).stem
        if "^" in stem or any(_two_names(run, known) for run in _CAPITALISED.findall(stem)):
            return "two names"
        if _is_date(stem):
            return "a date"
        if _LONG_NUMBER.search(stem):
            return "a long number"
    return ""


def _two_names(run: str, known: Collection[str]) -> bool:
    """Whether two words side by side may be the names of a person."""
    words = [word.lower() for word in _BETWEEN.split(run)]
    may_be = [word not in _NO_NAMES and word not in known for word in words]
    return any(one and other for one, other in pairwise(may_be))


def _is_date(text: str) -> bool:
    for found in _DATE.finditer(text):
        year, month, day = found.group(1, 2, 3) if found[1] else found.group(6, 5, 4)
        try:
            day_of = date(int(year), int(month), int(day))
        except ValueError:
            continue
        if _OLDEST <= day_of.year <= date.today().year:
            return True
    return False
