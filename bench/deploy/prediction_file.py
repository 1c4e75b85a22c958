"""The file of predictions: written as answers come, gone on with after an interruption.

Rows are appended to a file of a temporary name, which comes to its place when the last is written.
Beside it stands which bundle and which images it is of; another command begins anew.
"""

import csv
import hashlib
import io
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from bench.data import pseudonyms
from bench.data.folders.names.spelling import key_of
from bench.deploy.asking import AnswersOfFiles
from bench.deploy.bundle import Answer
from bench.deploy.description import PLAIN
from bench.deploy.manifest import Manifest
from bench.deploy.operating import contradictions
from bench.protocol.columns import (
    AFTER,
    BETWEEN,
    CALIBRATED,
    FAMILY,
    FIRST,
    GROUP,
    NOTHING,
    PREFIXES,
)
from bench.protocol.errors import DataError, UsageError
from bench.results.durable import TEMPORARY, make_folder, sync
from bench.results.lock import only_writer

Row = dict[str, str]

Settling = Callable[[Callable[[], Iterable[Row]]], Iterable[Row]]
"""What all rows become when the last is known; it is given a function that reads them anew."""


class PredictionFile:
    """A file of predictions that is being written. Used as a context manager.

    Args:
        path: where it comes to in the end; is replaced then.
        columns: of the file.
        of: what it is of: bundle, images, options.

    Attributes:
        done: number of batches whose rows are there already.
        told: what was noted with the last of them, None before the first.
    """

    def __init__(self, path: Path, columns: Sequence[str], of: str) -> None:
        self.path = path
        self.done = 0
        self.told: Any = None
        self._columns = tuple(columns)
        about = json.dumps([of, *columns])  # rows of other columns are not gone on with
        self._of = hashlib.sha256(about.encode()).hexdigest()
        self._rows = path.with_name(f"{TEMPORARY}{path.name}")
        self._about = path.with_name(f"{TEMPORARY}{path.name}.json")
        self._file: IO[bytes] | None = None
        self._held = ExitStack()

    def __enter__(self) -> "PredictionFile":
        """Take the file.

        Raises:
            UsageError: if another command writes it.
            DataError: if it cannot be written.
        """
        try:
            make_folder(self.path.parent)
            if self.path.is_dir():
                raise DataError(f"--out {self.path}: is a folder. Name a file.")
            with ExitStack() as held:
                held.enter_context(only_writer(self.path, f"--out {self.path}"))
                self._file = self._continued() or self._begun()
                self._held = held.pop_all()
        except OSError as error:
            raise self._unwritable(error) from None
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
        self._held.close()

    def append(self, rows: Sequence[Sequence[str]], told: object = None) -> None:
        """Write the rows of the next batch, safe from a power cut.

        Args:
            rows: as many as there are.
            told: what is to be known of all batches so far when they are gone on with; JSON-able.

        Raises:
            DataError: if they cannot be written.
        """
        assert self._file is not None
        try:
            self._file.write(_lines(rows))
            self._file.flush()
            os.fsync(self._file.fileno())
            self.done += 1
            self.told = told
            self._note(self._file.tell())
        except OSError as error:
            raise self._unwritable(error) from None

    def finish(self, settled: Settling | None) -> None:
        """Have the file come to its place.

        Args:
            settled: what gives the rows as they are to stand there, and may ask for them again;
                None where they stay.
        """
        assert self._file is not None
        try:
            self._file.close()
            if settled is None:
                self._rows.replace(self.path)
            else:
                self._rewrite(settled(self._written))
                self._rows.unlink()
            self._about.unlink(missing_ok=True)
            sync(self.path.parent)
        except OSError as error:
            raise self._unwritable(error) from None

    def _rewrite(self, rows: Iterable[Row]) -> None:
        last = self._rows.with_name(f"{self._rows.name}.last")
        with last.open("w", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, self._columns, lineterminator="\n")
            table.writeheader()
            table.writerows(rows)
            file.flush()
            os.fsync(file.fileno())
        last.replace(self.path)

    def _written(self) -> Iterator[Row]:
        with self._rows.open(encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)

    def _begun(self) -> IO[bytes]:
        file = self._rows.open("w+b")
        file.write(_lines([self._columns]))
        file.flush()
        self._note(file.tell())
        return file

    def _continued(self) -> IO[bytes] | None:
        """The file of an interrupted command that asked for the same, cut to whole batches."""
        try:
            about = json.loads(self._about.read_text(encoding="utf-8"))
            done, length = int(about["batches"]), int(about["bytes"])
            told = about["told"]
            if about["of"] != self._of or self._rows.stat().st_size < length:
                return None
        except (OSError, ValueError, KeyError, TypeError):
            return None
        file = self._rows.open("r+b")
        file.truncate(length)
        file.seek(length)
        self.done, self.told = done, told
        return file

    def _note(self, length: int) -> None:
        about = {"of": self._of, "batches": self.done, "bytes": length, "told": self.told}
        temporary = self._about.with_suffix(".new")
        temporary.write_text(json.dumps(about), encoding="utf-8")
        temporary.replace(self._about)

    def _unwritable(self, error: OSError) -> DataError:
        return DataError(f"--out {self.path}: cannot be written ({error.strerror or error}).")


