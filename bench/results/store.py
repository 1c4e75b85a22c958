"""The only reader and writer of a results folder; `layout` says where things lie in it.

A folder or file is written under a temporary name beside its place, synced and renamed, so that it
exists only if it is complete, also after a power cut. Each has a checksum; what does not agree with
it is set aside by the next run (`recovery`). Nothing is pickled: what is read back cannot run code.
"""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bench.protocol.errors import DamagedResults, ResultsError, dead_link
from bench.protocol.label_maps import LabelMaps
from bench.protocol.predictions import Activations, CorruptedPredictions
from bench.protocol.record import SCHEMA, Run, Trial, is_drawn
from bench.protocol.study import Study
from bench.results import durable, migration
from bench.results.card_store import CardStore
from bench.results.durable import TEMPORARY, sha256
from bench.results.label_maps import read_label_maps, write_label_maps
from bench.results.layout import OLD, OURS
from bench.results.parquet import (
    read_activations,
    read_corrupted,
    read_predictions,
    write_activations,
    write_corrupted,
    write_predictions,
)
from bench.results.studies import StudyEntry, read_studies, split_seed_of
from bench.results.writing import read_json, refuse_changed, understood, write_json, writing

_TABLES = ("predictions", "activations", "corrupted", "label_maps")
"""What may lie beside a run.json, each with its checksum in there."""

_BEGUN = {"runs", "searches", "damaged", "masks", ".running", ".slurm"}
"""What may be there before there is a study.json."""


