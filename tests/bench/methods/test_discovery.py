import shutil
from pathlib import Path

import pytest

from bench.methods import discovery, sources
from bench.protocol.errors import DataError, PluginError, UsageError
from bench.run.inspection import inspect_method

PLUGIN = '''
from sklearn.ensemble import RandomForestClassifier

def build():
    """Trees on nothing much.

    More of it.
    """
    return RandomForestClassifier()

build.family = "hybrid"
other = 3
'''


def install(folder: Path, distribution: str, entry_points: str) -> None:
    """What pip would leave of a package that has only entry points."""
    info = folder / f"{distribution.replace('-', '_')}-2.5.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 2.5\n")
    (info / "entry_points.txt").write_text(entry_points)


@pytest.mark.slow
def test_the_built_in_methods_come_through_entry_points():
    found = discovery.methods()
    assert found["svm"].family == "classical"
    assert found["class-prior"].family == "control"
    assert {m.distribution for m in found.values()} == {"classical-vs-deep"}


@pytest.mark.slow
def test_a_plugin_of_another_package_is_found(tmp_path, monkeypatch):
    install(tmp_path, "row-means", "[bench.classical]\nrow-means = row_means:build\n")
    (tmp_path / "row_means.py").write_text(PLUGIN)
    monkeypatch.syspath_prepend(tmp_path)
    method = discovery.method("row-means", {})
    assert (method.distribution, method.version) == ("row-means", "2.5")
    assert method.card(method.load()).summary == "Trees on nothing much."


def test_a_package_that_is_installed_meanwhile_is_found_and_one_that_is_gone_is_not(
    tmp_path, monkeypatch
):
    monkeypatch.syspath_prepend(tmp_path)
    assert "late" not in discovery.methods()
    install(tmp_path, "late", "[bench.classical]\nlate = a:b\n")
    assert discovery.methods()["late"].version == "2.5"
    shutil.rmtree(tmp_path / "late-2.5.dist-info")
    assert "late" not in discovery.methods()


