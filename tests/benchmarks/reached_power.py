"""How often a difference is found of which the report says that it is found in 80 %."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from reports.analysis.pairs.dataset_comparison import DatasetComparison
from reports.analysis.pairs.pair_tests import pair_tests
from reports.analysis.pairs.single_split import SingleSplit
from reports.analysis.planning import detectable
from reports.statistics.binormal import inflation
from reports.statistics.contrast import POWER
from reports.statistics.power import ASSUMED_AUC, ASSUMED_CORRELATION, TestModel
from reports.verdicts.dataset_verdict import decide
from tests.benchmarks.binormal import MARGIN, Design, draw, draw_comparison, shifts
from tests.benchmarks.null_verdicts import ALPHA

_PILOT = 200  # samples whose median is taken as what a report states
_MANY = 100_000  # cases from which an intraclass correlation is known well enough


@dataclass(frozen=True)
class Promise:
    """A statement of power.

    Attributes:
        statement: which one, and for what data.
        design: data for which it is made.
        predicted: the probability that one side is found to be better.
    """

    statement: str
    design: Design
    predicted: float = POWER


def promises() -> Iterator[Promise]:
    """What is stated before a run, and in the report."""
    base = Design(0, deep=ASSUMED_AUC, classical=ASSUMED_AUC, correlation=ASSUMED_CORRELATION)
    for n, share in (*product((100, 400, 1000), (0.1, 0.5)), (100, 0.3), (200, 0.1)):
        yield from before(replace(base, cases=n, share=share))
    for n, share in ((400, 0.3), (400, 0.5), (1000, 0.1), (1000, 0.3)):
        yield from before(replace(base, cases=n, share=share, images=4))
        yield from before(replace(base, cases=n, share=share, images=4), known=True)
    for auc, n, share, images, runs in (
        (0.7, 100, 0.3, 1, (1,)), (0.85, 100, 0.3, 1, (1, 3, 5)), (0.85, 400, 0.3, 1, (1, 3, 5)),
        (0.85, 1000, 0.1, 1, (1,)), (0.95, 400, 0.3, 1, (1, 3, 5)), (0.7, 120, 0.5, 4, (1, 3, 5)),
        (0.85, 120, 0.5, 4, (1,)), (0.85, 400, 0.3, 4, (1, 3, 5)), (0.95, 400, 0.5, 4, (1, 3, 5)),
    ):  # fmt: skip
        for seeds in runs:
            design = Design(n, share=share, images=images, seeds=seeds, deep=auc, classical=auc)
            yield from in_report(replace(design, seed_sd=0.02 if seeds > 1 else 0.0))
    own = Design(400, share=0.3, seeds=5, seed_sd=0.02, deep=0.85, classical=0.85, candidates=3)
    yield from in_report(own)


def kept(promise: Promise, experiments: int, random_state: list[int]) -> int:
    """In how many experiments the verdict is as promised."""
    rng = np.random.default_rng(random_state)
    found = 0
    for _ in range(experiments):
        one = draw_comparison(promise.design, rng)
        comparison = one.primary(prospects=False)
        verdict = decide(comparison, one.obstacle, (), MARGIN)
        found += verdict.rule.startswith("better")
    return found


def intraclass(design: Design) -> float:
    """Intraclass correlation of what the images of a patient add to the difference of the AUCs."""
    rng = np.random.default_rng(0)
    large = replace(design, cases=_MANY)
    sample = draw(large, shifts(large, rng), rng)
    part = replace(sample, patients=None).part()
    found = SingleSplit(sample.probabilities(), part, 1, 1 - ALPHA).components
    added = (found.positive[0] - found.positive[1])[sample.labels == 1].reshape(-1, design.images)
    within = float(added.var(axis=1, ddof=1).mean())
    between = float(added.mean(axis=1).var(ddof=1)) - within / design.images
    return between / (between + within)


def _in_words(design: Design) -> str:
    words = f"{design.cases} images"
    if design.images > 1:
        words += f" of {design.cases // design.images} patients"
    words += f", {design.share:.0%} pos., AUC {design.classical:g}"
    if design.seeds > 1:
        words += f", {design.seeds} seeds of SD {design.seed_sd:g}"
    return words if design.candidates == 1 else f"{words}, best of {design.candidates}"


def before(design: Design, known: bool = False) -> Iterator[Promise]:
    """What `--dry-run` says; or with the true intraclass correlation in place of the assumed."""
    one = draw_comparison(design, np.random.default_rng(0))
    card = one.data.card
    d, words = detectable(card, one.study), "before a run"
    if known:
        negative, positive = card.parts["test"].per_class
        words = "the same with the true ICC"
        d = TestModel(
            positive,
            negative,
            counts=(negative / design.images, positive / design.images),
            inflation=inflation(design.images, intraclass(design)),
            clustered=True,
        ).minimum_detectable(ASSUMED_AUC)
    if d is not None:
        statement = f"{words}, {_in_words(design)}: {d:.3f}"
        yield Promise(statement, replace(design, deep=design.classical + d))


def in_report(design: Design, pilots: int = _PILOT) -> Iterator[Promise]:
    """The median of what reports on such data state; nothing where most state nothing."""
    d = min(0.05, (1 - design.classical) / 2)
    stated = []
    for one in _pilot(replace(design, deep=design.classical + d), pilots):
        pairs = pair_tests(
            _paired(one),
            [_champions(one)],
            margin=MARGIN,
            alpha=ALPHA,
            n_cases=None,
            n_candidates=one.candidates.n_candidates,
        )
        stated += [p.minimum_detectable or math.inf for p in pairs]
    d = float(np.median(stated))
    if math.isfinite(d):
        statement = f"in the report, {_in_words(design)}: {d:.3f}"
        yield Promise(statement, replace(design, deep=design.classical + d))


def _paired(found: DatasetComparison) -> SingleSplit:
    if not isinstance(found.paired, SingleSplit):
        raise ValueError("one split with cases of both classes is needed")
    return found.paired


def _champions(found: DatasetComparison) -> tuple[str, str]:
    deep, classical = found.candidates.champions["deep"], found.candidates.champions["classical"]
    if deep is None or classical is None:
        raise ValueError("both sides need a champion")
    return deep, classical


def _pilot(design: Design, pilots: int) -> Iterator[DatasetComparison]:
    rng = np.random.default_rng(0)
    for _ in range(pilots):
        yield draw_comparison(design, rng)
