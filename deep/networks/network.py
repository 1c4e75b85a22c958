"""Any timm architecture, or one of ours, as a network for images of one to four channels."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import timm
import torch
from torch import Tensor, nn

from deep.networks import compact, hub_models  # noqa: F401 - timm knows our compact networks
from deep.networks.packaged_weights import package_of, packaged_state
from deep.networks.recurrent import RowGRU
from deep.networks.stems import keep_resolution
from deep.networks.weight_files import UnsuitableWeightsError, state_in

Stem = Literal["original", "small-image"]

MISSING_WEIGHTS = 0.05  # share of a network that a file of its weights may lack
_LOUD, _QUIET = 0.1, 0.02  # standard deviations of output weights, not wanted and wanted

OWN_ARCHITECTURES: dict[str, type[RowGRU]] = {"row_gru": RowGRU}
"""Architectures that timm does not have: name → module of (channels, classes, side)."""

OWN_SIDES = (16, 32)  # px, least and most


@dataclass(frozen=True)
class NetworkPlan:
    """All that is needed to build a network again.

    Attributes:
        architecture: timm's name, with or without a weights tag, one of `OWN_ARCHITECTURES`, or
            `local-dir:` and the folder of a model of the hub that was downloaded.
        channels: of the input, 1 to 4.
        classes: number of outputs.
        side: height and width of the input, px.
        stem: "original", or "small-image": that of `deep.networks.stems.small_image_stem`.
        weights: file of pretrained weights, None for a random initialisation.
        patch: px per token of a small-image stem, None for that of the architecture.
    """

    architecture: str
    channels: int
    classes: int
    side: int
    stem: Stem
    weights: str | None = None
    patch: int | None = None


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
        self.plan = plan
        self.frozen = False
        self.model = model.to(memory_format=torch.channels_last)
        self.register_buffer("mean", torch.full((1, plan.channels, 1, 1), 127.5))
        self.register_buffer("deviation", torch.full((1, plan.channels, 1, 1), 127.5))
        self.register_buffer("log_class_weights", torch.zeros(plan.classes))

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled as its plan and weights, so that it comes back where there is no GPU too."""
        state = {name: value.cpu().clone() for name, value in self.state_dict().items()}
        fixed = not any(parameter.requires_grad for parameter in self.parameters())
        return rebuild_network, (self.plan, state, self.frozen, fixed, self.training)

    @property
    def device(self) -> str:
        """Where the network is, such as "cpu" or "cuda:0"."""
        return str(self.mean.device)

    def freeze_backbone(self) -> None:
        """Let only the output layer be trained: the rest keeps weights, statistics and no dropout.

        Raises:
            ValueError: if the architecture has no output layer of its own.
        """
        self.frozen = True
        self.requires_grad_(False)
        layers = output_layers(self.model)
        if not any(parameter.numel() for layer in layers for parameter in layer.parameters()):
            raise ValueError(f"{self.plan.architecture} has no output layer to train alone")
        for layer in layers:
            layer.requires_grad_(True)

    def train(self, mode: bool = True) -> "Network":
        """Training mode, of the output layer alone where the backbone is frozen."""
        super().train(mode)
        if self.frozen:
            self.model.eval()
            for layer in output_layers(self.model):
                layer.train(mode)
        return self

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

    @contextmanager
    def keeping_embedding(self) -> Iterator[list[Tensor]]:
        """Inside, a list of what the output layer was given, `(b, d)`, one for each pass."""
        kept: list[Tensor] = []
        layer = output_layers(self.model)[0]
        handle = layer.register_forward_pre_hook(lambda _, given: kept.append(given[0].flatten(1)))
        try:
            yield kept
        finally:
            handle.remove()

    def probabilities(self, images: Tensor) -> Tensor:
        """Float64 probabilities `(b, k)` at the class frequencies of the training images.

        A loss that weights class c by w_c makes the softmax estimate w_c p_c / Σ w p; dividing by
        w_c gives p_c back.
        """
        return torch.softmax(self.forward(images).double() - self.log_class_weights.double(), dim=1)

    def _standardised(self, images: Tensor) -> Tensor:
        values = (images.float() - self.mean) / self.deviation
        return values.contiguous(memory_format=torch.channels_last)


