"""The parameters of a `NetworkSegmenter`, as what a training is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class SegmentationSettings:
    """How a segmentation network is to be built and trained.

    Attributes:
        architecture, ..., random_state: the parameters of
            `deep.segmentation.segmenter.NetworkSegmenter`, which says what each means.
    """

    architecture: str
    encoder: str
    input_size: int | Literal["auto", "native"]
    patch_size: int
    pretrained: bool | Literal["auto"] | str
    epochs: int | Literal["auto"]
    batch_size: int
    learning_rate: float | Literal["auto"]
    weight_decay: float
    dice_share: float
    presence_weight: float
    average_decay: float
    augment: str
    test_time_augmentation: bool
    held_out: float
    precision: str
    device: str
    budget: str
    progress_file: str | None
    random_state: Any
