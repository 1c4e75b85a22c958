"""How a number is printed: one function per kind, used by tables, prose and figures alike."""

import math
from collections.abc import Sequence

MISSING = "–"
"""What stands where there is no number."""


_LARGE = 1000
_FINEST = 9  # digits


def score(value: float | None, digits: int = 3) -> str:
    """A metric between 0 and 1; a slope may be far larger, and needs no decimals then.

    >>> score(0.91249), score(-494462.95)
    ('0.912', '−494\u202f463')
    >>> score(None)
    '–'
    """
    if value is None or math.isnan(value):
        return MISSING
    if abs(value) >= _LARGE:
        return count(value).replace("-", "−")
    return f"{value:.{digits}f}".replace("-", "−")


def error(value: float | None) -> str:
    """A standard error, one digit more than what it belongs to.

    >>> error(0.01249)
    '0.0125'
    """
    return score(value, 4)


def signed(value: float | None, digits: int = 3) -> str:
    """A difference, with its sign; one that rounds to zero has a digit more, so that a limit shows
    on which side of zero it lies, or no sign.

    >>> signed(0.0312), signed(-0.0312), signed(-0.0001), signed(-0.00001)
    ('+0.031', '−0.031', '−0.0001', '0.000')
    """
    if value is None or math.isnan(value):
        return MISSING
    text = f"{value:+.{digits}f}"
    if float(text) == 0:
        finer = f"{value:+.{digits + 1}f}"
        text = text[1:] if float(finer) == 0 else finer
    return text.replace("-", "−")


def interval(low: float, high: float, margin: float = 0.0) -> str:
    """The limits of a difference, with more digits where one would print as its bound and is not.

    Bounds are −margin of the lower and +margin of the upper limit: whether the interval lies within
    ±margin. A negative margin asks whether it lies beyond.

    >>> interval(-0.0312, 0.05), interval(-0.0498, 0.1332, 0.05)
    ('[−0.031, +0.050]', '[−0.0498, +0.133]')
    """
    return f"[{_apart(low, -margin)}, {_apart(high, margin)}]"


def _apart(value: float, bound: float) -> str:
    digits = 3
    while digits < _FINEST and value != bound and signed(value, digits) == signed(bound, digits):
        digits += 1
    return signed(value, digits)


def p_value(value: float | None, alpha: float | None = None) -> str:
    """A p value or another probability: three digits, never "0.000" and never "1.000".

    One that would print as alpha, and is not, has more digits.

    >>> p_value(0.0312), p_value(2e-7), p_value(1.0), p_value(0.0496, 0.05)
    ('0.031', '<0.001', '>0.999', '0.0496')
    """
    if value is None or math.isnan(value):
        return MISSING
    if value < 0.001:
        return "<0.001"
    if value >= 0.9995:
        return ">0.999"
    digits = 3
    if alpha is not None and value != alpha:
        while digits < _FINEST and f"{value:.{digits}f}" == f"{alpha:.{digits}f}":
            digits += 1
    return f"{value:.{digits}f}"


def p_clause(value: float, name: str = "p", alpha: float | None = None) -> str:
    """A p value in a sentence.

    >>> p_clause(0.0312), p_clause(2e-7, "Holm p")
    ('p = 0.031', 'Holm p < 0.001')
    """
    text = p_value(value, alpha)
    return f"{name} {text[0]} {text[1:]}" if text[0] in "<>" else f"{name} = {text}"


def count(value: float | None) -> str:
    """A number of things, thousands set apart by a thin space.

    >>> count(11834)
    '11\u202f834'
    """
    return MISSING if value is None else f"{round(value):,}".replace(",", "\u202f")


def mean_count(value: float | None) -> str:
    """A mean number of things: with a decimal where it is no whole number below a thousand.

    >>> mean_count(18.5), mean_count(18.0), mean_count(11834.5)
    ('18.5', '18', '11\u202f834')
    """
    if value is None or value >= _LARGE or float(value).is_integer():
        return count(value)
    return f"{value:.1f}"


