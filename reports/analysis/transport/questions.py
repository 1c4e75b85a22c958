"""One question: is the difference between the sides another one there than here?"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from reports.analysis.pairs.counted_classes import units_per_class
from reports.analysis.pairs.paired import procedure
from reports.analysis.transport.sides import Sides, counted_classes, on_classes
from reports.evidence import Estimate, HypothesisTest, Interaction, PlaceKind
from reports.loading.selection import DatasetRuns
from reports.statistics.contrast import Difference
from reports.statistics.multiplicity import holm
from reports.statistics.transport.interaction import InSetting, weighted

SHARED = "DeLong, joint covariance on the same cases"
APART = "DeLong, errors of both places added"
BY_UNIT = ", clustered by {} (Obuchowski)"
FOLDS = "error of the fold-averaged AUC in both places, added"


@dataclass(frozen=True, eq=False)
class Question:
    """What is asked of one or several places against another.

    Attributes:
        kind: of the places.
        name: for the reader.
        places: names of the places `there`.
        here: the runs on the cases that they are set against.
        there: the same runs in each place.
        weights: of the places, adding up to 1; None by the cases of their smallest class.
        shared: whether cases here and there are the same.
    """

    kind: PlaceKind
    name: str
    places: tuple[str, ...]
    here: DatasetRuns
    there: tuple[DatasetRuns, ...]
    weights: tuple[float, ...] | None = None
    shared: bool = False


@dataclass(frozen=True)
class Topic:
    """What an answer is about; see `reports.evidence.Interaction`."""

    kind: PlaceKind
    name: str
    places: tuple[str, ...]
    shared: bool
    procedure: str
    classes: tuple[str, ...]
    n_classes: int


@dataclass(frozen=True, eq=False)
class Asked:
    """A question with its answer, Holm's correction still to be made.

    Attributes:
        interaction: the answer.
        here: d on the cases that the places are set against.
        there: d in the places, a weighted mean of one or several.
        weights: of those.
        aucs: of deep and classical, here, then there.
        weight: cases (patients) of the smallest class there.
    """

    interaction: Interaction
    here: InSetting
    there: tuple[InSetting, ...]
    weights: tuple[float, ...]
    aucs: tuple[tuple[float, float], tuple[float, float]]
    weight: float


def ask(question: Question, sides: Sides, models: str, models_there: str = "") -> Asked:
    """The answer to a question that has no obstacle.

    Args:
        question: places in which enough cases are left.
        sides: the two models.
        models: names the fitted models.
        models_there: names those that are asked there, "" where they are the same.
    """
    classes = counted_classes([question.here, *question.there])
    here_data = on_classes(question.here, classes)
    there_data = [on_classes(data, classes) for data in question.there]
    here, here_aucs = sides.in_setting(here_data, models)
    both = [sides.in_setting(data, models_there or models) for data in there_data]
    there = tuple(one for one, _ in both)
    sizes = [float(units_per_class(data)[classes].min()) for data in there_data]
    weights = question.weights or tuple(size / sum(sizes) for size in sizes)
    there_aucs = np.average([aucs for _, aucs in both], axis=0, weights=weights)
    aucs = here_aucs, (float(there_aucs[0]), float(there_aucs[1]))
    names = question.here.card.class_names
    topic = Topic(
        question.kind,
        question.name,
        question.places,
        question.shared,
        _procedure(question),
        tuple(names[c] for c in classes.tolist()),
        len(names),
    )
    answered = answer(topic, ([here], [1.0]), (there, weights), aucs, sides)
    return Asked(answered, here, there, weights, aucs, sum(sizes))


def answer(
    topic: Topic,
    here: tuple[Sequence[InSetting], Sequence[float]],
    there: tuple[Sequence[InSetting], Sequence[float]],
    aucs: tuple[tuple[float, float], tuple[float, float]],
    sides: Sides,
) -> Interaction:
    """The numbers that answer a question.

    Args:
        topic: what is asked.
        here, there: settings with weights that add up to 1.
        aucs: of deep and classical, here, then there.
        sides: alpha and margin.
    """
    change = weighted([*here[0], *there[0]], [*(-w for w in here[1]), *there[1]])
    level, alpha = sides.level, sides.study.alpha
    low, high = _limits(change, level)
    lower, upper = _limits(change, 1 - 2 * alpha)
    p, tost = change.p(), change.p_equivalence(sides.study.margin)
    name = procedure(topic.procedure, change)
    return Interaction(
        kind=topic.kind,
        name=topic.name,
        places=topic.places,
        here=_mean(*here, level, topic.procedure),
        there=_mean(*there, level, topic.procedure),
        deep=(aucs[0][0], aucs[1][0]),
        classical=(aucs[0][1], aucs[1][1]),
        change=Estimate(change.d, low, high, name),
        test=HypothesisTest(p, p, low, high, level),
        equivalence=HypothesisTest(tost, tost, lower, upper, 1 - 2 * alpha),
        minimum_detectable=change.minimum_detectable(alpha),
        shared=topic.shared,
        procedure=name,
        classes=topic.classes,
        n_classes=topic.n_classes,
    )


def corrected(questions: Sequence[Interaction]) -> list[Interaction]:
    """The same with Holm's correction over all of them."""
    tests = holm([one.test.p for one in questions])
    tosts = holm([one.equivalence.p for one in questions])
    return [
        replace(
            one,
            test=replace(one.test, p_holm=p),
            equivalence=replace(one.equivalence, p_holm=q),
        )
        for one, p, q in zip(questions, tests, tosts, strict=True)
    ]


def _procedure(question: Question) -> str:
    if None not in question.here.tests:
        return FOLDS
    part = question.here.tests[None]
    unit = "" if part.units is None else BY_UNIT.format(part.unit)
    return f"{SHARED if question.shared else APART}{unit}"


def _limits(difference: Difference, level: float) -> tuple[float, float]:
    """Of a difference of differences, which lies between −2 and 2."""
    low, high = difference.interval(level)
    return max(-2.0, low), min(2.0, high)


def _mean(
    settings: Sequence[InSetting], weights: Sequence[float], level: float, base: str
) -> Estimate:
    """d in a place as it is shown everywhere, or the mean over several."""
    single = len(settings) == 1
    difference = settings[0].difference if single else weighted(settings, weights)
    low, high = difference.interval(level)
    return Estimate(difference.d, max(-1.0, low), min(1.0, high), procedure(base, difference))
