"""A data set and methods → a bundle: fit, freeze, fit again on all, describe, sign, write."""

import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.deploy import card, contents
from bench.deploy.checks import checks
from bench.deploy.description import PLAIN
from bench.deploy.fitting import FitJob, Fitted, LaidOut, fit, lay_out
from bench.deploy.manifest import InputRules, Manifest, Model
from bench.deploy.operating import Rules, operating
from bench.deploy.origin import Origin, agreement, origin, refuse_unknown_positive
from bench.deploy.reference import DISAGREEMENT, DISTANCE, Reference, by_patient, kept
from bench.deploy.storage import keys
from bench.deploy.storage.extras import require
from bench.machine import environment, limits
from bench.machine.limits import PROCESSES, Limits
from bench.methods.discovery import Method
from bench.methods.sources import Source
from bench.protocol.choosing import choosing
from bench.protocol.columns import refuse_class_names
from bench.protocol.errors import BundleError, DataError, PluginError, UsageError
from bench.protocol.plan import MethodFacts
from bench.protocol.study import Study
from bench.run.inspection import inspect_methods, with_weights
from bench.workers.pool import Outcome, Workers

_LOADING = 3600.0  # seconds
Say = Callable[[str], object]
FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class TrainRequest:
    """What is to be trained.

    Attributes:
        source: the data set.
        study: size, resizing, preprocessing, positive class, split; as in a run.
        methods: to be fitted; empty for the champions of the results.
        out: the bundle's file.
        results: a results folder whose study, configurations and evidence are taken over, or None.
        seed: random state; None for that of the results' first run, or 0.
        fit_on: "train+val", or "train" as a trial does.
        coverage: of the sets of classes.
        without_masks: whether lesion masks are left out.
        device: "cpu" or "cuda".
        sign: the file of a private key, or None.
        timeout: seconds that the fits of one method may take.
        memory: bytes, None for a share of the machine's.
        quiet: whether what methods print is thrown away.
    """

    source: Source
    study: Study
    methods: Sequence[Method]
    out: Path
    results: Path | None = None
    seed: int | None = None
    fit_on: str = "train+val"
    coverage: float = 0.9
    without_masks: bool = False
    device: str = "cpu"
    sign: Path | None = None
    timeout: float = 3600.0
    memory: int | None = None
    quiet: bool = True


@dataclass(frozen=True, eq=False)
class Trained:
    """A bundle that was written.

    Attributes:
        path: of it.
        digest: of its content.
        manifest: what it says of itself.
        remarks: what has to be said of the training, a line each.
    """

    path: Path
    digest: str
    manifest: Manifest
    remarks: tuple[str, ...] = field(default=())


def train(
    request: TrainRequest,
    rules: Rules,
    method: Callable[[str], Method],
    say: Say,
) -> Trained:
    """Train a bundle and write it.

    Args:
        request: what is wanted.
        rules: how threshold and calibration are found.
        method: name → how to load a method, for champions.
        say: is told how it goes on.

    Raises:
        BenchError: if it cannot be made.
    """
    require("skops", "safetensors")
    environment.refuse_missing_gpu(request.device)
    key = None if request.sign is None else keys.private_key(request.sign, say)
    contents.refuse_unwritable(request.out)
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        with Workers(1, 1, request.quiet, folder) as workers:
            data = _laid_out(request, workers, folder)
            refuse_class_names(data.classes)
            say(_summary(data))
            results = None
            if request.results is not None:
                results = origin(request.results, data.name, data.fingerprint)
            refuse_unknown_positive(request.study.positive, data.classes, results)
            chosen = list(request.methods)
            if not chosen and results is not None:
                chosen = [method(name) for name in results.champions]
            if results is not None and (line := results.unsaid([one.name for one in chosen])):
                say(line)
            facts = _facts(chosen, workers)
            found = []
            for one in chosen:
                say(f"fitting {one.name} …")
                found.append(_one(request, rules, data, results, one, facts[one.name], workers))
        return _written(request, data, results, found, key)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True, eq=False)
