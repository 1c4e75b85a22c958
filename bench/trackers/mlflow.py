"""Trials as runs of MLflow: in a file beside the results, or where MLFLOW_TRACKING_URI says."""

import logging
import os
import time
from pathlib import Path

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # read on import

from mlflow.entities import Metric, Param, RunTag
from mlflow.tracking import MlflowClient

from bench.trackers.ended_trial import EndedTrial

_EXPERIMENT = "classical-vs-deep"
_MOST_PARAMETERS = 100  # that MLflow takes at once


class MLflow:
    """Logs a run of MLflow for each trial.

    Args:
        folder: where its database lies if MLFLOW_TRACKING_URI is not set.
    """

    def __init__(self, folder: Path) -> None:
        for name in ("alembic", "mlflow"):
            logging.getLogger(name).setLevel(logging.WARNING)
        place = os.environ.get("MLFLOW_TRACKING_URI")
        artefacts = None
        if not place:
            folder.mkdir(parents=True, exist_ok=True)
            place = f"sqlite:///{(folder / 'mlflow.db').absolute()}"
            artefacts = (folder / "artifacts").absolute().as_uri()
        self._client = MlflowClient(tracking_uri=place)
        found = self._client.get_experiment_by_name(_EXPERIMENT)
        self._experiment = (
            found.experiment_id
            if found is not None
            else self._client.create_experiment(_EXPERIMENT, artifact_location=artefacts)
        )

    def log(self, trial: EndedTrial) -> None:
        """Log parameters, metrics and tags, and end the run as it ended."""
        run = self._client.create_run(self._experiment, run_name=trial.name).info.run_id
        now = int(time.time() * 1000)
        parameters = [Param(name, str(value)) for name, value in trial.parameters.items()]
        for start in range(0, len(parameters), _MOST_PARAMETERS):
            self._client.log_batch(run, params=parameters[start : start + _MOST_PARAMETERS])
        self._client.log_batch(
            run,
            metrics=[Metric(name, value, now, 0) for name, value in trial.metrics.items()],
            tags=[RunTag(name, text) for name, text in trial.tags.items()],
        )
        self._client.set_terminated(run, "FINISHED" if trial.ok else "FAILED")

    def close(self) -> None:
        """Nothing is left to write."""
