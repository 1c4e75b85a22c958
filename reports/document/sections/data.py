"""Section "Data": the images that everything rests on."""

import base64
import io
from collections.abc import Mapping

from PIL import Image

from reports.analysis.planning import ASSUMED_ICC
from reports.document.blocks import (
    Block,
    Facts,
    Gallery,
    GalleryRow,
    Heading,
    Paragraph,
    Strong,
    TableBlock,
    Words,
)
from reports.document.parts import columns
from reports.document.parts.data_checks import checked
from reports.document.tables import Column, Row, Table
from reports.evidence import DatasetEvidence, Evidence
from reports.formatting import count, score
from reports.statistics.power import ASSUMED_AUC, ASSUMED_CORRELATION

PARTS = ("train", "val", "test")
PART_NAMES = {"train": "training", "val": "validation", "test": "test"}


def data(evidence: Evidence, stems: Mapping[str, str]) -> list[Block]:
    """The section's blocks."""
    blocks: list[Block] = [Heading(1, "Data", "data")]
    if not evidence.datasets:
        return [*blocks, Paragraph(("Nothing is stored of any data set.",))]
    if evidence.entry.study.folds:
        blocks.append(
            Paragraph(
                (
                    f"In this cross-validation every image is tested {_times(evidence)}. The parts "
                    "below are "
                    "those that a data set comes with, or that would be made of it for a single "
                    "split; no trial used them.",
                )
            )
        )
    blocks.append(TableBlock(_overview(evidence)))
    for item in evidence.datasets:
        stem = stems[item.card.name]
        blocks.append(Heading(2, item.card.name, f"images-{stem}", listed=False))
        blocks.append(Facts(provenance(item)))
        blocks.append(TableBlock(class_table(item, stem)))
        blocks += checked(item.card, stem)
        shown = gallery(item)
        if any(row.images for row in shown.rows):
            blocks.append(shown)
    return blocks


def _times(evidence: Evidence) -> str:
    repeats = evidence.entry.study.repeats
    return "once" if repeats == 1 else f"once in each of {count(repeats)} draws of the folds"


