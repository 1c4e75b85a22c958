"""Who may import whom, as `docs/architecture.md` says it, and what is loaded when."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("bench", "baselines", "deep", "reports")
ELSEWHERE = {"reports": {"bench/protocol", "bench/results"}, "bench/cli": {"reports"}}
ELSEWHERE |= {"bench/api": {"reports"}}
ELSEWHERE |= {"deep/hybrids": {"baselines"}}  # handcrafted features beside an embedding
SLOW_TO_LOAD = {"torch", "timm", "xgboost"}
HEAVY = {"torch", "sklearn", "skimage", "xgboost", "pandas", "matplotlib", "timm", "numba"}


def documented() -> list[str]:
    """The folders of the tables of the architecture document, from first to last."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    return re.findall(r"^\| `([a-z_/]+)` \|", text, flags=re.M)


FOLDERS = documented()
MODULES = {
    path.relative_to(ROOT).with_suffix("").as_posix().removesuffix("/__init__"): path
    for package in PACKAGES
    for path in sorted((ROOT / package).rglob("*.py"))
}
INSIDE = [name for name in MODULES if name not in (*PACKAGES, "bench/__main__")]


def folder_of(module: str) -> str | None:
    """The innermost documented folder that a module lies in."""
    found = [f for f in FOLDERS if module == f or module.startswith(f"{f}/")]
    return max(found, key=len, default=None)


def imported(module: str) -> set[str]:
    """The modules of ours that a module imports, also inside functions."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{module} imports relatively"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    found = set()
    for name in names:
        if name.split(".")[0] in PACKAGES:
            path = name.replace(".", "/")
            while path not in MODULES:
                path = path.rpartition("/")[0]
            found.add(path)
    return found - {"bench"}  # the package itself: its version, and its public names


IMPORTS = {module: imported(module) for module in INSIDE}


def within(module: str, places: set[str]) -> bool:
    return any(module == place or module.startswith(f"{place}/") for place in places)


@pytest.mark.parametrize("module", INSIDE)
def test_a_module_imports_only_folders_above_its_own(module):
    here = folder_of(module)
    assert here is not None, f"docs/architecture.md names no folder for {module}"
    package = module.split("/")[0]
    above = {f for f in FOLDERS[: FOLDERS.index(here) + 1] if f.split("/")[0] == package}
    elsewhere = {p for place, ps in ELSEWHERE.items() if within(module, {place}) for p in ps}
    wrong = {
        name
        for name in IMPORTS[module]
        if (folder_of(name) not in above if name.split("/")[0] == package else True)
        and not within(name, elsewhere)
    }
    assert sorted(wrong) == []


def test_no_two_modules_import_each_other():
    clear: set[str] = set()

    def visit(module: str, way: tuple[str, ...]) -> None:
        assert module not in way, " → ".join((*way[way.index(module) :], module))
        if module not in clear:
            for name in sorted(IMPORTS.get(module, ())):
                visit(name, (*way, module))
            clear.add(module)

    for module in INSIDE:
        visit(module, ())


def test_every_documented_folder_is_there():
    assert [f for f in FOLDERS if not within(f, set(MODULES)) and f not in MODULES] == []


def test_a_folder_holds_few_enough_modules_to_find_one():
    crowd = {
        folder.relative_to(ROOT).as_posix(): len(list(folder.glob("*.py")))
        for package in PACKAGES
        for folder in [ROOT / package, *(ROOT / package).rglob("*/")]
    }
    assert {name: n for name, n in crowd.items() if n > LARGEST.get(name, 22)} == {}


LARGEST = {  # one module per procedure or family
    "reports/statistics": 40,
    "baselines/features": 30,
}


@pytest.mark.parametrize("folder", ["cli", "api"])
def test_command_line_and_python_meet_the_report_only_inside_a_function(folder):
    for path in (ROOT / "bench" / folder).glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        top = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
        assert not [node for node in top if "reports" in (node.module or "")], path


@pytest.mark.parametrize(
    "command",
    [
        "import bench",
        "import runpy, sys; sys.argv = ['bench', '--help']\n"
        "try: runpy.run_module('bench', run_name='__main__')\n"
        "except SystemExit as e: assert not e.code",
    ],
    ids=["import bench", "python -m bench --help"],
)
def test_no_heavy_library_is_loaded_by(command):
    code = f"{command}\nimport sys; print('LOADED', *sorted(sys.modules))"
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    loaded = set(out.stdout.split("LOADED")[1].split())
    assert loaded & HEAVY == set()


def test_no_module_is_without_a_name_of_its_own():
    vague = {"util", "utils", "helper", "helpers", "common", "misc"}
    assert [module for module in MODULES if set(module.split("/")) & vague] == []


@pytest.mark.slow
def test_no_method_loads_torch_or_xgboost_when_it_is_built():
    code = (
        "import sys; from bench.methods import discovery\n"
        "for method in discovery.methods().values(): method.load()().get_params()\n"
        "print('LOADED', *sorted(sys.modules))"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert set(out.stdout.split("LOADED")[1].split()) & SLOW_TO_LOAD == set()
