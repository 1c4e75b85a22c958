"""Results folders with external parts, subgroups and spoilt images of which the truth is known.

They are those of `tests.reports.simulated` with more in them: scores of further cases by the same
binormal model, shifts of the evidence in a group of the test cases, and losses of evidence under a
corruption. A method that is given no loss is immune: its predictions stay as they are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from scipy.special import expit, logit, ndtri

from bench.protocol.metadata import EXTERNAL, Metadata
from bench.protocol.predictions import CorruptedPredictions, Predictions
from bench.protocol.record import Run
from bench.results.store import Store
from tests.reports.simulated import METHODS, Data, Method, results

SEVERITIES = (1, 2, 3, 4, 5)
PER_SEED = 0.1  # share of the variance within a class that changes with the run


@dataclass(frozen=True)
class Site:
    """An external part: so many cases, this share of positive ones, the AUC of each method."""

    name: str
    aucs: Mapping[str, float]
    n: int = 300
    share: float = 0.4
    images_per_patient: int = 0


@dataclass(frozen=True)
class Column:
    """Groups of the test cases, dealt out in turn; what each shifts the evidence of a method by."""

    name: str
    values: tuple[str, ...]
    shifts: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    shares: tuple[float, ...] = ()


@dataclass(frozen=True)
class Beyond:
    """What is known of a data set beyond its test part; losses are per step of severity."""

    sites: tuple[Site, ...] = ()
    columns: tuple[Column, ...] = ()
    losses: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    left_out: str = ""


def travelling(
    root: Path,
    beyond: Beyond,
    *,
    datasets: Sequence[Data] = (Data("breast"),),
    methods: tuple[Method, ...] = METHODS,
    subgroups: tuple[str, ...] | None = None,
    seeds: tuple[int, ...] = (0, 1, 2),
    folds: int = 0,
    resample: int = 0,
) -> Store:
    """A results folder with one study, and all data sets with the same beyond their test parts."""
    store = results(root, tuple(datasets), methods, seeds=seeds, folds=folds, resample=resample)
    study = replace(
        store.current.study,
        external=tuple(site.name for site in beyond.sites),
        subgroups=tuple(c.name for c in beyond.columns) if subgroups is None else subgroups,
        corrupt=tuple(sorted(beyond.losses)),
    )
    store.declare(study, "python -m bench run --all", ())
    for data in datasets:
        add(store, data.name, beyond)
    return store


def add(store: Store, name: str, beyond: Beyond) -> None:
    """Give a data set's runs what is beyond its test part."""
    rng = np.random.default_rng([*map(ord, name)])
    cases = {site.name: _cases(site, name, rng) for site in beyond.sites}
    card = store.card(name)
    test = _test_cases(store, name)
    known = {
        column.name: np.array([column.values[i] for i in _dealt(column, len(test))])
        for column in beyond.columns
    }
    store.write_card(
        replace(
            card,
            external=tuple(cases),
            metadata=tuple(known),
            left_out=beyond.left_out,
            origin="one place" if beyond.left_out else card.origin,
        ),
        metadata=Metadata(test, np.full(len(test), "test"), known) if known else None,
    )
    for trial in sorted(store.trials(), key=lambda t: (t.dataset, t.key)):
        run = store.run(trial)
        asked = run is not None and run.predictions is not None and trial.resample is None
        if trial.dataset == name and asked:
            own = np.random.default_rng([*map(ord, trial.key)])
            store.write_run(_further(run, beyond, cases, known, test, own))


def _further(
    run: Run,
    beyond: Beyond,
    cases: Mapping[str, tuple],
    known: Mapping[str, np.ndarray],
    test: np.ndarray,
    rng: np.random.Generator,
) -> Run:
    method = run.trial.method
    told = run.predictions
    evidence = _evidence(told.probabilities)
    is_test = told.split == "test"
    where = np.searchsorted(test, told.case_ids[is_test])
    for column in beyond.columns:
        for value, shifts in column.shifts.items():
            rows = np.flatnonzero(is_test)[known[column.name][where] == value]
            evidence[rows] += shifts.get(method, 0.0) * (told.labels[rows] - 0.5)
    told = replace(told, probabilities=_said(evidence))
    corrupted = None
    if beyond.losses:
        corrupted = _spoilt(beyond, told, method, rng)
    for site in beyond.sites:
        ids, labels, groups, hard = cases[site.name]
        if method not in site.aucs:
            said = np.full((len(labels), 2), 0.5)
        else:
            mu = np.sqrt(2) * ndtri(site.aucs[method])
            own = np.random.default_rng([7, *map(ord, f"{site.name} {method}")])
            noise = np.sqrt(0.5 - PER_SEED) * own.normal(size=len(labels))
            noise = noise + np.sqrt(PER_SEED) * rng.normal(size=len(labels))
            said = _said(mu * (labels - 0.5) + np.sqrt(0.5) * hard + noise)
        told = Predictions(
            np.concatenate([told.case_ids, ids]),
            np.concatenate([told.split, np.full(len(ids), f"{EXTERNAL}{site.name}")]),
            np.concatenate([told.labels, labels]),
            None if told.groups is None else np.concatenate([told.groups, groups]),
            np.concatenate([told.probabilities, said]),
        )
    return replace(run, predictions=told, corrupted=corrupted, corrupt=tuple(sorted(beyond.losses)))


def _spoilt(
    beyond: Beyond, told: Predictions, method: str, rng: np.random.Generator
) -> CorruptedPredictions:
    test = told.part("test")
    evidence = _evidence(test.probabilities)
    kinds = tuple(sorted(beyond.losses))
    found = np.empty((len(kinds), len(SEVERITIES), len(evidence), 2), dtype=np.float32)
    for i, kind in enumerate(kinds):
        loss = beyond.losses[kind].get(method, 0.0)
        for j, severity in enumerate(SEVERITIES):
            moved = evidence - loss * severity * (test.labels - 0.5)
            if loss:
                moved = moved + 0.3 * rng.normal(size=len(moved))
            found[i, j] = _said(moved)
    return CorruptedPredictions(test.case_ids, kinds, SEVERITIES, found)


def _cases(site: Site, dataset: str, rng: np.random.Generator) -> tuple:
    n = site.n
    size = site.images_per_patient or 1
    patient = np.arange(n) // size
    labels = (patient < round(site.share * (patient[-1] + 1))).astype(np.int64)
    ids = np.array([f"{dataset}-{site.name}-{i:05d}" for i in range(n)])
    groups = np.array([f"{dataset}-{site.name}-p{p:05d}" for p in patient])
    return ids, labels, groups, rng.normal(size=n)


def _test_cases(store: Store, name: str) -> np.ndarray:
    found = [
        run.predictions.part("test").case_ids
        for trial in store.trials()
        if trial.dataset == name
        and (run := store.run(trial)) is not None
        and run.predictions is not None
    ]
    return np.unique(np.concatenate(found))


def _dealt(column: Column, n: int) -> np.ndarray:
    """`(n,)` the group of each case: in turn, or so that the first groups have these shares."""
    if not column.shares:
        return np.arange(n) % len(column.values)
    rng = np.random.default_rng(len(column.values))
    return rng.choice(len(column.values), n, p=column.shares)


def _evidence(probabilities: np.ndarray) -> np.ndarray:
    return logit(np.clip(probabilities[:, 1], 1e-9, 1 - 1e-9)) / 1.5


def _said(evidence: np.ndarray) -> np.ndarray:
    positive = expit(1.5 * evidence)
    return np.column_stack([1 - positive, positive])
