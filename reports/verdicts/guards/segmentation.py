"""Guards that a segmentation study has in place of classification's."""

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
    unit = "test case" if c.n_groups is None else "test patient"
    have = "has" if c.n_smallest == 1 else "have"
    sentence = f"{plural(c.n_smallest, unit)} {have} “{c.smallest_class}” to find"
    if c.n_smallest < TOO_FEW:
        return "red", f"{sentence}: too few for a comparison."
    if c.n_smallest < FEW_CASES:
        return "amber", f"{sentence}: a small number."
    return "green", f"{sentence}."


def misses(found: Found) -> Finding:
    """How often the best two models find nothing at all, which a mean hides."""
    best = [m for m in found.methods if m.is_champion and found.misses.get(m.name) is not None]
    if not best:
        return "green", "No best model is known."
    told = ", ".join(f"{m.name} {score(100 * (found.misses[m.name] or 0.0), 1)} %" for m in best)
    often = [m for m in best if (found.misses[m.name] or 0.0) > MANY_MISSES]
    sentence = f"Test cases in which nothing of what is there was found: {told}"
    if often:
        return "amber", f"{sentence}: a mean Dice hides that."
    return "green", f"{sentence}."


MANY_MISSES = 0.1
"""A larger share of total misses is pointed out."""
