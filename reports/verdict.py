"""What may be concluded on one data set: the first rule that holds."""

from collections.abc import Sequence

from reports.evidence import AuditItem, Comparison, Estimate, Rule, Side, Verdict
from reports.formatting import count, p_clause, score, signed

TOO_FEW = 10
"""Test cases in the smallest class below which no comparison is made."""

MANY = 1_000_000
"""More cases than this are not counted out."""


def decide(
    comparison: Comparison | None, obstacle: str, audit: Sequence[AuditItem], margin: float
) -> Verdict:
    """The verdict on one data set.

    Args:
        comparison: the primary comparison with its corrected p values, or None.
        obstacle: why there is none, "" where there is one.
        audit: of the data set.
        margin: the study's.
    """
    if comparison is None:
        return Verdict(
            "side-missing", None, "No verdict", obstacle, None, None, None, None, margin, None, None
        )
    red = [item for item in audit if item.colour == "red" and item.key != "cases"]
    if red:
        sentence = f"The protocol was violated: {' '.join(item.sentence for item in red)}"
        return _verdict(comparison, "protocol-violated", None, "No verdict", sentence, None)
    if comparison.n_smallest < TOO_FEW:
        return _verdict(comparison, "too-few-cases", None, "No verdict", _too_few(comparison), None)
    return _compared(comparison)


def _compared(c: Comparison) -> Verdict:
    """The rules about differences, from the strongest conclusion to the weakest."""
    difference, p_holm = _difference(c), p_clause(c.p_holm, "Holm p")
    better: Side = "deep" if c.difference.value > 0 else "classical"
    different = c.p_holm < c.alpha
    equivalent = c.p_equivalence_holm < c.alpha
    low, high = limits(c.difference)
    beyond = (low > c.margin or high < -c.margin) and c.p_margin_holm < c.alpha
    delta = f"δ = {c.margin:g}"
    title = better.capitalize()
    if different and beyond:
        heading = f"{title} better, by more than the margin"
        return _verdict(
            c, "better-beyond-margin", better, heading, f"{difference}, {p_holm}.", c.p_holm
        )
    if different and equivalent:
        heading = f"{title} better, but equivalent within ±δ"
        sentence = (
            f"{difference}, {p_holm}; the difference is real and too small to matter: it lies "
            f"within ±{delta} ({p_clause(c.p_equivalence_holm, 'Holm p')})."
        )
        return _verdict(c, "better-but-equivalent", better, heading, sentence, c.p_holm)
    if different:
        sentence = f"{difference}, {p_holm}; a difference smaller than {delta} is not excluded."
        return _verdict(c, "better", better, f"{title} better", sentence, c.p_holm)
    if equivalent:
        p = p_clause(c.p_equivalence_holm, "Holm p")
        sentence = f"{difference}; it lies within ±{delta} ({p})."
        heading = "Equivalent within ±δ"
        return _verdict(c, "equivalent", None, heading, sentence, c.p_equivalence_holm)
    p_not_worse, side = min((c.p_deep_not_worse, "deep"), (c.p_classical_not_worse, "classical"))
    if p_not_worse < c.alpha:
        able: Side = "deep" if side == "deep" else "classical"
        heading = f"No difference shown; {able} is not worse by more than δ"
        p = p_clause(p_not_worse, "one-sided p")
        sentence = (
            f"{difference}, {p_holm}; that {able} is worse by {delta} or more is excluded ({p}, "
            f"not corrected for several data sets), that it is better is not shown."
        )
        return _verdict(c, "not-worse", able, heading, sentence, p_not_worse)
    sentence = (
        f"ΔAUC {signed(c.difference.value)}, {p_holm}. The data are compatible with {signed(low)} "
        f"to {signed(high)}{_needed(c)}"
    )
    heading = "No difference shown (inconclusive)"
    return _verdict(c, "inconclusive", None, heading, sentence, c.p_holm)


def _verdict(
    c: Comparison, rule: Rule, winner: Side | None, heading: str, sentence: str, p: float | None
) -> Verdict:
    low, high = limits(c.difference)
    return Verdict(
        rule=rule,
        winner=winner,
        heading=heading,
        sentence=sentence,
        d=c.difference.value,
        low=low,
        high=high,
        p=p,
        margin=c.margin,
        minimum_detectable=c.minimum_detectable,
        additional_cases=c.additional_cases,
    )


def limits(estimate: Estimate) -> tuple[float, float]:
    """Both ends of an interval; the value itself where there is none."""
    low = estimate.value if estimate.low is None else estimate.low
    high = estimate.value if estimate.high is None else estimate.high
    return low, high


def _difference(c: Comparison) -> str:
    low, high = limits(c.difference)
    return f"ΔAUC {signed(c.difference.value)} [{signed(low)}, {signed(high)}]"


def _too_few(c: Comparison) -> str:
    cases = "case" if c.n_smallest == 1 else "cases"
    sentence = (
        f"{c.n_smallest} test {cases} of “{c.smallest_class}” cannot support a comparison "
        f"(at least {TOO_FEW} are needed)"
    )
    if c.minimum_detectable is None:
        return f"{sentence}."
    return f"{sentence}; the smallest detectable difference is {score(c.minimum_detectable)}."


def _needed(c: Comparison) -> str:
    if c.additional_cases is None:
        if c.se_cases > 0 and c.se_seeds > 0:
            return "; more test cases alone would not settle it, since the seeds vary too much."
        return "."
    if c.additional_cases > MANY:
        return f"; more than {count(MANY)} more cases would be needed to settle it."
    cases = "case" if c.additional_cases == 1 else "cases"
    return f"; about {count(c.additional_cases)} more {cases} would be needed to settle it."
