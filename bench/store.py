"""The only reader and writer of a results folder.

    results/
      study.json                                      every study run here, its hash, when
      datasets/<dataset>.json                         the data set's card
      runs/<dataset>/<method>/<trial key>/run.json    what was run and what came of it
                                          predictions.parquet

A folder or file is written under a temporary name beside its place and renamed, so that it exists
only if it is complete. Names of data sets and methods are percent-encoded where a file system
would not take them. Nothing is pickled: what is read back cannot run code.
"""

import hashlib
import json
import os
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

from bench.errors import ResultsError, StudyError
from bench.record import SCHEMA, DatasetCard, Predictions, Run, Trial
from bench.study import Study

_TEMPORARY = ".incomplete-"


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

    def declare(self, study: Study, command: str = "", left_out: tuple[str, ...] = ()) -> None:
        """Write the study down before its first trial runs; the last one declared is current.

        Raises:
            ResultsError: if the folder cannot be written, holds something else, or was written
                by another version.
        """
        if self.root.exists() and not self.root.is_dir():
            raise ResultsError(f"Results folder {self.root} is a file. Choose another with --out.")
        if self.root.is_dir() and any(self.root.iterdir()) and not self._study_file.exists():
            raise ResultsError(
                f"Folder {self.root} is not empty and holds no study.json, so it is not a results "
                "folder. Choose another with --out."
            )
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
            self.root.mkdir(parents=True, exist_ok=True)
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
        data = self._read_json(self._study_file)
        if data.get("schema") != SCHEMA:
            raise ResultsError(
                f"Results folder {self.root} has version {data.get('schema')}; this program reads "
                f"version {SCHEMA}. Choose another folder with --out, or the program's version "
                "that wrote it."
            )
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
            raise ResultsError(f"{self._study_file} is damaged ({error}).") from None
        if not entries or not intact:
            raise ResultsError(
                f"{self._study_file} was changed by hand: a study does not have the hash that was "
                "written before its first trial. Choose another folder with --out."
            )
        return entries

    @property
    def current(self) -> StudyEntry:
        """The study that was declared last."""
        return self.studies()[-1]

    def write_card(self, card: DatasetCard) -> None:
        """Store what the report says of a data set."""
        path = self.root / "datasets" / f"{_encode(card.name)}.json"
        try:
            path.parent.mkdir(exist_ok=True)
        except OSError as error:
            raise ResultsError(f"{path.parent}: cannot be written ({error.strerror}).") from None
        self._write_json(path, card.as_json())

    def card(self, dataset: str) -> DatasetCard | None:
        """The stored card of a data set, or None."""
        path = self.root / "datasets" / f"{_encode(dataset)}.json"
        if not path.exists():
            return None
        try:
            return DatasetCard.from_json(self._read_json(path))
        except (KeyError, TypeError) as error:
            raise ResultsError(f"{path} is damaged ({error}). Delete it and run again.") from None

    def write_run(self, run: Run) -> None:
        """Store a run in place of an earlier one of the same trial.

        Raises:
            ResultsError: if it cannot be written, for example on a full disk.
        """
        place = self._place(run.trial)
        temporary = None
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            temporary = Path(tempfile.mkdtemp(prefix=_TEMPORARY, dir=place.parent))
            data = run.as_json()
            if run.predictions is not None:
                _write_predictions(temporary / "predictions.parquet", run.predictions)
                data["predictions_sha256"] = _sha256(temporary / "predictions.parquet")
            self._write_json(temporary / "run.json", {"schema": SCHEMA, **data})
            if place.exists():
                old = place.with_name(f"{_TEMPORARY}old-{place.name}")
                shutil.rmtree(old, ignore_errors=True)
                place.rename(old)
                temporary.rename(place)
                shutil.rmtree(old)
            else:
                temporary.rename(place)
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
        data = self._read_json(place / "run.json")
        table = place / "predictions.parquet"
        try:
            if data["schema"] != SCHEMA:
                raise ResultsError(
                    f"{place} has version {data['schema']}, not {SCHEMA}. Delete it and run again."
                )
            run = Run.from_json(data)
            if run.status != "ok":
                return run
            if not table.exists() or _sha256(table) != data["predictions_sha256"]:
                raise ResultsError(f"{table} is damaged. Delete its folder and run again.")
            return replace(run, predictions=_read_predictions(table))
        except (KeyError, TypeError, AttributeError) as error:
            raise ResultsError(f"{place} is damaged ({error}). Delete it and run again.") from None

    def trials(self) -> Iterator[Trial]:
        """Every trial that has a stored run, of all studies."""
        for path in sorted((self.root / "runs").glob("*/*/*/run.json")):
            if path.parent.name.startswith(_TEMPORARY):
                continue
            data = self._read_json(path)
            try:
                yield Trial.from_json(data["trial"])
            except (KeyError, TypeError) as error:
                raise ResultsError(f"{path} is damaged ({error}).") from None

    def report_folder(self) -> Path:
        """Where the report is written."""
        return self.root / "report"

    @property
    def _study_file(self) -> Path:
        return self.root / "study.json"

    def _place(self, trial: Trial) -> Path:
        return self.root / "runs" / _encode(trial.dataset) / _encode(trial.method) / trial.key

    def _write_json(self, path: Path, data: dict[str, Any]) -> None:
        text = json.dumps(data, indent=1, sort_keys=True, ensure_ascii=False, default=_plain)
        temporary = path.with_name(f"{_TEMPORARY}{path.name}")
        try:
            with temporary.open("w", encoding="utf-8") as file:
                file.write(text + "\n")
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except OSError as error:
            raise ResultsError(
                f"{path}: cannot be written ({error.strerror or error}). "
                "Free some space or choose another folder with --out."
            ) from None

    def _read_json(self, path: Path) -> dict[str, Any]:
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ResultsError(f"{path} cannot be read ({error}).") from None
        if not isinstance(data, dict):
            raise ResultsError(f"{path} is damaged: not a JSON object.")
        return data


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


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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
