"""The primary comparisons of several data sets, corrected together."""

from collections.abc import Sequence
from dataclasses import replace

from reports.analysis.pairs.pair_tests import corrected
from reports.evidence import PrimaryComparison


def corrected_over_datasets(
    comparisons: Sequence[PrimaryComparison | None], families: Sequence[str | None] | None = None
) -> list[PrimaryComparison | None]:
    """The same comparisons with Holm's corrections.

    Args:
        comparisons: of every data set.
        families: the corrections run over the data sets of each; one with None has no part in
            them. None for one family of all.
    """
    whole = ["all"] * len(comparisons) if families is None else list(families)
    found = list(comparisons)
    for family in dict.fromkeys(name for name in whole if name is not None):
        own = [
            (place, one)
            for place, (one, name) in enumerate(zip(comparisons, whole, strict=True))
            if one is not None and name == family
        ]
        pairs = corrected([one.pair for _, one in own])
        for (place, one), pair in zip(own, pairs, strict=True):
            found[place] = replace(one, pair=pair)
    return found
