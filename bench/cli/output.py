"""Standard output and error of a command: a full disk or a closed pipe ends no run."""

import io
import os
import sys
from typing import Any, TextIO

Buffer = Any
"""Bytes, or what holds some."""


class Output(io.FileIO):
    """A file descriptor whose first error is kept, and which takes everything from then on.

    Whoever prints goes on: a run that nobody can see any more still stores what it finds.

    Args:
        descriptor: it stays open.

    Attributes:
        lost: the first error, None as long as all was written.
    """

    def __init__(self, descriptor: int) -> None:
        super().__init__(descriptor, "w", closefd=False)
        self.lost: OSError | None = None

    def write(self, content: Buffer, /) -> int:
        """Write bytes, or throw them away where that failed once."""
        if self.lost is None:
            try:
                return super().write(content) or 0  # a pipe that is full and does not wait: again
            except OSError as error:
                self.lost = error
        return memoryview(content).nbytes


def guarded() -> Output | None:
    """Put `sys.stdout` and `sys.stderr` onto an `Output` each; that of the first, None where it is
    closed, or no file."""
    sys.stdout, out = _onto(sys.stdout)
    sys.stderr, _ = _onto(sys.stderr)
    return out


def _onto(stream: TextIO | None) -> tuple[TextIO, Output | None]:
    if stream is None:  # closed by whoever started us; files opened later must not take its number
        return open(os.devnull, "w", encoding="utf-8"), None
    if not isinstance(stream, io.TextIOWrapper):  # of a program that runs this one inside itself
        return stream, None
    raw = Output(stream.fileno())
    unbuffered = isinstance(stream.buffer, io.RawIOBase)
    text = io.TextIOWrapper(
        raw if unbuffered else io.BufferedWriter(raw),
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
    return text, raw
