"""Files of pretrained weights → state dictionaries of networks, in the forms that people save."""

from collections.abc import Mapping
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

from torch import Tensor

_WRAPPERS = ("model_state_dict", "state_dict", "model", "net", "network", "weights")
"""Under what a checkpoint holds the weights beside other things."""
_OUTER = ("model.", "net.", "network.", "backbone.", "encoder.")
"""What the names begin with where a training program held the network as a part of itself."""


class UnsuitableWeightsError(ValueError):
    """A file of weights is damaged, or not one of this architecture."""


def state_in(file: str) -> dict[str, Tensor]:
    """The weights of a file, read as tensors alone: nothing in it is run.

    A dictionary of tensors as it is, or under one of the usual names in a checkpoint, with or
    without what a training program put before every name.

    Args:
        file: a .safetensors, .pth or .bin file.

    Raises:
        UnsuitableWeightsError: if it cannot be read, or holds no dictionary of tensors.
    """
    name = Path(file).name
    state = _tensors(_read(file, name))
    if state is None:
        raise UnsuitableWeightsError(
            f"{name} holds no state dictionary: save model.state_dict(), alone or under "
            "'state_dict' or 'model_state_dict'"
        )
    for prefix in _OUTER:
        if all(key.startswith(prefix) for key in state):
            return {key.removeprefix(prefix): value for key, value in state.items()}
    return state


def _read(file: str, name: str) -> Any:
    from timm.models import load_state_dict

    try:
        return load_state_dict(file)
    except Exception as error:  # of a broken file readers raise errors of any kind
        if isinstance(error, UnpicklingError) or isinstance(error.__cause__, UnpicklingError):
            raise UnsuitableWeightsError(
                f"{name} holds more than tensors, such as a whole model, and that is not read, "
                "since reading it could run anything: save model.state_dict() instead"
            ) from None
        raise UnsuitableWeightsError(
            f"{name} cannot be read as weights, it is damaged or incomplete "
            f"({type(error).__name__}): get it again"
        ) from None


def _tensors(found: Any) -> dict[str, Tensor] | None:
    if not isinstance(found, Mapping):
        return None
    state = {str(key): value for key, value in found.items() if isinstance(value, Tensor)}
    if state:
        return state
    return next((own for key in _WRAPPERS if (own := _tensors(found.get(key)))), None)
