"""The parts of a bundle: put together, signed and written; and verified before they are parsed.

manifest.json            everything in words and numbers, and the digests of all parts below it
signature                public key and Ed25519 signature of manifest.json, if it is signed
card.html, card.md       the model card
known_answers.safetensors
models/<name>/…          the files of an estimator
reference.safetensors
"""

import hashlib
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bench.deploy.manifest import Manifest
from bench.deploy.reference import Reference
from bench.deploy.storage import keys
from bench.deploy.storage.archive import LARGEST, file_content, pack, unpack
from bench.deploy.storage.extras import needed
from bench.protocol.errors import BundleError
from bench.results.durable import make_folder, write_file

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

MANIFEST = "manifest.json"
SIGNATURE = "signature"
KNOWN_ANSWERS = "known_answers.safetensors"
REFERENCE = "reference.safetensors"


@dataclass(frozen=True, eq=False)
class Contents:
    """A bundle that was verified.

    Attributes:
        digest: SHA-256 of its manifest, which holds the digests of all other parts: it stands for
            the whole content, signed or not.
        signer: the public key that signed it, None where it is unsigned.
        manifest: parsed.
        parts: all others, as bytes.
    """

    digest: str
    signer: bytes | None
    manifest: Manifest
    parts: Mapping[str, bytes]

    def reference(self) -> Reference:
        """What images of the same kind look like."""
        names = tuple(model.name for model in self.manifest.models)
        return Reference.decoded(self.parts[REFERENCE], names, "The bundle")

    def files_of(self, model: str) -> dict[str, bytes]:
        """The files of a model's estimator."""
        start = place_of(model)
        return {name: data for name, data in self.parts.items() if name.startswith(start)}

    def known_answers(self) -> tuple[NDArray[np.uint8], dict[str, NDArray[np.float64]]]:
        """Images `(8, h, w, c)`, and model → probabilities `(8, k)`."""
        arrays = decoded_arrays(self.parts[KNOWN_ANSWERS], "known answers")
        rules = self.manifest.input
        shape = (rules.height, rules.width, rules.channels)
        images = arrays.get("images")
        answers = {m.name: arrays.get(f"probabilities/{m.name}") for m in self.manifest.models}
        k = len(self.manifest.classes)
        if images is None or images.shape[1:] != shape or images.dtype != np.uint8:
            raise BundleError("The bundle is damaged: its known answers have no fitting images.")
        found = {}
        for name, answer in answers.items():
            if answer is None or answer.shape != (len(images), k):
                raise BundleError("The bundle is damaged: a known answer is missing.")
            found[name] = answer
        return images, found


def place_of(model: str) -> str:
    """The folder of a model's files; its name may hold what no file name does."""
    letters = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "-" for c in model)
    digest = hashlib.sha256(model.encode()).hexdigest()[:8]
    return f"models/{letters.lower().strip('-_')[:60] or 'model'}-{digest}/"


def write(
    path: Path,
    manifest: Manifest,
    parts: Mapping[str, bytes],
    key: "Ed25519PrivateKey | None" = None,
) -> str:
    """Write a bundle at one stroke and safe from a power cut.

    Args:
        path: is replaced if it exists.
        manifest: without the digests.
        parts: all others.
        key: to sign with.

    Returns:
        its digest.

    Raises:
        BundleError: if it is too large, cannot be written, or could not be read again.
    """
    told = {name: _about(data) for name, data in sorted(parts.items())}
    encoded = manifest.with_parts(told).encoded()
    Manifest.decoded(encoded, str(path))  # what could not be read again is not written
    return _written(path, encoded, parts, key)


def refuse_unwritable(path: Path) -> None:
    """Refuse a place where no bundle can be written, before hours go into fitting one.

    Raises:
        BundleError: if its folder cannot be made or written.
    """
    try:
        make_folder(path.parent)
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise BundleError(f"{path}: cannot be written ({error.strerror or error}).") from None


def sign_again(found: Contents, key: "Ed25519PrivateKey", out: Path) -> str:
    """Write a verified bundle with another signature; returns its digest, which stays."""
    return _written(out, found.manifest.encoded(), found.parts, key)


