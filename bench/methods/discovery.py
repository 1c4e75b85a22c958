"""Which methods there are: entry points and single files, lazily.

    group                   name                    value
    bench.<family>          the method's name       build() -> estimator
    bench.<family>.factory  prefix of `prefix:arg`  factory(argument) -> build

Methods for segmentation stand in groups of the same names after `bench.segmentation`, such as
`bench.segmentation.deep`.

Nothing of a plugin is imported before `Method.load` is called, which the engine does in a worker
process only.
"""

import ast
import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import Any, TypeVar

from bench.methods.entry_points import GROUPS, claim, package, points
from bench.methods.neighbours import digest, plugin_files
from bench.methods.plugin_code import load_file, load_module
from bench.methods.spec import MethodSpec
from bench.protocol.cards import FAMILIES, Family, MethodCard
from bench.protocol.choices import TASKS, Task
from bench.protocol.errors import PluginError, UsageError, did_you_mean, nearest_path

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
            a digest of its content and of the modules beside it that it imports.
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


_Word = TypeVar("_Word", Family, Task)


def methods(task: Task = "classification") -> dict[str, Method]:
    """Every registered method of a task by name, in the order of families, then by name.

    Raises:
        PluginError: if two distributions claim one name.
    """
    found: dict[str, Method] = {}
    for family in FAMILIES:
        for point in points(f"{GROUPS[task]}.{family}"):
            claim(found, _method(point, family, task))
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
            "--task segmentation, or name another method; to have it make the masks of --masks, "
            "name it by --mask-method."
        )
    return (
        f"Method {name!r} classifies images, and this study segments them. "
        "'python -m bench list methods' shows those that segment."
    )


def plugin(spec: str, option: str = "--plugin") -> Method:
    """The method of a single file, given as `path/to/file.py:build`.

    The method is named after the file, or after the function where that is not `build`. Its family
    is the function's attribute `family`, and "classical" without one; its task the attribute
    `task`, and "classification" without one.

    Args:
        spec: the file and its function.
        option: that named it, for messages.

    Raises:
        PluginError: if the file is missing, fails to import or has no such function.
    """
    where = f"{option} {spec}"
    path, colon, attribute = spec.rpartition(":")
    if not colon or not attribute.isidentifier():
        path, attribute = spec, "build"
    file = Path(path)
    if not file.is_file():
        raise PluginError(f"{where}: there is no file {path}.{nearest_path(file)}")
    name = (file.stem if attribute == "build" else attribute).replace("_", "-")
    tree = _parsed(where, file)
    _refuse_undefined(where, tree, attribute)
    family = _one_of(
        where, _declared(tree, attribute, "family") or "classical", FAMILIES, attribute, "family"
    )
    task = _one_of(
        where, _declared(tree, attribute, "task") or "classification", TASKS, attribute, "task"
    )
    target = f"{file.resolve()}:{attribute}"
    version = digest(plugin_files(file))
    return Method(name, family, target, file.name, version, is_file=True, task=task)


def _method(point: metadata.EntryPoint, family: Family, task: Task) -> Method:
    name, version = package(point)
    return Method(point.name, family, point.value, name, version, task=task)


def _parsed(where: str, file: Path) -> ast.Module:
    """The syntax tree of a file, which is not run."""
    try:
        return ast.parse(file.read_bytes(), filename=str(file))
    except (SyntaxError, ValueError) as error:
        raise PluginError(f"{where}: {file} is not valid Python ({error}).") from None


def _refuse_undefined(where: str, tree: ast.Module, attribute: str) -> None:
    """Refuse a name that nothing in a file defines, as far as can be told without running it."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.alias):
            names.add(node.asname or node.name.partition(".")[0])
        elif isinstance(node, ast.Name):  # which may be stored, or be `globals`
            names.add(node.id)
    if attribute in names or names & {"*", "globals", "exec", "__getattr__"}:
        return
    defined = [n.name for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef)]
    if defined:  # importing a file without any says more
        hint = did_you_mean(attribute, defined)
        raise PluginError(f"{where}: nothing there is called {attribute!r}. {hint}")


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


def _one_of(where: str, value: str, known: tuple[_Word, ...], attribute: str, name: str) -> _Word:
    for word in known:
        if value == word:
            return word
    raise PluginError(f"{where}: {attribute}.{name} is {value!r}. {did_you_mean(value, known)}")


def factories(task: Task = "classification") -> dict[str, Method]:
    """Every factory of a task by its prefix; `Method.argument` is None.

    Raises:
        PluginError: if two distributions claim one prefix.
    """
    found: dict[str, Method] = {}
    for family in FAMILIES:
        for point in points(f"{GROUPS[task]}.{family}.factory"):
            claim(found, _method(point, family, task))
    return found
