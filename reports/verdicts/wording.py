"""What a conclusion about a difference is called, and its sentence with the numbers.

A sentence shows the interval that belongs to its test: that of level 1 − α for a difference, that
of 1 − 2α for equivalence and for one-sided tests, both where both are spoken of.
"""

import math
from dataclasses import dataclass

from reports.evidence import SIDES, HypothesisTest, PairTest
from reports.evidence.pair import DICE
from reports.formatting import count, interval, p_clause, plural, score, signed
from reports.verdicts.ladder import BETTER
from reports.verdicts.rules import TOO_FEW, Ruling, Smallest, limits

MANY = 1_000_000
"""More cases than this are not counted out."""


@dataclass(frozen=True)
class Words:
    """What the parts of a conclusion are called.

    Attributes:
        a, b: the two: "deep" and "classical", or names of methods.
        symbol: the difference.
        per_patient: test cases of a patient, on average; None where patients are not known.
        adjusted: whether p values are adjusted for several comparisons, in the sense of Holm.
    """

    a: str
    b: str
    symbol: str = "ΔAUC"
    per_patient: float | None = None
    adjusted: bool = True

    def p(self, p: float, alpha: float, test: str = "") -> str:
        """For example "TOST, Holm-adjusted p = 0.003"; told apart from alpha."""
        name = "Holm-adjusted p" if self.adjusted else "p"
        return p_clause(p, f"{test}, {name}" if test else name, alpha)


def heading(ruling: Ruling, words: Words) -> str:
    """The conclusion in a few words."""
    name = words.a if ruling.winner == "a" else words.b
    title = name.capitalize() if name in SIDES else name
    return {
        "better-beyond-margin": f"{title} better, by more than the margin",
        "better-but-equivalent": f"{title} better, but equivalent within ±δ",
        "better": f"{title} better",
        "equivalent": "Equivalent within ±δ",
        "not-worse": f"No difference shown; {_not_worse(ruling, words)} worse by more than δ",
        "inconclusive": "No difference shown (inconclusive)",
    }.get(ruling.rule, "No verdict")


def sentence(ruling: Ruling, words: Words, smallest: Smallest | None = None) -> str:
    """The rest of it, with its numbers.

    Args:
        ruling: the conclusion.
        words: what its parts are called.
        smallest: the class of which there is least, for the rule about too few cases.
    """
    pair = ruling.pair
    if ruling.rule == "protocol-violated":
        return f"The protocol was violated: {' '.join(ruling.violations)}"
    if ruling.rule == "too-few-cases" and smallest is not None:
        return _too_few(pair, smallest)
    if ruling.rule in BETTER:
        return _better(ruling, words)
    difference = f"{words.symbol} {signed(pair.difference.value)}"
    delta = f"δ = {pair.margin:g}"
    tost = words.p(pair.equivalence.p_holm, pair.alpha, "TOST")
    if ruling.rule == "equivalent":
        return (
            f"{difference}; its {of_level(pair.equivalence, pair.margin)} "
            f"lies within ±{delta} ({tost}).{_silent(ruling, words)}"
        )
    superiority = words.p(pair.superiority.p_holm, pair.alpha)
    low, high = limits(pair.difference)
    if ruling.rule == "not-worse":
        return (
            f"{difference} {interval(low, high, -pair.margin)}, {superiority}; "
            f"{_excluded(ruling, words)}.{_silent(ruling, words)}"
        )
    return (
        f"{difference}, {superiority}. The data are compatible with {signed(low)} to "
        f"{signed(high)} ({level_of(pair.superiority)} interval)"
        f"{_needed(pair, words.per_patient)}{_silent(ruling, words)}"
    )


def in_sentence(ruling: Ruling, words: Words) -> str:
    """A heading inside a sentence; names of methods keep their letters."""
    text = heading(ruling, words)
    return text if ruling.rule.startswith("better") else text[0].lower() + text[1:]


def smallest_class(smallest: Smallest) -> str:
    """For example "9 test patients of “malignant”"."""
    return f"{plural(smallest.number, smallest.unit)} of “{smallest.name}”"


def of_level(test: HypothesisTest, margin: float) -> str:
    """The interval that belongs to a test, for example "90 % interval [−0.010, +0.012]"."""
    return f"{level_of(test)} interval {interval(test.low, test.high, margin)}"


def level_of(test: HypothesisTest) -> str:
    """Its level, for example "90 %"."""
    return f"{100 * test.level:g} %"


def alpha_of(two_sided: HypothesisTest) -> float:
    """The level that a two-sided test with this interval is held to."""
    return 1 - two_sided.level


