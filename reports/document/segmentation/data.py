"""Section "Data" of a segmentation study: the images and what is to be found in them."""

from collections.abc import Mapping

from reports.analysis.planning import ASSUMED_ICC, ASSUMED_SD
from reports.document.blocks import Block, Facts, Gallery, Heading, Paragraph, TableBlock
from reports.document.parts import columns
from reports.document.parts.data_checks import checked
from reports.document.sections.data import PARTS, gallery, provenance
from reports.document.tables import Column, Row, Table
from reports.evidence import DatasetEvidence, Evidence


def segmentation_data(evidence: Evidence, stems: Mapping[str, str]) -> list[Block]:
    """The section's blocks."""
    blocks: list[Block] = [Heading(1, "Data", "data")]
    if not evidence.datasets:
        return [*blocks, Paragraph(("Nothing is stored of any data set.",))]
    blocks.append(TableBlock(_overview(evidence)))
    for item in evidence.datasets:
        stem = stems[item.card.name]
        blocks.append(Heading(2, item.card.name, f"images-{stem}", listed=False))
        blocks.append(Facts((*provenance(item), ("To be found", (_classes(item),)))))
        blocks += checked(item.card, stem)
        shown: Gallery = gallery(item)
        if any(row.images for row in shown.rows):
            blocks.append(shown)
    return blocks


def _classes(item: DatasetEvidence) -> str:
    names = item.card.target_names[1:]
    return ", ".join(names) or "foreground"


def _overview(evidence: Evidence) -> Table:
    rows = []
    for item in evidence.datasets:
        card, found = item.card, item.segmentation
        c = item.comparison
        rows.append(
            Row(
                (
                    card.name,
                    "generated" if item.generated else "real",
                    " × ".join(map(str, card.image_shape)),
                    max(1, len(card.target_names) - 1),
                    *(card.parts[part].cases for part in PARTS),
                    card.parts["test"].groups,
                    None if found is None else found.empty,
                    card.duplicates_across_parts,
                    item.detectable,
                    None if c is None else c.pair.minimum_detectable,
                )
            )
        )
    return Table(
        "data-table",
        "The data sets.",
        (
            Column("dataset", "Data set"),
            Column("kind", "Images"),
            Column("shape", "Size"),
            Column("classes", "Classes of pixels", "count"),
            Column("train", "Training", "count"),
            Column("validation", "Validation", "count"),
            Column("test", "Test", "count"),
            Column("test_patients", "Test patients", "count"),
            Column("empty", "Test cases with nothing to find", "count"),
            Column("duplicates", "Identical images across parts", "count"),
            columns.named(columns.of(columns.MINIMUM_DETECTABLE, "planned"), "ΔDice"),
            columns.named(columns.of(columns.MINIMUM_DETECTABLE, "observed"), "ΔDice"),
        ),
        tuple(rows),
        (
            "Size is height × width × channels as the methods saw it; classes of pixels without "
            "the background. Minimum detectable ΔDice: the smallest true |ΔDice| that is found in "
            "80 % of repetitions. Planned: from the numbers of cases alone, if the Dice of two "
            f"methods differs by {ASSUMED_SD:g} (standard deviation over cases), correlated by "
            f"{ASSUMED_ICC:g} between images of a patient. Observed: by the error of the primary "
            "comparison.",
        ),
    )
