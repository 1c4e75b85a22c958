"""What is worth tuning of the deep methods and hybrids: parameter → values.

Each has a hundred configurations or more, as the classical methods have, but for a linear machine
on features that are given. How long a network trains is not tuned: the budget says so for all.
"""

from typing import Any

Space = dict[str, list[Any]]

_OF_EVERY_NETWORK: Space = {
    "weight_decay": [0.005, 0.05, 0.2],
    "label_smoothing": [0.0, 0.1, 0.2],
    "average_decay": [0.0, 0.98],
    "class_balance": [0.0, 0.5, 1.0],
}

AUGMENT = [
    "none",
    "flips",
    "standard",
    "strong",
    "cutout",
    "ultrasound",
    "chest-x-ray",
    "microscopy",
]
"""Presets of `deep.training.augmentation` that differ in what they change."""

WITHOUT_AUGMENTATION: Space = {"learning_rate": [1e-3, 2e-3, 3e-3, 6e-3, 1e-2], **_OF_EVERY_NETWORK}
"""Of a network from scratch that sees the images as they are."""

FROM_SCRATCH: Space = {**WITHOUT_AUGMENTATION, "augment": AUGMENT}

FINE_TUNED: Space = {
    "learning_rate": [1e-4, 2e-4, 5e-4, 1e-3, 3e-3],
    **_OF_EVERY_NETWORK,
    "augment": AUGMENT,
}
"""Of a network with pretrained weights, or from scratch where they cannot be had."""

LINEAR_PROBE: Space = {
    "classifier__C": [3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1.0, 3.0],
    "classifier__components": [16, 32, 48, 64, 96, 128, 192, 256, 384, 512],
}
"""Of logistic regression on what a frozen network sees, which otherwise chooses C itself."""

EMBEDDING_DISTANCE: Space = {
    "classifier__detector__neighbours": [1, 2, 3, 5, 7, 10, 15, 20, 30, 50],
}

EMBEDDING_SVM: Space = {
    "svm__C": [1e-5, 3e-5, 1e-4, 2e-4, 3e-4, 6e-4, 1e-3, 2e-3, 3e-3, 6e-3, 1e-2, 3e-2, 1e-1],
}

EMBEDDING_TREES: Space = {
    "trees__learning_rate": [0.01, 0.03, 0.1],
    "trees__max_depth": [2, 3, 4, 6],
    "trees__min_child_weight": [1.0, 3.0, 10.0],
    "trees__reg_lambda": [0.3, 1.0, 3.0, 10.0],
    "trees__colsample_bytree": [0.1, 0.3, 0.6],
}

FUSION_SVM: Space = {
    **EMBEDDING_SVM,
    "scale__limit": [1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 6.0, 10.0],
}

SEGMENTATION: Space = {
    "learning_rate": [5e-4, 1e-3, 2e-3, 5e-3, 1e-2],
    "weight_decay": [0.005, 0.05, 0.2],
    "dice_share": [0.25, 0.5, 0.75],
    "average_decay": [0.0, 0.98],
    "augment": [*AUGMENT, "photometric"],
}
"""Of a network that tells the class of every pixel."""


def nested(space: Space, name: str) -> Space:
    """The space of an estimator that is the parameter `name` of another one."""
    return {f"{name}__{parameter}": values for parameter, values in space.items()}
