"""A study from beginning to end: inspect, plan, execute, store."""

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from bench.machine.limits import PROCESSES, Limits
from bench.progress import expected, history, run_plan
from bench.progress.display import Progress, plural
from bench.progress.run_again import reasons
from bench.progress.run_plan import RunPlan
from bench.protocol.record import Run, Trial
from bench.protocol.study import Study
from bench.results import other_data, searches
from bench.results.lock import RunLock, write_masks_first, write_plan
from bench.results.recovery import recover
from bench.results.store import Store
from bench.run.corrupted import kinds_of, parts_of
from bench.run.dry_run import positives
from bench.run.execute import execute, without_result
from bench.run.inspection import with_weights
from bench.run.loading import Prepared
from bench.run.other_images import key_of
from bench.run.preparation import PreparedStudy, Request, prepare_study
from bench.run.scores import score_of
from bench.run.tuned_trial import goes_on
from bench.workers import heartbeat
from bench.workers.job import Job
from bench.workers.pool import Outcome, Runner, Workers
from bench.workers.schedule import Capacity, PlannedTrial, Resource, order

Complete = Callable[[str], object]
"""Is told the name of a data set when the last of its trials is stored and others still run."""

Tracked = Callable[[Run, Study, Mapping[str, float | None]], object]
"""Is told each trial that has ended, and the metric of its validation and of its test part."""


def ignore(dataset: str) -> None:
    """Do nothing."""


@dataclass(frozen=True)
class _Sinks:
    """Whom it concerns that something has ended."""

    store: Store
    progress: Progress
    complete: Complete
    tracked: Tracked | None


@dataclass(frozen=True)
class RunSummary:
    """What a run came to.

    Attributes:
        prepared: what was planned.
        executed: number of trials that were run now.
        reused: number of trials that had been run before.
        failed: number of trials without predictions.
    """

    prepared: PreparedStudy
    executed: int
    reused: int
    failed: int


