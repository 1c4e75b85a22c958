"""What is stored: every field of it, in one place.

These types cross from the engine to the report through the results folder. All of them are plain
data: `as_json` and `from_json` turn each into a JSON object and back, except `Predictions`,
`Activations` and `Thumbnails`, which are Parquet tables.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

SCHEMA = 1
"""Version of everything on disk. A results folder of another version is refused."""

Family = Literal["classical", "deep", "hybrid", "control"]
FAMILIES: tuple[Family, ...] = ("classical", "deep", "hybrid", "control")

Status = Literal["ok", "failed", "timeout", "out-of-memory", "unavailable"]


class _Json:
    """To and from a JSON object, field by field."""

    def as_json(self) -> dict[str, Any]:
        """The object as JSON-able dictionaries and lists."""
        return dataclasses.asdict(self)  # type: ignore[call-overload,no-any-return]

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The object that `as_json` described; lists come back as tuples.

        Raises:
            KeyError: if a field without a default is missing.
        """
        values = {}
        for item in dataclasses.fields(cls):  # type: ignore[arg-type]
            if item.name in data:
                value = data[item.name]
                values[item.name] = tuple(value) if isinstance(value, list) else value
            elif item.default is item.default_factory is dataclasses.MISSING:
                raise KeyError(item.name)
        return cls(**values)


@dataclass(frozen=True, order=True)
class Trial(_Json):
    """One method on one data set with one seed: the unit of work and of storage.

    Attributes:
        dataset: name of the data set.
        method: name of the method.
        seed: the random state, or None for a method that has none (it runs once).
        fold: which fold is the test part, from 0; None where the data set's one split is used.
        fraction: share of the training part that is used, 1.0 for all of it.
    """

    dataset: str
    method: str
    seed: int | None = None
    fold: int | None = None
    fraction: float = 1.0

    @property
    def key(self) -> str:
        """Stable, readable name among the trials of one method on one data set.

        >>> Trial("busi", "svm").key
        'once'
        >>> Trial("busi", "resnet18", seed=2, fold=0, fraction=0.5).key
        'seed-2_fold-0_train-0.5'
        """
        parts = ["once" if self.seed is None else f"seed-{self.seed}"]
        if self.fold is not None:
            parts.append(f"fold-{self.fold}")
        if self.fraction != 1.0:
            parts.append(f"train-{self.fraction:g}")
        return "_".join(parts)

    def __str__(self) -> str:
        return f"{self.method} on {self.dataset} ({self.key})"


@dataclass(frozen=True)
class MethodCard(_Json):
    """What the report says of a method.

    Attributes:
        name: as used on the command line.
        family: "classical", "deep", "hybrid" or "control".
        summary: the first line of its docstring.
        distribution: the installed package it came from, or the file of a single-file plugin.
        version: of that package, or a digest of that file's content.
    """

    name: str
    family: Family
    summary: str
    distribution: str
    version: str


@dataclass(frozen=True)
class WeightsUsed(_Json):
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
class Environment(_Json):
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


@dataclass(frozen=True, eq=False)
class Predictions:
    """Class probabilities of the validation and the test cases.

    Attributes:
        case_ids: `(n,)` strings.
        split: `(n,)` "val" or "test".
        labels: `(n,)` int64, the truth.
        groups: `(n,)` patient ids as strings, or None.
        probabilities: `(n, k)` float64, rows sum to 1.
    """

    case_ids: NDArray[np.str_]
    split: NDArray[np.str_]
    labels: NDArray[np.int64]
    groups: NDArray[np.str_] | None
    probabilities: NDArray[np.float64]

    def part(self, split: Literal["val", "test"]) -> "Predictions":
        """Only the validation or only the test cases, in stored order."""
        rows = self.split == split
        groups = None if self.groups is None else self.groups[rows]
        return Predictions(
            self.case_ids[rows],
            self.split[rows],
            self.labels[rows],
            groups,
            self.probabilities[rows],
        )


@dataclass(frozen=True, eq=False)
class Activations:
    """Where in some test images a network sees what speaks for a class.

    Attributes:
        case_ids: `(n,)` strings.
        targets: `(n,)` int64, the class that each map is of.
        grids: `(n, gh, gw)` uint8 over the whole of an image, from 0 to 255 where the image's map
            is highest.
    """

    case_ids: NDArray[np.str_]
    targets: NDArray[np.int64]
    grids: NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Thumbnails:
    """Small pictures of test images.

    Attributes:
        case_ids: `(n,)` strings.
        pngs: a PNG file for each.
    """

    case_ids: NDArray[np.str_]
    pngs: tuple[bytes, ...]


