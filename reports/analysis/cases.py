"""The two champions of a data set on single test cases, with pictures where they are stored."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.protocol.errors import ResultsError
from bench.results.store import Store
from reports.analysis.methods.answers import case_numbers
from reports.analysis.overlay import compact, overlaid
from reports.analysis.pairs.dataset_comparison import DatasetComparison
from reports.evidence import SIDES, Agreement, Disagreements, Opinion, ShownCase
from reports.loading.selection import ScoredRun, each_case_once
from reports.statistics.operating import decision_threshold, decisions

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

MOST = 8
"""Cases shown of each kind on one data set."""

FEW_DATASETS = 4
"""With more data sets than this half as many cases are shown of each, for the report's size."""


def most_shown(datasets: int) -> int:
    """How many cases of each kind are shown on each of so many data sets."""
    return MOST if datasets <= FEW_DATASETS else MOST // 2


def disagreements(compared: DatasetComparison, store: Store, most: int) -> Disagreements | None:
    """The champions' agreement and the cases that tell them apart.

    Args:
        compared: the data set.
        store: where its pictures are.
        most: cases of each kind to be shown.

    Returns:
        None where a side has no champion.
    """
    candidates = compared.candidates
    deep, classical = (candidates.champions[side] for side in SIDES)
    if deep is None or classical is None:
        return None
    runs = [
        [
            run
            for run in candidates.runs[name]
            if all(any(r.part == run.part for r in candidates.runs[m]) for m in (deep, classical))
        ]
        for name in (deep, classical)
    ]
    if not runs[0]:
        return None
    folds = {run.part for run in runs[0]}
    parts = each_case_once(part for fold, part in compared.data.tests.items() if fold in folds)
    ids = np.concatenate([part.case_ids for part in parts])
    labels = np.concatenate([part.labels for part in parts])
    numbers = case_numbers(parts, compared.data.tests)
    positive = compared.data.card.positive
    names = compared.data.card.class_names
    sides = [_Side.of(own, numbers, labels, positive) for own in runs]
    pictures, trouble = _pictures(store, compared.data.card.name)
    told_of = dict(zip(ids.tolist(), sides[0].told_of.tolist(), strict=True))
    maps, of_others = _maps(store, candidates.runs[deep], told_of)

    def shown(rows: Sequence[int]) -> tuple[ShownCase, ...]:
        return tuple(
            _shown(
                ids[row], names[labels[row]], pictures, maps, *(s.says(row, names) for s in sides)
            )
            for row in rows
        )

    chosen = _chosen(sides, np.isin(ids, list(pictures)), most)
    present = [label for label in range(len(names)) if (labels == label).any()]
    every = np.ones(len(labels), dtype=bool)
    return Disagreements(
        deep,
        classical,
        whole=_agreement("", every, sides),
        per_class=tuple(_agreement(names[k], labels == k, sides) for k in present),
        **{kind: shown(rows) for kind, rows in chosen.items()},
        pictured=int(np.isin(ids, list(pictures)).sum()),
        trouble=trouble,
        maps_of_others=of_others,
    )


@dataclass(frozen=True, eq=False)
class _Side:
    """A champion on all test cases.

    Attributes:
        probabilities: `(n, k)`, means over runs.
        named: `(n,)` the class that most runs decide for.
        right: `(n,)`.
        truth: `(n,)` the mean probability of the case's class.
        positive: of two classes the one to be found, else None.
    """

    probabilities: FloatArray
    named: IntArray
    right: NDArray[np.bool_]
    truth: FloatArray
    positive: int | None

    @classmethod
    def of(
        cls,
        runs: Sequence[ScoredRun],
        numbers: Mapping[int | None, IntArray],
        labels: IntArray,
        positive: int | None,
    ) -> "_Side":
        total, votes = (np.zeros((len(labels), runs[0].test.shape[1])) for _ in range(2))
        asked = np.zeros((len(labels), 1))
        for run in runs:
            threshold = decision_threshold(run.validation_labels, run.validation, positive)
            decided = decisions(run.test[None], np.array([threshold]), positive)[0]
            rows = numbers[run.part]
            total[rows] += run.test
            votes[rows, decided] += 1
            asked[rows] += 1
        probabilities = total / asked
        most = votes == votes.max(axis=1, keepdims=True)
        said = np.where(most, probabilities, -1).argmax(axis=1)
        truth = probabilities[np.arange(len(labels)), labels]
        return cls(probabilities, said, said == labels, truth, positive)

    @property
    def told_of(self) -> IntArray:
        """`(n,)` the class whose probability is told."""
        return self.named if self.positive is None else np.full_like(self.named, self.positive)

    def says(self, row: int, names: Sequence[str]) -> Opinion:
        """In words."""
        probability = float(self.probabilities[row, self.told_of[row]])
        return Opinion(names[self.named[row]], probability, bool(self.right[row]))


