"""What every request has to pass before anything is done for it, and what every answer carries.

An answer says what is wrong in one sentence of JSON; it never repeats what the client sent.
"""

import ipaddress
import json
import logging
import math
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

from bench.deploy.serve.metrics import Metrics
from bench.deploy.serve.rates import Rates
from bench.deploy.serve.tokens import MAY, Door, Role

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)
STRICT = (b"strict-transport-security", b"max-age=31536000")
"""Where the server itself speaks TLS."""

ROUTES: Mapping[str, tuple[str, str | None]] = {
    "/": ("GET", None),
    "/page.js": ("GET", None),
    "/page.css": ("GET", None),
    "/healthz": ("GET", None),
    "/openapi.json": ("GET", "describe"),
    "/model": ("GET", "describe"),
    "/metrics": ("GET", "metrics"),
    "/predict": ("POST", "predict"),
    "/label": ("POST", "label"),
    "/drift": ("GET", "drift"),
}
"""Path → method, and what the caller has to be allowed; None for everybody."""

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
WRONG_TOKENS = (0.2, 10.0)
"""Per second, and at once, from one address."""

MOST_HEADER = 16_384
"""Bytes of the header of a request."""

_MOST_HEADERS = 100
_LONGEST_QUERY = 200
_GONE = ("ClientDisconnect", "LocalProtocolError")  # of libraries that stand behind uvicorn
_log = logging.getLogger("bench.serve")


@dataclass(frozen=True)
class Rules:
    """What the guard is to hold to.

    Attributes:
        names: host names by which the server may be called, besides loopback's and its addresses.
        secure: whether the server itself speaks TLS.
        rate: predictions per second of one token, or address without tokens.
        burst: at once.
    """

    names: tuple[str, ...] = ()
    secure: bool = False
    rate: float = 20.0
    burst: float = 40.0


class _Refused(Exception):
    def __init__(self, status: int, sentence: str, *headers: tuple[bytes, bytes]) -> None:
        super().__init__(sentence)
        self.status = status
        self.headers = headers


