"""Study → list of trials: a pure function."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bench.protocol.record import MethodCard, Trial
from bench.protocol.study import Study


@dataclass(frozen=True)
class MethodFacts:
    """What has to be known of a method before its trials can be planned.

    Attributes:
        card: for the report.
        parameters: every leaf parameter as declared, JSON-able.
        seeded: whether any parameter is called `random_state`, nested ones included, and the method
            does not say by `build.deterministic` that nothing is random with its settings.
        needs: "cuda" if the method is meant for a GPU, else "".
        uses_device: whether any parameter `device` is "auto".
        tunable: whether it says by `build.search_space` what is worth tuning.
        space_error: what is wrong with that, "" if nothing is.
        conditional: whether its `build.obstacle` can tell why it cannot work on a machine.
        error: why the method is unavailable, "" if it is available.
    """

    card: MethodCard
    parameters: dict[str, Any]
    seeded: bool = False
    needs: str = ""
    uses_device: bool = False
    tunable: bool = False
    space_error: str = ""
    conditional: bool = False
    error: str = ""


def plan(study: Study, methods: Mapping[str, MethodFacts]) -> list[Trial]:
    """Every trial of a study, methods of the deep and hybrid families first.

    Those take longest, and so the workers finish together. Names that `methods` lacks are left
    out. A method without randomness has one trial per data set, fold and fraction, unless it is
    tuned: its configurations are drawn by the seed.
    """
    folds = [None, *range(study.folds)] if study.folds == 0 else list(range(study.folds))
    slow_first = {"deep": 0, "hybrid": 1, "classical": 2, "control": 3}
    trials = [
        Trial(dataset, name, seed, fold, fraction)
        for dataset in study.datasets
        for name in study.methods
        if name in methods
        for fraction in study.fractions
        for fold in folds
        for seed in (study.seeds if _has_chance(methods[name], study) else (None,))
    ]
    return sorted(trials, key=lambda trial: slow_first[methods[trial.method].card.family])


def _has_chance(facts: MethodFacts, study: Study) -> bool:
    return facts.seeded or (facts.tunable and study.tune > 0)