def _overview(evidence: Evidence) -> Table:
    rows = []
    for item in evidence.datasets:
        card = item.card
        test = card.parts["test"]
        mde = None if item.comparison is None else item.comparison.pair.minimum_detectable
        rows.append(
            Row(
                (
                    card.name,
                    "generated" if item.generated else "real",
                    " × ".join(map(str, card.image_shape)),
                    len(card.class_names),
                    *(card.parts[part].cases for part in PARTS),
                    test.groups,
                    min(test.per_class, default=0),
                    item.no_information_rate,
                    card.duplicates_across_parts,
                    item.detectable,
                    mde,
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
            Column("classes", "Classes", "count"),
            Column("train", "Training", "count"),
            Column("validation", "Validation", "count"),
            Column("test", "Test", "count"),
            Column("test_patients", "Test patients", "count"),
            Column("smallest_class", "Smallest class", "count"),
            Column("no_information_rate", "No-information rate", "percent"),
            Column("duplicates", "Identical images across parts", "count"),
            columns.of(columns.MINIMUM_DETECTABLE, "planned"),
            columns.of(columns.MINIMUM_DETECTABLE, "observed"),
        ),
        tuple(rows),
        (
            "Size is height × width × channels; an even number of channels includes a lesion "
            "mask. Smallest class: its test cases. No-information rate: accuracy of always naming "
            "the most frequent class of the test part. Minimum detectable ΔAUC: the smallest true "
            "|ΔAUC| that is found in 80 % of repetitions. Planned: from the numbers of cases "
            f"alone, if the worse AUC is {ASSUMED_AUC:g} and scores correlate by "
            f"{ASSUMED_CORRELATION:g}, images of a patient by {ASSUMED_ICC:g}. Observed: if the "
            "worse AUC, the correlation and the seeds are as in the primary comparison.",
        ),
    )


def provenance(item: DatasetEvidence) -> tuple[tuple[str, Words], ...]:
    """Where a data set comes from, and what is known of it."""
    card = item.card
    rows: list[tuple[str, Words]] = [
        ("Source", (card.source or "not stated",)),
        ("Licence", (card.licence or "not stated",)),
        ("Citation", (card.citation or "not stated",)),
        ("Split", (_split(item),)),
    ]
    if card.checksum == "differs":
        rows.append(
            ("Checksum", (Strong("Unofficial copy"), ": it differs from the published one"))
        )
    elif card.checksum == "matched":
        rows.append(("Checksum", ("matches the published one",)))
    if card.preprocessing:
        rows.append(("Preprocessing", ("; ".join(card.preprocessing),)))
    if len(card.class_names) == 2 and card.positive is not None:
        rows.append(("Positive class", (card.class_names[card.positive],)))
    if item.ideal is not None:
        rows += _ideal(item)
    elif card.known_answer:
        rows.append(("Known answer", (card.known_answer,)))
    return tuple(rows)


def _split(item: DatasetEvidence) -> str:
    patients = item.card.parts["test"].groups is not None
    return f"{item.card.split}; " + ("patients are known" if patients else "patients are not known")


def _ideal(item: DatasetEvidence) -> list[tuple[str, Words]]:
    if item.ideal is None:
        return []
    rows: list[tuple[str, Words]] = [("Known answer", (item.ideal.statement,))]
    phrases = []
    if item.ideal.population_auc is not None:
        phrases.append(f"AUC {score(item.ideal.population_auc)} over all possible images")
    if item.ideal.auc is not None:
        phrases.append(f"{score(item.ideal.auc.value)} on these test images")
    if phrases:
        rows.append(("Ideal observer", (", ".join(phrases) + ": no method can do better",)))
    return rows


def class_table(item: DatasetEvidence, stem: str) -> Table:
    """Cases and prevalence of each class in each part."""
    card = item.card
    rows = []
    for k, name in enumerate(card.class_names):
        values: list[str | float] = [name]
        for part in PARTS:
            values += [card.parts[part].per_class[k], item.prevalence[part][k]]
        rows.append(Row(tuple(values)))
    groups = {part: card.parts[part].groups for part in PARTS}
    notes = []
    if any(n is not None for n in groups.values()):
        patients = ", ".join(f"{PART_NAMES[p]} {count(n)}" for p, n in groups.items())
        notes.append(f"Patients: {patients}.")
    columns = [Column("class", "Class")]
    for part in PARTS:
        name = PART_NAMES[part]
        columns += [
            Column(name, name.capitalize(), "count"),
            Column(f"{name}_share", "Prevalence", "percent"),
        ]
    return Table(
        f"classes-{stem}",
        f"Cases and prevalence per class of {card.name}.",
        tuple(columns),
        tuple(rows),
        tuple(notes),
    )


def gallery(item: DatasetEvidence) -> Gallery:
    """A few training images of each class, or of each stratum of segmentation, one row each."""
    card = item.card
    train = card.parts["train"].per_class
    kinds = "each class" if card.task == "classification" else "each size of what they show"
    return Gallery(
        f"A few training images of {kinds}: {card.name}.",
        tuple(
            GalleryRow(
                name,
                f"{count(train[k])} for training",
                tuple(image for image in card.samples.get(name, ()) if _is_image(image)),
            )
            for k, name in enumerate(card.class_names)
        ),
    )


def _is_image(image: str) -> bool:
    """Whether a base64 text is an intact PNG: a damaged one must not cost the whole report."""
    try:
        with Image.open(io.BytesIO(base64.b64decode(image)), formats=("PNG",)) as opened:
            opened.verify()
    except (ValueError, OSError, SyntaxError):  # Pillow calls a wrong checksum a SyntaxError
        return False
    return True
