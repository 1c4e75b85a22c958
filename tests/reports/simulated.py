"""Small results folders with a known truth, written through the store as the engine would.

Scores follow a binormal model. Case i of class y has the latent evidence

    t = y * mu + sqrt(shared) * difficulty(case) + sqrt(1 - shared) * noise(case, method, seed)

with mu = sqrt(2) * Phi^-1(AUC), so that a method's population AUC is the one asked for, and the
scores of two methods correlate because the same cases are difficult for both. With patients the
difficulty has a patient part. More than two classes have one latent evidence per class.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np
from scipy.special import expit, ndtri, softmax

from bench.protocol.cards import DatasetCard, Family, MethodCard, PartCard, Rung
from bench.protocol.claim import Claim
from bench.protocol.predictions import Predictions
from bench.protocol.record import Environment, Run, Status, Trial, Tried, WeightsUsed
from bench.protocol.scoring import METRICS
from bench.protocol.study import Study
from bench.results.store import Store

PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mNoAAAAggCBd81ytgAAAABJRU5ErkJggg=="
)


@dataclass(frozen=True)
class Method:
    """A method that is never run: its population AUC is given.

    `auc` may be a dictionary from data set name to AUC. `seed_sd` is the standard deviation of the
    latent shift between seeds, in AUC units near the middle. `fit_spread` is that of the logarithm
    of the time of training. `growth` is the power of the training share that what is above an AUC
    of 0.5 grows with. `fails` are the seeds that fail
    (`None` for a deterministic method's only run), `skips` those that have no stored run.
    A method with a `space` can be tuned: that many configurations of it can be had, of which the
    last `broken` fail. `training_sd` is the latent shift's between trainings on samples of the
    training part, which are alike otherwise; `fails_samples` and `skips_samples` are those of them
    that fail and that have no stored run. The class with the label `never` is ranked as well as the
    others and so little of it is said that it is never decided for. `weights` are those of all its
    runs, or of each seed. `rung`, `device`, `fit_info` and `parameters` are what is stored of them.
    """

    name: str
    family: Family
    auc: float | dict[str, float] = 0.8
    stochastic: bool = False
    seed_sd: float = 0.0
    fails: tuple[int | None, ...] = ()
    skips: tuple[int | None, ...] = ()
    status: Status = "failed"
    constant: bool = False
    fit_seconds: float = 10.0
    fit_spread: float = 0.0
    budget: str | None = None
    fingerprint: str | None = None
    importance: tuple[tuple[str, float], ...] = ()
    training: tuple[float, ...] = ()
    growth: float = 0.25
    space: int = 0
    broken: int = 0
    weights: tuple[WeightsUsed, ...] | dict[int, tuple[WeightsUsed, ...]] = ()
    importance_error: str = ""
    explanation_error: str = ""
    training_sd: float = 0.0
    never: int | None = None
    fails_samples: tuple[int, ...] = ()
    skips_samples: tuple[int, ...] = ()
    rung: Rung | Literal[""] = ""
    device: str = "cpu"
    fit_info: dict[str, object] = field(default_factory=dict)
    parameters: dict[str, object] = field(default_factory=dict)

    def auc_on(self, dataset: str) -> float:
        return self.auc[dataset] if isinstance(self.auc, dict) else self.auc


@dataclass(frozen=True)
class Data:
    """A data set without images. `images_per_patient` of 0 means that patients are not known."""

    name: str
    n_val: int = 200
    n_test: int = 300
    shares: tuple[float, ...] = (0.6, 0.4)
    images_per_patient: int = 0
    shared: float = 0.5
    source: str = "Simulated tissue, for tests"
    generated: bool = False
    split: str = "official"
    checksum: str = "matched"
    duplicates: int = 0
    ideal: bool = False
    class_names: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        if self.class_names:
            return self.class_names
        if len(self.shares) == 2:
            return ("benign", "malignant")
        return tuple(f"class {chr(65 + k)}" for k in range(len(self.shares)))


METHODS = (
    Method("svm", "classical", 0.82),
    Method("random-forest", "classical", 0.80, stochastic=True, seed_sd=0.005),
    Method("resnet18", "deep", 0.86, stochastic=True, seed_sd=0.01, fit_seconds=120.0),
    Method("small-cnn", "deep", 0.78, stochastic=True, seed_sd=0.015, fit_seconds=60.0),
    Method("resnet18-svm", "hybrid", 0.84, fit_seconds=20.0),
    Method("class-prior", "control", constant=True, fit_seconds=0.01),
    Method("mean-brightness", "control", 0.60, fit_seconds=0.02),
)


@dataclass(frozen=True)
class _Cases:
    ids: np.ndarray
    labels: np.ndarray
    groups: np.ndarray | None
    difficulty: np.ndarray = field(repr=False)


def results(
    root: Path,
    datasets: tuple[Data, ...] = (Data("breast"),),
    methods: tuple[Method, ...] = METHODS,
    *,
    seeds: tuple[int, ...] = (0, 1, 2),
    folds: int = 0,
    fractions: tuple[float, ...] = (1.0,),
    margin: float = 0.02,
    random_state: int = 0,
    left_out: tuple[str, ...] = (),
    claims: tuple[Claim, ...] = (),
    tune: int = 0,
    resample: int = 0,
    repeats: int = 1,
) -> Store:
    """A results folder with one declared study and all its runs."""
    store = Store(root)
    study = Study(
        tuple(d.name for d in datasets),
        tuple(m.name for m in methods),
        seeds=seeds,
        folds=folds,
        fractions=fractions,
        margin=margin,
        claims=claims,
        tune=tune,
        resample=resample,
        repeats=repeats,
    )
    store.declare(study, "python -m bench run --all", left_out)
    for number, data in enumerate(datasets):
        rng = np.random.default_rng([random_state, number])
        parts = [_parts(data, rng, fold) for fold in (range(folds) if folds else (None,))]
        for repeat in range(1, repeats):
            parts += _dealt_anew(
                parts[:folds], np.random.default_rng([random_state, number, repeat])
            )
        store.write_card(_card(data, parts[0], rng))
        for method in methods:
            for seed in seeds if method.stochastic or (tune and method.space) else (None,):
                if seed in method.skips:
                    continue
                shift = rng.normal(0, method.seed_sd * 3.5) if method.seed_sd else 0.0
                for fold, both in enumerate(parts):
                    for fraction in fractions:
                        repeat, own = divmod(fold, folds) if folds else (0, None)
                        trial = Trial(data.name, method.name, seed, own, fraction, repeat=repeat)
                        run = _run(trial, data, method, both, shift, study.budget, rng)
                        run = replace(run, tunable=method.space > 0)
                        if tune and run.tunable:
                            run = _tuned(run, method, tune)
                        store.write_run(run)
        for method in methods:
            names = [ord(letter) for letter in method.name]
            for i in range(resample):
                own = np.random.default_rng([random_state, number, i, *names])
                shift = own.normal(0, method.training_sd * 3.5)
                alike = np.random.default_rng([random_state, number, *names])
                seed = seeds[i % len(seeds)] if method.stochastic else None
                trial = Trial(data.name, method.name, seed, fraction=max(fractions), resample=i)
                run = _run(trial, data, method, parts[0], shift, study.budget, alike)
                if i in method.fails_samples:
                    run = replace(run, status="failed", error="no", predictions=None)
                if i not in method.skips_samples:
                    store.write_run(run)
    return store


def noted(store: Store, name: str, **facts: object) -> Store:
    """The same results, with these facts on the card of a data set."""
    store.write_card(replace(store.card(name), **facts))
    return store


def answering(
    store: Store, method: str, part: str, cases: Sequence[str], fold: int | None = None
) -> Store:
    """The same results, in which a method is sure of the truth of these cases of a part."""
    for trial in store.trials():
        if trial.method != method or trial.fold != fold:
            continue
        run = store.run(trial)
        told = run.predictions
        known = np.isin(told.case_ids, list(cases)) & (told.split == part)
        probabilities = told.probabilities.copy()
        probabilities[known] = np.eye(probabilities.shape[1])[told.labels[known]]
        store.write_run(replace(run, predictions=replace(told, probabilities=probabilities)))
    return store


def flagged(store: Store, **ids: Sequence[str]) -> Store:
    """The same results, with these test cases of a data set known to have a near twin."""
    for name, cases in ids.items():
        store.write_card(replace(store.card(name), near_duplicates=tuple(cases)))
    return store


def _parts(data: Data, rng: np.random.Generator, fold: int | None) -> dict[str, _Cases]:
    parts = {}
    for part, n in (("val", data.n_val), ("test", data.n_test)):
        counts = np.floor(np.asarray(data.shares) * n + 0.5).astype(int)
        labels = np.repeat(np.arange(len(counts)), counts)
        n = len(labels)
        k = len(counts)
        difficulty = rng.normal(size=(n, k))
        groups = None
        if data.images_per_patient:
            patient = np.arange(n) // data.images_per_patient
            own = rng.normal(size=(int(patient.max()) + 1, k))[patient]
            difficulty = np.sqrt(0.8) * own + np.sqrt(0.2) * difficulty
            groups = np.array([f"{part}-{fold}-p{p:05d}" for p in patient])
        ids = np.array([f"{part}-{fold}-{i:06d}" for i in range(n)])
        parts[part] = _Cases(ids, labels.astype(np.int64), groups, difficulty)
    return parts


def _dealt_anew(
    parts: Sequence[dict[str, _Cases]], rng: np.random.Generator
) -> list[dict[str, _Cases]]:
    """The same test cases in other folds of the same sizes, class by class; patients stay together.

    The validation part of a fold is another one's, since it has no part in what is tested.
    """
    tests = [part["test"] for part in parts]
    ids, labels, difficulty = (
        np.concatenate([getattr(test, name) for test in tests])
        for name in ("ids", "labels", "difficulty")
    )
    known = tests[0].groups is not None
    units = np.concatenate([test.groups for test in tests]) if known else ids
    where = np.zeros(len(ids), dtype=int)
    names, first = np.unique(units, return_index=True)
    for label in np.unique(labels):
        own = rng.permutation(names[labels[first] == label])
        for fold in range(len(parts)):
            where[np.isin(units, own[fold :: len(parts)])] = fold
    found = []
    for fold, part in enumerate(parts):
        rows = where == fold
        test = _Cases(ids[rows], labels[rows], units[rows] if known else None, difficulty[rows])
        found.append({"val": part["val"], "test": test})
    return found


def _probabilities(
    cases: _Cases, auc: float, k: int, shared: float, shift: float, rng: np.random.Generator
) -> np.ndarray:
    mu = np.sqrt(2) * ndtri(auc) + shift
    latent = np.sqrt(shared) * cases.difficulty + np.sqrt(1 - shared) * rng.normal(
        size=(len(cases.labels), k)
    )
    if k == 2:
        positive = expit(1.5 * (latent[:, 1] + mu * cases.labels - mu / 2))
        return np.column_stack([1 - positive, positive])
    latent[np.arange(len(cases.labels)), cases.labels] += mu
    return softmax(1.5 * latent, axis=1)


def _run(
    trial: Trial,
    data: Data,
    method: Method,
    parts: dict[str, _Cases],
    shift: float,
    budget: str,
    rng: np.random.Generator,
) -> Run:
    k = len(data.shares)
    ok = trial.seed not in method.fails
    n = sum(len(cases.ids) for cases in parts.values())
    tables = {}
    for part, cases in parts.items():
        if method.constant:
            tables[part] = np.tile(data.shares, (len(cases.labels), 1))
        else:
            auc = 0.5 + (method.auc_on(data.name) - 0.5) * trial.fraction**method.growth
            tables[part] = _probabilities(cases, auc, k, data.shared, shift, rng)
        if method.never is not None:
            tables[part][:, method.never] *= 0.003
            tables[part] /= tables[part].sum(axis=1, keepdims=True)
    grouped = data.images_per_patient > 0
    predictions = Predictions(
        np.concatenate([c.ids for c in parts.values()]),
        np.concatenate([np.full(len(c.ids), part) for part, c in parts.items()]),
        np.concatenate([c.labels for c in parts.values()]),
        np.concatenate([c.groups for c in parts.values()]) if grouped else None,
        np.concatenate(list(tables.values())),
    )
    return Run(
        trial=trial,
        method=MethodCard(
            method.name,
            method.family,
            f"A simulated {method.family} method.",
            "classical-vs-deep",
            "0.1.0",
            method.rung,
        ),
        status="ok" if ok else method.status,
        data_fingerprint=method.fingerprint or _fingerprint(data, trial.fold),
        budget=method.budget or budget,
        environment=Environment(
            "3.11.9",
            "Linux x86_64",
            "Simulated CPU",
            8,
            1,
            method.device,
            {"numpy": "2.0.0"},
            "abc1234",
        ),
        started="2026-01-02T03:04:05+00:00",
        error="" if ok else "ValueError: no honest number came out",
        traceback="" if ok else "Traceback (most recent call last):\n  ...\nValueError: no",
        parameters={"C": 1.0, "kernel": "rbf", **method.parameters},
        fit_info=_fit_info(method) if ok else {},
        importance={part: lost + 0.01 * (trial.seed or 0) for part, lost in method.importance},
        importance_error=method.importance_error if ok else "",
        explanation_error=method.explanation_error if ok else "",
        weights=_weights(method, trial.seed) if ok else (),
        fit_seconds=_seconds(method, trial) if ok else None,
        predict_seconds=0.01 * n if ok else None,
        n_train=int(600 * trial.fraction) if ok else None,
        n_predicted=n if ok else None,
        peak_memory=300_000_000 if ok else None,
        model_size=1_500_000 if ok else None,
        predictions=predictions if ok else None,
    )


def _tuned(run: Run, method: Method, tune: int) -> Run:
    """The same run as the best of a search over C; the times are those of all configurations."""
    if run.predictions is None:
        return replace(run, tune=tune)
    names = [ord(letter) for letter in f"{run.trial.dataset} {method.name}"]
    own = np.random.default_rng([run.trial.seed or 0, run.trial.fold or 0, *names])
    n = min(tune, method.space)
    works = n - method.broken
    chosen = int(own.integers(works))
    worse = np.abs(own.normal(0, 0.02, n))
    worse[chosen] = 0
    validation = run.predictions.part("val")
    positive = 1 if validation.probabilities.shape[1] == 2 else None
    best = METRICS["auc"](validation.labels, validation.probabilities, positive)
    tuning = []
    for i in range(n):
        changes = {"C": float(10.0 ** (i - 2))} if i else {}
        one = Tried(changes, float(best - worse[i]), 2.0, chosen=i == chosen)
        if i >= works:
            one = replace(one, score=None, error="ValueError: C must be small")
        tuning.append(one)
    return replace(run, tune=tune, tuning=tuple(tuning), fit_seconds=n * run.fit_seconds)


def _fit_info(method: Method) -> dict[str, object]:
    curve = {"training_loss": list(method.training)} if method.training else {}
    return {**curve, **method.fit_info}


def _seconds(method: Method, trial: Trial) -> float:
    """Not from the generator of the scores, which must not depend on times."""
    names = [ord(letter) for letter in f"{trial.dataset} {method.name}"]
    own = np.random.default_rng([trial.seed or 0, trial.fold or 0, *names])
    return method.fit_seconds * float(np.exp(method.fit_spread * own.normal()))


def _weights(method: Method, seed: int | None) -> tuple[WeightsUsed, ...]:
    return method.weights[seed] if isinstance(method.weights, dict) else method.weights


def _fingerprint(data: Data, fold: int | None) -> str:
    return f"{data.name}-fingerprint" + ("" if fold is None else f"-{fold}")


def _card(data: Data, parts: dict[str, _Cases], rng: np.random.Generator) -> DatasetCard:
    k = len(data.shares)
    train = np.floor(np.asarray(data.shares) * 600 + 0.5).astype(int)
    cards = {"train": PartCard(int(train.sum()), None, tuple(train.tolist()))}
    if data.images_per_patient:
        cards["train"] = PartCard(
            int(train.sum()), int(train.sum()) // data.images_per_patient, tuple(train.tolist())
        )
    for part, cases in parts.items():
        counts = tuple(np.bincount(cases.labels, minlength=k).tolist())
        groups = None if cases.groups is None else len(np.unique(cases.groups))
        cards[part] = PartCard(len(cases.labels), groups, counts)
    ideal = {}
    if data.ideal:
        test = parts["test"]
        score = _probabilities(test, 0.93, k, data.shared, 0.0, rng)[:, 1]
        ideal = dict(zip(test.ids.tolist(), score.tolist(), strict=True))
    return DatasetCard(
        name=data.name,
        class_names=data.names,
        positive=1 if k == 2 else None,
        image_shape=(28, 28, 1),
        parts=cards,
        fingerprint=_fingerprint(data, None),
        source=data.source,
        generated=data.generated,
        licence="CC BY 4.0",
        citation="Nobody, A. (2026). Images that do not exist. Journal of Tests 1:1.",
        split=data.split,
        checksum=data.checksum,
        preprocessing=("resized to 28 × 28",),
        duplicates_across_parts=data.duplicates,
        known_answer="The label depends on texture alone." if data.ideal else "",
        ideal_auc=0.93 if data.ideal else None,
        samples={name: [PIXEL, PIXEL] for name in data.names},
        ideal_scores=ideal,
    )
