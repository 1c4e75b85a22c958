"""From the results folder of a segmentation study to everything that its report shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bench.protocol.metadata import is_number
from bench.protocol.record import Trial
from bench.protocol.study import Study
from bench.protocol.subgroups import Subgroups
from bench.results.other_data import left_out
from bench.results.store import Store
from bench.results.studies import StudyEntry
from reports.analysis.cases import most_shown
from reports.analysis.environments import environments
from reports.analysis.many import many
from reports.analysis.methods.method import without_scores
from reports.analysis.methods.tuning import tuning
from reports.analysis.pairs.over_datasets import corrected_over_datasets
from reports.analysis.planning import detectable_dice
from reports.analysis.segmentation.comparison import SegmentationComparison
from reports.analysis.segmentation.conditions import by_condition
from reports.analysis.segmentation.pictures import pictures
from reports.analysis.segmentation.sites import by_site
from reports.analysis.segmentation.summaries import (
    best_two,
    by_size,
    measure_differences,
    segmented_methods,
    single_cases,
    standing_methods,
)
from reports.evidence import (
    DatasetEvidence,
    Evidence,
    FailedRun,
    MethodEvidence,
    PrimaryComparison,
    Robustness,
    SeedScore,
    Segmentation,
    Verdict,
)
from reports.loading.measured import MeasuredRun, measured_run, truth_of
from reports.loading.other_images import trials_on_other_images
from reports.loading.segmented import SegmentedRun, load_segmented
from reports.loading.trials import trial_order, trials_of_study
from reports.processes import shared_out
from reports.verdicts.audit import audit, strip
from reports.verdicts.dataset_verdict import decide
from reports.verdicts.dice_by_condition import dice_by_image_size, dice_by_training_size
from reports.verdicts.guards.found import Found
from reports.verdicts.leading import over_datasets
from reports.verdicts.overall import overall

SITE = "site"
"""The column of metadata by which results are always shown."""

CLAIM = "Deep learning is better than classical machine learning on these images."


@dataclass(frozen=True, eq=False)
class ExaminedMaps:
    """A data set before anything is corrected over data sets.

    Attributes:
        whole: the two sides on all test cases.
        compared: the same on the cases that decide.
        found: what the guards look at.
        segmentation: what label maps measure, on all test cases.
        at_size: the two sides by size of the images, on the cases that decide; {} where there is
            one size.
        failed_beside: failures at other sizes than that of the verdict.
    """

    whole: SegmentationComparison
    compared: SegmentationComparison
    found: Found
    segmentation: Segmentation
    at_size: Mapping[int, SegmentationComparison]
    failed_beside: tuple[FailedRun, ...]


def collect_segmentation(store: Store) -> Evidence:
    """Everything that the report of a segmentation study's results folder shows.

    Raises:
        ResultsError: if the folder is none, or damaged.
    """
    entries = store.studies()
    study = entries[-1].study
    stored, stale = tuple(store.trials()), left_out(store)
    ours, others = trials_of_study(study, stored)
    order = sorted(ours, key=lambda trial: (trial.dataset, *trial_order(trial)))
    order += trials_on_other_images(study, [trial for trial in stored if trial not in stale])
    measured = shared_out(measured_run, (store, study.resize), order)
    of_dataset: dict[str, list[MeasuredRun]] = {}
    for trial, run in zip(order, measured, strict=True):
        if run is not None:
            of_dataset.setdefault(trial.dataset, []).append(run)
    names = [name for name in study.datasets if store.card(name) is not None]
    most = most_shown(len(names)) // 2
    examined = [
        one
        for name in names
        if (one := examine(store, entries, name, of_dataset.get(name, []), most)) is not None
    ]
    families = [_family(one) for one in examined]
    comparisons = corrected_over_datasets([one.found.comparison for one in examined], families)
    datasets = over_datasets(
        [
            _dataset_evidence(one, comparison)
            for one, comparison in zip(examined, comparisons, strict=True)
        ]
    )
    datasets.sort(key=lambda found: (found.generated, found.card.name))
    with_card = {found.card.name for found in datasets}
    loaded = [one.whole.runs.data for one in examined]
    beside = [failure for one in examined for failure in one.failed_beside]
    otherwise = sum(data.tuned_otherwise for data in loaded)
    return Evidence(
        entry=entries[-1],
        study_hash=study.hash,
        claim=CLAIM,
        overall=overall(datasets, margin=study.margin, alpha=study.alpha),
        claims=(),
        robustness=Robustness((), (), (), None, duplicates_known=False, notes=()),
        many=many([], study.alpha),
        audit=strip(datasets),
        datasets=tuple(datasets),
        without_card=tuple(name for name in study.datasets if name not in with_card),
        failed=(*(failure for data in loaded for failure in data.failed), *beside),
        missing=tuple(missing for data in loaded for missing in data.missing),
        of_other_data=tuple(sorted(stale, key=lambda t: (t.dataset, t.method, t.key))),
        environments=environments([run for data in loaded for run in data.runs]),
        n_runs=len(ours - stale) - otherwise,
        n_other_runs=len(others - stale) + otherwise,
        n_studies=len(entries),
        fraction=max(study.fractions),
    )


def so_far(store: Store, name: str, trials: Sequence[Trial]) -> Verdict:
    """The verdict on one data set that has a card, neither audited nor corrected for others.

    Args:
        store: the results folder.
        name: of the data set.
        trials: those of it that are stored.
    """
    study = store.current.study
    card, truth = store.card(name), truth_of(store, name)
    if card is None or truth is None:
        return decide(None, "its true label maps are not stored", (), study.margin)
    subject = store, study.resize
    measured = [run for trial in trials if (run := measured_run(subject, trial)) is not None]
    whole = SegmentationComparison(load_segmented(study, card, truth, measured), study)
    compared = deciding(whole)
    return decide(compared.primary(), compared.obstacle, (), study.margin, adjusted=False)


def examine(
    store: Store,
    entries: Sequence[StudyEntry],
    name: str,
    measured: Sequence[MeasuredRun],
    most: int,
) -> ExaminedMaps | None:
    """A data set before corrections; None where its card or its truth is not stored.

    Args:
        store: the results folder.
        entries: its studies, the current one last.
        name: of the data set.
        measured: its runs.
        most: pictured cases of a kind.
    """
    study = entries[-1].study
    card, truth = store.card(name), truth_of(store, name)
    if card is None or truth is None:
        return None
    own = [run for run in measured if not run.run.trial.size]
    whole = SegmentationComparison(load_segmented(study, card, truth, own), study)
    compared = deciding(whole)
    elsewhere = {
        side: SegmentationComparison(load_segmented(study, card, truth, runs), study)
        for side in study.other_sizes
        if (runs := [run for run in measured if run.run.trial.size == side])
    }
    at_size = {side: deciding(one) for side, one in elsewhere.items()}
    segmentation = _segmentation(whole, elsewhere, store, most)
    comparison = _on_all_cases(compared.primary(), whole)
    methods = [_method(whole, method) for method in whole.runs.data.methods]
    found = Found(
        data=whole.runs.data,
        methods=methods,
        comparison=comparison,
        study=study,
        studies=sum(name in entry.study.datasets for entry in entries),
        times=entries[-1].times,
        times_elsewhere=sum(e.times for e in entries[:-1] if name in e.study.datasets),
        analyses=(),
        duplicates=card.near_duplicates,
        segmentation=segmentation,
    )
    return ExaminedMaps(
        whole,
        compared,
        found,
        segmentation,
        dict(sorted({**at_size, int(study.size or 0): compared}.items())) if at_size else {},
        tuple(failure for one in elsewhere.values() for failure in one.runs.data.failed),
    )


def deciding(whole: SegmentationComparison) -> SegmentationComparison:
    """The same on the test cases that have no near twin in train or validation."""
    twins = whole.runs.data.card.near_duplicates
    if not twins:
        return whole
    return SegmentationComparison(whole.runs.without(twins), whole.study)


def _on_all_cases(
    comparison: PrimaryComparison | None, whole: SegmentationComparison
) -> PrimaryComparison | None:
    """With the difference on all test cases beside it, where some do not decide."""
    if comparison is None:
        return None
    n_twins = len(whole.runs.case_ids) - comparison.n_cases
    if not n_twins:
        return comparison
    on_all = whole.primary()
    difference = None if on_all is None else on_all.pair.difference
    return replace(comparison, n_twins=n_twins, on_all=difference)


def _segmentation(
    whole: SegmentationComparison,
    elsewhere: Mapping[int, SegmentationComparison],
    store: Store,
    most: int,
) -> Segmentation:
    runs = whole.runs
    cases = single_cases(whole)
    rows, pictured, trouble = pictures(whole, cases, store, most)
    return Segmentation(
        classes=runs.class_names,
        unit=runs.truth.scale.unit,
        tolerance=runs.truth.scale.tolerance,
        methods=segmented_methods(whole),
        sides=standing_methods(whole),
        cases=cases,
        empty=int((runs.shares.sum(axis=1) == 0).sum()),
        differences=measure_differences(whole),
        sizes=by_size(whole),
        sites=by_site(whole, _columns(whole, store)) if best_two(whole) else (),
        conditions=by_condition(whole, elsewhere),
        pictures=rows,
        pictured=pictured,
        trouble=trouble,
    )


def _columns(whole: SegmentationComparison, store: Store) -> dict[str, dict[str, str]]:
    """Column → case → its group, in the order of the groups: the site, and what the study asks."""
    metadata = store.metadata(whole.runs.data.card.name)
    if metadata is None:
        return {}
    asked = [Subgroups.parse(text) for text in whole.study.subgroups]
    if SITE in metadata.columns and not is_number(metadata.columns[SITE]):
        asked = [Subgroups(SITE), *(one for one in asked if one.column != SITE)]
    found: dict[str, dict[str, str]] = {}
    for subgroups in asked:
        values = metadata.columns.get(subgroups.column)
        if values is None or subgroups.problem(values):
            continue
        names, group = subgroups.of(values)
        found[subgroups.column] = {
            case: name
            for number, name in enumerate(names)
            for case in metadata.case_ids[group == number].tolist()
        }
    return found


def _method(whole: SegmentationComparison, name: str) -> MethodEvidence:
    data = whole.runs.data
    own = whole.of_method.get(name, ())
    scores = tuple(_score(run) for run in own)
    found = without_scores(
        data.methods[name],
        data,
        [run.measured.run for run in own],
        scores,
        is_champion=name in whole.champions.values(),
    )
    return replace(found, tuning=tuning([run.measured.run for run in own]))


def _score(run: SegmentedRun) -> SeedScore:
    trial: Trial = run.measured.run.trial
    test = float(run.over_classes[:, 0].mean()) if len(run.values) else None
    return SeedScore(trial.seed, trial.fold, test, run.validation, trial.repeat)


def _family(one: ExaminedMaps) -> str | None:
    """Over which data sets Holm's corrections run: real or generated ones that get a verdict."""
    found = one.found
    verdict = decide(found.comparison, one.compared.obstacle, audit(found), found.study.margin)
    if not verdict.is_verdict:
        return None
    return "generated" if found.card.generated else "real"


