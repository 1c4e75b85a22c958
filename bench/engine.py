"""A study from beginning to end: inspect, plan, execute, store."""

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from bench import environment, live, outlook
from bench.discovery import Method, Source
from bench.environment import Device
from bench.errors import DataError, PluginError, UsageError
from bench.execute import Job, execute, without_result
from bench.inspection import Prepared, inspect_methods, prepare
from bench.limits import PROCESSES, Limits
from bench.lock import RunLock, write_plan
from bench.mending import mend
from bench.outlook import Outlook
from bench.plan import MethodFacts, plan
from bench.progress import Progress
from bench.record import Run, Trial
from bench.schedule import Lanes, Place, Planned, order
from bench.scoring import METRICS
from bench.store import Store
from bench.study import Study
from bench.workers import Outcome, Runner, Workers


@dataclass(frozen=True)
class Request:
    """What the user asked for, names resolved.

    Attributes:
        study: the protocol; its lists of names are replaced by what can be run.
        sources: data sets.
        methods: methods.
        required: data sets that were asked for by name: one that cannot be used is an error,
            while others are left out.
        named: methods that were asked for by name: they are not left out for want of a GPU.
        left_out: what is left out already, and why.
        jobs, threads: processes, and threads of each.
        device: "auto", "cpu" or "cuda".
        gpu_jobs: trials at a time on each GPU.
        cluster: address of a scheduler whose workers run the trials, "" for this machine.
        timeout: seconds that one trial may take.
        memory: bytes that one trial may take.
        command: the command line.
        quiet: whether what methods print is thrown away.
    """

    study: Study
    sources: Sequence[Source]
    methods: Sequence[Method]
    required: frozenset[str] = frozenset()
    named: frozenset[str] = frozenset()
    left_out: tuple[str, ...] = ()
    jobs: int = 1
    threads: int = 1
    device: str = "auto"
    gpu_jobs: int = 1
    cluster: str = ""
    timeout: float | None = None
    memory: int | None = None
    command: str = ""
    quiet: bool = True


@dataclass(frozen=True)
class Setting:
    """Everything that is known once methods and data sets were looked at.

    Attributes:
        study: the protocol as it is hashed.
        methods: how to load each method.
        facts: of each method, unavailable ones included.
        data: of each data set, ready for the workers.
        trials: the plan.
        left_out: one line for each data set or method that is left out.
        broken: whether something was left out because it is broken.
        device, device_name: the torch device.
    """

    study: Study
    methods: Mapping[str, Method]
    facts: Mapping[str, MethodFacts]
    data: Mapping[str, Prepared]
    trials: Sequence[Trial]
    left_out: tuple[str, ...]
    broken: bool
    device: str
    device_name: str


@dataclass(frozen=True)
class Result:
    """What a run came to.

    Attributes:
        setting: what was planned.
        executed: number of trials that were run now.
        reused: number of trials that had been run before.
        failed: number of trials without predictions.
    """

    setting: Setting
    executed: int
    reused: int
    failed: int


