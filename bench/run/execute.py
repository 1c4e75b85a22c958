"""One trial → one run: build, configure, fit, predict, check."""

import math
import pickle
import time
import traceback
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.data.dataset import Dataset, Split
from bench.data.memory_maps import open_memory_maps
from bench.data.one_class import of_one_class
from bench.data.training_samples import bootstrap, fraction
from bench.machine import environment
from bench.machine.memory import PeakMemory
from bench.machine.power import PowerMeter
from bench.methods.explanation import activation_maps, importance
from bench.methods.own_fit import check_unchanged
from bench.methods.parameters import as_stored, cached_seconds, configure, fit_info
from bench.methods.probabilities import check_probabilities
from bench.methods.spec import MethodSpec
from bench.methods.tuning import (
    Attempt,
    NothingTrainedError,
    change,
    configurations,
    is_out_of_memory,
    search,
)
from bench.methods.weights import pin
from bench.protocol.choosing import choosing
from bench.protocol.errors import ContractError, one_line
from bench.protocol.predictions import Predictions
from bench.protocol.record import Environment, Run, Status, Tried, is_drawn
from bench.protocol.scoring import METRICS
from bench.run.corrupted import predict_corrupted
from bench.run.segmented import dice_of_files, predicted_maps, stored_maps
from bench.run.tuned_trial import TunedTrial
from bench.workers import heartbeat
from bench.workers.job import Job
from bench.workers.slot import loading, new_part

_LONGEST = 20_000  # characters of a traceback; a message may hold a whole array


def execute(job: Job) -> Run:
    """Run a trial in this process. Whatever the method raises becomes a failed run."""
    heartbeat.start(job.heartbeat_file, job.trial)
    run = without_result(job, "failed", "")
    fitted: _Fitted | None = None
    with PeakMemory() as memory:
        try:
            with PowerMeter(gpu=run.environment.device != "cpu") as meter:
                run, fitted = _fit_and_predict(job, run, TunedTrial(job, memory))
            run = replace(run, watts=meter.watts, watts_by=meter.source)
        except NothingTrainedError as error:
            run = replace(run, status=error.first.status, error=error.first.error)
        except (Exception, SystemExit) as error:
            run = replace(
                run,
                status="out-of-memory" if is_out_of_memory(error) else "failed",
                error=_told(error),
                traceback="".join(traceback.format_exception(error))[-_LONGEST:],
            )
    peaks = [tried.peak_memory or 0 for tried in run.tuning]
    run = replace(run, peak_memory=max(memory.peak, *peaks, 0))
    if fitted is None:
        return run
    if run.label_maps is not None:
        return run
    run = _explained(run, fitted, job.explained_cases)
    return _with_corrupted(run, fitted, job) if job.corrupt else run


def without_result(job: Job, status: Status, error: str) -> Run:
    """The run of a trial that has no predictions, and why."""
    return Run(
        trial=job.trial,
        method=job.facts.card,
        status=status,
        data_fingerprint=job.fingerprint,
        budget=job.budget,
        environment=_environment(job),
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        error=error,
        parameters=job.facts.parameters,
        tunable=job.facts.tunable,
        tune=job.tune,
        weights=job.facts.weights_used,
        split_seed=job.split_seed if is_drawn(job.trial, job.corrupt) else None,
    )


def _environment(job: Job) -> Environment:
    device = job.device_name if job.facts.uses_device else "cpu"
    return environment.describe(job.threads, device)


@dataclass(frozen=True, eq=False)
class _Fitted:
    """What a method is asked about after everything was measured."""

    spec: MethodSpec
    estimator: Any
    data: Dataset
    test: NDArray[Any]


def _fit_and_predict(job: Job, run: Run, tuned: TunedTrial) -> tuple[Run, _Fitted]:
    data = open_memory_maps(job.data)
    train = _training_part(data, job)
    start = time.perf_counter()
    loading()
    build: Any = job.method.load()
    spec = MethodSpec.of(build)
    declared = build()
    parameters = declared.get_params(deep=True)
    pin(declared, job.facts.weights, spec)
    if spec.warm_up:
        spec.warm_up()
    warm_up_seconds = time.perf_counter() - start
    new_part()

    changes: list[Any] = [{}]
    if job.tune and spec.search_space:
        changes = configurations(spec.search_space, parameters, job.tune, job.trial.seed or 0)

    def attempt(position: int) -> Attempt:
        if job.tune:
            told = {name: as_stored(value) for name, value in changes[position].items()}
            tuned.begin(position + 1, len(changes), told)
        estimator = declared
        if position:
            estimator = build()
            pin(estimator, job.facts.weights, spec)
        change(estimator, changes[position])
        return _attempted(job, estimator, train, data)

    known = tuned.known if job.tune else ()
    found = search(changes, attempt, known, tuned.keep if job.tune else _as_it_is)
    if job.tune:
        tuned.end()
    best, estimator = found.best, found.best.estimator
    cached_before = cached_seconds(estimator)
    if len(found.tried) > 1:
        check_unchanged(best.validation, lambda: _predicted(estimator, data.val, data)[0])
        new_part()
    cached_in_check = cached_seconds(estimator) - cached_before  # it is not charged
    test, predict_seconds = _predicted(estimator, data.test, data)
    cached_in_predict = cached_seconds(estimator) - best.cached_in_fit - cached_in_check
    told = fit_info(estimator)
    away = [_predicted(estimator, part, data)[0] for part in data.external.values()]
    run = replace(
        run,
        status="ok",
        fit_info=told,
        fit_seconds=found.fit_seconds + found.cached_in_fit,
        predict_seconds=best.predict_seconds + predict_seconds + cached_in_predict,
        cached_seconds=found.cached_in_fit + cached_in_predict,
        warm_up_seconds=warm_up_seconds,
        n_train=len(train),
        n_predicted=len(data.val) + len(data.test),
        model_size=_size(estimator),
        **_as_stored(data, [best.validation, test, *away]),
        tuning=found.tried if job.tune else (),
        seconds=found.known_seconds,
    )
    return run, _Fitted(spec, estimator, data, test)


