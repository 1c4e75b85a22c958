"""Studies with folds, repeats and patients on null data, judged as a report judges them.

    python tests/benchmarks/fold_studies.py [--experiments 1000] [--row N]...

Methods learn as in `fold_verdicts`, no side better than the other over training sets. What they say
of validation and test cases goes the way of a report, from the loaded runs on: the choice in every
fold, the comparison, the rules of the verdict. Only reading the files and writing the document are
left out. "Covered" are the studies whose 95 % interval holds 0, the true difference; "width" is the
mean half width in that of a single test of all cases.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

sys.path[0] = str(Path(__file__).parents[2])

from bench.protocol.cards import DatasetCard, Family, MethodCard, PartCard  # noqa: E402
from bench.protocol.record import Environment, Run, Trial  # noqa: E402
from bench.protocol.study import Study  # noqa: E402
from reports.analysis.pairs.dataset_comparison import DatasetComparison  # noqa: E402
from reports.loading.selection import DatasetRuns, ScoredRun, TestPart  # noqa: E402
from reports.statistics.auc import components  # noqa: E402
from reports.verdicts.dataset_verdict import decide  # noqa: E402
from tests.benchmarks.fold_verdicts import ALPHA, Learners, discriminant  # noqa: E402

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

MARGIN = 0.02
SHARE = 0.4  # of positive patients
ICC = 0.5  # of what a feature adds, between the images of a patient
_NOWHERE = Environment("", "", "", 1, 1, "", {}, "")
_AGAINST = np.array([1.0, -1.0])


@dataclass(frozen=True)
class Count:
    """Over studies.

    Attributes:
        studies: how many.
        better: share in which one side is called better.
        covered: share whose 95 % interval holds 0.
        bias: mean difference.
        width: mean half width, in 1.96 errors of one test of all cases.
        verdicts: share with a verdict.
    """

    studies: int
    better: float
    covered: float
    bias: float
    width: float
    verdicts: float


def study(design: Learners, images: int, rng: np.random.Generator) -> tuple[DatasetRuns, Study]:
    """The runs of one study, as they are loaded, with `images` of every patient."""
    labels, patient, features = _drawn(design, images, rng)
    sides: list[Family] = ["deep"] * design.candidates[0] + ["classical"] * design.candidates[1]
    cards = [MethodCard(f"{side}-{i:02d}", side, "", "", "") for i, side in enumerate(sides)]
    ids = np.array([f"case-{i:05d}" for i in range(len(labels))])
    groups = None if images == 1 else patient.astype(str)
    k = design.folds
    tests: dict[int | None, TestPart] = {}
    scored = []
    for repeat in range(design.repeats):
        where = _dealt(labels, patient, k, rng)
        for fold in range(k):
            test, chosen = where == fold, where == (fold + 1) % k
            trained = ~test & ~chosen
            own = None if groups is None else groups[test]
            tests[repeat * k + fold] = TestPart(fold, ids[test], labels[test], own, repeat=repeat)
            for card, x in zip(cards, features, strict=True):
                score = x @ discriminant(x[trained], labels[trained] == 1)
                p = expit((score - score[trained].mean()) / score[trained].std())
                both = np.column_stack([1 - p, p])
                trial = Trial("simulated", card.name, None, fold, repeat=repeat)
                run = Run(trial, card, "ok", "", "", _NOWHERE, "")
                scored.append(
                    ScoredRun(run, labels[chosen], both[chosen], both[test], None, repeat * k)
                )
    data = DatasetRuns(
        card=_card(labels),
        tests=tests,
        scored=tuple(scored),
        failed=(),
        missing=(),
        runs=tuple(one.run for one in scored),
        methods={card.name: card for card in cards},
        misfits=(),
        groups_shared=0,
    )
    names = tuple(card.name for card in cards)
    declared = Study(
        ("simulated",), names, seeds=(0,), folds=k, repeats=design.repeats, margin=MARGIN
    )
    return data, declared


def judged(design: Learners, images: int, experiments: int, random_state: int) -> Count:
    """How such studies fare."""
    rng = np.random.default_rng([random_state, images])
    rows = []
    for _ in range(experiments):
        data, declared = study(design, images, rng)
        compared = DatasetComparison(data, declared)
        comparison = compared.primary(prospects=False)
        verdict = decide(comparison, compared.obstacle, (), MARGIN)
        if comparison is None or not verdict.is_verdict:
            rows.append((0.0, 1.0, np.nan, np.nan, np.nan, 0.0))
            continue
        d = comparison.pair.difference
        low, high = (d.value if limit is None else limit for limit in (d.low, d.high))
        better = verdict.rule.startswith("better")
        covered = low <= 0 <= high
        rows.append((better, covered, d.value, (high - low) / 2, _one_test(data), 1.0))
    found = np.array(rows, dtype=float)
    width = np.nanmean(found[:, 3]) / (1.96 * np.nanmean(found[:, 4]))
    means = np.nanmean(found, axis=0).tolist()
    return Count(experiments, means[0], means[1], means[2], float(width), means[5])


def designs() -> Iterator[tuple[Learners, int]]:
    """Candidates, patients, repeats, sizes; with the number of images of a patient."""
    for images in (1, 4):
        for candidates in ((1, 1), (3, 3), (10, 10), (10, 1)):
            yield Learners(300 * (1 if images == 1 else 2), 20, candidates), images
    yield Learners(1000, 100), 1
    yield Learners(150, 20), 1
    yield Learners(300, 20, folds=10), 1
    yield Learners(300, 20, folds=3), 1
    yield Learners(300, 20, repeats=3), 1
    yield Learners(600, 20, repeats=3), 4


def _drawn(
    design: Learners, images: int, rng: np.random.Generator
) -> tuple[IntArray, IntArray, list[FloatArray]]:
    """Labels, patients, and the features of every method of both sides."""
    n, p = design.cases, design.features
    patient = np.arange(n) // images
    labels = (patient < SHARE * (n // images)).astype(np.int64)

    def normal(columns: int) -> FloatArray:
        image = rng.normal(size=(n, columns))
        if images == 1:
            return image
        own = rng.normal(size=(int(patient[-1]) + 1, columns))[patient]
        return np.asarray(np.sqrt(ICC) * own + np.sqrt(1 - ICC) * image)

    difficulty = normal(1)
    hard = 0.5 * (np.arange(p) < (p + 1) // 2)
    shift = design.strength / np.sqrt(p) * labels[:, None]
    return labels, patient, [
        normal(p) + shift + hard * difficulty for _ in range(sum(design.candidates))
    ]  # fmt: skip


def _dealt(labels: IntArray, patient: IntArray, k: int, rng: np.random.Generator) -> IntArray:
    """`(n,)` fold of every case: class by class, patients together."""
    names, first = np.unique(patient, return_index=True)
    fold = np.empty(len(names), dtype=np.int64)
    for label in (0, 1):
        own = rng.permutation(np.flatnonzero(labels[first] == label))
        fold[own] = np.arange(len(own)) % k
    return fold[patient]


def _one_test(data: DatasetRuns) -> float:
    """Standard error if one model a side had scored all cases: here the first of each, by folds."""
    labels, units, whole = [], [], []
    names = [next(n for n in data.methods if n.startswith(side)) for side in ("deep", "classical")]
    for number, part in data.tests.items():
        if part.repeat:
            continue
        said = {run.run.trial.method: run.test[:, 1] for run in data.scored if run.part == number}
        whole.append(np.stack([said[name] for name in names]))
        labels.append(part.labels)
        units.append(part.case_ids if part.groups is None else part.groups)
    scores = np.concatenate(whole, axis=1)
    own = np.unique(np.concatenate(units), return_inverse=True)[1].astype(np.int64)
    clustered = int(own.max()) + 1 < len(own)
    both = np.stack([1 - scores, scores], axis=2)
    found = components(np.concatenate(labels), both, 1, own if clustered else None)
    return float(np.sqrt(found.contrast(_AGAINST)[1]))


def _card(labels: IntArray) -> DatasetCard:
    counts = tuple(np.bincount(labels, minlength=2).tolist())
    return DatasetCard(
        name="simulated",
        class_names=("benign", "malignant"),
        positive=1,
        image_shape=(),
        parts={"test": PartCard(len(labels), None, counts)},
        fingerprint="",
        source="",
        licence="",
        citation="",
        split="made",
        checksum="none",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--experiments", type=int, default=1000)
    parser.add_argument("--row", type=int, action="append", help="only these, from 0")
    arguments = parser.parse_args()
    n = arguments.experiments
    limit = ALPHA + 2 * (ALPHA * (1 - ALPHA) / n) ** 0.5
    print(f"null data, {n} studies a row, limit {limit:.1%}")
    print(f"{'':62}{'better':>8}{'covered':>9}{'mean d':>9}{'width':>7}{'CPU s':>7}")
    for i, (design, images) in enumerate(designs()):
        if arguments.row and i not in arguments.row:
            continue
        start = time.process_time()
        found = judged(design, images, n, i)
        title = (
            f"{i:2} {design.cases} images, {images} each, {design.features} features, "
            f"{design.folds} folds x {design.repeats}, "
            f"{design.candidates[0]} against {design.candidates[1]}"
        )
        print(
            f"{title:62}{found.better:8.1%}{found.covered:9.1%}{found.bias:+9.4f}"
            f"{found.width:7.3f}{time.process_time() - start:7.0f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
