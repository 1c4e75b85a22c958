"""Who may ask the server: random tokens, of which only the SHA-256 is kept.

A token has 256 random bits, so that a plain digest of it is enough: there is nothing to guess that
a slow hash would have to protect.
"""

import hashlib
import hmac
import json
import math
import os
import re
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from filelock import FileLock

from bench.protocol.errors import DataError, UsageError, did_you_mean, nearest_path
from bench.results.durable import stamp, write_file

Role = Literal["predict", "read", "admin"]
ROLES: tuple[Role, ...] = ("predict", "read", "admin")

MAY: dict[Role, frozenset[str]] = {
    "predict": frozenset({"predict", "describe", "label"}),
    "read": frozenset({"describe", "metrics"}),
    "admin": frozenset({"predict", "describe", "metrics", "label", "label-all", "drift"}),
}
"""What each role may do."""

START = "cvd_"
"""Beginning of every token, by which one that was published by mistake can be searched for."""

_LARGEST = 10_000_000  # bytes of the file
_LONGEST = 3650.0  # days
_FORMAT = 1
_NAME = re.compile(r"[\w .@+-]{1,80}")


@dataclass(frozen=True)
class Token:
    """What is kept of a token.

    Attributes:
        id: by which it is named, also in the audit log.
        name: whom it is for.
        role: what its owner may do.
        sha256: of the token.
        created, expires: seconds since 1970; it is refused from `expires` on.
        revoked: when it was, None if it was not.
    """

    id: str
    name: str
    role: Role
    sha256: str
    created: float
    expires: float
    revoked: float | None = None

    def state(self, now: float) -> str:
        """ "valid", "expired" or "revoked"."""
        if self.revoked is not None:
            return "revoked"
        return "expired" if now >= self.expires else "valid"


def new(path: Path, name: str, role: Role, days: float) -> tuple[str, Token]:
    """Make a token and write what is to be known of it.

    Args:
        path: the file of tokens; is made if it is not there.
        name: whom it is for.
        role: what its owner may do.
        days: that it is valid.

    Returns:
        the token itself, which stands nowhere, and what was written.

    Raises:
        UsageError: if the name is none.
        DataError: if the file cannot be read or written.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r:.90}: a name has 1 to 80 letters, digits and spaces.")
    if not 0 < days <= _LONGEST:
        raise UsageError(f"--days {days:g}: more than 0 and at most {_LONGEST:g}.")
    secret = START + secrets.token_urlsafe(32)
    now = datetime.now(UTC)
    made = Token(
        id=secrets.token_hex(4),
        name=name,
        role=role,
        sha256=digest_of(secret),
        created=now.timestamp(),
        expires=(now + timedelta(days=days)).timestamp(),
    )
    with _alone(path):
        _write(path, [*(read(path) if path.exists() else ()), made])
    return secret, made


def revoke(path: Path, id: str) -> Token:
    """Have a token refused from now on.

    Raises:
        UsageError: if there is none of that id.
        DataError: if the file cannot be read or written.
    """
    read(path)  # before anything is made beside it
    with _alone(path):
        found = read(path)
        known = {token.id: token for token in found}
        if id not in known:
            raise UsageError(f"{path} has no token {id!r:.40}. {did_you_mean(id, list(known))}")
        own = known[id]
        if own.revoked is None:
            own = replace(own, revoked=datetime.now(UTC).timestamp())
            _write(path, [own if token.id == id else token for token in found])
    return own


def _alone(path: Path) -> FileLock:
    """Held while the file is read and written again: no revocation is lost to another command."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"{path}: cannot be written ({error.strerror or error}).") from None
    return FileLock(path.with_name(path.name + ".lock"))


def read(path: Path) -> tuple[Token, ...]:
    """The tokens of a file.

    Raises:
        DataError: if it cannot be read, or is no such file.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise DataError(f"{path}: is no file of tokens, it is too large.")
        table = json.loads(path.read_text(encoding="utf-8"))
        if table["format"] > _FORMAT:
            raise DataError(
                f"{path} is of format {table['format']}; this version reads up to {_FORMAT}. "
                "Update classical-vs-deep."
            )
        found = tuple(_token(row) for row in table["tokens"])
    except FileNotFoundError:
        raise DataError(
            f"{path}: there is no such file.{nearest_path(path)} 'python -m bench tokens new NAME' "
            "makes one."
        ) from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error}).") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise DataError(f"{path}: is no file of tokens, or is damaged.") from None
    if len({token.id for token in found}) != len(found):
        raise DataError(f"{path}: is damaged, two tokens have the same id.")
    return found


def _token(row: dict[str, object]) -> Token:
    token = Token(**row)  # type: ignore[arg-type]
    sound = (
        token.role in ROLES
        and isinstance(token.id, str)
        and isinstance(token.name, str)
        and bool(re.fullmatch(r"[0-9a-f]{64}", token.sha256))
        and math.isfinite(token.created)
        and math.isfinite(token.expires)
        and (token.revoked is None or math.isfinite(token.revoked))
    )
    if not sound:
        raise ValueError("a field is not what it should be")
    return token


def _write(path: Path, tokens: Sequence[Token]) -> None:
    text = json.dumps({"format": _FORMAT, "tokens": [asdict(token) for token in tokens]}, indent=1)
    try:
        before = os.umask(0o077)  # for its owner only, from the first byte on
        try:
            write_file(path, text.encode() + b"\n")
        finally:
            os.umask(before)
    except OSError as error:
        raise DataError(f"{path}: cannot be written ({error.strerror or error}).") from None


def digest_of(secret: str) -> str:
    """The SHA-256 of a token."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


class Door:
    """Looks tokens up; what was changed in the file holds from the next request on.

    Args:
        path: the file of tokens.

    Raises:
        DataError: if it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen = stamp(path)
        self._tokens = read(path)

    def token(self, secret: str) -> Token | None:
        """What is known of a token; None where nothing is.

        Every one of the file is compared, in constant time each.
        """
        self._look_again()
        digest = digest_of(secret)
        found = None
        for token in self._tokens:
            if hmac.compare_digest(token.sha256, digest):
                found = token
        return found

    def _look_again(self) -> None:
        found = stamp(self.path)
        if found != self._seen:
            try:
                self._tokens = read(self.path)
            except DataError:  # nobody is let in by a file that cannot be read
                self._tokens = ()
            self._seen = found
