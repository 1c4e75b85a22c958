"""How often the interval of a difference of a measure, as claims have it, contains the truth.

Decisions fall at a threshold that is known, midway between the classes of the mean over seeds, so
that the truth follows from the normal distribution. Where both methods are alike an interval
without 0 is a false claim that they differ.
"""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from scipy.special import expit, ndtr, ndtri

from bench.protocol.scoring import MEASURES, Measure
from reports.analysis.measures.by_measure import ByMeasure
from reports.analysis.measures.measures import LOSSES, RATES
from reports.analysis.pairs.dataset_comparison import DatasetComparison
from reports.statistics.operating import rates_of_many
from tests.benchmarks.binormal import Design, FloatArray, draw_comparison, shifts

COMPARED: tuple[Measure, ...] = tuple(measure for measure in MEASURES if measure != "auc")
PAIR = ("deep-0", "classical-0")
_LAWS = 4000  # draws of the seeds behind a truth
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(60)


def designs() -> Iterator[Design]:
    """Sizes with at least ten cases of each class, below which no claim is tested."""
    for images in (1, 4):
        for cases, share in ((40, 0.5), (100, 0.1), (100, 0.3), (400, 0.1), (400, 0.3)):
            for deep, classical in ((0.8, 0.8), (0.98, 0.98), (0.98, 0.93)):
                yield Design(cases, share=share, images=images, deep=deep, classical=classical)
        for cases in (100, 400):
            yield Design(cases, share=0.3, images=images, seeds=5, seed_sd=0.02)
    yield Design(400, share=0.3, deep=0.9, classical=0.8, seeds=5, seed_sd=0.02)


def thresholds(design: Design) -> dict[str, float]:
    """Method → the score at or above which a case is called positive."""
    both = zip(PAIR, (design.deep, design.classical), strict=True)
    return {name: math.sqrt(2) * float(ndtri(auc)) / 2 for name, auc in both}


def truths(design: Design) -> dict[Measure, float]:
    """Measure → the difference that an endless test part with these shares and all seeds shows."""
    laws = replace(design, seeds=_LAWS) if design.seeds > 1 else design
    mus = shifts(laws, np.random.default_rng(0))
    at = thresholds(design)
    each = {name: _values(design, mus[name], at[name]) for name in PAIR}
    return {m: each[PAIR[0]][m] - each[PAIR[1]][m] for m in COMPARED}


def _values(design: Design, mus: FloatArray, threshold: float) -> dict[Measure, float]:
    positive = _positives(design)
    counts = np.array([design.cases - positive, positive], dtype=float)
    right = np.stack([np.full(len(mus), ndtr(threshold)), ndtr(mus - threshold)], axis=1)
    matrices = np.zeros((len(mus), 2, 2))
    for label in (0, 1):
        matrices[:, label, label] = counts[label] * right[:, label]
        matrices[:, label, 1 - label] = counts[label] * (1 - right[:, label])
    rates = rates_of_many(matrices, np.array([0, 1]), 1).mean(axis=0)
    said = [expit(_NODES), expit(_NODES + mus[:, None])]
    share = counts / counts.sum() / _WEIGHTS.sum()
    brier = share[0] * (_WEIGHTS @ said[0] ** 2) + share[1] * ((1 - said[1]) ** 2 @ _WEIGHTS).mean()
    log_loss = share[0] * (_WEIGHTS @ -np.log(1 - said[0])) + share[1] * np.mean(
        -np.log(said[1]) @ _WEIGHTS
    )
    losses: dict[Measure, float] = {"brier": -float(brier), "log-loss": -float(log_loss)}
    return {m: losses[m] if m in LOSSES else float(rates[RATES[m]]) for m in COMPARED}


def _positives(design: Design) -> int:
    return round(design.share * (design.cases // design.images)) * design.images


def covered(design: Design, experiments: int, random_state: list[int]) -> Counter[str]:
    """Measure → in how many samples the interval contains the truth."""
    rng = np.random.default_rng(random_state)
    truth = truths(design)
    found: Counter[str] = Counter()
    for _ in range(experiments):
        sample = decided(draw_comparison(design, rng), design)
        for measure in COMPARED:
            (tested,) = ByMeasure(sample, measure, PAIR).tested([PAIR])
            low, high = tested.difference.interval(0.95)
            found[measure] += low <= truth[measure] <= high
    return found


def decided(sample: DatasetComparison, design: Design) -> DatasetComparison:
    """The same with a validation part of two cases, between which the known threshold lies."""
    at = thresholds(design)
    scored = []
    for run in sample.data.scored:
        middle = float(expit(at[run.run.trial.method]))
        positive = np.array([middle - 1e-9, middle + 1e-9])
        columns = np.stack([1 - positive, positive], axis=1)
        scored.append(replace(run, validation_labels=np.array([0, 1]), validation=columns))
    return DatasetComparison(replace(sample.data, scored=tuple(scored)), sample.study)


def alike(design: Design) -> bool:
    """Whether no difference is true: several seeds of one side differ from the other's one run."""
    return design.deep == design.classical and design.seeds == 1