def _written(path: Path, encoded: bytes, parts: Mapping[str, bytes], key: Any) -> str:
    whole = {MANIFEST: encoded}
    if key is not None:
        whole[SIGNATURE] = keys.sign(encoded, key)
    whole |= dict(sorted(parts.items()))
    data = pack(whole)
    if len(data) > LARGEST:
        raise BundleError(
            f"{path}: the bundle would have {len(data) / 1e9:.1f} GB; {LARGEST / 1e9:.1f} GB is "
            "the most. Take a smaller network."
        )
    try:
        make_folder(path.parent)
        write_file(path, data)
    except OSError as error:
        raise BundleError(f"{path}: cannot be written ({error.strerror or error}).") from None
    return hashlib.sha256(encoded).hexdigest()


def read(path: Path, trusted: bytes | None = None, allow_unsigned: bool = False) -> Contents:
    """Verify a bundle, then parse its manifest; its other parts stay bytes.

    Args:
        path: of the bundle.
        trusted: the public key whose signature is asked for.
        allow_unsigned: whether a bundle without a signature is taken; one that has a signature
            which is not of its content never is.

    Raises:
        BundleError: if it is not to be trusted, damaged, or of a newer format.
    """
    parts, raw, signer = _verified(path, trusted, allow_unsigned)
    return _parsed(path, parts, raw, signer)


def read_known(path: Path, digest: str) -> Contents:
    """A bundle whose digest is known from when it was verified.

    Raises:
        BundleError: if it is another one by now.
    """
    parts = unpack(file_content(path), str(path))
    raw, signature = parts.pop(MANIFEST, b""), parts.pop(SIGNATURE, None)
    if hashlib.sha256(raw).hexdigest() != digest:
        raise BundleError(f"{path}: is another bundle than the one that was verified.")
    return _parsed(path, parts, raw, None if signature is None else signature[:32])


def _verified(
    path: Path, trusted: bytes | None, allow_unsigned: bool
) -> tuple[dict[str, bytes], bytes, bytes | None]:
    parts = unpack(file_content(path), str(path))
    raw, signature = parts.pop(MANIFEST, None), parts.pop(SIGNATURE, None)
    if raw is None:
        raise BundleError(f"{path} is no bundle: it has no manifest. Take another file.")
    if signature is None:
        if trusted is not None or not allow_unsigned:
            raise BundleError(
                f"{path} is unsigned: nobody says that it is what it seems. Have it signed "
                "(--sign), or take it all the same with --allow-unsigned and without --trust."
            )
        return parts, raw, None
    signer = keys.is_signed_by(signature, raw)
    if signer is None:
        raise BundleError(
            f"{path}: its signature is not of its content: it was changed after it was signed. "
            "Take it anew from where it came."
        )
    name = keys.fingerprint(signer)
    if trusted is None and not allow_unsigned:
        raise BundleError(
            f"{path} is signed by the key {name}, which nothing says that you trust. Name the "
            "public key of whom you trust: --trust NAME.pub."
        )
    if trusted is not None and signer != trusted:
        raise BundleError(
            f"{path} is signed by an unknown key, {name}; you trust {keys.fingerprint(trusted)}. "
            "Take it from whom you trust, or name the signer's public key with --trust."
        )
    return parts, raw, signer


def _parsed(path: Path, parts: Mapping[str, bytes], raw: bytes, signer: bytes | None) -> Contents:
    manifest = Manifest.decoded(raw, str(path))
    if set(manifest.parts) != set(parts):
        raise BundleError(f"{path} is damaged: it has other parts than its manifest says.")
    for name, data in parts.items():
        if manifest.parts[name] != _about(data):
            raise BundleError(
                f"{path} is damaged or was changed: its part {name} is not the one of its "
                "manifest. Take it anew from where it came."
            )
    try:
        as_written = manifest.encoded() == raw
    except (ValueError, TypeError, RecursionError):  # what no JSON of ours holds, as NaN
        as_written = False
    if not as_written:
        raise BundleError(f"{path} is damaged: its manifest is not as this program writes it.")
    return Contents(hashlib.sha256(raw).hexdigest(), signer, manifest, dict(parts))


def _about(data: bytes) -> dict[str, Any]:
    return {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def encoded_arrays(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Arrays as safetensors."""
    with needed("safetensors"):
        from safetensors.numpy import save

    return bytes(save({name: np.require(a, requirements="C") for name, a in arrays.items()}))


def decoded_arrays(data: bytes, what: str) -> dict[str, NDArray[Any]]:
    """Arrays from safetensors.

    Raises:
        BundleError: if they cannot be read.
    """
    with needed("safetensors"):
        from safetensors.numpy import load

    try:
        found: dict[str, NDArray[Any]] = load(data)
    except Exception:  # the library raises errors of its own kinds
        raise BundleError(f"The bundle is damaged: its {what} cannot be read.") from None
    return found
