"""Whether the best model of a side beats every control.

Each control is tested at alpha, and the model passes where it is better than all of them: that all
of these hypotheses are wrong is found wrongly with a probability of at most alpha, so that nothing
has to be corrected, and no control is chosen (an intersection-union test).
"""

from collections.abc import Iterable

from reports.evidence import ControlCheck, Estimate, Side
from reports.formatting import p_clause, signed


def control_check(
    side: Side, champion: str, control: str, difference: Estimate, p: float, alpha: float, what: str
) -> ControlCheck:
    """The best model of a side against one control.

    Args:
        side: whose best model.
        champion, control: names.
        difference: model − control.
        p: one-sided.
        alpha: error rate.
        what: the difference is of, for example "ΔAUC".
    """
    passed = p < alpha
    verb = "is better than" if passed else "is not shown to be better than"
    which = "every control; the closest is" if passed else "the control"
    sentence = (
        f"The best {side} model, {champion}, {verb} {which} {control} "
        f"({what} {signed(difference.value)}, one-sided {p_clause(p)})."
    )
    return ControlCheck(side, champion, control, difference, p, passed, sentence)


def worst_passed(checks: Iterable[ControlCheck]) -> list[ControlCheck]:
    """The check that the best model of a side passes worst; none without controls."""
    return sorted(checks, key=_how_badly)[:1]


def _how_badly(check: ControlCheck) -> tuple[bool, float, str]:
    """Orders checks: those that are failed come first, by the difference; then by p."""
    return check.passed, -check.p if check.passed else check.difference.value, check.control
