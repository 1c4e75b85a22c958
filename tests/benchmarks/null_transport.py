"""How often a change of the difference is called shown where there is none.

    python tests/benchmarks/null_transport.py [studies]

Every study is drawn by the binormal model of `tests.benchmarks.binormal`: deep and classical have
population AUCs whose difference is the same here and there, although there may be harder for both.
A study asks one question, or several; what is counted is what the report would say, after Holm's
correction over the questions of the study.
"""

import math
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtr, ndtri

sys.path.insert(0, str(Path(__file__).parents[2]))

from reports.analysis.pairs.dataset_comparison import DatasetComparison
from reports.analysis.transport.questions import Asked, Question, ask, corrected
from reports.analysis.transport.sides import Sides
from reports.loading.elsewhere import Corrupted, in_group
from reports.loading.selection import DatasetRuns, TestPart
from reports.verdicts.transport.rule import ruled
from tests.benchmarks.binormal import MARGIN, Design, Sample, draw, draw_comparison, shifts

FloatArray = NDArray[np.float64]
ALPHA = 0.05
SEVERITIES = (1, 2, 3, 4, 5)
ALIKE = 0.8  # correlation of a case's evidence with that of the same image spoilt


@dataclass(frozen=True)
class Study:
    """What is simulated.

    Attributes:
        name: of the row.
        kind: of the places.
        design: of the test part.
        there: cases of an external part.
        lost: how much lower both AUCs are there; under corruptions at the highest severity.
        questions: places, groups or corruptions that are asked about.
    """

    name: str
    kind: Literal["external", "subgroup", "corruption"]
    design: Design
    there: int = 0
    lost: float = 0.0
    questions: int = 1


_CASES = Design(200, deep=0.85, classical=0.8)
_PATIENTS = Design(400, deep=0.85, classical=0.8, images=4)
_MIXED = replace(_PATIENTS, mixed=True)
_SEEDS = replace(_CASES, seeds=3, seed_sd=0.01)

STUDIES = (
    Study("other cases", "external", _CASES, 150),
    Study("other cases, harder place", "external", _CASES, 150, 0.1),
    Study("other cases, 12 positive ones there", "external", _CASES, 30),
    Study(
        "other cases, near an AUC of 1", "external", replace(_CASES, deep=0.98, classical=0.96), 150
    ),
    Study("other cases, three seeds", "external", _SEEDS, 150),
    Study("other patients, 4 images each", "external", _PATIENTS, 300),
    Study("3 external parts", "external", _CASES, 150, 0.05, 3),
    Study("2 groups of the cases", "subgroup", _CASES),
    Study("5 groups of the cases", "subgroup", replace(_CASES, cases=500), questions=5),
    Study("2 groups that share patients", "subgroup", _MIXED),
    Study("same cases spoilt", "corruption", _CASES, 0, 0.1),
    Study("same cases spoilt, three seeds", "corruption", _SEEDS, 0, 0.1),
    Study("same patients spoilt, 4 images each", "corruption", _PATIENTS, 0, 0.1),
    Study("same patients of both classes spoilt", "corruption", _MIXED, 0, 0.1),
    Study("8 corruptions of the same cases", "corruption", _CASES, 0, 0.1, 8),
)


@dataclass(frozen=True)
class Counted:
    """Counts over studies.

    Attributes:
        studies: how many.
        shown: those in which any change is called shown.
        outside: questions whose interval leaves out 0, over all studies.
        asked: questions.
        same: those of which it is said that d is the same within the margin.
    """

    studies: int
    shown: int
    outside: int
    asked: int
    same: int


def false_changes(study: Study, studies: int, seed: int = 0) -> Counted:
    """What is said in so many studies in which d is the same everywhere."""
    rng = np.random.default_rng([seed, *map(ord, study.name)])
    shown = outside = asked = same = 0
    for _ in range(studies):
        told = [
            ruled(one, margin=MARGIN, alpha=ALPHA)
            for one in corrected([own.interaction for own in questions(study, rng)])
        ]
        shown += any(one.favours is not None for one in told)
        outside += sum(one.test.low > 0 or one.test.high < 0 for one in told)
        same += sum(one.rule == "same" for one in told)
        asked += len(told)
    return Counted(studies, shown, outside, asked, same)


def allowed(studies: int) -> float:
    """5 % and two standard errors of a share of so many."""
    return ALPHA + 2 * math.sqrt(ALPHA * (1 - ALPHA) / studies)


def questions(study: Study, rng: np.random.Generator) -> list[Asked]:
    """The questions of one simulated study with their answers."""
    mus = shifts(study.design, rng)
    test = draw(study.design, mus, rng)
    here = _runs(study.design, test, "test")
    sides = Sides.of(DatasetComparison(here, _skeleton(study.design).study))
    assert sides is not None  # both sides have a model, and enough cases
    return [ask(one, sides, "here") for one in _asked(study, here, test, mus, rng)]


