"""How often the intervals of the report contain the truth."""

import math
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtr

from reports.analysis.pairs.single_split import SingleSplit
from reports.statistics.intervals import proportion
from reports.statistics.proportions import clopper_pearson
from reports.statistics.rate_intervals import rate_intervals
from tests.benchmarks.binormal import Design, FloatArray, Sample, draw, shifts

LEVEL = 0.95
_EXACT = "sensitivity, Clopper-Pearson"  # of independent cases only
_OF_SEEDS = "AUC of the mean of 5 seeds"
_SEEDS, _SHARE_OF_SEEDS = 5, 0.3  # to save time, at one prevalence only
_OF_AUCS = frozenset({"AUC", "difference of AUCs"})
_BY_BOOTSTRAP = ("balanced accuracy", "F1", "MCC")
_AUCS_OF_BOOTSTRAP = (0.6, 0.9, 0.98)  # to save time, at these only
PROCEDURES = (
    "AUC",
    _OF_SEEDS,
    "difference of AUCs",
    "sensitivity",
    "specificity",
    "accuracy",
    "precision",
    _EXACT,
    *_BY_BOOTSTRAP,
)


@dataclass(frozen=True)
class Covered:
    """Counts over simulated samples.

    Attributes:
        experiments: how many samples.
        hits: interval → samples in which it contains the truth.
        procedures: name of the procedure of the AUC's interval → samples in which it was used.
    """

    experiments: int
    hits: Mapping[str, int]
    procedures: Mapping[str, int]

    def __add__(self, other: "Covered") -> "Covered":
        return Covered(
            self.experiments + other.experiments,
            Counter(self.hits) + Counter(other.hits),
            Counter(self.procedures) + Counter(other.procedures),
        )


NOTHING = Covered(0, {}, {})


def applies(procedure: str, design: Design) -> bool:
    """Whether an interval is made for such cases."""
    if procedure == _OF_SEEDS:
        return design.share == _SHARE_OF_SEEDS
    if procedure in _BY_BOOTSTRAP:
        return design.deep in _AUCS_OF_BOOTSTRAP
    return procedure != _EXACT or design.images == 1


def covered(
    design: Design,
    experiments: int,
    random_state: list[int],
    wanted: Collection[str] = PROCEDURES,
) -> Covered:
    """Count over so many samples of one design with one seed; other intervals are not made."""
    rng = np.random.default_rng(random_state)
    found = NOTHING
    for _ in range(experiments):
        sample = draw(design, shifts(design, rng), rng)
        if not _OF_AUCS.isdisjoint(wanted):
            found += _of_aucs(design, sample)
        if set(wanted) - _OF_AUCS - {_OF_SEEDS}:
            found += _of_decisions(design, sample, not set(_BY_BOOTSTRAP).isdisjoint(wanted))
        if _OF_SEEDS in wanted and applies(_OF_SEEDS, design):
            several = replace(design, seeds=_SEEDS, seed_sd=0.2 * (1 - design.deep))
            found += _of_seeds(several, rng)
    return replace(found, experiments=experiments)


def _of_aucs(design: Design, sample: Sample) -> Covered:
    split = SingleSplit(sample.probabilities(), sample.part(), 1, LEVEL)
    one = split.value("deep-0")
    (tested,) = split.tested([("deep-0", "classical-0")])
    hits = {
        "AUC": _inside(one.low, design.deep, one.high),
        "difference of AUCs": _inside(
            *_around(tested.difference.interval(LEVEL), design.deep - design.classical)
        ),
    }
    return Covered(0, hits, {one.method: 1})


def _of_seeds(design: Design, rng: np.random.Generator) -> Covered:
    mus = {"deep-0": shifts(design, rng)["deep-0"]}
    sample = draw(design, mus, rng)
    one = SingleSplit(sample.probabilities(), sample.part(), 1, LEVEL).value("deep-0")
    return Covered(0, {_OF_SEEDS: _inside(one.low, design.deep, one.high)}, {})


def _of_decisions(design: Design, sample: Sample, by_bootstrap: bool) -> Covered:
    """At the threshold midway between the classes, where sensitivity is specificity."""
    mu = float(shifts(design, np.random.default_rng(0))["deep-0"][0])
    rate = float(ndtr(mu / 2))
    found = sample.labels == 1
    named = (sample.scores["deep-0"][0] > mu / 2).astype(float)
    hit, rejected = np.where(found, named, 0.0), np.where(found, 0.0, 1 - named)
    m, n = int(found.sum()), int((~found).sum())
    matrix = np.array([[n * rate, n * (1 - rate)], [m * (1 - rate), m * rate]])
    hits = {}
    for name, successes, trials, truth in (
        ("sensitivity", hit, found.astype(float), rate),
        ("specificity", rejected, (~found).astype(float), rate),
        ("accuracy", hit + rejected, np.ones(m + n), rate),
        ("precision", hit, named, m * rate / (m * rate + n * (1 - rate))),
    ):
        limits = proportion(successes, trials, sample.patients, LEVEL)
        # Without a case in the denominator the report shows no rate, which claims nothing false.
        hits[name] = limits is None or _inside(limits[1], truth, limits[2])
    if design.images == 1:
        hits[_EXACT] = _inside(*_around(clopper_pearson(hit.sum(), m, LEVEL), rate))
    if by_bootstrap and design.deep in _AUCS_OF_BOOTSTRAP:
        rates = rate_intervals(
            sample.labels, named.astype(np.int64)[None], 2, 1, sample.patients, LEVEL
        )
        truths = {"balanced_accuracy": rate, "f1": _f1(matrix), "mcc": _mcc(matrix)}
        for name, (field, truth) in zip(_BY_BOOTSTRAP, truths.items(), strict=True):
            hits[name] = _inside(getattr(rates.low, field), truth, getattr(rates.high, field))
    return Covered(0, hits, {})


def _f1(matrix: FloatArray) -> float:
    return float(2 * matrix[1, 1] / (2 * matrix[1, 1] + matrix[0, 1] + matrix[1, 0]))


def _mcc(matrix: FloatArray) -> float:
    margins = np.concatenate([matrix.sum(axis=0), matrix.sum(axis=1)])
    return float(np.linalg.det(matrix) / math.sqrt(margins.prod()))


def _around(limits: tuple[float, float], truth: float) -> tuple[float, float, float]:
    return limits[0], truth, limits[1]


def _inside(low: float | None, truth: float, high: float | None) -> bool:
    return low is not None and high is not None and low <= truth <= high
