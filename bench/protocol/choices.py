"""The words that a study chooses among, and the largest numbers that it may ask for."""

from typing import Literal, get_args

Budget = Literal["quick", "standard", "full"]
BUDGETS: tuple[Budget, ...] = get_args(Budget)

Task = Literal["classification", "segmentation"]
TASKS: tuple[Task, ...] = get_args(Task)

Masks = Literal["truth", "none", "classical", "deep"]
MASKS: tuple[Masks, ...] = get_args(Masks)
"""Where lesion masks come from: the data set's own, no mask at all, or those of the best segmenter
of a side, each from segmenters that were not trained on its image."""

RANDOM_CORRUPTIONS = frozenset(
    (
        "gaussian-noise",
        "shot-noise",
        "impulse-noise",
        "speckle-noise",
        "speckle",
        "motion-blur",
        "bias-field",
        "ringing",
        "ghosting",
        "motion-artefact",
        "bubbles",
        "stain-deposits",
        "characters",
    )
)
"""Those of the corruptions of `bench.data.corruptions` that draw something for each image."""

SEGMENTATION_METRICS = ("dice",)
"""Primary metrics of a segmentation study."""

MOST_RESAMPLED = 1000
"""Bootstrap samples of the training part, and draws of the folds, that a study may ask for."""

MOST_SEEDS = 10_000
"""Seeds that a study may ask for."""

MOST_TUNED = 1000
"""Configurations that a method may be tried with; of more, validation would choose by its noise."""
