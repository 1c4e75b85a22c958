"""Modules beside a plugin's file: found, counted in its version, and imported from anywhere."""

import subprocess
import sys
from pathlib import Path

import pytest

from bench.methods import discovery
from bench.methods.neighbours import digest, plugin_files

HELPER = "class M:\n    says = {!r}\n"


def plugin(folder: Path, says: str = "one", text: str = "from helper import M\n") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "helper.py").write_text(HELPER.format(says))
    (folder / "method.py").write_text(f"{text}def build():\n    return M()\n")
    return folder / "method.py"


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder / "method.py"


def test_a_changed_module_beside_the_file_is_another_version(tmp_path):
    path = plugin(tmp_path)
    before = discovery.plugin(str(path)).version
    plugin(tmp_path, "two")
    assert discovery.plugin(str(path)).version != before


def test_a_module_that_is_not_imported_changes_nothing(tmp_path):
    path = write(tmp_path, {"method.py": "def build(): ...\n"})
    before = discovery.plugin(str(path)).version
    (tmp_path / "helper.py").write_text("x = 1\n")
    assert discovery.plugin(str(path)).version == before


def test_a_file_alone_has_the_digest_of_its_content():
    assert digest({"a.py": b""}) == "e3b0c44298fc"
    assert digest({"a.py": b"", "b.py": b"x"}) != digest({"a.py": b"", "c.py": b"x"})


def test_imports_are_followed_within_the_folder(tmp_path):
    (tmp_path / "outside.py").write_text("")
    path = write(
        tmp_path / "mine",
        {
            "method.py": "def build():\n    import first\n    from pack.inner import deep_one\n",
            "first.py": "try:\n    import second, numpy, apart.held\nexcept ImportError: ...\n",
            "second.py": "import method, outside\nthis is no Python",
            "pack/__init__.py": "",
            "pack/inner/__init__.py": "from .. import near\nfrom ... import outside\n",
            "pack/inner/deep_one.py": "from ..far import x\n",
            "pack/near.py": "",
            "pack/far.py": "x = 1\n",
            "pack/unused.py": "",
            "apart/held.py": "",
            "json.py": "",
        },
    )
    found = plugin_files(path)
    assert next(iter(found)) == "method.py"
    assert {*found} == {
        "method.py",
        "first.py",
        "second.py",
        "apart/held.py",
        "pack/__init__.py",
        "pack/inner/__init__.py",
        "pack/inner/deep_one.py",
        "pack/near.py",
        "pack/far.py",
    }


@pytest.mark.parametrize("cwd", ["mine", "other", "."])
@pytest.mark.parametrize("path", [True, False], ids=["python -m bench", "bench"])
def test_it_is_imported_from_any_folder_and_is_the_one_beside_the_file(tmp_path, cwd, path):
    file = plugin(tmp_path / "mine")
    plugin(tmp_path / "other", "that of the current folder")
    (tmp_path / "mine" / "json.py").write_text("raise SystemExit\n")
    (tmp_path / "mine" / "click.py").write_text("raise SystemExit\n")
    (tmp_path / "mine" / "apart").mkdir()
    (tmp_path / "mine" / "apart" / "words.py").write_text("from helper import M\n")
    (tmp_path / "mine" / "method.py").write_text(
        "from apart.words import M\n"
        "def build():\n    import json, click\n    return json.dumps(M.says)\n"
    )
    program = (
        f"from bench.methods import discovery\nprint(discovery.plugin({str(file)!r}).load()())\n"
    )
    if path:  # as `python -m` does
        program = f"import sys; sys.path.insert(0, {str(tmp_path / cwd)!r})\n{program}"
    if path and cwd == "mine":  # a module of the current folder goes before all others there
        (tmp_path / "mine" / "json.py").unlink()
        (tmp_path / "mine" / "click.py").unlink()
    done = subprocess.run(
        [sys.executable, "-P", "-c", program],
        cwd=tmp_path / cwd,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == '"one"\n'
    assert not (tmp_path / "mine" / "__pycache__").exists()


def test_a_suite_that_lies_beside_a_plugin_is_no_part_of_it(tmp_path):
    suite = Path(discovery.__file__).parents[2]
    program = (
        "from bench.methods import neighbours, plugin_code\n"
        "print(neighbours.is_installed('bench', neighbours._OURS))\n"
        "plugin_code._beside.use(neighbours._OURS)\n"
        "import bench.methods.toys as toys\n"
        "print(type(toys.__loader__).__name__)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=suite, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["True", "SourceFileLoader"]


def test_plugins_of_two_folders_may_call_their_modules_alike(tmp_path):
    late = "def build():\n    from helper import M\n    return M()\n"
    files = [plugin(tmp_path / says, says) for says in ("one", "two")]
    for file in files:
        file.write_text(late)
    for _ in range(2):
        for file in files:
            assert discovery.plugin(str(file)).load()().says == file.parent.name


def test_they_travel_to_a_cluster_with_the_file(tmp_path):
    remote_tasks = pytest.importorskip("bench.cluster.remote_tasks")
    file = write(
        tmp_path / "mine",
        {
            "method.py": "from pack.words import M\ndef build():\n    return M()\n",
            "pack/__init__.py": "",
            "pack/words.py": HELPER.format("afar"),
        },
    )
    files = plugin_files(file)
    for _ in range(2):
        folder = remote_tasks._unpacked(files, tmp_path / "worker")
    assert [path.name for path in (tmp_path / "worker").iterdir()] == [folder.name]
    assert discovery.plugin(str(folder / "method.py")).load()().says == "afar"
