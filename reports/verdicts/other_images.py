"""At which image sizes, and with which lesion masks, does a side lead?"""

from collections.abc import Callable

from bench.protocol.record import Trial
from reports.analysis.pairs.dataset_comparison import DatasetComparison
from reports.analysis.transport.questions import Question, ask, corrected
from reports.analysis.transport.sides import Sides, obstacle, of_candidates
from reports.evidence import ImageSize, Interaction, MaskComparison, PrimaryComparison
from reports.verdicts.leading import BestPair, best_pair, led
from reports.verdicts.transport.rule import ruled

WITH = {
    "truth": "the data set's own masks",
    "none": "no mask",
    "classical": "masks of the best classical segmenter",
    "deep": "masks of the best deep segmenter",
}
"""Masks in words, to stand behind "with"."""


def by_image_size(compared: DatasetComparison, decided: PrimaryComparison) -> tuple[ImageSize, ...]:
    """The sides compared once for each size of the study, smallest first, on the same test part.

    Sizes that the verdict is not about are not corrected (`reports.verdicts.leading`). () where the
    study has a single size.

    Args:
        compared: the two sides at the size of the verdict.
        decided: the comparison of the verdict, corrected.
    """
    found = []
    for side in compared.study.sizes:
        is_own = side == compared.study.size
        pair = BestPair.of(decided) if is_own else best_pair(_on_size(compared, side))
        if pair is not None:
            found.append(ImageSize(side, *led(pair)))
    return tuple(found)


def by_masks(compared: DatasetComparison, decided: PrimaryComparison) -> tuple[MaskComparison, ...]:
    """The sides compared once for each source of lesion masks, on the same test part.

    Sources other than the data set's own are not corrected (`reports.verdicts.leading`). () where
    the study has the data set's own alone.

    Args:
        compared: the two sides with the data set's own masks.
        decided: the comparison of the verdict, corrected.
    """
    found = []
    for masks in compared.study.masks:
        is_own = masks == "truth"
        pair = BestPair.of(decided) if is_own else best_pair(_on_masks(compared, masks))
        if pair is not None:
            found.append((masks, pair))
    if len(found) < 2:
        return ()
    changes = _changes(compared, [masks for masks, _ in found if masks != "truth"])
    return tuple(MaskComparison(masks, *led(pair), changes.get(masks)) for masks, pair in found)


def _changes(compared: DatasetComparison, sources: list[str]) -> dict[str, Interaction]:
    """What becomes of the difference of the verdict's two models with each of these masks."""
    sides = Sides.of(compared)
    if sides is None:
        return {}
    here = of_candidates(compared)
    asked = {}
    for masks in sources:
        there = _on_masks(compared, masks).data
        if sides.absent(there) or obstacle([here], ["test"]):
            continue
        name = WITH[masks]
        question = Question("masks", name, (name,), here, (there,), shared=True)
        asked[masks] = ask(question, sides, "here", masks).interaction
    margin, alpha = compared.study.margin, compared.study.alpha
    told = [ruled(one, margin=margin, alpha=alpha) for one in corrected(list(asked.values()))]
    return dict(zip(asked, told, strict=True))


def _on_size(compared: DatasetComparison, side: int) -> DatasetComparison:
    return _on(compared, lambda trial: trial.size == side)


def _on_masks(compared: DatasetComparison, masks: str) -> DatasetComparison:
    return _on(compared, lambda trial: trial.masks == masks)


def _on(compared: DatasetComparison, belongs: Callable[[Trial], bool]) -> DatasetComparison:
    """The same comparison by the runs on other images that belong."""
    runs = (run for run in compared.data.other_images if belongs(run.run.trial))
    return DatasetComparison(compared.data.of(runs), compared.study)