def refuse_loss(path: Path, labels: Mapping[str, str]) -> None:
    """Refuse to replace a file that `predict` did not write, or into which more was written since.

    Args:
        path: of the file that is to be written.
        labels: case → its class as a manifest gives it anew, "" for none.

    Raises:
        UsageError: if something would be lost.
    """
    if not path.exists() or not path.stat().st_size:
        return
    try:
        with path.open(encoding="utf-8", newline="") as file:
            table = csv.DictReader(file, strict=True)
            if not _as_written(table.fieldnames or ()):
                raise ValueError
            for row in table:
                if None in row:  # more cells than columns
                    raise ValueError
                case, label = row["case"], row["label"]
                given = labels.get(case) or labels.get(case.partition("#frame=")[0], "")
                if label and key_of(label) != key_of(given):
                    raise _lost(path, f"the label {label!r:.60} of {case}")
                if row[GROUP] and not pseudonyms.WRITTEN.fullmatch(row[GROUP]):
                    raise _lost(path, f"the group of {case}")
    except (OSError, ValueError, csv.Error, AttributeError, TypeError):
        raise UsageError(
            f"--out {path}: is there already, and is no file as 'predict' writes it. Name another "
            "file, or move it away."
        ) from None


def _as_written(columns: Sequence[str]) -> bool:
    """Whether a file has all columns that `predict` writes, and none besides."""
    classes = {name.removeprefix(CALIBRATED) for name in columns if name.startswith(CALIBRATED)}
    plain = [name for name in columns if not name.startswith(PREFIXES)]
    return bool(classes) and sorted(plain) == sorted([*FIRST, *classes, *AFTER])


def _lost(path: Path, what: str) -> UsageError:
    return UsageError(
        f"--out {path}: holds what was filled in since, as {what}, which would be lost. Name "
        "another file, or move it away."
    )


def columns_of(manifest: Manifest, families: Sequence[str]) -> tuple[str, ...]:
    """The columns of the file of a bundle."""
    before_end = AFTER.index("remarks")
    return (
        *FIRST,
        *manifest.classes,
        *(CALIBRATED + name for name in manifest.classes),
        *AFTER[:before_end],
        *(FAMILY + name for name in families),
        *AFTER[before_end:],
    )


def rows_of(
    manifest: Manifest,
    digest: str,
    read: AnswersOfFiles,
    answers: Sequence[Answer],
    families: Sequence[str],
    labels: Sequence[str],
    groups: Sequence[str],
) -> list[list[str]]:
    """A row for each image and model.

    Args:
        manifest: of the bundle.
        digest: of the bundle.
        read, answers: of the images.
        families: feature families that have a column.
        labels, groups: class and patient of each image, "" where not known.
    """
    assert read.answers is not None
    plain = [_rounded(read.answers.statistics[name]) for name in PLAIN]
    told = [_columns_of(answer, families) for answer in answers]
    rows = []
    for i, name in enumerate(read.names):
        for answer, columns in zip(answers, told, strict=True):
            inside = [c for c, held in zip(manifest.classes, answer.sets[i], strict=True) if held]
            decision = manifest.classes[answer.decisions[i]]
            calibrated = dict(zip(manifest.classes, answer.calibrated[i].tolist(), strict=True))
            rows.append(
                [
                    name,
                    labels[i],
                    groups[i],
                    answer.model,
                    *columns.exact[i],
                    decision,
                    BETWEEN.join(inside) or NOTHING,
                    columns.distances[i],
                    columns.percentiles[i],
                    *(column[i] for column in plain),
                    *(column[i] for column in columns.families),
                    "; ".join([*read.remarks[i], *contradictions(decision, inside, calibrated)]),
                    read.sha256[i],
                    digest,
                ]
            )
    return rows


@dataclass(frozen=True)
class _Columns:
    """What one model says, as text: of each image; and of each family, image by image."""

    exact: list[list[str]]
    distances: list[str]
    percentiles: list[str]
    families: list[list[str]]


def _columns_of(answer: Answer, families: Sequence[str]) -> _Columns:
    exact = np.concatenate([answer.probabilities, answer.calibrated], axis=1)
    empty = [""] * len(exact)
    return _Columns(
        exact=[[repr(value) for value in row] for row in exact.tolist()],
        distances=_rounded(answer.distances),
        percentiles=[f"{value:.4g}" for value in answer.percentiles.tolist()],
        families=[
            _rounded(answer.families[name]) if name in answer.families else empty
            for name in families
        ],
    )


def _rounded(values: NDArray[np.float64]) -> list[str]:
    return [f"{value:.6g}" for value in values.tolist()]


def _lines(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()
