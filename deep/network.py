"""Any timm architecture as a network for small images of one to four channels."""

import difflib
import math
from dataclasses import dataclass
from typing import Any, Literal

import timm
import torch
from timm.models.resnet import ResNet
from torch import Tensor, nn

Stem = Literal["original", "small-image"]

COMPACT_PARAMETERS = 3_000_000  # below, a network is meant for one CPU core
COMPACT_SIDES = (56, 64)  # px, least and most; at 48 a training now and then learns nothing
SMALL_SIDE = 64  # px, up to which a large ResNet keeps the resolution in its stem
PRETRAINED_SIDE = 128  # px, least side for weights that were learned on photographs


@dataclass(frozen=True)
class NetworkPlan:
    """All that is needed to build a network again.

    Attributes:
        architecture: timm's name, with or without a weights tag.
        channels: of the input, 1 to 4.
        classes: number of outputs.
        side: height and width of the input, px.
        stem: "original", or "small-image": stride 1 and no pooling before the first stage.
        weights: file of pretrained weights, None for a random initialisation.
    """

    architecture: str
    channels: int
    classes: int
    side: int
    stem: Stem
    weights: str | None = None


class Network(nn.Module):
    """A timm model with the standardisation of its input and the weights of its classes.

    The state dictionary is complete: a network built from the same plan and loaded with it gives
    the same probabilities.
    """

    mean: Tensor
    deviation: Tensor
    log_class_weights: Tensor

    def __init__(self, model: nn.Module, plan: NetworkPlan) -> None:
        super().__init__()
        self.model = model.to(memory_format=torch.channels_last)
        self.register_buffer("mean", torch.full((1, plan.channels, 1, 1), 127.5))
        self.register_buffer("deviation", torch.full((1, plan.channels, 1, 1), 127.5))
        self.register_buffer("log_class_weights", torch.zeros(plan.classes))

    @property
    def device(self) -> str:
        """Where the network is, such as "cpu" or "cuda:0"."""
        return str(self.mean.device)

    def forward(self, images: Tensor) -> Tensor:
        """Logits `(b, k)` of gray levels `(b, c, side, side)`, uint8 or float, 0..255."""
        logits: Tensor = self.model(self._standardised(images))
        return logits

    def embed(self, images: Tensor) -> Tensor:
        """What the last linear layer sees, `(b, d)`, of gray levels `(b, c, side, side)`."""
        model: Any = self.model
        features = model.forward_features(self._standardised(images))
        embedding: Tensor = model.forward_head(features, pre_logits=True)
        return embedding.flatten(1)

    def probabilities(self, images: Tensor) -> Tensor:
        """Float64 probabilities `(b, k)` at the class frequencies of the training images.

        A loss that weights class c by w_c makes the softmax estimate w_c p_c / Σ w p; dividing by
        w_c gives p_c back.
        """
        return torch.softmax(self.forward(images).double() - self.log_class_weights.double(), dim=1)

    def _standardised(self, images: Tensor) -> Tensor:
        values = (images.float() - self.mean) / self.deviation
        return values.contiguous(memory_format=torch.channels_last)


def check_architecture(name: str) -> None:
    """Raise ValueError, with near names, unless timm knows the architecture `name`."""
    if timm.is_model(name):
        return
    near = difflib.get_close_matches(name, timm.list_models(), n=5, cutoff=0.5)
    hint = f"; near it are {', '.join(near)}" if near else ""
    raise ValueError(f"timm has no architecture {name!r}{hint}")