def _asked(
    study: Study,
    here: DatasetRuns,
    test: Sample,
    mus: dict[str, FloatArray],
    rng: np.random.Generator,
) -> Iterator[Question]:
    for number in range(study.questions):
        name = f"place {number}"
        if study.kind == "external":
            design = replace(study.design, cases=study.there)
            other = draw(design, _worse(mus, study.lost), rng)
            there = (_runs(design, other, name),)
            yield Question("external", name, (name,), here, there)
        elif study.kind == "subgroup":
            groups = max(2, study.questions)
            ids = here.tests[None].case_ids
            own = np.arange(len(ids)) % groups == number
            data = in_group(here, frozenset(ids[own].tolist()))
            rest = in_group(here, frozenset(ids[~own].tolist()))
            yield Question("subgroup", name, (name,), rest, (data,))
        else:
            spoilt = _spoilt(study, here, test, mus, rng)
            each = tuple(spoilt.at("kind", severity) for severity in SEVERITIES)
            weights = (1 / len(each),) * len(each)
            names = tuple(f"{name} {severity}" for severity in SEVERITIES)
            yield Question("corruption", name, names, here, each, weights, shared=True)


def _spoilt(
    study: Study,
    here: DatasetRuns,
    test: Sample,
    mus: dict[str, FloatArray],
    rng: np.random.Generator,
) -> Corrupted:
    """Evidence that is partly that of the image as it is, and partly new, by method."""
    found = {}
    labels = test.labels
    units = np.arange(len(labels)) // study.design.images
    noise = {}
    for run in here.scored:
        trial = run.run.trial
        number = trial.seed or 0
        if trial.method not in noise:
            own = rng.normal(size=(len(SEVERITIES), units[-1] + 1))[:, units]
            image = rng.normal(size=(len(SEVERITIES), len(labels)))
            share = study.design.icc if study.design.images > 1 else 0.0
            noise[trial.method] = np.sqrt(share) * own + np.sqrt(1 - share) * image
        clean = test.scores[trial.method][number] - labels * mus[trial.method][number]
        rows = []
        for severity in SEVERITIES:
            mu = _worse(mus, study.lost * severity / len(SEVERITIES))[trial.method][number]
            new = noise[trial.method][severity - 1]
            evidence = labels * mu + ALIKE * clean + math.sqrt(1 - ALIKE**2) * new
            rows.append(np.stack([1 - expit(evidence), expit(evidence)], axis=1))
        found[trial] = np.stack(rows)[None].astype(np.float32)
    return Corrupted(here, ("kind",), SEVERITIES, found)


def _worse(mus: dict[str, FloatArray], lost: float) -> dict[str, FloatArray]:
    """The same models where every population AUC is so much lower: d stays as it is."""
    return {name: np.sqrt(2) * ndtri(ndtr(mu / np.sqrt(2)) - lost) for name, mu in mus.items()}


def _runs(design: Design, sample: Sample, place: str) -> DatasetRuns:
    """The runs of a design on these cases."""
    skeleton = _skeleton(replace(design, cases=_skeleton_cases(design))).data
    said = sample.probabilities()
    bare = sample.part()
    ids = np.array([f"{place} {int(i):06d}" for i in range(len(bare.case_ids))])
    groups = None if bare.groups is None else np.array([f"{place} {g}" for g in bare.groups])
    part = TestPart(None, ids, bare.labels, groups)
    scored = tuple(
        replace(run, test=said[run.run.trial.method][run.run.trial.seed or 0])
        for run in skeleton.scored
    )
    return replace(skeleton, tests={None: part}, scored=scored)


def _skeleton_cases(design: Design) -> int:
    return 100 * design.images


@cache
def _skeleton(design: Design) -> DatasetComparison:
    """Runs, card and study of a design; whoever is the best on validation stays so."""
    return draw_comparison(design, np.random.default_rng(0))


def main(studies: int) -> None:
    """Simulate and print a table."""
    print(f"| {studies} studies | change shown | interval leaves out 0 | same within ±δ |")
    print("|---|---|---|---|")
    cpu = time.process_time()
    for study in STUDIES:
        found = false_changes(study, studies)
        print(
            f"| {study.name} | {100 * found.shown / found.studies:.1f} % | "
            f"{100 * found.outside / found.asked:.1f} % | {100 * found.same / found.asked:.1f} % |",
            flush=True,
        )
    print(f"allowed: {100 * allowed(studies):.1f} %; {time.process_time() - cpu:.0f} s of CPU")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
