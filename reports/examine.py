"""One data set, before anything is corrected over data sets: all that takes long of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from bench.protocol.record import Trial
from bench.results.store import Store
from bench.results.studies import StudyEntry
from reports.analysis.cases import disagreements
from reports.analysis.methods.decisions import decision_pair
from reports.analysis.methods.method import Standing, method_evidence
from reports.analysis.pairs.counted_classes import on_counted_classes, without_classes
from reports.analysis.pairs.dataset_comparison import DatasetComparison
from reports.analysis.pairs.few_false_alarms import few_false_alarms
from reports.analysis.pairs.probability_pair import probability_pair
from reports.analysis.suggested import with_suggested_groups
from reports.analysis.transport.transport import Travelled, travel
from reports.evidence import (
    SIDES,
    Analysis,
    DecisionPair,
    Disagreements,
    FewFalseAlarms,
    MethodEvidence,
    PrimaryComparison,
    ProbabilityPair,
)
from reports.loading.choosing import with_choosing_cases
from reports.loading.other_images import with_other_images
from reports.loading.resampled import with_resampled
from reports.loading.selection import load
from reports.loading.units import with_twins_as_one
from reports.verdicts.audit import audit
from reports.verdicts.contrasts import side_contrasts
from reports.verdicts.dataset_verdict import decide
from reports.verdicts.guards.found import Found
from reports.verdicts.sensitivity import choices_on


@dataclass(frozen=True)
class Results:
    """What the evidence of every data set is made from.

    Attributes:
        store: the results folder.
        entries: its studies, the current one last.
        trials: stored trials of the current study.
        resampled: those on samples of the training part.
        other_images: those on other images than the verdict's.
        most_shown: single cases to show of a data set.
    """

    store: Store
    entries: tuple[StudyEntry, ...]
    trials: frozenset[Trial]
    resampled: tuple[Trial, ...]
    other_images: tuple[Trial, ...]
    most_shown: int


@dataclass(frozen=True)
class BestTwo:
    """What is asked of the best two models beyond the AUC; each None where it cannot be asked."""

    decisions: DecisionPair | None = None
    probabilities: ProbabilityPair | None = None
    few_false_alarms: FewFalseAlarms | None = None


@dataclass(frozen=True, eq=False)
class Examined:
    """A data set before anything is corrected over data sets.

    Attributes:
        whole: the two sides on all test cases.
        compared: the same on the cases that decide.
        found: what the guards look at.
        family: over which data sets Holm's corrections run: real or generated ones that get a
            verdict, or None.
        choices: the primary comparison under every other choice; () without a verdict.
        best_two: the best deep and the best classical model, beyond the AUC.
        disagreements: of these on single cases; None where a side has none.
        travelled: what was asked beyond the test part; None where nothing was.
    """

    whole: DatasetComparison
    compared: DatasetComparison
    found: Found
    family: str | None
    choices: tuple[Analysis, ...]
    best_two: BestTwo
    disagreements: Disagreements | None
    travelled: Travelled | None = None


def examine(results: Results, name: str) -> Examined:
    """All that takes long of the data set of this name, which has a card."""
    store, study = results.store, results.entries[-1].study
    card = store.card(name)
    assert card is not None  # asked only of data sets that have one
    data = load(store, study, card, {trial for trial in results.trials if trial.dataset == name})
    data = with_resampled(data, store, study, results.resampled)
    data = with_other_images(data, store, study, results.other_images)
    data = with_twins_as_one(with_choosing_cases(data, study.folds))
    whole = DatasetComparison(data, study)
    compared = deciding(whole)
    comparison = with_suggested_groups(on_all_cases(compared.primary(), whole), compared)
    found = _found(whole, comparison, results.entries)
    family = _family(found, compared)
    return Examined(
        whole=whole,
        compared=compared,
        found=found,
        family=family,
        choices=(
            ()
            if comparison is None or family is None
            else choices_on(compared, _with_twins(whole, compared), comparison)
        ),
        best_two=_best_two(whole),
        disagreements=disagreements(whole, store, results.most_shown),
        travelled=travel(compared, store),
    )


def deciding(whole: DatasetComparison) -> DatasetComparison:
    """The same data set on the test cases that decide.

    They have no near twin in train or validation, and are of classes that have enough of them.
    """
    twins = whole.data.card.near_duplicates
    data = on_counted_classes(whole.data.without(twins) if twins else whole.data)
    return whole if data is whole.data else DatasetComparison(data, whole.study)


def on_all_cases(
    comparison: PrimaryComparison | None, whole: DatasetComparison
) -> PrimaryComparison | None:
    """A primary comparison with the same two models' difference on all test cases beside it."""
    left_out = 0 if comparison is None else whole.data.size.cases - comparison.n_cases
    if comparison is None or not left_out:
        return comparison
    difference = None
    deep, classical = (whole.candidates.champion(side) for side in SIDES)
    if deep is not None and classical is not None and whole.can_pair(deep, classical):
        difference = whole.pair(deep, classical, prospects=False).difference
    twins = whole.data.card.near_duplicates or ()
    n_twins = whole.data.size.cases - whole.data.without(twins).size.cases
    return replace(comparison, n_twins=n_twins, on_all=difference)


