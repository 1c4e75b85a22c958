"""What is fitted belongs to its instance: fitting another one must not change what it predicts.

A search fits one configuration after another and asks the best of them about the test part, long
after others were fitted. A model that lives outside its instance would answer for the last one.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.protocol.errors import ContractError

SHARED = (
    "fitting another instance changes what this one predicts: keep what is fitted in the instance, "
    "and have build() make a new one each time"
)

_ROUNDING = 1e-3  # of probabilities, that GPUs may round otherwise the second time
_PIXELS = 1e-4  # of all pixels, whose class may change so
_FOUND = 1e-2  # of the pixels that either label map finds, that may


def check_apart(
    fit_one: Callable[[], Any],
    fit_other: Callable[[], Any],
    predict: Callable[[Any], NDArray[Any]],
) -> None:
    """Check that an instance predicts the same, to the bit, after another one was fitted.

    Args:
        fit_one: gives a fitted instance.
        fit_other: fits another one, to something else.
        predict: instance → its predictions of the same images each time.

    Raises:
        ContractError: if it does not, or differs without that.
    """
    one = fit_one()
    first = predict(one).copy()  # which a method may fill anew
    if not np.array_equal(predict(one), first):
        raise ContractError("the same images, predicted twice, are predicted differently")
    fit_other()
    if not np.array_equal(predict(one), first):
        raise ContractError(SHARED)


def check_unchanged(first: NDArray[Any], predict: Callable[[], NDArray[Any]]) -> None:
    """Check that an instance still predicts what it did before others were fitted.

    One that differs from itself at once, as it draws at each prediction, is let pass: it does not
    keep to the contract, but says nothing of other instances.

    Args:
        first: `(n, k)` probabilities or `(n, h, w)` label maps of that time.
        predict: gives those of now.

    Raises:
        ContractError: if they differ beyond rounding.
    """
    again = predict()
    if _differ(first, again) and not _differ(again, predict()):
        raise ContractError(SHARED)


def _differ(a: NDArray[Any], b: NDArray[Any]) -> bool:
    """Whether predictions differ by more than rounding on a GPU explains."""
    if not np.issubdtype(a.dtype, np.integer):
        return bool(np.abs(a - b).max(initial=0.0) > _ROUNDING)
    changed, found = np.count_nonzero(a != b), np.count_nonzero((a > 0) | (b > 0))
    return bool(changed > _PIXELS * a.size + _FOUND * found)
