"""A study from beginning to end: inspect, plan, execute, store."""

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import environment, live
from bench.discovery import Method, Source
from bench.errors import DataError, PluginError, ResultsError, UsageError
from bench.execute import Job, execute, without_result
from bench.inspection import Prepared, inspect_methods, prepare
from bench.plan import MethodFacts, plan
from bench.progress import Progress
from bench.record import Run, Trial
from bench.scoring import METRICS
from bench.store import Store
from bench.study import Study
from bench.workers import Outcome, Workers


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
        timeout: seconds that one trial may take.
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
    timeout: float | None = None
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


def run(request: Request, store: Store, progress: Progress) -> Result:
    """Run a study and store every run as it ends.

    Raises:
        BenchError: if something that was named cannot be used, or the results cannot be written.
        KeyboardInterrupt: on Ctrl-C; what had ended is stored.
    """
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        with Workers(request.jobs, request.threads, request.quiet) as workers, progress:
            setting = look(request, workers, folder, progress)
            store.declare(setting.study, request.command, setting.left_out)
            for prepared in setting.data.values():
                if prepared.card is not None:
                    store.write_card(prepared.card)
            jobs = {t: _job(t, i, setting, request, folder) for i, t in enumerate(setting.trials)}
            waiting = {t: j for t, j in jobs.items() if not _is_done(store, j, progress)}
            executed, failed = 0, 0
            progress.say(_opening(setting, request, len(waiting), len(jobs)))
            progress.begin(waiting, request.jobs, [job.live for job in waiting.values()])
            for result in _runs(list(waiting.values()), request, workers):
                live.end(jobs[result.trial].live)
                store.write_run(result)
                executed += 1
                failed += result.status != "ok"
                progress.finished(result, _validation_score(result, setting))
            return Result(setting, executed, len(jobs) - executed, failed)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def look(request: Request, workers: Workers, folder: Path, progress: Progress) -> Setting:
    """Import the methods, load the data sets and make the plan."""
    facts = inspect_methods(request.methods, workers)
    device, device_name = _device(request, facts, workers)
    left_out = list(request.left_out)
    usable: dict[str, MethodFacts] = {}
    for method in request.methods:
        fact = facts[method.name]
        if fact.error and method.argument is not None:
            raise PluginError(fact.error)
        if fact.needs == "cuda" and device != "cuda" and method.name not in request.named:
            left_out.append(
                f"method {method.name}: takes too long without a GPU; "
                f"include it with --method {method.name}"
            )
        else:
            usable[method.name] = fact
    data, broken = _prepare(request, workers, folder, left_out)
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
        device=device,
        device_name=device_name,
    )


def _prepare(
    request: Request, workers: Workers, folder: Path, left_out: list[str]
) -> tuple[dict[str, Prepared], bool]:
    """The data sets that can be used; the others go to `left_out`, or raise if they were named."""
    study = request.study
    tasks = [
        (source, study.size, study.split_seed, study.folds, folder / f"data-{i}")
        for i, source in enumerate(request.sources)
    ]
    found: dict[int, Prepared] = {}
    for outcome in workers.run(prepare, tasks):
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


def _device(
    request: Request, facts: Mapping[str, MethodFacts], workers: Workers
) -> tuple[str, str]:
    if not any(fact.uses_device or fact.needs for fact in facts.values()):
        return "cpu", "cpu"
    (outcome,) = workers.run(environment.find_device, [(request.device,)], timeout=300)
    if outcome.status != "ok":
        raise PluginError(f"The device cannot be found out: {outcome.error}.")
    device, name = outcome.value
    if request.device == "cuda" and device != "cuda":
        raise UsageError("--device cuda: torch finds no GPU here. Use --device auto or cpu.")
    return device, name


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
    )


def _is_done(store: Store, job: Job, progress: Progress) -> bool:
    """Whether the same trial with the same data, parameters and version is stored and intact."""
    try:
        stored = store.run(job.trial)
    except ResultsError as error:
        progress.say(f"run again: {error}")
        return False
    return (
        stored is not None
        and stored.status == "ok"
        and stored.data_fingerprint == job.fingerprint
        and stored.budget == job.budget
        and stored.method.version == job.facts.card.version
        and stored.method.distribution == job.facts.card.distribution
        and stored.parameters == json.loads(json.dumps(job.facts.parameters))
    )


def _runs(jobs: Sequence[Job], request: Request, workers: Workers) -> Iterator[Run]:
    available = []
    for job in jobs:
        if job.facts.error:
            yield without_result(job, "unavailable", job.facts.error)
        else:
            available.append(job)
    for outcome in workers.run(execute, [(job,) for job in available], request.timeout):
        yield _stored_form(outcome, available[outcome.index])


def _stored_form(outcome: Outcome, job: Job) -> Run:
    if outcome.status == "ok" and isinstance(outcome.value, Run):
        return outcome.value
    return without_result(job, outcome.status, outcome.error)


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
