"""The only reader and writer of a results folder.

    results/
      study.json                                      every study run here, its hash, when
      datasets/<dataset>.json                         the data set's card
               <dataset>.thumbnails.parquet           small pictures of test images, if any
      runs/<dataset>/<method>/<trial key>/run.json    what was run and what came of it
                                          predictions.parquet
                                          activations.parquet   where a network looks, if known
      damaged/                                        what `mend` has set aside, at the same places

A folder or file is written under a temporary name beside its place, synced and renamed, so that it
exists only if it is complete, also after a power cut. Each has a checksum; what does not agree with
it is set aside by the next run, under damaged/. Names of data sets and methods are percent-encoded
where a file system would not take them. Nothing is pickled: what is read back cannot run code.
"""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from bench import durable
from bench.durable import TEMPORARY, sha256
from bench.errors import DamagedResults, ResultsError, StudyError
from bench.illustrations import (
    read_activations,
    read_thumbnails,
    write_activations,
    write_thumbnails,
)
from bench.record import SCHEMA, Activations, DatasetCard, Predictions, Run, Thumbnails, Trial
from bench.study import Study

_OLD = f"{TEMPORARY}old-"
_OURS = {"study.json", "datasets", "runs", "report", "damaged", ".running"}


@dataclass(frozen=True)
class StudyEntry:
    """One study that was run in a results folder.

    Attributes:
        study: the protocol.
        first_run: when its first trial started, UTC, ISO 8601.
        times: how often it was run.
        command: the command line of the last time.
        left_out: what was asked for and left out, and why, one line each.
    """

    study: Study
    first_run: str
    times: int = 1
    command: str = ""
    left_out: tuple[str, ...] = ()


