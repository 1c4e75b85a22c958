"""What is stored of a trial: every field of it.

Together with `bench.protocol.cards` and `bench.protocol.predictions` these types cross from the
engine to the report through the results folder. `as_json` and `from_json` turn each into a JSON
object and back, except the tables of `bench.protocol.predictions`.
"""

import dataclasses
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from bench.protocol.cards import MethodCard
from bench.protocol.choices import RANDOM_CORRUPTIONS
from bench.protocol.json_record import JsonRecord
from bench.protocol.label_maps import LabelMaps
from bench.protocol.predictions import Activations, CorruptedPredictions, Predictions

SCHEMA = 2
"""Version of everything on disk. An earlier one is read by `bench.results.migration`."""

Status = Literal["ok", "failed", "timeout", "out-of-memory", "unavailable"]


@dataclass(frozen=True, order=True)
class Trial(JsonRecord):
    """One method on one data set with one seed: the unit of work and of storage.

    Attributes:
        dataset: name of the data set.
        method: name of the method.
        seed: the random state, or None for a method that has none (it runs once).
        fold: which fold is the test part, from 0; None where the data set's one split is used.
        fraction: share of the training part that is used, 1.0 for all of it. The seed draws it.
        resample: which bootstrap sample of the training part it is trained on, from 0; None for the
            training part itself.
        repeat: which draw of the folds, from 0.
        size: side of the images in pixels where it is not that of the study's verdicts; 0 for that.
        masks: where the lesion masks come from, see `bench.protocol.choices.MASKS`; "" for the data
            set's own, which the verdicts are about.
    """

    dataset: str
    method: str
    seed: int | None = None
    fold: int | None = None
    fraction: float = 1.0
    resample: int | None = None
    repeat: int = 0
    size: int = 0
    masks: str = ""

    @property
    def on_other_images(self) -> bool:
        """Whether it sees other images than those of the study's verdicts."""
        return bool(self.size or self.masks)

    @property
    def seen(self) -> str:
        """What it sees of the content of its data set, in one word.

        >>> Trial("busi", "svm").seen, Trial("busi", "svm", fold=2, size=28).seen
        ('split', 'folds_size-28')
        """
        return "_".join(["split" if self.fold is None else "folds", *self._other_images])

    @property
    def _other_images(self) -> list[str]:
        size = [f"size-{self.size}"] if self.size else []
        return size + ([f"masks-{self.masks}"] if self.masks else [])

    @property
    def key(self) -> str:
        """Stable, readable name among the trials of one method on one data set.

        >>> Trial("busi", "svm").key
        'once'
        >>> Trial("busi", "resnet18", seed=2, fold=0, fraction=0.5).key
        'seed-2_fold-0_train-0.5'
        >>> Trial("busi", "svm", fold=1, resample=0, repeat=3).key
        'once_fold-1_resample-0_repeat-3'
        >>> Trial("busi", "svm", size=28).key
        'once_size-28'
        >>> Trial("busi", "svm", masks="deep").key
        'once_masks-deep'
        """
        parts = ["once" if self.seed is None else f"seed-{self.seed}"]
        if self.fold is not None:
            parts.append(f"fold-{self.fold}")
        if self.fraction != 1.0:
            parts.append(f"train-{self.fraction:g}")
        if self.resample is not None:
            parts.append(f"resample-{self.resample}")
        if self.repeat:
            parts.append(f"repeat-{self.repeat}")
        return "_".join(parts + self._other_images)

    def __str__(self) -> str:
        return f"{self.method} on {self.dataset} ({self.key})"


def is_drawn(trial: Trial, corrupt: Collection[str]) -> bool:
    """Whether a study's `split_seed` decides what a trial sees, on data whose fingerprint is known.

    It draws bootstrap samples of the training part, and what is random in corrupted test images.

    Args:
        trial: the trial.
        corrupt: kinds of corruption of its test images.

    >>> is_drawn(Trial("busi", "svm", resample=0), ()), is_drawn(Trial("busi", "svm"), ("jpeg",))
    (True, False)
    """
    return trial.resample is not None or not RANDOM_CORRUPTIONS.isdisjoint(corrupt)


