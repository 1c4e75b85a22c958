"""Whether a comparison on generated images found what is known of them."""

from reports.evidence import DatasetEvidence
from reports.verdicts.rules import limits

CHANCE = 0.5


def answer_found(found: DatasetEvidence) -> bool | None:
    """Whether the known answer was found; None where there is none, no verdict, or no AUC.

    Where there is nothing to find (an ideal AUC of 0.5) no side may be called better, and neither
    AUC may be shown to be off 0.5. Else one of the two models must be shown to be above 0.5, and
    none to be above the ideal observer.
    """
    card, comparison = found.card, found.comparison
    if found.segmentation is not None:
        return None  # what is known of generated lesions is no AUC
    if not card.known_answer or comparison is None or not found.verdict.is_verdict:
        return None
    ranges = [limits(value) for value in (comparison.pair.value_a, comparison.pair.value_b)]
    ideal = card.ideal_auc
    if ideal == CHANCE:
        level = all(low <= CHANCE <= high for low, high in ranges)
        return level and found.verdict.winner is None
    learnt = any(low > CHANCE for low, _ in ranges)
    return learnt and (ideal is None or all(low <= ideal for low, _ in ranges))
