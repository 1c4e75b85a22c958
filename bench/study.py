"""What is to be run, written down and hashed before the first trial."""

import hashlib
import json
import tomllib
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal, get_args

from bench.errors import StudyError, did_you_mean
from bench.scoring import METRICS

Budget = Literal["quick", "standard", "full"]
BUDGETS: tuple[Budget, ...] = get_args(Budget)


@dataclass(frozen=True)
class Study:
    """A protocol: it fixes everything that could be chosen after seeing the results.

    Attributes:
        datasets: names, sorted.
        methods: names, sorted.
        seeds: random states; methods without randomness run once.
        folds: 0 for the data sets' own (or an automatic 60/20/20) split, else the number of
            folds of grouped, stratified cross-validation.
        size: pixels per side, or None for each data set's own default.
        fractions: shares of the training part to train on (a learning curve), usually (1.0,).
        budget: what every method of both families may spend: "quick", "standard" or "full".
        metric: the primary metric.
        margin: the smallest difference of the primary metric that matters.
        alpha: the error rate of the tests; intervals cover 1 - alpha.
        split_seed: random state of automatic splits and folds.

    Raises:
        StudyError: if a value is out of its range.
    """

    datasets: tuple[str, ...]
    methods: tuple[str, ...]
    seeds: tuple[int, ...] = (0, 1, 2)
    folds: int = 0
    size: int | None = None
    fractions: tuple[float, ...] = (1.0,)
    budget: Budget = "standard"
    metric: str = "auc"
    margin: float = 0.02
    alpha: float = 0.05
    split_seed: int = 0

    def __post_init__(self) -> None:
        for name in ("datasets", "methods", "seeds", "fractions"):
            object.__setattr__(self, name, tuple(sorted(set(getattr(self, name)))))
        problem = _first_problem(self)
        if problem:
            raise StudyError(problem)

    def as_json(self) -> dict[str, Any]:
        """The canonical form: JSON-able, the same for the same protocol."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}

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
        try:
            values: dict[str, Any] = {"datasets": (), "methods": ()}
            values |= {k: tuple(v) if isinstance(v, list) else v for k, v in data.items()}
            return cls(**values)
        except TypeError as error:
            raise StudyError(f"{where}: a value has the wrong type ({error}).") from None
        except StudyError as error:
            raise StudyError(f"{where}: {error}") from None

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


def read_study(path: Path) -> dict[str, Any]:
    """The table of a TOML study file, under `[study]` or at top level, not yet checked.

    Raises:
        StudyError: if the file is missing or is not TOML.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise StudyError(f"Study file {path}: cannot be read ({error}).") from None
    except tomllib.TOMLDecodeError as error:
        raise StudyError(f"Study file {path}: not valid TOML ({error}).") from None
    study = table.get("study", table)
    if not isinstance(study, dict):
        raise StudyError(f"Study file {path}: 'study' must be a table: [study].")
    return study


def _first_problem(study: Study) -> str:
    def integers(values: tuple[Any, ...]) -> bool:
        return all(isinstance(v, int) and not isinstance(v, bool) for v in values)

    def number(value: object) -> bool:
        return isinstance(value, int | float) and not isinstance(value, bool)

    if not all(isinstance(name, str) for name in study.datasets + study.methods):
        return "datasets and methods must be lists of names."
    if not study.seeds or not integers(study.seeds) or min(study.seeds) < 0:
        return f"seeds must be whole numbers from 0, at least one; got {list(study.seeds)}."
    if max(study.seeds) >= 2**32:
        return f"seeds must be below 2**32; got {max(study.seeds)}."
    if not integers((study.folds, study.split_seed)) or study.folds < 0 or study.folds == 1:
        return f"folds must be 0 (one split) or at least 2; got {study.folds}."
    if study.size is not None and (not integers((study.size,)) or not 8 <= study.size <= 1024):
        return f"size must be 8 to 1024 px; got {study.size}."
    if not study.fractions or not all(number(f) and 0 < f <= 1 for f in study.fractions):
        return f"fractions must lie in (0, 1]; got {list(study.fractions)}."
    if study.budget not in BUDGETS:
        return f"unknown budget {study.budget!r}. {did_you_mean(str(study.budget), BUDGETS)}"
    if study.metric not in METRICS:
        return f"unknown metric {study.metric!r}. {did_you_mean(str(study.metric), METRICS)}"
    if not number(study.margin) or not 0 < study.margin < 0.5:
        return f"margin must lie between 0 and 0.5; got {study.margin}."
    if not number(study.alpha) or not 0 < study.alpha < 0.5:
        return f"alpha must lie between 0 and 0.5; got {study.alpha}."
    return ""
