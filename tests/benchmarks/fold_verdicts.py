"""Equal ways to learn, compared over folds and on one split: how often one is called better.

    python tests/benchmarks/fold_verdicts.py [--experiments 500]

Every method of a side learns by linear discriminant analysis from features of its own that tell as
much as those of any other, so that no side is better over training sets; half of the features are
made difficult by what is shared by all methods. With one feature nothing is learnt and training has
no luck. "Mean of folds" is the choice of one model by its mean validation AUC over all folds, with
Nadeau and Bengio's error; "each fold" the choice in every fold, with the influence-curve error.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path[0] = str(Path(__file__).parents[2])

from reports.statistics.auc import components  # noqa: E402
from reports.statistics.contrast import Difference  # noqa: E402
from reports.statistics.crossvalidation import corrected_difference  # noqa: E402
from reports.statistics.fold_auc import Fold, fold_difference  # noqa: E402
from reports.statistics.trainings.training_sets import with_training_sets  # noqa: E402

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

ALPHA = 0.05
SAMPLES = 10  # of the training part, for the variance of training sets
_SHARE = 0.4  # of positive cases
_AGAINST = np.array([1.0, -1.0])


@dataclass(frozen=True)
class Learners:
    """What is simulated.

    Attributes:
        cases: of the whole data set, with folds; of the test part, with one split.
        features: of each method; with 1 nothing is learnt.
        candidates: methods of the two sides.
        folds: how many.
        repeats: how often they are drawn.
        trained: cases of the training part, with one split.
        strength: distance of the classes along the best direction.
    """

    cases: int
    features: int = 20
    candidates: tuple[int, int] = (1, 1)
    folds: int = 5
    repeats: int = 1
    trained: int = 200
    strength: float = 1.2


def discriminant(x: FloatArray, positive: NDArray[np.bool_]) -> FloatArray:
    """`(p,)` direction of Fisher's linear discriminant, slightly ridged."""
    if x.shape[1] == 1:
        return np.ones(1)
    gap = x[positive].mean(axis=0) - x[~positive].mean(axis=0)
    centred = x - np.where(positive[:, None], x[positive].mean(axis=0), x[~positive].mean(axis=0))
    within = (centred.T @ centred + np.eye(x.shape[1])) / len(x)
    return np.asarray(np.linalg.solve(within, gap), dtype=np.float64)


