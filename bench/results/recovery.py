"""What a run does first with the results that are there: clear away, and set aside what is damaged.

Only the run that holds the folder's lock may do so.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

from bench.protocol.errors import DamagedResults, ResultsError
from bench.results import durable
from bench.results.durable import TEMPORARY
from bench.results.layout import OLD
from bench.results.store import Store


def recover(store: Store) -> list[str]:
    """Clear away what a run that was cut off has left, and set aside what is damaged.

    Returns:
        A line for each thing that was set aside.

    Raises:
        ResultsError: if the folder was written by another version, or cannot be written.
    """
    try:
        _finish_writing(store.root)
        return [
            *_recover_study(store),
            *_recover_cards(store),
            *_recover_runs(store),
            *_recover_searches(store),
        ]
    except OSError as error:
        raise ResultsError(
            f"Results folder {store.root}: cannot be written ({error.strerror or error}). "
            "Choose another with --out."
        ) from None


def _finish_writing(root: Path) -> None:
    for path in sorted(root.rglob(f"{TEMPORARY}*"), reverse=True):
        place = path.with_name(path.name.removeprefix(OLD))
        if path.name.startswith(OLD) and not place.exists():
            path.rename(place)  # its successor had not come to its place yet
        elif path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _recover_study(store: Store) -> Iterator[str]:
    path = store.layout.study_file
    if path.exists():
        try:
            store.studies()
        except DamagedResults as error:
            yield _set_aside(store, path, error)


def _recover_cards(store: Store) -> Iterator[str]:
    for path in store.layout.card_files():
        tables = [
            path.with_suffix(".thumbnails.parquet"),
            path.with_suffix("") / "metadata.parquet",
            path.with_suffix("") / "targets.parquet",
        ]
        try:
            card = store.card_at(path)
            if tables[0].exists():
                store.thumbnails(card.name)
            if tables[1].exists():
                store.metadata(card.name)
            if tables[2].exists():
                store.targets(card.name)
        except DamagedResults as error:
            yield _set_aside(store, path, error)
            for table in tables:
                if table.exists():
                    yield _set_aside(store, table)


def _recover_runs(store: Store) -> Iterator[str]:
    for place in store.layout.run_folders():
        try:
            store.run_at(place)
        except DamagedResults as error:
            yield _set_aside(store, place, error)


def _recover_searches(store: Store) -> Iterator[str]:
    for path in store.layout.search_files():
        try:
            durable.read_json(path)
        except (OSError, ValueError) as error:
            yield _set_aside(store, path, DamagedResults(path, error))


def _set_aside(store: Store, path: Path, error: DamagedResults | None = None) -> str:
    target = store.layout.set_aside(path)
    durable.make_folder(target.parent)
    path.rename(target)
    durable.sync(target.parent)
    durable.sync(path.parent)
    return f"set aside as {target}" + (f": {error.what}" if error else "")
