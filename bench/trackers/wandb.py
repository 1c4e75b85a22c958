"""Trials as runs of Weights & Biases: kept beside the results unless WANDB_MODE says `online`."""

import os
from pathlib import Path

os.environ.setdefault("WANDB_ERROR_REPORTING", "false")  # read on import

import wandb

from bench.trackers.ended_trial import EndedTrial

_PROJECT = "classical-vs-deep"


class WeightsAndBiases:
    """Logs a run of Weights & Biases for each trial, grouped by study.

    Args:
        folder: where they are kept; `wandb sync` sends them from there.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder

    def log(self, trial: EndedTrial) -> None:
        """Log parameters, metrics and tags, and end the run as it ended."""
        run = wandb.init(
            project=os.environ.get("WANDB_PROJECT", _PROJECT),
            group=trial.study,
            name=trial.name,
            dir=str(self._folder),
            mode="online" if os.environ.get("WANDB_MODE") == "online" else "offline",
            config=dict(trial.parameters) | {f"tag/{k}": v for k, v in trial.tags.items()},
            reinit="create_new",
            settings=wandb.Settings(
                silent=True,
                console="off",
                disable_code=True,
                disable_git=True,
                x_disable_meta=True,  # neither the user's name nor the machine's
                x_disable_stats=True,
            ),
        )
        run.log(dict(trial.metrics))
        run.finish(exit_code=0 if trial.ok else 1)

    def close(self) -> None:
        """End the service that writes."""
        wandb.teardown()
