"""On which rung of its side's ladder a method stands, and the ladders of a data set."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from bench.protocol.cards import DatasetCard, Family, FileSide, MethodCard
from bench.protocol.preprocessing import Resize
from bench.protocol.record import Run
from reports.evidence import Ladder, LadderRung, MethodEvidence, Step

NETWORKS: tuple[Family, ...] = ("deep", "hybrid")
"""Families whose methods hold a network."""

_PRETRAINED: tuple[Step, ...] = ("frozen", "fine-tuned")
_MEDMNIST = "MedMNIST v2, "
_MEDMNIST_SIDE = 224
"""Every image of MedMNIST is published with so many pixels a side, and with fewer."""


def recorded(table: Mapping[str, Any], name: str) -> Any:
    """The value of this name, of the estimator itself or of a step of a pipeline, at any depth."""
    for key, value in table.items():
        if key.split("__")[-1] == name:
            return value
    for value in table.values():
        if isinstance(value, Mapping) and (found := recorded(value, name)) is not None:
            return found
    return None


def has_mask(card: DatasetCard) -> bool:
    """Whether the images have a lesion mask as their last channel."""
    return bool(card.image_shape) and card.image_shape[-1] % 2 == 0


def step(method: MethodCard, runs: Sequence[Run], *, mask: bool) -> Step | Literal[""]:
    """What a method made use of; "" where it does not say.

    Pretrained weights are those of its successful runs: where none of them names any though the
    method asks for them by a parameter, it started from scratch. Handcrafted features know the mask
    of images that have one,
    unless they tell that they found the lesion otherwise.

    Args:
        method: its card.
        runs: of the method.
        mask: whether the images have a lesion mask.
    """
    ok = [run for run in runs if run.status == "ok"]
    if method.rung == "features" and mask:
        told = [recorded(run.fit_info, "segmentation") for run in ok]
        sources = [one["source"] for one in told if isinstance(one, Mapping) and "source" in one]
        return "features" if sources and "mask channel" not in sources else "features-with-mask"
    if method.rung in _PRETRAINED and _asked(ok) and not any(map(_had_weights, ok)):
        return "scratch"
    return method.rung


def untold_weights(method: MethodCard, runs: Sequence[Run]) -> bool:
    """Whether nobody knows what the successful runs that name no weights started from.

    Known are weights that were resolved for the study, also where there were none (a parameter
    `pretrained`), and those of a method that says that it starts from scratch.

    Args:
        method: its card.
        runs: of the method.
    """
    if method.family not in NETWORKS:
        return False
    unnamed = [run for run in runs if run.status == "ok" and not run.weights]
    if any(recorded(run.fit_info, "weights") for run in unnamed):
        return True
    return bool(unnamed) and method.rung != "scratch" and not _asked(unnamed)


def lacked_weights(method: MethodCard, runs: Sequence[Run]) -> bool:
    """Whether a method asked for pretrained weights, had none and was trained all the same."""
    ok = [run for run in runs if run.status == "ok"]
    if method.rung not in _PRETRAINED or not ok or any(map(_had_weights, ok)):
        return False
    return any(value is not False for value in _asked(ok))


def _asked(runs: Sequence[Run]) -> list[Any]:
    """The declared values of the parameters `pretrained`, whose weights a study resolves."""
    return [
        value
        for run in runs
        for name, value in run.parameters.items()
        if name.split("__")[-1] == "pretrained"
    ]


def input_sizes(runs: Sequence[Run]) -> tuple[int, ...]:
    """The sides in px to which a network brought images, as far as its successful runs tell."""
    told = [recorded(run.fit_info, "input_size") for run in runs if run.status == "ok"]
    return tuple(sorted({side for side in told if isinstance(side, int)}))


def ladder(card: DatasetCard, methods: Sequence[MethodEvidence], resize: Resize) -> Ladder:
    """The rungs that each side climbed on one data set.

    Args:
        card: the data set.
        methods: all that were run on it.
        resize: how its images reached their size.
    """
    features: Step = "features-with-mask" if has_mask(card) else "features"
    sides: dict[Family, tuple[Step, ...]] = {
        "deep": ("scratch", *_PRETRAINED),
        "classical": ("pixels", features),
        "hybrid": (),
        "control": (),
    }
    order: tuple[Step, ...] = ("pixels", "features", "features-with-mask", "scratch", *_PRETRAINED)
    rungs = []
    for family, always in sides.items():
        for one in order:
            own = [m for m in methods if m.family == family and m.rung == one]
            shown = one in always or own
            if shown and (family != "control" or one == "pixels"):
                rungs.append(_rung(family, one, own))
    unknown = sorted(m.name for m in methods if not m.rung and m.family != "control")
    comes = file_side(card, resize)
    return Ladder(
        tuple(rungs),
        max(card.image_shape[:2]),
        None if comes is None else comes.px,
        "" if comes is None else comes.which,
        tuple(unknown),
    )


def file_side(card: DatasetCard, resize: Resize) -> FileSide | None:
    """The side with which an image of a data set typically comes; None if unknown.

    Args:
        card: the data set.
        resize: how its images reached their size.
    """
    if card.generated:
        return None
    if card.source.startswith(_MEDMNIST):
        return FileSide(_MEDMNIST_SIDE)
    return card.file_side(resize)


def _rung(family: Family, one: Step, methods: Sequence[MethodEvidence]) -> LadderRung:
    """The best is that of the highest mean validation AUC, of several the first by name."""
    by_name = sorted(methods, key=lambda m: m.name)
    scored = [m for m in by_name if m.scores]
    best = max(scored, key=_on_validation, default=None)
    return LadderRung(
        family=family,
        step=one,
        best=None if best is None else best.name,
        auc=None if best is None else best.auc,
        validation_auc=None if best is None else best.validation_auc,
        input_sizes=() if best is None else best.input_sizes,
        methods=tuple(m.name for m in scored),
        without_result=tuple(m.name for m in by_name if not m.scores),
    )


def _on_validation(method: MethodEvidence) -> float:
    return -math.inf if method.validation_auc is None else method.validation_auc


def _had_weights(run: Run) -> bool:
    return bool(run.weights or recorded(run.fit_info, "weights"))
