"""What a data set could show, said before any method is trained."""

import math
from collections.abc import Sequence

from bench.protocol.cards import DatasetCard
from bench.protocol.study import Study
from reports.evidence import LeftOutClass
from reports.formatting import plural, score
from reports.statistics.binormal import inflation
from reports.statistics.contrast import TOO_FEW, Difference
from reports.statistics.power import ASSUMED_AUC, ASSUMED_CORRELATION, TestModel

ASSUMED_ICC = 0.7
"""Intraclass correlation of what the images of a patient add to an AUC, where nothing is known."""

ASSUMED_SD = 0.25
"""Of the difference of two methods' Dice over cases, where nothing is known."""


def detectable(card: DatasetCard, study: Study) -> float | None:
    """Smallest ΔAUC that the test part shows with 80 % power, not corrected for several data sets.

    Assumed are an AUC of 0.85 of the worse method, a correlation of 0.5 between two methods'
    scores and, where patients are known, that all have the same number of images, which correlate
    by 0.7; seeds are assumed not to vary. With more than two classes the rarest one that counts
    against the others that count is taken, which is the cautious side.

    Returns:
        None with folds, where a class has no test case, and where not even an AUC of 1 would do.
    """
    test = card.parts.get("test")
    if study.folds or test is None:
        return None
    left_out = {one.name for one in too_small(card)}
    counted = [k for k, name in enumerate(card.class_names) if name not in left_out]
    label = card.positive
    if label is None:
        label = min(counted, key=test.per_class.__getitem__)
    positive, negative = _against_rest(test.per_class, label, counted)
    if positive < 1 or negative < 1:
        return None
    each = max(1.0, test.cases / test.groups if test.groups else 1.0)
    counts = positive / each, negative / each
    if test.groups_per_class is not None:  # a patient may have images of several classes
        own, others = _against_rest(test.groups_per_class, label, counted)
        counts = float(own), float(min(others, test.groups or others))
    return TestModel(
        positive,
        negative,
        counts=counts,
        level=1 - study.alpha,
        inflation=inflation(each, ASSUMED_ICC),
        clustered=each > 1,
    ).minimum_detectable(ASSUMED_AUC)


def _against_rest(numbers: Sequence[int], label: int, counted: Sequence[int]) -> tuple[int, int]:
    """That of one class, and of all others that count together."""
    return numbers[label], sum(numbers[k] for k in counted if k != label)


def too_small(card: DatasetCard) -> tuple[LeftOutClass, ...]:
    """The classes of many that have too few test cases, or patients where they are known, to count.

    () where fewer than two classes have enough. Near-duplicates are not looked at.
    """
    test = card.parts.get("test")
    if test is None or len(card.class_names) < 3:
        return ()
    each = zip(card.class_names, test.groups_per_class or test.per_class, strict=True)
    small = tuple(LeftOutClass(name, n) for name, n in each if n < TOO_FEW)
    return small if len(card.class_names) - len(small) >= 2 else ()


def detectable_dice(card: DatasetCard, study: Study) -> float | None:
    """Smallest difference in mean Dice that the test part would show with 80 % power.

    From the number of test cases alone, if the Dice of two methods on a case differs by
    `ASSUMED_SD` (standard deviation over cases) and the differences of a patient's images
    correlate by `ASSUMED_ICC`. None with folds, with fewer than two patients, and where not even
    a difference of 1, the largest there is, would be found.
    """
    test = card.parts.get("test")
    if study.folds or test is None or (test.groups or test.cases) < 2:
        return None
    each = max(1.0, test.cases / test.groups if test.groups else 1.0)
    error = ASSUMED_SD * math.sqrt((1 + (each - 1) * ASSUMED_ICC) / test.cases)
    df = (test.groups or test.cases) - 1
    found = Difference(0.0, error, df=df).minimum_detectable(study.alpha)
    return None if found is None or found > 1 else found


def in_words(card: DatasetCard, study: Study) -> str:
    """The same for the plan, one sentence."""
    if study.task == "segmentation":
        return _of_dice(card, study)
    if study.folds:
        return "smallest detectable ΔAUC: not computed for folds"
    found = detectable(card, study)
    assumed = f"if the worse AUC is {ASSUMED_AUC:g} and scores correlate by {ASSUMED_CORRELATION:g}"
    test = card.parts.get("test")
    if test is not None and test.groups is not None and test.groups < test.cases:
        assumed += f", images of a patient by {ASSUMED_ICC:g}"
    told = f"smallest detectable ΔAUC {score(found)} with 80 % power, {assumed}"
    if found is None:
        told = f"smallest detectable ΔAUC: none, {assumed}: there are too few test cases"
    small = too_small(card)
    if not small:
        return told
    unit = "test patient" if test is not None and test.groups_per_class else "test case"
    each = ", ".join(f"“{one.name}” ({plural(one.number, unit)})" for one in small)
    return f"{told}; without {each}: a class with fewer than {TOO_FEW} does not count"


def _of_dice(card: DatasetCard, study: Study) -> str:
    if study.folds:
        return "smallest detectable ΔDice: not computed for folds"
    assumed = f"if the Dice of two methods differs by {ASSUMED_SD:g} (SD over cases)"
    test = card.parts.get("test")
    if test is not None and test.groups is not None and test.groups < test.cases:
        assumed += f", correlated by {ASSUMED_ICC:g} between images of a patient"
    found = detectable_dice(card, study)
    if found is None:
        return f"smallest detectable ΔDice: none, {assumed}: there are too few test cases"
    return f"smallest detectable ΔDice {score(found)} with 80 % power, {assumed}"
