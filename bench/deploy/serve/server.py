"""Bundles, tokens and a log → a server that runs until it is ended."""

import ipaddress
import signal
import socket
import ssl
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn

from bench import __version__
from bench.deploy.bundle import Bundle
from bench.deploy.serve.app import application
from bench.deploy.serve.audit import AuditLog
from bench.deploy.serve.connections import protocol
from bench.deploy.serve.dispatcher import Dispatcher
from bench.deploy.serve.drift import EndlessWatch
from bench.deploy.serve.guard import MOST_HEADER, Guard, Rules
from bench.deploy.serve.metrics import Metrics
from bench.deploy.serve.tokens import Door
from bench.machine import ending
from bench.protocol.errors import UsageError

_BACKLOG = 256  # connections that wait to be taken
_BODY = 3  # times the patience
_GRACE = 5  # seconds that requests have when the server is ended
Say = Callable[[str], object]


@dataclass(frozen=True)
class Serving:
    """How a server is to run.

    Attributes:
        host, port: where it listens; port 0 for any.
        tokens: the file of tokens, None for none.
        audit: the audit log.
        certificate, key: of TLS, None where a proxy does it, or nobody.
        rules: of the guard.
        most_bytes: of one upload.
        queue: uploads that may wait.
        seconds: that one may take in a worker.
        alpha: probability of a false alarm of drift.
        patience: seconds in which the header of a request has to come; its body in three times as
            many.
        thumbnails: whether small pictures of the last images are held in memory.
    """

    host: str
    port: int
    tokens: Path | None
    audit: Path
    certificate: Path | None = None
    key: Path | None = None
    rules: Rules = field(default_factory=Rules)
    most_bytes: int = 32_000_000
    queue: int = 64
    seconds: float = 20.0
    alpha: float = 0.05
    patience: float = 10.0
    thumbnails: bool = False


def check(serving: Serving, bundles: Sequence[Bundle]) -> None:
    """Refuse what cannot be served, or would not be safe.

    Raises:
        UsageError: if so.
    """
    if not is_loopback(serving.host) and serving.tokens is None:
        raise UsageError(
            f"--host {serving.host}: others could ask, and nobody would know who. Make a token by "
            "'python -m bench tokens new NAME' and name its file by --tokens."
        )
    if (serving.certificate is None) != (serving.key is None):
        raise UsageError("--tls-cert and --tls-key belong together. Name both, or neither.")
    if serving.certificate is not None and serving.key is not None:
        _refuse_unusable(serving.certificate, serving.key)
    for bundle in bundles:
        if bundle.manifest.input.masked:
            raise UsageError(
                f"{bundle.path}: was trained with lesion masks, which an upload does not have. "
                "Train it with --without-masks."
            )
        if bundle.manifest.classes != bundles[0].manifest.classes:
            raise UsageError(
                f"{bundle.path} and {bundles[0].path} know other classes: they cannot answer side "
                "by side."
            )
    if len({bundle.digest for bundle in bundles}) != len(bundles):
        raise UsageError(f"{bundles[0].path} is named twice. Name each bundle once.")


def _refuse_unusable(certificate: Path, key: Path) -> None:
    """Refuse what TLS cannot be spoken with; a key with a password is not asked for it."""
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key, password=lambda: b"")
    except (OSError, ValueError) as error:  # of which SSLError is one
        missing = next((path for path in (certificate, key) if not path.is_file()), None)
        why = "they are no certificate and its key"
        if missing:
            why = f"there is no file {missing}"
        elif isinstance(error, OSError) and not isinstance(error, ssl.SSLError):
            why = error.strerror or str(error)
        raise UsageError(
            f"--tls-cert {certificate} --tls-key {key}: cannot be used ({why}). Name a certificate "
            "and its own key, both in PEM and without a password."
        ) from None


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def serve(serving: Serving, load: Callable[[ExitStack], Sequence[Bundle]], say: Say) -> None:
    """Serve until the process is told to end.

    Args:
        serving: how.
        load: loads the bundles that answer, onto a stack that ends them; is called when all else
            that can be wrong is right.
        say: is told a line when it listens.

    Raises:
        BenchError: if it cannot begin.
    """
    check(serving, ())
    door = None if serving.tokens is None else Door(serving.tokens)
    with ExitStack() as stack:
        listening = stack.enter_context(_socket(serving.host, serving.port))
        log = stack.enter_context(AuditLog(serving.audit))
        bundles = load(stack)
        check(serving, bundles)
        if log.repaired:
            say(
                f"{serving.audit}: a torn last line, as a server leaves it that is killed while it "
                "writes, was taken away"
            )
        if log.ended:
            say(
                f"{serving.audit}: the last line is whole and lacked only its newline, which it got"
            )
        _listen(listening, serving)
        watches = [EndlessWatch(bundle, serving.alpha) for bundle in bundles]
        limits = (serving.queue, serving.seconds, serving.thumbnails)
        dispatcher = Dispatcher(bundles, log.append, watches, *limits)
        digests = [bundle.digest for bundle in bundles]
        log.append([{"event": "started", "bundles": digests, "version": __version__}])
        stack.callback(log.append, [{"event": "stopped"}])
        stack.enter_context(dispatcher)
        metrics = Metrics(dispatcher)
        seconds = _BODY * serving.patience
        app = application(dispatcher, metrics, serving.most_bytes, seconds, door is not None)
        guard = Guard(app, serving.rules, door, metrics)
        server = uvicorn.Server(_config(serving, guard))
        scheme = "http" if serving.certificate is None else "https"
        name = f"[{serving.host}]" if ":" in serving.host else serving.host

        def end(*_: Any) -> None:  # no exception, which is lost where one may not pass
            server.should_exit = True

        before = {one: signal.getsignal(one) for one in ending.signals()}
        for one, handler in before.items():  # who reads that it listens may end it
            if handler is not signal.SIG_IGN:
                signal.signal(one, end)
        try:
            say(f"listening on {scheme}://{name}:{listening.getsockname()[1]}")
            server.run(sockets=[listening])
        except KeyboardInterrupt:
            pass
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)


def _config(serving: Serving, app: Any) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=protocol(serving.patience),
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=_GRACE,
        h11_max_incomplete_event_size=MOST_HEADER,
        backlog=_BACKLOG,
        ssl_certfile=None if serving.certificate is None else str(serving.certificate),
        ssl_keyfile=None if serving.key is None else str(serving.key),
    )


def _socket(host: str, port: int) -> socket.socket:
    """A socket that is to listen there.

    Raises:
        UsageError: if it cannot.
    """
    try:
        (family, _, _, _, address), *_ = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        listening = socket.socket(family, socket.SOCK_STREAM)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
        except OSError:
            listening.close()
            raise
    except OSError as error:
        raise _cannot_listen(host, port, error) from None
    return listening


def _listen(listening: socket.socket, serving: Serving) -> None:
    """Begin to listen, where another server may have begun since the socket was made.

    Raises:
        UsageError: if one has.
    """
    try:
        listening.listen(_BACKLOG)
    except OSError as error:
        raise _cannot_listen(serving.host, serving.port, error) from None


def _cannot_listen(host: str, port: int, error: OSError) -> UsageError:
    return UsageError(
        f"--host {host} --port {port}: cannot listen there ({error.strerror or error}). Name "
        "another port by --port."
    )
