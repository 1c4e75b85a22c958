"""phantom-null: the label has nothing to do with the image.

Each patient has tissue of their own roughness, brightness and contrast, seen in two images. The
labels are dealt to the patients by a random stream that the images never see, so that a method
which does better than chance on new patients does so by luck. Images of a patient resemble each
other: an evaluation that let one patient into two parts would seem to find something.
"""

import numpy as np
from numpy.typing import NDArray

from bench.data.dataset import Dataset, KnownAnswer, Split, SplitName
from bench.data.phantoms import assembly
from bench.data.phantoms.fields import coloured, power_law

NAME = "phantom-null"
SEED = 19251109
PATIENTS = assembly.counts(train=150, val=100, test=400)
VIEWS = 2
NATIVE = 32

EXPONENT = (2.2, 3.4)
"""Range of the exponent of a patient's power spectrum."""
SHARED = 0.6
"""Share of the variance of the tissue that the images of a patient have in common."""
NOISE = 6.0
"""Standard deviation of the white noise, gray levels."""


def patients(n: int, size: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Images of `n` patients, `(n, VIEWS, size, size, 1) uint8`."""
    images = np.empty((n, VIEWS, size, size, 1), dtype=np.uint8)
    for views in images:
        brightness = rng.normal(128, 10)
        power = power_law(size, rng.uniform(*EXPONENT), rng.uniform(16, 28))
        common = rng.standard_normal((1, size, size))
        own = rng.standard_normal((VIEWS, size, size))
        tissue = coloured(np.sqrt(SHARED) * common + np.sqrt(1 - SHARED) * own, power)
        noise = NOISE * rng.standard_normal(tissue.shape)
        views[:] = assembly.gray_levels(brightness + tissue + noise)
    return images


def null(size: int | None = None) -> Dataset:
    """Tissue of many patients with labels dealt at random: no honest method may win.

    Args:
        size: side in pixels, 16 to 256; None for 32.

    Raises:
        DataError: if `size` is out of range.
    """
    side = assembly.checked_size(NAME, size, NATIVE, least=16)

    def painter(part: SplitName, n: int, rng: np.random.Generator) -> Split:
        for_images, for_labels = rng.spawn(2)
        images = patients(n, side, for_images)
        labels = assembly.dealt_labels(n, n // 2, for_labels)
        owner = np.repeat(np.arange(n), VIEWS)
        return Split(
            images=images.reshape(-1, side, side, 1),
            labels=labels[owner],
            case_ids=assembly.case_ids(part, len(owner)),
            groups=np.array([f"{part}-patient-{i:03d}" for i in owner]),
        )

    parts = assembly.paint(SEED, PATIENTS, painter)
    return Dataset(
        name=NAME,
        class_names=("label 0", "label 1"),
        provenance=assembly.provenance("tissue with random labels", SEED),
        positive=1,
        known_answer=KnownAnswer(
            "There is nothing to find: the labels were dealt at random, without the images. The "
            "true AUC of every honest method is 0.5.",
            ideal_auc=0.5,
        ),
        train=parts["train"],
        val=parts["val"],
        test=parts["test"],
    )
