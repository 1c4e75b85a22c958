"""Flags and study file → what is to be run, with every name resolved."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import psutil

from bench.data.folders.reading import Reading
from bench.machine import environment, limits
from bench.methods import discovery
from bench.methods.discovery import Method, Source
from bench.protocol.errors import StudyError, UsageError
from bench.protocol.study import Study, read_study
from bench.run.options import RunOptions
from bench.run.preparation import Request

_NUMBERS = ("folds", "repeats", "resample", "size", "tune", "margin", "alpha")
_MEMORY_PER_JOB = 1.5e9  # bytes that a worker with torch and a small data set may come to need


def resolve(options: RunOptions, command: str) -> Request:
    """The request that the options of `run` describe.

    Raises:
        BenchError: on an unknown name, a study that cannot be read, or nothing to run.
    """
    table, where = _protocol(options)
    study = Study.from_json(_overridden(table, options), where)
    names = [*options.datasets] or list(table.get("datasets", ()))
    methods = [*options.methods] or list(table.get("methods", ()))
    if not (options.everything or names or options.folders or methods or options.plugins):
        raise UsageError(
            "Nothing to run. Name a --dataset or a --data FOLDER, or take --all. "
            "'python -m bench list' shows what there is."
        )
    if options.offline:
        os.environ["HF_HUB_OFFLINE"] = "1"
    own = [discovery.folder(path) for path in options.folders]
    reading = Reading.of(options.allow_outside, options.columns, options.drop_unlabelled)
    sources = [
        replace(source, reading=reading) for source in _sources(names, own, options.everything)
    ]
    chosen = _methods(methods, options.plugins, options.everything)
    _refuse_unknown_names(study, sources, chosen, where)
    jobs = options.jobs or _default_jobs()
    # each worker of a cluster sets its own
    share = None if options.cluster else limits.memory_share(jobs)
    return Request(
        study=study,
        sources=sources,
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


def _protocol(options: RunOptions) -> tuple[dict[str, Any], str]:
    """The table of the study that was given, and how a message calls it."""
    if isinstance(options.study, Study):
        return options.study.as_json(), "Study"
    if options.study is not None:
        return read_study(options.study), f"Study file {options.study}"
    return {}, "Command line"


def _overridden(table: Mapping[str, Any], options: RunOptions) -> dict[str, Any]:
    """The study's table with the flags over it; names are filled in once they are known."""
    merged = dict(table)
    for flag in (*_NUMBERS, "resize", "budget"):
        if (value := getattr(options, flag)) is not None:
            merged[flag] = value
    for flag in ("fractions", "preprocess", "positive", "sizes"):
        if values := getattr(options, flag):
            merged[flag] = list(values)
    if options.seeds is not None:
        if options.seeds < 1:
            raise UsageError(f"--seeds {options.seeds}: at least one seed is needed.")
        merged["seeds"] = options.seeds
    return merged


def _sources(names: Sequence[str], folders: Sequence[Source], everything: bool) -> list[Source]:
    chosen: dict[str, Source] = {}
    for source in folders:
        if source.name in chosen or (source.name in names and source.name in discovery.sources()):
            raise UsageError(f"Two data sets are called {source.name!r}. Rename a folder.")
        chosen[source.name] = source
    chosen |= {name: discovery.source(name) for name in names if name not in chosen}
    if everything or not chosen:
        chosen = discovery.sources() | chosen
    return list(chosen.values())


def _methods(names: Sequence[str], plugins: Sequence[str], everything: bool) -> list[Method]:
    own: dict[str, Method] = {}
    registered = discovery.methods()
    for spec in plugins:
        plugin = discovery.plugin(spec)
        if plugin.name in registered or plugin.name in own:
            other = (registered | own)[plugin.name]
            raise UsageError(
                f"--plugin {spec}: the name {plugin.name!r} is taken by {other.distribution}. "
                "Rename the file or the function."
            )
        own[plugin.name] = plugin
    chosen = {name: discovery.method(name, own) for name in names} | own
    if everything or not names:
        chosen = registered | chosen
    return list(chosen.values())


def _refuse_unknown_names(
    study: Study, sources: Sequence[Source], chosen: Sequence[Method], where: str
) -> None:
    """Claims may be about methods and data sets that are not run now, but not about none."""
    if not study.claims:
        return
    methods = {*discovery.methods(), *(method.name for method in chosen)}
    datasets = {*discovery.sources(), *(source.name for source in sources)}
    for claim in study.claims:
        try:
            claim.refuse_unknown(methods, datasets)
        except StudyError as error:
            raise StudyError(f"{where}: {error}") from None


def _default_jobs() -> int:
    room = int(psutil.virtual_memory().available / _MEMORY_PER_JOB)
    return max(1, min(environment.usable_cores(), room))
