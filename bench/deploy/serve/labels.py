"""Labels that come after the answers: what was answered is remembered for a while, by its receipt.

Only the last answers of this process, and of each the decisions and a digest of its patient: no
pixel, and nothing that says who it was.
"""

import hashlib
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.deploy.bundle import Bundle
from bench.deploy.serve.drift import EndlessWatch
from bench.protocol.errors import BenchError

_log = logging.getLogger("bench.serve")

REMEMBERED = 10_000
"""Answers."""


@dataclass(slots=True)
class Answered:
    """One image that was answered.

    Attributes:
        who: id of the token that asked, "" without one.
        patient: digest, "" where nobody knows.
        decisions: of each bundle, model → class.
        labelled: whether its class has come.
    """

    who: str
    patient: str
    decisions: tuple[Mapping[str, int], ...]
    labelled: bool = False


class Refused(Exception):
    """A label that is not taken.

    Attributes:
        status: of HTTP.
    """

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


Record = Callable[[Sequence[Mapping[str, Any]]], list[str]]
"""Writes lines of the audit log; returns their digests."""


class Labels:
    """Takes labels of answers. May be used by several threads.

    Args:
        bundles: that answered.
        watches: of each bundle.
        record: see `Record`.
        most: see `REMEMBERED`.
    """

    def __init__(
        self,
        bundles: Sequence[Bundle],
        watches: Sequence[EndlessWatch],
        record: Record,
        most: int = REMEMBERED,
    ) -> None:
        self._classes = bundles[0].manifest.classes
        self._watches = tuple(watches)
        self._record = record
        self._most = most
        self._lock = threading.Lock()
        self._answers: dict[bytes, Answered] = {}  # the oldest first
        self._same: dict[Any, tuple[Mapping[str, int], ...]] = {}

    def remember(self, receipt: str, frame: int | None, answered: Answered) -> None:
        """Keep what was answered of an image; `frame` as in the answer."""
        told = tuple(tuple(sorted(decisions.items())) for decisions in answered.decisions)
        with self._lock:
            answered.decisions = self._same.setdefault(told, answered.decisions)  # few are many
            self._answers[_key(receipt, frame)] = answered
            while len(self._answers) > self._most:
                del self._answers[next(iter(self._answers))]

    def take(self, receipt: str, frame: int | None, label: str, who: str, all_of_them: bool) -> str:
        """Take the class of an image that was answered; it is written down first.

        Args:
            receipt, frame: of the answer.
            label: a class.
            who: id of the token that brings it.
            all_of_them: whether it may label answers that others asked for.

        Returns:
            the receipt of the label.

        Raises:
            Refused: if it is none, or not taken.
        """
        if label not in self._classes:
            raise Refused(422, f"The label is no class. Classes: {', '.join(self._classes)}.")
        answered = self._claimed(receipt, frame, who, all_of_them)
        line = {"event": "label", "who": who, "of": receipt, "frame": frame, "label": label}
        try:
            (written,) = self._record([line])
        except BenchError as error:
            answered.labelled = False
            _log.error("%s", error)
            raise Refused(503, "The audit log cannot be written.") from None
        for watch, decisions in zip(self._watches, answered.decisions, strict=True):
            own = self._classes.index(label)
            watch.label(receipt[:16], own, decisions, answered.patient)
        return written

    def _claimed(self, receipt: str, frame: int | None, who: str, all_of_them: bool) -> Answered:
        """The answer that a label is for; no other label of it is taken from then on."""
        with self._lock:
            found = self._answers.get(_key(receipt, frame))
            if found is None or not (all_of_them or found.who == who):
                raise Refused(
                    404,
                    "No answer with this receipt and frame is remembered for you: only the last "
                    f"{self._most:,} since the server began are.",
                )
            if found.labelled:
                raise Refused(409, "This answer has a label.")
            found.labelled = True
            return found


def _key(receipt: str, frame: int | None) -> bytes:
    named = f"{receipt} {frame}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(named, digest_size=16).digest()
