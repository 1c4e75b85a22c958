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
from contextlib import suppress
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from bench.deploy.asking import AnswersOfFiles
from bench.deploy.bundle import Answer
from bench.deploy.manifest import Manifest
from bench.protocol.columns import AFTER, CALIBRATED, FAMILY, FIRST
from bench.protocol.errors import DataError
from bench.results.durable import TEMPORARY, make_folder, sync

NOTHING = "nothing"
"""Stands in the place of a set of classes that is empty."""


Row = dict[str, str]


class PredictionFile:
    """A file of predictions that is being written. Used as a context manager.

    Args:
        path: where it comes to in the end; is replaced then.
        columns: of the file.
        of: what it is of: bundle, images, options.

    Attributes:
        done: number of batches whose rows are there already.
    """

    def __init__(self, path: Path, columns: Sequence[str], of: str) -> None:
        self.path = path
        self.done = 0
        self._columns = tuple(columns)
        self._of = hashlib.sha256(of.encode()).hexdigest()
        self._rows = path.with_name(f"{TEMPORARY}{path.name}")
        self._about = path.with_name(f"{TEMPORARY}{path.name}.json")
        self._file: IO[bytes] | None = None

    def __enter__(self) -> "PredictionFile":
        try:
            make_folder(self.path.parent)
            if self.path.is_dir():
                raise DataError(f"--out {self.path}: is a folder. Name a file.")
            self._file = self._continued() or self._begun()
        except OSError as error:
            raise self._unwritable(error) from None
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            with suppress(OSError):
                self._file.close()

    def append(self, rows: Sequence[Sequence[str]]) -> None:
        """Write the rows of the next batch, safe from a power cut.

        Raises:
            DataError: if they cannot be written.
        """
        assert self._file is not None
        try:
            self._file.write(_lines(rows))
            self._file.flush()
            os.fsync(self._file.fileno())
            self.done += 1
            self._note(self._file.tell())
        except OSError as error:
            raise self._unwritable(error) from None

    def finish(self, settled: Callable[[Callable[[], Iterable[Row]]], Iterable[Row]]) -> None:
        """Have the file come to its place.

        Args:
            settled: what gives the rows as they are to stand there; it may ask for them again.
        """
        assert self._file is not None
        last = self._rows.with_name(f"{self._rows.name}.last")
        try:
            self._file.close()
            with last.open("w", encoding="utf-8", newline="") as file:
                table = csv.DictWriter(file, self._columns, lineterminator="\n")
                table.writeheader()
                table.writerows(settled(self._written))
                file.flush()
                os.fsync(file.fileno())
            last.replace(self.path)
            self._rows.unlink()
            self._about.unlink(missing_ok=True)
            sync(self.path.parent)
        except OSError as error:
            raise self._unwritable(error) from None

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
            if about["of"] != self._of or self._rows.stat().st_size < length:
                return None
        except (OSError, ValueError, KeyError, TypeError):
            return None
        file = self._rows.open("r+b")
        file.truncate(length)
        file.seek(length)
        self.done = done
        return file

    def _note(self, length: int) -> None:
        about = {"of": self._of, "batches": self.done, "bytes": length}
        temporary = self._about.with_suffix(".new")
        temporary.write_text(json.dumps(about), encoding="utf-8")
        temporary.replace(self._about)

    def _unwritable(self, error: OSError) -> DataError:
        return DataError(f"--out {self.path}: cannot be written ({error.strerror or error}).")


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
    read: AnswersOfFiles,
    answers: Sequence[Answer],
    families: Sequence[str],
    labels: Sequence[str],
    groups: Sequence[str],
) -> list[list[str]]:
    """A row for each image and model.

    Args:
        manifest: of the bundle.
        read, answers: of the images.
        families: feature families that have a column.
        labels, groups: class and patient of each image, "" where not known.
    """
    assert read.answers is not None
    statistics = read.answers.statistics
    rows = []
    for i, name in enumerate(read.names):
        for answer in answers:
            inside = [c for c, held in zip(manifest.classes, answer.sets[i], strict=True) if held]
            rows.append(
                [
                    name,
                    labels[i],
                    groups[i],
                    answer.model,
                    *map(_exact, answer.probabilities[i]),
                    *map(_exact, answer.calibrated[i]),
                    manifest.classes[answer.decisions[i]],
                    " | ".join(inside) or NOTHING,
                    f"{answer.distances[i]:.6g}",
                    f"{answer.percentiles[i]:.4g}",
                    *(f"{statistics[n][i]:.6g}" for n in ("brightness", "contrast", "border")),
                    *(_optional(answer.families, family, i) for family in families),
                    "; ".join(read.remarks[i]),
                    read.sha256[i],
                ]
            )
    return rows


def _exact(value: float) -> str:
    return repr(float(value))


def _optional(values: Mapping[str, NDArray[np.float64]], name: str, i: int) -> str:
    return f"{values[name][i]:.6g}" if name in values else ""


def _lines(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()
