"""What the server answers: of each image, what every model says of it."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench.deploy.bundle import Answer, Bundle
from bench.deploy.operating import contradictions
from bench.deploy.predicting import UNLIKE
from bench.deploy.serve.uploads import Read

ROUNDED = 6
"""Significant digits of distances; probabilities are exact."""


@dataclass(frozen=True)
class Unlike:
    """How far an image lies from the training images, in the method's own features.

    Attributes:
        distance: 1 is usual.
        percentile: share of held-out images that lie nearer, percent.
        warning: whether that is so many that the answer means little.
    """

    distance: float
    percentile: float
    warning: bool


@dataclass(frozen=True)
class ModelAnswer:
    """What one model says of one image.

    Attributes:
        bundle: digest of its bundle.
        model, family: its name, and on which side it stands.
        probabilities: of each class.
        calibrated: the same after the calibration that was found on validation.
        decision: a class, by the threshold that was found on validation; with more than two
            classes the most probable before calibration.
        conformal_set: the classes that cannot be left out.
        unlike_training: see `Unlike`.
        heatmap: where it looks, a PNG as a data URL; null where not asked for or not known.
    """

    bundle: str
    model: str
    family: str
    probabilities: dict[str, float]
    calibrated: dict[str, float]
    decision: str
    conformal_set: list[str]
    unlike_training: Unlike
    heatmap: str | None = None


@dataclass(frozen=True)
class ImageAnswer:
    """What is said of one image.

    Attributes:
        frame: which of several of the file, from 1; null in a file of one.
        remarks: what has to be said of how it was read, and of what models say.
        models: what each says.
        disagreement: whether two of them decide otherwise.
        picture: as it was read, a PNG as a data URL; null where not asked for.
    """

    frame: int | None
    remarks: list[str]
    models: list[ModelAnswer]
    disagreement: bool
    picture: str | None = None


@dataclass(frozen=True)
class Prediction:
    """The answer to one upload.

    Attributes:
        sha256: of what was sent.
        images: one, or the frames of a file of several.
        receipt: digest of the line of the audit log.
        drift: what the watch has found until now, a sentence each.
        notice: what this is not.
    """

    sha256: str
    images: list[ImageAnswer]
    receipt: str
    drift: list[str]
    notice: str


@dataclass(frozen=True)
class Refusal:
    """Why there is no answer."""

    error: str


def model_answers(
    bundle: Bundle, answers: Sequence[Answer], read: Read, i: int, own: int
) -> list[ModelAnswer]:
    """What the models of a bundle say of one image.

    Args:
        bundle: that was asked.
        answers: of all images of a batch.
        read: what was read of the upload.
        i: of the image in the batch.
        own: of the image in the upload.
    """
    names = bundle.manifest.classes
    found = []
    for model, answer in zip(bundle.manifest.models, answers, strict=True):
        percentile = float(answer.percentiles[i])
        maps = read.heatmaps.get(answer.model)
        found.append(
            ModelAnswer(
                bundle=bundle.digest,
                model=answer.model,
                family=model.family,
                probabilities=dict(zip(names, map(float, answer.probabilities[i]), strict=True)),
                calibrated=dict(zip(names, map(float, answer.calibrated[i]), strict=True)),
                decision=names[answer.decisions[i]],
                conformal_set=[names[c] for c in np.flatnonzero(answer.sets[i])],
                unlike_training=Unlike(
                    float(f"{answer.distances[i]:.{ROUNDED}g}"),
                    float(f"{percentile:.4g}"),
                    percentile >= UNLIKE,
                ),
                heatmap=data_url(maps[own]) if maps else None,
            )
        )
    return found


def remarks_on(models: Sequence[ModelAnswer]) -> list[str]:
    """What has to be said of answers that contradict themselves."""
    return [
        f"{one.model}: {said}"
        for one in models
        for said in contradictions(one.decision, one.conformal_set, one.calibrated)
    ]


def written(image: ImageAnswer) -> dict[str, Any]:
    """What the audit log keeps of an answer: no pixel, nothing that a file said of a patient."""
    told = [
        {
            "bundle": answer.bundle,
            "model": answer.model,
            "decision": answer.decision,
            "probabilities": answer.probabilities,
        }
        for answer in image.models
    ]
    return {"frame": image.frame, "models": told}


def data_url(png: bytes) -> str:
    """A PNG that a page can show without asking for it."""
    return "data:image/png;base64," + base64.b64encode(png).decode()
