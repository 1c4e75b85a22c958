"""What is to be run, written down and hashed before the first trial."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from bench.protocol.choices import (
    BUDGETS,
    MASKS,
    MOST_RESAMPLED,
    MOST_SEEDS,
    MOST_TUNED,
    SEGMENTATION_METRICS,
    TASKS,
    Budget,
    Masks,
    Task,
)
from bench.protocol.claim import Claim, is_number
from bench.protocol.errors import StudyError, did_you_mean
from bench.protocol.metadata import problem_of_name
from bench.protocol.plain_values import each_once, make_plain, plain, refusing_unknown
from bench.protocol.preprocessing import RESIZES, Resize, in_order
from bench.protocol.scoring import MEASURES, METRICS
from bench.protocol.subgroups import Subgroups

_TRANSPORT_LISTS = ("external", "subgroups", "corrupt")
_NUMBERS = ("folds", "size", "margin", "alpha", "split_seed", "tune", "resample", "repeats")
_NAMES = ("datasets", "methods", "preprocess", "positive", "masks", *_TRANSPORT_LISTS)
_LISTS: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(_NAMES, str),
    "seeds": str,
    **dict.fromkeys(("fractions", "sizes"), (int, float, str)),
    "claims": Claim,
}
"""Lists, and of which type a single value is that stands for itself."""


@refusing_unknown
@dataclass(frozen=True)
class Study:
    """A protocol: it fixes everything that could be chosen after seeing the results.

    Attributes:
        datasets: names, sorted; () before it is known which there are.
        methods: names, sorted; likewise.
        seeds: random states, or a number N for 0 to N − 1; methods without randomness run once.
        folds: 0 for the data sets' own (or an automatic 60/20/20) split, else the number of
            folds of grouped, stratified cross-validation.
        size: pixels per side, or None for each data set's own default.
        fractions: shares of the training part to train on (a learning curve), usually (1.0,).
        budget: what every method of both families may spend: "quick", "standard" or "full".
        metric: the primary metric, which is "auc": champions are chosen and verdicts given by it.
            Claims may be about others. Of segmentation it is "dice".
        margin: the smallest difference of the primary metric that matters.
        alpha: the error rate of the tests; intervals cover 1 - alpha.
        split_seed: random state of automatic splits and folds.
        resize: how images of a folder reach their size: "letterbox", "squash" or "crop".
        preprocess: steps that all images go through, see `bench.protocol.preprocessing`, in the
            order in which they are taken.
        claims: what is to be judged beside the primary claim, sorted by name.
        positive: names of classes that are to be found, in data sets of two classes that have them;
            elsewhere it is inferred from the names, see `bench.data.positive.positive_class`.
        tune: configurations that every method with a search space is tried with, its declared
            parameters among them, of which the best on validation is taken; 0 for the declared
            parameters alone.
        resample: bootstrap samples of the training part on which every method is trained, too, so
            that the luck of the training set is known; 0 for none.
        repeats: how often the folds are drawn anew.
        sizes: sides in pixels at which every method is run, `size` among them, which is the largest
            where it is not said; () for `size` alone. Verdicts are about `size`.
        external: names of further test parts, from other places than the training images; their
            folders are no part of the protocol.
        leave_out: a column of the metadata of which each value once is the external part, while the
            other cases are split; "" for none.
        subgroups: in which the sides are compared too, each as "COLUMN" or "COLUMN:LIMIT,LIMIT",
            see `bench.protocol.subgroups`.
        corrupt: kinds of corruption of the test images that fitted methods predict, too; "all" for
            those that suit the data set.
        one_class: the class that methods are trained on alone, "" for all.
        task: "classification" of whole images, or "segmentation" of their pixels.
        masks: of `MASKS`, those that every method is run with, "truth" among them; () for the data
            set's own alone. Verdicts are about "truth".

    Raises:
        StudyError: if a value is out of its range.
    """

    datasets: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    seeds: tuple[int, ...] = (0, 1, 2)
    folds: int = 0
    size: int | None = None
    fractions: tuple[float, ...] = (1.0,)
    budget: Budget = "standard"
    metric: str = "auc"
    margin: float = 0.02
    alpha: float = 0.05
    split_seed: int = 0
    claims: tuple[Claim, ...] = ()
    resize: Resize = "letterbox"
    preprocess: tuple[str, ...] = ()
    positive: tuple[str, ...] = ()
    tune: int = 0
    resample: int = 0
    repeats: int = 1
    sizes: tuple[int, ...] = ()
    external: tuple[str, ...] = ()
    leave_out: str = ""
    subgroups: tuple[str, ...] = ()
    corrupt: tuple[str, ...] = ()
    one_class: str = ""
    task: Task = "classification"
    masks: tuple[Masks, ...] = ()

    def __post_init__(self) -> None:
        seeds = plain(self.seeds)
        if isinstance(seeds, float):
            raise StudyError(f"seeds must be a whole number or a list of them; got {seeds}.")
        if isinstance(seeds, int) and not isinstance(seeds, bool):
            if seeds < 1:
                raise StudyError(f"seeds must be at least 1, or a list from 0; got {seeds}.")
            if seeds > MOST_SEEDS:
                raise StudyError(f"seeds {seeds}: more than {MOST_SEEDS:,} are too many.")
            object.__setattr__(self, "seeds", tuple(range(seeds)))
        make_plain(self, _NUMBERS, ("budget", "metric", "resize", "task"), _LISTS)
        if not all(isinstance(name, str) for name in self.positive):
            raise StudyError("positive must be the name of a class, in quotes, or a list of names.")
        for name in _TRANSPORT_LISTS:
            if not all(isinstance(value, str) for value in getattr(self, name)):
                raise StudyError(f"{name} must be a list of names, in quotes.")
        lists = ("datasets", "methods", "seeds", "fractions", "positive", "sizes")
        for name in (*lists, *_TRANSPORT_LISTS):
            object.__setattr__(self, name, each_once(name, getattr(self, name)))
        if not all(isinstance(claim, Claim) for claim in self.claims):
            raise StudyError("claims must be a list of claims, as bench.Claim makes them.")
        object.__setattr__(self, "claims", tuple(sorted(self.claims, key=lambda c: c.name)))
        if self.task == "segmentation" and self.metric == "auc":
            object.__setattr__(self, "metric", SEGMENTATION_METRICS[0])
        problem = _first_problem(self)
        if problem:
            raise StudyError(problem)
        object.__setattr__(self, "preprocess", in_order(self.preprocess))
        if self.sizes:
            size = self.size or self.sizes[-1]
            object.__setattr__(self, "size", size)
            object.__setattr__(self, "sizes", tuple(sorted({*self.sizes, size})))
        if self.masks:
            asked = {"truth", *self.masks}
            object.__setattr__(self, "masks", tuple(one for one in MASKS if one in asked))

    def as_json(self) -> dict[str, Any]:
        """The canonical form: JSON-able, the same for the same protocol.

        A study without claims, preprocessing, named positive classes, tuning, resampling, repeats,
        several sizes, a resizing policy of its own, external parts, subgroups, corruptions, one
        class alone or other masks does not mention them, and one of classification no task.
        """
        table = {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}
        unsaid = ("claims", "preprocess", "positive", "tune", "resample", "sizes")
        for name in (*unsaid, *_TRANSPORT_LISTS, "leave_out", "one_class", "masks"):
            if not table[name]:
                del table[name]
        if self.repeats == 1:
            del table["repeats"]
        if self.resize == "letterbox":
            del table["resize"]
        if self.task == "classification":
            del table["task"]
        return table

    @classmethod
    def from_json(cls, data: dict[str, Any], where: str = "study") -> "Study":
        """The study that a JSON or TOML table describes.

        Raises:
            StudyError: on an unknown key, a wrong type or a value out of range.
        """
        known = {f.name for f in fields(cls)}
        for key in data:
            if key not in known:
                raise StudyError(f"{where}: unknown key {key!r}. {did_you_mean(key, known)}")
        for key in ("datasets", "methods"):
            names = data.get(key, [])
            if not isinstance(names, list | tuple) or not all(isinstance(n, str) for n in names):
                raise StudyError(f'{where}: {key} must be a list of names, such as ["svm"].')
        try:
            values: dict[str, Any] = {"datasets": (), "methods": ()}
            values |= {k: tuple(v) if isinstance(v, list) else v for k, v in data.items()}
            if isinstance(values.get("external"), Mapping):  # with the folder of each
                values["external"] = tuple(values["external"])
            values["claims"] = tuple(map(Claim.from_json, values.get("claims", ())))
            return cls(**values)
        except TypeError as error:
            raise StudyError(f"{where}: a value has the wrong type ({error}).") from None
        except StudyError as error:
            raise StudyError(f"{where}: {error}") from None

    @property
    def other_sizes(self) -> tuple[int, ...]:
        """Those of the sizes that the verdicts are not about."""
        return tuple(side for side in self.sizes if side != self.size)

    @property
    def other_masks(self) -> tuple[Masks, ...]:
        """Those of the masks that the verdicts are not about."""
        return tuple(one for one in self.masks if one != "truth")

    @property
    def predicted_masks(self) -> tuple[Masks, ...]:
        """Those of the masks that a segmenter has to make."""
        return tuple(one for one in self.masks if one in ("classical", "deep"))

    @property
    def hash(self) -> str:
        """Twelve hex digits of the canonical form.

        >>> Study(("b", "a"), ("svm",)).hash == Study(("a", "b"), ("svm",)).hash
        True
        """
        text = json.dumps(self.as_json(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def with_names(self, datasets: tuple[str, ...], methods: tuple[str, ...]) -> "Study":
        """The same protocol for these data sets and methods."""
        return replace(self, datasets=datasets, methods=methods)


def _outside(name: str, value: object) -> str:
    quoted = " Write it without quotes." if isinstance(value, str) else ""
    return f"{name} must lie between 0 and 0.5; got {value!r}.{quoted}"


def _first_problem(study: Study) -> str:
    def integers(values: tuple[Any, ...]) -> bool:
        return all(isinstance(v, int) and not isinstance(v, bool) for v in values)

    if not all(isinstance(name, str) for name in study.datasets + study.methods):
        return "datasets and methods must be lists of names."
    if not study.seeds or not integers(study.seeds) or min(study.seeds) < 0:
        return f"seeds must be whole numbers from 0, at least one; got {list(study.seeds)}."
    if max(study.seeds) >= 2**32:
        return f"seeds must be below 2**32; got {max(study.seeds)}."
    if not integers((study.folds, study.split_seed)) or study.folds < 0 or study.folds == 1:
        return f"folds must be 0 (one split) or at least 2; got {study.folds!r}."
    if not integers((study.tune,)) or not (study.tune == 0 or 2 <= study.tune <= MOST_TUNED):
        return (
            f"tune must be 0 (declared parameters) or 2 to {MOST_TUNED:,} configurations; "
            f"got {study.tune!r}."
        )
    if not integers((study.resample,)) or not (
        study.resample == 0 or 2 <= study.resample <= MOST_RESAMPLED
    ):
        return (
            f"resample must be 0 (the training part as it is) or 2 to {MOST_RESAMPLED:,} bootstrap "
            f"samples; got {study.resample!r}."
        )
    if not integers((study.repeats,)) or not 1 <= study.repeats <= MOST_RESAMPLED:
        return f"repeats must be 1 to {MOST_RESAMPLED:,} draws of the folds; got {study.repeats!r}."
    if study.repeats > 1 and not study.folds:
        return (
            f"repeats {study.repeats} draws the folds of cross-validation anew, and there are "
            "none; say how many with --folds K."
        )
    if study.size is not None and (not integers((study.size,)) or not 8 <= study.size <= 1024):
        return f"size must be 8 to 1024 px; got {study.size!r}."
    if not integers(study.sizes) or not all(8 <= side <= 1024 for side in study.sizes):
        return f"sizes must be sides of 8 to 1024 px; got {list(study.sizes)}."
    if study.sizes and len({*study.sizes, study.size or study.sizes[-1]}) == 1:
        return f"sizes must be at least two sides; for {study.sizes[0]} px alone use size."
    if not study.fractions or not all(is_number(f) and 0 < f <= 1 for f in study.fractions):
        return f"fractions must lie in (0, 1]; got {list(study.fractions)}."
    if study.resize not in RESIZES:
        return f"unknown resize {study.resize!r}. {did_you_mean(str(study.resize), RESIZES)}"
    if not all(isinstance(step, str) for step in study.preprocess):
        return "preprocess must be a list of names."
    if study.budget not in BUDGETS:
        return f"unknown budget {study.budget!r}. {did_you_mean(str(study.budget), BUDGETS)}"
    if study.task not in TASKS:
        return f"unknown task {study.task!r}. {did_you_mean(str(study.task), TASKS)}"
    if study.task == "segmentation" and (problem := _not_of_segmentation(study)):
        return problem
    if study.task == "classification" and study.metric not in METRICS:
        if study.metric in MEASURES:
            return (
                f"{study.metric!r} cannot be the primary metric, which is AUC; a [[claim]] can be "
                "about it."
            )
        return f"unknown metric {study.metric!r}. {did_you_mean(str(study.metric), METRICS)}"
    if not is_number(study.margin) or not 0 < study.margin < 0.5:
        return _outside("margin", study.margin)
    if not is_number(study.alpha) or not 0 < study.alpha < 0.5:
        return _outside("alpha", study.alpha)
    if problem := _transport_problem(study) or _masks_problem(study):
        return problem
    names = [claim.name for claim in study.claims]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        return f"two claims are called {twice[0]!r}."
    return ""


def _transport_problem(study: Study) -> str:
    """What is wrong with external parts, subgroups, corruptions or the one class."""
    for name in study.external:
        if problem := problem_of_name(name):
            return f"external {name!r}: {problem}."
    for name in ("leave_out", "one_class"):
        value = getattr(study, name)
        if not isinstance(value, str) or value != value.strip():
            return f"{name} must be a name in quotes; got {value!r}."
    if study.one_class and study.positive:
        return (
            "one_class and positive exclude each other: beside the one class, all others together "
            "are to be found."
        )
    try:
        columns = [Subgroups.parse(text).column for text in study.subgroups]
    except StudyError as error:
        return str(error)
    twice = sorted({column for column in columns if columns.count(column) > 1})
    return f"two subgroups are by {twice[0]!r}." if twice else ""


def _masks_problem(study: Study) -> str:
    """What is wrong with the masks that are asked for."""
    for one in study.masks:
        if not isinstance(one, str) or one not in MASKS:
            return f"unknown masks {one!r}. {did_you_mean(str(one), MASKS)}"
    if not study.masks:
        return ""
    if set(study.masks) == {"truth"}:
        return "masks must be more than 'truth', which are the data set's own."
    for name in ("external", "leave_out", "one_class"):
        if getattr(study, name):
            return (
                f"masks and {name} exclude each other: masks are predicted for the cases of train, "
                "validation and test alone."
            )
    if study.predicted_masks and "crop-to-mask" in study.preprocess:
        return "preprocess 'crop-to-mask' would show a segmentation method where the lesion is."
    return ""


def _not_of_segmentation(study: Study) -> str:
    """What a study of segmentation asks for and cannot have."""
    if study.positive:
        return f"positive {study.positive[0]!r}: a segmentation study has no positive class."
    if study.claims:
        return (
            f"claim {study.claims[0].name!r}: claims are about classification; of a segmentation "
            "study the primary comparison is judged."
        )
    if study.masks:
        return "masks are what a segmentation study predicts; they belong to one of classification."
    if study.external:
        return (
            "external folders are not known of segmentation. A manifest.csv can say "
            "external:NAME of an image in its column split, and leave_out tests at other sites."
        )
    for name in ("corrupt", "one_class"):
        if getattr(study, name):
            return f"{name} is not known of segmentation. Leave it out."
    if "crop-to-mask" in study.preprocess:
        return "preprocess 'crop-to-mask' would show a segmentation method where the lesion is."
    if study.metric not in SEGMENTATION_METRICS:
        known = did_you_mean(str(study.metric), SEGMENTATION_METRICS)
        return f"unknown metric {study.metric!r} of segmentation. {known}"
    return ""
