"""Questions about external parts put together over data sets.

Data sets that leave out each value of a column once are one statement: at the sites that were left
out against the test parts of the others. Their test parts share cases, and hold cases that are
external in another of them; every case (patient) counts once, with all that it adds, so that this
is no reason for a smaller error.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from bench.protocol.cards import DatasetCard
from reports.analysis.transport.questions import Asked, Topic, answer
from reports.analysis.transport.sides import Sides
from reports.evidence import Interaction
from reports.statistics.transport.interaction import InSetting, weighted

TOGETHER = "DeLong, every case counted once over all data sets"
INDEPENDENT = "DeLong, weighted by inverse variance, errors of the data sets added"


@dataclass(frozen=True, eq=False)
class OnDataset:
    """The question about the external parts of a data set.

    Attributes:
        card: the data set.
        asked: with its answer.
        sides: the two models.
    """

    card: DatasetCard
    asked: Asked
    sides: Sides


def divided(card: DatasetCard) -> tuple[str, str]:
    """The name of the data set that was divided and the column, of one that leaves out a value.

    >>> from types import SimpleNamespace
    >>> divided(SimpleNamespace(name="lgg:site=DU", left_out="site=DU"))
    ('lgg', 'site')
    """
    column = card.left_out.partition("=")[0]
    return card.name.rpartition(f":{column}=")[0] or card.name, column


def over_left_out(datasets: Sequence[OnDataset]) -> Interaction:
    """d at the values that were left out, against d on the test parts of the data sets.

    Args:
        datasets: at least one; each leaves out another value of one column.
    """
    shares = np.array([one.asked.weight for one in datasets])
    shares = shares / shares.sum()
    here: tuple[list[InSetting], list[float]] = ([], [])
    there: tuple[list[InSetting], list[float]] = ([], [])
    for share, one in zip(shares.tolist(), datasets, strict=True):
        own = one.asked
        here[0].append(_by_models_of(own.here, one.card.name))
        here[1].append(share)
        for setting, weight in zip(own.there, own.weights, strict=True):
            there[0].append(_by_models_of(setting, one.card.name))
            there[1].append(share * weight)
    _, column = divided(datasets[0].card)
    topic = Topic(
        "external",
        f"every {column} left out once",
        tuple(place for one in datasets for place in one.asked.interaction.places),
        False,
        TOGETHER,
        datasets[0].asked.interaction.classes,
        datasets[0].asked.interaction.n_classes,
    )
    return answer(topic, here, there, _mean_aucs(datasets, shares.tolist()), datasets[0].sides)


def over_datasets(datasets: Sequence[OnDataset]) -> Interaction:
    """The mean change over data sets of different sources, weighted by inverse variance.

    Args:
        datasets: at least two, none of which shares cases with another.
    """
    each = []
    for one in datasets:
        own = one.asked
        changes = weighted([own.here, *own.there], [-1.0, *own.weights])
        each.append(1 / changes.se**2)
    shares = (np.array(each) / sum(each)).tolist()
    here: tuple[list[InSetting], list[float]] = ([], [])
    there: tuple[list[InSetting], list[float]] = ([], [])
    for share, one in zip(shares, datasets, strict=True):
        own = one.asked
        here[0].append(_of_its_own(own.here, one.card.name))
        here[1].append(share)
        for setting, weight in zip(own.there, own.weights, strict=True):
            there[0].append(_of_its_own(setting, one.card.name))
            there[1].append(share * weight)
    topic = Topic(
        "external",
        "mean over data sets",
        tuple(one.card.name for one in datasets),
        False,
        INDEPENDENT,
        (),
        0,
    )
    return answer(topic, here, there, _mean_aucs(datasets, shares), datasets[0].sides)


def _of_its_own(setting: InSetting, name: str) -> InSetting:
    """With units that no other data set has, whatever cases are called."""
    units = np.array([f"{name}\0{unit}" for unit in setting.units.tolist()], dtype=np.str_)
    return replace(_by_models_of(setting, name), units=units)


def _by_models_of(setting: InSetting, name: str) -> InSetting:
    """By models that no other data set has; those of folds stay apart from others."""
    return replace(setting, models=f"{name}\0{setting.models}")


def _mean_aucs(
    datasets: Sequence[OnDataset], shares: Sequence[float]
) -> tuple[tuple[float, float], tuple[float, float]]:
    here, there = np.average([one.asked.aucs for one in datasets], axis=0, weights=shares).tolist()
    return (here[0], here[1]), (there[0], there[1])
