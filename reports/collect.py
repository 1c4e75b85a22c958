"""From a results folder to everything that its report shows."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from bench.protocol.cards import DatasetCard
from bench.protocol.study import Study
from bench.results.other_data import left_out
from bench.results.store import Store
from reports.analysis.cases import most_shown
from reports.analysis.environments import environments
from reports.analysis.many import many
from reports.analysis.methods.discrimination import observer_roc
from reports.analysis.methods.method import reading_order
from reports.analysis.methods.rungs import ladder
from reports.analysis.pairs.dataset_comparison import DatasetComparison
from reports.analysis.pairs.over_datasets import corrected_over_datasets
from reports.analysis.pairs.single_split import SingleSplit
from reports.analysis.planning import detectable
from reports.collect_segmentation import CLAIM, collect_segmentation
from reports.evidence import (
    ClaimEvidence,
    DatasetEvidence,
    Evidence,
    IdealObserver,
    Transport,
)
from reports.examine import Examined, Results, examine
from reports.loading.other_images import trials_on_other_images
from reports.loading.resampled import resampled_trials
from reports.loading.selection import DatasetRuns, TestPart, each_case_once
from reports.loading.trials import trials_of_study
from reports.processes import shared_out
from reports.verdicts.audit import audit, strip
from reports.verdicts.claim_verdicts import judged
from reports.verdicts.claims import questions
from reports.verdicts.dataset_verdict import decide
from reports.verdicts.guards.found import Found
from reports.verdicts.leading import over_datasets
from reports.verdicts.other_images import by_image_size, by_masks
from reports.verdicts.overall import overall
from reports.verdicts.sensitivity import grid, robustness
from reports.verdicts.time_claim import slower
from reports.verdicts.training_size import by_training_size
from reports.verdicts.transport.lights import lights
from reports.verdicts.transport.over_all import Answered, concluded, family_of, over_all


def collect(store: Store) -> Evidence:
    """Everything that the report of a results folder shows.

    Only runs of the current study count. Where a study trains on several shares of the training
    part, everything but the learning curves uses the largest.

    Args:
        store: the results folder.

    Raises:
        ResultsError: if the folder is none, or damaged.
    """
    entries = store.studies()
    study = entries[-1].study
    if study.task == "segmentation":
        return collect_segmentation(store)
    stored, stale = tuple(store.trials()), left_out(store)
    present = [trial for trial in stored if trial not in stale]
    ours, others = trials_of_study(study, stored)
    again = resampled_trials(study, present)
    names = [name for name in study.datasets if store.card(name) is not None]
    others_seen = tuple(trials_on_other_images(study, present))
    shown = most_shown(len(names))
    results = Results(store, entries, frozenset(ours), tuple(again), others_seen, shown)
    examined = shared_out(examine, results, names)
    loaded = [one.whole.data for one in examined]
    all_deciding = [one.compared for one in examined]
    families = [one.family for one in examined]
    comparisons = corrected_over_datasets([one.found.comparison for one in examined], families)
    analyses = grid([one.choices for one in examined], comparisons, families, study.alpha)
    families_beyond = [family_of(data.card) for data in loaded]
    beyond = concluded([one.travelled for one in examined], families_beyond, study)
    datasets = []
    for one, comparison, transport in zip(examined, comparisons, beyond, strict=True):
        own = [each for each in analyses if each.dataset == one.whole.data.card.name]
        found = replace(one.found, comparison=comparison, analyses=own)
        datasets.append(_dataset_evidence(one, found, transport))
    both = sorted(
        zip(over_datasets(datasets), all_deciding, strict=True),
        key=lambda pair: (pair[0].generated, pair[0].card.name),
    )
    datasets, all_deciding = [found for found, _ in both], [compared for _, compared in both]
    searched = any(data.card.near_duplicates is not None for data in loaded)
    with_card = {found.card.name for found in datasets}
    otherwise = sum(data.tuned_otherwise for data in loaded)
    return Evidence(
        entry=entries[-1],
        study_hash=study.hash,
        claim=CLAIM,
        overall=overall(datasets, margin=study.margin, alpha=study.alpha),
        claims=_claims(all_deciding, datasets, study),
        robustness=robustness(analyses, datasets, searched),
        many=many(datasets, study.alpha),
        audit=strip(datasets),
        datasets=tuple(datasets),
        without_card=tuple(name for name in study.datasets if name not in with_card),
        failed=tuple(failure for data in loaded for failure in data.failed),
        missing=tuple(missing for data in loaded for missing in data.missing),
        of_other_data=tuple(sorted(stale, key=lambda t: (t.dataset, t.method, t.key))),
        environments=environments([run for data in loaded for run in data.runs]),
        n_runs=len(ours - stale) - otherwise,
        n_other_runs=len(others - stale) + otherwise,
        n_studies=len(entries),
        fraction=max(study.fractions),
        transport=over_all(
            [
                Answered(one.whole.data.card, one.travelled, transport)
                for one, transport in zip(examined, beyond, strict=True)
                if one.travelled is not None and transport is not None
            ],
            [data.card for data in loaded],
            study,
        ),
    )


def _claims(
    all_compared: Sequence[DatasetComparison], datasets: Sequence[DatasetEvidence], study: Study
) -> tuple[ClaimEvidence, ...]:
    """Those of the study file, then the built-in ones."""
    asked = [judged(question, all_compared, datasets, study) for question in questions(study)]
    declared = [claim for claim in asked if claim.declared]
    built_in = [claim for claim in asked if not claim.declared]
    times = slower(all_compared, [found.generated for found in datasets], study)
    return (*declared, times, *built_in)


def _dataset_evidence(
    examined: Examined, found: Found, transport: Transport | None
) -> DatasetEvidence:
    """Methods are shown on all test cases; the sides are compared on those that decide.

    Args:
        examined: the data set.
        found: what was found on it, corrected over data sets.
        transport: what was found beyond its test part.
    """
    whole, compared, best_two = examined.whole, examined.compared, examined.best_two
    data, study, comparison = whole.data, whole.study, found.comparison
    items = audit(found)
    verdict = decide(comparison, compared.obstacle, items, study.margin, data.card.one_class)
    decided = comparison if verdict.is_verdict else None
    shares = _test_shares(data)
    return DatasetEvidence(
        card=data.card,
        generated=data.card.generated,
        prevalence=data.card.prevalence,
        test_shares=shares,
        no_information_rate=max(shares),
        detectable=detectable(data.card, study),
        methods=tuple(sorted(found.methods, key=reading_order)),
        champion_deep=compared.candidates.champions["deep"],
        champion_classical=compared.candidates.champions["classical"],
        comparison=comparison,
        decisions=best_two.decisions,
        probability_pair=best_two.probabilities,
        few_false_alarms=best_two.few_false_alarms,
        verdict=verdict,
        audit=(*items, *lights(transport)),
        ideal=_ideal(data, study),
        sizes=by_training_size(compared, decided) if decided else (),
        validation_twins=data.validation_twins,
        disagreements=examined.disagreements,
        image_sizes=by_image_size(compared, decided) if decided else (),
        masks=by_masks(compared, decided) if decided else (),
        ladder=ladder(data.card, found.methods, study.resize),
        transport=transport,
    )


def _test_shares(data: DatasetRuns) -> tuple[float, ...]:
    """Of each class among the test cases; where no run has a result, those that the card counts."""
    labels = [part.labels for part in each_case_once(data.tests.values())]
    if labels:
        per_class = np.bincount(np.concatenate(labels), minlength=len(data.card.class_names))
    else:
        parts = data.card.folds or (data.card.parts,)
        per_class = np.sum([part["test"].per_class for part in parts], axis=0)
    return tuple((per_class / max(1, per_class.sum())).tolist())


def _ideal(data: DatasetRuns, study: Study) -> IdealObserver | None:
    """The ideal observer on the test cases; its scores are known for two classes only."""
    card = data.card
    if card.ideal_auc is None and not card.ideal_scores:
        return None
    auc, roc = None, None
    part = data.tests.get(None)
    if card.positive is not None and part is not None and _covers(card, part):
        score = np.array([card.ideal_scores[case] for case in part.case_ids])
        columns = np.zeros((1, len(score), 2))
        columns[0, :, card.positive] = score
        auc = SingleSplit({"ideal": columns}, part, card.positive, 1 - study.alpha).value("ideal")
        roc = observer_roc(part.labels, score, card.positive)
    return IdealObserver(card.ideal_auc, auc, roc, card.known_answer)


def _covers(card: DatasetCard, part: TestPart) -> bool:
    return len(np.unique(part.labels)) == 2 and all(
        case in card.ideal_scores for case in part.case_ids
    )
