"""Batch normalisation as part of the convolution before it: the same values a third faster."""

import copy
from typing import Any
from weakref import WeakKeyDictionary

import torch
from timm.layers.norm_act import BatchNormAct2d
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from deep.networks.network import Network

_TOLERANCE = 1e-3  # of the largest value: float32 sums in another order differ by 1e-5


def fused(network: Network) -> Network:
    """A copy of a frozen network that computes the same features, faster; made once.

    Each convolution takes in the batch normalisation that is registered after it. That it is
    applied after it, too, is not known for every architecture, and so both are asked about the same
    image: where they differ, or there is nothing to fuse, the network comes back as it is.
    """
    if network not in _MADE:
        _MADE[network] = _fused(network)
    return _MADE[network] or network


_MADE: WeakKeyDictionary[Network, Network | None] = WeakKeyDictionary()


def _fused(network: Network) -> Network | None:
    if not any(isinstance(module, BatchNormAct2d) for module in network.modules()):
        return None
    changed = copy.deepcopy(network)
    _fuse(changed.model)
    side, channels = network.plan.side, network.plan.channels
    levels = torch.arange(channels * side**2, device=network.device) * 37 % 256
    image = levels.reshape(1, channels, side, side).to(torch.uint8)
    with torch.no_grad():
        before, after = network.embed(image), changed.embed(image)
    close = (before - after).abs().max() <= _TOLERANCE * before.abs().max()
    return changed if close else None


def _fuse(module: nn.Module) -> None:
    last: tuple[str, nn.Module] | None = None
    for name, child in list(module.named_children()):
        if isinstance(child, BatchNormAct2d) and last and isinstance(last[1], nn.Conv2d):
            following: Any = child
            setattr(module, last[0], fuse_conv_bn_eval(last[1], following))
            setattr(module, name, nn.Sequential(following.drop, following.act))
        else:
            _fuse(child)
        last = (name, child)
