"""The code of a plugin, imported: for worker processes, where a crash costs a row."""

import hashlib
import importlib.util
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import metadata
from importlib.machinery import FileFinder, ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from bench.methods.neighbours import is_installed
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

    def exec_module(self, module: ModuleType) -> None:
        """Run it, and let processes that joblib starts have what it defines: they cannot import it
        by name."""
        super().exec_module(module)
        for pickler in ("joblib.externals.cloudpickle", "cloudpickle"):  # a copy until joblib 1.6
            with suppress(ImportError):
                importlib.import_module(pickler).register_pickle_by_value(module)


class _Beside:
    """Finds the modules that lie beside the plugin that is in use, after all that is installed.

    What plugins of other folders have imported is put aside meanwhile: two of them may call
    different modules alike.
    """

    beside = True

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._names: set[str] = set()  # found beside the plugin that is in use
        self._aside: dict[Path, dict[str, ModuleType]] = {}

    def use(self, folder: Path) -> None:
        """Find what lies in this folder from now on."""
        if self not in sys.meta_path:
            sys.meta_path.insert(0, self)
        if folder == self._folder:
            return
        if self._folder is not None:
            loaded = {n: sys.modules.pop(n) for n in self._names if n in sys.modules}
            self._aside[self._folder] = loaded
        self._folder = folder
        own = self._aside.pop(folder, {})
        self._names = set(own)
        sys.modules.update(own)

    def find_spec(
        self,
        name: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,  # noqa: ARG002 - the signature of importlib
    ) -> ModuleSpec | None:
        """The module of a name if it lies in the folder, or in a package that does."""
        if self._folder is None or (path is not None and name.partition(".")[0] not in self._names):
            return None
        for place in [self._folder] if path is None else path:
            found = FileFinder(str(place), (_AsItIs, [".py"])).find_spec(name)
            if found is None:
                continue
            if path is None and is_installed(name, self._folder):
                return None
            self._names.add(name)
            return found
        return None


_beside = _Beside()


def load_file(target: str) -> Any:
    """What a single file defines, "path:attribute"; the file is imported once.

    What it imports may lie beside it, where no installed module has that name.

    Raises:
        PluginError: if the import fails or the file has no such attribute.
    """
    path, _, attribute = target.rpartition(":")
    _beside.use(Path(path).parent)
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
    module = sys.modules[name]
    if not hasattr(module, attribute):
        names = [n for n in vars(module) if not n.startswith("_") and callable(getattr(module, n))]
        raise PluginError(f"{path} has no {attribute!r}. {did_you_mean(attribute, names)}")
    return getattr(module, attribute)
