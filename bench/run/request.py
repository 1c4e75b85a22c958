"""Flags and study file → what is to be run, with every name resolved."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil

from bench.data.folders.listing import refuse_without_table
from bench.data.folders.manifest import is_for_segmentation
from bench.data.folders.reading import Reading
from bench.machine import environment, limits
from bench.methods import discovery, sources
from bench.methods.discovery import Method
from bench.methods.sources import Source
from bench.protocol.choices import MOST_SEEDS, Task
from bench.protocol.errors import StudyError, UsageError, did_you_mean, nearest
from bench.protocol.study import Study
from bench.protocol.study_file import read_study
from bench.run.mask_study import segmentation_study
from bench.run.options import RunOptions
from bench.run.preparation import Request

_COMMAND_LINE = "Command line"
_NUMBERS = ("folds", "repeats", "resample", "size", "tune", "margin", "alpha")
_MEMORY_PER_JOB = 1.5e9  # bytes that a worker with torch and a small data set may come to need


def resolve(options: RunOptions, command: str) -> Request:
    """The request that the options of `run` describe.

    Raises:
        BenchError: on an unknown name, a study that cannot be read, or nothing to run.
    """
    table, where = _protocol(options)
    external = _external(table, options)
    if external:
        table = {**table, "external": [*external]}
    asked = Reading.asked(options)
    if (task := _task(table, options, asked)) is not None:
        table = {**table, "task": task}
    study = _study(table, _overrides(options), where)
    if study.task == "segmentation" and study.resample:
        said_by = where if options.resample is None else _COMMAND_LINE
        raise StudyError(
            f"{said_by}: resample is not known of segmentation; folds with repeats draw training "
            "parts anew."
        )
    names = [*options.datasets] or list(table.get("datasets", ()))
    methods = [*options.methods] or list(table.get("methods", ()))
    if not (options.everything or names or options.folders or methods or options.plugins):
        raise UsageError(
            "Nothing to run. Name a --dataset or a --data FOLDER, or take --all. "
            "'python -m bench list' shows what there is."
        )
    if options.offline:
        os.environ["HF_HUB_OFFLINE"] = "1"
    own = [sources.folder(path, task=study.task) for path in options.folders]
    reading = replace(asked.to_learn(study.task), hash_ids=options.hash_ids)
    data = [
        replace(
            source,
            reading=reading,
            external=tuple(external.items()),
            modality=_modality(options.modality),
        )
        for source in _sources(names, own, options.everything, study.task)
    ]
    refuse_without_table([one.folder for one in data if one.folder is not None], asked)
    _refuse_several(external, data)
    _refuse_unknown_corruptions(study.corrupt, _COMMAND_LINE if options.corrupt else where)
    chosen = _methods(methods, options.plugins, options.everything, study.task)
    _refuse_unknown_names(study, data, chosen, where)
    jobs = options.jobs or _default_jobs()
    # each worker of a cluster sets its own
    share = None if options.cluster or options.slurm else limits.memory_share(jobs)
    found = Request(
        study=study,
        sources=data,
        methods=chosen,
        required=frozenset([*names, *(source.name for source in own)]),
        named=frozenset([*methods, *(method.name for method in chosen if method.is_file)]),
        jobs=jobs,
        gpu_jobs=options.gpu_jobs,
        cluster=options.cluster or "",
        memory=limits.parse_bytes(options.memory) if options.memory else share,
        device=options.device,
        timeout=options.timeout,
        command=command,
        quiet=not options.debug,
    )
    if study.predicted_masks:
        first = segmentation_study(found, options.mask_methods)
        return replace(found, segmentation=first)
    if options.mask_methods:
        raise UsageError(
            f"--mask-method {options.mask_methods[0]}: no masks are asked of a segmenter; add "
            "--masks truth,classical,deep."
        )
    return found


def _protocol(options: RunOptions) -> tuple[dict[str, Any], str]:
    """The table of the study that was given, and how a message calls it."""
    if isinstance(options.study, Study):
        return options.study.as_json(), "Study"
    if options.study is not None:
        return read_study(options.study), f"Study file {options.study}"
    return {}, _COMMAND_LINE


def _study(table: Mapping[str, Any], flags: Mapping[str, Any], where: str) -> Study:
    """The study of a table with flags over it.

    Raises:
        StudyError: if it is none. The message names the flags where they are wrong on their own,
            the table where it is, and both where they do not go together.
    """
    merged = {**table, **flags}
    fault = _fault(merged)
    if not fault or where == _COMMAND_LINE:
        return Study.from_json(merged, where)
    task = {key: merged[key] for key in ("task",) if key in merged}
    if fault == _fault({**task, **flags}):
        where = _COMMAND_LINE
    elif flags and fault != _fault(table):
        where = f"{where} with the flags of the command line"
    return Study.from_json(merged, where)


def _fault(table: Mapping[str, Any]) -> str:
    """What keeps a table from being a study; "" if nothing does."""
    try:
        Study.from_json(dict(table))
    except StudyError as error:
        return str(error)
    return ""


def _overrides(options: RunOptions) -> dict[str, Any]:
    """Keys of a study that flags set; names are filled in once they are known."""
    flags: dict[str, Any] = {}
    if options.one_class is not None and not options.one_class.strip():
        raise UsageError("--one-class: name the class that methods are trained on.")
    for flag in (*_NUMBERS, "resize", "budget", "leave_out", "one_class"):
        if (value := getattr(options, flag)) is not None:
            flags[flag] = value
    for flag in ("fractions", "preprocess", "positive", "sizes", "subgroups", "corrupt", "masks"):
        if values := getattr(options, flag):
            flags[flag] = list(values)
    if options.seeds is not None:
        if options.seeds < 1:
            raise UsageError(f"--seeds {options.seeds}: at least one seed is needed.")
        if options.seeds > MOST_SEEDS:
            raise UsageError(f"--seeds {options.seeds}: more than {MOST_SEEDS:,} are too many.")
        flags["seeds"] = options.seeds
    return flags


def _external(table: Mapping[str, Any], options: RunOptions) -> dict[str, Path]:
    """Name → folder of each external part, of the flags or else of the study file.

    Raises:
        BenchError: if one is written otherwise, or its folder is not there.
    """
    if options.external:
        pairs: dict[str, str] = {}
        for text in options.external:
            name, equals, place = text.partition("=")
            if not equals or not name.strip() or not place:
                raise UsageError(f"--external {text}: write NAME=FOLDER, as in Basel=../basel.")
            if name.strip() in pairs:
                raise UsageError(f"--external {text}: there are two parts {name.strip()!r}.")
            pairs[name.strip()] = place
        return _each_once(
            {
                name: Path(sources.folder(Path(place), f"--external {name}=").target)
                for name, place in pairs.items()
            }
        )
    if isinstance(options.study, Study):
        if options.study.external:
            named = ", ".join(map(repr, options.study.external))
            raise UsageError(
                f"The study names the external parts {named}, but not where they are: give "
                "bench.run their folders, external={NAME: FOLDER}."
            )
        return {}
    told = table.get("external", {})
    where = f"Study file {options.study}"
    if not isinstance(told, Mapping) or not all(isinstance(p, str) for p in told.values()):
        raise StudyError(f'{where}: [external] holds NAME = "FOLDER", a line for each part.')
    beside = options.study.parent if options.study else Path()
    return _each_once(
        {
            name: Path(sources.folder(beside / place, f"{where}: external {name} = ").target)
            for name, place in told.items()
        }
    )


def _each_once(external: dict[str, Path]) -> dict[str, Path]:
    """The parts, none of which is the folder of another."""
    names: dict[Path, str] = {}
    for name, place in external.items():
        other = names.setdefault(place.resolve(), name)
        if other != name:
            raise UsageError(
                f"The external parts {other!r} and {name!r} are one folder, {place}. Name it once."
            )
    return external


def _refuse_several(external: Mapping[str, Path], data: Sequence[Source]) -> None:
    if external and len(data) > 1:
        raise UsageError(
            f"The external part {next(iter(external))!r} belongs to one data set, and "
            f"{len(data)} are to be run: {', '.join(s.name for s in data)}. Run that one on "
            "its own."
        )
    for name, place in external.items():
        if data[0].folder is not None and data[0].folder.resolve() == place.resolve():
            raise UsageError(
                f"The external part {name!r} is the folder of the data set itself, {place}."
            )


def _refuse_unknown_corruptions(wanted: Sequence[str], where: str) -> None:
    if not wanted:
        return
    from bench.data.corruptions import names

    for name in wanted:
        if name not in (known := ("all", *names())):
            near = nearest(name, known)
            hint = "" if near is None else f"Did you mean {near!r}? "
            raise StudyError(
                f"{where}: unknown corruption {name!r}. {hint}Known: {', '.join(known)}."
            )


def _modality(word: str | None) -> str:
    if word is None:
        return ""
    from bench.data.corruptions import MODALITIES

    if word not in MODALITIES:
        raise UsageError(f"--modality {word}: {did_you_mean(word, MODALITIES)}")
    return word


def _task(table: Mapping[str, Any], options: RunOptions, reading: Reading) -> str | None:
    """The task that is asked for, or segmentation where all folders have masks and no labels; None
    where nothing tells."""
    if options.task is not None:
        return options.task
    if "task" in table or not options.folders or options.everything or options.datasets:
        return None
    if table.get("datasets"):
        return None
    masked = [path.is_dir() and is_for_segmentation(path, reading) for path in options.folders]
    return "segmentation" if all(masked) else None


def _sources(
    names: Sequence[str], folders: Sequence[Source], everything: bool, task: Task
) -> list[Source]:
    chosen: dict[str, Source] = {}
    for source in folders:
        if source.name in chosen or (
            source.name in names and source.name in sources.all_sources(task)
        ):
            raise UsageError(f"Two data sets are called {source.name!r}. Rename a folder.")
        chosen[source.name] = source
    chosen |= {name: sources.source(name, task) for name in names if name not in chosen}
    if everything or not chosen:
        chosen = sources.sources(task) | chosen
    return list(chosen.values())


def _methods(
    names: Sequence[str], plugins: Sequence[str], everything: bool, task: Task
) -> list[Method]:
    own: dict[str, Method] = {}
    registered = discovery.methods(task)
    for spec in plugins:
        plugin = discovery.plugin(spec)
        if plugin.task != task:
            why = discovery.of_another_task(plugin.name, plugin.task)
            raise UsageError(f"--plugin {spec}: {why}")
        if plugin.name in registered or plugin.name in own:
            other = (registered | own)[plugin.name]
            raise UsageError(
                f"--plugin {spec}: the name {plugin.name!r} is taken by {other.distribution}. "
                "Rename the file or the function."
            )
        own[plugin.name] = plugin
    chosen = {name: discovery.method(name, own, task) for name in names} | own
    if everything or not names:
        chosen = registered | chosen
    return list(chosen.values())


def _refuse_unknown_names(
    study: Study, data: Sequence[Source], chosen: Sequence[Method], where: str
) -> None:
    """Claims may be about methods and data sets that are not run now, but not about none."""
    if not study.claims:
        return
    methods = {*discovery.methods(), *(method.name for method in chosen)}
    datasets = {*sources.all_sources(), *(source.name for source in data)}
    for claim in study.claims:
        try:
            claim.refuse_unknown(methods, datasets | _left_out_of(study, claim.datasets, datasets))
        except StudyError as error:
            raise StudyError(f"{where}: {error}") from None


def _left_out_of(study: Study, names: Sequence[str], datasets: set[str]) -> set[str]:
    """Those of the names that are a data set without a value of the study's column."""
    if not study.leave_out:
        return set()
    return {name for name in names if name.partition(f":{study.leave_out}=")[0] in datasets}


def _default_jobs() -> int:
    room = int(psutil.virtual_memory().available / _MEMORY_PER_JOB)
    return max(1, min(environment.usable_cores(), room))
