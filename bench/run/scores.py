"""The study's metric of a trial that has ended."""

from bench.data.memory_maps import open_memory_maps
from bench.protocol.record import Run
from bench.protocol.scoring import METRICS
from bench.run.preparation import PreparedStudy
from bench.run.segmented import Scored, score_of_maps
from bench.workers.job import Job


def score_of(result: Run, prepared: PreparedStudy, job: Job, part: Scored = "val") -> float | None:
    """The metric on a part; None where there are no predictions.

    Nothing is chosen by that of the test part, which is for trackers.
    """
    card = prepared.data[result.trial.dataset].card
    if result.label_maps is not None:
        return score_of_maps(result.label_maps, open_memory_maps(job.data), part)
    if result.predictions is None or card is None:
        return None
    found = result.predictions.part(part)
    return METRICS[prepared.study.metric](found.labels, found.probabilities, card.positive)