class Store(CardStore):
    """A results folder.

    Args:
        root: the folder. It is made by `declare`, and must exist for everything else.
        pictures: whether pictures of images are stored and shown; False for what is to leave the
            house.

    Attributes:
        layout: where things lie in it.
    """

    def __init__(self, root: Path, pictures: bool = True) -> None:
        super().__init__(root, pictures)
        self._studies: tuple[tuple[int, ...], tuple[StudyEntry, ...]] | None = None

    def refuse_foreign(self) -> None:
        """Check that the folder is ours, or could be.

        Raises:
            ResultsError: if it is a file or a link that leads nowhere, or holds something else.
        """
        if nowhere := dead_link(self.root):
            raise ResultsError(f"Results folder {self.root} does not exist.{nowhere}")
        if self.root.exists() and not self.root.is_dir():
            raise ResultsError(f"Results folder {self.root} is a file. Choose another with --out.")
        if self.root.is_dir() and not self.layout.study_file.exists():
            names = {path.name for path in self.root.iterdir()}
            foreign = [n for n in names if n not in OURS and not n.startswith(TEMPORARY)]
            if foreign or (names and not names & _BEGUN):
                raise ResultsError(
                    f"Folder {self.root} is not empty and holds no study.json, so it is not a "
                    "results folder. Choose another with --out."
                )

    def declare(
        self,
        study: Study,
        command: str = "",
        left_out: tuple[str, ...] = (),
        scores: bool = True,
    ) -> None:
        """Write the study down before its first trial runs; the last one declared is current.

        Args:
            study: the protocol.
            command: the command line.
            left_out: one line for each data set or method that is left out.
            scores: whether a trial is to be run, so that a test part is scored once more.

        Raises:
            ResultsError: if the folder cannot be written, holds something else, or was written
                by another version.
        """
        self.refuse_foreign()
        entries = [] if not self.layout.study_file.exists() else list(self.studies())
        known = [e for e in entries if e.study.hash == study.hash]
        others = [e for e in entries if e.study.hash != study.hash]
        if known:
            entry = replace(
                known[0], times=known[0].times + scores, command=command, left_out=left_out
            )
        else:
            entry = StudyEntry(study, _now(), 1, command, left_out)
        with writing(self.root):
            durable.make_folder(self.root)
        rows = [e.as_json() for e in [*others, entry]]
        write_json(self.layout.study_file, {"schema": SCHEMA, "studies": rows})

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

    def write_run(self, run: Run) -> None:
        """Store a run in place of an earlier one of the same trial.

        Raises:
            ResultsError: if it cannot be written, for example on a full disk.
        """
        place = self.layout.run_folder(run.trial)
        temporary = None
        try:
            with writing(place, "What was stored before is kept."):
                durable.make_folder(place.parent)
                temporary = Path(tempfile.mkdtemp(prefix=TEMPORARY, dir=place.parent))
                data = run.as_json()
                if run.predictions is not None:
                    write_predictions(temporary / "predictions.parquet", run.predictions)
                    data["predictions_sha256"] = sha256(temporary / "predictions.parquet")
                if run.activations is not None:
                    write_activations(temporary / "activations.parquet", run.activations)
                    data["activations_sha256"] = sha256(temporary / "activations.parquet")
                if run.corrupted is not None:
                    write_corrupted(temporary / "corrupted.parquet", run.corrupted)
                    data["corrupted_sha256"] = sha256(temporary / "corrupted.parquet")
                if run.label_maps is not None:
                    write_label_maps(temporary / "label_maps.parquet", run.label_maps)
                    data["label_maps_sha256"] = sha256(temporary / "label_maps.parquet")
                for table in temporary.iterdir():
                    durable.sync(table)
                write_json(temporary / "run.json", {"schema": SCHEMA, **data})
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

        One of segmentation has label maps in their place, see `label_maps`.

        Raises:
            ResultsError: if it is damaged.
        """
        place = self.layout.run_folder(trial)
        if not (place / "run.json").exists():
            return None
        run = self.run_at(place)
        path = place / "predictions.parquet"
        if run.status != "ok" or (place / "label_maps.parquet").exists():
            return run
        with understood(path):
            return replace(run, predictions=read_predictions(path))

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

    def corrupted(self, trial: Trial) -> CorruptedPredictions | None:
        """The predictions of corrupted test images of a trial that `run` has found intact, or None.

        Raises:
            ResultsError: if they are damaged.
        """
        path = self.layout.run_folder(trial) / "corrupted.parquet"
        if not path.exists():
            return None
        with understood(path):
            return read_corrupted(path)

    def label_maps(self, trial: Trial) -> LabelMaps | None:
        """The stored label maps of a trial that `run` has found intact, or None.

        Raises:
            ResultsError: if they are none.
        """
        path = self.layout.run_folder(trial) / "label_maps.parquet"
        if not path.exists():
            return None
        with understood(path):
            return read_label_maps(path)

    def trials(self) -> Iterator[Trial]:
        """Every trial that has a stored run, of all studies."""
        for run in self.records():
            yield run.trial

    def records(self) -> Iterator[Run]:
        """Every stored run, of all studies, as `record` has it.

        Raises:
            ResultsError: if one is damaged.
        """
        for place in self.layout.run_folders():
            if (place / "run.json").exists():
                yield self.run_at(place, tables=False)

    def run_at(self, place: Path, tables: bool = True) -> Run:
        """The run in a folder, without predictions.

        Args:
            place: the folder.
            tables: whether the tables beside it are compared with their checksums.

        Raises:
            DamagedResults: if something is not as it was written, or of another trial.
        """
        data = read_json(place / "run.json")
        try:
            if not migration.is_readable(data["schema"]):
                raise DamagedResults(place, f"it has version {data['schema']}, not {SCHEMA}")
            run = Run.from_json(migration.migrated_run(data))
            if self.layout.run_folder(run.trial) != place:
                raise DamagedResults(place / "run.json", f"it is of another trial, {run.trial}")
            if tables and run.status == "ok":
                told = [name for name in _TABLES if data.get(f"{name}_sha256") is not None]
                if not {"predictions", "label_maps"} & {*told}:
                    raise KeyError("predictions_sha256")
                for name in told:
                    refuse_changed(place / f"{name}.parquet", data[f"{name}_sha256"])
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise DamagedResults(place / "run.json", error) from None
        if run.split_seed is None and is_drawn(run.trial, run.corrupt):  # of an earlier version
            return replace(run, split_seed=split_seed_of(run, self._known_studies()))
        return run

    def _known_studies(self) -> tuple[StudyEntry, ...]:
        """Every study run here, read once as long as the file is the same; () where none can be."""
        stamp = durable.stamp(self.layout.study_file)
        if self._studies is None or self._studies[0] != stamp:
            try:
                self._studies = stamp, self.studies()
            except ResultsError:  # told where the study is asked for
                self._studies = stamp, ()
        return self._studies[1]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
