"""A data set in numbers and samples, for the report."""

import base64

import numpy as np

from bench.data.dataset import Dataset, Split
from bench.data.likeness.clusters import Marks, marks_of_split
from bench.data.likeness.near_duplicates import Twins
from bench.data.splits import image_digests
from bench.data.thumbnails import thumbnail, with_outline
from bench.protocol.cards import DatasetCard, PartCard
from bench.protocol.metadata import EXTERNAL, Metadata

SAMPLES = 4
"""Training images shown of each class."""


def describe(data: Dataset, twins: Twins | None = None, found: Marks | None = None) -> DatasetCard:
    """What the report says of a data set.

    Args:
        data: the data set.
        twins: what `find_twins` found in it, None where they were not searched for.
        found: which cases have twins; None to take those of its own split from `twins`.
    """
    found = marks_of_split(data, twins) if found is None else found
    answer = data.known_answer
    scores: dict[str, float] = {}
    if answer is not None and answer.ideal_scores is not None:
        ids = data.test.case_ids.tolist()
        scores = dict(zip(ids, answer.ideal_scores.tolist(), strict=True))
    about = data.provenance
    return DatasetCard(
        name=data.name,
        class_names=data.class_names,
        positive=data.positive,
        image_shape=data.image_shape,
        parts=parts_in_numbers(data) | external_in_numbers(data),
        fingerprint=data.fingerprint,
        content=data.fingerprint,
        source=about.source,
        licence=about.licence,
        citation=about.citation,
        split=about.split,
        checksum=about.checksum,
        generated=about.generated,
        origin=about.origin,
        preprocessing=about.preprocessing,
        duplicates_across_parts=duplicates_across_parts(data, twins),
        near_duplicates=None if found is None else found.test,
        val_near_duplicates=None if found is None else found.val,
        test_twin_groups=None if found is None else found.within_test,
        known_answer="" if answer is None else answer.statement,
        ideal_auc=None if answer is None else answer.ideal_auc,
        ideal_dice=None if answer is None else answer.ideal_dice,
        expected="" if answer is None else answer.expected,
        task=data.task,
        target_names=data.target_names,
        samples={name: _samples(data.train, k) for k, name in enumerate(data.class_names)},
        ideal_scores=scores,
        external=tuple(data.external),
        left_out=data.left_out,
        metadata=tuple(data.train.metadata),
        modality=about.modality,
    )


def parts_in_numbers(data: Dataset) -> dict[str, PartCard]:
    """Numbers of train, val and test."""
    return {name: _part(part, len(data.class_names)) for name, part in data.parts()}


def external_in_numbers(data: Dataset) -> dict[str, PartCard]:
    """The same of the external parts, as "external:NAME"."""
    k = len(data.class_names)
    return {f"{EXTERNAL}{name}": _part(part, k) for name, part in data.external.items()}


def known_of_predicted(data: Dataset, in_folds: bool) -> Metadata | None:
    """What is known of the cases that are predicted; None where nothing is.

    Args:
        data: the data set.
        in_folds: whether every case of train, val and test is a test case once.
    """
    if not data.train.metadata:
        return None
    parts = [
        ("test" if in_folds and not name.startswith(EXTERNAL) else name, part)
        for name, part in data.all_parts()
        if in_folds or name != "train"
    ]
    return Metadata(
        case_ids=np.concatenate([part.case_ids for _, part in parts]),
        split=np.concatenate([np.full(len(part), name) for name, part in parts]),
        columns={
            name: np.concatenate([part.metadata[name] for _, part in parts])
            for name in data.train.metadata
        },
    )


def duplicates_across_parts(data: Dataset, twins: Twins | None = None) -> int:
    """Val and test images with an identical twin in train, and test images with one in val."""
    seen: set[int] = set()
    found = start = 0
    for _, part in data.parts():
        end = start + len(part)
        known = image_digests(part.images) if twins is None else twins.digests[start:end]
        digests = known.tolist()
        found += sum(digest in seen for digest in digests)
        seen.update(digests)
        start = end
    return found


def _part(part: Split, k: int) -> PartCard:
    per_class = tuple(np.bincount(part.labels, minlength=k).tolist())
    if part.groups is None:
        return PartCard(len(part), None, per_class)
    of_class = tuple(len(np.unique(part.groups[part.labels == label])) for label in range(k))
    return PartCard(len(part), len(np.unique(part.groups)), per_class, of_class)


def _samples(part: Split, label: int) -> list[str]:
    rows = np.flatnonzero(part.labels == label)
    spread = rows[np.linspace(0, len(rows) - 1, min(SAMPLES, len(rows))).astype(int)]
    shown = [with_outline(part, row) for row in spread]
    return [base64.b64encode(thumbnail(image)).decode("ascii") for image in shown]
