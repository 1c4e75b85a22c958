"""A secondary look: every method against the best of the other side. Never the verdict."""

from typing import cast

from reports.analysis.pairs.dataset_comparison import DatasetComparison
from reports.analysis.pairs.pair_tests import corrected
from reports.evidence import ContrastRule, SideContrast
from reports.verdicts.rules import Ruling, ruled


def side_contrasts(compared: DatasetComparison) -> dict[str, SideContrast]:
    """Method → its difference from the best of the other side; Holm over the methods."""
    found = {}
    for pair in corrected(compared.against_other_side()):
        ruling = ruled(pair)
        found[pair.a] = SideContrast(
            opponent=pair.b,
            difference=pair.difference,
            p=pair.superiority.p,
            p_holm=pair.superiority.p_holm,
            p_equivalence=pair.equivalence.p_holm,
            rule=cast(ContrastRule, ruling.rule),
            ahead=_ahead(ruling),
        )
    return found


def _ahead(ruling: Ruling) -> bool | None:
    if ruling.winner is not None:
        return ruling.winner == "a"
    if ruling.rule == "not-worse" and len(ruling.decision.not_worse) == 1:
        return ruling.decision.not_worse == ("a",)
    return None
