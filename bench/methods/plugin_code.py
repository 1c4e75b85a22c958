"""The code of a plugin, imported: for worker processes, where a crash costs a row."""

import hashlib
import importlib.util
import sys
from contextlib import suppress
from importlib import metadata
from importlib.machinery import SourceFileLoader
from types import CodeType, ModuleType
from typing import Any

from bench.protocol.errors import PluginError, did_you_mean, one_line


def load_module(target: str) -> Any:
    """What an entry point names, "module:attribute".

    Raises:
        PluginError: if the import fails.
    """
    point = metadata.EntryPoint(name="", value=target, group="")
    try:
        return point.load()
    except Exception as error:
        raise PluginError(f"{target} cannot be imported: {one_line(error)}") from error
    except SystemExit as error:
        raise PluginError(f"{target} cannot be imported: it exits ({error.code}).") from error


class _AsItIs(SourceFileLoader):
    """Compiles what a file says now: no compiled copy is read, and none is left beside it."""

    def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002 - the signature of importlib
        return self.source_to_code(self.get_data(self.path), self.path)


def load_file(target: str) -> Any:
    """What a single file defines, "path:attribute"; the file is imported once.

    Raises:
        PluginError: if the import fails or the file has no such attribute.
    """
    path, _, attribute = target.rpartition(":")
    name = f"bench_plugin_{hashlib.sha256(path.encode()).hexdigest()[:8]}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path, loader=_AsItIs(name, path))
        if spec is None or spec.loader is None or not path.endswith(".py"):
            raise PluginError(f"{path} is not a Python file.")
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module  # so that what it defines can be pickled
        try:
            spec.loader.exec_module(module)
        except Exception as error:
            del sys.modules[name]
            raise PluginError(f"{path} cannot be imported: {one_line(error)}") from error
        except SystemExit as error:
            del sys.modules[name]
            raise PluginError(f"{path} cannot be imported: it exits ({error.code}).") from error
        _take_along(module)
    module = sys.modules[name]
    if not hasattr(module, attribute):
        names = [n for n in vars(module) if not n.startswith("_") and callable(getattr(module, n))]
        raise PluginError(f"{path} has no {attribute!r}. {did_you_mean(attribute, names)}")
    return getattr(module, attribute)


def _take_along(module: ModuleType) -> None:
    """Let processes that joblib starts have what a file defines: they cannot import it by name."""
    for pickler in ("joblib.externals.cloudpickle", "cloudpickle"):  # joblib had a copy until 1.6
        with suppress(ImportError):
            importlib.import_module(pickler).register_pickle_by_value(module)
