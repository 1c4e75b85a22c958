"""Which size, stem and patch an architecture gets for images of a certain size."""

import difflib
import math
from typing import Literal

import timm

from deep.networks.network import (
    OWN_ARCHITECTURES,
    OWN_SIDES,
    Network,
    NetworkPlan,
    Stem,
    UnsuitableInputError,
    build_network,
    count_parameters,
    default_side,
    new_model,
)
from deep.networks.stems import FAMILIES, patch_within, small_image_stem

COMPACT_PARAMETERS = 3_000_000  # below, a network is meant for one CPU core
COMPACT_SIDES = (56, 64)  # px, least and most; at 48 a training now and then learns nothing
SMALL_SIDE = 64  # px, up to which a larger network gets a small-image stem if its family has one
PRETRAINED_SIDE = 128  # px, least side for weights that were learned on photographs


def check_architecture(name: str) -> None:
    """Raise ValueError, with near names, unless `name` is known to timm or `OWN_ARCHITECTURES`.

    A tag of weights behind it has to be one of that architecture.
    """
    if name in OWN_ARCHITECTURES:
        return
    if timm.is_model(name):
        architecture, dot, _ = name.partition(".")
        tagged = timm.list_pretrained(f"{architecture}.*") if dot else [name]
        if name not in tagged:
            known = f"; it has {', '.join(tagged)}" if tagged else " nor any others of it"
            raise ValueError(f"timm has no weights {name!r}{known}")
        return
    near = difflib.get_close_matches(
        name, [*OWN_ARCHITECTURES, *timm.list_models()], n=5, cutoff=0.5
    )
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
    their own, none below 56 or above 64 px; a larger network without weights sees images up to
    64 px at their own side (rounded up as it needs) by its family's small-image stem; pretrained
    weights see 128 px or more, and all others 64 to 224 px, rounded up to a multiple of 32. Where
    the architecture refuses that, it gets the size that timm lists for it.

    The initialisation is drawn from torch's global generator.

    Args:
        architecture: timm's name or one of `OWN_ARCHITECTURES`.
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
    native = default_side(architecture)
    model = new_model(NetworkPlan(architecture, channels, classes, native, "original"))
    compact = count_parameters(model) < COMPACT_PARAMETERS
    asked = image_side if input_size == "auto" else int(input_size)
    small = small_image_stem(model, asked)
    if stem == "small-image" and small is None:
        raise ValueError(f"{architecture} has no small-image stem: only {FAMILIES} have one")

    attempts: list[tuple[int, Stem, int | None]] = []  # side, stem, patch
    closely = stem == "auto" and not compact and not weights and asked <= SMALL_SIDE
    if small is not None and (stem == "small-image" or closely):
        side = small.side if input_size == "auto" else asked
        attempts.append((side, "small-image", patch_within(side, small)))
    if stem != "small-image":
        if input_size != "auto":
            sides = [asked]
        elif architecture in OWN_ARCHITECTURES:
            sides = [min(max(image_side, OWN_SIDES[0]), OWN_SIDES[1])]
        elif weights:
            sides = [min(_rounded_up(max(image_side, PRETRAINED_SIDE)), native), native]
        elif compact:
            enlarged = image_side if image_side >= 48 else 2 * image_side
            least, most = COMPACT_SIDES
            sides = [min(max(enlarged, least), most), most, native]
        else:
            sides = [_rounded_up(min(max(image_side, 64), 224)), native]
        attempts += [(side, "original", None) for side in sides]

    refusals = []
    for side, chosen, patch in attempts:
        plan = NetworkPlan(architecture, channels, classes, side, chosen, weights, patch)
        try:
            return plan, build_network(plan)
        except UnsuitableInputError as error:
            refusals.append(error)
    raise refusals[-1] if input_size != "auto" else refusals[0]


def _rounded_up(side: int) -> int:
    return 32 * math.ceil(side / 32)
