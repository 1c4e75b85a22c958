"""A fitted estimator ↔ a tree that JSON can hold, and files: arrays, skops, XGBoost's JSON.

An estimator that offers `to_parts()` and the class method `from_parts(parts)` says itself what it
is made of: JSON-able values, arrays, bytes, and other estimators. Pipelines and unions are their
steps. Everything else is given to skops. No object is pickled.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from bench.deploy.storage import skops_objects
from bench.deploy.storage.extras import needed
from bench.deploy.storage.trusted_types import name_of, registered
from bench.protocol.errors import BundleError

Tree = dict[str, Any]
Files = dict[str, bytes]

_KIND = "$"  # key of a table that stands for something that JSON does not know
_DEEPEST = 40


def take_apart(estimator: Any, what: str, place: str = "") -> tuple[Tree, Files]:
    """The tree and the files of a fitted estimator.

    Args:
        estimator: fitted.
        what: it is, for messages.
        place: folder of the files.

    Raises:
        BundleError: if something of it cannot be stored.
    """
    files: Files = {}
    return _Writer(what, place, files).node(estimator), files


def put_together(tree: Tree, files: Mapping[str, bytes], what: str, device: str = "cpu") -> Any:
    """The estimator again.

    Args:
        tree: as `take_apart` gave it.
        files: the same.
        what: it is, for messages.
        device: where networks run.

    Raises:
        BundleError: if the tree does not fit its files, or asks for what is not trusted.
    """
    try:
        return _Reader(what, files, device).node(tree, 0)
    except BundleError:
        raise
    except ImportError as error:
        raise BundleError(
            f"{what} needs the package {error.name or error}, which is not installed. Install it, "
            "or ask an ONNX graph of the network (--onnx)."
        ) from None
    except Exception as error:  # what a class says of parts that are not its own
        raise BundleError(
            f"{what} cannot be put together again ({type(error).__name__}: {error})."
        ) from None


class _Writer:
    def __init__(self, what: str, place: str, files: Files) -> None:
        self._what, self._place, self._files = what, place, files

    def node(self, estimator: Any) -> Tree:
        """What stands for an estimator."""
        from sklearn.pipeline import FeatureUnion, Pipeline

        if type(estimator) is Pipeline and estimator.memory is None:
            steps = [[name, self.node(step)] for name, step in estimator.steps]
            return {"kind": "pipeline", "steps": steps}
        plain_union = type(estimator) is FeatureUnion and not estimator.transformer_weights
        if plain_union:
            steps = [[name, self.node(step)] for name, step in estimator.transformer_list]
            return {"kind": "union", "steps": steps}
        if hasattr(estimator, "to_parts"):
            return self._own(estimator)
        name = self._new("skops")
        self._files[name] = skops_objects.dump(estimator, self._what)
        return {"kind": "skops", "file": name}

    def _own(self, estimator: Any) -> Tree:
        name = name_of(type(estimator))
        if name not in registered():
            raise BundleError(
                f"{self._what} cannot be stored in a bundle: it holds {name}, which no installed "
                "package registers under the entry-point group bench.stored."
            )
        try:
            parts = estimator.to_parts()
        except ValueError as error:
            raise BundleError(f"{self._what} cannot be stored in a bundle: {error}.") from None
        arrays: dict[str, Any] = {}
        values = {key: self._value(value, arrays) for key, value in parts.items()}
        node: Tree = {"kind": "own", "type": name, "values": values}
        if arrays:
            with needed("safetensors"):
                from safetensors.numpy import save

            node["arrays"] = self._new("safetensors")
            self._files[node["arrays"]] = save(arrays)
        return node

    def _value(self, value: Any, arrays: dict[str, Any]) -> Any:
        if value is None or isinstance(value, bool | str):
            return value
        if isinstance(value, int | float):
            return value
        if isinstance(value, np.generic):
            return value.item()
        if isinstance(value, np.ndarray):
            name = f"{len(arrays):06d}"
            arrays[name] = np.require(value, requirements="C")
            return {_KIND: "array", "name": name}
        if isinstance(value, bytes):
            file = self._new("bin")
            self._files[file] = value
            return {_KIND: "bytes", "file": file}
        if isinstance(value, tuple):
            return {_KIND: "tuple", "items": [self._value(each, arrays) for each in value]}
        if isinstance(value, list):
            return [self._value(each, arrays) for each in value]
        if isinstance(value, dict) and all(isinstance(k, str) and k != _KIND for k in value):
            return {key: self._value(each, arrays) for key, each in value.items()}
        if hasattr(value, "get_params") and not isinstance(value, type):
            return {_KIND: "estimator", "node": self.node(value)}
        raise BundleError(
            f"{self._what} cannot be stored in a bundle: it holds a {type(value).__name__}, which "
            "is no plain value."
        )

    def _new(self, suffix: str) -> str:
        return f"{self._place}{len(self._files) + 1:04d}.{suffix}"


class _Reader:
    def __init__(self, what: str, files: Mapping[str, bytes], device: str) -> None:
        self._what, self._files, self._device = what, files, device

    def node(self, node: Tree, depth: int) -> Any:
        """The estimator that a table stands for."""
        from sklearn.pipeline import FeatureUnion, Pipeline

        if depth > _DEEPEST:
            raise BundleError(f"{self._what} is damaged: nested too deeply.")
        kind = node["kind"]
        if kind in ("pipeline", "union"):
            steps = [(str(name), self.node(step, depth + 1)) for name, step in node["steps"]]
            return Pipeline(steps) if kind == "pipeline" else FeatureUnion(steps)
        if kind == "skops":
            return skops_objects.load(self._files[node["file"]], self._what)
        if kind != "own":
            raise BundleError(f"{self._what} is damaged: a part of an unknown kind.")
        point = registered().get(node["type"])
        if point is None:
            raise BundleError(
                f"{self._what} is refused: it asks for {node['type']!r:.100}, which no installed "
                "package registers."
            )
        arrays: dict[str, Any] = {}
        if "arrays" in node:
            with needed("safetensors"):
                from safetensors.numpy import load

            arrays = load(self._files[node["arrays"]])
        values = {
            key: self._value(value, arrays, depth + 1) for key, value in node["values"].items()
        }
        parameters = values.get("parameters")
        if isinstance(parameters, dict) and parameters.get("device") == "auto":
            parameters["device"] = self._device
        return point.load().from_parts(values)

    def _value(self, value: Any, arrays: dict[str, Any], depth: int) -> Any:
        if depth > _DEEPEST:
            raise BundleError(f"{self._what} is damaged: nested too deeply.")
        if isinstance(value, list):
            return [self._value(each, arrays, depth + 1) for each in value]
        if not isinstance(value, dict):
            return value
        kind = value.get(_KIND)
        if kind is None:
            return {key: self._value(each, arrays, depth + 1) for key, each in value.items()}
        if kind == "array":
            return arrays[value["name"]]
        if kind == "bytes":
            return self._files[value["file"]]
        if kind == "tuple":
            return tuple(self._value(each, arrays, depth + 1) for each in value["items"])
        if kind == "estimator":
            return self.node(value["node"], depth + 1)
        raise BundleError(f"{self._what} is damaged: a value of an unknown kind.")