def _better(ruling: Ruling, words: Words) -> str:
    pair = ruling.pair
    low, high = limits(pair.difference)
    text = (
        f"{words.symbol} {signed(pair.difference.value)} {interval(low, high, -pair.margin)}, "
        f"{words.p(pair.superiority.p_holm, pair.alpha)}"
    )
    delta = f"δ = {pair.margin:g}"
    if ruling.rule == "better-beyond-margin":
        return f"{text}."
    if ruling.rule == "better-but-equivalent":
        return (
            f"{text}; the difference is smaller than the margin {delta} that the study declared: "
            f"its {of_level(pair.equivalence, pair.margin)} lies within "
            f"±δ ({words.p(pair.equivalence.p_holm, pair.alpha, 'TOST')})."
        )
    if ruling.decision.unadjusted == "better-beyond-margin":
        beyond = words.p(pair.margin_superiority.p_holm, pair.alpha, "superiority by the margin")
        return (
            f"{text}; the interval lies beyond {delta}, but after Holm's adjustment a smaller "
            f"difference is not excluded ({beyond})."
        )
    return f"{text}; a difference smaller than {delta} is not excluded."


def _not_worse(ruling: Ruling, words: Words) -> str:
    """For example "neither is", or "deep is not"."""
    shown = ruling.decision.not_worse
    if len(shown) > 1:
        return "neither is"
    return f"{words.a if shown == ('a',) else words.b} is not"


def _excluded(ruling: Ruling, words: Words) -> str:
    """What the one-sided tests of non-inferiority exclude, with their interval."""
    pair, shown = ruling.pair, ruling.decision.not_worse
    within = f"{of_level(pair.equivalence, pair.margin)}"
    p = p_clause(ruling.p or 0.0, "one-sided p", pair.alpha)
    delta = f"δ = {pair.margin:g}"
    if len(shown) > 1:
        return (
            f"that either is worse by {delta} or more is excluded ({within}, {p} for each or "
            "smaller, not adjusted); that they are equivalent is not shown after Holm's "
            f"adjustment ({words.p(pair.equivalence.p_holm, pair.alpha, 'TOST')})"
        )
    name = words.a if shown == ("a",) else words.b
    return f"that {name} is worse by {delta} or more is excluded ({within}, {p}, not adjusted)"


def _silent(ruling: Ruling, words: Words) -> str:
    """Why no difference is shown although the interval leaves out 0, else ""."""
    pair = ruling.pair
    low, high = limits(pair.difference)
    if low <= 0 <= high:
        return ""
    name = words.a if low > 0 else words.b
    why = (
        "is not shown after Holm's adjustment"
        if pair.superiority.p < pair.alpha
        else "is not shown by the permutation test, whose p is the larger one"
    )
    text = f" The {of_level(pair.superiority, pair.margin)} leaves out 0, "
    return (
        f"{text}but that {name} is better {why} ({words.p(pair.superiority.p_holm, pair.alpha)})."
    )


def _too_few(pair: PairTest, smallest: Smallest) -> str:
    text = f"{smallest_class(smallest)} cannot support a comparison (at least {TOO_FEW} are needed)"
    if pair.minimum_detectable is not None:
        return f"{text}; the smallest detectable difference is {score(pair.minimum_detectable)}."
    if pair.se_cases > 0:
        most = "a mean Dice" if pair.measure == DICE else "an AUC"
        return f"{text}; not even {most} of 1 would be found better."
    return f"{text}."


def _needed(pair: PairTest, per_patient: float | None) -> str:
    """How many cases the margin takes, whatever difference was seen; of known patients how many
    of these, since intervals are over patients."""
    if pair.cases_for_interval is None:
        if pair.se_cases > 0 and pair.se_seeds > pair.se_cases:
            vary = "trainings" if pair.resamples else "seeds"
            return f"; more test cases alone would not narrow this, since the {vary} vary too much."
        return "."
    each = per_patient or 1.0
    parts = []
    if pair.cases_for_difference is not None:
        parts.append(
            f"to find a difference of δ = {pair.margin:g} with 80 % power takes "
            f"{_about(pair.cases_for_difference / each)}"
        )
    parts.append(f"an interval of ±δ takes {_about(pair.cases_for_interval / each)}")
    return f"; {', '.join(parts)} {_like_these(per_patient)}."


def _about(number: float) -> str:
    return f"more than {count(MANY)}" if number > MANY else f"about {count(math.ceil(number))}"


def _like_these(per_patient: float | None) -> str:
    """For example "test patients like these, with 2.5 images each on average"."""
    if per_patient is None:
        return "test cases like these"
    if per_patient == round(per_patient):
        return f"test patients like these, with {plural(round(per_patient), 'image')} each"
    return f"test patients like these, with {per_patient:.1f} images each on average"
