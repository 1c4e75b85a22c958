"""A CSV file with a column `reader` → mean AUCs of modalities and their differences over readers.

A modality is what stands in the column `model`: a way of reading, such as with and without a
network's help. Every reader has read every case under every modality.
"""

from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reports.analysis.pairs.paired import class_sizes
from reports.external.csv_columns import Columns
from reports.external.predicted import Predictions
from reports.external.predictions import REQUIRED, parsed
from reports.statistics.auc import components
from reports.statistics.many.readers import (
    Contrast,
    Equality,
    Generalisation,
    ReaderStudy,
)
from reports.statistics.multiplicity import holm
from reports.statistics.zero_discordance import least_error

_BETWEEN = ", reader "


@dataclass(frozen=True)
class ReaderPair:
    """Two modalities.

    Attributes:
        a, b: their names.
        difference: mean AUC of a − that of b.
        p_holm: after Holm's correction over the pairs.
    """

    a: str
    b: str
    difference: Contrast
    p_holm: float


@dataclass(frozen=True, eq=False)
class ReaderEvidence:
    """A whole reader study.

    Attributes:
        file: its name.
        cases, patients: how many; patients None where they are not known.
        per_class: test cases by the name of their class.
        smallest_class, smallest: the class of which the fewest cases (patients, where they are
            known) are there, and how many.
        modalities, readers: names, in the order of the file.
        auc: `(t, r)` of every modality and reader.
        means: of every modality over readers.
        equality: the test that all modalities are alike.
        pairs: every two modalities, with Holm's correction.
        generalisation: to whom the results carry over.
        alpha: error rate of the tests.
    """

    file: str
    cases: int
    patients: int | None
    per_class: dict[str, int]
    smallest_class: str
    smallest: int
    modalities: tuple[str, ...]
    readers: tuple[str, ...]
    auc: NDArray[np.float64]
    means: tuple[Contrast, ...]
    equality: Equality
    pairs: tuple[ReaderPair, ...]
    generalisation: Generalisation
    alpha: float


def has_readers(path: Path) -> bool:
    """Whether a file is one of readers; raises as `Columns` does."""
    return "reader" in Columns(path, REQUIRED).columns


def reader_study(
    path: Path,
    positive: str | None = None,
    generalisation: Generalisation = "readers-and-cases",
    alpha: float = 0.05,
) -> ReaderEvidence:
    """The evidence of a reader study.

    Args:
        path: CSV file with case, label, model, reader and score, and, if known, group.
        positive: of two labels the one to be found.
        generalisation: to whom the results carry over.
        alpha: error rate of the tests.

    Raises:
        DataError: if the file cannot be used.
    """
    table = Columns(path, (*REQUIRED, "reader"))
    readers, models = list(table.text("reader")), list(table.text("model"))
    for name in ("seed", "family", "decision"):
        if name in table.columns:
            raise table.wrong(f"a column {name!r} does not go with 'reader'. Leave it out.")
    modalities, people = tuple(dict.fromkeys(models)), tuple(dict.fromkeys(readers))
    if len(modalities) < 2:
        raise table.wrong(
            f"there is one model, {modalities[0]!r}; a reader study needs two ways of reading."
        )
    read = set(zip(models, readers, strict=True))
    for modality in modalities:
        for reader in people:
            if (modality, reader) not in read:
                raise table.wrong(
                    f"reader {reader!r} has read nothing with {modality!r}. Every reader must read "
                    "every case with every model."
                )
    table.columns["model"] = [f"{m}{_BETWEEN}{r}" for m, r in zip(models, readers, strict=True)]
    del table.columns["reader"]
    found = parsed(table, positive)
    if len(people) < 2 and generalisation != "cases":
        raise table.wrong("there is one reader, who says nothing of others: add --fixed readers.")
    name, number = _smallest(found)
    if number < 2 and generalisation != "readers":
        what = f"there is one case of label {name!r}, which"
        if found.test.groups is not None:
            what = f"all cases of label {name!r} are of one patient, who"
        hint = ": add --fixed cases" if len(people) > 1 else ", and neither does one reader"
        raise table.wrong(f"{what} says nothing of others{hint}.")
    return _evidence(found, path.name, (modalities, people), generalisation, alpha)


def _smallest(found: Predictions) -> tuple[str, int]:
    """The class of the fewest cases, or patients that have one, and how many these are."""
    units = found.test.ids if found.test.groups is None else found.test.groups
    counts = {
        name: len(np.unique(units[found.test.labels == k])) for k, name in enumerate(found.classes)
    }
    name = min(counts, key=lambda each: counts[each])
    return name, counts[name]


def _evidence(
    found: Predictions,
    name: str,
    design: tuple[tuple[str, ...], tuple[str, ...]],
    generalisation: Generalisation,
    alpha: float,
) -> ReaderEvidence:
    modalities, readers = design
    t, r = len(modalities), len(readers)
    by_name = {model.name: model.test[0] for model in found.models}
    scores = np.stack([by_name[f"{m}{_BETWEEN}{one}"] for m in modalities for one in readers])
    units = None
    if found.test.groups is not None:
        units = np.unique(found.test.groups, return_inverse=True)[1].astype(np.int64)
    parts = components(found.test.labels, scores, found.positive, units)
    auc = parts.auc.reshape(t, r)
    counted = None if generalisation == "readers" else units  # the cases stay as they are
    study = ReaderStudy(
        auc,
        parts.covariance().reshape(t, r, t, r),
        generalisation,
        1 - alpha,
        least_error(class_sizes(found.test.labels, counted)),
    )
    pairs = list(combinations(range(t), 2))
    differences = [study.difference(a, b) for a, b in pairs]
    adjusted = holm([one.p for one in differences])
    counts = np.bincount(found.test.labels, minlength=len(found.classes)).tolist()
    smallest_class, smallest = _smallest(found)
    return ReaderEvidence(
        file=name,
        cases=len(found.test.ids),
        patients=None if units is None else int(units.max()) + 1,
        per_class=dict(zip(found.classes, counts, strict=True)),
        smallest_class=smallest_class,
        smallest=smallest,
        modalities=modalities,
        readers=readers,
        auc=auc,
        means=tuple(study.mean(i) for i in range(t)),
        equality=study.equality(),
        pairs=tuple(
            ReaderPair(modalities[a], modalities[b], d, p)
            for (a, b), d, p in zip(pairs, differences, adjusted, strict=True)
        ),
        generalisation=generalisation,
        alpha=alpha,
    )