def _dataset_evidence(one: ExaminedMaps, comparison: PrimaryComparison | None) -> DatasetEvidence:
    found = replace(one.found, comparison=comparison)
    items = audit(found)
    study: Study = found.study
    order = ("deep", "classical", "hybrid", "control")
    dice = {m.name: m.dice.mean.value for m in one.segmentation.methods}
    methods = sorted(
        found.methods, key=lambda m: (order.index(m.family), -dice.get(m.name, -1.0), m.name)
    )
    card = found.card
    verdict = decide(comparison, one.compared.obstacle, items, study.margin)
    decided = comparison if verdict.is_verdict else None
    return DatasetEvidence(
        card=card,
        generated=card.generated,
        prevalence=card.prevalence,
        test_shares=card.prevalence["test"],
        no_information_rate=0.0,
        detectable=detectable_dice(card, study),
        methods=tuple(methods),
        champion_deep=one.compared.champions["deep"],
        champion_classical=one.compared.champions["classical"],
        comparison=comparison,
        decisions=None,
        probability_pair=None,
        few_false_alarms=None,
        verdict=verdict,
        audit=items,
        ideal=None,
        validation_twins=found.data.validation_twins,
        sizes=dice_by_training_size(one.compared, decided) if decided else (),
        image_sizes=dice_by_image_size(one.at_size, study.size, decided) if decided else (),
        segmentation=one.segmentation,
    )
