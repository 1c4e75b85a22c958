"""What the user asked for, and what is known once methods and data sets were looked at."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bench.data.likeness.shared_images import sharing
from bench.machine import environment
from bench.machine.environment import Device
from bench.machine.limits import Limits
from bench.methods.discovery import Method
from bench.methods.sources import Source
from bench.progress.display import Progress
from bench.protocol.cards import DatasetCard
from bench.protocol.errors import DataError, PluginError, StudyError, UsageError, did_you_mean
from bench.protocol.plan import MethodFacts, plan
from bench.protocol.record import Trial
from bench.protocol.study import Study
from bench.results.store import Store
from bench.run.inspection import inspect_methods, obstacles, with_weights
from bench.run.leave_out import expanded, refuse_unknown_subgroups
from bench.run.loading import Prepared, prepare
from bench.run.other_images import (
    Key,
    OtherImages,
    can_be_run,
    prepare_other_images,
    unready,
    with_fingerprints,
    with_mask_cards,
)
from bench.workers.pool import Outcome, Workers

_ADVISED = ("folders", "parts-in-names", "folds")
_AS_READ = (*_ADVISED, "left-out", "table", "class-names", "group-names", "reading")
"""Checks that say how a data set was read, or that no verdict can come, of which a run tells; of
the first ones with what to do."""


@dataclass(frozen=True)
class Request:
    """What the user asked for, names resolved.

    Attributes:
        study: the protocol; its lists of names are replaced by what can be run.
        sources: data sets.
        methods: methods.
        required: data sets that were asked for by name: one that cannot be used is an error,
            while others are left out.
        named: methods that were asked for by name: they are not left out for want of a GPU or of
            something else.
        jobs, threads: processes, and threads of each.
        device: "auto", "cpu" or "cuda".
        gpu_jobs: trials at a time on each GPU.
        cluster: address of a scheduler whose workers run the trials, "" for this machine.
        timeout: seconds that one trial may take, or each configuration of one that is tuned.
        memory: bytes that one trial may take.
        command: the command line.
        quiet: whether what methods print is thrown away.
        segmentation: the study that is run first, since masks of its segmenters are asked for.
    """

    study: Study
    sources: Sequence[Source]
    methods: Sequence[Method]
    required: frozenset[str] = frozenset()
    named: frozenset[str] = frozenset()
    jobs: int = 1
    threads: int = 1
    device: str = "auto"
    gpu_jobs: int = 1
    cluster: str = ""
    timeout: float | None = None
    memory: int | None = None
    command: str = ""
    quiet: bool = True
    segmentation: "Request | None" = None


@dataclass(frozen=True)
class PreparedStudy:
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
        others: the data sets at the study's other sizes, and with its other masks.
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
    others: Mapping[Key, OtherImages] = field(default_factory=dict)


def prepare_study(
    request: Request,
    workers: Workers,
    folder: Path,
    progress: Progress,
    weights: bool = False,
    segmented: Store | None = None,
) -> PreparedStudy:
    """Import the methods, load the data sets and make the plan.

    Args:
        request: what was asked for.
        workers: do it.
        folder: for what is laid out.
        progress: is told what is left out.
        weights: whether pretrained weights are looked for too, and downloaded if need be.
        segmented: results of the study that is run first, None where it has not been run.
    """
    leaving_out = expanded(request.sources, request.study, request.required, workers)
    request = replace(request, sources=leaving_out.sources)
    preparing = _begin_to_prepare(request, workers, folder)
    facts = inspect_methods(request.methods, workers)
    if request.study.tune:
        facts = {name: _to_be_tuned(fact) for name, fact in facts.items()}
    device = _device(request, facts, workers)
    if not request.cluster:
        workers.add_gpus(device.count, request.gpu_jobs)
    usable, unfit = choose_methods(request, facts, device, workers)
    methods = {method.name: method for method in request.methods}
    if weights:  # while data sets are still prepared
        usable = with_weights(usable, methods, workers)
    data, unusable, broken = _prepared_datasets(request, preparing)
    left_out = [*leaving_out.left_out, *unfit, *unusable]
    if not data:
        raise DataError("No data set can be used. " + " ".join(left_out))
    if not usable:
        raise UsageError("No method can be used. " + " ".join(left_out))
    cards = [ready.card for ready in data.values() if ready.card is not None]
    refuse_unknown_classes(request.study.positive, [card.class_names for card in cards])
    refuse_unknown_subgroups(request.study, data)
    study = request.study.with_names(tuple(data), tuple(usable))
    others = prepare_other_images(request.sources, data, study, workers, folder, segmented)
    data = with_fingerprints(with_mask_cards(data, others), others)
    left_out += unready(others)
    for line in left_out:
        progress.say(f"left out: {line}")
    for line in [*as_read(data), *untested(study, usable)]:
        progress.say(line)
    return PreparedStudy(
        study=study,
        methods=methods,
        facts=usable,
        data=data,
        trials=[trial for trial in plan(study, usable) if can_be_run(trial, others)],
        left_out=tuple(left_out),
        broken=broken,
        device=device.kind,
        device_name=device.name,
        others=others,
    )


def _to_be_tuned(fact: MethodFacts) -> MethodFacts:
    """Unavailable, where it cannot be tuned as it says."""
    if fact.error or not fact.space_error:
        return fact
    return replace(fact, error=f"{fact.card.name}: {fact.space_error}")


def refuse_unknown_classes(positive: Sequence[str], classes: Sequence[Sequence[str]]) -> None:
    """Refuse a positive class that no data set of two classes has.

    Args:
        positive: what is asked for.
        classes: names, of each data set.

    Raises:
        StudyError: if there is none.
    """
    known = {name for names in classes if len(names) == 2 for name in names}
    for name in positive:
        if name not in known:
            raise StudyError(
                f"positive {name!r}: no data set of two classes has such a class. "
                f"{did_you_mean(name, known)}"
            )


def untested(study: Study, facts: Mapping[str, MethodFacts]) -> list[str]:
    """A line for each claim of the study of which a side, or every data set, is not run."""
    run = {*facts, *(fact.card.family for fact in facts.values())}
    lines = []
    for claim in study.claims:
        absent = [side for side in (claim.a, claim.b) if not run & set(side)]
        if absent:
            side = " or ".join(absent[0])
            lines.append(f"claim {claim.name} will not be tested: {side} is not run")
        elif claim.datasets and not {*study.datasets} & {*claim.datasets}:
            sets = " or ".join(claim.datasets)
            lines.append(f"claim {claim.name} will not be tested: {sets} is not run")
    return lines


def choose_methods(
    request: Request, facts: Mapping[str, MethodFacts], device: Device, workers: Workers
) -> tuple[dict[str, MethodFacts], list[str]]:
    """The methods that take part, and a line for each that this machine is not fit for."""
    reasons: dict[str, str] = {}
    conditional: list[Method] = []
    fitting = [m for m in request.methods if _is_fitting(m, facts[m.name], request)]
    for method in fitting:
        fact = facts[method.name]
        if fact.error and method.argument is not None:
            raise PluginError(fact.error)
        if method.name in request.named:
            continue
        if fact.needs == "cuda" and device.kind != "cuda":
            reasons[method.name] = "takes too long without a GPU"
        elif fact.conditional:
            conditional.append(method)
    reasons |= obstacles(conditional, workers)
    left_out = [
        f"method {method.name}: {reasons[method.name]}; include it with --method {method.name}"
        for method in fitting
        if method.name in reasons
    ]
    return {m.name: facts[m.name] for m in fitting if m.name not in reasons}, left_out


def _is_fitting(method: Method, fact: MethodFacts, request: Request) -> bool:
    """Whether a method learns from as many classes as the study has.

    Raises:
        UsageError: if it does not, and was asked for by name.
    """
    one = request.study.one_class
    if fact.takes(one) or (fact.error and method.name in request.named):
        return True
    if method.name not in request.named:
        return False
    raise UsageError(
        f"Method {method.name!r} learns to tell classes from each other and cannot be trained on "
        f"{one!r} alone; leave it out, or --one-class."
        if one
        else f"Method {method.name!r} is trained on one class alone; say which with --one-class."
    )


def _begin_to_prepare(request: Request, workers: Workers, folder: Path) -> Iterator[Outcome]:
    tasks = [
        (source, request.study, folder / f"data-{i}") for i, source in enumerate(request.sources)
    ]
    return workers.run(prepare, tasks)


def _prepared_datasets(
    request: Request, preparing: Iterator[Outcome]
) -> tuple[dict[str, Prepared], list[str], bool]:
    """The data sets that can be used, a line for each other one, which must not be named, and
    whether one of these is broken rather than without classes."""
    # what storing needs, loaded while the workers work; pyarrow does without pandas, but loads it
    # with the first NumPy array where it is there, to see whether that is a column of it
    import pandas  # noqa: F401
    import pyarrow.parquet  # noqa: F401

    found: dict[int, Prepared] = {}
    for outcome in preparing:
        name = request.sources[outcome.index].name
        text = f"Data set {name!r} cannot be loaded: {outcome.error}"
        ready = outcome.value if outcome.status == "ok" else Prepared(name, error=text)
        if ready.error and name in request.required:
            raise DataError(ready.error)
        found[outcome.index] = ready
    ordered = [found[i] for i in sorted(found)]
    left_out = [f"data set {ready.name}: {_reason(ready)}" for ready in ordered if ready.error]
    broken = any(ready.error and not ready.unsuitable for ready in ordered)
    usable = {ready.name: ready for ready in ordered if not ready.error}
    return with_shared_images(usable), left_out, broken


def _reason(ready: Prepared) -> str:
    """Why it is left out, without the value that is left out, which its name ends in."""
    return ready.error.removeprefix(f"{ready.name.partition(':')[2]}: ")


def as_read(data: Mapping[str, Prepared]) -> list[str]:
    """A line for everything that was understood, joined or left out when data sets were read; how
    to say otherwise where that changes what is learned."""
    return [
        f"data set {name}: {finding.text}{f' {finding.advice}' * (finding.check in _ADVISED)}"
        for name, ready in data.items()
        for finding in (ready.card and ready.card.checked) or ()
        if finding.check in _AS_READ and finding.level != "fine"
    ]


def with_shared_images(data: Mapping[str, Prepared]) -> dict[str, Prepared]:
    """The data sets of a study, each card naming the others that show the same photographs.

    Of data sets that leave out one value each, which are of one origin, the first is compared.
    """
    first: dict[str, str] = {}
    for name, ready in data.items():
        first.setdefault(_whose_images(name, ready.card), name)
    looked_at = [data[name] for name in first.values()]
    pictures = {ready.name: ready.pictures for ready in looked_at if ready.pictures is not None}
    shared = sharing(pictures) if len(pictures) > 1 else {}
    noted = {}
    for name, ready in data.items():
        card = ready.card
        if card is not None:
            others = shared.get(first[_whose_images(name, card)], ())
            card = replace(card, shares_images_with=others)
        noted[name] = replace(ready, card=card, pictures=None)
    return noted


def _whose_images(name: str, card: DatasetCard | None) -> str:
    return f"origin {card.origin}" if card is not None and card.left_out else name


def _device(request: Request, facts: Mapping[str, MethodFacts], workers: Workers) -> Device:
    if not any(fact.uses_device or fact.needs for fact in facts.values()):
        return Device()
    if request.cluster:
        from bench.cluster.dask import find_device

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
