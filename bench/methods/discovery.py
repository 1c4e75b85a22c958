"""Which methods and data sets there are: entry points, single files and local folders, lazily.

    group                   name                    value
    bench.<family>          the method's name       build() -> estimator
    bench.<family>.factory  prefix of `prefix:arg`  factory(argument) -> build
    bench.datasets          the data set's name     load(size) -> Dataset
    bench.datasets.named    the same, of data sets that `--all` leaves out

Methods and data sets for segmentation stand in groups of the same names after `bench.segmentation`,
such as `bench.segmentation.deep`.

Nothing of a plugin is imported before `Method.load` or `Source.load` is called, which the engine
does in a worker process only.
"""

import ast
import hashlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import Any, TypeVar

from bench.data.dataset import Dataset
from bench.data.folders.reading import AS_IT_IS, Reading
from bench.methods.plugin_code import load_file, load_module
from bench.methods.spec import MethodSpec
from bench.protocol.cards import FAMILIES, Family, MethodCard
from bench.protocol.errors import (
    DataError,
    PluginError,
    UsageError,
    did_you_mean,
    nearest_path,
)
from bench.protocol.preprocessing import Resize
from bench.protocol.study import TASKS, Task

Build = Callable[[], Any]


@dataclass(frozen=True)
class Method:
    """A method that can be built, named but not yet imported.

    Attributes:
        name: as on the command line.
        family: from the entry-point group, or from the attribute `family` of a single file.
        target: "module:attribute", or "path/to/file.py:attribute" where `is_file`.
        argument: what follows the colon in `timm:resnet18`, or None.
        distribution, version: of the package it is installed with; of a single file, its name and
            a digest of its content.
        is_file: whether `target` is a file.
        task: what it does, from the group or from the attribute `task` of a single file.
    """

    name: str
    family: Family
    target: str
    distribution: str
    version: str
    argument: str | None = None
    is_file: bool = False
    task: Task = "classification"

    def load(self) -> Build:
        """Import the method.

        Raises:
            PluginError: if the import fails or the name is not there or cannot be called.
        """
        found = load_file(self.target) if self.is_file else load_module(self.target)
        if not callable(found):
            raise PluginError(f"Method {self.name!r}: {self.target} is not a function.")
        if self.argument is None:
            return found  # type: ignore[no-any-return]
        try:
            build = found(self.argument)
        except ValueError as error:
            raise PluginError(f"Method {self.name!r}: {error}") from None
        return build  # type: ignore[no-any-return]

    def card(self, build: Build) -> MethodCard:
        """What the report says of it.

        Raises:
            ContractError: if what it says of itself has another form.
        """
        lines = (inspect.getdoc(build) or "").strip().splitlines()
        summary = lines[0] if lines else ""
        rung = MethodSpec.of(build).rung
        return MethodCard(self.name, self.family, summary, self.distribution, self.version, rung)


@dataclass(frozen=True)
class Source:
    """A data set that can be loaded, named but not yet read.

    Attributes:
        name: as on the command line.
        kind: "plugin" (an entry point), "local" (found in $BENCH_DATA or the cache) or "folder".
        target: "module:attribute" of a plugin, the path of a folder, else "" or what a local one is
            called where `name` says more.
        distribution: the package of a plugin, else "".
        reading: how a folder's manifest is to be read.
        external: name and folder of each external part that is read beside it.
        left_out: column and value that are the external part, see `bench.data.transport.leave_out`.
        modality: how its images were made, in a word, where the user says so.
        task: what is to be learned of it.
    """

    name: str
    kind: str
    target: str = ""
    distribution: str = ""
    reading: Reading = AS_IT_IS
    external: tuple[tuple[str, Path], ...] = ()
    left_out: tuple[str, str] | None = None
    modality: str = ""
    task: Task = "classification"

    @property
    def folder(self) -> Path | None:
        """The folder of images that it is read from, None for other kinds."""
        if self.kind == "folder":
            return Path(self.target)
        from bench.data.sets import local

        return local.place_of(self.target or self.name) if self.kind == "local" else None

    def without(self, column: str, value: str) -> "Source":
        """The same, whose external part is one value of a column."""
        from bench.data.transport.leave_out import name_of

        return replace(
            self,
            name=name_of(self.name, column, value),
            target=self.target or self.name,
            left_out=(column, value),
        )

    def load(
        self,
        size: int | None,
        split_seed: int = 0,
        resize: Resize = "letterbox",
        preprocess: tuple[str, ...] = (),
    ) -> Dataset:
        """Read or generate the data set.

        Args:
            size: pixels per side, None for the set's own.
            split_seed: random state of a split that is made.
            resize: how images of a folder reach that size.
            preprocess: steps that images of a folder go through while they are decoded; those of
                other sources go through them afterwards, see `bench.run.inspection`.

        Raises:
            DataError: if it cannot be used as it is.
            PluginError: if a plugin cannot be imported or returns something else.
        """
        if self.kind == "folder":
            from bench.data.sets import folder

            place = Path(self.target)
            reading = replace(self.reading, task=self.task)
            return folder.load(place, size, split_seed, resize, preprocess, reading)
        if self.kind == "local":
            from bench.data.sets import local

            name = self.target or self.name
            if self.task == "segmentation":
                return local.load_segmentation(
                    name, size, split_seed, resize, preprocess, self.reading
                )
            return local.load(name, size, split_seed, resize, preprocess, self.reading)
        data = load_module(self.target)(size)
        if not isinstance(data, Dataset):
            raise PluginError(
                f"Data set {self.name!r}: {self.target} returned {type(data).__name__}, "
                "not a bench.Dataset."
            )
        if data.task != self.task:
            raise PluginError(
                f"Data set {self.name!r} is registered for {self.task}, and is one for {data.task}."
            )
        return data


