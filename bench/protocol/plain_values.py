"""What Python code hands over as a number or a list → the plain values that a protocol is made of.

NumPy's numbers are numbers and its arrays lists; either is told by its kind, without NumPy.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from functools import wraps
from numbers import Integral, Real
from typing import Any, TypeVar

from bench.protocol.errors import StudyError, did_you_mean

Record = TypeVar("Record")


def plain(value: object) -> Any:
    """A number as int or float, what is none (true and false as well) as it is.

    >>> from fractions import Fraction
    >>> plain(3), plain(Fraction(1, 2)), plain(True), plain("3")
    (3, 0.5, True, '3')
    """
    if isinstance(value, bool) or not isinstance(value, Real):
        return value
    if isinstance(value, Integral):
        return int(value)
    try:
        return float(str(value))  # NumPy's 0.3 of 32 bits as it is written, and not 0.30000001
    except ValueError:
        return float(value)


def several(name: str, value: object, one: type | tuple[type, ...]) -> tuple[Any, ...]:
    """The values of a list, of which a single one may stand for itself.

    Args:
        name: of the list.
        value: as it was given.
        one: of which type a single value is.

    Raises:
        StudyError: if it is neither.
    """
    value = plain(value)
    if isinstance(value, one) and not isinstance(value, bool):
        return (value,)
    try:
        return tuple(map(plain, value))  # type: ignore[call-overload]
    except TypeError:
        text = f"{name}: a value has the wrong type; a list is needed, not {value!r}."
        raise StudyError(text) from None


def make_plain(
    record: object,
    numbers: Iterable[str],
    texts: Iterable[str],
    lists: Mapping[str, type | tuple[type, ...]],
) -> None:
    """Make the values of a new frozen record plain, in place.

    Args:
        record: a dataclass.
        numbers, texts: names of fields.
        lists: the same, and of which type a single value is that stands for itself.

    Raises:
        StudyError: if a text is none, or a list is none.
    """
    for name in numbers:
        object.__setattr__(record, name, plain(getattr(record, name)))
    for name in texts:
        value = getattr(record, name)
        if not isinstance(value, str):
            raise StudyError(f"unknown {name} {value!r}: a name in quotes is needed.")
    for name, one in lists.items():
        object.__setattr__(record, name, several(name, getattr(record, name), one))


def each_once(name: str, values: tuple[Any, ...]) -> tuple[Any, ...]:
    """Each value once, sorted.

    Raises:
        StudyError: if they are of several types.
    """
    try:
        return tuple(sorted(set(values)))
    except TypeError:
        kinds = "all numbers or all names, in quotes"
        raise StudyError(f"{name}: its values must be {kinds}; got {list(values)}.") from None


def refusing_unknown(cls: type[Record]) -> type[Record]:
    """A dataclass whose keywords that are no fields of it are refused by a `StudyError`."""
    make = cls.__init__
    known = [field.name for field in fields(cls)]  # type: ignore[arg-type]

    @wraps(make)
    def __init__(self: Record, *values: Any, **given: Any) -> None:
        for key in given:
            if key not in known:
                raise StudyError(f"{cls.__name__}: unknown key {key!r}. {did_you_mean(key, known)}")
        make(self, *values, **given)

    cls.__init__ = __init__  # type: ignore[assignment]
    return cls
