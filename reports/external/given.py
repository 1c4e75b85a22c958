"""What was handed over as arrays, Series and DataFrames: its order and its gaps.

Values are taken by their place, so that an index that names the cases in another order, or columns
that name the classes in another one, would give each case the values of some other.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.protocol.errors import DataError


def as_array(name: str, given: Any) -> NDArray[Any]:
    """What was given as an array.

    Raises:
        DataError: if its rows differ in length, or some of its values are masked.
    """
    _refuse_masked(name, given)
    try:
        return np.asarray(given)
    except ValueError:
        raise DataError(f"{name} must be an array; its rows differ in length.") from None


def refuse_gaps(name: str, given: Any, advice: str) -> None:
    """Refuse one value per case of which some are None, NaN, NA or blank.

    Args:
        name: of what was given.
        given: `(n,)` of any kind.
        advice: what to do, a sentence.

    Raises:
        DataError: with their number and the place of the first.
    """
    import pandas as pd

    values = np.asarray(given, dtype=object)  # else NaN beside names would be the name "nan"
    missing = np.array([bool(pd.isna(v)) or (isinstance(v, str) and not v.strip()) for v in values])
    if missing.any():
        raise DataError(
            f"{name} has no value for {missing.sum()} of {len(missing)} cases, the first in row "
            f"{int(np.argmax(missing))} (counted from 0). {advice}"
        )


def refuse_other_order(y: Any, scores: Any, groups: Any) -> None:
    """Refuse rows in another order than those of y, or of what has an index where y has none.

    Raises:
        DataError: if an index has the entries of another one in another order.
    """
    told = list(_indexed("y", y))
    length = len(y) if hasattr(y, "__len__") else 0
    if hasattr(scores, "columns"):
        told += _indexed("scores", scores)
    else:
        for model, given in scores.items():
            told += _of_model(f"scores of model {str(model)!r}", given, length)
    told += _indexed("groups", groups)
    orders: list[tuple[str, Any]] = []  # told apart
    for name, index in told:
        if any(index.equals(reference) for _, reference in orders):
            continue
        for first, reference in orders:
            if _permuted(index, reference):
                raise DataError(
                    f"{name} has the rows of {first} in another order. Bring them into one, as "
                    f".loc[{'y' if first == 'y' else '…'}.index], or, where they belong together "
                    "as they stand, take the index off: .reset_index(drop=True)."
                )
        orders.append((name, index))


def refuse_other_columns(name: str, given: Any, classes: Sequence[str]) -> None:
    """Refuse a DataFrame of a model whose columns name the classes in another order.

    Raises:
        DataError: if they do.
    """
    for one in given if isinstance(given, list | tuple) else [given]:
        columns = [str(column) for column in getattr(one, "columns", ())]
        if columns != list(classes) and sorted(columns) == sorted(classes):
            raise DataError(
                f"The scores of model {name!r} have the columns {', '.join(columns)}; the order "
                f"must be that of the sorted labels: {', '.join(classes)}."
            )


def _refuse_masked(name: str, given: Any) -> None:
    parts = given if isinstance(given, list | tuple) else [given]
    if any(isinstance(part, np.ma.MaskedArray) and np.ma.is_masked(part) for part in parts):
        raise DataError(f"{name} has masked values. Give every case a value, or leave it out.")


def _indexed(name: str, given: Any) -> Iterator[tuple[str, Any]]:
    """The index of a Series or a DataFrame; nothing of what has none."""
    index = getattr(given, "index", None)  # of a list it is a method
    if hasattr(index, "equals"):
        yield name, index


def _of_model(name: str, given: Any, n: int) -> Iterator[tuple[str, Any]]:
    """The same of the scores of a model, where cases may be columns, and runs a list."""
    if isinstance(given, list | tuple):
        for run in given:
            yield from _of_model(name, run, n)
    elif hasattr(given, "columns") and len(given) != n:  # (s, n)
        yield name, given.columns
    else:
        yield from _indexed(name, given)


def _permuted(index: Any, reference: Any) -> bool:
    """Whether two indexes that are not equal have the same entries."""
    if len(index) != len(reference):
        return False
    try:
        return bool(index.sort_values().equals(reference.sort_values()))
    except TypeError:  # entries of several kinds
        return Counter(index) == Counter(reference)
