"""The only reader and writer of a results folder; `layout` says where things lie in it.

A folder or file is written under a temporary name beside its place, synced and renamed, so that it
exists only if it is complete, also after a power cut. Each has a checksum; what does not agree with
it is set aside by the next run (`recovery`). Nothing is pickled: what is read back cannot run code.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from bench.protocol.cards import DatasetCard
from bench.protocol.errors import DamagedResults, ResultsError
from bench.protocol.predictions import Activations, Thumbnails
from bench.protocol.record import SCHEMA, Run, Trial
from bench.protocol.study import Study
from bench.results import durable, migration
from bench.results.durable import TEMPORARY, sha256
from bench.results.layout import OLD, OURS, Layout
from bench.results.parquet import (
    read_activations,
    read_predictions,
    read_thumbnails,
    write_activations,
    write_predictions,
    write_thumbnails,
)
from bench.results.studies import StudyEntry, read_studies


class Store:
    """A results folder.

    Args:
        root: the folder. It is made by `declare`, and must exist for everything else.
        pictures: whether pictures of images are stored and shown; False for what is to leave the
            house.

    Attributes:
        layout: where things lie in it.
    """

    def __init__(self, root: Path, pictures: bool = True) -> None:
        self.root = root
        self.pictures = pictures
        self.layout = Layout(root)

    def refuse_foreign(self) -> None:
        """Check that the folder is ours, or could be.

        Raises:
            ResultsError: if it is a file, or holds something else.
        """
        if self.root.exists() and not self.root.is_dir():
            raise ResultsError(f"Results folder {self.root} is a file. Choose another with --out.")
        if self.root.is_dir() and not self.layout.study_file.exists():
            names = {path.name for path in self.root.iterdir()}
            foreign = [n for n in names if n not in OURS and not n.startswith(TEMPORARY)]
            if foreign or (names and not names & {"runs", "searches", "damaged", ".running"}):
                raise ResultsError(
                    f"Folder {self.root} is not empty and holds no study.json, so it is not a "
                    "results folder. Choose another with --out."
                )

    def declare(self, study: Study, command: str = "", left_out: tuple[str, ...] = ()) -> None:
        """Write the study down before its first trial runs; the last one declared is current.

        Raises:
            ResultsError: if the folder cannot be written, holds something else, or was written
                by another version.
        """
        self.refuse_foreign()
        entries = [] if not self.layout.study_file.exists() else list(self.studies())
        known = [e for e in entries if e.study.hash == study.hash]
        others = [e for e in entries if e.study.hash != study.hash]
        if known:
            entry = replace(known[0], times=known[0].times + 1, command=command, left_out=left_out)
        else:
            entry = StudyEntry(study, _now(), 1, command, left_out)
        with _writing(self.root):
            durable.make_folder(self.root)
        rows = [e.as_json() for e in [*others, entry]]
        self._write_json(self.layout.study_file, {"schema": SCHEMA, "studies": rows})

    def studies(self) -> tuple[StudyEntry, ...]:
        """Every study run here, the current one last.

        Raises:
            ResultsError: if the folder is none of ours, of another version, or damaged.
        """
        return read_studies(self.layout)

    @property
    def current(self) -> StudyEntry:
        """The study that was declared last."""
        return self.studies()[-1]

    def write_card(self, card: DatasetCard, thumbnails: Thumbnails | None = None) -> None:
        """Store what the report says of a data set, and its pictures in place of earlier ones."""
        path = self.layout.card_file(card.name)
        if not self.pictures:
            card, thumbnails = replace(card, samples={}), None
            with suppress(OSError):
                self.layout.thumbnails_file(card.name).unlink(missing_ok=True)
        with _writing(path):
            durable.make_folder(path.parent)
        data = {"schema": SCHEMA, **card.as_json()}
        if thumbnails is not None:
            data["thumbnails_sha256"] = self._write_thumbnails(card.name, thumbnails)
        self._write_json(path, data)

    def card(self, dataset: str) -> DatasetCard | None:
        """The stored card of a data set, or None.

        Raises:
            ResultsError: if it is damaged.
        """
        path = self.layout.card_file(dataset)
        return self.card_at(path) if path.exists() else None

    def card_at(self, path: Path) -> DatasetCard:
        """The card in a file.

        Raises:
            DamagedResults: if it is not as it was written, or of another data set.
        """
        try:
            card = DatasetCard.from_json(migration.migrated_card(self._read_json(path)))
        except (KeyError, TypeError, AttributeError) as error:
            raise DamagedResults(path, error) from None
        if self.layout.card_file(card.name) != path:
            raise DamagedResults(path, "it is the card of another data set")
        return card if self.pictures else replace(card, samples={})

    def thumbnails(self, dataset: str) -> Thumbnails | None:
        """The stored pictures of a data set's test images, or None where there are none.

        Raises:
            ResultsError: if they are damaged.
        """
        if not self.pictures:
            return None
        card = self.layout.card_file(dataset)
        told = self._read_json(card).get("thumbnails_sha256") if card.exists() else None
        if told is None:
            return None
        path = self.layout.thumbnails_file(dataset)
        if not path.exists() or sha256(path) != told:
            raise DamagedResults(path)
        return read_thumbnails(path)

    def _write_thumbnails(self, dataset: str, thumbnails: Thumbnails) -> str:
        """Write the pictures under a temporary name, rename, and return their checksum."""
        path = self.layout.thumbnails_file(dataset)
        temporary = path.with_name(f"{TEMPORARY}{path.name}")
        try:
            with _writing(path):
                write_thumbnails(temporary, thumbnails)
                checksum = sha256(temporary)
                if not path.exists() or sha256(path) != checksum:
                    durable.sync(temporary)
                    temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
        return checksum

    def write_run(self, run: Run) -> None:
        """Store a run in place of an earlier one of the same trial.

        Raises:
            ResultsError: if it cannot be written, for example on a full disk.
        """
        place = self.layout.run_folder(run.trial)
        temporary = None
        try:
            with _writing(place, "What was stored before is kept."):
                durable.make_folder(place.parent)
                temporary = Path(tempfile.mkdtemp(prefix=TEMPORARY, dir=place.parent))
                data = run.as_json()
                if run.predictions is not None:
                    write_predictions(temporary / "predictions.parquet", run.predictions)
                    data["predictions_sha256"] = sha256(temporary / "predictions.parquet")
                if run.activations is not None:
                    write_activations(temporary / "activations.parquet", run.activations)
                    data["activations_sha256"] = sha256(temporary / "activations.parquet")
                for table in temporary.iterdir():
                    durable.sync(table)
                self._write_json(temporary / "run.json", {"schema": SCHEMA, **data})
                if place.exists():
                    old = place.with_name(f"{OLD}{place.name}")
                    shutil.rmtree(old, ignore_errors=True)
                    place.rename(old)
                    temporary.rename(place)
                    shutil.rmtree(old)
                else:
                    temporary.rename(place)
                durable.sync(place.parent)
        except ResultsError:
            if temporary is not None:
                shutil.rmtree(temporary, ignore_errors=True)
            raise

    def run(self, trial: Trial) -> Run | None:
        """The stored run of a trial, predictions included, or None.

        Raises:
            ResultsError: if it is damaged.
        """
        place = self.layout.run_folder(trial)
        if not (place / "run.json").exists():
            return None
        run = self.run_at(place)
        if run.status != "ok":
            return run
        try:
            return replace(run, predictions=read_predictions(place / "predictions.parquet"))
        except (KeyError, ValueError, OSError) as error:
            raise DamagedResults(place / "predictions.parquet", error) from None

    def record(self, trial: Trial) -> Run | None:
        """The stored run of a trial without its predictions, which are not looked at, or None.

        Raises:
            ResultsError: if it is damaged.
        """
        place = self.layout.run_folder(trial)
        return self.run_at(place, tables=False) if (place / "run.json").exists() else None

    def activations(self, trial: Trial) -> Activations | None:
        """The stored activation maps of a trial that `run` has found intact, or None."""
        path = self.layout.run_folder(trial) / "activations.parquet"
        return read_activations(path) if path.exists() else None

    def trials(self) -> Iterator[Trial]:
        """Every trial that has a stored run, of all studies."""
        for place in self.layout.run_folders():
            if (place / "run.json").exists():
                yield self.run_at(place, tables=False).trial

    def run_at(self, place: Path, tables: bool = True) -> Run:
        """The run in a folder, without predictions.

        Args:
            place: the folder.
            tables: whether the files of predictions and activations are compared with their
                checksums.

        Raises:
            DamagedResults: if something is not as it was written, or of another trial.
        """
        data = self._read_json(place / "run.json")
        try:
            if not migration.is_readable(data["schema"]):
                raise DamagedResults(place, f"it has version {data['schema']}, not {SCHEMA}")
            run = Run.from_json(migration.migrated_run(data))
            if self.layout.run_folder(run.trial) != place:
                raise DamagedResults(place / "run.json", f"it is of another trial, {run.trial}")
            if tables and run.status == "ok":
                _refuse_changed(place / "predictions.parquet", data["predictions_sha256"])
                if data.get("activations_sha256") is not None:
                    _refuse_changed(place / "activations.parquet", data["activations_sha256"])
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise DamagedResults(place / "run.json", error) from None
        return run

    def _write_json(self, path: Path, data: dict[str, Any]) -> None:
        with _writing(path):
            durable.write_json(path, data, _plain)

    def _read_json(self, path: Path) -> dict[str, Any]:
        try:
            return durable.read_json(path)
        except (OSError, ValueError) as error:
            raise DamagedResults(path, error) from None


@contextmanager
def _writing(
    path: Path, advice: str = "Free some space or choose another folder with --out."
) -> Iterator[None]:
    """Turns what the system says of a write into an error of ours."""
    try:
        yield
    except OSError as error:
        text = f"{path}: cannot be written ({error.strerror or error}). {advice}"
        raise ResultsError(text.rstrip()) from None


def _refuse_changed(path: Path, checksum: str) -> None:
    if not path.exists() or sha256(path) != checksum:
        raise DamagedResults(path)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _plain(value: object) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} cannot be stored as JSON")
