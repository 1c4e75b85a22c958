"""The study's metric of a trial that has ended."""

import math

from bench.protocol.record import Run
from bench.protocol.scoring import METRICS
from bench.run.preparation import PreparedStudy
from bench.run.segmented import Scored, score_of_maps


def score_of(result: Run, prepared: PreparedStudy, part: Scored = "val") -> float | None:
    """The metric on a part; None where there are no predictions, or it is not defined.

    Nothing is chosen by that of the test part, which is for trackers.
    """
    value = _score(result, prepared, part)
    return None if value is None or math.isnan(value) else value


def _score(result: Run, prepared: PreparedStudy, part: Scored) -> float | None:
    ready = prepared.data[result.trial.dataset]
    card = ready.card
    if result.label_maps is not None and card is not None and ready.targets is not None:
        classes = len(card.target_names)
        return score_of_maps(result.label_maps, ready.targets, prepared.study.resize, classes, part)
    if result.predictions is None or card is None:
        return None
    found = result.predictions.part(part)
    return METRICS[prepared.study.metric](found.labels, found.probabilities, card.positive)
