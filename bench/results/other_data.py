"""Stored runs of other images, parts or samples than their data sets have by now.

They stay where they lie, and are handed out nowhere: not to the report, not as a table.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace
from itertools import groupby

from bench.protocol.cards import DatasetCard
from bench.protocol.record import Run, Trial
from bench.protocol.study import Study
from bench.results.store import Store

_NAMED = 5
"""Methods of a data set that a line names."""


def of_other_data(card: DatasetCard | None, runs: Iterable[Run]) -> frozenset[Trial]:
    """The trials that saw another content than their data set has.

    The card tells what there is to be seen. Where it is of an earlier version and does not tell it
    of some folds, sizes or masks, the run that was started last does. A run that does not say what
    it saw is not among them.

    Args:
        card: of the data set, None where it has none.
        runs: stored ones of the data set.
    """
    if card is None:
        return frozenset()
    alike: dict[tuple[str, int | None], list[Run]] = defaultdict(list)
    for run in runs:
        if run.data_fingerprint:
            alike[run.trial.seen, run.trial.fold].append(run)
    found: set[Trial] = set()
    for (seen, _), own in alike.items():
        latest = max(own, key=lambda run: run.started).data_fingerprint
        present = _told(card, seen, latest)
        found |= {run.trial for run in own if run.data_fingerprint != present}
    return frozenset(found)


def _told(card: DatasetCard, seen: str, latest: str) -> str:
    """The fingerprint of what there is to be seen, "" where there is no such thing."""
    known = {"folds" if card.folds else "split": card.fingerprint, **card.seen}
    if not card.content:
        return known.get(seen, latest)
    return {"split": card.content, **known}.get(seen, "")


def of_other_samples(study: Study | None, runs: Iterable[Run]) -> frozenset[Trial]:
    """The trials on bootstrap samples that were not drawn with the seed of a study.

    Args:
        study: the last one that has the data set, and samples; None where there is none.
        runs: stored ones of the data set.
    """
    if study is None:
        return frozenset()
    return frozenset(
        run.trial
        for run in runs
        if run.trial.resample is not None and run.split_seed != study.split_seed
    )


def with_what_was_seen(card: DatasetCard, before: DatasetCard | None) -> DatasetCard:
    """The card of a data set that also tells what earlier studies saw of the same content.

    Args:
        card: of the study that begins.
        before: that of the one before, None where there is none; one of an earlier version does
            not tell the content, and then neither does the new one.
    """
    if before is None or before.content not in ("", card.content):
        return card
    return replace(card, content=before.content, seen={**before.seen, **card.seen})


def left_out(store: Store) -> frozenset[Trial]:
    """The trials of a results folder, of all its studies, that are handed out nowhere.

    Raises:
        ResultsError: if something in it is damaged.
    """
    return _among(store, store.records())


def handed_out(store: Store) -> list[Run]:
    """The other runs of a results folder, as `Store.record` has them, in the store's order.

    Raises:
        ResultsError: if something in it is damaged.
    """
    runs = list(store.records())
    stale = _among(store, runs)
    return [run for run in runs if run.trial not in stale]


def _among(store: Store, runs: Iterable[Run]) -> frozenset[Trial]:
    of_dataset: dict[str, list[Run]] = defaultdict(list)
    for run in runs:
        of_dataset[run.trial.dataset].append(run)
    found: set[Trial] = set()
    for name, own in of_dataset.items():
        found |= of_other_data(store.card(name), own)
        if any(run.trial.resample is not None for run in own):
            found |= of_other_samples(_last_resampled(store, name), own)
    return frozenset(found)


def _last_resampled(store: Store, dataset: str) -> Study | None:
    studies = (entry.study for entry in reversed(store.studies()))
    return next((s for s in studies if s.resample and dataset in s.datasets), None)


def in_words(trials: Collection[Trial]) -> list[str]:
    """A line that names them and says what to do; none where there are none.

    >>> in_words([Trial("busi", "svm"), Trial("isic", "svm"), Trial("isic", "cnn", seed=1)])
    ['3 stored runs of other images or parts are left out: svm on busi, cnn and svm on isic; run \
them again']
    """
    if not trials:
        return []
    pairs = sorted({(trial.dataset, trial.method) for trial in trials})
    places = ", ".join(
        f"{_listed([method for _, method in own])} on {dataset}"
        for dataset, own in groupby(pairs, key=lambda pair: pair[0])
    )
    one = len(trials) == 1
    number = f"{len(trials)} stored run{'' if one else 's'}"
    verb, them = ("is", "it") if one else ("are", "them")
    return [f"{number} of other images or parts {verb} left out: {places}; run {them} again"]


def _listed(names: list[str]) -> str:
    if len(names) > _NAMED:
        names = [*names[: _NAMED - 1], f"{len(names) - _NAMED + 1} more"]
    *before, last = names
    return f"{', '.join(before)} and {last}" if before else last
