"""Fitted networks as one ONNX graph each: from images as they are read to probabilities.

The graph holds everything that the estimator does: resizing, standardisation, mirror images, the
softmax in double precision. Resizing is linear, and so is two matrices, which PyTorch's own
interpolation gives.
"""

import warnings
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from deep.networks.network import Network, output_layers
from deep.training.augmentation import augmentation_named, mirrored_views
from deep.training.batches import has_mask

OPSET = 18


class Deployed(nn.Module):
    """Images `(n, h, w, c)` uint8 → probabilities `(n, k)` float64 and embeddings `(n, d)`.

    Parameters
    ----------
    networks : sequence of (Network, str)
        Members, and the augmentation over whose mirror images each takes its mean.
    image_shape : (h, w, c)
        Of the images.
    """

    def __init__(
        self, networks: Sequence[tuple[Network, str]], image_shape: tuple[int, int, int]
    ) -> None:
        super().__init__()
        self.members = nn.ModuleList([network for network, _ in networks])
        self._augment = [augmentation_named(name) for _, name in networks]
        height, width, channels = image_shape
        self._masked = has_mask(channels)
        side = networks[0][0].plan.side
        self._resized = (height, width) != (side, side)
        self.register_buffer("rows", _interpolation(height, side))
        self.register_buffer("cols", _interpolation(width, side))

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """See above."""
        pixels = images.permute(0, 3, 1, 2).float()  # (n, c, h, w)
        if self._masked:
            mask = (pixels[:, -1:] > 0).float() * 255
            pixels = torch.cat([pixels[:, :-1], mask], dim=1)
        if self._resized:
            rows, cols = self.get_buffer("rows"), self.get_buffer("cols")
            pixels = (rows @ pixels @ cols.T).round().clamp(0, 255)
        means, embeddings = [], []
        for member, augment in zip(self.members, self._augment, strict=True):
            views = mirrored_views(pixels, augment)
            found = [_of_view(member, view) for view in views]
            means.append(torch.stack([p for p, _ in found]).mean(0))
            embeddings.append(found[0][1])
        return torch.stack(means).mean(0), embeddings[0]


def _of_view(member: nn.Module, view: Tensor) -> tuple[Tensor, Tensor]:
    """Probabilities, and what the output layer is given."""
    assert isinstance(member, Network)
    kept: list[Tensor] = []
    layer = output_layers(member.model)[0]
    handle = layer.register_forward_pre_hook(lambda _, given: kept.append(given[0].flatten(1)))
    try:
        p = member.probabilities(view)
    finally:
        handle.remove()
    return p, kept[0]


def _interpolation(length: int, side: int) -> Tensor:
    """`(side, length)`: what PyTorch's antialiased bilinear interpolation does to a line."""
    if length == side:
        return torch.eye(length)
    lines = torch.eye(length)[None, None]  # each column is one pixel
    found = F.interpolate(
        lines, (side, length), mode="bilinear", antialias=True, align_corners=False
    )
    return found[0, 0]


def as_onnx(networks: Sequence[tuple[Network, str]], image_shape: tuple[int, int, int]) -> bytes:
    """The graph of some networks, whose mean is taken, for any number of images.

    Raises
    ------
    ValueError
        If PyTorch cannot express one of them in ONNX.
    """
    module = Deployed(networks, image_shape).cpu().eval()
    example = torch.zeros((2, *image_shape), dtype=torch.uint8)
    number = torch.export.Dim("n", min=1)
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            program = torch.onnx.export(
                module,
                (example,),
                dynamo=True,
                verbose=False,
                opset_version=OPSET,
                input_names=["images"],
                output_names=["probabilities", "embeddings"],
                dynamic_shapes={"images": {0: number}},
            )
            assert program is not None
            graph = bytes(program.model_proto.SerializeToString())
    except Exception as error:  # the exporter raises errors of many kinds
        reason = " ".join(str(error).split())[:200]
        raise ValueError(f"PyTorch cannot express it in ONNX ({reason})") from None
    return graph