def rebuild_network(
    plan: NetworkPlan,
    state: dict[str, Tensor],
    frozen: bool = False,
    fixed: bool = True,
    training: bool = False,
) -> Network:
    """A network again from its plan and its state, on the CPU.

    The file of pretrained weights is not needed, and torch's global generator stays as it is.

    Args:
        plan: as it was built with.
        state: its state dictionary.
        frozen: whether only its output layer may be trained.
        fixed: whether no parameter requires a gradient.
        training: whether it is in training mode.
    """
    with torch.random.fork_rng(devices=[]):
        network = build_network(replace(plan, weights=None))
    network.plan = plan
    network.load_state_dict(state)
    if frozen:
        network.freeze_backbone()
    if fixed:
        network.requires_grad_(False)
    return network.train(training)


class UnsuitableInputError(ValueError):
    """An architecture cannot be built for a size or a number of channels."""


def build_network(plan: NetworkPlan) -> Network:
    """The network of a plan, freshly initialised or with its pretrained weights.

    Raises:
        UnsuitableInputError: if timm cannot build it so, or it fails on an image of this size.
        UnsuitableWeightsError: if the file of weights leaves a good part of it as it was drawn.
        ValueError: if it is no classifier of single images.
    """
    model = new_model(plan)
    if plan.stem == "small-image":
        keep_resolution(model)
    _shrink_output_weights(model)
    network = Network(model, plan)
    try:
        with torch.no_grad():
            logits = network.eval()(torch.zeros(2, plan.channels, plan.side, plan.side))
    except _BUILD_FAILURES as error:
        raise _unsuitable(plan, error) from error
    if not isinstance(logits, Tensor) or logits.shape != (2, plan.classes):
        raise ValueError(f"{plan.architecture} is not a classifier of single images")
    return network.train()


def _shrink_output_weights(model: nn.Module) -> None:
    """Scale down output weights that would begin with logits far from 0.

    EfficientNets and their kin draw them in proportion to one over the root of the number of
    classes, which was meant for 1000 and is 20 times as much for two.
    """
    with torch.no_grad():
        for layer in output_layers(model):
            weight = getattr(layer, "weight", None)
            if isinstance(weight, Tensor) and weight.std() > _LOUD:
                weight.mul_(_QUIET / weight.std())


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


def new_model(plan: NetworkPlan) -> nn.Module:
    """timm's model, or ours, of a plan, not yet with its small-image stem."""
    if plan.architecture in OWN_ARCHITECTURES:
        if plan.weights:
            raise UnsuitableWeightsError(f"{plan.architecture} is always trained from scratch")
        return OWN_ARCHITECTURES[plan.architecture](plan.channels, plan.classes, plan.side)
    architecture, said = _made_of(plan.architecture)
    options: dict[str, Any] = {**said, "in_chans": plan.channels, "num_classes": plan.classes}
    if _configuration(plan.architecture).fixed_input_size:
        options["img_size"] = plan.side
    if plan.patch is not None:
        options["patch_size"] = plan.patch
    pretrained = _loading(plan.weights) if plan.weights else {}
    try:
        drawn = torch.get_rng_state()
        model: nn.Module = timm.create_model(architecture, **options, **pretrained)
        if plan.weights:
            with torch.random.fork_rng(devices=[]):
                torch.set_rng_state(drawn)  # the same weights, but for those of the file
                fresh = timm.create_model(architecture, **options)
    except _BUILD_FAILURES as error:
        if plan.weights and "loading state_dict" in str(error):
            raise _of_another_network(plan, error) from None
        raise _unsuitable(plan, error) from error
    if plan.weights:
        _check_loaded(model, fresh, plan)
    return model


