"""A network that gives every pixel a class: ours, or one of segmentation-models-pytorch."""

from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from deep.networks.packaged_weights import package_of, packaged_state
from deep.networks.weights import Weights
from deep.segmentation import compact_unet
from deep.segmentation.architectures import COMPACT, LEAST_SIDES, build_with_encoder

_STRIDE_OF_ENCODERS = 32  # px; of the deepest features of timm's encoders


@dataclass(frozen=True)
class SegmenterPlan:
    """All that is needed to build a segmentation network again.

    Attributes:
        architecture: "compact", or one of `deep.segmentation.architectures.ARCHITECTURES`.
        encoder: timm's name, "" for the compact network.
        channels: of the images, 1 to 4.
        classes: of pixels, the background included.
    """

    architecture: str
    encoder: str
    channels: int
    classes: int

    @property
    def stride(self) -> int:
        """What the sides of an image must be multiples of, px."""
        return compact_unet.STRIDE if self.architecture == COMPACT else _STRIDE_OF_ENCODERS


class SegmentationNetwork(nn.Module):
    """A model with the standardisation of its input, which its state dictionary holds too.

    The model gives the logits of pixels `(b, k, h, w)`, and `(b, k - 1)` those of whether an image
    shows a class at all, which it is only trained on.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, model: nn.Module, plan: SegmenterPlan) -> None:
        super().__init__()
        self.plan = plan
        self.model = model.to(memory_format=torch.channels_last)
        self.register_buffer("mean", torch.full((1, plan.channels, 1, 1), 127.5))
        self.register_buffer("deviation", torch.full((1, plan.channels, 1, 1), 127.5))

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled as its plan and weights, so that it comes back where there is no GPU too."""
        state = {name: value.cpu().clone() for name, value in self.state_dict().items()}
        return rebuild_segmenter, (self.plan, state)

    @property
    def device(self) -> str:
        """Where the network is, such as "cpu" or "cuda:0"."""
        return str(self.mean.device)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Both logits of gray levels `(b, c, h, w)`, uint8 or float, of any sides."""
        height, width = images.shape[2:]
        stride = self.plan.stride
        values = (images.float() - self.mean) / self.deviation
        least = LEAST_SIDES.get(self.plan.architecture, 0)
        below, right = (max(least - side, -side % stride) for side in (height, width))
        if below or right:
            values = F.pad(values, (0, right, 0, below), mode="replicate")
        logits, shown = self.model(values.contiguous(memory_format=torch.channels_last))
        return logits[:, :, :height, :width], shown

    def probabilities(self, images: Tensor) -> Tensor:
        """Float32 probabilities `(b, k, h, w)` of gray levels `(b, c, h, w)`."""
        return torch.softmax(self.forward(images)[0].float(), dim=1)


def build_segmenter(plan: SegmenterPlan, weights: Weights | None) -> SegmentationNetwork:
    """The network of a plan, freshly initialised or with a pretrained encoder.

    Raises:
        ValueError: if the architecture does not go with the encoder, or a file holds no weights of
            the encoder.
    """
    if plan.architecture == COMPACT:
        return SegmentationNetwork(
            compact_unet.CompactUNet(plan.channels, plan.classes), plan
        ).train()
    model = build_with_encoder(plan.architecture, plan.encoder, plan.channels, plan.classes)
    if weights is not None:
        load_encoder(model, plan, weights)
    return SegmentationNetwork(model, plan).train()


def rebuild_segmenter(plan: SegmenterPlan, state: dict[str, Tensor]) -> SegmentationNetwork:
    """A trained network again from its plan and its state, on the CPU, in evaluation mode."""
    with torch.random.fork_rng(devices=[]):
        network = build_segmenter(plan, None)
    network.load_state_dict(state)
    return network.requires_grad_(False).eval()


def load_encoder(model: Any, plan: SegmenterPlan, weights: Weights) -> None:
    """Give a model's encoder pretrained weights, adapted to the channels of the images.

    Raises:
        ValueError: if the file holds another network.
    """
    from timm.models import load_state_dict
    from timm.models._manipulate import adapt_input_conv

    packaged = package_of(weights.file)
    state: dict[str, Tensor]
    state = packaged_state(packaged, weights.file) if packaged else load_state_dict(weights.file)
    own = model.encoder.model.state_dict()
    first = next(name for name, value in own.items() if value.ndim == 4)
    if first in state and state[first].shape != own[first].shape:
        state[first] = adapt_input_conv(plan.channels, state[first])
    fitting = {n: v for n, v in state.items() if n in own and v.shape == own[n].shape}
    wanted = {name for name, value in own.items() if value.ndim > 1}
    missing = sorted(wanted - set(fitting))
    if len(missing) > 0.05 * len(wanted):
        raise ValueError(
            f"{weights.file} holds no weights of {plan.encoder}: {len(missing)} of its "
            f"{len(wanted)} layers are not in it, such as {missing[0]}"
        )
    model.encoder.model.load_state_dict(own | fitting)
