"""A model of a bundle as ONNX: exported, compared, written, and asked by onnxruntime without torch.

The file names the bundle that it was made of and the model in it. Everything else that new images
need stays in the bundle, which is loaded beside it.
"""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.deploy.storage import keys
from bench.deploy.storage.archive import LARGEST
from bench.deploy.storage.extras import needed
from bench.protocol.errors import BundleError, nearest_path
from bench.results.durable import make_folder, write_file

FloatArray = NDArray[np.float64]
Images = NDArray[np.uint8]

TOLERANCE = 1e-4
"""Largest difference of a probability with which a graph is written."""

_BUNDLE, _MODEL = "bundle", "model"  # of the graph's metadata
_SIGNATURE = ".sig"


class OnnxModel:
    """A graph that answers as the estimator it was made of.

    Args:
        data: the file.
        what: it is, for messages.

    Attributes:
        bundle: digest of the bundle that it was made of.
        model: name of the model in it.
        classes_: `(k,)` indices.
    """

    def __init__(self, data: bytes, what: str) -> None:
        with needed("onnxruntime"):
            import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        threads = os.environ.get("OMP_NUM_THREADS", "")
        options.intra_op_num_threads = int(threads) if threads.isdigit() else 0
        try:
            self._session = onnxruntime.InferenceSession(
                data, options, providers=["CPUExecutionProvider"]
            )
            told: Mapping[str, str] = self._session.get_modelmeta().custom_metadata_map
            self._outputs = [each.name for each in self._session.get_outputs()]
        except Exception as error:  # of its own kinds
            raise BundleError(
                f"{what} cannot be read as ONNX ({type(error).__name__}). Export it anew."
            ) from None
        self.bundle, self.model = told.get(_BUNDLE, ""), told.get(_MODEL, "")
        if self._outputs[:2] != ["probabilities", "embeddings"]:
            raise BundleError(f"{what} was not written by 'python -m bench export'.")
        self.classes_: Any = None

    def predict_and_describe(self, images: Images) -> tuple[FloatArray, NDArray[np.float32]]:
        """Probabilities `(n, k)` and what the last layer sees `(n, d)`."""
        p, seen = self._session.run(None, {"images": np.ascontiguousarray(images)})[:2]
        self.classes_ = np.arange(p.shape[1])
        return np.asarray(p, dtype=np.float64), seen


def export(estimator: Any, shape: tuple[int, int, int], bundle: str, model: str) -> bytes:
    """The graph of a fitted estimator.

    Args:
        estimator: fitted.
        shape: (h, w, c) of its images.
        bundle: digest of its bundle.
        model: its name in it.

    Raises:
        BundleError: if it has none.
    """
    if not hasattr(estimator, "to_onnx"):
        raise BundleError(
            f"{model} cannot be exported: only networks have an ONNX graph that gives the same "
            "probabilities; handcrafted features, and classifiers on frozen ones, have none."
        )
    with needed("onnxscript"):
        import onnxscript  # noqa: F401 - torch needs it
    with needed("onnx"):
        import onnx
    try:
        graph = onnx.load_from_string(estimator.to_onnx(shape))
    except ValueError as error:
        raise BundleError(f"{model} cannot be exported: {error}.") from None
    onnx.helper.set_model_props(graph, {_BUNDLE: bundle, _MODEL: model})
    graph.doc_string = "Not a medical device: for research only."
    return bytes(graph.SerializeToString(deterministic=True))


def largest_difference(data: bytes, images: Images, probabilities: FloatArray, what: str) -> float:
    """Of a graph's probabilities from those that are expected, all images at once and one by one.

    Raises:
        BundleError: if the graph cannot be run.
    """
    graph = OnnxModel(data, what)
    at_once = graph.predict_and_describe(images)[0]
    alone = [graph.predict_and_describe(images[i : i + 1])[0] for i in range(len(images))]
    apart = [np.abs(at_once - probabilities).max(), np.abs(alone - probabilities[:, None]).max()]
    return float(max(apart))


def signature_of(path: Path) -> Path:
    """Where the signature of a graph lies."""
    return path.with_name(path.name + _SIGNATURE)


def write(path: Path, data: bytes, key: Any = None) -> None:
    """Write a graph at one stroke, and its signature beside it.

    Raises:
        BundleError: if it cannot be written.
    """
    try:
        make_folder(path.parent)
        write_file(path, data)
        signature = signature_of(path)
        if key is not None:
            write_file(signature, keys.sign(_message(data), key))
        else:
            signature.unlink(missing_ok=True)
    except OSError as error:
        raise BundleError(f"{path}: cannot be written ({error.strerror or error}).") from None


def read(path: Path, trusted: bytes | None, allow_unsigned: bool) -> bytes:
    """The bytes of a graph, its signature verified.

    Raises:
        BundleError: if it is not to be trusted, or cannot be read.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise BundleError(f"{path}: refused, it is larger than any bundle.")
        data = path.read_bytes()
    except FileNotFoundError:
        raise BundleError(f"{path}: there is no such file.{nearest_path(path)}") from None
    except OSError as error:
        raise BundleError(f"{path}: cannot be read ({error.strerror or error}).") from None
    if trusted is None and allow_unsigned:
        return data
    try:
        signature = signature_of(path).read_bytes()
    except OSError:
        signature = b""
    signer = keys.is_signed_by(signature, _message(data))
    if signer is None or signer != trusted:
        raise BundleError(
            f"{path} is not signed by whom you trust ({path.name}{_SIGNATURE} beside it). Export "
            "it with --sign, or take it with --allow-unsigned and without --trust."
        )
    return data


def _message(data: bytes) -> bytes:
    return b"onnx\n" + hashlib.sha256(data).digest()
