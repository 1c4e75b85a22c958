"""Section "Single cases": test images with the outlines of the truth and of both sides."""

from collections.abc import Mapping

from reports.document.blocks import Block, CaseImage, Cases, Heading, Paragraph
from reports.evidence import DatasetEvidence, Evidence, PrimaryComparison
from reports.evidence.segmentation import PictureKind, Segmentation
from reports.formatting import count, score

OPENING = (
    "Outlines: white the truth, blue and solid what the best deep model found, orange and dashed "
    "what the best classical one did (each chosen on validation; its first run). The Dice of a "
    "case is the mean over all runs. Single cases illustrate, they prove nothing: "
    "they were chosen by their Dice, among the cases with something to find."
)


def pictures(evidence: Evidence, stems: Mapping[str, str]) -> list[Block]:
    """The section's blocks; none where no data set has a best model on both sides."""
    blocks: list[Block] = []
    for data in evidence.datasets:
        if data.segmentation is not None and data.comparison is not None:
            blocks += _of_dataset(data, data.segmentation, data.comparison, stems[data.card.name])
    if not blocks:
        return []
    return [Heading(1, "Single cases", "single-cases"), Paragraph((OPENING,)), *blocks]


def _of_dataset(
    data: DatasetEvidence, found: Segmentation, c: PrimaryComparison, stem: str
) -> list[Block]:
    name = data.card.name
    heading = Heading(2, name, f"single-cases-{stem}", listed=False)
    if found.trouble:
        return [heading, Paragraph((found.trouble,), note=True)]
    if not found.pictures:
        return []
    blocks: list[Block] = [heading]
    if found.pictured < len(found.cases):
        blocks.append(
            Paragraph(
                (
                    f"Pictures are kept of {count(found.pictured)} of the "
                    f"{count(len(found.cases))} test cases; those shown were chosen among them.",
                ),
                note=True,
            )
        )
    blocks += [Paragraph((told,), note=True) for told in _misses(found, c)]
    deep, classical = f"the deep side ({c.labels[0]})", f"the classical side ({c.labels[1]})"
    titles: dict[PictureKind, str] = {
        "best-deep": f"Where {deep} is best",
        "median-deep": f"Where {deep} is as good as on half of the cases",
        "worst-deep": f"Where {deep} is worst",
        "best-classical": f"Where {classical} is best",
        "median-classical": f"Where {classical} is as good as on half of the cases",
        "worst-classical": f"Where {classical} is worst",
        "deep-ahead": f"Where {deep} is furthest ahead",
        "classical-ahead": f"Where {classical} is furthest ahead",
    }
    of = f"Test cases of {name}" + (" with something to find" if found.empty else "")
    for row in found.pictures:
        images = tuple(
            CaseImage(
                case.image,
                case.case_id,
                f"Dice: deep {score(case.deep, 2)}, classical {score(case.classical, 2)}",
            )
            for case in row.cases
        )
        blocks.append(Cases(f"{titles[row.kind]}. {of}.", images, large=True))
    return blocks


def _misses(found: Segmentation, c: PrimaryComparison) -> list[str]:
    """A sentence on each side that finds nothing of half of the cases or more."""
    some = [case for case in found.cases if case.area > 0]
    told = []
    for family, name in zip(("deep", "classical"), c.labels, strict=True):
        missed = sum(getattr(case, family) == 0 for case in some)
        if missed and 2 * missed >= len(some):
            told.append(
                f"The {family} side ({name}) finds nothing of {count(missed)} of the "
                f"{count(len(some))} cases that show something."
            )
    return told
