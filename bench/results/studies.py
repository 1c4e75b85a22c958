"""The studies that were run in a results folder, as its study.json lists them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bench.protocol.errors import DamagedResults, ResultsError, StudyError, nearest_path
from bench.protocol.record import SCHEMA, Run, Trial
from bench.protocol.study import Study
from bench.results import durable, migration
from bench.results.layout import Layout


@dataclass(frozen=True)
class StudyEntry:
    """One study that was run in a results folder.

    Attributes:
        study: the protocol.
        first_run: when its first trial started, UTC, ISO 8601.
        times: how often trials of it were run.
        command: the command line of the last time.
        left_out: what was asked for and left out, and why, one line each.
    """

    study: Study
    first_run: str
    times: int = 1
    command: str = ""
    left_out: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The entry with the hash of its study."""
        return {
            "hash": self.study.hash,
            "study": self.study.as_json(),
            "first_run": self.first_run,
            "times": self.times,
            "command": self.command,
            "left_out": list(self.left_out),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any], where: str) -> "StudyEntry":
        """The entry that `as_json` described.

        Raises:
            KeyError, TypeError, StudyError: if it is none.
            ValueError: if its study does not have the hash that was written with it.
        """
        study = Study.from_json(data["study"], where)
        if study.hash != data["hash"]:
            raise ValueError(
                "a study does not have the hash that was written before its first trial"
            )
        plain = {name: data[name] for name in ("first_run", "times", "command")}
        return cls(study, left_out=tuple(data["left_out"]), **plain)


def read_studies(layout: Layout) -> tuple[StudyEntry, ...]:
    """Every study run in a results folder, the current one last.

    Raises:
        ResultsError: if the folder is none of ours, of another version, or damaged.
    """
    if not layout.study_file.exists():
        there = layout.root.exists()
        why = "has no study.json." if there else f"does not exist.{nearest_path(layout.root)}"
        raise ResultsError(
            f"{layout.root} is not a results folder: it {why} "
            "Results are written by 'python -m bench run --out FOLDER'."
        )
    try:
        written = durable.parse_json(layout.study_file)
        if not migration.is_readable(written.get("schema")):
            raise ResultsError(
                f"Results folder {layout.root} has version {written.get('schema')}; this program "
                f"reads versions {migration.OLDEST} to {SCHEMA}. Choose another folder with "
                "--out, or the program's version that wrote it."
            )
        where = f"{layout.study_file}"
        rows = durable.verified(written)["studies"]
        entries = tuple(StudyEntry.from_json(row, where) for row in rows)
    except (OSError, ValueError, KeyError, TypeError, StudyError) as error:
        raise DamagedResults(layout.study_file, error) from None
    if not entries:
        raise DamagedResults(layout.study_file, "it names no study")
    return entries


def split_seed_of(run: Run, entries: Iterable[StudyEntry]) -> int | None:
    """The split seed of a run of a version that did not store it.

    It is that of all studies that have such a trial; where they differ, of those among them that
    had begun when the run did, since a study uses what is there. None where these differ too.

    Args:
        run: one of which the seed decides something, see `bench.protocol.record.is_drawn`.
        entries: all studies of its results folder.
    """
    able = [entry for entry in entries if _draws(entry.study, run.trial)]
    begun = [entry for entry in able if entry.first_run <= run.started]
    for some in (able, begun):
        seeds = {entry.study.split_seed for entry in some}
        if len(seeds) == 1:
            return seeds.pop()
    return None


def _draws(study: Study, trial: Trial) -> bool:
    """Whether a study has this trial, on a sample or with corruptions."""
    named = trial.dataset in study.datasets and trial.method in study.methods
    return named and (
        bool(study.corrupt) if trial.resample is None else trial.resample < study.resample
    )
