"""The modules that lie beside a plugin's file and that it imports, found without running it."""

import ast
import hashlib
import sys
from collections.abc import Iterator
from importlib.machinery import BuiltinImporter, FrozenImporter, PathFinder
from pathlib import Path

_OURS = Path(__file__).resolve().parents[2]  # where this suite lies: installed, wherever it is run
_SEARCHED = (BuiltinImporter, FrozenImporter, PathFinder)


def is_installed(name: str, folder: Path) -> bool:
    """Whether a module is found elsewhere than beside a plugin or in the current folder.

    Such a module goes before a file of that name beside a plugin, whatever folder a command is
    given in: only `python -m` puts the current one on the path.

    Args:
        name: of a module that is in no package.
        folder: of the plugin.
    """
    if name in sys.stdlib_module_names or name in sys.builtin_module_names:
        return True
    left_out = {folder.resolve(), Path.cwd()} - {_OURS}
    places = [place for place in sys.path if Path(place).resolve() not in left_out]
    found = [PathFinder.find_spec(name, places)]
    for finder in sys.meta_path:  # such as those of packages that are installed to be edited
        look = getattr(finder, "find_spec", None)
        if finder not in _SEARCHED and look is not None and not getattr(finder, "beside", False):
            found.append(look(name, None))
    return any(spec is not None and spec.origin is not None for spec in found)


def plugin_files(file: Path) -> dict[str, bytes]:
    """A plugin's file and the modules in its folder that it imports, these and so on.

    Import statements are read wherever they stand; a name that is put together at run time is not
    seen. Packages in the folder count, what lies outside of it does not.

    Returns:
        Path relative to the folder of the file, with slashes → content, the file itself first.

    Raises:
        OSError: if the file cannot be read.
    """
    file = file.resolve()
    folder = file.parent
    found = {file.name: file.read_bytes()}
    waiting = [file]
    while waiting:
        importer = waiting.pop()
        content = found[importer.relative_to(folder).as_posix()]
        for path in _imported(content, importer, folder):
            name = path.relative_to(folder).as_posix()
            if name not in found:
                found[name] = path.read_bytes()
                waiting.append(path)
    return found


def digest(files: dict[str, bytes]) -> str:
    """Twelve hex digits of what `plugin_files` found; of a file alone, of its content."""
    (_, own), *others = files.items()
    said = hashlib.sha256(own)
    for name, content in sorted(others):
        said.update(f"\0{name}\0{len(content)}\0".encode())
        said.update(content)
    return said.hexdigest()[:12]


def _imported(content: bytes, importer: Path, folder: Path) -> Iterator[Path]:
    """The files in the folder that a module imports; none of what is no Python."""
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError):  # the import says so
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _files(alias.name, folder, folder)
        elif isinstance(node, ast.ImportFrom):
            start = folder
            if node.level:
                start = importer.parents[node.level - 1]
                if not start.is_relative_to(folder):
                    continue
            for alias in node.names:
                dotted = ".".join(part for part in (node.module, alias.name) if part)
                yield from _files(dotted, start, folder, relative=node.level > 0)


def _files(dotted: str, start: Path, folder: Path, *, relative: bool = False) -> Iterator[Path]:
    """The files of a module and of the packages that it is in; the last name may be no module."""
    parts = dotted.split(".")
    if not relative and is_installed(parts[0], folder):
        return
    if relative and (start / "__init__.py").is_file():
        yield start / "__init__.py"
    for number in range(len(parts)):
        place = start.joinpath(*parts[: number + 1])
        for path in (place / "__init__.py", place.with_name(f"{place.name}.py")):
            if path.is_file():
                yield path
                break