def _with_twins(whole: DatasetComparison, compared: DatasetComparison) -> DatasetComparison:
    """On the classes that decide, near-duplicates included."""
    if not compared.data.left_out:
        return whole
    return DatasetComparison(without_classes(whole.data, compared.data.left_out), whole.study)


def _family(found: Found, compared: DatasetComparison) -> str | None:
    verdict = decide(
        found.comparison, compared.obstacle, audit(found), found.study.margin, found.card.one_class
    )
    if not verdict.is_verdict:
        return None
    return "generated" if found.card.generated else "real"


def _found(
    whole: DatasetComparison, comparison: PrimaryComparison | None, entries: Sequence[StudyEntry]
) -> Found:
    """What the guards look at, before anything is corrected over data sets."""
    name, study = whole.data.card.name, whole.study
    return Found(
        data=whole.data,
        methods=methods_of(whole),
        comparison=comparison,
        study=study,
        studies=sum(name in entry.study.datasets for entry in entries),
        times=entries[-1].times,
        times_elsewhere=sum(e.times for e in entries[:-1] if name in e.study.datasets),
        analyses=(),
        duplicates=whole.data.card.near_duplicates,
    )


def _best_two(compared: DatasetComparison) -> BestTwo:
    """Nothing where a side has no champion or test has a single class."""
    candidates = compared.candidates
    deep, classical = (candidates.champions[side] for side in SIDES)
    if deep is None or classical is None or compared.paired is None:
        return BestTwo()
    runs = candidates.runs[deep], candidates.runs[classical]
    asked = compared.data, (deep, classical), runs, compared.level
    return BestTwo(decision_pair(*asked), probability_pair(*asked), few_false_alarms(*asked))


def _drawn(compared: DatasetComparison) -> set[str]:
    """The methods whose probabilities are drawn: the champions and the best hybrid."""
    candidates = compared.candidates
    drawn = (*candidates.champions.values(), candidates.best("hybrid"))
    return {name for name in drawn if name is not None}


def methods_of(
    compared: DatasetComparison, drawn: Collection[str] | None = None
) -> list[MethodEvidence]:
    """What is shown of every method of a data set.

    Args:
        compared: the data set.
        drawn: the methods whose probabilities figures show; None for the best of each family.
    """
    candidates, paired = compared.candidates, compared.paired
    contrasts = side_contrasts(compared)
    drawn = _drawn(compared) if drawn is None else drawn
    found = []
    for name, card in compared.data.methods.items():
        scored = name in candidates.tested
        standing = Standing(
            auc=compared.auc(name),
            per_class=paired.per_class(name) if paired and scored else {},
            is_champion=name in candidates.champions.values(),
            contrast=contrasts.get(name),
            drawn=name in drawn,
        )
        runs, scores = candidates.runs.get(name, ()), candidates.scores.get(name, ())
        found.append(method_evidence(card, compared.data, runs, scores, standing, compared.study))
    return found
