"""What a data set could show, said before any method is trained."""

import math

from bench.record import DatasetCard
from bench.study import Study
from reports.formatting import score
from reports.paired import FEW_CASES
from reports.statistics.power import (
    ASSUMED_AUC,
    ASSUMED_CORRELATION,
    inflation,
    minimum_detectable,
)

ASSUMED_ICC = 0.5
"""Intraclass correlation of the images of a patient, where nothing is known."""


def detectable(card: DatasetCard, study: Study) -> float | None:
    """Smallest ΔAUC that the test part shows with 80 % power, not corrected for several data sets.

    Assumed are an AUC of 0.85 of the worse method, a correlation of 0.5 between two methods'
    scores and, where patients are known, of 0.5 between images of a patient; seeds are assumed
    not to vary. With more than two classes the rarest one against the rest is taken, which is the
    cautious side.

    Returns:
        None with folds, where a class has no test case, and where not even an AUC of 1 would do.
    """
    test = card.parts.get("test")
    if study.folds or test is None:
        return None
    positive = min(test.per_class) if card.positive is None else test.per_class[card.positive]
    negative = test.cases - positive
    if positive < 1 or negative < 1:
        return None
    each = max(1.0, test.cases / test.groups if test.groups else 1.0)
    smallest = min(positive, negative) / each
    return minimum_detectable(
        positive,
        negative,
        alpha=study.alpha,
        design_effect=inflation(each, ASSUMED_ICC),
        df=smallest - 1 if 1 < smallest < FEW_CASES else math.inf,
    )


def in_words(card: DatasetCard, study: Study) -> str:
    """The same for the plan, one sentence."""
    if study.folds:
        return "smallest detectable ΔAUC: not computed for folds"
    found = detectable(card, study)
    assumed = f"if the worse AUC is {ASSUMED_AUC:g} and scores correlate by {ASSUMED_CORRELATION:g}"
    if found is None:
        return f"smallest detectable ΔAUC: none, {assumed}: there are too few test cases"
    return f"smallest detectable ΔAUC {score(found)} with 80 % power, {assumed}"