@dataclass(frozen=True)
class Tried(_Json):
    """One configuration that a method was tried with before one was chosen.

    Attributes:
        changes: parameter → value, of those that differ from the declared ones by being drawn from
            the method's search space; empty for the declared parameters.
        score: the study's metric on the validation cases, None where it has none or it failed.
        seconds: of training and predicting the validation cases.
        error: why it failed, "" if it did not.
        chosen: whether the run's predictions are of this one.
    """

    changes: dict[str, Any]
    score: float | None
    seconds: float
    error: str = ""
    chosen: bool = False


@dataclass(frozen=True, eq=False)
class Run(_Json):
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
            it is shuffled, as `build.importance` says; empty where a method says nothing.
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
        warm_up_seconds: the part of it that imported and compiled what the worker's next trial of
            the method finds ready.
        n_train, n_predicted: number of images.
        peak_memory: highest resident memory of the worker during the trial, bytes.
        model_size: size of the fitted estimator when serialised, bytes.
        environment: where it ran.
        started: UTC, ISO 8601.
        predictions: None unless status is "ok".
        activations: None where the method has none to show, or was not asked; see
            `Store.activations` for stored ones.
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

    @property
    def chosen(self) -> Tried | None:
        """The configuration that makes the predictions; None where none was tried."""
        return next((tried for tried in self.tuning if tried.chosen), None)

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
        del shallow["predictions"], shallow["activations"]
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


@dataclass(frozen=True)
class PartCard(_Json):
    """One part of a data set in numbers.

    Attributes:
        cases: number of images.
        groups: number of patients, or None where they are not known.
        per_class: number of images of each class.
    """

    cases: int
    groups: int | None
    per_class: tuple[int, ...]


Level = Literal["fine", "note", "serious"]


@dataclass(frozen=True)
class CheckFinding(_Json):
    """What one check of a data set found.

    Attributes:
        check: stable name of the check, for example "near-duplicates".
        title: of the check, a few words.
        level: "fine", "note" (to be looked at) or "serious" (results would not be worth much).
        text: what was found, one sentence or two, with its numbers.
        advice: what to do about it; "" where there is nothing to do.
        examples: some of the cases concerned, in words.
        values: the numbers of the text by name.
    """

    check: str
    title: str
    level: Level
    text: str
    advice: str = ""
    examples: tuple[str, ...] = ()
    values: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class DatasetCard(_Json):
    """What the report says of a data set.

    Attributes:
        name, class_names, positive: as in `bench.data.dataset.Dataset`.
        image_shape: (h, w, c) as the methods saw it; an even c includes the lesion mask.
        parts: numbers of "train", "val" and "test".
        fingerprint: of the content.
        source, licence, citation, split, checksum, preprocessing, generated, origin: provenance.
        duplicates_across_parts: how many val and test images have an identical twin in train, or
            test images in val.
        near_duplicates: ids of the test cases with a near twin, mirrored or not, in train or val
            (with folds: in another fold); None where they were not searched for.
        shares_images_with: names of the other data sets of the study that show some of the same
            photographs, whatever their size: all of them are one source.
        known_answer: what is true of a generated set, or "".
        ideal_auc: AUC of the ideal observer, or None.
        samples: per class a few training images, each as a base64 PNG.
        ideal_scores: test case id → score of the ideal observer; empty where there is none.
        checked: what the checks of `bench data check` found, in their order; None where they were
            not made.
    """

    name: str
    class_names: tuple[str, ...]
    positive: int | None
    image_shape: tuple[int, ...]
    parts: dict[str, PartCard]
    fingerprint: str
    source: str
    licence: str
    citation: str
    split: str
    checksum: str
    preprocessing: tuple[str, ...] = ()
    duplicates_across_parts: int = 0
    near_duplicates: tuple[str, ...] | None = None
    known_answer: str = ""
    ideal_auc: float | None = None
    samples: dict[str, list[str]] = field(default_factory=dict)
    ideal_scores: dict[str, float] = field(default_factory=dict)
    checked: tuple[CheckFinding, ...] | None = None
    generated: bool = False
    origin: str = ""
    shares_images_with: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The card that `as_json` described."""
        parts = {name: PartCard.from_json(part) for name, part in data["parts"].items()}
        found = data.get("checked")
        checked = None if found is None else tuple(map(CheckFinding.from_json, found))
        return super().from_json({**data, "parts": parts, "checked": checked})
