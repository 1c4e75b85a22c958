"""How often a difference is found of which the report says that it is found in 80 %."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal

import numpy as np

from reports.paired import SingleSplit
from reports.planning import detectable
from reports.statistics.contrast import Difference
from reports.statistics.power import (
    ASSUMED_AUC,
    ASSUMED_CORRELATION,
    POWER,
    difference_variance,
    inflation,
    minimum_detectable,
)
from reports.verdict import decide
from tests.benchmarks.binormal import MARGIN, Design, contest, draw, shifts
from tests.benchmarks.null_verdicts import ALPHA

Event = Literal["better", "equivalent"]

_PILOT = 300  # samples whose mean is taken as what a report states
_MANY = 100_000  # cases from which an intraclass correlation is known well enough


@dataclass(frozen=True)
class Promise:
    """A statement of power.

    Attributes:
        statement: which one, and for what data.
        design: data for which it is made.
        event: what is to be found.
        predicted: its probability.
    """

    statement: str
    design: Design
    event: Event = "better"
    predicted: float = POWER


def promises() -> Iterator[Promise]:
    """What is stated before a run, in the report, and in an inconclusive verdict."""
    base = Design(0, deep=ASSUMED_AUC, classical=ASSUMED_AUC, correlation=ASSUMED_CORRELATION)
    for n, share in (*product((100, 400, 1000), (0.1, 0.5)), (100, 0.3), (200, 0.1)):
        design = replace(base, cases=n, share=share)
        yield from _before(f"before a run, {n} cases, {share:.0%} positive", design)
    for n, share in ((400, 0.3), (1000, 0.3)):
        design = replace(base, cases=n, share=share, images=4)
        yield from _before(
            f"before a run, {n} images of {n // 4} patients, {share:.0%} positive", design
        )
    for n, share, seeds, auc in (
        (100, 0.3, 1, 0.85), (100, 0.3, 1, 0.7), (400, 0.3, 1, 0.85), (1000, 0.1, 1, 0.85),
        (400, 0.3, 5, 0.85),
    ):  # fmt: skip
        design = replace(base, cases=n, share=share, seeds=seeds, deep=auc, classical=auc)
        design = replace(design, seed_sd=0.02 if seeds > 1 else 0.0)
        yield _in_report(f"in the report, {n} cases, {share:.0%}, {seeds} seed(s), {auc}", design)
    for d in (0.03, 0.05):
        yield _more_cases(d, "better", base)
    for d in (0.01, 0.0):
        yield _more_cases(d, "equivalent", base)


def kept(promise: Promise, experiments: int, random_state: list[int]) -> int:
    """In how many experiments the verdict is as promised."""
    rng = np.random.default_rng(random_state)
    found = 0
    for _ in range(experiments):
        one = contest(promise.design, rng)
        comparison = one.comparison()
        verdict = decide(comparison, one.obstacle, (), MARGIN)
        if promise.event == "better":
            found += verdict.rule.startswith("better")
        else:
            found += comparison is not None and comparison.p_equivalence_holm < ALPHA
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


def _before(statement: str, design: Design) -> Iterator[Promise]:
    """With patients the true intraclass correlation stands in for the assumed one."""
    one = contest(design, np.random.default_rng(0))
    card = one.data.card
    if design.images == 1:
        d = detectable(card, one.study)
    else:
        negative, positive = card.parts["test"].per_class
        effect = inflation(design.images, intraclass(design))
        d = minimum_detectable(positive, negative, design_effect=effect)
    if d is not None:
        yield Promise(f"{statement}: {d:.3f}", replace(design, deep=design.classical + d))


def _in_report(statement: str, design: Design) -> Promise:
    """The mean of what reports on such data state."""
    rng = np.random.default_rng(0)
    stated = []
    for _ in range(_PILOT):
        comparison = contest(replace(design, deep=design.classical + 0.05), rng).comparison()
        if comparison is not None and comparison.minimum_detectable is not None:
            stated.append(comparison.minimum_detectable)
    d = float(np.mean(stated))
    return Promise(f"{statement}: {d:.3f}", replace(design, deep=design.classical + d))


def _more_cases(d: float, event: Event, base: Design) -> Promise:
    """So many more cases as are said to be needed by data that show just what is true."""
    n, share = 200, 0.5
    auc = base.classical
    error = difference_variance(auc + d, auc, n * share, n * share, base.correlation) ** 0.5
    more = Difference(d, error).cases_needed(n, MARGIN, ALPHA)
    if more is None:
        raise ValueError("with an error due to cases more of them always help")
    statement = f"{n} cases and the {more} more said to be needed, d = {d:g}, {event}"
    return Promise(statement, replace(base, cases=n + more, share=share, deep=auc + d), event)