class _Found:
    """One method that was fitted."""

    model: Model
    fitted: Fitted
    remarks: tuple[str, ...]


def _laid_out(request: TrainRequest, workers: Workers, folder: Path) -> LaidOut:
    arguments = (request.source, request.study, folder / "data", request.without_masks)
    (outcome,) = workers.run(lay_out, [arguments], Limits(seconds=_LOADING))
    if outcome.status != "ok":
        raise DataError(_sentence(f"Data set {request.source.name!r}", outcome))
    laid_out: LaidOut = outcome.value
    return laid_out


def _facts(methods: Sequence[Method], workers: Workers) -> dict[str, MethodFacts]:
    by_name = {method.name: method for method in methods}
    facts = with_weights(inspect_methods(methods, workers), by_name, workers)
    for fact in facts.values():
        if fact.error:
            raise PluginError(fact.error)
        if not fact.takes(""):
            raise UsageError(
                f"Method {fact.card.name!r} is trained on one class alone, which a bundle is not: "
                "its threshold and calibration are those of methods that saw all classes."
            )
    return facts


def _one(
    request: TrainRequest,
    rules: Rules,
    data: LaidOut,
    results: Origin | None,
    method: Method,
    facts: MethodFacts,
    workers: Workers,
) -> _Found:
    run = None if results is None else results.run(method.name, request.seed)
    changes: dict[str, Any] = {} if run is None or run.chosen is None else dict(run.chosen.changes)
    seed = request.seed if request.seed is not None else (run and run.trial.seed) or 0
    job = FitJob(
        method=method,
        weights=facts.weights,
        changes=changes,
        data=data.folder,
        seed=seed,
        device=request.device,
        budget=request.study.budget if run is None else run.budget,
        cache_folder=data.folder.parent / "cache",
        both=request.fit_on == "train+val",
    )
    memory = request.memory or limits.memory_share(1)
    (outcome,) = workers.run(fit, [(job,)], Limits(request.timeout, memory, PROCESSES))
    if outcome.status != "ok":
        raise BundleError(_sentence(f"Method {method.name!r}", outcome))
    fitted: Fitted = outcome.value
    labels, probabilities = _choosing(data, fitted)
    frozen = operating(labels, probabilities, data.positive, request.coverage, rules)
    remarks = []
    if run is not None:
        apart = agreement(run.predictions, fitted.val_ids, fitted.val)
        if apart is not None and apart > 0:
            remarks.append(
                f"{method.name}: its validation probabilities differ from those of the results by "
                f"up to {apart:.2g}, as those of another machine or version do"
            )
    model = Model(
        name=method.name,
        family=method.family,
        summary=facts.card.summary,
        distribution=method.distribution,
        version=method.version,
        parameters=fitted.parameters,
        seed=seed,
        weights=tuple(used.as_json() for used in facts.weights_used),
        fitted_on=request.fit_on,
        operating=frozen,
        checks={
            **checks(frozen, fitted.test_labels, fitted.test_first, fitted.test),
            "validation": np.bincount(labels, minlength=len(data.classes)).tolist(),
        },
        estimator=_placed(fitted.tree, method.name),
    )
    return _Found(model, fitted, tuple(remarks))


def _choosing(data: LaidOut, fitted: Fitted) -> tuple[NDArray[np.int64], FloatArray]:
    """Labels and probabilities of validation cases without a near twin in train, from which
    threshold, calibration and sets are found."""
    chooses = choosing(fitted.val_labels, data.val_twins, len(data.classes))
    return fitted.val_labels[chooses], fitted.val[chooses]


def _placed(node: Any, model: str) -> Any:
    """A tree whose files lie in the folder of its model."""
    if isinstance(node, list):
        return [_placed(each, model) for each in node]
    if not isinstance(node, dict):
        return node
    of_file = {"file", "arrays"} if node.keys() & {"kind", "$"} else set()
    return {
        key: contents.place_of(model) + value if key in of_file else _placed(value, model)
        for key, value in node.items()
    }


