"""Flags and study file → what is to be run, with every name resolved."""

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil

from bench.data.folders.reading import Reading
from bench.machine import environment, limits
from bench.methods import discovery
from bench.methods.discovery import Method, Source
from bench.progress.display import Lines, plural
from bench.protocol.errors import StudyError, UsageError
from bench.protocol.record import DatasetCard
from bench.protocol.study import Study, read_study
from bench.results.store import Store
from bench.run.setup import Request, Setting, look, untested
from bench.workers.pool import Workers

_MOST_SEEDS = 10_000
_MEMORY_PER_JOB = 1.5e9  # bytes that a worker with torch and a small data set may come to need


def resolve(options: Mapping[str, Any], command: str) -> Request:
    """The request that the flags of `run` describe.

    Raises:
        BenchError: on an unknown name, a study that cannot be read, or nothing to run.
    """
    table = read_study(options["study"]) if options["study"] else {}
    where = f"Study file {options['study']}" if options["study"] else "Command line"
    study = Study.from_json(_overridden(table, options), where)
    names = [*options["datasets"]] or list(table.get("datasets", ()))
    methods = [*options["methods"]] or list(table.get("methods", ()))
    if not (options["everything"] or names or options["folders"] or methods or options["plugins"]):
        raise UsageError(
            "Nothing to run. Name a --dataset or a --data FOLDER, or take --all. "
            "'python -m bench list' shows what there is."
        )
    if options["offline"]:
        os.environ["HF_HUB_OFFLINE"] = "1"
    own = [discovery.folder(path) for path in options["folders"]]
    sources = [
        replace(source, reading=Reading(options["allow_outside"]))
        for source in _sources(names, own, options["everything"])
    ]
    chosen = _methods(methods, options["plugins"], options["everything"])
    _refuse_unknown_names(study, sources, chosen, where)
    jobs = options["jobs"] or _default_jobs()
    # each worker of a cluster sets its own
    share = None if options["cluster"] else limits.memory_share(jobs)
    return Request(
        study=study,
        sources=sources,
        methods=chosen,
        required=frozenset([*names, *(source.name for source in own)]),
        named=frozenset([*methods, *(method.name for method in chosen if method.is_file)]),
        jobs=jobs,
        gpu_jobs=options["gpu_jobs"],
        cluster=options["cluster"] or "",
        memory=limits.parse_bytes(options["memory"]) if options["memory"] else share,
        device=options["device"],
        timeout=options["timeout"],
        command=command,
        quiet=not options["debug"],
    )


def dry_run(
    request: Request, store: Store, detectable: Callable[[DatasetCard, Study], str]
) -> list[str]:
    """The plan of a request in lines: what would be run, what not, and why.

    Args:
        request: what was asked for.
        store: where results would go.
        detectable: what a data set could show, in words.
    """
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        with Workers(request.jobs, request.threads, request.quiet) as workers:
            setting = look(request, workers, folder, Lines(lambda _: None))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return _plan_in_lines(setting, store, detectable)


def _plan_in_lines(
    setting: Setting, store: Store, detectable: Callable[[DatasetCard, Study], str]
) -> list[str]:
    study = setting.study
    lines = [f"study {study.hash}, not run; results would go to {store.root}", "", "data sets"]
    for ready in setting.data.values():
        card = ready.card
        if card is not None:
            cases = ", ".join(f"{part} {card.parts[part].cases}" for part in card.parts)
            h, w, c = card.image_shape
            lines.append(f"  {card.name}: {h}×{w}×{c} px, {cases}; classes {_join(card)}")
            lines.append(f"    {detectable(card, study)}")
    lines += ["", "methods"]
    for name, fact in setting.facts.items():
        times = sum(t.method == name for t in setting.trials)
        state = f"unavailable: {fact.error}" if fact.error else plural(times, "trial")
        if study.tune and not fact.error:
            most = f" of up to {study.tune} configurations"
            state += most if fact.tunable else ", nothing to tune"
        lines.append(f"  {name} ({fact.card.family}): {state}")
    if study.claims:
        lines += ["", "claims", *(f"  {claim.name}: {claim.direction}" for claim in study.claims)]
        lines += [f"  {line}" for line in untested(study, setting.facts)]
    if setting.left_out:
        lines += ["", "left out", *(f"  {line}" for line in setting.left_out)]
    return [*lines, "", f"{plural(len(setting.trials), 'trial')} in all"]


def _join(card: Any) -> str:
    names = [f"“{name}”" if "," in name else name for name in card.class_names]
    if card.positive is not None:
        names[card.positive] += " (positive)"
    return ", ".join(names)


def _overridden(table: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """The study's table with the flags over it; names are filled in once they are known."""
    merged = dict(table)
    for flag in ("folds", "size", "resize", "budget", "tune", "margin", "alpha"):
        if options[flag] is not None:
            merged[flag] = options[flag]
    if options["fractions"]:
        merged["fractions"] = list(options["fractions"])
    for name in ("preprocess", "positive"):
        if options[name]:
            merged[name] = list(options[name])
    if options["seeds"] is not None:
        if options["seeds"] < 1:
            raise UsageError(f"--seeds {options['seeds']}: at least one seed is needed.")
        merged["seeds"] = options["seeds"]
    seeds = merged.get("seeds")
    if isinstance(seeds, int) and not isinstance(seeds, bool):
        if seeds > _MOST_SEEDS:
            raise UsageError(f"--seeds {seeds}: more than {_MOST_SEEDS:,} seeds are too many.")
        merged["seeds"] = list(range(seeds))
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