def run(
    request: Request,
    store: Store,
    progress: Progress,
    prepared: PreparedStudy | None = None,
    complete: Complete = ignore,
    tracked: Tracked | None = None,
) -> RunSummary:
    """Run a study and store every run as it ends.

    Args:
        request: what is to be run.
        store: where results go; what is there and still holds is not run again.
        progress: shows what happens.
        prepared: what was found out about methods and data sets, if that was done before.
        complete: see `Complete`.
        tracked: see `Tracked`.

    Raises:
        BenchError: if something that was named cannot be used, or the results cannot be written.
        KeyboardInterrupt: on Ctrl-C; what had ended is stored.
    """
    store.refuse_foreign()
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        with (
            Workers(request.jobs, request.threads, request.quiet, folder) as workers,
            RunLock(store.root, workers.token, folder) as lock,
        ):
            if lock.stale is not None:
                progress.say(f"going on after a run that was cut off ({lock.stale})")
            for line in recover(store):
                progress.say(line)
            segmented = _masks(request, store, progress)
            with progress:
                if prepared is None:
                    prepared = prepare_study(request, workers, folder, progress, True, segmented)
                else:
                    facts = with_weights(prepared.facts, prepared.methods, workers)
                    prepared = replace(prepared, facts=facts)
                sinks = _Sinks(store, progress, complete, tracked)
                return _all_trials(prepared, request, workers, sinks, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _masks(request: Request, store: Store, progress: Progress) -> Store | None:
    """Run the study that makes masks; its results, None where no masks are asked of segmenters.

    The lock of the results folder is held meanwhile, and its plan says what it is held for.
    """
    if request.segmentation is None:
        return None
    segmented = Store(store.layout.masks_folder, store.pictures)
    progress.say(f"first the masks: a segmentation study, in {segmented.root}")
    write_masks_first(store.root)
    run(request.segmentation, segmented, progress)
    return segmented


def _all_trials(
    prepared: PreparedStudy,
    request: Request,
    workers: Workers,
    sinks: _Sinks,
    folder: Path,
) -> RunSummary:
    store, progress = sinks.store, sinks.progress
    jobs = {t: _job(t, i, prepared, request, folder) for i, t in enumerate(prepared.trials)}
    with _runner(request, workers, progress, folder) as runner:
        plan = _plan(prepared, jobs, request, runner.capacity, store, folder)
        waiting = [
            _with_search(jobs[p.trial], store) for p in plan.planned if p.trial not in plan.reused
        ]
        store.declare(prepared.study, request.command, prepared.left_out, bool(waiting))
        for ready in prepared.data.values():
            if ready.card is not None:
                card = other_data.with_what_was_seen(ready.card, store.card(ready.name))
                store.write_card(card, ready.thumbnails, ready.metadata, ready.targets)
        for trial in plan.reused:  # left by a run that was cut off just then
            searches.end(store.layout.search_folder(trial), ok=True)
        resources = [_resource(job) for job in waiting]
        eta = expected.estimated(plan, store)
        opening = _opening(prepared, request, len(waiting), len(jobs))
        progress.say(f"{opening}; {expected.in_words(eta)}" if waiting else opening)
        cards = [ready.card for ready in prepared.data.values() if ready.card is not None]
        stale = other_data.left_out(store) - jobs.keys()
        again = reasons(plan, jobs, store)
        for line in [*positives(cards), *again, *other_data.in_words(stale)]:
            progress.say(line)
        progress.begin(len(waiting), eta, folder / "heartbeats")
        planned = {each.trial: each for each in plan.planned}
        taken = []
        ended = "cut short"
        try:
            executed, failed = 0, 0
            left = Counter(job.trial.dataset for job in waiting)
            write_plan(store.root, plan.as_json())
            for result in _runs(waiting, resources, request, runner):
                heartbeat.stop(jobs[result.trial].heartbeat_file)
                store.write_run(result)
                searches.end(store.layout.search_folder(result.trial), ok=result.status == "ok")
                if took := run_plan.took(result, planned[result.trial], plan.budget):
                    taken.append(took)
                executed += 1
                failed += result.status != "ok"
                score = score_of(result, prepared)
                progress.finished(result, score)
                if sinks.tracked is not None:
                    scores = {"validation": score, "test": score_of(result, prepared, "test")}
                    sinks.tracked(result, prepared.study, scores)
                left[result.trial.dataset] -= 1
                if not left[result.trial.dataset] and executed < len(waiting):
                    sinks.complete(result.trial.dataset)
            ended = "complete"
        finally:
            history.remember(taken)
            write_plan(store.root, replace(plan, ended=ended).as_json())
    return RunSummary(prepared, executed, len(jobs) - executed, failed)


def _plan(
    prepared: PreparedStudy,
    jobs: Mapping[Trial, Job],
    request: Request,
    capacity: Capacity,
    store: Store,
    folder: Path,
) -> RunPlan:
    stored = {trial: run for trial in jobs if (run := store.record(trial)) is not None}
    planned = [
        PlannedTrial(
            trial,
            job.facts.card.family,
            _resource(job),
            run_plan.pixel_count(prepared.data[trial.dataset].card, trial.size),
            job.tune,
            parts_of(job.corrupt),
        )
        for trial, job in jobs.items()
    ]
    budget, tunes = prepared.study.budget, run_plan.configurations_by_method(planned)
    return RunPlan(
        study=prepared.study.hash,
        budget=budget,
        planned=tuple(order(planned, run_plan.known_cells(store, budget, tunes), capacity.jobs)),
        before={trial: run.started for trial, run in stored.items()},
        reused=frozenset(t for t, run in stored.items() if jobs[t].is_that_of(run)),
        capacity=capacity,
        heartbeats=str(folder / "heartbeats"),
        cluster=request.cluster,
    )


def _resource(job: Job) -> Resource:
    return "gpu" if job.device == "cuda" and job.facts.uses_device else "cpu"


@contextmanager
def _runner(
    request: Request, workers: Workers, progress: Progress, folder: Path
) -> Iterator[Runner]:
    """What runs the trials: the workers that prepared them, or a cluster."""
    if not request.cluster:
        yield workers
        return
    from bench.cluster.dask import Cluster

    with Cluster(
        request.cluster, request.threads, request.quiet, folder / "heartbeats", progress.say
    ) as cluster:
        for line in cluster.differences():
            progress.say(line)
        yield cluster


def _job(trial: Trial, number: int, prepared: PreparedStudy, request: Request, folder: Path) -> Job:
    ready = prepared.data[trial.dataset]
    part = trial.repeat * prepared.study.folds + (trial.fold or 0)
    folders, fingerprint = ready.folders, ready.card.fingerprint if ready.card else ""
    tune = prepared.study.tune if prepared.facts[trial.method].tunable else 0
    if trial.on_other_images:
        other = prepared.others[key_of(trial)]
        folders, fingerprint = other.folders, other.fingerprint
    return Job(
        trial=trial,
        method=prepared.methods[trial.method],
        facts=prepared.facts[trial.method],
        data=folders[part],
        fingerprint=fingerprint,
        budget=prepared.study.budget,
        device=prepared.device,
        device_name=prepared.device_name,
        threads=request.threads,
        split_seed=prepared.study.split_seed,
        cache_folder=folder / "cache",
        heartbeat_file=folder / "heartbeats" / f"{number}.json",
        tune=tune,
        metric=prepared.study.metric,
        truth=ready.targets if tune else None,
        resize=prepared.study.resize,
        explained_cases=explained_cases(trial, prepared.study, ready),
        val_twins=ready.card.val_twins(part) if ready.card else (),
        one_class=bool(prepared.study.one_class),
        corrupt=corruptions(trial, prepared.study, ready),
    )


def _with_search(job: Job, store: Store) -> Job:
    """The trial with the place of its configurations, and what is known of those tried before."""
    if not job.tune:
        return job
    before = store.record(job.trial)
    known = before.tuning if before is not None and job.is_like(before) else ()
    return replace(job, known=known, search_folder=store.layout.search_folder(job.trial).absolute())


def explained_cases(trial: Trial, study: Study, ready: Prepared) -> tuple[str, ...]:
    """The test cases of which the report may show where a method looks: of one trial of a fold."""
    one = (
        trial.seed in (None, study.seeds[0])
        and trial.fraction == study.fractions[-1]
        and trial.resample is None
        and trial.repeat == 0
        and not trial.on_other_images
    )
    return tuple(ready.thumbnails.case_ids.tolist()) if one and ready.thumbnails else ()


def corruptions(trial: Trial, study: Study, ready: Prepared) -> tuple[str, ...]:
    """The corruptions under which a trial predicts: those that a verdict rests on, no others."""
    decides = trial.fraction == study.fractions[-1] and trial.resample is None
    if not decides or trial.on_other_images or not study.corrupt or ready.card is None:
        return ()
    return kinds_of(study.corrupt, ready.card.modality, ready.card.image_shape[2])


def _runs(
    jobs: Sequence[Job], resources: Sequence[Resource], request: Request, runner: Runner
) -> Iterator[Run]:
    for job in jobs:
        if job.facts.error:
            yield without_result(job, "unavailable", job.facts.error)
    chosen = [i for i, job in enumerate(jobs) if not job.facts.error]
    limits = Limits(request.timeout, request.memory, PROCESSES)
    tasks = [(jobs[i],) for i in chosen]
    places = [resources[i] for i in chosen]
    for outcome in runner.run(execute, tasks, limits, places, goes_on):
        yield _stored_form(outcome, jobs[chosen[outcome.index]])


def _stored_form(outcome: Outcome, job: Job) -> Run:
    run = outcome.value
    if outcome.status != "ok" or not isinstance(run, Run):
        run = without_result(job, outcome.status, outcome.error)
    known = run.seconds or 0.0  # of configurations, see `execute`
    return replace(run, seconds=outcome.seconds + known, known_seconds=known)


def _opening(prepared: PreparedStudy, request: Request, waiting: int, total: int) -> str:
    study = prepared.study
    text = f"study {study.hash}: {plural(len(study.datasets), 'data set')} × "
    text += f"{plural(len(study.methods), 'method')}, {plural(total, 'trial')}"
    if waiting < total:
        text += f", {total - waiting} of them done before"
    device = "" if prepared.device == "cpu" else f", {prepared.device_name}"
    return text + f"; {request.jobs} at a time{device}"