def drawn(design: Learners, n: int, rng: np.random.Generator) -> tuple[IntArray, list[FloatArray]]:
    """Labels, and the features of every method of both sides."""
    labels = (np.arange(n) < _SHARE * n).astype(np.int64)
    difficulty = rng.normal(size=n)[:, None]
    p = design.features
    hard = 0.5 * (np.arange(p) < (p + 1) // 2)
    each = [
        rng.normal(size=(n, p)) + design.strength / np.sqrt(p) * labels[:, None] + hard * difficulty
        for _ in range(sum(design.candidates))
    ]
    return labels, each


def aucs(labels: IntArray, scores: FloatArray) -> FloatArray:
    """`(v,)` of scores `(v, n)`."""
    return components(labels, np.stack([-scores, scores], axis=2), 1).auc


@dataclass(frozen=True)
class Compared:
    """One study, judged in two ways: differences with their errors and p values."""

    mean_of_folds: Difference
    each_fold: Difference
    p_each_fold: float
    one_test: float  # standard error of a single test of all cases


def over_folds(design: Learners, rng: np.random.Generator) -> Compared:
    """A study with folds; the validation part of a fold is the next one."""
    labels, features = drawn(design, design.cases, rng)
    first = design.candidates[0]
    k = design.folds
    scores = np.empty((design.repeats, k, len(features), design.cases))
    validation = np.empty((design.repeats, k, len(features)))
    where = np.empty((design.repeats, design.cases), dtype=int)
    for repeat in range(design.repeats):
        for label in (0, 1):
            own = rng.permutation(np.flatnonzero(labels == label))
            where[repeat, own] = np.arange(len(own)) % k
        for fold in range(k):
            chosen = where[repeat] == (fold + 1) % k
            trained = ~chosen & (where[repeat] != fold)
            for method, x in enumerate(features):
                direction = discriminant(x[trained], labels[trained] == 1)
                scores[repeat, fold, method] = x @ direction
            validation[repeat, fold] = aucs(labels[chosen], scores[repeat, fold][:, chosen])
    mean = validation.mean(axis=(0, 1))
    a, b = int(mean[:first].argmax()), first + int(mean[first:].argmax())
    plain, folds = [], []
    for repeat in range(design.repeats):
        for fold in range(k):
            test = where[repeat] == fold
            own = scores[repeat, fold][:, test]
            found = aucs(labels[test], own)
            plain.append(found[a] - found[b])
            best = validation[repeat, fold]
            rows = [int(best[:first].argmax()), first + int(best[first:].argmax())]
            both = np.stack([-own[rows], own[rows]], axis=2)
            folds.append(Fold(labels[test], both[:1], both[1:], np.flatnonzero(test), repeat))
    judged = fold_difference(folds, 1)
    # As if one model had scored all cases: its scores of different folds on one scale.
    whole = np.zeros((2, design.cases))
    for fold, one in enumerate(folds[:k]):
        here = where[0] == fold
        for side, values in enumerate((one.a, one.b)):
            whole[side, here] = values[0, :, 1] / values[0, :, 1].std()
    variance = components(labels, np.stack([-whole, whole], axis=2), 1).contrast(_AGAINST)[1]
    return Compared(
        corrected_difference(plain, 1 / (k - 2) if k > 2 else 1.0),
        judged.difference,
        judged.p,
        float(np.sqrt(variance)),
    )


def on_one_split(design: Learners, rng: np.random.Generator) -> tuple[Difference, Difference]:
    """Trained once and tested: the plain difference, and the one with the training sets' error."""
    n = design.trained
    labels, features = drawn(design, n + design.cases, rng)
    order = rng.permutation(len(labels))
    trained, test = order[:n], order[n:]

    def tested(rows: IntArray) -> tuple[float, float]:
        own = np.stack([x[test] @ discriminant(x[rows], labels[rows] == 1) for x in features[:2]])
        found = components(labels[test], np.stack([-own, own], axis=2), 1)
        d, variance = found.contrast(_AGAINST)
        return d, float(np.sqrt(variance))

    plain = Difference(*tested(trained))
    resampled = [tested(rng.choice(trained, n))[0] for _ in range(SAMPLES)]
    return plain, with_training_sets(plain, np.inf, resampled)


@dataclass(frozen=True)
class FoldCount:
    """Over experiments: share called better, mean difference, mean half width over that of a test.

    Attributes:
        mean_of_folds, each_fold: share of studies in which one side is called better.
        bias_mean_of_folds, bias_each_fold: mean difference a − b.
        width_mean_of_folds, width_each_fold: mean half width over 1.96 errors of one test of all.
    """

    mean_of_folds: float
    each_fold: float
    bias_mean_of_folds: float
    bias_each_fold: float
    width_mean_of_folds: float
    width_each_fold: float


def folds_judged(design: Learners, experiments: int, random_state: int) -> FoldCount:
    """How both ways fare where no side is better."""
    rng = np.random.default_rng(random_state)
    studies = [over_folds(design, rng) for _ in range(experiments)]

    def width(of: Callable[[Compared], Difference]) -> float:
        reaches = [np.ptp(of(one).interval(1 - ALPHA)) / 2 for one in studies]
        return float(np.mean(reaches) / np.mean([1.96 * one.one_test for one in studies]))

    return FoldCount(
        float(np.mean([one.mean_of_folds.p() < ALPHA for one in studies])),
        float(np.mean([one.p_each_fold < ALPHA for one in studies])),
        float(np.mean([one.mean_of_folds.d for one in studies])),
        float(np.mean([one.each_fold.d for one in studies])),
        width(lambda one: one.mean_of_folds),
        width(lambda one: one.each_fold),
    )


def training_luck(design: Learners, experiments: int, random_state: int) -> tuple[float, float]:
    """Shares of studies in which one of two equal learners is called better: plain, and aware."""
    rng = np.random.default_rng(random_state)
    studies = [on_one_split(design, rng) for _ in range(experiments)]
    plain, aware = (float(np.mean([one[i].p() < ALPHA for one in studies])) for i in (0, 1))
    return plain, aware


def fold_designs() -> Iterator[Learners]:
    """With and without the luck of training, one, three and ten candidates a side."""
    for features in (1, 20):
        for candidates in ((1, 1), (3, 3), (10, 10), (10, 1)):
            yield Learners(300, features, candidates)
    for cases, features, folds in (
        (200, 5, 5), (1000, 20, 5), (1000, 100, 5), (300, 20, 3), (300, 20, 10),
    ):  # fmt: skip
        yield Learners(cases, features, folds=folds)
    yield Learners(300, 20, repeats=3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--experiments", type=int, default=500)
    n = parser.parse_args().experiments
    start = time.perf_counter()
    limit = ALPHA + 2 * (ALPHA * (1 - ALPHA) / n) ** 0.5
    print(f"null data, {n} studies a row, limit {limit:.1%}")
    print(f"{'':52}{'mean of folds':>26}{'each fold':>26}")
    print(f"{'':52}" + f"{'better':>8}{'mean d':>9}{'width':>9}" * 2)
    for i, design in enumerate(fold_designs()):
        found = folds_judged(design, n, i)
        title = (
            f"{design.cases} cases, {design.features} features, {design.folds} folds x "
            f"{design.repeats}, {design.candidates[0]} against {design.candidates[1]}"
        )
        print(
            f"{title:52}{found.mean_of_folds:8.1%}{found.bias_mean_of_folds:+9.4f}"
            f"{found.width_mean_of_folds:9.2f}{found.each_fold:8.1%}{found.bias_each_fold:+9.4f}"
            f"{found.width_each_fold:9.2f}",
            flush=True,
        )
    for trained in (50, 200, 800):
        plain, aware = training_luck(Learners(1000, trained=trained), n, trained)
        title = f"one split, {trained} training and 1,000 test cases"
        print(f"{title:52}plain {plain:6.1%}, with {SAMPLES} resampled trainings {aware:6.1%}")
    print(f"{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
