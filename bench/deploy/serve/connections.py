"""HTTP connections that cannot be held open for nothing: limits of time and of number.

uvicorn limits how long an idle connection is kept after an answer. A client that sends a header
byte by byte, one that never begins, and one that never takes its answer would keep theirs for ever.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

WHOLE_SECONDS = 120.0
"""From there on until its answer was taken."""

MOST = 512
"""Connections at a time."""


class TimedProtocol(H11Protocol):
    """A connection that is cut off where it takes too long."""

    patience = 10.0
    """Seconds until the header of a request is complete."""

    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has come."""
        super().connection_made(transport)
        if len(self.connections) > MOST:
            transport.abort()
        else:
            self._wait(self.patience)

    def data_received(self, data: bytes) -> None:
        """Bytes have come."""
        before = self._waits
        super().data_received(data)
        if before and not self._waits:
            self._wait(WHOLE_SECONDS)
        elif self._waits and self._timer is None:
            self._wait(self.patience)

    def on_response_complete(self) -> None:
        """An answer was given."""
        self._stop()
        super().on_response_complete()
        if not self._waits:  # the next request had come already
            self._wait(WHOLE_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self._stop()
        super().connection_lost(exc)

    @property
    def _waits(self) -> bool:
        """Whether no request is being answered."""
        cycle: Any = self.cycle
        return cycle is None or bool(cycle.response_complete)

    def _wait(self, seconds: float) -> None:
        self._stop()
        self._timer = self.loop.call_later(seconds, self._cut_off)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _cut_off(self) -> None:
        self._timer = None
        self.transport.abort()


def protocol(patience: float) -> type[TimedProtocol]:
    """The protocol with another patience, seconds."""
    return type("PatientProtocol", (TimedProtocol,), {"patience": patience})