def _agreement(label: str, rows: NDArray[np.bool_], sides: Sequence[_Side]) -> Agreement:
    deep, classical = (side.right[rows] for side in sides)
    return Agreement(
        label,
        both=int((deep & classical).sum()),
        only_deep=int((deep & ~classical).sum()),
        only_classical=int((classical & ~deep).sum()),
        neither=int((~deep & ~classical).sum()),
    )


def _chosen(sides: Sequence[_Side], pictured: NDArray[np.bool_], most: int) -> dict[str, list[int]]:
    """Rows of each kind of case; a case is shown once."""
    deep, classical = sides
    apart = np.abs(deep.truth - classical.truth)
    chosen = {
        "only_deep": _first(pictured & deep.right & ~classical.right, -apart, most),
        "only_classical": _first(pictured & classical.right & ~deep.right, -apart, most),
    }
    for kind, side in (("errors_deep", deep), ("errors_classical", classical)):
        left = pictured & ~side.right
        left[[row for rows in chosen.values() for row in rows]] = False
        chosen[kind] = _first(left, side.truth, most)
    return chosen


def _first(rows: NDArray[np.bool_], order: FloatArray, most: int) -> list[int]:
    found = np.flatnonzero(rows)
    return [int(row) for row in found[np.argsort(order[found], kind="stable")][:most]]


def _pictures(store: Store, dataset: str) -> tuple[dict[str, bytes], str]:
    """Case → PNG, and why there is none."""
    if not store.pictures:
        return {}, "Pictures of images are left out of this report (--no-thumbnails)."
    try:
        stored = store.thumbnails(dataset)
    except ResultsError as error:
        return {}, f"The pictures cannot be shown: {error}"
    if stored is None:
        return {}, "No pictures of test images are stored; the next run stores them."
    return dict(zip(stored.case_ids.tolist(), stored.pngs, strict=True)), ""


def _maps(
    store: Store, runs: Sequence[ScoredRun], of: Mapping[str, int]
) -> tuple[dict[str, NDArray[np.uint8]], int]:
    """Case → activation map of the class that is told of it, and how many maps are of another.

    They are where the positive class has changed since the run, or other seeds named another one.
    """
    found: dict[str, NDArray[np.uint8]] = {}
    others = 0
    for run in runs:
        stored = store.activations(run.run.trial)
        if stored is not None:
            each = zip(stored.case_ids.tolist(), stored.targets.tolist(), stored.grids, strict=True)
            own = {case: grid for case, target, grid in each if of.get(case) == target}
            others += len(stored.case_ids) - len(own)
            found |= own
    return found, others


def _shown(
    case_id: str,
    truth: str,
    pictures: Mapping[str, bytes],
    maps: Mapping[str, NDArray[np.uint8]],
    deep: Opinion,
    classical: Opinion,
) -> ShownCase:
    png, grid = pictures[str(case_id)], maps.get(str(case_id))
    return ShownCase(
        case_id=str(case_id),
        truth=truth,
        deep=deep,
        classical=classical,
        image=base64.b64encode(compact(png)).decode("ascii"),
        activation="" if grid is None else base64.b64encode(overlaid(png, grid)).decode("ascii"),
    )