def test_two_packages_that_claim_one_name_are_both_named(tmp_path, monkeypatch):
    install(tmp_path, "one", "[bench.classical]\nmine = a:b\n")
    install(tmp_path, "two", "[bench.deep]\nmine = a:b\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(PluginError, match="'mine': one and two"):
        discovery.methods()


def test_one_package_that_claims_a_name_twice_is_named_once(tmp_path, monkeypatch):
    install(tmp_path, "one", "[bench.classical]\nmine = a:b\n[bench.deep]\nmine = a:b\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(PluginError, match="package one claims the name 'mine' twice"):
        discovery.methods()


def test_a_data_set_whose_module_is_missing_is_named_with_its_package(tmp_path, monkeypatch):
    install(tmp_path, "one", "[bench.datasets]\nmine = not_there:load\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(PluginError, match=r"Data set 'mine' \(one\): .*not_there"):
        sources.source("mine").load(None)


def test_a_packages_method_of_another_family_is_told_where_it_belongs(tmp_path, monkeypatch):
    install(tmp_path, "one", "[bench.classical]\nmine = family_of_mine:build\n")
    (tmp_path / "family_of_mine.py").write_text(PLUGIN)
    monkeypatch.syspath_prepend(tmp_path)
    told = inspect_method(discovery.method("mine", {})).error
    assert told.endswith("'classical': its package one has to register it in bench.hybrid.")


def test_two_packages_that_claim_one_data_set_are_both_named(tmp_path, monkeypatch):
    install(tmp_path, "one", "[bench.datasets]\nphantom-null = a:b\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(PluginError, match="one"):
        sources.sources()


def test_an_unknown_method_is_answered_with_the_nearest():
    with pytest.raises(UsageError, match="Did you mean 'xgboost'"):
        discovery.method("xgbost", {})


@pytest.mark.slow
def test_a_colon_names_a_factory():
    method = discovery.method("timm:resnet18", {})
    assert (method.family, method.argument) == ("deep", "resnet18")
    with pytest.raises(UsageError, match="Did you mean 'timm'"):
        discovery.method("tim:resnet18", {})


@pytest.mark.slow
def test_an_unknown_architecture_is_answered_with_the_nearest():
    with pytest.raises(PluginError, match="resnet18"):
        discovery.method("timm:resnet81", {}).load()


def test_a_factory_without_a_name_says_that_one_is_wanted():
    with pytest.raises(UsageError, match="'embedding:': a name belongs after the colon"):
        discovery.method("embedding:", {})


def test_frozen_networks_are_offered_by_factories_of_two_families():
    assert discovery.method("embedding:resnet18", {}).family == "deep"
    for prefix in ("embedding-svm", "embedding-xgboost"):
        found = discovery.method(f"{prefix}:hf-hub:owner/model", {})
        assert (found.family, found.argument) == ("hybrid", "hf-hub:owner/model")


def test_a_single_file_is_a_plugin_named_after_the_file(tmp_path):
    path = tmp_path / "my_trees.py"
    path.write_text(PLUGIN)
    for spec in (f"{path}:build", str(path)):
        method = discovery.plugin(spec)
        assert (method.name, method.family) == ("my-trees", "hybrid")
        assert method.card(method.load()).summary == "Trees on nothing much."


@pytest.mark.processes
def test_functions_of_a_single_file_run_in_processes_of_joblib(tmp_path):
    """As of `GridSearchCV(n_jobs=2)`: the processes that it starts cannot import the file."""
    path = tmp_path / "grid.py"
    (tmp_path / "factor_of_grid.py").write_text("class Factor:\n    TWO = 2\n")
    path.write_text(
        "from joblib import Parallel, delayed\n"
        "from factor_of_grid import Factor\n"
        "def double(x): return Factor.TWO * x\n"
        "def build(): return Parallel(n_jobs=2)(delayed(double)(x) for x in range(4))\n"
    )
    assert discovery.plugin(str(path)).load()() == [0, 2, 4, 6]


def test_the_version_of_a_single_file_is_its_content(tmp_path):
    path = tmp_path / "m.py"
    path.write_text(PLUGIN)
    before = discovery.plugin(str(path)).version
    path.write_text(PLUGIN + "\n# changed")
    assert discovery.plugin(str(path)).version != before


def test_reading_a_single_file_does_not_run_it(tmp_path):
    path = tmp_path / "m.py"
    path.write_text("raise SystemExit('must not run')\ndef build(): ...\n")
    method = discovery.plugin(str(path))
    with pytest.raises(PluginError, match="it exits"):
        method.load()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "there is no file"),
        ("def build(:", "not valid Python"),
        ("def build(): ...\nbuild.family = 'classic'", "Did you mean 'classical'"),
        ("def biuld(): ...", "nothing there is called 'build'. Did you mean 'biuld'"),
    ],
)
def test_a_file_that_cannot_be_a_plugin_is_refused(tmp_path, text, message):
    path = tmp_path / "m.py"
    if text is not None:
        path.write_text(text)
    with pytest.raises(PluginError, match=message):
        discovery.plugin(f"{path}:build")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("globals()['biuld'] = 3", "has no 'build'"),
        ("build = 3", "not a function"),
        ("import nothing_of_this_name", "ModuleNotFoundError"),
    ],
)
def test_a_plugin_that_cannot_be_loaded_says_why(tmp_path, text, message):
    path = tmp_path / "m.py"
    path.write_text(text)
    with pytest.raises(PluginError, match=message):
        discovery.plugin(f"{path}:build").load()


@pytest.mark.parametrize(
    "text",
    [
        "from json import *",
        "import json as build",
        "if True:\n    build = print",
        "def __getattr__(name): ...",
        "globals()['build'] = print",
    ],
)
def test_what_may_define_the_function_is_left_to_the_import(tmp_path, text):
    path = tmp_path / "m.py"
    path.write_text(text)
    assert discovery.plugin(f"{path}:build").is_file


def test_an_unknown_data_set_is_answered_with_the_nearest():
    with pytest.raises(UsageError, match="Did you mean 'phantom-shape'"):
        sources.source("phantom-shap")


def test_a_folder_that_is_none_is_refused(tmp_path):
    with pytest.raises(DataError, match="does not exist"):
        sources.folder(tmp_path / "nowhere")
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="is a file"):
        sources.folder(tmp_path / "file")