class Guard:
    """Stands before the application.

    Args:
        app: that is guarded.
        rules: see there.
        door: who may ask; None where everybody may, on loopback.
        metrics: is told of every request.
    """

    def __init__(self, app: Asgi, rules: Rules, door: Door | None, metrics: Metrics) -> None:
        self._app = app
        self._rules = rules
        self._door = door
        self._metrics = metrics
        self._rates = Rates(rules.rate, rules.burst)
        self._wrong = Rates(*WRONG_TOKENS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        begun, status = time.monotonic(), 500

        async def told(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                own = {name for name, _ in HEADERS}
                kept = [(n, v) for n, v in message.get("headers", []) if n.lower() not in own]
                more = (*HEADERS, STRICT) if self._rules.secure else HEADERS
                message = {**message, "headers": [*kept, *more]}
            await send(message)

        try:
            await self._answered(scope, receive, told)
        except Exception as error:  # was answered; a client that went or broke off is no news
            if type(error).__name__ not in _GONE:
                _log.error("%s: %s", type(error).__name__, error)
        route = scope["path"] if scope["path"] in ROUTES else "other"
        self._metrics.count(route, status, time.monotonic() - begun)

    async def _answered(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            scope["who"], scope["may"] = self._checked(scope)
        except _Refused as refused:
            await refuse(send, refused.status, str(refused), *refused.headers)
        else:
            await self._app(scope, receive, send)

    def _checked(self, scope: Scope) -> tuple[str, frozenset[str]]:
        """The id of the caller's token, "" where none is needed, and what it may do."""
        headers: dict[bytes, list[bytes]] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name, []).append(value)
        size = sum(len(name) + len(value) for name, value in scope["headers"])
        if len(scope["headers"]) > _MOST_HEADERS or size > MOST_HEADER:
            raise _Refused(431, "The header is too long.", _CLOSE)
        if scope["http_version"] not in ("1.0", "1.1"):
            raise _Refused(505, "Only HTTP/1.1 is spoken here.", _CLOSE)
        self._check_framing(headers)
        self._check_place(scope, headers)
        method, needed = self._route(scope)
        if method == "GET" and headers.get(b"content-length", [b"0"]) != [b"0"]:
            raise _Refused(400, "A GET request has no body.")
        if len(scope["query_string"]) > _LONGEST_QUERY:
            raise _Refused(414, f"What follows the ? has at most {_LONGEST_QUERY} letters.")
        if needed is None:
            return "", frozenset()
        address = (scope.get("client") or ("",))[0]
        who, may = self._let_in(headers, needed, address)
        if method == "POST":
            wait = self._rates.wait(who or address)
            if wait:
                raise _Refused(429, "Too many requests. Ask again later.", _later(wait))
        return who, may

    def _check_framing(self, headers: Mapping[bytes, list[bytes]]) -> None:
        """That no other server on the way can take the end of the request to lie elsewhere."""
        if any(len(headers.get(name, ())) > 1 for name in _ONCE):
            raise _Refused(400, "A header that has to stand once stands twice.", _CLOSE)
        if b"transfer-encoding" in headers and b"content-length" in headers:
            raise _Refused(400, "Send either Content-Length or Transfer-Encoding.", _CLOSE)
        if headers.get(b"transfer-encoding", [b"chunked"])[0].strip().lower() != b"chunked":
            raise _Refused(501, "Only the transfer encoding 'chunked' is understood.", _CLOSE)
        if headers.get(b"content-encoding", [b"identity"])[0].strip().lower() != b"identity":
            raise _Refused(415, "Send the file as it is, without Content-Encoding.", _CLOSE)
        if b"upgrade" in headers:
            raise _Refused(400, "There is no other protocol here.", _CLOSE)

    def _check_place(self, scope: Scope, headers: Mapping[bytes, list[bytes]]) -> None:
        """That the client means this server (DNS rebinding), and no page elsewhere asks (CSRF)."""
        host = headers.get(b"host", [b""])[0].decode("latin-1").lower()
        if not self._is_ours(host, scope):
            raise _Refused(
                421, "This server does not go by the name that is asked for. Start it with --name."
            )
        origin = headers.get(b"origin")
        if origin is not None:
            scheme, _, place = origin[0].decode("latin-1").lower().partition("://")
            if scheme not in ("http", "https") or place != host:
                raise _Refused(403, "A page of another server may not ask this one.")
        if _follows_a_link(scope, headers):
            return
        if headers.get(b"sec-fetch-site", [b"none"])[0] not in (b"none", b"same-origin"):
            raise _Refused(403, "A page of another server may not ask this one.")

    def _is_ours(self, host: str, scope: Scope) -> bool:
        name, port = _split(host)
        if not name or (port and not port.isdigit()):
            return False
        if name in LOOPBACK or name in self._rules.names:
            return True
        try:  # the address that the connection came to: no name, so that no DNS can lie about it
            own = ipaddress.ip_address((scope.get("server") or ("",))[0])
            return ipaddress.ip_address(name.strip("[]")) == own
        except ValueError:
            return False

    def _route(self, scope: Scope) -> tuple[str, str | None]:
        route = ROUTES.get(scope["path"])
        if route is None:
            raise _Refused(404, "There is nothing at this place.")
        method = route[0]
        open_to_all = method == "GET" and route[1] is None
        if scope["method"] != method and not (open_to_all and scope["method"] == "HEAD"):
            raise _Refused(405, f"This place knows {method} only.", (b"allow", method.encode()))
        return route

    def _let_in(
        self, headers: Mapping[bytes, list[bytes]], needed: str, address: str
    ) -> tuple[str, frozenset[str]]:
        if self._door is None:
            return "", MAY["admin"]
        kind, _, secret = headers.get(b"authorization", [b""])[0].decode("latin-1").partition(" ")
        bearer, secret = kind.lower() == "bearer", secret.strip()
        if not secret and (bearer or not kind):
            raise _Refused(401, "A token is needed: Authorization: Bearer TOKEN.", _BEARER)
        token = self._door.token(secret)
        if token is None or not bearer:  # whatever is wrong with it, in the same words and time
            wait = self._wrong.wait(address)
            if wait:
                raise _Refused(429, "Too many wrong tokens from this address.", _later(wait))
            raise _Refused(401, _UNKNOWN, _BEARER)
        state = token.state(time.time())
        if state != "valid":
            raise _Refused(401, f"This token is {state}. Ask for another.", _BEARER)
        role: Role = token.role
        if needed not in MAY[role]:
            raise _Refused(403, f"A token of the role {role} may not do this.")
        return token.id, MAY[role]


_ONCE: tuple[bytes, ...] = (
    *(b"host", b"origin", b"authorization"),
    *(b"content-length", b"transfer-encoding", b"content-encoding", b"x-patient"),
)
_UNKNOWN = "This token is not known here: Authorization: Bearer TOKEN, as 'tokens new' printed it."
_CLOSE = (b"connection", b"close")
_BEARER = (b"www-authenticate", b"Bearer")


def _follows_a_link(scope: Scope, headers: Mapping[bytes, list[bytes]]) -> bool:
    """Whether a person comes to the page from elsewhere; the page alone does nothing."""
    mode = headers.get(b"sec-fetch-mode", [b""])[0]
    return scope["method"] == "GET" and scope["path"] == "/" and mode == b"navigate"


def _later(seconds: float) -> tuple[bytes, bytes]:
    return b"retry-after", str(max(1, math.ceil(seconds))).encode()


def _split(host: str) -> tuple[str, str]:
    """Name and port of a Host header."""
    if host.startswith("["):
        name, bracket, rest = host.partition("]")
        return name + bracket, rest.removeprefix(":")
    name, _, port = host.partition(":")
    return name, port


async def refuse(send: Send, status: int, sentence: str, *headers: tuple[bytes, bytes]) -> None:
    """Answer with one sentence."""
    body = json.dumps({"error": sentence}, ensure_ascii=False).encode()
    start = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": [*start, *headers]})
    await send({"type": "http.response.body", "body": body})
