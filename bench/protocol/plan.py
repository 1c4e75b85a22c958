"""Study → list of trials: a pure function."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from bench.protocol.cards import MethodCard
from bench.protocol.record import Trial, WeightsUsed
from bench.protocol.study import Study

OneClass = Literal["", "only", "too"]
"""Whether a method is trained on one class alone: never, always, or either way."""

ONE_CLASS: tuple[OneClass, ...] = get_args(OneClass)


@dataclass(frozen=True)
class ResolvedWeights:
    """What a parameter of pretrained weights stands for in a study.

    Attributes:
        parameter: its name, nested ones as scikit-learn writes them.
        used: the weights, None to start from scratch.
        file: where they are on the machine that looked for them, "" without.
    """

    parameter: str
    used: WeightsUsed | None
    file: str = ""


@dataclass(frozen=True)
class MethodFacts:
    """What has to be known of a method before its trials can be planned.

    Attributes:
        card: for the report.
        parameters: every leaf parameter as declared, JSON-able.
        seeded: whether any parameter is called `random_state`, nested ones included, and the method
            does not say that nothing is random with its settings.
        needs: "cuda" if the method is meant for a GPU, else "".
        uses_device: whether any parameter `device` is "auto".
        tunable: whether it says what is worth tuning.
        space_error: what is wrong with that, "" if nothing is.
        conditional: whether it can tell why it cannot work on a machine.
        pretrained: whether it may start from pretrained weights, which are resolved for a study.
        weights: what they were resolved to.
        one_class: whether it is trained on one class alone, see `bench.methods.spec.MethodSpec`.
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
    pretrained: bool = False
    weights: tuple[ResolvedWeights, ...] = ()
    error: str = ""
    one_class: OneClass = ""

    def takes(self, one_class: str) -> bool:
        """Whether it can be trained as a study wants it.

        Args:
            one_class: `Study.one_class`.
        """
        return self.one_class in (("only", "too") if one_class else ("", "too"))

    @property
    def weights_used(self) -> tuple[WeightsUsed, ...]:
        """The weights that its trials start from, as they are stored."""
        return tuple(item.used for item in self.weights if item.used is not None)


def plan(study: Study, methods: Mapping[str, MethodFacts]) -> list[Trial]:
    """Every trial of a study, methods of the deep and hybrid families first.

    Those take longest, and so the workers finish together. Names that `methods` lacks are left
    out. A method without randomness has one trial per data set, fold and fraction, unless it is
    tuned: its configurations are drawn by the seed; or less than the whole training part is used:
    the seed draws which.

    With bootstrap samples of the training part there is a trial more for each sample, of the
    largest fraction; the seeds take turns. Where a study has several sizes or masks, those of the
    largest fraction are there once more for each other size and each other mask, on the first draw
    of the folds.
    """
    slow_first = {"deep": 0, "hybrid": 1, "classical": 2, "control": 3}
    trials = [
        Trial(dataset, name, seed, fold, fraction, resample, repeat)
        for dataset in study.datasets
        for name in study.methods
        if name in methods
        for fraction in study.fractions
        for repeat in range(study.repeats)
        for fold in (range(study.folds) if study.folds else (None,))
        for seed, resample in _draws(methods[name], study, fraction)
    ]
    repeated = [
        trial
        for trial in trials
        if trial.fraction == study.fractions[-1] and trial.resample is None and not trial.repeat
    ]
    trials += [replace(trial, size=size) for size in study.other_sizes for trial in repeated]
    trials += [replace(trial, masks=masks) for masks in study.other_masks for trial in repeated]
    return sorted(trials, key=lambda trial: slow_first[methods[trial.method].card.family])


def _draws(
    facts: MethodFacts, study: Study, fraction: float
) -> list[tuple[int | None, int | None]]:
    """Seeds, and bootstrap samples of the training part, that a method is trained with."""
    by_chance = facts.seeded or (facts.tunable and study.tune > 0) or fraction < 1
    seeds: tuple[int | None, ...] = study.seeds if by_chance else (None,)
    draws: list[tuple[int | None, int | None]] = [(seed, None) for seed in seeds]
    if fraction == study.fractions[-1]:
        draws += [(seeds[i % len(seeds)], i) for i in range(study.resample)]
    return draws
