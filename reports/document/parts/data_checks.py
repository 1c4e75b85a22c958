"""What the checks of a data set found before anything was learnt from it."""

from bench.protocol.cards import DatasetCard
from reports.document.blocks import Block, TableBlock
from reports.document.tables import Column, Row, Table

_RESULTS = {"fine": "ok", "note": "to be looked at", "serious": "serious"}

_PROBES = ("which-split", "border", "metadata")


def checked(card: DatasetCard, stem: str) -> list[Block]:
    """A table of the findings; nothing where the checks were not made.

    Args:
        card: of the data set.
        stem: its name as part of an anchor.
    """
    if not card.checked:
        return []
    rows = tuple(
        Row(
            (finding.title, _RESULTS[finding.level], finding.text, finding.advice),
            emphasis=finding.level == "serious",
            on_paper=finding.level != "fine",
        )
        for finding in card.checked
    )
    serious = sum(finding.level == "serious" for finding in card.checked)
    found = "nothing serious" if not serious else f"{serious} serious"
    fine = sum(finding.level == "fine" for finding in card.checked)
    table = Table(
        f"checks-{stem}",
        f"Checks of {card.name}: {found}, {fine} of {len(rows)} in order.",
        (
            Column("check", "Check"),
            Column("result", "Result"),
            Column("found", "Found", wraps=True),
            Column("advice", "What to do", wraps=True),
        ),
        rows,
        (
            "Made before the first trial, by the same program as “bench data check”, which also "
            "names the images. They decide no verdict." + _about_probes(card),
        ),
        on_paper=fine < len(rows),
    )
    return [TableBlock(table)]


def _about_probes(card: DatasetCard) -> str:
    """A sentence on those checks that train a classifier; of segmentation there are none."""
    titles = [f"“{found.title}”" for found in card.checked or () if found.check in _PROBES]
    if not titles:
        return ""
    return (
        f" Simple classifiers that should fail: {', '.join(titles)}. Where one succeeds, so may "
        "any method, by a shortcut."
    )
