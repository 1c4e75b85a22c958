"""The external parts of a data set while it is prepared: read, and compared with the others."""

from dataclasses import replace

import numpy as np

from bench.data.cache.table import Recipe
from bench.data.checks.card import external_in_numbers
from bench.data.dataset import Dataset, Split
from bench.data.likeness.clusters import marks_of_external, restricted
from bench.data.likeness.near_duplicates import Twins
from bench.data.sets.folder import load_external
from bench.methods.sources import Source
from bench.protocol.cards import DatasetCard
from bench.protocol.study import Study


def external_parts(source: Source, data: Dataset, study: Study) -> dict[str, Split]:
    """The external parts of a source that lie in folders of their own."""
    recipe = Recipe(data.image_shape[0], study.resize, study.preprocess)
    return {
        name: load_external(name, place, data.class_names, recipe, source.reading)
        for name, place in source.external
    }


def among_own_parts(data: Dataset, twins: Twins | None) -> Twins | None:
    """The twins among the cases of train, val and test, of those in all parts."""
    if twins is None or not data.external:
        return twins
    return restricted(twins, np.arange(sum(len(part) for _, part in data.parts())))


def with_marks(
    card: DatasetCard, data: Dataset, twins: Twins | None, in_folds: bool
) -> DatasetCard:
    """The card with the external parts, and which of their cases have twins."""
    if not data.external:
        return card
    found = marks_of_external(data, twins, in_folds)
    return replace(
        card,
        parts=card.parts | external_in_numbers(data),
        external_near_duplicates=None if found is None else dict(found.near),
        external_twin_groups=None if found is None else dict(found.within),
    )
