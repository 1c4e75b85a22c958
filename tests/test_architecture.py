"""Who may import whom, and what is loaded when."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("bench", "baselines", "deep", "reports")
ALLOWED = {
    "bench": {"bench"},
    "baselines": {"baselines"},
    "deep": {"deep"},
    "reports": {
        "reports",
        "bench.protocol.record",
        "bench.results.store",
        "bench.protocol.study",
        "bench.protocol.scoring",
    }
    | {"bench.protocol.errors"},
}
EXCEPTIONS = {
    "bench/cli/main.py": {"reports"},  # the composition root: inside `report`
    "deep/hybrids.py": {"baselines"},  # handcrafted features beside an embedding
}
SLOW_TO_LOAD = {"torch", "timm", "xgboost"}
HEAVY = {"torch", "sklearn", "skimage", "xgboost", "pandas", "matplotlib", "timm", "numba"}


def modules():
    return [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]


def imported(path):
    """Full names of what a module imports, also inside functions."""
    package = ".".join(path.relative_to(ROOT).parent.parts)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package if node.level else ""
            start = ".".join(part for part in (base, node.module or "") if part)
            yield start
            yield from (f"{start}.{alias.name}" for alias in node.names)


def allowed(name, permitted):
    return any(name == p or name.startswith(f"{p}.") for p in permitted)


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_a_room_imports_only_the_rooms_it_may(path):
    relative = path.relative_to(ROOT).as_posix()
    permitted = ALLOWED[relative.split("/")[0]] | EXCEPTIONS.get(relative, set())
    ours = {name for name in imported(path) if name.split(".")[0] in ROOMS}
    # `from bench import record` names first the package, which alone gives no access to a room
    ours -= {"bench"} if "bench" not in permitted else set()
    assert sorted(name for name in ours if not allowed(name, permitted)) == []


def test_the_command_line_meets_the_report_only_inside_a_function():
    tree = ast.parse((ROOT / "bench" / "cli.py").read_text(encoding="utf-8"))
    top = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    assert not [n for n in top if isinstance(n, ast.ImportFrom) and "reports" in (n.module or "")]


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


def test_no_room_is_without_a_name_of_its_own():
    vague = {"util", "utils", "helper", "helpers", "common", "misc"}
    assert [
        path for path in modules() if set(path.relative_to(ROOT).with_suffix("").parts) & vague
    ] == []


def test_the_architecture_document_names_every_module_of_the_engine():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    names = {path.stem for path in (ROOT / "bench").glob("*.py")} - {"__init__", "__main__"}
    assert sorted(name for name in names if f"`{name}`" not in text) == []


def test_no_method_loads_torch_or_xgboost_when_it_is_built():
    code = (
        "import sys; from bench import discovery\n"
        "for method in discovery.methods().values(): method.load()().get_params()\n"
        "print('LOADED', *sorted(sys.modules))"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert set(out.stdout.split("LOADED")[1].split()) & SLOW_TO_LOAD == set()
