"""What is said of the classes that have too few test cases to count."""

from collections.abc import Sequence

from reports.analysis.pairs.folds import LEAST
from reports.evidence import LeftOutClass
from reports.formatting import joined, plural
from reports.statistics.contrast import TOO_FEW


def without_in_words(left_out: Sequence[LeftOutClass]) -> str:
    """What a heading says of them, "" for none.

    >>> without_in_words([LeftOutClass("vascular", 5)])
    ' (without “vascular”)'
    """
    return f" (without {joined([f'“{one.name}”' for one in left_out])})" if left_out else ""


def left_out_in_words(left_out: Sequence[LeftOutClass], unit: str, *, folds: bool = False) -> str:
    """The same with numbers, a sentence with a space before it, "" for none.

    Args:
        left_out: the classes.
        unit: what is counted, for example "test patient".
        folds: whether there are folds, each of which needs some, too.
    """
    if not left_out:
        return ""
    named = joined([f"“{one.name}” ({plural(one.number, unit)})" for one in left_out])
    verb = "has" if len(left_out) == 1 else "have"
    does = "does" if len(left_out) == 1 else "do"
    in_folds = f", and {LEAST} in every fold" if folds else ""
    return (
        f" {named} {verb} too few (at least {TOO_FEW} are needed{in_folds}) and {does} "
        "not count, neither as the class to be found nor among the others."
    )


def classes_in_words(
    classes: Sequence[str],
    left_out: Sequence[LeftOutClass],
    unit: str,
    *,
    folds: bool = False,
) -> str:
    """Which classes the verdict is on, where it is not on all; "" where it is.

    Args:
        classes: those that count.
        left_out: the others.
        unit, folds: as of `left_out_in_words`.
    """
    if not left_out:
        return ""
    counted = joined([f"“{name}”" for name in classes])
    n, m = len(classes), len(classes) + len(left_out)
    mean = (
        "its AUC is the mean over these, each against the others"
        if n > 2
        else ("its AUC is that of one against the other")
    )
    return (
        f" The verdict is on {n} of {m} classes, {counted}; {mean}."
        f"{left_out_in_words(left_out, unit, folds=folds)}"
    )
