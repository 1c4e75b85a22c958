"""Whether a comparison on generated images found what is known of them."""

from reports.evidence import DatasetEvidence
from reports.verdicts.rules import limits

CHANCE = 0.5


def answer_found(found: DatasetEvidence) -> bool | None:
    """Whether the known answer was found; None where there is none, no verdict, or no AUC.

    Where there is nothing to find (an ideal AUC of 0.5) no side may be called better, and neither
    AUC may be shown to be off 0.5. Else one of the two models must be shown to be above 0.5, and
    none to be above the ideal observer. Of segmentation see `_lesions_found`.
    """
    card, comparison = found.card, found.comparison
    if not card.known_answer or comparison is None or not found.verdict.is_verdict:
        return None
    ranges = [limits(value) for value in (comparison.pair.value_a, comparison.pair.value_b)]
    if found.segmentation is not None:
        return _lesions_found(found, max(high for _, high in ranges))
    ideal = card.ideal_auc
    if ideal == CHANCE:
        level = all(low <= CHANCE <= high for low, high in ranges)
        return level and found.verdict.winner is None
    learnt = any(low > CHANCE for low, _ in ranges)
    return learnt and (ideal is None or all(low <= ideal for low, _ in ranges))


def _lesions_found(found: DatasetEvidence, highest: float) -> bool | None:
    """The same of generated lesions; None where nothing is known of Dice or of who is better.

    Deep learning must be called better where it must be, and not where it cannot be. What the best
    threshold reaches, one of the two models must reach: neither may be shown to be below it by more
    than the margin.

    Args:
        found: the data set.
        highest: upper limit of the mean Dice of the two models.
    """
    card = found.card
    if card.ideal_dice is None and not card.expected:
        return None
    deep = found.verdict.winner == "deep"
    if card.expected and deep != (card.expected == "deep"):
        return False
    return card.ideal_dice is None or highest >= card.ideal_dice - found.verdict.margin
