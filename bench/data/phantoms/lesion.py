"""phantom-shape: lesions in ultrasound speckle whose outline is smooth or spiculated.

Area, axis ratio, tilt, place, darkness and surroundings have the same distribution in both classes;
only the strength of the fast harmonics of the outline differs, and overlaps between the classes. A
patient has one lesion seen in one to four views: the outline changes a little from view to view,
the speckle wholly. The mask is a reader's outline: smoother than the truth, shifted, and wavering.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.data.dataset import Dataset, KnownAnswer, Split, SplitName
from bench.data.phantoms import assembly, outline
from bench.data.phantoms.outline import Outline
from bench.data.phantoms.ultrasound import heterogeneity, speckled

NAME = "phantom-shape"
SEED = 19780101
PATIENTS = assembly.counts(train=200, val=100, test=400)
NATIVE = 48
VIEWS = (1, 2, 3, 4)
"""Numbers of views of a patient, equally frequent."""
MALIGNANT = 0.4
"""Share of patients with a spiculated lesion."""

ORDERS = np.arange(4, 11)
"""Harmonics that make an outline lobulated and spiculated, cycles per turn."""
ROUGHNESS = (0.04, 0.13)
"""Median standard deviation of log radius due to `ORDERS`: smooth, spiculated."""
SPREAD = 0.35
"""Standard deviation of the logarithm of roughness between patients."""
CHANGE = 0.35
"""Share of the variance of an outline's harmonics that is new in each view."""
READER = 6.0
"""Order at which the reader's outline follows exp(-1/2) of a harmonic, cycles per turn."""


@dataclass(frozen=True, eq=False)
class Patient:
    """What the views of a lesion share.

    Attributes:
        area: of the lesion, as a share of the image.
        ratio, tilt: of the ellipse beneath the outline.
        contrast: echogenicity of the lesion relative to its surroundings, decibels.
        roughness: standard deviation of log radius due to `ORDERS`.
        cosine, sine: `(7,)` coefficients of the harmonics at unit roughness.
    """

    area: float
    ratio: float
    tilt: float
    contrast: float
    roughness: float
    cosine: NDArray[np.float64]
    sine: NDArray[np.float64]


def patient(spiculated: bool, rng: np.random.Generator) -> Patient:
    """A lesion of either class; all but its roughness is drawn alike."""
    cosine, sine = _unit_harmonics(rng)
    return Patient(
        area=0.19 * np.exp(rng.normal(0, 0.25)),
        ratio=rng.uniform(0.6, 0.95),
        tilt=rng.uniform(0, np.pi),
        contrast=rng.normal(-11, 2),
        roughness=ROUGHNESS[int(spiculated)] * np.exp(rng.normal(0, SPREAD)),
        cosine=cosine,
        sine=sine,
    )


def view(
    who: Patient, size: int, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], Outline, Outline]:
    """One view: image and reader's mask `(size, size, 2)`, the true and the read outline."""
    new_cosine, new_sine = _unit_harmonics(rng)
    kept, changed = np.sqrt(1 - CHANGE), np.sqrt(CHANGE)
    cosine = who.roughness * (kept * who.cosine + changed * new_cosine)
    sine = who.roughness * (kept * who.sine + changed * new_sine)
    base = outline.ellipse(
        np.clip(who.ratio + rng.normal(0, 0.05), 0.5, 1), who.tilt + rng.normal(0, 0.2)
    )
    area = who.area * size**2 * np.exp(rng.normal(0, 0.08))
    middle = (size - 1) / 2
    centre = (middle + rng.normal(0, size / 30), middle + rng.normal(0, size / 30))
    true = Outline(
        centre, outline.of_area(base * np.exp(outline.harmonics(ORDERS, cosine, sine)), area)
    )
    read = _read(true, base, cosine, sine, area, size, rng)

    tissue = heterogeneity(size, deviation=2.0, finest=3.0, rng=rng)
    inside = true.coverage(size)
    grain = (0.016 * size, 0.022 * size)
    gray = speckled(tissue + who.contrast * inside, grain, rng)
    pixels = np.concatenate(
        [assembly.gray_levels(gray[None])[0], read.mask(size)[..., None]], axis=-1
    )
    return pixels, true, read


def shape(size: int | None = None) -> Dataset:
    """Smooth or spiculated lesions in ultrasound speckle, with masks and several views a patient.

    Args:
        size: side in pixels, 32 to 256; None for 48. The same scenes are drawn finer or coarser.

    Raises:
        DataError: if `size` is out of range.
    """
    side = assembly.checked_size(NAME, size, NATIVE, least=32)

    def painter(part: SplitName, n: int, rng: np.random.Generator) -> Split:
        classes = assembly.dealt_labels(n, round(MALIGNANT * n), rng)
        views = rng.choice(VIEWS, n)
        owner = np.repeat(np.arange(n), views)
        patients = [patient(bool(label), rng) for label in classes]
        images = np.stack([view(patients[i], side, rng)[0] for i in owner])
        return Split(
            images=images,
            labels=classes[owner],
            case_ids=assembly.case_ids(part, len(owner)),
            groups=np.array([f"{part}-patient-{i:03d}" for i in owner]),
        )

    parts = assembly.paint(SEED, PATIENTS, painter)
    return Dataset(
        name=NAME,
        class_names=("smooth", "spiculated"),
        provenance=assembly.provenance("lesions in ultrasound speckle", SEED),
        positive=1,
        known_answer=KnownAnswer(
            "The classes differ only in how rough the lesion's outline is: its area, place and "
            "brightness are drawn alike. The distributions of roughness overlap, so no method "
            "can be right on every image."
        ),
        train=parts["train"],
        val=parts["val"],
        test=parts["test"],
    )


def _unit_harmonics(
    rng: np.random.Generator,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Cosine and sine coefficients whose sum has unit standard deviation along the outline."""
    cosine, sine = rng.standard_normal((2, len(ORDERS)))
    scale = np.sqrt((cosine**2 + sine**2).sum() / 2)
    return cosine / scale, sine / scale


def _read(
    true: Outline,
    base: NDArray[np.float64],
    cosine: NDArray[np.float64],
    sine: NDArray[np.float64],
    area: float,
    size: int,
    rng: np.random.Generator,
) -> Outline:
    """The outline that a reader draws: fast harmonics damped, slow ones of the reader's own."""
    followed = np.exp(-((ORDERS / READER) ** 2) / 2)
    slow = np.arange(2, 7)
    own_cosine, own_sine = 0.025 * rng.standard_normal((2, len(slow)))
    log_radius = outline.harmonics(ORDERS, followed * cosine, followed * sine)
    log_radius += outline.harmonics(slow, own_cosine, own_sine)
    centre = (
        true.centre[0] + rng.normal(0, size / 100),
        true.centre[1] + rng.normal(0, size / 100),
    )
    drawn = area * np.exp(rng.normal(0.05, 0.08))
    return Outline(centre, outline.of_area(base * np.exp(log_radius), drawn))
