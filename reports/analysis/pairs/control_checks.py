"""Whether the best model of a side beats every control.

Each control is tested at alpha, and the model passes where it is better than all of them: that all
of these hypotheses are wrong is found wrongly with a probability of at most alpha, so that nothing
has to be corrected, and no control is chosen (an intersection-union test). Where no control says
the same of every case, chance stands in for it: a control whose AUC is below 0.5 is no bar.

The test is one-sided, and its interval is that of level 1 − 2 alpha: its lower limit lies above 0
where p < alpha. As everywhere, fewer than ten cases of a class support no test.
"""

from collections.abc import Iterable
from dataclasses import replace

from scipy.stats import norm

from reports.analysis.pairs.candidates import Chosen
from reports.evidence import ControlCheck, Estimate, Side
from reports.evidence.primary import standing
from reports.formatting import interval, p_clause, signed
from reports.statistics.contrast import TOO_FEW

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
        difference: model − control, with its interval of level 1 − 2 alpha.
        p: one-sided.
        alpha: error rate.
        what: the difference is of, for example "ΔAUC".
    """
    passed = p < alpha
    verb = "is better than" if passed else "is not shown to be better than"
    which = "every control; the closest is" if passed else "the control"
    limits = ""
    if difference.low is not None and difference.high is not None:
        level = f"{100 * (1 - 2 * alpha):g} % interval"
        limits = f", {level} {interval(difference.low, difference.high)}"
    sentence = (
        f"{_subject(side, chosen)} {verb} {which} {control} "
        f"({what} {signed(difference.value)}{limits}, {p_clause(p, 'one-sided p', alpha)})."
    )
    name = standing(chosen.name, chosen.times)
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
    above, reach = auc.value - CHANCE, float(norm.ppf(0.5 + level / 2))
    below, beyond = (auc.value - auc.low) / reach, (auc.high - auc.value) / reach
    se = below if above > 0 else beyond
    p = float(norm.sf(above / se)) if se > 0 else float(above <= 0)
    one_sided = float(norm.ppf(1 - alpha))
    low, high = above - one_sided * below, above + one_sided * beyond
    difference = Estimate(above, low, high, auc.method)
    return control_check(side, chosen, "chance", difference, p, alpha, "ΔAUC")


def worst_passed(checks: Iterable[ControlCheck]) -> list[ControlCheck]:
    """The check that the best model of a side passes worst; none without controls."""
    return sorted(checks, key=_how_badly)[:1]


def untested(
    checks: Iterable[ControlCheck], chosen: Chosen, few: str, what: str
) -> list[ControlCheck]:
    """The check against the control that is closest, without a test; none without controls.

    Args:
        checks: of one side.
        chosen: as of `control_check`.
        few: the cases that are too few, for example "3 test cases of “malignant”".
        what: as of `control_check`.
    """
    closest = sorted(checks, key=lambda check: (check.difference.value, check.control))[:1]
    return [
        replace(
            check,
            p=None,
            passed=False,
            sentence=(
                f"{_subject(check.side, chosen)} is not tested against the controls: {few} cannot "
                f"support a test (at least {TOO_FEW} are needed). The closest is {check.control} "
                f"({what} {signed(check.difference.value)})."
            ),
        )
        for check in closest
    ]


def _subject(side: Side, chosen: Chosen) -> str:
    """The model, or those that stand for it in the folds, as the subject of a sentence."""
    of_folds = " of each fold" if len(chosen.times) > 1 else ""
    return f"The best {side} model{of_folds}, {standing(chosen.name, chosen.times)},"


def _how_badly(check: ControlCheck) -> tuple[bool, float, str]:
    """Orders checks: those that are failed come first, by the difference; then by p."""
    key = -(check.p or 0.0) if check.passed else check.difference.value
    return check.passed, key, check.control