def run(
    request: Request, store: Store, progress: Progress, looked: Setting | None = None
) -> Result:
    """Run a study and store every run as it ends.

    Args:
        request: what is to be run.
        store: where results go; what is there and still holds is not run again.
        progress: shows what happens.
        looked: what was found out about methods and data sets, if that was done before.

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
            progress,
        ):
            if lock.stale is not None:
                progress.say(f"going on after a run that was cut off ({lock.stale})")
            for line in mend(store):
                progress.say(line)
            setting = looked or look(request, workers, folder, progress)
            return _all_trials(setting, request, workers, store, progress, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _all_trials(
    setting: Setting,
    request: Request,
    workers: Workers,
    store: Store,
    progress: Progress,
    folder: Path,
) -> Result:
    store.declare(setting.study, request.command, setting.left_out)
    for prepared in setting.data.values():
        if prepared.card is not None:
            store.write_card(prepared.card, prepared.thumbnails)
    jobs = {t: _job(t, i, setting, request, folder) for i, t in enumerate(setting.trials)}
    with _runner(request, workers, progress, folder) as runner:
        ahead = _outlook(setting, jobs, request, runner.lanes, store, folder)
        waiting = [jobs[p.trial] for p in ahead.planned if p.trial not in ahead.reused]
        places = [_place(job) for job in waiting]
        progress.say(_opening(setting, request, len(waiting), len(jobs)))
        progress.begin(len(waiting), ahead.remaining(store), folder / "live")
        ended = "cut short"
        try:
            executed, failed = 0, 0
            write_plan(store.root, ahead.as_json())
            for result in _runs(waiting, places, request, runner):
                live.end(jobs[result.trial].live)
                store.write_run(result)
                executed += 1
                failed += result.status != "ok"
                progress.finished(result, _validation_score(result, setting))
            ended = "complete"
        finally:
            write_plan(store.root, replace(ahead, ended=ended).as_json())
    return Result(setting, executed, len(jobs) - executed, failed)


def _outlook(
    setting: Setting,
    jobs: Mapping[Trial, Job],
    request: Request,
    lanes: Lanes,
    store: Store,
    folder: Path,
) -> Outlook:
    stored = {trial: run for trial in jobs if (run := store.record(trial)) is not None}
    planned = [
        Planned(
            trial,
            job.facts.card.family,
            _place(job),
            outlook.size(setting.data[trial.dataset].card),
        )
        for trial, job in jobs.items()
    ]
    budget = setting.study.budget
    return Outlook(
        study=setting.study.hash,
        budget=budget,
        planned=tuple(order(planned, outlook.known_cells(store, budget))),
        before={trial: run.started for trial, run in stored.items()},
        reused=frozenset(t for t, run in stored.items() if _is_the_same(run, jobs[t])),
        lanes=lanes,
        live=str(folder / "live"),
        cluster=request.cluster,
    )


def _place(job: Job) -> Place:
    return "gpu" if job.device == "cuda" and job.facts.uses_device else "cpu"


@contextmanager
def _runner(
    request: Request, workers: Workers, progress: Progress, folder: Path
) -> Iterator[Runner]:
    """What runs the trials: the workers that prepared them, or a cluster."""
    if not request.cluster:
        yield workers
        return
    from bench.cluster import Cluster

    with Cluster(
        request.cluster, request.threads, request.quiet, folder / "live", progress.say
    ) as cluster:
        for line in cluster.differences():
            progress.say(line)
        yield cluster


def look(request: Request, workers: Workers, folder: Path, progress: Progress) -> Setting:
    """Import the methods, load the data sets and make the plan."""
    preparing = _begin_to_prepare(request, workers, folder)
    facts = inspect_methods(request.methods, workers)
    device = _device(request, facts, workers)
    if not request.cluster:
        workers.add_gpus(device.count, request.gpu_jobs)
    left_out = list(request.left_out)
    usable: dict[str, MethodFacts] = {}
    for method in request.methods:
        fact = facts[method.name]
        if fact.error and method.argument is not None:
            raise PluginError(fact.error)
        if fact.needs == "cuda" and device.kind != "cuda" and method.name not in request.named:
            left_out.append(
                f"method {method.name}: takes too long without a GPU; "
                f"include it with --method {method.name}"
            )
        else:
            usable[method.name] = fact
    data, broken = _prepared(request, preparing, left_out)
    if not data:
        raise DataError("No data set can be used. " + " ".join(left_out))
    if not usable:
        raise UsageError("No method can be used. " + " ".join(left_out))
    study = request.study.with_names(tuple(data), tuple(usable))
    for line in left_out:
        progress.say(f"left out: {line}")
    return Setting(
        study=study,
        methods={m.name: m for m in request.methods},
        facts=usable,
        data=data,
        trials=plan(study, usable),
        left_out=tuple(left_out),
        broken=broken,
        device=device.kind,
        device_name=device.name,
    )


def _begin_to_prepare(request: Request, workers: Workers, folder: Path) -> Iterator[Outcome]:
    tasks = [
        (source, request.study, folder / f"data-{i}") for i, source in enumerate(request.sources)
    ]
    return workers.run(prepare, tasks)


def _prepared(
    request: Request, preparing: Iterator[Outcome], left_out: list[str]
) -> tuple[dict[str, Prepared], bool]:
    """The data sets that can be used; the others go to `left_out`, or raise if they were named."""
    # what storing and scores need (pyarrow needs pandas), loaded while the workers work
    import pandas  # noqa: F401
    import pyarrow.parquet  # noqa: F401
    import scipy.stats  # noqa: F401

    found: dict[int, Prepared] = {}
    for outcome in preparing:
        name = request.sources[outcome.index].name
        text = f"Data set {name!r} cannot be loaded: {outcome.error}"
        ready = outcome.value if outcome.status == "ok" else Prepared(name, error=text)
        if ready.error and name in request.required:
            raise DataError(ready.error)
        found[outcome.index] = ready
    ordered = [found[i] for i in sorted(found)]
    left_out += [f"data set {ready.name}: {ready.error}" for ready in ordered if ready.error]
    usable = {ready.name: ready for ready in ordered if not ready.error}
    return usable, len(usable) < len(ordered)


def _device(request: Request, facts: Mapping[str, MethodFacts], workers: Workers) -> Device:
    if not any(fact.uses_device or fact.needs for fact in facts.values()):
        return Device()
    if request.cluster:
        from bench.cluster import find_device

        device = find_device(request.cluster, request.device)
    else:
        (outcome,) = workers.run(environment.find_device, [(request.device,)], Limits(seconds=300))
        if outcome.status != "ok":
            raise PluginError(f"The device cannot be found out: {outcome.error}.")
        device = outcome.value
    if request.device == "cuda" and device.kind != "cuda":
        where = "no worker of the cluster announces a GPU" if request.cluster else "no GPU is here"
        raise UsageError(f"--device cuda: {where}. Use --device auto or cpu.")
    return device


def _job(trial: Trial, number: int, setting: Setting, request: Request, folder: Path) -> Job:
    ready = setting.data[trial.dataset]
    return Job(
        trial=trial,
        method=setting.methods[trial.method],
        facts=setting.facts[trial.method],
        data=ready.folders[trial.fold or 0],
        fingerprint=ready.card.fingerprint if ready.card else "",
        budget=setting.study.budget,
        device=setting.device,
        device_name=setting.device_name,
        threads=request.threads,
        split_seed=setting.study.split_seed,
        cache_folder=folder / "cache",
        live=folder / "live" / f"{number}.json",
        pictured=_to_be_explained(trial, setting.study, ready),
    )


def _to_be_explained(trial: Trial, study: Study, ready: Prepared) -> tuple[str, ...]:
    """The test cases of which the report may show where a method looks: of one trial of each."""
    one = (
        trial.seed in (None, study.seeds[0])
        and trial.fold in (None, 0)
        and trial.fraction == study.fractions[-1]
    )
    return tuple(ready.thumbnails.case_ids.tolist()) if one and ready.thumbnails else ()


def _is_the_same(stored: Run, job: Job) -> bool:
    """Whether a stored run is of the same data, parameters and version, and was a success."""
    return (
        stored.status == "ok"
        and stored.data_fingerprint == job.fingerprint
        and stored.budget == job.budget
        and stored.method.version == job.facts.card.version
        and stored.method.distribution == job.facts.card.distribution
        and stored.parameters == json.loads(json.dumps(job.facts.parameters))
    )


def _runs(
    jobs: Sequence[Job], places: Sequence[Place], request: Request, runner: Runner
) -> Iterator[Run]:
    for job in jobs:
        if job.facts.error:
            yield without_result(job, "unavailable", job.facts.error)
    chosen = [i for i, job in enumerate(jobs) if not job.facts.error]
    limits = Limits(request.timeout, request.memory, PROCESSES)
    tasks = [(jobs[i],) for i in chosen]
    for outcome in runner.run(execute, tasks, limits, [places[i] for i in chosen]):
        yield _stored_form(outcome, jobs[chosen[outcome.index]])


def _stored_form(outcome: Outcome, job: Job) -> Run:
    run = outcome.value
    if outcome.status != "ok" or not isinstance(run, Run):
        run = without_result(job, outcome.status, outcome.error)
    return replace(run, seconds=outcome.seconds)


def _validation_score(result: Run, setting: Setting) -> float | None:
    card = setting.data[result.trial.dataset].card
    if result.predictions is None or card is None:
        return None
    part = result.predictions.part("val")
    return METRICS[setting.study.metric](part.labels, part.probabilities, card.positive)


def _opening(setting: Setting, request: Request, waiting: int, total: int) -> str:
    study = setting.study
    text = f"study {study.hash}: {len(study.datasets)} data set(s) × {len(study.methods)} methods"
    text += f", {total} trials"
    if waiting < total:
        text += f", {total - waiting} of them done before"
    device = "" if setting.device == "cpu" else f", {setting.device_name}"
    return text + f"; {request.jobs} at a time{device}"
