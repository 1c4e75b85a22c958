"""What a tracker is told of a trial that has ended."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from bench.protocol.record import Run
from bench.protocol.study import Study

LONGEST = 500
"""Characters of one value; trackers refuse or cut longer ones."""


@dataclass(frozen=True)
class EndedTrial:
    """A trial that has ended, in a tracker's words.

    Attributes:
        name: of the trial, as "svm on busi (once)".
        study: hash of the study that it belongs to.
        parameters: what was run: data set, method, seed and so on, and the parameters of the
            estimator that were used, as "C" or "svc__C".
        metrics: name → finite number. Those that begin with "test/" are of the test part, by which
            nothing may be chosen.
        tags: status, error, and where its files lie.
        ok: whether it has predictions.
    """

    name: str
    study: str
    parameters: Mapping[str, str | int | float | bool]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]
    ok: bool


class Tracker(Protocol):
    """Where trials are logged."""

    def log(self, trial: EndedTrial) -> None:
        """Log a trial."""

    def close(self) -> None:
        """Write what is not written yet."""


def ended_trial(
    run: Run, study: Study, scores: Mapping[str, float | None], folder: str
) -> EndedTrial:
    """What is told of a run.

    Args:
        run: what came of the trial.
        study: of which it is.
        scores: "validation" and "test" → the study's metric on that part.
        folder: where its files lie.
    """
    trial = run.trial
    told: dict[str, Any] = {
        "dataset": trial.dataset,
        "method": trial.method,
        "family": run.method.family,
        "seed": trial.seed,
        "fold": trial.fold,
        "repeat": trial.repeat or None,
        "resample": trial.resample,
        "fraction": trial.fraction,
        "size": trial.size or None,
        "masks": trial.masks or None,
        "budget": run.budget,
        "device": run.environment.device,
    }
    own = {f"parameter/{name}": value for name, value in run.parameters_used.items()}
    metric = study.metric if study.task == "classification" else "mean-dice"
    numbers = {f"{part}/{metric}": value for part, value in scores.items()} | {
        "seconds/fit": run.fit_seconds,
        "seconds/predict": run.predict_seconds,
        "seconds/trial": run.seconds,
        "memory/peak_bytes": run.peak_memory,
        "memory/model_bytes": run.model_size,
        "images/train": run.n_train,
        "images/predicted": run.n_predicted,
    }
    tags = {"status": run.status, "study": study.hash, "files": folder}
    if run.error:
        tags["error"] = run.error[:LONGEST]
    return EndedTrial(
        name=str(trial),
        study=study.hash,
        parameters={k: _plain(v) for k, v in (told | own).items() if v is not None},
        metrics={k: float(v) for k, v in numbers.items() if v is not None and math.isfinite(v)},
        tags=tags,
        ok=run.status == "ok",
    )


def _plain(value: Any) -> str | int | float | bool:
    if isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    return str(value)[:LONGEST]
