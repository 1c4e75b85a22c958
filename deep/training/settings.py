"""The parameters of a `TimmClassifier`, as what a training is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from deep.networks.network import Stem


@dataclass(frozen=True)
class TrainingSettings:
    """How a network is to be built and trained.

    Attributes:
        architecture, ..., random_state: the parameters of `deep.classifier.TimmClassifier`, which
            says what each means.
    """

    architecture: str
    input_size: int | Literal["auto"]
    stem: Stem | Literal["auto"]
    pretrained: bool | Literal["auto"] | str
    linear_probe: bool
    epochs: int | Literal["auto"]
    epoch_share: float
    batch_size: int
    learning_rate: float | Literal["auto"]
    weight_decay: float | Literal["auto"]
    label_smoothing: float
    optimiser: str
    schedule: str
    warm_up: float
    clip_norm: float | None
    average_decay: float
    class_balance: float
    balance_by: str
    augment: str
    test_time_augmentation: bool
    precision: str
    acceleration: str
    resident_limit: int | None
    device: str
    budget: str
    cache_folder: str | None
    progress_file: str | None
    random_state: Any
