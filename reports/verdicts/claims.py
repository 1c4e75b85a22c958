"""The claims that are judged beside the primary one: those of the study file, and built-in ones.

A claim that cannot be asked of a data set says why.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import cast

from bench.protocol.cards import FAMILIES
from bench.protocol.claim import Claim, Direction
from bench.protocol.scoring import Measure
from bench.protocol.study import Study
from reports.analysis.measures.measures import LOSSES, NAMES
from reports.analysis.pairs.candidates import Candidates, Chosen

ENSEMBLES: dict[str, str] = {
    "random-forest": "mean of trees on bootstrap samples",
    "extra-trees": "mean of trees with random thresholds",
    "gradient-boosting": "sum of boosted trees",
    "hist-gradient-boosting": "sum of boosted trees",
    "xgboost": "sum of boosted trees",
    "lightgbm": "sum of boosted trees",
    "catboost": "sum of boosted trees",
    "adaboost": "weighted vote of boosted classifiers",
    "bagging": "mean of classifiers on bootstrap samples",
    "soft-vote": "mean probability of several classifiers",
    "stacking": "a classifier of several classifiers' answers",
    "deep-ensemble": "mean probability of several trained networks",
}
"""Method → why it counts as an ensemble: its answer combines those of several fitted models. An
ensemble that is not listed can be compared by a claim of the study file."""

PLAIN = "-no-augmentation"
"""What the name of a method ends in that is trained as another one, but without augmentation."""

Pair = tuple[Chosen, Chosen]


@dataclass(frozen=True, eq=False)
class Question:
    """A claim about a measure in a form that can be put to a data set.

    Attributes:
        name, text, direction, measure: of the claim.
        declared: whether it stands in the study file.
        margin: smallest difference that matters.
        a, b: the sides in words.
        datasets: names, () for all.
        pairs: the pairs of methods that must all bear the claim out; raises LookupError with the
            reason where there is none.
    """

    name: str
    text: str
    direction: Direction
    measure: Measure
    declared: bool
    margin: float
    a: str
    b: str
    datasets: tuple[str, ...]
    pairs: Callable[[Candidates], list[Pair]]


def questions(study: Study) -> list[Question]:
    """The claims of the study file by name, then the built-in ones."""
    return [*(_declared(claim, study) for claim in study.claims), *_built_in(study)]


def _declared(claim: Claim, study: Study) -> Question:
    a, b = _words(claim.a), _words(claim.b)
    margin = study.margin if claim.margin is None else claim.margin
    measure = cast(Measure, claim.metric)  # checked when the claim was made

    def pairs(candidates: Candidates) -> list[Pair]:
        return [
            _distinct(
                candidates.representative(claim.a),
                candidates.representative(claim.b),
            )
        ]

    return Question(
        name=claim.name,
        text=claim.text or _sentence(measure, claim.direction, a, b, margin),
        direction=claim.direction,
        measure=measure,
        declared=True,
        margin=margin,
        a=a,
        b=b,
        datasets=claim.datasets,
        pairs=pairs,
    )


def _sentence(measure: Measure, direction: Direction, a: str, b: str, margin: float) -> str:
    """The claim in words.

    >>> _sentence("brier", "superiority", "cnn", "svm", 0.02)
    'The Brier score of cnn is lower than that of svm.'
    """
    name = NAMES[measure]
    better, worse = ("lower", "higher") if measure in LOSSES else ("higher", "lower")
    if direction == "superiority":
        return f"The {name} of {a} is {better} than that of {b}."
    if direction == "non-inferiority":
        return f"The {name} of {a} is not {worse} than that of {b} by {margin:g} or more."
    return f"The {name} of {a} and that of {b} differ by less than {margin:g}."


def _built_in(study: Study) -> list[Question]:
    def question(
        name: str, text: str, a: str, b: str, pairs: Callable[[Candidates], list[Pair]]
    ) -> Question:
        return Question(name, text, "superiority", "auc", False, study.margin, a, b, (), pairs)

    return [
        question(
            "hybrids-beat-both",
            "Hybrid methods are more accurate than both deep and classical ones.",
            "the best hybrid method",
            "the best deep and the best classical method",
            _hybrid_against_both,
        ),
        question(
            "classical-ensembles-beat-single-models",
            "Classical ensembles are more accurate than single classical models.",
            "the best classical ensemble",
            "the best single classical model",
            lambda candidates: _ensemble_against_single(candidates, "classical"),
        ),
        question(
            "deep-ensembles-beat-single-models",
            "Ensembles of networks are more accurate than single networks.",
            "the best deep ensemble",
            "the best single network",
            lambda candidates: _ensemble_against_single(candidates, "deep"),
        ),
        question(
            "augmentation-helps",
            "Networks are more accurate when they are trained with augmentation.",
            "with augmentation",
            "without augmentation",
            _augmented_against_plain,
        ),
    ]


def _hybrid_against_both(candidates: Candidates) -> list[Pair]:
    hybrid = candidates.representative(("hybrid",))
    return [(hybrid, candidates.representative((side,))) for side in ("deep", "classical")]


def _ensemble_against_single(candidates: Candidates, family: str) -> list[Pair]:
    own = sorted(c.name for c in candidates.data.methods.values() if c.family == family)
    ensembles = [name for name in own if name in ENSEMBLES]
    single = [name for name in own if name not in ENSEMBLES]
    if not ensembles:
        raise LookupError(f"No {family} ensemble was run.")
    if not single:
        raise LookupError(f"No single {family} model was run.")
    return [(candidates.representative(ensembles), candidates.representative(single))]


def _augmented_against_plain(candidates: Candidates) -> list[Pair]:
    """The pair whose better half is best on validation."""
    run = set(candidates.data.methods)
    twins = {name: name.removesuffix(PLAIN) for name in sorted(run) if name.endswith(PLAIN)}
    both = {plain: augmented for plain, augmented in twins.items() if augmented in run}
    if not both:
        raise LookupError(f"No method was run both as X and as X{PLAIN}.")
    best = candidates.representative([*both, *both.values()])
    name = best.name.removesuffix(PLAIN)
    a, b = (
        candidates.representative((name,)),
        candidates.representative((name + PLAIN,)),
    )
    return [
        (replace(a, n_candidates=best.n_candidates), replace(b, n_candidates=best.n_candidates))
    ]


def _distinct(a: Chosen, b: Chosen) -> Pair:
    if a.name == b.name:
        raise LookupError(f"{a.name} is the best of both sides.")
    return a, b


def _words(names: Sequence[str]) -> str:
    """A side for the reader.

    >>> _words(("deep",)), _words(("svm", "xgboost"))
    ('the best deep method', 'the best of svm, xgboost')
    """
    if len(names) == 1:
        return f"the best {names[0]} method" if names[0] in FAMILIES else names[0]
    each = (f"{name} methods" if name in FAMILIES else name for name in names)
    return f"the best of {', '.join(each)}"
