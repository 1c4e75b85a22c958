"""Where in an image a network sees what speaks for a class: Grad-CAM.

Selvaraju et al. 2017 (Grad-CAM: Visual Explanations from Deep Networks via Gradient-based
Localization, ICCV): the channels of a layer, each weighted by the mean gradient of the class's
logit over the layer's positions, summed, negative values set to 0.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from deep.classifier import TimmClassifier
from deep.networks.network import Network
from deep.training.acceleration import exact_convolutions
from deep.training.batches import check_images, resized_chunks

_LEAST = 4  # positions per side: a map of fewer says nothing of where


class NoMapError(ValueError):
    """A network has no layer whose positions are places in the image."""


def grad_cam(model: TimmClassifier, X: Any, targets: Any) -> NDArray[np.float64]:
    """A map of every image, of the deepest stage that still tells at least 4 x 4 places apart.

    The last stage of a network for 224 px has one to four positions left of an image of 32 to
    64 px, so that an earlier one is taken there. Of a vision transformer it is the tokens that
    enter its last block, since only the class token leaves it.

    Parameters
    ----------
    model : TimmClassifier
        Fitted. Nothing of it is changed.
    X : (n, h, w, c) uint8
        Images.
    targets : (n,)
        The class that each is to be explained for, of `model.classes_`.

    Returns
    -------
    (n, gh, gw) float64
        Not negative; each position is a part of the whole image.

    Raises
    ------
    NoMapError
        If there is no such layer.
    ValueError
        If a target is none of the model's classes.
    """
    X = check_images(X, model.plan_.channels)
    columns = np.searchsorted(model.classes_, targets)
    if not np.array_equal(model.classes_[columns.clip(max=len(model.classes_) - 1)], targets):
        raise ValueError("a target is none of the classes that the model was trained on")
    network = model.network_
    side, device = model.plan_.side, network.device
    wanted = torch.from_numpy(columns.astype(np.int64)).to(device)
    layer = _deepest_layer(network, side)
    maps, done = [], 0
    for images in resized_chunks(X, side, device):
        maps.append(_maps(network, layer, images, wanted[done : done + len(images)]))
        done += len(images)
    return np.concatenate(maps)


def _maps(network: Network, layer: str, images: Tensor, columns: Tensor) -> NDArray[np.float64]:
    with torch.enable_grad(), exact_convolutions(), _held(network, [layer]) as held:
        logits = network(images)
        values = held[layer]
        (slopes,) = torch.autograd.grad(logits.gather(1, columns[:, None]).sum(), values)
    values, slopes = (_as_places(network, layer, each.detach()) for each in (values, slopes))
    weights = slopes.mean((2, 3), keepdim=True)  # (b, d, 1, 1)
    maps: NDArray[np.float64] = (weights * values).sum(1).clamp(min=0).double().cpu().numpy()
    return maps


def _deepest_layer(network: Network, side: int) -> str:
    """The last stage with enough positions, else that with most of them, the last of equals."""
    stages = [info["module"] for info in getattr(network.model, "feature_info", ())]
    if hasattr(network.model, "blocks") and hasattr(network.model, "num_prefix_tokens"):
        stages = stages[:-1]
    known = dict(network.model.named_modules())
    blank = torch.zeros(1, network.plan.channels, side, side, device=network.device)
    with torch.no_grad(), _held(network, [name for name in stages if name in known]) as held:
        network(blank)
        least = {}
        for name, values in held.items():
            try:
                least[name] = min(_as_places(network, name, values).shape[2:])
            except NoMapError:
                continue
    enough = [name for name, positions in least.items() if positions >= _LEAST]
    if enough:
        return enough[-1]
    if max(least.values(), default=0) < 2:
        raise NoMapError(f"{network.plan.architecture} has no layer of places in the image")
    return max(reversed(least), key=lambda name: least[name])


def _as_places(network: Network, layer: str, values: Tensor) -> Tensor:
    """What a layer gives, as `(b, d, gh, gw)`."""
    model: Any = network.model
    depths = {info["module"]: info["num_chs"] for info in model.feature_info}
    if values.ndim == 4 and values.shape[1] == depths[layer]:
        return values
    if values.ndim == 4 and values.shape[3] == depths[layer]:
        return values.permute(0, 3, 1, 2)
    grid = getattr(getattr(model, "patch_embed", None), "grid_size", None)
    if values.ndim == 3 and grid and hasattr(model, "num_prefix_tokens"):
        height, width = grid
        tokens = values[:, model.num_prefix_tokens :]
        if tokens.shape[1] == height * width:
            return tokens.transpose(1, 2).reshape(len(tokens), -1, height, width)
    raise NoMapError(f"{layer} of {network.plan.architecture} has no places")


@contextmanager
def _held(network: Network, layers: list[str]) -> Iterator[dict[str, Tensor]]:
    """Layer → what it gave in the last pass, from where gradients start."""
    held: dict[str, Tensor] = {}

    def hold(name: str, output: Any) -> Any:
        if not isinstance(output, Tensor):
            return None
        held[name] = output.detach().requires_grad_(torch.is_grad_enabled())
        return held[name].clone()  # what follows may change it in place

    handles = [
        network.model.get_submodule(name).register_forward_hook(
            lambda _module, _input, output, name=name: hold(name, output)
        )
        for name in layers
    ]
    try:
        yield held
    finally:
        for handle in handles:
            handle.remove()