def _as_it_is(tried: Tried) -> Tried:
    return tried


def _training_part(data: Dataset, job: Job) -> Split:
    """The training part as the trial has it: the share that its seed draws, or a sample of it, and
    where it is so, of one class alone."""
    seed = job.split_seed if job.trial.seed is None else job.trial.seed
    part = fraction(data.train, job.trial.fraction, seed)
    if job.trial.resample is not None:
        part = bootstrap(part, job.split_seed, job.trial.resample)
    return of_one_class(part) if job.one_class else part


def _attempted(job: Job, estimator: Any, train: Split, data: Dataset) -> Attempt:
    """Train, and predict the validation cases."""
    training_file = str(heartbeat.training_file(job.heartbeat_file))
    configure(
        estimator, job.trial.seed, job.device, job.budget, str(job.cache_folder), training_file
    )
    start = time.perf_counter()
    fitted = estimator.fit(train.images, train.labels if train.targets is None else train.targets)
    fit_seconds = time.perf_counter() - start
    cached = cached_seconds(estimator)
    if fitted is not estimator:
        raise ContractError("fit did not return the estimator itself")
    validation, predict_seconds = _predicted(estimator, data.val, data)
    score = math.nan  # not asked for where there is nothing to choose: what it needs loads slowly
    if job.tune:
        has_twin = np.isin(data.val.case_ids, np.array(job.val_twins, dtype=np.str_))
        chooses = choosing(data.val.labels, has_twin, len(data.class_names))
        if job.truth is None:
            score = METRICS[job.metric](
                data.val.labels[chooses], validation[chooses], data.positive
            )
        else:
            score = dice_of_files(
                data.val.case_ids[chooses],
                validation[chooses],
                job.truth,
                job.resize,
                len(data.target_names),
            )
    return Attempt(estimator, validation, score, fit_seconds, predict_seconds, cached)


def _predicted(estimator: Any, part: Split, data: Dataset) -> tuple[NDArray[Any], float]:
    """Probabilities `(n, k)` of a part, or its label maps `(n, h, w)`, and the seconds that the
    method took."""
    if data.task == "segmentation":
        return predicted_maps(estimator, part, data)
    start = time.perf_counter()
    raw = estimator.predict_proba(part.images)
    seconds = time.perf_counter() - start
    classes = getattr(estimator, "classes_", None)
    return check_probabilities(raw, len(part), classes, len(data.class_names)), seconds


def _explained(run: Run, fitted: _Fitted, pictured: tuple[str, ...]) -> Run:
    """With what the method relies on and where it looks; it is not failed for want of these."""
    spec, estimator, data = fitted.spec, fitted.estimator, fitted.data
    if spec.importance:
        try:
            found, odd = importance(spec.importance, estimator, data.val)
            run = replace(run, importance=found, importance_error=odd)
        except (Exception, SystemExit) as error:
            run = replace(run, importance_error=_told(error))
    if spec.explain and pictured:
        rows = np.flatnonzero(np.isin(data.test.case_ids, pictured))
        try:
            maps = activation_maps(
                spec.explain, estimator, data.test, rows, fitted.test, data.positive
            )
            run = replace(run, activations=maps)
        except (Exception, SystemExit) as error:
            run = replace(run, explanation_error=_told(error))
    return run


def _with_corrupted(run: Run, fitted: _Fitted, job: Job) -> Run:
    """With the predictions of corrupted test images; it is not failed for want of them.

    Their time limit is one of its own.
    """
    estimator, data = fitted.estimator, fitted.data

    def predict(images: NDArray[np.uint8]) -> NDArray[np.float64]:
        return _predicted(estimator, replace(data.test, images=images), data)[0]

    new_part()
    try:
        corrupted, seconds = predict_corrupted(job, data, predict)
    except (Exception, SystemExit) as error:
        return replace(run, corruption_error=_told(error))
    return replace(run, corrupted=corrupted, corrupt=corrupted.kinds, corrupted_seconds=seconds)


def _as_stored(data: Dataset, predicted: list[NDArray[Any]]) -> dict[str, Any]:
    """The field of a run that its predictions are stored in."""
    if data.task == "classification":
        return {"predictions": _predictions(data, predicted)}
    parts = [(name, part) for name, part in data.all_parts() if name != "train"]
    maps = zip(parts, predicted, strict=True)
    return {"label_maps": stored_maps([(name, part, own) for (name, part), own in maps])}


def _predictions(data: Dataset, probabilities: list[NDArray[np.float64]]) -> Predictions:
    parts = {name: part for name, part in data.all_parts() if name != "train"}
    groups = [np.full(len(p), "") if p.groups is None else p.groups for p in parts.values()]
    lengths = [len(part) for part in parts.values()]
    known = any(part.groups is not None for part in parts.values())
    return Predictions(
        case_ids=np.concatenate([part.case_ids for part in parts.values()]),
        split=np.repeat(np.array([*parts]), lengths),
        labels=np.concatenate([part.labels for part in parts.values()]),
        groups=np.concatenate(groups) if known else None,
        probabilities=np.concatenate(probabilities),
    )


def _size(estimator: Any) -> int | None:
    try:
        return len(pickle.dumps(estimator, protocol=pickle.HIGHEST_PROTOCOL))
    except Exception:  # a method need not be picklable; then its size is not known
        return None


def _told(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return f"the method tried to end the program (exit {error.code})"
    return one_line(error)