_Item = TypeVar("_Item", Method, Source)
_Word = TypeVar("_Word", Family, Task)

_GROUPS: dict[Task, str] = {"classification": "bench", "segmentation": "bench.segmentation"}


def methods(task: Task = "classification") -> dict[str, Method]:
    """Every registered method of a task by name, in the order of families, then by name.

    Raises:
        PluginError: if two distributions claim one name.
    """
    found: dict[str, Method] = {}
    for family in FAMILIES:
        points = metadata.entry_points(group=f"{_GROUPS[task]}.{family}")
        for point in sorted(points, key=lambda p: p.name):
            method = _method(point, family, task)
            _claim(found, method.name, method, method.distribution)
    return found


def method(name: str, plugins: dict[str, Method], task: Task = "classification") -> Method:
    """The method of this name: registered, from a single file, or by a factory (`timm:NAME`).

    Raises:
        UsageError: if there is none, or it has another task.
    """
    known = {**methods(task), **plugins}
    if name in known:
        return known[name]
    prefix, colon, argument = name.partition(":")
    other = next(one for one in TASKS if one != task)
    if name in methods(other) or (colon and argument and prefix in factories(other)):
        raise UsageError(of_another_task(name, other))
    if colon:
        makers = factories(task)
        if prefix in makers and argument:
            return replace(makers[prefix], name=name, argument=argument)
        if prefix in makers:
            raise UsageError(f"Unknown method {name!r}: a name belongs after the colon.")
        hint = did_you_mean(prefix, makers)
        raise UsageError(f"Unknown method {name!r}: no factory {prefix!r}. {hint}")
    raise UsageError(
        f"Unknown method {name!r}. {did_you_mean(name, known)} "
        "'python -m bench list methods' shows all."
    )


def of_another_task(name: str, task: Task) -> str:
    """Why a method does not belong to a study, whose task is the other one."""
    if task == "segmentation":
        return (
            f"Method {name!r} segments images, and this study classifies them. Add "
            "--task segmentation, or name another method."
        )
    return (
        f"Method {name!r} classifies images, and this study segments them. "
        "'python -m bench list methods' shows those that segment."
    )


def plugin(spec: str) -> Method:
    """The method of a single file, given as `path/to/file.py:build`.

    The method is named after the file, or after the function where that is not `build`. Its family
    is the function's attribute `family`, and "classical" without one; its task the attribute
    `task`, and "classification" without one.

    Raises:
        PluginError: if the file is missing, fails to import or has no such function.
    """
    path, colon, attribute = spec.rpartition(":")
    if not colon or not attribute.isidentifier():
        path, attribute = spec, "build"
    file = Path(path)
    if not file.is_file():
        raise PluginError(f"--plugin {spec}: there is no file {path}.{nearest_path(file)}")
    name = (file.stem if attribute == "build" else attribute).replace("_", "-")
    digest = hashlib.sha256(file.read_bytes()).hexdigest()[:12]
    tree = _parsed(spec, file)
    family = _one_of(spec, _declared(tree, attribute, "family") or "classical", FAMILIES, "family")
    task = _one_of(spec, _declared(tree, attribute, "task") or "classification", TASKS, "task")
    target = f"{file.resolve()}:{attribute}"
    return Method(name, family, target, file.name, digest, is_file=True, task=task)


def sources(task: Task = "classification") -> dict[str, Source]:
    """Every data set that is registered for a task or found on this machine, by name.

    Those on this machine are looked at when they are loaded: not every one is fit for every task.

    Raises:
        PluginError: if two distributions claim one name.
    """
    from bench.data.sets import local

    found: dict[str, Source] = {}
    _add_registered(found, f"{_GROUPS[task]}.datasets", task)
    for name in local.available():
        if task == "classification" or local.place_of(name):
            found.setdefault(name, Source(name, "local", task=task))
    return found


