"""What came of each configuration of a search, kept as it ends, so that a search can go on.

A trial's folder below `searches/` is there while its search goes on, and after it was cut off; once
the trial has ended its `run.json` has it all. The worker of a trial writes there, for the process
that holds the folder's lock.
"""

import hashlib
import shutil
from contextlib import suppress
from pathlib import Path

from bench.protocol.record import Tried
from bench.results import durable

_NAME = 24  # hexadecimal digits of a file's name


class SearchRecords:
    """The configurations of one trial that have ended, a file for each.

    Args:
        folder: of the trial; it is made when the first is written.
        conditions: everything but the configuration on which its outcome depends, as a text. What
            was written under others is not read.
    """

    def __init__(self, folder: Path, conditions: str) -> None:
        self._folder = folder
        self._conditions = hashlib.sha256(conditions.encode()).hexdigest()

    def read(self) -> list[Tried]:
        """Those that are there and intact."""
        found = []
        for path in sorted(self._folder.glob("[0-9a-f]*.json")):
            with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
                data = durable.read_json(path)
                if data["conditions"] == self._conditions:
                    found.append(Tried.from_json(data["tried"]))
        return found

    def write(self, tried: Tried) -> None:
        """Keep one, in place of an earlier one of the same configuration.

        Raises:
            OSError: if it cannot be written.
        """
        durable.make_folder(self._folder)
        content = {"conditions": self._conditions, "tried": tried.as_json()}
        path = self._folder / f"{self._digest(tried)}.json"
        durable.write_json(path, content, str)

    def _digest(self, tried: Tried) -> str:
        text = f"{self._conditions} {tried.changes_key}"
        return hashlib.sha256(text.encode()).hexdigest()[:_NAME]


def end(folder: Path, *, ok: bool) -> None:
    """Clear away what a trial that has ended does not need.

    Of one that succeeded that is everything. Of one that did not, the configurations that failed,
    which the next run tries again; the others are not lost.

    Args:
        folder: of the trial, see `Layout.search_folder`.
        ok: whether it succeeded.
    """
    if ok:
        shutil.rmtree(folder, ignore_errors=True)
        return
    for path in folder.glob("*.json"):
        with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
            if Tried.from_json(durable.read_json(path)["tried"]).status != "ok":
                path.unlink()
