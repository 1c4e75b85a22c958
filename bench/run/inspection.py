"""What is found out about methods and data sets before the plan, in a worker process.

Plugins are imported here and not in the main process, so that one that crashes costs a row.
"""

import hashlib
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from bench.data.cache.near_duplicates import twins_of
from bench.data.card import describe
from bench.data.checks.audit import check
from bench.data.dataset import Dataset
from bench.data.memory_maps import open_memory_maps, write_fold, write_memory_maps
from bench.data.near_duplicates import Twins, with_twin_elsewhere
from bench.data.preprocessed import preprocessed
from bench.data.splits import Fold, Pooled, folds
from bench.data.thumbnails import of_test_cases
from bench.machine.limits import Limits
from bench.methods.contract import CheckResult, results
from bench.methods.discovery import Method, Source
from bench.methods.parameters import leaf_parameters, named
from bench.methods.tuning import check_space
from bench.protocol.errors import BenchError, ContractError, DataUnsuitable, one_line
from bench.protocol.plan import MethodFacts
from bench.protocol.record import DatasetCard, MethodCard, Thumbnails
from bench.protocol.study import Study
from bench.workers.pool import Workers

_TIMEOUT = 300  # seconds for the imports of one method


@dataclass(frozen=True)
class Prepared:
    """A data set that is laid out for the workers, or the reason why it is not.

    Attributes:
        name: of the data set.
        folders: one per fold, or a single one; empty on failure.
        card: what the report says of it, None on failure.
        error: "" if it is ready.
        unsuitable: whether nothing is broken, but its images have no classes.
        thumbnails: of its test images, None on failure.
    """

    name: str
    folders: tuple[Path, ...] = ()
    card: DatasetCard | None = None
    error: str = ""
    unsuitable: bool = False
    thumbnails: Thumbnails | None = None


def inspect_methods(methods: Sequence[Method], workers: Workers) -> dict[str, MethodFacts]:
    """Name → facts of each method, in the given order, looked at in the workers."""
    found: dict[int, MethodFacts] = {}
    for outcome in workers.run(inspect_method, [(m,) for m in methods], Limits(seconds=_TIMEOUT)):
        found[outcome.index] = (
            outcome.value
            if outcome.status == "ok"
            else unavailable(methods[outcome.index], f"cannot be imported: {outcome.error}")
        )
    return {methods[index].name: found[index] for index in sorted(found)}


def inspect_method(method: Method) -> MethodFacts:
    """Import and build a method, and read its parameters."""
    try:
        build = method.load()
        estimator = build()
        space = getattr(build, "search_space", None)
        return MethodFacts(
            card=method.card(build),
            parameters=leaf_parameters(estimator),
            seeded=bool(named(estimator, "random_state")),
            needs=str(getattr(build, "needs", "")),
            uses_device="auto" in named(estimator, "device").values(),
            tunable=bool(space),
            space_error=_space_error(space, estimator) if space else "",
            conditional=hasattr(build, "obstacle"),
        )
    except BenchError as error:
        return unavailable(method, str(error))
    except (Exception, SystemExit) as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        text = f"{one_line(error)} ({Path(where.filename).name}:{where.lineno})"
        return unavailable(method, f"cannot be built: {text}")


def _space_error(space: Any, estimator: Any) -> str:
    try:
        check_space(space, estimator.get_params(deep=True))
    except ContractError as error:
        return str(error)
    return ""


def obstacles(methods: Sequence[Method], workers: Workers) -> dict[str, str]:
    """Name → why a method cannot work on this machine, of those that say so by `build.obstacle`."""
    limits = Limits(seconds=_TIMEOUT)
    found = {}
    for outcome in workers.run(_obstacle, [(method,) for method in methods], limits):
        if outcome.status != "ok":
            found[methods[outcome.index].name] = f"its obstacle cannot be told: {outcome.error}"
        elif outcome.value:
            found[methods[outcome.index].name] = outcome.value
    return found


def _obstacle(method: Method) -> str:
    build: Any = method.load()
    return str(build.obstacle())


def check_contract(method: Method) -> list[CheckResult] | str:
    """Every check of the contract; or why the method cannot be loaded."""
    try:
        return results(method.load())
    except BenchError as error:
        return str(error)


def unavailable(method: Method, error: str) -> MethodFacts:
    """The facts of a method that cannot be built, and why."""
    card = MethodCard(method.name, method.family, "", method.distribution, method.version)
    return MethodFacts(card, {}, error=error)


def prepare(source: Source, study: Study, folder: Path) -> Prepared:
    """Load a data set, describe it and lay it out below `folder`, as a study wants it."""
    try:
        data = load(source, study, folder)
        twins = twins_of(data)
        card = replace(describe(data, twins), checked=check(data, twins))
        if not study.folds:
            write_memory_maps(data, folder / "whole")
            pictures = of_test_cases([data.test])
            return Prepared(source.name, (folder / "whole",), card, thumbnails=pictures)
        pooled = Pooled.of(data)
        dealt = folds(pooled, study.folds, study.split_seed)
        places = tuple(folder / f"fold-{i}" for i in range(study.folds))
        for fold, place in zip(dealt, places, strict=True):
            write_fold(pooled, fold, place)
        parts = [open_memory_maps(place) for place in places]
        first = describe(parts[0])
        digest = hashlib.sha256(f"{data.fingerprint} {study.folds} {study.split_seed}".encode())
        card = replace(
            card,
            split=first.split,
            parts=first.parts,
            duplicates_across_parts=first.duplicates_across_parts,
            near_duplicates=_with_twin_in_other_fold(pooled, dealt, twins),
            fingerprint=digest.hexdigest()[:32],
            ideal_scores={},
        )
        pictures = of_test_cases([part.test for part in parts])
        return Prepared(source.name, places, card, thumbnails=pictures)
    except BenchError as error:
        unsuitable = isinstance(error, DataUnsuitable)
        return Prepared(source.name, error=str(error), unsuitable=unsuitable)
    except MemoryError:
        return Prepared(source.name, error=f"Data set {source.name!r} does not fit into memory.")
    except (Exception, SystemExit) as error:
        if source.kind != "plugin":
            raise
        text = f"Data set {source.name!r} ({source.distribution}) failed: {one_line(error)}"
        return Prepared(source.name, error=text)


def load(source: Source, study: Study, folder: Path) -> Dataset:
    """The images of a source as a study wants them.

    Args:
        source: the data set.
        study: for size, resizing, preprocessing and the positive class.
        folder: for images that are changed after loading, which those of folders are not.

    Raises:
        BenchError: if it cannot be used.
    """
    data = source.load(study.size, study.split_seed, study.resize, study.preprocess)
    if study.preprocess and source.folder is None:
        data = preprocessed(data, study.preprocess, study.resize, folder)
    data = data if data.name == source.name else replace(data, name=source.name)
    return data.with_positive(study.positive)


def _with_twin_in_other_fold(
    pooled: Pooled, dealt: Sequence[Fold], twins: Twins | None
) -> tuple[str, ...] | None:
    """Ids of the cases with a near twin among those that are learnt from when they are tested."""
    if twins is None:
        return None
    place = np.zeros(len(pooled.labels), dtype=np.intp)
    for number, fold in enumerate(dealt):
        place[fold.test] = number
    found = with_twin_elsewhere(twins, place)
    return tuple(str(case) for case in pooled.case_ids[found])
