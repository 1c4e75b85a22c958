"""Whether the best model of a side beats every control.

Each control is tested at alpha, and the model passes where it is better than all of them: that all
of these hypotheses are wrong is found wrongly with a probability of at most alpha, so that nothing
has to be corrected, and no control is chosen (an intersection-union test). Where no control says
the same of every case, chance stands in for it: a control whose AUC is below 0.5 is no bar.
"""

from collections.abc import Iterable

from scipy.stats import norm

from reports.analysis.pairs.candidates import Chosen
from reports.evidence import ControlCheck, Estimate, Side
from reports.evidence.primary import standing
from reports.formatting import p_clause, signed

CHANCE = 0.5
"""The AUC of who says the same of every case."""


def control_check(
    side: Side,
    chosen: Chosen,
    control: str,
    difference: Estimate,
    p: float,
    alpha: float,
    what: str,
) -> ControlCheck:
    """The best model of a side against one control.

    Args:
        side: whose best model.
        chosen: that model; with folds those that stand for it.
        control: name.
        difference: model − control.
        p: one-sided.
        alpha: error rate.
        what: the difference is of, for example "ΔAUC".
    """
    passed = p < alpha
    verb = "is better than" if passed else "is not shown to be better than"
    which = "every control; the closest is" if passed else "the control"
    name = standing(chosen.name, chosen.times)
    of_folds = " of each fold" if len(chosen.times) > 1 else ""
    sentence = (
        f"The best {side} model{of_folds}, {name}, {verb} {which} {control} "
        f"({what} {signed(difference.value)}, one-sided {p_clause(p)})."
    )
    return ControlCheck(side, name, control, difference, p, passed, sentence)


def chance_check(
    side: Side, chosen: Chosen, auc: Estimate, level: float, alpha: float
) -> ControlCheck | None:
    """The best model of a side against chance, by the interval of its AUC; None without one.

    Args:
        side, chosen, alpha: as of `control_check`.
        auc: of the model.
        level: of its interval.
    """
    if auc.low is None or auc.high is None:
        return None
    above, se = auc.value - CHANCE, (auc.high - auc.low) / (2 * norm.ppf(0.5 + level / 2))
    p = float(norm.sf(above / se)) if se > 0 else float(above <= 0)
    difference = Estimate(above, auc.low - CHANCE, auc.high - CHANCE, auc.method)
    return control_check(side, chosen, "chance", difference, p, alpha, "ΔAUC")


def worst_passed(checks: Iterable[ControlCheck]) -> list[ControlCheck]:
    """The check that the best model of a side passes worst; none without controls."""
    return sorted(checks, key=_how_badly)[:1]


def _how_badly(check: ControlCheck) -> tuple[bool, float, str]:
    """Orders checks: those that are failed come first, by the difference; then by p."""
    return check.passed, -check.p if check.passed else check.difference.value, check.control
