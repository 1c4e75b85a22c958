"""What is found out about methods and data sets before the plan, in a worker process.

Plugins are imported here and not in the main process, so that one that crashes costs a row.
"""

import hashlib
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench.card import describe
from bench.discovery import Method, Source
from bench.duplicates import near_duplicates
from bench.errors import BenchError, DataError
from bench.handover import lay_out
from bench.parameters import leaf_parameters, named
from bench.plan import MethodFacts
from bench.record import DatasetCard, MethodCard
from bench.splits import folds
from bench.workers import Workers

_TIMEOUT = 300  # seconds for the imports of one method


@dataclass(frozen=True)
class Prepared:
    """A data set that is laid out for the workers, or the reason why it is not.

    Attributes:
        name: of the data set.
        folders: one per fold, or a single one; empty on failure.
        card: what the report says of it, None on failure.
        error: "" if it is ready.
    """

    name: str
    folders: tuple[Path, ...] = ()
    card: DatasetCard | None = None
    error: str = ""


def inspect_methods(methods: Sequence[Method], workers: Workers) -> dict[str, MethodFacts]:
    """Name → facts of each method, in the given order, looked at in the workers."""
    found: dict[int, MethodFacts] = {}
    for outcome in workers.run(inspect_method, [(m,) for m in methods], timeout=_TIMEOUT):
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
        return MethodFacts(
            card=method.card(build),
            parameters=leaf_parameters(estimator),
            seeded=bool(named(estimator, "random_state")),
            needs=str(getattr(build, "needs", "")),
            uses_device="auto" in named(estimator, "device").values(),
        )
    except BenchError as error:
        return unavailable(method, str(error))
    except (Exception, SystemExit) as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        text = f"{type(error).__name__}: {error} ({Path(where.filename).name}:{where.lineno})"
        return unavailable(method, f"cannot be built: {text}")


def unavailable(method: Method, error: str) -> MethodFacts:
    """The facts of a method that cannot be built, and why."""
    card = MethodCard(method.name, method.family, "", method.distribution, method.version)
    return MethodFacts(card, {}, error=error)


def prepare(
    source: Source, size: int | None, split_seed: int, n_folds: int, folder: Path
) -> Prepared:
    """Load a data set, describe it and lay it out below `folder`."""
    try:
        data = source.load(size, split_seed)
        if data.name != source.name:
            data = replace(data, name=source.name)
        card = describe(data)
        if not n_folds:
            lay_out(data, folder / "whole")
            card = replace(card, near_duplicates=near_duplicates(data))
            return Prepared(source.name, (folder / "whole",), card)
        parts = folds(data, n_folds, split_seed)
        places = tuple(folder / f"fold-{i}" for i in range(n_folds))
        for part, place in zip(parts, places, strict=True):
            lay_out(part, place)
        first = describe(parts[0])
        digest = hashlib.sha256(f"{data.fingerprint} {n_folds} {split_seed}".encode())
        card = replace(
            card,
            split=first.split,
            parts=first.parts,
            duplicates_across_parts=first.duplicates_across_parts,
            fingerprint=digest.hexdigest()[:32],
            ideal_scores={},
        )
        return Prepared(source.name, places, card)
    except BenchError as error:
        return Prepared(source.name, error=str(error))
    except MemoryError:
        return Prepared(source.name, error=f"Data set {source.name!r} does not fit into memory.")
    except (Exception, SystemExit) as error:
        if source.kind != "plugin":
            raise
        text = f"{type(error).__name__}: {error}"
        blame = DataError(f"Data set {source.name!r} ({source.distribution}) failed: {text}")
        return Prepared(source.name, error=str(blame))
