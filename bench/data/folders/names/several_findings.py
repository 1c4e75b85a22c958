"""Labels that name several classes at once: `Effusion|Mass` beside `Effusion` and `Mass`."""

from collections.abc import Iterable
from pathlib import Path

from bench.data.folders.names.spelling import key_of
from bench.protocol.errors import DataError

_BETWEEN = "|;,/+&"
_OF_NUMBERS = "|;&"  # 1,5 and 3/4 and 3+4 are also values of their own


def refuse_several(file: Path, labels: Iterable[str]) -> None:
    """Refuse a table in which a label is made of others.

    Args:
        file: for the message.
        labels: of all rows.

    Raises:
        DataError: with the first such label, and how many rows have one.

    >>> refuse_several(Path("manifest.csv"), ["A", "B", "A/C"])
    >>> refuse_several(Path("manifest.csv"), ["A", "B", "A/B"])  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    bench.protocol.errors.DataError: manifest.csv: 1 row has several classes at once, as ...
    """
    counted: dict[str, int] = {}
    for label in labels:
        counted[label] = counted.get(label, 0) + 1
    known = {key_of(label) for label in counted}
    several = {label: own for label in counted if (own := _pieces(label, known))}
    if not several:
        return
    label, pieces = next(iter(several.items()))
    n = sum(counted[name] for name in several)
    named = " and ".join(map(repr, pieces))
    raise DataError(
        f"{file}: {n:,} {'row has' if n == 1 else 'rows have'} several classes at once, as "
        f"{label!r} beside {named}; several findings in one image are not supported. Leave these "
        "rows out, or write one class into each, such as one finding and 'other'; if both together "
        f"are a class of their own, call it without {_separator(label)!r}."
    )


def _pieces(label: str, known: set[str]) -> list[str]:
    """The classes that a label is made of, [] where it is one of its own."""
    between = _separator(label)
    if not between:
        return []
    pieces = [piece.strip() for piece in label.split(between)]
    if between not in _OF_NUMBERS and all(piece.isdigit() for piece in pieces):
        return []
    return pieces if all(piece and key_of(piece) in known for piece in pieces) else []


def _separator(label: str) -> str:
    """The first sign of a label that may stand between classes, "" where there is none."""
    return next((sign for sign in _BETWEEN if sign in label), "")
