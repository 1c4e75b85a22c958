"""Wrong usage and input: one clear message, exit status 2 or a stored failure, nothing lost."""

import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bench.cli import run_command
from bench.record import Trial
from bench.store import Store


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    """Every test starts in an empty folder, without data of the machine's."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    monkeypatch.setenv("BENCH_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


def picture(path: Path, value: int = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(value).integers(0, 256, (16, 16)).astype(np.uint8)
    Image.fromarray(noise).save(path)


def folder_of_classes(root: Path, **counts: int) -> None:
    for name, count in counts.items():
        for i in range(count):
            picture(root / name / f"{i}.png", value=hash((name, i)) % 2**32)


def manifest(root: Path, header: str, rows: list[str]) -> None:
    for i in range(12):
        picture(root / f"{i}.png", value=i)
    (root / "manifest.csv").write_text("\n".join([header, *rows]) + "\n")


def no_data() -> None:
    """A case that needs no file."""


def an_empty_folder():
    Path("images").mkdir()


def a_broken_png():
    folder_of_classes(Path("images"), a=5, b=5)
    Path("images/a/3.png").write_bytes(b"\x89PNG\r\n\x1a\n but no more")


def one_class():
    folder_of_classes(Path("images"), a=5)


def a_label_with_one_image():
    folder_of_classes(Path("images"), a=5, b=5, rare=1)


def a_manifest_without_label():
    manifest(Path("images"), "path,lable", [f"{i}.png,x" for i in range(12)])


def a_manifest_without_rows():
    manifest(Path("images"), "path,label", [])


def a_manifest_that_names_a_missing_file():
    manifest(Path("images"), "path,label", ["0.png,a", "99.png,b"])


def a_manifest_that_leaves_its_folder():
    manifest(Path("images"), "path,label", ["0.png,a", "../secret.png,b"])


def a_group_in_two_splits():
    rows = [f"{i}.png,{'ab'[i % 2]},{('train', 'val', 'test')[i % 3]},p{i // 2}" for i in range(12)]
    manifest(Path("images"), "path,label,split,group", rows)


def an_unknown_split():
    rows = [f"{i}.png,{'ab'[i % 2]},{('train', 'val', 'tets')[i % 3]}" for i in range(12)]
    manifest(Path("images"), "path,label,split", rows)


def an_npz_without_arrays():
    Path("data/medmnist").mkdir()
    np.savez("data/medmnist/breastmnist.npz", images=np.zeros((3, 28, 28), np.uint8))


def a_file_that_is_no_npz():
    Path("data/medmnist").mkdir()
    Path("data/medmnist/breastmnist.npz").write_text("not a zip archive")


def a_data_folder_that_is_gone():
    Path("data").rmdir()


def results_is_a_file():
    Path("results").write_text("")


def results_hold_a_thesis():
    Path("results").mkdir()
    Path("results/thesis.tex").write_text("years of work")


def results_of_another_version():
    Path("results").mkdir()
    Path("results/study.json").write_text('{"schema": 99, "studies": []}')


def damaged_results():
    Path("results").mkdir()
    Path("results/study.json").write_text('{"schema": 1, "stud')


def a_study_with_a_typo():
    Path("study.toml").write_text('datasets = ["phantom-null"]\nmargn = 0.05\n')


def a_study_that_is_not_toml():
    Path("study.toml").write_text("datasets = [")


NULL = ["--dataset", "phantom-null", "--method", "class-prior"]
CASES = [
    ("an unknown command", no_data, ["rnu"], "Did you mean 'run'"),
    ("an unknown flag", no_data, ["run", "--al"], "--al"),
    ("nothing to run", no_data, ["run"], "--all"),
    ("an unknown method", no_data, ["run", "--method", "smv"], "Did you mean 'svm'"),
    (
        "an unknown data set",
        no_data,
        ["run", "--dataset", "phantom-nul"],
        "Did you mean 'phantom-null'",
    ),
    (
        "a data set that is not here",
        no_data,
        ["run", "--dataset", "pathmnist"],
        "bench data get pathmnist",
    ),
    ("a multi-label set", no_data, ["run", "--dataset", "chestmnist"], "multi-label"),
    ("an unknown architecture", no_data, ["run", *NULL, "--method", "timm:resnet81"], "resnet18"),
    ("an unknown factory", no_data, ["run", "--method", "tim:resnet18"], "Did you mean 'timm'"),
    ("no seeds", no_data, ["run", *NULL, "--seeds", "0"], "--seeds 0"),
    ("seeds that are no number", no_data, ["run", *NULL, "--seeds", "x"], "--seeds"),
    ("one fold", no_data, ["run", *NULL, "--folds", "1"], "folds must be"),
    ("a tiny size", no_data, ["run", *NULL, "--size", "3"], "size must be"),
    ("an unknown budget", no_data, ["run", *NULL, "--budget", "ful"], "Did you mean 'full'"),
    ("a margin of one half", no_data, ["run", *NULL, "--margin", "0.5"], "margin must"),
    ("a fraction above one", no_data, ["run", *NULL, "--fraction", "1.5"], "fractions must"),
    ("a missing plugin file", no_data, ["run", *NULL, "--plugin", "m.py:build"], "no file m.py"),
    ("a missing folder", no_data, ["run", "--data", "images"], "does not exist"),
    ("an empty folder", an_empty_folder, ["run", "--data", "images"], "images"),
    ("one class", one_class, ["run", "--data", "images"], "two"),
    ("a broken PNG", a_broken_png, ["run", "--data", "images"], "3.png"),
    ("a label with one image", a_label_with_one_image, ["run", "--data", "images"], "'rare'"),
    (
        "no label column",
        a_manifest_without_label,
        ["run", "--data", "images"],
        "label",
    ),
    ("an empty manifest", a_manifest_without_rows, ["run", "--data", "images"], "manifest.csv"),
    (
        "a missing image",
        a_manifest_that_names_a_missing_file,
        ["run", "--data", "images"],
        "99.png",
    ),
    (
        "a path outside",
        a_manifest_that_leaves_its_folder,
        ["run", "--data", "images"],
        "secret.png",
    ),
    ("a group in two splits", a_group_in_two_splits, ["run", "--data", "images"], "group"),
    ("an unknown split", an_unknown_split, ["run", "--data", "images"], "tets"),
    (
        "an npz without arrays",
        an_npz_without_arrays,
        ["run", "--dataset", "breastmnist"],
        "train_images",
    ),
    (
        "a file that is no npz",
        a_file_that_is_no_npz,
        ["run", "--dataset", "breastmnist"],
        "breastmnist.npz",
    ),
    ("a missing BENCH_DATA", a_data_folder_that_is_gone, ["run", "--all"], "$BENCH_DATA names"),
    ("results is a file", results_is_a_file, ["run", *NULL], "is a file"),
    ("results hold something else", results_hold_a_thesis, ["run", *NULL], "--out"),
    ("results of another version", results_of_another_version, ["run", *NULL], "version 99"),
    ("damaged results", damaged_results, ["run", *NULL], "study.json"),
    ("no results to report", no_data, ["report", "results"], "not a results folder"),
    ("a missing study file", no_data, ["run", "study.toml"], "study.toml"),
    ("a study with a typo", a_study_with_a_typo, ["run", "study.toml"], "Did you mean 'margin'"),
    ("a study that is not TOML", a_study_that_is_not_toml, ["run", "study.toml"], "TOML"),
    ("an unknown set to get", no_data, ["data", "get", "brestmnist"], "Did you mean 'breastmnist'"),
    ("an unknown method to check", no_data, ["check", "smv"], "Did you mean 'svm'"),
]


@pytest.mark.parametrize(
    ("make", "arguments", "message"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_gets_one_clear_message_and_exit_status_2(make, arguments, message, capfd, empty_folder):
    make()
    before = {p: p.read_bytes() for p in empty_folder.rglob("*") if p.is_file()}
    assert run_command(arguments) == 2
    told = capfd.readouterr().err
    assert message in told
    assert "Traceback" not in told
    assert len([line for line in told.splitlines() if line.startswith("Error")]) == 1
    after = {p: p.read_bytes() for p in empty_folder.rglob("*") if p.is_file()}
    assert after == before


PLUGINS = {
    "raises": "def fit(self, X, y): raise ValueError('no\\nway')",
    "exits": "def fit(self, X, y): raise SystemExit(3)",
    "dies": "def fit(self, X, y): __import__('os')._exit(9)",
    "hangs": "def fit(self, X, y): __import__('time').sleep(600)",
    "nan": "def predict_proba(self, X): return np.full((len(X), 2), np.nan)",
    "wrong_shape": "def predict_proba(self, X): return np.zeros(len(X))",
    "not_a_sum": "def predict_proba(self, X): return np.ones((len(X), 2))",
    "runs_out_of_memory": "def fit(self, X, y): raise MemoryError",
    "sound": "def nothing(self): pass",
}
EXPECTED = {
    "raises": ("failed", "ValueError: no way"),
    "exits": ("failed", "exit 3"),
    "dies": ("failed", "exit status 9"),
    "hangs": ("timeout", "limit of 20 s"),
    "nan": ("failed", "NaN"),
    "wrong-shape": ("failed", "shape"),
    "not-a-sum": ("failed", "sum"),
    "runs-out-of-memory": ("out-of-memory", "MemoryError"),
    "does-not-import": ("unavailable", "ModuleNotFoundError"),
    "dies-on-import": ("unavailable", "exit status 4"),
    "sound": ("ok", ""),
}


@pytest.fixture(scope="module")
def after_broken_plugins(tmp_path_factory):
    """The results of a run in which every plugin but one breaks in a way of its own."""
    root = tmp_path_factory.mktemp("plugins")
    frame = """
        import numpy as np
        from sklearn.dummy import DummyClassifier

        class Method(DummyClassifier):
            {body}

        def build():
            return Method()
    """
    for name, body in PLUGINS.items():
        (root / f"{name}.py").write_text(textwrap.dedent(frame).format(body=body))
    (root / "does_not_import.py").write_text("import nothing_of_this_name\ndef build(): ...\n")
    (root / "dies_on_import.py").write_text("import os; os._exit(4)\ndef build(): ...\n")
    plugins = [a for path in sorted(root.glob("*.py")) for a in ("--plugin", str(path))]
    names = [a for name in EXPECTED for a in ("--method", name)]
    command = ["run", "--dataset", "phantom-null", *plugins, *names, "--method", "class-prior"]
    command += ["--out", str(root / "results"), "--timeout", "20", "--no-report", "--jobs", "2"]
    command += ["--seeds", "1"]
    done = subprocess.run(
        [sys.executable, "-m", "bench", *command], capture_output=True, text=True, cwd=root
    )
    return done, Store(root / "results")


def test_a_run_with_broken_plugins_ends_with_status_1(after_broken_plugins):
    done, _ = after_broken_plugins
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert "12 trial(s) run, 0 reused, 10 failed" in done.stdout


@pytest.mark.parametrize("name", EXPECTED)
def test_a_broken_plugin_is_a_stored_failure(after_broken_plugins, name):
    _, store = after_broken_plugins
    seed = None if EXPECTED[name][0] == "unavailable" else 0  # what was not built has no seeds
    stored = store.run(Trial("phantom-null", name, seed))
    status, text = EXPECTED[name]
    assert stored.status == status
    assert text in stored.error
    assert "\n" not in stored.error


def test_methods_beside_a_broken_plugin_are_run(after_broken_plugins):
    _, store = after_broken_plugins
    assert store.run(Trial("phantom-null", "class-prior")).status == "ok"


@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are POSIX")
def test_a_full_disk_costs_no_stored_run(tmp_path):
    code = """
        import resource, sys
        from pathlib import Path
        import numpy as np
        from bench.errors import ResultsError
        from bench.record import Environment, MethodCard, Predictions, Run, Trial
        from bench.store import Store
        from bench.study import Study

        def run(n, seed):
            p = np.random.default_rng(0).random((n, 2))
            ids = np.arange(n).astype(str)
            table = Predictions(ids, np.repeat("test", n), np.zeros(n, np.int64), None, p)
            card = MethodCard("m", "classical", "", "", "")
            place = Environment("", "", "", 1, 1, "cpu")
            return Run(Trial("a", "m", seed), card, "ok", "", "quick", place, "", predictions=table)

        store = Store(Path(sys.argv[1]))
        store.declare(Study(("a",), ("m",)))
        store.write_run(run(10, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
        for seed in (0, 1):
            try:
                store.write_run(run(10_000, seed))
            except ResultsError as error:
                assert "cannot be written" in str(error), error
            else:
                raise AssertionError("a limit on file size did not stop the write")
        assert len(store.run(Trial("a", "m", 0)).predictions.labels) == 10
        assert list(store.trials()) == [Trial("a", "m", 0)]
        assert not [p for p in store.root.rglob(".incomplete*")]
    """
    subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), str(tmp_path / "results")], check=True
    )