def all_sources(task: Task = "classification") -> dict[str, Source]:
    """The same with the data sets that are run only where they are named.

    Raises:
        PluginError: if two distributions claim one name.
    """
    found = sources(task)
    _add_registered(found, f"{_GROUPS[task]}.datasets.named", task)
    return found


def _add_registered(found: dict[str, Source], group: str, task: Task) -> None:
    for point in sorted(metadata.entry_points(group=group), key=lambda p: p.name):
        distribution = point.dist.name if point.dist else ""
        source = Source(point.name, "plugin", point.value, distribution, task=task)
        _claim(found, source.name, source, distribution)


def source(name: str, task: Task = "classification") -> Source:
    """The data set of this name.

    Raises:
        DataUnavailable: if it is known but not on this machine.
        UsageError: if it is not known.
    """
    from bench.data.sets import local

    known = all_sources(task)
    if name in known:
        return known[name]
    other = next(one for one in TASKS if one != task)
    if name in all_sources(other):
        raise UsageError(f"Data set {name!r} is for {other}. Add --task {other}, or name another.")
    local.refuse_if_known(name)
    raise UsageError(
        f"Unknown data set {name!r}. {did_you_mean(name, known)} "
        "'python -m bench list datasets' shows all; --data FOLDER reads a folder of images."
    )


def folder(path: Path, option: str = "--data ", task: Task = "classification") -> Source:
    """The data set in a folder of the user's.

    Args:
        path: of the folder, or of a `croissant.json` in it.
        option: that named it, for messages.
        task: what is to be learned of it.

    Raises:
        DataError: if there is no such folder, or Parquet files of images in it cannot be read.
    """
    if path.name == "croissant.json" and path.is_file():
        path = path.parent
    if not path.is_dir():
        if path.suffix == ".json" and path.exists():
            raise DataError(f"{option}{path}: of Croissant the file is called croissant.json.")
        if path.exists():
            raise DataError(f"{option}{path}: is a file, not a folder.")
        raise DataError(f"{option}{path}: does not exist.{nearest_path(path)}")
    from bench.data.cache.parquet_images import unpacked

    return Source(path.resolve().name, "folder", str(unpacked(path).resolve()), task=task)


def _method(point: metadata.EntryPoint, family: Family, task: Task) -> Method:
    name, version = (point.dist.name, point.dist.version) if point.dist else ("", "")
    return Method(point.name, family, point.value, name, version, task=task)


def _parsed(spec: str, file: Path) -> ast.Module:
    """The syntax tree of a file, which is not run."""
    try:
        return ast.parse(file.read_bytes(), filename=str(file))
    except (SyntaxError, ValueError) as error:
        raise PluginError(f"--plugin {spec}: {file} is not valid Python ({error}).") from None


def _declared(tree: ast.Module, attribute: str, name: str) -> str:
    """What a file assigns to `build.<name>`, or to it in `build.spec`; "" if nothing."""
    found = ""
    for statement in tree.body:
        if not isinstance(statement, ast.Assign):
            continue
        place, value = ast.unparse(statement.targets[0]), statement.value
        told: list[ast.expr] = [value] if place == f"{attribute}.{name}" else []
        if place == f"{attribute}.spec" and isinstance(value, ast.Call):
            told = [keyword.value for keyword in value.keywords if keyword.arg == name]
        found = next((str(e.value) for e in told if isinstance(e, ast.Constant)), found)
    return found


def _one_of(spec: str, value: str, known: tuple[_Word, ...], name: str) -> _Word:
    for word in known:
        if value == word:
            return word
    attribute = spec.rpartition(":")[2] if ":" in spec else "build"
    raise PluginError(
        f"--plugin {spec}: {attribute}.{name} is {value!r}. {did_you_mean(value, known)}"
    )


def factories(task: Task = "classification") -> dict[str, Method]:
    """Every factory of a task by its prefix; `Method.argument` is None.

    Raises:
        PluginError: if two distributions claim one prefix.
    """
    found: dict[str, Method] = {}
    for family in FAMILIES:
        for point in metadata.entry_points(group=f"{_GROUPS[task]}.{family}.factory"):
            made = _method(point, family, task)
            _claim(found, made.name, made, made.distribution)
    return found


def _claim(found: dict[str, _Item], name: str, item: _Item, owner: str) -> None:
    if name in found:
        raise PluginError(
            f"Two installed packages claim the name {name!r}: {found[name].distribution} and "
            f"{owner}. Uninstall one, or rename its entry point."
        )
    found[name] = item
