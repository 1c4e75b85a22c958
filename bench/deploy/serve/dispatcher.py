"""One bounded queue before the bundles: what waits is few, and what is answered is written first.

A thread takes what waits, up to `BATCH` uploads, and has the worker process of every bundle asked
about all of them at once. Where that ends a process or takes too long, each is asked about alone,
so that it costs itself. The lines of the audit log are on the disk before any answer is given.
"""

import hashlib
import io
import logging
import queue
import secrets
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from PIL import Image

from bench.deploy.bundle import Answer, Bundle
from bench.deploy.bundle import told as sentence_of
from bench.deploy.card import NOT_A_DEVICE
from bench.deploy.serve.answers import (
    ImageAnswer,
    Prediction,
    data_url,
    model_answers,
    remarks_on,
    written,
)
from bench.deploy.serve.drift import EndlessWatch, seen_of, statistics_of
from bench.deploy.serve.labels import Answered, Labels, Record
from bench.deploy.serve.uploads import Read, Upload, ask_uploads, digest_of
from bench.protocol.errors import BenchError

BATCH = 16
"""Uploads that are asked about at once."""

_log = logging.getLogger("bench.serve")
_BEGINNING = 600.0  # seconds in which a worker has to give its first answer
_POLL = 0.5  # seconds between two looks whether it is to end


class Busy(Exception):
    """The queue is full."""


class Unanswered(Exception):
    """There is no answer.

    Attributes:
        status: of HTTP.
    """

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


@dataclass(frozen=True, eq=False)
class Waiting:
    """One upload that waits.

    Attributes:
        upload: what was sent.
        who: id of the token, "" without one.
        patient: digest of whom the client says it is of, "" where it does not.
        until: by the monotonic clock, when nobody waits for it any more.
        answer: what is waited for.
    """

    upload: Upload
    who: str
    patient: str
    until: float
    answer: "Future[Prediction]" = field(default_factory=Future)


@dataclass(frozen=True, eq=False)
class _Told:
    """What one bundle says of one upload; `read.error` and `status` where nothing."""

    read: Read
    status: int = 422
    answers: tuple[Answer, ...] = ()
    statistics: tuple[dict[str, float], ...] = ()
    first: int = 0


