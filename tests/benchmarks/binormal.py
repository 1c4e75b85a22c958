"""Simulated methods whose AUCs are known, as the arrays that a verdict is given on.

The score of case i with class y, of a method with the population AUC A, is

    y * mu + sqrt(c) * difficulty(i) + sqrt(1 - c - v) * own(i, method) + sqrt(v) * noise(i, seed)

with mu = sqrt(2) * Phi^-1(A). Each part is standard normal, so that the score is one, and the
scores of two methods correlate by c within a class because the same cases are difficult for both.
With patients each part is sqrt(icc) times one of the patient plus sqrt(1 - icc) times one of the
image. Several seeds differ in the noise (v = 0.1, otherwise 0) and in their AUC, which is normal
around A: the mean over all seeds that there could be is A itself.
"""

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtri

from bench.protocol.record import DatasetCard, Environment, Family, MethodCard, PartCard, Run, Trial
from bench.protocol.study import Study
from reports.analysis.pairs.dataset_comparison import DatasetComparison
from reports.loading.selection import DatasetRuns, ScoredRun, TestPart

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

MARGIN = 0.02
_SEED_NOISE = 0.1  # share of the variance within a class that changes with the seed
_NOWHERE = Environment("", "", "", 0, 0, "")


@dataclass(frozen=True)
class Design:
    """What is simulated.

    Attributes:
        cases: test images; validation has half as many.
        share: of positive cases (of positive patients).
        images: of each patient; 1 for independent images.
        mixed: whether a patient may have images of both classes.
        deep, classical: population AUC of every method of the side.
        candidates: methods of each side, of which the best on validation is compared.
        seeds: runs of every deep method; every classical one has one.
        seed_sd: standard deviation of the AUC over seeds.
        correlation: c above.
        icc: of the images of a patient, above.
    """

    cases: int
    share: float = 0.4
    images: int = 1
    mixed: bool = False
    deep: float = 0.8
    classical: float = 0.8
    candidates: int = 1
    seeds: int = 1
    seed_sd: float = 0.0
    correlation: float = 0.5
    icc: float = 0.7

    @property
    def names(self) -> dict[str, Family]:
        """Method → side."""
        both: tuple[Family, Family] = ("deep", "classical")
        return {f"{side}-{i}": side for side in both for i in range(self.candidates)}


@dataclass(frozen=True)
class Sample:
    """Simulated cases.

    Attributes:
        labels: `(n,)` 0 and 1.
        patients: `(n,)`, or None where images are independent.
        scores: method → `(seeds, n)`.
    """

    labels: IntArray
    patients: IntArray | None
    scores: dict[str, FloatArray]

    def part(self) -> TestPart:
        """The cases as the report has them."""
        ids = np.arange(len(self.labels)).astype(str)
        groups = None if self.patients is None else self.patients.astype(str)
        return TestPart(None, ids, self.labels, groups)

    def probabilities(self) -> dict[str, FloatArray]:
        """Method → `(seeds, n, 2)`."""
        each = {name: expit(own) for name, own in self.scores.items()}
        return {name: np.stack([1 - own, own], axis=2) for name, own in each.items()}


def shifts(design: Design, rng: np.random.Generator) -> dict[str, FloatArray]:
    """Method → mu of each of its seeds: what training has made of them."""
    found = {}
    for name, side in design.names.items():
        auc = np.full(design.seeds, design.deep) if side == "deep" else np.array([design.classical])
        if side == "deep" and design.seed_sd > 0:
            auc = np.clip(auc + design.seed_sd * rng.normal(size=len(auc)), 0.01, 0.999)
        found[name] = np.sqrt(2) * ndtri(auc)
    return found


def draw(design: Design, mus: dict[str, FloatArray], rng: np.random.Generator) -> Sample:
    """New cases, and what trained methods say of them."""
    n = design.cases
    patient = np.arange(n) // design.images

    def normal(rows: int) -> FloatArray:
        image = rng.normal(size=(rows, n))
        if design.images == 1:
            return image
        own = rng.normal(size=(rows, int(patient[-1]) + 1))[:, patient]
        return np.asarray(np.sqrt(design.icc) * own + np.sqrt(1 - design.icc) * image)

    if design.mixed:
        labels = rng.permutation((np.arange(n) < round(design.share * n)).astype(np.int64))
    else:
        patients = int(patient[-1]) + 1
        labels = (patient < round(design.share * patients)).astype(np.int64)
    difficulty = np.sqrt(design.correlation) * normal(1)
    scores = {}
    for name, mu in mus.items():
        varying = _SEED_NOISE if len(mu) > 1 else 0.0
        own = np.sqrt(1 - design.correlation - varying) * normal(1)
        noise = np.sqrt(varying) * normal(len(mu)) if varying else 0.0
        scores[name] = labels * mu[:, None] + difficulty + own + noise
    return Sample(labels, None if design.images == 1 else patient, scores)


def draw_comparison(design: Design, rng: np.random.Generator) -> DatasetComparison:
    """All methods of both sides on validation and test of one simulated data set."""
    mus = shifts(design, rng)
    validation = draw(replace(design, cases=_half(design)), mus, rng)
    test = draw(design, mus, rng)
    study, card, runs = _declared(design)
    said = {"val": validation.probabilities(), "test": test.probabilities()}
    scored = tuple(
        ScoredRun(
            run,
            validation.labels,
            *(said[part][run.trial.method][run.trial.seed or 0] for part in ("val", "test")),
        )
        for run in runs
    )
    return DatasetComparison(
        DatasetRuns(
            card=card,
            tests={None: test.part()},
            scored=scored,
            failed=(),
            missing=(),
            runs=runs,
            methods={run.method.name: run.method for run in runs},
            misfits=(),
            groups_shared=0,
        ),
        study,
    )


def _half(design: Design) -> int:
    """Of the patients, at least two."""
    return max(2, design.cases // design.images // 2) * design.images


def _counted(design: Design) -> PartCard:
    patients = design.cases // design.images
    positive = round(design.share * patients) * design.images
    if design.mixed:
        positive = round(design.share * design.cases)
    groups = None if design.images == 1 else patients
    return PartCard(design.cases, groups, (design.cases - positive, positive))


@cache
def _declared(design: Design) -> tuple[Study, DatasetCard, tuple[Run, ...]]:
    """What does not change from sample to sample."""
    name = "simulated"
    study = Study((name,), tuple(design.names), seeds=tuple(range(design.seeds)), margin=MARGIN)
    card = DatasetCard(
        name=name,
        class_names=("benign", "malignant"),
        positive=1,
        image_shape=(),
        parts={"test": _counted(design)},
        fingerprint="",
        source="",
        licence="",
        citation="",
        split="official",
        checksum="none",
    )
    runs = []
    for method, side in design.names.items():
        count = design.seeds if side == "deep" else 1
        for seed in range(count) if count > 1 else (None,):
            trial = Trial(name, method, seed)
            own = MethodCard(method, side, "", "", "")
            runs.append(Run(trial, own, "ok", "", "", _NOWHERE, ""))
    return study, card, tuple(runs)