def plural(number: int, noun: str) -> str:
    """A number of things with their noun.

    >>> plural(1, "method"), plural(12, "data set")
    ('1 method', '12 data sets')
    """
    return f"{count(number)} {noun}{'' if number == 1 else 's'}"


def joined(names: Sequence[str]) -> str:
    """Names in a sentence.

    >>> joined(["a", "b", "c"])
    'a, b and c'
    """
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def percent(value: float | None) -> str:
    """A share as a percentage.

    >>> percent(0.2692)
    '26.9 %'
    """
    if value is None or math.isnan(value):
        return MISSING
    return f"{100 * value:.1f} %".replace("-", "−")


def probability(value: float) -> str:
    """A probability in whole percents, which is never certain.

    >>> probability(0.2692), probability(0.99996), probability(0.0)
    ('27 %', '> 99 %', '< 1 %')
    """
    if value < 0.01:
        return "< 1 %"
    return "> 99 %" if value > 0.99 else f"{100 * value:.0f} %"


def seconds(value: float | None) -> str:
    """A duration in the unit that reads best.

    >>> seconds(0.0000123), seconds(0.0421), seconds(3.21), seconds(75), seconds(9000)
    ('12 µs', '42 ms', '3.2 s', '1.2 min', '2.5 h')
    """
    if value is None or math.isnan(value):
        return MISSING
    units = ((1e-3, 1e6, "µs"), (1, 1e3, "ms"), (60, 1, "s"), (3600, 1 / 60, "min"))
    for limit, factor, unit in units:
        if value < limit:
            return f"{_brief(value * factor)} {unit}"
    return f"{_brief(value / 3600)} h"


def memory(value: float | None) -> str:
    """A size in bytes, in the unit that reads best (powers of 1000).

    >>> memory(812), memory(44_700_000)
    ('812 B', '45 MB')
    """
    if value is None:
        return MISSING
    for limit, factor, unit in ((1e3, 1, "B"), (1e6, 1e3, "kB"), (1e9, 1e6, "MB")):
        if value < limit:
            return f"{_brief(value / factor)} {unit}"
    return f"{_brief(value / 1e9)} GB"


def ratio(value: float | None) -> str:
    """A ratio, two digits.

    >>> ratio(0.0423), ratio(3.21), ratio(41.7), ratio(417.0)
    ('0.042 ×', '3.2 ×', '42 ×', '417 ×')
    """
    if value is None or math.isnan(value):
        return MISSING
    digits = 1 - math.floor(math.log10(value)) if value > 0 else 1
    return f"{value:.{max(0, digits)}f} ×"


def rank(value: float | None) -> str:
    """A rank, a mean rank or a statistic of ranks: two digits, none where it is whole.

    >>> rank(3.0), rank(2.25)
    ('3', '2.25')
    """
    if value is None or math.isnan(value):
        return MISSING
    return f"{value:.2f}".removesuffix(".00")


def energy(value: float | None) -> str:
    """Watt hours, two significant digits.

    >>> energy(0.00213), energy(12.3)
    ('0.0021', '12')
    """
    if value is None or math.isnan(value):
        return MISSING
    if value == 0:
        return "0"
    digits = max(0, 1 - math.floor(math.log10(abs(value))))
    return f"{value:.{digits}f}"


def distance(value: float | None, beside: float = 0.0) -> str:
    """A distance in an image: one digit, three up to 1 in case it is in millimetres.

    Args:
        value: the distance.
        beside: the largest of those that it stands beside, so that all have as many digits.

    >>> distance(12.345), distance(0.0421), distance(0.0), distance(-3.21)
    ('12.3', '0.042', '0', '−3.2')
    >>> distance(-0.673, beside=4.4), distance(0.0, beside=0.025)
    ('−0.7', '0.000')
    """
    if value is None or math.isnan(value):
        return MISSING
    if value == 0 and not beside:
        return "0"
    digits = 1 if max(abs(value), beside) > 1 else 3
    return f"{value:.{digits}f}".replace("-", "−")


def _brief(value: float) -> str:
    """One digit after the point below ten, unless it is a zero; none above."""
    text = f"{value:.1f}"
    return f"{value:.0f}" if value >= 9.95 or text.endswith(".0") else text