class Dispatcher:
    """Asks bundles about uploads. Used as a context manager.

    Args:
        bundles: one, or two of the same classes.
        record: see `bench.deploy.serve.labels.Record`.
        watches: one of each bundle.
        most: uploads that may wait.
        seconds: that an upload may take in a worker, and that it may wait.
        thumbnails: whether small pictures of the last images are held, to show those that drive an
            alarm.

    Attributes:
        labels: those of the last answers, which come later.
    """

    def __init__(
        self,
        bundles: Sequence[Bundle],
        record: Record,
        watches: Sequence[EndlessWatch],
        most: int = 64,
        seconds: float = 20.0,
        thumbnails: bool = False,
    ) -> None:
        self.labels = Labels(bundles, watches, record)
        self.thumbnails = thumbnails
        self._key = secrets.token_bytes(32)  # of this process alone
        self.bundles = tuple(bundles)
        self.watches = tuple(watches)
        self._record = record
        self._seconds = seconds
        self._queue: queue.Queue[Waiting] = queue.Queue(most)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> "Dispatcher":
        blank = io.BytesIO()
        Image.new("L", (8, 8)).save(blank, "PNG")
        for bundle in self.bundles:  # the first answer loads what the others find there
            bundle.call(ask_uploads, ([Upload(blank.getvalue())],), _BEGINNING)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()
        while True:
            try:
                waiting = self._queue.get_nowait()
            except queue.Empty:
                return
            _refuse(waiting, 503, "The server ends.")

    @property
    def length(self) -> int:
        """How many uploads wait."""
        return self._queue.qsize()

    def submit(self, upload: Upload, who: str, patient: str = "") -> "Future[Prediction]":
        """Have an upload answered.

        Args:
            upload: what was sent.
            who: id of the token.
            patient: whom the client says it is of; a digest of it is kept in memory.

        Returns:
            the answer to come; or `Unanswered`.

        Raises:
            Busy: if too many wait.
        """
        if self.thumbnails:
            upload = replace(upload, thumbnail=True)
        until = time.monotonic() + self._seconds
        waiting = Waiting(upload, who, self._digest("client", patient), until)
        try:
            self._queue.put_nowait(waiting)
        except queue.Full:
            raise Busy from None
        return waiting.answer

    def _serve(self) -> None:
        while not self._stopping.is_set():
            batch = self._batch()
            if not batch:
                continue
            try:
                self._answer(batch)
            except BenchError as error:
                _log.error("%s", error)
                for waiting in batch:
                    _refuse(waiting, 503, "The audit log cannot be written.")
            except Exception as error:  # whatever it is, the thread has to live
                _log.error("%s: %s", type(error).__name__, error)
                for waiting in batch:
                    _refuse(waiting, 500, f"It cannot be answered ({type(error).__name__}).")

    def _batch(self) -> list[Waiting]:
        """What waits and is still waited for."""
        found: list[Waiting] = []
        with suppress(queue.Empty):
            found.append(self._queue.get(timeout=_POLL))
            while len(found) < BATCH:
                found.append(self._queue.get_nowait())
        kept = []
        now = time.monotonic()
        for waiting in found:
            if not waiting.answer.set_running_or_notify_cancel():
                continue
            if now > waiting.until:
                _refuse(waiting, 503, "It waited too long behind others. Ask again.")
            else:
                kept.append(waiting)
        return kept

    def _answer(self, batch: list[Waiting]) -> None:
        uploads = [waiting.upload for waiting in batch]
        told = [self._asked(bundle, uploads) for bundle in self.bundles]
        lines, images = [], []
        for i, waiting in enumerate(batch):
            own = [each[i] for each in told]
            found = self._images(own)
            images.append(found)
            lines.append(self._line(waiting, found))
        receipts = self._record(lines)
        for i, waiting in enumerate(batch):
            own = [each[i] for each in told]
            found = images[i]
            if isinstance(found, _Told):
                _refuse(waiting, found.status, found.read.error)
                continue
            self._see(waiting, own, receipts[i])
            answer = Prediction(
                sha256=str(lines[i]["input"]),
                images=found,
                receipt=receipts[i],
                drift=self.drift(),
                notice=NOT_A_DEVICE,
            )
            with suppress(InvalidStateError):
                waiting.answer.set_result(answer)

    def _asked(self, bundle: Bundle, uploads: list[Upload]) -> list[_Told]:
        outcome = bundle.call(ask_uploads, (uploads,), self._seconds)
        if outcome.status == "ok":
            return _split(bundle, *outcome.value)
        if len(uploads) > 1:
            return [one for upload in uploads for one in self._asked(bundle, [upload])]
        _log.error("%s", sentence_of(bundle.path, outcome))  # names paths: not for clients
        words = {
            "timeout": (503, f"It took longer than the limit of {self._seconds:g} s."),
            "out-of-memory": (503, "Its process ran out of memory, or was killed."),
        }
        status, sentence = words.get(outcome.status, (503, "Its process ended. Ask again."))
        return [_Told(Read(error=sentence), status)]

    def _images(self, told: Sequence[_Told]) -> list[ImageAnswer] | _Told:
        """What all bundles say of the images of one upload; or one that says nothing."""
        for each in told:
            if each.read.error:
                return each
        found = []
        for j, frame in enumerate(told[0].read.frames):
            models = [
                answer
                for bundle, each in zip(self.bundles, told, strict=True)
                for answer in model_answers(bundle, each.answers, each.read, each.first + j, j)
            ]
            pictures = told[0].read.pictures
            remarks = [remark for each in told for remark in each.read.remarks[j]]
            found.append(
                ImageAnswer(
                    frame=frame,
                    remarks=[*dict.fromkeys(remarks), *remarks_on(models)],
                    models=models,
                    disagreement=len({answer.decision for answer in models}) > 1,
                    picture=data_url(pictures[j]) if pictures else None,
                )
            )
        return found

    def _line(self, waiting: Waiting, images: list[ImageAnswer] | _Told) -> dict[str, Any]:
        """What the audit log keeps: no pixel, and nothing that a file said of a patient."""
        line: dict[str, Any] = {
            "event": "prediction",
            "who": waiting.who,
            "bundles": [bundle.digest for bundle in self.bundles],
            "input": digest_of(waiting.upload.content),
        }
        if isinstance(images, _Told):
            return {**line, "event": "refused", "status": images.status}
        return {**line, "answer": [written(image) for image in images]}

    def _see(self, waiting: Waiting, told: Sequence[_Told], receipt: str) -> None:
        """Have every image watched, and remembered until its label comes."""
        read = told[0].read
        for j, frame in enumerate(read.frames):
            patient = waiting.patient or self._digest("file", read.patients[j])
            if not patient and len(read.frames) > 1:
                patient = self._digest("frames", receipt)
            case = receipt[:16] if frame is None else f"{receipt[:16]}, frame {frame}"
            picture = read.thumbnails[j] if read.thumbnails else None
            seen = []
            for bundle, watch, each in zip(self.bundles, self.watches, told, strict=True):
                i, names = each.first + j, bundle.manifest.classes
                about = (each.answers, each.statistics[j])
                image = seen_of(case, patient, *about, i, names, picture)
                watch.see(image)
                seen.append(image.decisions)
            self.labels.remember(receipt, frame, Answered(waiting.who, patient, tuple(seen)))

    def _digest(self, kind: str, patient: str) -> str:
        """What is kept of a patient in memory, "" for nobody."""
        if not patient:
            return ""
        named = f"{kind}\0{patient}".encode("utf-8", "surrogatepass")
        return hashlib.blake2b(named, key=self._key, digest_size=12).hexdigest()

    def drift(self) -> list[str]:
        """What the watches have found, a sentence each; of two bundles, which one it is."""
        return [
            f"{self.named(bundle)}{alarm.sentence}"
            for bundle, watch in zip(self.bundles, self.watches, strict=True)
            for alarm in watch.drift().alarms
        ]

    def named(self, bundle: Bundle) -> str:
        """How a sentence on one of two bundles begins; "" where there is one."""
        if len(self.bundles) == 1:
            return ""
        models = " and ".join(model.name for model in bundle.manifest.models)
        return f"{models} of bundle {bundle.digest[:16]}: "


def _split(bundle: Bundle, read: Sequence[Read], found: Any) -> list[_Told]:
    """The answers to a batch, upload by upload."""
    answers = () if found is None else bundle.answers_of(found)
    told, first = [], 0
    for one in read:
        n = len(one.frames)
        rows = range(first, first + n)
        statistics = tuple(statistics_of(found, i) for i in rows)
        told.append(_Told(one, 422, answers, statistics, first))
        first += n
    return told


def _refuse(waiting: Waiting, status: int, sentence: str) -> None:
    with suppress(InvalidStateError):
        waiting.answer.set_exception(Unanswered(status, sentence))