class Store:
    """A results folder.

    Args:
        root: the folder. It is made by `declare`, and must exist for everything else.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def refuse_foreign(self) -> None:
        """Check that the folder is ours, or could be.

        Raises:
            ResultsError: if it is a file, or holds something else.
        """
        if self.root.exists() and not self.root.is_dir():
            raise ResultsError(f"Results folder {self.root} is a file. Choose another with --out.")
        if self.root.is_dir() and not self._study_file.exists():
            names = {path.name for path in self.root.iterdir()}
            foreign = [n for n in names if n not in _OURS and not n.startswith(TEMPORARY)]
            if foreign or (names and not names & {"runs", "damaged", ".running"}):
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
        entries = [] if not self._study_file.exists() else list(self.studies())
        known = [e for e in entries if e.study.hash == study.hash]
        others = [e for e in entries if e.study.hash != study.hash]
        if known:
            entry = replace(known[0], times=known[0].times + 1, command=command, left_out=left_out)
        else:
            entry = StudyEntry(study, _now(), 1, command, left_out)
        rows = [
            {
                "hash": e.study.hash,
                "study": e.study.as_json(),
                "first_run": e.first_run,
                "times": e.times,
                "command": e.command,
                "left_out": list(e.left_out),
            }
            for e in [*others, entry]
        ]
        try:
            durable.make_folder(self.root)
        except OSError as error:
            raise ResultsError(f"Results folder {self.root}: {error.strerror}.") from None
        self._write_json(self._study_file, {"schema": SCHEMA, "studies": rows})

    def studies(self) -> tuple[StudyEntry, ...]:
        """Every study run here, the current one last.

        Raises:
            ResultsError: if the folder is none of ours, of another version, or damaged.
        """
        if not self._study_file.exists():
            raise ResultsError(
                f"{self.root} is not a results folder: it has no study.json. "
                "Results are written by 'python -m bench run --out FOLDER'."
            )
        try:
            written = durable.parse_json(self._study_file)
            if written.get("schema") != SCHEMA:
                raise ResultsError(
                    f"Results folder {self.root} has version {written.get('schema')}; this program "
                    f"reads version {SCHEMA}. Choose another folder with --out, or the program's "
                    "version that wrote it."
                )
            data = durable.unsealed(written)
        except (OSError, ValueError) as error:
            raise _damaged(self._study_file, error) from None
        try:
            entries = tuple(
                StudyEntry(
                    Study.from_json(row["study"], f"{self._study_file}"),
                    row["first_run"],
                    row["times"],
                    row["command"],
                    tuple(row["left_out"]),
                )
                for row in data["studies"]
            )
            intact = all(
                e.study.hash == r["hash"] for e, r in zip(entries, data["studies"], strict=True)
            )
        except (KeyError, TypeError, StudyError) as error:
            raise _damaged(self._study_file, error) from None
        if not entries or not intact:
            text = "a study does not have the hash that was written before its first trial"
            raise _damaged(self._study_file, text)
        return entries

    @property
    def current(self) -> StudyEntry:
        """The study that was declared last."""
        return self.studies()[-1]

    def write_card(self, card: DatasetCard, thumbnails: Thumbnails | None = None) -> None:
        """Store what the report says of a data set, and its pictures in place of earlier ones."""
        path = self._card_file(card.name)
        try:
            durable.make_folder(path.parent)
        except OSError as error:
            raise ResultsError(f"{path.parent}: cannot be written ({error.strerror}).") from None
        data = card.as_json()
        if thumbnails is not None:
            data["thumbnails_sha256"] = self._write_thumbnails(card.name, thumbnails)
        self._write_json(path, data)

    def card(self, dataset: str) -> DatasetCard | None:
        """The stored card of a data set, or None.

        Raises:
            ResultsError: if it is damaged.
        """
        path = self._card_file(dataset)
        if not path.exists():
            return None
        try:
            return DatasetCard.from_json(self._read_json(path))
        except (KeyError, TypeError) as error:
            raise _damaged(path, error) from None

    def thumbnails(self, dataset: str) -> Thumbnails | None:
        """The stored pictures of a data set's test images, or None where there are none.

        Raises:
            ResultsError: if they are damaged.
        """
        card = self._card_file(dataset)
        told = self._read_json(card).get("thumbnails_sha256") if card.exists() else None
        if told is None:
            return None
        path = self._thumbnails_file(dataset)
        if not path.exists() or sha256(path) != told:
            raise _damaged(path)
        return read_thumbnails(path)

    def _card_file(self, dataset: str) -> Path:
        return self.root / "datasets" / f"{_encode(dataset)}.json"

    def _thumbnails_file(self, dataset: str) -> Path:
        return self.root / "datasets" / f"{_encode(dataset)}.thumbnails.parquet"

    def _write_thumbnails(self, dataset: str, thumbnails: Thumbnails) -> str:
        """Write the pictures under a temporary name, rename, and return their checksum."""
        path = self._thumbnails_file(dataset)
        temporary = path.with_name(f"{TEMPORARY}{path.name}")
        try:
            write_thumbnails(temporary, thumbnails)
            checksum = sha256(temporary)
            if path.exists() and sha256(path) == checksum:
                temporary.unlink()
            else:
                durable.sync(temporary)
                temporary.replace(path)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise ResultsError(
                f"{path}: cannot be written ({error.strerror or error}). "
                "Free some space or choose another folder with --out."
            ) from None
        return checksum

    def write_run(self, run: Run) -> None:
        """Store a run in place of an earlier one of the same trial.

        Raises:
            ResultsError: if it cannot be written, for example on a full disk.
        """
        place = self._place(run.trial)
        temporary = None
        try:
            durable.make_folder(place.parent)
            temporary = Path(tempfile.mkdtemp(prefix=TEMPORARY, dir=place.parent))
            data = run.as_json()
            if run.predictions is not None:
                _write_predictions(temporary / "predictions.parquet", run.predictions)
                data["predictions_sha256"] = sha256(temporary / "predictions.parquet")
            if run.activations is not None:
                write_activations(temporary / "activations.parquet", run.activations)
                data["activations_sha256"] = sha256(temporary / "activations.parquet")
            for table in temporary.iterdir():
                durable.sync(table)
            self._write_json(temporary / "run.json", {"schema": SCHEMA, **data})
            if place.exists():
                old = place.with_name(f"{_OLD}{place.name}")
                shutil.rmtree(old, ignore_errors=True)
                place.rename(old)
                temporary.rename(place)
                shutil.rmtree(old)
            else:
                temporary.rename(place)
            durable.sync(place.parent)
        except OSError as error:
            if temporary is not None:
                shutil.rmtree(temporary, ignore_errors=True)
            raise ResultsError(
                f"{place}: cannot be written ({error.strerror or error}). "
                "What was stored before is kept."
            ) from None

    def run(self, trial: Trial) -> Run | None:
        """The stored run of a trial, predictions included, or None.

        Raises:
            ResultsError: if it is damaged.
        """
        place = self._place(trial)
        if not (place / "run.json").exists():
            return None
        run = self._intact(place)
        if run.status != "ok":
            return run
        try:
            return replace(run, predictions=_read_predictions(place / "predictions.parquet"))
        except (KeyError, ValueError, OSError) as error:
            raise _damaged(place / "predictions.parquet", error) from None

    def record(self, trial: Trial) -> Run | None:
        """The stored run of a trial without its predictions, which are not looked at, or None.

        Raises:
            ResultsError: if it is damaged.
        """
        place = self._place(trial)
        return self._intact(place, tables=False) if (place / "run.json").exists() else None

    def activations(self, trial: Trial) -> Activations | None:
        """The stored activation maps of a trial that `run` has found intact, or None."""
        path = self._place(trial) / "activations.parquet"
        return read_activations(path) if path.exists() else None

    def trials(self) -> Iterator[Trial]:
        """Every trial that has a stored run, of all studies."""
        for place in self._places():
            if (place / "run.json").exists():
                yield self._intact(place, tables=False).trial

    def mend(self) -> list[str]:
        """Clear away what a run that was cut off has left, and set aside what is damaged.

        Only the run that holds the folder's lock may do so.

        Returns:
            A line for each thing that was set aside.

        Raises:
            ResultsError: if the folder was written by another version, or cannot be written.
        """
        try:
            self._finish_writing()
            said = [*self._mend_study(), *self._mend_cards()]
            for place in self._places():
                try:
                    self._intact(place)
                except DamagedResults as error:
                    said.append(self._set_aside(place, str(error)))
            return said
        except OSError as error:
            raise ResultsError(
                f"Results folder {self.root}: cannot be written ({error.strerror or error}). "
                "Choose another with --out."
            ) from None

    def _finish_writing(self) -> None:
        for path in sorted(self.root.rglob(f"{TEMPORARY}*"), reverse=True):
            place = path.with_name(path.name.removeprefix(_OLD))
            if path.name.startswith(_OLD) and not place.exists():
                path.rename(place)  # its successor had not come to its place yet
            elif path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)

    def _mend_study(self) -> Iterator[str]:
        if self._study_file.exists():
            try:
                self.studies()
            except DamagedResults as error:
                yield self._set_aside(self._study_file, str(error))

    def _mend_cards(self) -> Iterator[str]:
        for path in sorted((self.root / "datasets").glob("*.json")):
            try:
                name = str(self._read_json(path).get("name"))
                if self._card_file(name) != path or self.card(name) is None:
                    raise _damaged(path, "it is the card of another data set")
                pictures = self._thumbnails_file(name)
                if pictures.exists():
                    self.thumbnails(name)
            except DamagedResults as error:
                yield self._set_aside(path, str(error))
                pictures = path.with_name(f"{path.stem}.thumbnails.parquet")
                if pictures.exists():
                    yield self._set_aside(pictures, "")

    def _set_aside(self, path: Path, reason: str) -> str:
        target = self.root / "damaged" / path.relative_to(self.root)
        durable.make_folder(target.parent)
        number = 1
        while target.exists():
            number += 1
            target = target.with_name(f"{path.name}-{number}")
        path.rename(target)
        durable.sync(target.parent)
        durable.sync(path.parent)
        return f"set aside as {target}" + (f": {reason}" if reason else "")

    def _places(self) -> list[Path]:
        """The folders of all runs."""
        found = sorted((self.root / "runs").glob("*/*/*"))
        return [p for p in found if p.is_dir() and not p.name.startswith(TEMPORARY)]

    def _intact(self, place: Path, tables: bool = True) -> Run:
        """The run in a folder, its predictions not read but found as they were written.

        Raises:
            DamagedResults: if they are not, or the folder is that of another trial.
        """
        data = self._read_json(place / "run.json")
        try:
            if data["schema"] != SCHEMA:
                raise _damaged(place, f"it has version {data['schema']}, not {SCHEMA}")
            run = Run.from_json(data)
            if self._place(run.trial) != place:
                raise _damaged(place / "run.json", f"it is of another trial, {run.trial}")
            if tables and run.status == "ok":
                _refuse_changed(place / "predictions.parquet", data["predictions_sha256"])
                if data.get("activations_sha256") is not None:
                    _refuse_changed(place / "activations.parquet", data["activations_sha256"])
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise _damaged(place / "run.json", error) from None
        return run

    def report_folder(self) -> Path:
        """Where the report is written."""
        return self.root / "report"

    @property
    def _study_file(self) -> Path:
        return self.root / "study.json"

    def _place(self, trial: Trial) -> Path:
        return self.root / "runs" / _encode(trial.dataset) / _encode(trial.method) / trial.key

    def _write_json(self, path: Path, data: dict[str, Any]) -> None:
        try:
            durable.write_json(path, data, _plain)
        except OSError as error:
            raise ResultsError(
                f"{path}: cannot be written ({error.strerror or error}). "
                "Free some space or choose another folder with --out."
            ) from None

    def _read_json(self, path: Path) -> dict[str, Any]:
        try:
            return durable.read_json(path)
        except (OSError, ValueError) as error:
            raise _damaged(path, error) from None


def _damaged(path: Path, reason: object = "it is not as it was written") -> DamagedResults:
    return DamagedResults(
        f"{path} is damaged or was changed by hand ({reason}). The next run with this folder sets "
        "it aside and makes it again."
    )


def _refuse_changed(path: Path, checksum: str) -> None:
    if not path.exists() or sha256(path) != checksum:
        raise _damaged(path)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _encode(name: str) -> str:
    """A file name: letters, digits, - and _ stay, all else is percent-encoded."""
    encoded = quote(name, safe=" +@,=")
    return encoded.replace(".", "%2E") if set(name) <= {"."} else encoded


def _plain(value: object) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} cannot be stored as JSON")


def _write_predictions(path: Path, predictions: Predictions) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    groups = predictions.groups
    columns = {
        "case_id": pa.array(predictions.case_ids.tolist(), pa.string()),
        "split": pa.array(predictions.split.tolist(), pa.string()).dictionary_encode(),
        "label": pa.array(predictions.labels),
        "group": pa.array(
            [None] * len(predictions.labels) if groups is None else groups.tolist(), pa.string()
        ),
    }
    for k, column in enumerate(predictions.probabilities.T):
        columns[f"p{k}"] = pa.array(np.ascontiguousarray(column))
    pq.write_table(pa.table(columns), path)


def _read_predictions(path: Path) -> Predictions:
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    classes = [name for name in table.column_names if name[0] == "p" and name[1:].isdigit()]
    groups = table["group"]
    return Predictions(
        case_ids=_strings(table["case_id"]),
        split=_strings(table["split"]),
        labels=table["label"].to_numpy(),
        groups=None if groups.null_count else _strings(groups),
        probabilities=np.column_stack([table[name].to_numpy() for name in classes]),
    )


def _strings(column: Any) -> NDArray[np.str_]:
    """A column of text as a NumPy array; each distinct value is converted once."""
    encoded = column.combine_chunks()
    if not hasattr(encoded, "dictionary"):
        encoded = encoded.dictionary_encode()
    distinct = np.asarray(encoded.dictionary.to_pylist(), dtype=np.str_)
    values: NDArray[np.str_] = distinct[encoded.indices.to_numpy()]
    return values
