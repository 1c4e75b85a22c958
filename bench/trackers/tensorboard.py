"""Trials as runs of TensorBoard: `tensorboard --logdir RESULTS/trackers/tensorboard`."""

import time
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.hparams import summary_v2 as hyperparameters
from tensorboard.plugins.text.metadata import create_summary_metadata
from tensorboard.summary.writer.event_file_writer import EventFileWriter
from tensorboard.util.tensor_util import make_tensor_proto

from bench.trackers.ended_trial import EndedTrial


class TensorBoard:
    """Writes an event file for each trial, in a folder named after it.

    Args:
        folder: where they lie.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def log(self, trial: EndedTrial) -> None:
        """Write metrics as scalars, parameters for the tab HPARAMS, and tags as texts."""
        files = Path(trial.tags["files"])
        place = self._folder.joinpath(trial.study, *files.parts[-3:])  # data set, method, trial
        writer = EventFileWriter(str(place))
        try:
            started = hyperparameters.hparams_pb(dict(trial.parameters), trial_id=trial.name)
            writer.add_event(_event(started))
            for name, value in trial.metrics.items():
                writer.add_event(
                    _event(Summary(value=[Summary.Value(tag=name, simple_value=value)]))
                )
            for name, text in trial.tags.items():
                value = Summary.Value(
                    tag=f"{name}/text_summary",
                    metadata=create_summary_metadata(display_name=name, description=""),
                    tensor=make_tensor_proto([text.encode()]),
                )
                writer.add_event(_event(Summary(value=[value])))
        finally:
            writer.close()

    def close(self) -> None:
        """Nothing is left to write."""


def _event(summary: Summary) -> Event:
    return Event(wall_time=time.time(), step=0, summary=summary)
