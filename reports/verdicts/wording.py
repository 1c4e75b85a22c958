"""What a conclusion about a difference is called, and its sentence with the numbers."""

from dataclasses import dataclass

from reports.evidence import SIDES, PairTest
from reports.formatting import count, p_clause, plural, score, signed
from reports.verdicts.rules import TOO_FEW, Ruling, Smallest, limits

MANY = 1_000_000
"""More cases than this are not counted out."""


@dataclass(frozen=True)
class Words:
    """What the parts of a conclusion are called.

    Attributes:
        a, b: the two: "deep" and "classical", or names of methods.
        superiority: the corrected p of no difference.
        symbol: the difference.
        patients: whether the cases are of known patients.
    """

    a: str
    b: str
    superiority: str = "Holm p"
    symbol: str = "ΔAUC"
    patients: bool = False


def heading(ruling: Ruling, words: Words) -> str:
    """The conclusion in a few words."""
    name = words.a if ruling.winner == "a" else words.b
    title = name.capitalize() if name in SIDES else name
    return {
        "better-beyond-margin": f"{title} better, by more than the margin",
        "better-but-equivalent": f"{title} better, but equivalent within ±δ",
        "better": f"{title} better",
        "equivalent": "Equivalent within ±δ",
        "not-worse": f"No difference shown; {name} is not worse by more than δ",
        "inconclusive": "No difference shown (inconclusive)",
    }.get(ruling.rule, "No verdict")


def sentence(ruling: Ruling, words: Words, smallest: Smallest | None = None) -> str:
    """The rest of it, with its numbers.

    Args:
        ruling: the conclusion.
        words: what its parts are called.
        smallest: the class of which there is least, for the rule about too few cases.
    """
    if ruling.rule == "protocol-violated":
        return f"The protocol was violated: {' '.join(ruling.violations)}"
    if ruling.rule == "too-few-cases" and smallest is not None:
        return _too_few(ruling.pair, smallest)
    pair = ruling.pair
    low, high = limits(pair.difference)
    difference = f"{words.symbol} {signed(pair.difference.value)}"
    with_limits = f"{difference} [{signed(low)}, {signed(high)}]"
    superiority = p_clause(pair.superiority.p_holm, words.superiority)
    equivalence = p_clause(pair.equivalence.p_holm, words.superiority)
    delta = f"δ = {pair.margin:g}"
    name = words.a if ruling.winner == "a" else words.b
    if ruling.rule == "better-beyond-margin":
        return f"{with_limits}, {superiority}."
    if ruling.rule == "better-but-equivalent":
        return (
            f"{with_limits}, {superiority}; the difference is real and too small to matter: it "
            f"lies within ±{delta} ({equivalence})."
        )
    if ruling.rule == "better":
        return f"{with_limits}, {superiority}; a difference smaller than {delta} is not excluded."
    if ruling.rule == "equivalent":
        return f"{with_limits}; it lies within ±{delta} ({equivalence})."
    if ruling.rule == "not-worse" and ruling.p is not None:
        return (
            f"{with_limits}, {superiority}; that {name} is worse by {delta} or more is excluded "
            f"({p_clause(ruling.p, 'one-sided p')}, not corrected), that it is better is not shown."
        )
    return (
        f"{difference}, {superiority}. The data are compatible with {signed(low)} to "
        f"{signed(high)}{_needed(pair, words.patients)}"
    )


def in_sentence(ruling: Ruling, words: Words) -> str:
    """A heading inside a sentence; names of methods keep their letters."""
    text = heading(ruling, words)
    return text if ruling.rule.startswith("better") else text[0].lower() + text[1:]


def smallest_class(smallest: Smallest) -> str:
    """For example "9 test patients of “malignant”"."""
    unit = "test patient" if smallest.patients else "test case"
    return f"{plural(smallest.number, unit)} of “{smallest.name}”"


def _too_few(pair: PairTest, smallest: Smallest) -> str:
    text = f"{smallest_class(smallest)} cannot support a comparison (at least {TOO_FEW} are needed)"
    if pair.minimum_detectable is not None:
        return f"{text}; the smallest detectable difference is {score(pair.minimum_detectable)}."
    if pair.se_cases > 0:
        return f"{text}; not even an AUC of 1 would be found better."
    return f"{text}."


def _needed(pair: PairTest, patients: bool) -> str:
    if pair.additional_cases is None:
        if pair.se_cases > 0 and pair.se_seeds > 0:
            return "; more test cases alone would not settle it, since the seeds vary too much."
        return "."
    whose = ", of further patients," if patients else ""
    if pair.additional_cases > MANY:
        return f"; more than {count(MANY)} more cases{whose} would be needed to settle it."
    cases = "case" if pair.additional_cases == 1 else "cases"
    needed = f"about {count(pair.additional_cases)} more {cases}{whose}"
    return f"; {needed} would be needed to settle it."
