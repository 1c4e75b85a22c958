"""Guards that a segmentation study has in place of classification's."""

from reports.evidence.segmentation import SegmentedMethod
from reports.formatting import plural, score
from reports.statistics.contrast import FEW_CASES
from reports.verdicts.guards.found import Finding, Found
from reports.verdicts.rules import TOO_FEW


def metric(found: Found) -> Finding:
    """A primary metric that was declared."""
    return "green", (
        f"Mean {found.study.metric.capitalize()} over the test cases was declared as the primary "
        "metric; the other measures stand beside it and decide nothing."
    )


def controls(found: Found) -> Finding:
    """Controls were run, and the best models beat them."""
    names = sorted(m.name for m in found.methods if m.family == "control" and m.scores)
    if not names:
        return "amber", (
            "No control was run (an empty mask, the mean mask of training): nothing shows that the "
            "best models learnt anything."
        )
    checks = found.comparison.controls if found.comparison else ()
    weak = [check.sentence for check in checks if not check.passed]
    if weak:
        return "amber", " ".join(weak)
    if not checks:
        return "green", f"Controls in the run: {', '.join(names)}."
    return "green", f"Both best models are better than every control: {', '.join(names)}."


def cases(found: Found) -> Finding:
    """Enough test cases that have something to find, of every class."""
    c = found.comparison
    if c is None:
        return "green", "No comparison is made."
    unit = c.unit
    have = "has" if c.n_smallest == 1 else "have"
    sentence = f"{plural(c.n_smallest, unit)} {have} “{c.smallest_class}” to find"
    if c.n_smallest < TOO_FEW:
        return "red", f"{sentence}: too few for a comparison."
    if c.n_smallest < FEW_CASES:
        return "amber", f"{sentence}: a small number."
    return "green", f"{sentence}."


def misses(found: Found) -> Finding:
    """How often what stands for each side finds nothing of what is there, which a mean hides.

    Of several classes of pixels each counts by itself, too: one that is never found hides behind
    the others.
    """
    every = _best(found)
    if not every:
        return "green", "No best model is known."
    best = [m for m in every if m.misses is not None]
    if not best:
        return "amber", "No test case has anything to find: compared are false alarms alone."
    between = "; " if any(", " in m.name for m in best) else ", "
    told = between.join(f"{m.name} {_percent(m.misses or 0.0)}" for m in best)
    sentence = f"Test cases in which nothing of what is there was found: {told}"
    classes = [
        f"{m.name} {_percent(own.misses)} of those with “{own.name}”"
        for m in best
        for own in m.per_class
        if own.misses is not None and own.misses > MANY_MISSES and own.present >= TOO_FEW
    ]
    if classes:
        sentence += f"; nothing of a class: {between.join(classes)}"
    if classes or any((m.misses or 0.0) > MANY_MISSES for m in best):
        return "amber", f"{sentence}. A mean Dice hides that."
    return "green", f"{sentence}."


def empties(found: Found) -> Finding:
    """How much of the best models' mean Dice is of cases in which nothing is and nothing found."""
    best = _best(found)
    if not best:
        return "green", "No best model is known."
    if all(m.validation is not None and m.validation_present is None for m in best):
        return "amber", (
            "No validation case has anything to find: the best models were chosen by false alarms "
            "alone, and models that draw something everywhere by their names."
        )
    counted = [m for m in best if m.both_empty > 0 or (m.validation_both_empty or 0.0) > 0]
    if not counted:
        return "green", "No Dice is 1 only because neither truth nor prediction has anything."
    several = best[0].per_class
    what = "pairs of a case and a class" if several else "cases"
    sentence = (
        f"Dice is 1 by convention in {what} in which neither truth nor prediction has anything: "
        f"{'; '.join(_counting(m) for m in counted)}"
    )
    on_test = any(_mostly(m.both_empty, m.dice.mean.value) for m in counted)
    in_choice = any(_mostly(m.validation_both_empty, m.validation) for m in counted)
    if on_test or in_choice:
        which = [text for text, so in (("score", on_test), ("choice", in_choice)) if so]
        return "amber", (
            f"{sentence}. Such {what}, and not outlines, are a large part of the "
            f"{' and the '.join(which)} of the best models."
        )
    return "green", f"{sentence}."


def _best(found: Found) -> list[SegmentedMethod]:
    """What stands for each side: with folds often several methods."""
    return [] if found.segmentation is None else [*found.segmentation.sides]


def _counting(method: SegmentedMethod) -> str:
    """What is empty twice, and the mean Dice with and without it."""
    text = f"{method.name} {_percent(method.both_empty)} on test"
    if method.validation_both_empty is not None:
        text += f", {_percent(method.validation_both_empty)} on validation"
    without = (
        ""
        if method.present is None
        else (f", {score(method.present.value)} where there is something to find")
    )
    return f"{text} (mean Dice on test {score(method.dice.mean.value)}{without})"


def _mostly(both_empty: float | None, dice: float | None) -> bool:
    """Whether a mean Dice counts many cases that are empty twice."""
    if not both_empty or dice is None:
        return False
    return both_empty > MANY_EMPTY or both_empty > MOST_OF_DICE * dice


def _percent(share: float) -> str:
    return f"{score(100 * share, 1)} %"


MANY_MISSES = 0.1
"""A larger share of total misses is pointed out."""

MANY_EMPTY = 0.2
"""A larger share of cases that are empty in truth and prediction is pointed out."""

MOST_OF_DICE = 0.5
"""Likewise where it makes up a larger part of the mean Dice."""