def plan_network(
    architecture: str,
    channels: int,
    classes: int,
    image_side: int,
    *,
    input_size: int | Literal["auto"] = "auto",
    stem: Stem | Literal["auto"] = "auto",
    weights: str | None = None,
) -> tuple[NetworkPlan, Network]:
    """Choose what is open, build the network, and try it on an empty image.

    "auto" means, for images of `image_side` px: a network of less than 3 million parameters, meant
    for one CPU core, keeps its stem and sees images below 48 px at twice their side, others at
    their own, none below 56 or above 64 px; a larger ResNet without weights keeps the resolution
    of images up to 64 px by its small-image stem; pretrained weights see 128 px or more, and all
    others 64 to 224 px, rounded up to a multiple of 32. Where the architecture refuses that size,
    it gets the one that timm lists for it.

    The initialisation is drawn from torch's global generator.

    Args:
        architecture: timm's name.
        channels: 1 to 4.
        classes: number of outputs, at least 2.
        image_side: longer side of the images, px.
        input_size: side to feed, px.
        stem: see `NetworkPlan`.
        weights: file of pretrained weights.

    Returns:
        the plan and the network, in training mode, on the CPU.

    Raises:
        ValueError: if timm has no such architecture, it has no small-image stem but should use it,
            or it cannot be built for these channels and this size.
    """
    check_architecture(architecture)
    if not 1 <= channels <= 4:
        raise ValueError(f"images have 1 to 4 channels, not {channels}")
    native = _own_side(architecture)
    model = _create(NetworkPlan(architecture, channels, classes, native, "original"))
    resnet, compact = isinstance(model, ResNet), count_parameters(model) < COMPACT_PARAMETERS

    if input_size != "auto":
        sides = [int(input_size)]
    elif weights:
        sides = [min(_rounded_up(max(image_side, PRETRAINED_SIDE)), native), native]
    elif compact:
        enlarged = image_side if image_side >= 48 else 2 * image_side
        least, most = COMPACT_SIDES
        sides = [min(max(enlarged, least), most), most, native]
    elif (resnet and stem == "auto" and image_side <= SMALL_SIDE) or stem == "small-image":
        sides = [image_side]
    else:
        sides = [_rounded_up(min(max(image_side, 64), 224)), native]

    refusals = []
    for side in sides:
        keep = resnet and not compact and not weights and side <= SMALL_SIDE
        chosen: Stem = stem if stem != "auto" else ("small-image" if keep else "original")
        plan = NetworkPlan(architecture, channels, classes, side, chosen, weights)
        try:
            return plan, build_network(plan)
        except UnsuitableInputError as error:
            refusals.append(error)
    raise refusals[0]


class UnsuitableInputError(ValueError):
    """An architecture cannot be built for a size or a number of channels."""


def build_network(plan: NetworkPlan) -> Network:
    """The network of a plan, freshly initialised or with its pretrained weights.

    Raises:
        UnsuitableInputError: if timm cannot build it so, or it fails on an image of this size.
        ValueError: if the plan asks for a small-image stem that the architecture does not have.
    """
    model = _create(plan)
    if plan.stem == "small-image":
        _keep_resolution(model, plan.architecture)
    network = Network(model, plan)
    try:
        with torch.no_grad():
            logits = network.eval()(torch.zeros(2, plan.channels, plan.side, plan.side))
    except _BUILD_FAILURES as error:
        raise _unsuitable(plan, error) from error
    if not isinstance(logits, Tensor) or logits.shape != (2, plan.classes):
        raise ValueError(f"{plan.architecture} is not a classifier of single images")
    return network.train()


def count_parameters(network: nn.Module) -> int:
    """Number of trainable and fixed parameters."""
    return sum(parameter.numel() for parameter in network.parameters())


# what architectures raise where a size does not fit them
_BUILD_FAILURES = (
    AssertionError,
    IndexError,
    RuntimeError,
    TypeError,
    ValueError,
    ZeroDivisionError,
)


def _create(plan: NetworkPlan) -> nn.Module:
    options: dict[str, Any] = {"in_chans": plan.channels, "num_classes": plan.classes}
    if plan.weights:
        options["pretrained"] = True
        options["pretrained_cfg_overlay"] = {"file": plan.weights, "custom_load": False}
    if _configuration(plan.architecture).fixed_input_size:
        options["img_size"] = plan.side
    try:
        model: nn.Module = timm.create_model(plan.architecture, **options)
    except _BUILD_FAILURES as error:
        raise _unsuitable(plan, error) from error
    return model


def _unsuitable(plan: NetworkPlan, error: Exception) -> UnsuitableInputError:
    reason = " ".join(str(error).split())[:200] or type(error).__name__
    native = _own_side(plan.architecture)
    return UnsuitableInputError(
        f"{plan.architecture} cannot take {plan.channels} x {plan.side} x {plan.side} px "
        f"({reason}); its own size is {native} px, and input_size='auto' looks for one that fits"
    )


def _rounded_up(side: int) -> int:
    return 32 * math.ceil(side / 32)


def _own_side(architecture: str) -> int:
    """The size in px that timm lists for an architecture."""
    side: int = _configuration(architecture).input_size[-1]
    return side


def _configuration(architecture: str) -> Any:
    return timm.get_pretrained_cfg(architecture)


def _keep_resolution(model: nn.Module, architecture: str) -> None:
    """Stride 1 in the first convolution, 3x3 if it was larger, and no pooling before stage 1."""
    if not isinstance(model, ResNet):
        raise ValueError(f"{architecture} is no ResNet: only ResNets have a small-image stem")
    resnet: Any = model
    deep = isinstance(resnet.conv1, nn.Sequential)
    old = resnet.conv1[0] if deep else resnet.conv1
    new = nn.Conv2d(old.in_channels, old.out_channels, 3, padding=1, bias=False)
    nn.init.kaiming_normal_(new.weight, mode="fan_out", nonlinearity="relu")
    if deep:
        resnet.conv1[0] = new
    else:
        resnet.conv1 = new
    resnet.maxpool = nn.Identity()