def _loading(file: str) -> dict[str, Any]:
    """What timm is told so that it takes the weights of a file."""
    packaged = package_of(file)
    state = packaged_state(packaged, file) if packaged else state_in(file)
    overlay = {"state_dict": state, "custom_load": False}
    return {"pretrained": True, "pretrained_cfg_overlay": overlay}


def _made_of(architecture: str) -> tuple[str, dict[str, Any]]:
    """timm's name of an architecture, and what a model of the hub asks for beside it."""
    if not architecture.startswith(hub_models.LOCAL):
        return architecture, {}
    told = _told(architecture)
    return told["architecture"], dict(told.get("model_args") or {})


def _told(architecture: str) -> dict[str, Any]:
    folder = Path(architecture.removeprefix(hub_models.LOCAL))
    return hub_models.told_of(folder, str(folder))


def _check_loaded(model: nn.Module, fresh: nn.Module, plan: NetworkPlan) -> None:
    """Compare with what was drawn: timm takes a file in which it finds nothing that it knows."""
    initial = dict(fresh.named_parameters())
    output = {id(p) for layer in output_layers(model) for p in layer.parameters()}
    loadable = [(n, p) for n, p in model.named_parameters() if id(p) not in output and p.ndim > 1]
    missing = [(name, p) for name, p in loadable if torch.equal(p, initial[name])]
    absent, all_of_it = (sum(p.numel() for _, p in group) for group in (missing, loadable))
    if absent > MISSING_WEIGHTS * all_of_it:
        raise UnsuitableWeightsError(
            f"{Path(str(plan.weights)).name} holds no weights of {plan.architecture}: "
            f"{100 * absent / all_of_it:.0f} % of the network are not in it, such as "
            f"{missing[0][0]}"
        )


def _of_another_network(plan: NetworkPlan, error: Exception) -> UnsuitableWeightsError:
    lines = [" ".join(line.split()) for line in str(error).splitlines()]
    first = next((line for line in lines[1:] if line), "")
    return UnsuitableWeightsError(
        f"{Path(str(plan.weights)).name} holds weights of another network than "
        f"{plan.architecture}" + (f": {first.removesuffix('.')}" if first else "")
    )


def output_layers(model: Any) -> list[nn.Module]:
    """The layers of a timm model that give the logits: one, or one for each of its heads."""
    head = model.get_classifier()
    return list(head) if isinstance(head, tuple | list) else [head]


def _unsuitable(plan: NetworkPlan, error: Exception) -> UnsuitableInputError:
    reason = " ".join(str(error).split())[:200] or type(error).__name__
    native = default_side(plan.architecture)
    return UnsuitableInputError(
        f"{plan.architecture} cannot take {plan.channels} x {plan.side} x {plan.side} px "
        f"({reason}); it was made for 3 x {native} x {native} px, and input_size='auto' looks for "
        "a size that fits"
    )


def default_side(architecture: str) -> int:
    """The size in px that timm lists for an architecture."""
    if architecture in OWN_ARCHITECTURES:
        return OWN_SIDES[1]
    side: int = _configuration(architecture).input_size[-1]
    return side


def colour_statistics(architecture: str) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation `(1, c, 1, 1)`, in gray levels, that weights were trained with.

    c is the number of channels of the images that the weights were made for.
    """
    configuration = _configuration(architecture)
    channels = int(configuration.input_size[0])
    found = []
    for told in (configuration.mean, configuration.std):
        values = torch.tensor(told[:channels], dtype=torch.float32).expand(channels)
        found.append(255 * values.reshape(1, channels, 1, 1))
    return found[0], found[1]


def _configuration(architecture: str) -> Any:
    """timm's card of an architecture, or what a model of the hub says in its place."""
    if not architecture.startswith(hub_models.LOCAL):
        return timm.get_pretrained_cfg(architecture)
    told = _told(architecture)
    said = told.get("pretrained_cfg", told)
    base: Any = timm.get_pretrained_cfg(told["architecture"])
    known = ("input_size", "mean", "std", "fixed_input_size")
    return replace(base, **{name: said[name] for name in known if said.get(name)})
