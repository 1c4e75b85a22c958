"""The verdict on one data set of a study while trials on others still run."""

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from bench.results.store import Store
from reports.analysis.pairs.dataset_comparison import DatasetComparison
from reports.collect_segmentation import so_far
from reports.evidence import Verdict
from reports.examine import deciding
from reports.loading.choosing import with_choosing_cases
from reports.loading.selection import load
from reports.loading.trials import trials_of_study
from reports.loading.units import with_twins_as_one
from reports.verdicts.dataset_verdict import decide


def verdict_so_far(store: Store, dataset: str) -> str:
    """The verdict on a data set whose trials have ended, in one line.

    It is that of this data set alone: neither corrected for the others nor audited, which takes ten
    times as long and needs all of them; the report has both.

    Args:
        store: the results folder.
        dataset: of its current study.

    Raises:
        ResultsError: if the results are damaged.
    """
    study = store.current.study
    card = store.card(dataset)
    if card is None:
        return f"{dataset}: no verdict, since nothing is known of the data set"
    ours, _ = trials_of_study(study, store.trials())
    if study.task == "segmentation":
        with threadpool_limits(1):
            found = so_far(store, dataset, [trial for trial in ours if trial.dataset == dataset])
        return _told(dataset, found)
    with threadpool_limits(1):
        data = load(store, study, card, {trial for trial in ours if trial.dataset == dataset})
        data = with_twins_as_one(with_choosing_cases(data, study.folds))
        compared = deciding(DatasetComparison(data, study))
        verdict = decide(
            compared.primary(),
            compared.obstacle,
            (),
            study.margin,
            card.one_class,
            adjusted=False,
        )
    return _told(dataset, verdict)


def _told(dataset: str, verdict: Verdict) -> str:
    return f"{dataset}, before audit and correction: {verdict.heading}. {verdict.sentence}"