@dataclass(frozen=True)
class WeightsUsed(JsonRecord):
    """Pretrained weights that a method started from.

    Attributes:
        name: architecture and tag, such as "resnet18.a1_in1k", or the name of a file.
        digest: SHA-256 of the file, hexadecimal.
        source: "hub cache", "hub", "file" or "package".
    """

    name: str
    digest: str
    source: str


@dataclass(frozen=True)
class Environment(JsonRecord):
    """Where a trial ran.

    Attributes:
        python: version of Python.
        platform: operating system and machine type.
        processor: name of the CPU.
        cores: number of cores of the machine.
        threads: threads that one trial was allowed.
        device: "cpu" or the name of the GPU.
        packages: versions of the packages that decide the result.
        commit: git commit of the working folder, or "".
    """

    python: str
    platform: str
    processor: str
    cores: int
    threads: int
    device: str
    packages: dict[str, str] = field(default_factory=dict)
    commit: str = ""


@dataclass(frozen=True)
class Tried(JsonRecord):
    """One configuration that a method was tried with before one was chosen.

    Attributes:
        changes: parameter → value, of those that differ from the declared ones by being drawn from
            the method's search space; empty for the declared parameters.
        score: the study's metric on the validation cases, None where it has none or it failed.
        seconds: of training and predicting the validation cases; of one that ended its process,
            until then.
        error: why it failed, "" if it did not.
        chosen: whether the run's predictions are of this one.
        status: "ok", or how it failed.
        cached_seconds: that others had spent on what its training found in the cache, on top of
            `seconds`.
        peak_memory: highest resident memory of the worker up to its end, bytes; None where it ended
            its process.
    """

    changes: dict[str, Any]
    score: float | None
    seconds: float
    error: str = ""
    chosen: bool = False
    status: Status = "ok"
    cached_seconds: float = 0.0
    peak_memory: int | None = None

    @property
    def changes_key(self) -> str:
        """The same text for the same changes."""
        return json.dumps(self.changes, sort_keys=True)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The configuration that `as_json` described."""
        told = super().from_json(data)
        if told.error and told.status == "ok":  # of a version that did not say how
            return dataclasses.replace(told, status="failed")
        return told


@dataclass(frozen=True, eq=False)
class Run(JsonRecord):
    """A trial and what came of it.

    Attributes:
        trial: what was run.
        method: the method's card.
        status: "ok", or why there are no predictions.
        error: one line for the report, "" if ok.
        traceback: the whole of it, "" if ok.
        parameters: every leaf parameter of the estimator before fitting, as declared by the
            method (before seed, device, budget and what tuning changed are set).
        tunable: whether the method says what is worth tuning.
        tune: how many configurations it was to be tried with, the study's number; 0 where it was
            not tuned, or has nothing to tune.
        tuning: what came of each, the declared parameters first; empty where it was not tuned.
        fit_info: what the estimator says of its fit (`fit_info_`), for example its training curve.
        importance: part of the description of an image → AUC lost on the validation cases where
            it is shuffled; empty where a method says nothing of it.
        importance_error, explanation_error: why the importance or the activation maps could not
            be had, one line; "" where they could, or were not asked for.
        weights: pretrained weights that the method started from, resolved once for the study; empty
            where it started from scratch. Part of the run's identity.
        data_fingerprint: of the data set as the trial saw it.
        budget: the study's budget, "quick", "standard" or "full".
        fit_seconds, predict_seconds: wall time that the method takes on its own; prediction is of
            all validation and test images. Of a tuned method the first is that of all
            configurations, what they share counted once, and the second that of the chosen one.
        cached_seconds: the part of both that other trials of the run, or other configurations,
            had spent already, on features or a network that was found in the cache.
        seconds: wall time of the whole trial in its worker, imports included; None where it was
            not noted.
        known_seconds: the part of it that another process spent, on configurations that were known
            when this one began; None where it was not noted.
        warm_up_seconds: the part of it that imported and compiled what the worker's next trial of
            the method finds ready.
        n_train, n_predicted: number of images.
        peak_memory: highest resident memory of the worker during the trial, bytes.
        model_size: size of the fitted estimator when serialised, bytes.
        environment: where it ran.
        started: UTC, ISO 8601.
        predictions: None unless status is "ok", and of segmentation.
        activations: None where the method has none to show, or was not asked; see
            `Store.activations` for stored ones.
        corrupted: None where the test images were not corrupted; see `Store.corrupted` for stored
            ones.
        corrupt: the kinds of corruption that `corrupted` is of.
        corrupted_seconds: wall time of predicting corrupted images, which is no part of
            `predict_seconds`; None where there are none. Images of external parts count in neither.
        corruption_error: why corrupted images could not be predicted, one line; "" where they
            could, or were not asked for.
        watts: mean power of the trial's process, measured while it trained and predicted; None
            where nothing tells it, see `bench.machine.power`.
        watts_by: by what it was measured, "RAPL" or "RAPL and NVML"; "" where it was not.
        label_maps: of segmentation, None unless status is "ok"; see `Store.label_maps` for stored
            ones.
        split_seed: the study's, where it decides what the trial sees, see `is_drawn`; else None.
    """

    trial: Trial
    method: MethodCard
    status: Status
    data_fingerprint: str
    budget: str
    environment: Environment
    started: str
    error: str = ""
    traceback: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)
    fit_info: dict[str, Any] = field(default_factory=dict)
    importance: dict[str, float] = field(default_factory=dict)
    fit_seconds: float | None = None
    predict_seconds: float | None = None
    cached_seconds: float = 0.0
    seconds: float | None = None
    warm_up_seconds: float = 0.0
    n_train: int | None = None
    n_predicted: int | None = None
    peak_memory: int | None = None
    model_size: int | None = None
    predictions: Predictions | None = None
    activations: Activations | None = None
    tunable: bool = False
    tune: int = 0
    tuning: tuple[Tried, ...] = ()
    importance_error: str = ""
    explanation_error: str = ""
    weights: tuple[WeightsUsed, ...] = ()
    corrupted: CorruptedPredictions | None = None
    corrupt: tuple[str, ...] = ()
    corrupted_seconds: float | None = None
    corruption_error: str = ""
    label_maps: LabelMaps | None = None
    watts: float | None = None
    watts_by: str = ""
    split_seed: int | None = None
    known_seconds: float | None = None

    @property
    def chosen(self) -> Tried | None:
        """The configuration that makes the predictions; None where none was tried."""
        return next((tried for tried in self.tuning if tried.chosen), None)

    def started_from(self, weights: tuple[WeightsUsed, ...]) -> bool:
        """Whether it started from weights of the same content, or as they from none."""
        if not self.weights and _told(self.fit_info, "weights"):
            return False  # of a version that did not say which
        return [w.digest for w in self.weights] == [w.digest for w in weights]

    @property
    def parameters_used(self) -> dict[str, Any]:
        """The declared parameters with the changes of the configuration that was chosen."""
        return self.parameters | (self.chosen.changes if self.chosen else {})

    @property
    def seconds_when_warm(self) -> float | None:
        """What another trial like it takes of a worker's time; None where it was not noted."""
        return None if self.seconds is None else self.seconds - self.warm_up_seconds

    def as_json(self) -> dict[str, Any]:
        """Everything but the tables, which are stored beside it."""
        shallow = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        for name in ("predictions", "activations", "corrupted", "label_maps"):
            del shallow[name]
        for name in ("trial", "method", "environment"):
            shallow[name] = shallow[name].as_json()
        shallow["tuning"] = [tried.as_json() for tried in self.tuning]
        shallow["weights"] = [weights.as_json() for weights in self.weights]
        return shallow

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The run without its predictions."""
        run = super().from_json(data)
        return dataclasses.replace(
            run,
            trial=Trial.from_json(data["trial"]),
            method=MethodCard.from_json(data["method"]),
            environment=Environment.from_json(data["environment"]),
            tuning=tuple(map(Tried.from_json, data.get("tuning", ()))),
            weights=tuple(map(WeightsUsed.from_json, data.get("weights", ()))),
        )


def _told(info: Mapping[str, Any], name: str) -> Any:
    """What a fit says under a name, or a step of it."""
    nested = (_told(part, name) for part in info.values() if isinstance(part, Mapping))
    return info.get(name) or next(filter(None, nested), None)