def _written(
    request: TrainRequest,
    data: LaidOut,
    results: Origin | None,
    found: Sequence[_Found],
    key: Any,
) -> Trained:
    study = request.study
    names = tuple(one.model.name for one in found)
    manifest = Manifest(
        name=data.name,
        classes=data.classes,
        positive=data.positive,
        input=InputRules(
            *data.shape, study.resize, tuple(study.preprocess), data.bits, stretched=data.stretched
        ),
        models=tuple(one.model for one in found),
        fingerprint=data.fingerprint,
        cases=data.cases,
        patients=data.patients,
        source=data.source,
        licence=data.licence,
        citation=data.citation,
        versions=found[0].fitted.versions,
        evidence={} if results is None else results.told(names),
        disagreement=_disagreement(found),
    )
    parts = {
        contents.REFERENCE: _reference(data, found).encoded(),
        contents.KNOWN_ANSWERS: contents.encoded_arrays(
            {"images": found[0].fitted.images}
            | {f"probabilities/{one.model.name}": one.fitted.known for one in found}
        ),
        "card.md": card.as_markdown(manifest).encode(),
        "card.html": card.as_html(manifest).encode(),
    }
    for one in found:
        place = contents.place_of(one.model.name)
        parts |= {place + name: content for name, content in one.fitted.files.items()}
    digest = contents.write(request.out, manifest, parts, key)
    remarks = [line for one in found for line in one.remarks]
    return Trained(request.out, digest, manifest, (*remarks, *manifest.in_every_set))


def _disagreement(found: Sequence[_Found]) -> dict[str, int]:
    """On how many test cases two models decide otherwise."""
    apart = _apart(found)
    return {} if apart is None else {"cases": int(apart.sum()), "of": len(apart)}


def _apart(found: Sequence[_Found]) -> NDArray[np.bool_] | None:
    """Whether two models decide otherwise on each test case."""
    if len(found) != 2:
        return None
    one, other = (each.model.operating.decisions(each.fitted.test) for each in found)
    return np.asarray(one != other)


def _reference(data: LaidOut, found: Sequence[_Found]) -> Reference:
    statistics: dict[str, FloatArray] = {}
    patients: dict[str, FloatArray] = {}

    def keep(name: str, values: FloatArray, groups: NDArray[np.str_] | None) -> None:
        if not name.endswith(f"/{DISTANCE}"):  # which the novelty holds
            statistics[name] = kept(values)
        if groups is not None:
            patients[name] = by_patient(values, groups)

    for one in found:
        model, known = one.model.name, one.fitted.patients
        for name, values in one.fitted.statistics.items():
            whose = known.get("held_out" if name == DISTANCE else "whole")
            keep(name if name in PLAIN else f"{model}/{name}", values, whose)
        for c, label in enumerate(data.classes):
            own = one.fitted.test[:, c]
            keep(f"{model}/probability:{label}", own, known.get("test"))
    apart = _apart(found)
    if apart is not None:
        keep(DISAGREEMENT, apart.astype(np.float64), found[0].fitted.patients.get("test"))
    novelty = {
        one.model.name: replace(one.fitted.novelty, held_out=kept(one.fitted.novelty.held_out))
        for one in found
    }
    return Reference(statistics, novelty, patients)


def _summary(data: LaidOut) -> str:
    h, w, c = data.shape
    kind = {1: "gray", 2: "gray + mask", 3: "RGB", 4: "RGB + mask"}[c]
    cases = ", ".join(f"{name} {n}" for name, n in data.cases.items())
    return f"{data.name}: {h}×{w} px {kind}, {cases}; classes {', '.join(data.classes)}"


def _sentence(what: str, outcome: Outcome) -> str:
    """What a worker says went wrong; what we say ourselves needs no more words."""
    text = outcome.error
    ours = text.endswith(".") and "Error: " not in text
    return text if ours else f"{what} cannot be used: {text}."
