"""scikit-learn's estimators ↔ bytes of skops, in one form, and of no type that is not on the list.

skops names what it stores after addresses in memory; here they are counted, so that the same
estimator makes the same bytes. What a file asks for is looked through before skops sees it: each
node has to be of a kind and of a type that this program knows.
"""

import io
import json
import warnings
import zipfile
from functools import cache
from typing import Any

from bench.deploy.storage.archive import pack, unpack
from bench.deploy.storage.extras import needed
from bench.deploy.storage.trusted_types import trusted
from bench.protocol.errors import BundleError

_SCHEMA = "schema.json"
_LOADERS = frozenset(
    {"ObjectNode", "DictNode", "ListNode", "TupleNode", "SetNode", "JsonNode", "NdArrayNode"}
    | {"TypeNode", "TreeNode", "FunctionNode"}
)
_DEEPEST = 200  # nodes within nodes


@cache
def _skops() -> Any:
    """skops, which on import asks scikit-learn for all estimators there are, and so would load
    torch and dask; none is trusted by that here."""
    with needed("skops"):
        import sklearn.utils

        every = sklearn.utils.all_estimators
        sklearn.utils.all_estimators = list
        try:
            import skops.io
        finally:
            sklearn.utils.all_estimators = every
    return skops.io


def dump(estimator: Any, what: str) -> bytes:
    """The bytes of an estimator.

    Raises:
        BundleError: if it holds something that cannot be stored.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            data = _skops().dumps(estimator)
    except Exception as error:  # skops raises errors of many kinds for what it does not know
        raise BundleError(
            f"{what} cannot be stored in a bundle: {type(estimator).__name__} holds something that "
            f"is no plain value ({type(error).__name__}: {error})."
        ) from None
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        schema = json.loads(archive.read(_SCHEMA))
        counted = _Counted()
        schema = counted.renamed(schema)
        files = {new: archive.read(old) for old, new in counted.files.items()}
    unknown = sorted(_types(schema) - trusted())
    if unknown:
        raise BundleError(
            f"{what} cannot be stored in a bundle: it holds {unknown[0]}, which is neither on the "
            "list of scikit-learn's types nor registered by an installed package under the "
            "entry-point group bench.stored."
        )
    text = json.dumps(schema, sort_keys=True, separators=(",", ":")).encode()
    return pack({_SCHEMA: text, **files})


def load(data: bytes, what: str) -> Any:
    """The estimator of some bytes.

    Raises:
        BundleError: if they are not in the form that `dump` gives, or ask for what is not trusted.
    """
    parts = unpack(data, what)
    try:
        schema = json.loads(parts[_SCHEMA])
        unknown = sorted(_types(schema) - trusted())
    except (ValueError, KeyError, TypeError, RecursionError):
        raise BundleError(f"{what} is damaged: {_SCHEMA} cannot be read.") from None
    if unknown:
        raise BundleError(f"{what} is refused: it asks for {unknown[0]}, which is not trusted.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _skops().loads(data, trusted=sorted(trusted()))
    except Exception as error:  # of another version, or put together wrongly
        raise BundleError(
            f"{what} cannot be put together again ({type(error).__name__}: {error}); the versions "
            "of scikit-learn and skops that wrote it are in the manifest."
        ) from None


class _Counted:
    """Renames addresses and files in the order in which they stand."""

    def __init__(self) -> None:
        self.ids: dict[Any, int] = {}
        self.files: dict[str, str] = {}

    def renamed(self, node: Any) -> Any:
        """The node with what it holds."""
        if isinstance(node, list):
            return [self.renamed(each) for each in node]
        if not isinstance(node, dict):
            return node
        found: dict[str, Any] = {}
        for key, value in node.items():
            if key == "__id__":
                found[key] = self.ids.setdefault(value, len(self.ids) + 1)
            elif key == "file" and isinstance(value, str) and "__loader__" in node:
                suffix = value.rpartition(".")[2]
                self.files.setdefault(value, f"{len(self.files) + 1}.{suffix}")
                found[key] = self.files[value]
            else:
                found[key] = self.renamed(value)
        return found


def _types(schema: Any) -> set[str]:
    """The types that all nodes name.

    Raises:
        ValueError: if a node is of an unknown kind, or nodes lie too deep in each other.
    """
    found: set[str] = set()
    waiting: list[tuple[Any, int]] = [(schema, 0)]
    while waiting:
        node, depth = waiting.pop()
        if depth > _DEEPEST:
            raise ValueError("nested too deeply")
        if isinstance(node, dict):
            if "__loader__" in node:
                if node["__loader__"] not in _LOADERS:
                    found.add(f"a node of the kind {node['__loader__']!r:.60}")
                found.add(f"{node['__module__']}.{node['__class__']}")
            waiting += [(value, depth + 1) for value in node.values()]
        elif isinstance(node, list):
            waiting += [(value, depth + 1) for value in node]
    return found
