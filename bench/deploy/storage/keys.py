"""Keys and signatures, Ed25519 (RFC 8032), by the package `cryptography`."""

import hashlib
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from bench.deploy.storage.extras import needed
from bench.protocol.errors import BundleError, UsageError, nearest_path
from bench.results.durable import make_folder

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

Say = Callable[[str], object]

SIGNATURE_BYTES = 96
"""The public key, 32 bytes, and the signature, 64."""

_CONTEXT = b"classical-vs-deep bundle 1\n"  # what is signed is nothing else
_LARGEST = 10_000  # bytes of a key file


def new_pair(private: Path, public: Path) -> str:
    """Write a new pair of keys as PEM; the private one can be read by its owner only.

    Returns:
        the fingerprint of the public key.

    Raises:
        UsageError: if one of the files exists.
        BundleError: if one cannot be written.
    """
    with needed("cryptography"):
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    for path in (private, public):
        if path.exists():
            raise UsageError(f"{path} exists. Give another name: a key is never written over.")
    key = Ed25519PrivateKey.generate()
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    shown = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    _write_new(private, secret, 0o600)
    try:
        _write_new(public, shown, 0o644)
    except BundleError:
        with suppress(OSError):
            private.unlink()
        raise
    return fingerprint(key.public_key().public_bytes_raw())


def _write_new(path: Path, content: bytes, mode: int) -> None:
    try:
        make_folder(path.parent)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise BundleError(f"{path}: cannot be written ({error.strerror or error}).") from None


def exposed(path: Path) -> str:
    """What is to be said where others can read a private key; "" where only its owner can."""
    mode = stat.S_IMODE(path.stat().st_mode)
    if os.name != "posix" or not mode & (stat.S_IRGRP | stat.S_IROTH):
        return ""
    return (
        f"{path}: others on this machine can read this private key (mode {mode:o}), and sign as "
        "you. Take that away by 'chmod 600', or make a new one."
    )


def private_key(path: Path, say: Say = str) -> "Ed25519PrivateKey":
    """The private key in a file.

    Args:
        path: of the file.
        say: is told where others can read it, too; by default nobody is.

    Raises:
        BundleError: if there is none.
    """
    with needed("cryptography"):
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    content = _content(path)
    try:
        key = serialization.load_pem_private_key(content, password=None)
    except Exception:  # what it raises for a broken file differs with the file
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise BundleError(
            f"{path}: is {_kind(content)}. 'python -m bench keys new NAME' makes NAME.key, to "
            "sign, and NAME.pub, to trust."
        )
    if told := exposed(path):
        say(told)
    return key


def _kind(content: bytes) -> str:
    """What a file is that holds no private key that can be used."""
    if b"PUBLIC KEY" in content:
        return "a public key"
    if b"OPENSSH PRIVATE KEY" in content:
        return "a key of OpenSSH, which is not read"
    if b"ENCRYPTED" in content:
        return "a private key with a password, which is not asked for"
    return "no Ed25519 private key"


def public_key(path: Path) -> bytes:
    """The public key in a file, 32 bytes.

    Raises:
        BundleError: if there is none.
    """
    with needed("cryptography"):
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    content = _content(path)
    try:
        key = serialization.load_pem_public_key(content)
    except Exception:  # as above
        key = None
    if not isinstance(key, Ed25519PublicKey):
        kind = "a private key" if b"PRIVATE KEY" in content else "no Ed25519 public key"
        raise BundleError(f"{path}: is {kind}. Name the file NAME.pub of whom you trust.")
    return bytes(key.public_bytes_raw())


def sign(message: bytes, key: "Ed25519PrivateKey") -> bytes:
    """The public key and the signature of a message, `SIGNATURE_BYTES`."""
    return bytes(key.public_key().public_bytes_raw() + key.sign(_CONTEXT + message))


def is_signed_by(signature: bytes, message: bytes) -> bytes | None:
    """The public key whose owner signed the message; None where the signature is not of it."""
    with needed("cryptography"):
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    if len(signature) != SIGNATURE_BYTES:
        return None
    public = signature[:32]
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature[32:], _CONTEXT + message)
    except (InvalidSignature, ValueError):
        return None
    return public


def fingerprint(public: bytes) -> str:
    """What tells one public key from another, for people.

    >>> fingerprint(bytes(32))
    '66687aadf862bd77'
    """
    return hashlib.sha256(public).hexdigest()[:16]


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > _LARGEST:
            raise BundleError(f"{path}: is no key, it is too large.")
        return path.read_bytes()
    except FileNotFoundError:
        raise BundleError(f"{path}: there is no such file.{nearest_path(path)}") from None
    except OSError as error:
        raise BundleError(f"{path}: cannot be read ({error.strerror or error}).") from None
