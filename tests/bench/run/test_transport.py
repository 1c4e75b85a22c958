"""External parts, values left out, subgroups and corruptions: command line to results."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bench.cli.main import run_command
from bench.data.corruptions import SEVERITIES, corrupt
from bench.data.sets import folder
from bench.progress.run_plan import RunPlan
from bench.protocol.errors import StudyError
from bench.protocol.record import Trial
from bench.results.lock import read_plan
from bench.results.store import Store
from bench.run.options import RunOptions
from bench.run.request import resolve

METHODS = ["--method", "mean-brightness", "--method", "class-prior"]
RUN = ["run", "--data", "./set", "--size", "16", *METHODS, "--no-report", "--jobs", "1"]
SITES = ("Basel", "Bern", "Chur")

CURIOUS = '''
"""A method that notes what it is given."""
import gc
import json
import pathlib

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

NOTE = pathlib.Path({note!r})


class Curious(ClassifierMixin, BaseEstimator):
    def __init__(self, cache_folder=None):
        self.cache_folder = cache_folder

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        mapped = getattr(X, "filename", None)
        beside = pathlib.Path(mapped).parent.rglob("*") if mapped else ()
        run = pathlib.Path(self.cache_folder).parent.rglob("*")
        read = [p for p in (*beside, *run) if p.is_file() and b"secret-ward" in p.read_bytes()]
        words = [o for o in gc.get_objects() if isinstance(o, np.ndarray) and o.dtype.kind == "U"]
        known = [w for w in words if "secret-ward" in w.tolist()]
        NOTE.write_text(json.dumps([len(read), len(known), list(X.shape)]))
        return self

    def predict_proba(self, X):
        bright = X.mean(axis=(1, 2, 3)) / 255
        return np.stack([1 - bright, bright], axis=1)


def build():
    """Curious."""
    return Curious()
'''


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("BENCH_DATA", raising=False)


def pictures(root, n=60, shift=0, header="path,label,group,site,age", row=None):
    """Bright malignant and dark benign images, two of each patient, of three sites."""
    root.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(shift)
    rows = []
    for i in range(n):
        pixels = rng.normal(90 + shift + 40 * (i % 2), 40, (16, 16)).clip(0, 255)
        Image.fromarray(pixels.astype(np.uint8)).save(root / f"{i}.png")
        told = f"g{shift}-{i // 2},{SITES[i // 2 % 3]},{20 + i}" if row is None else row(i)
        rows.append(f"{i}.png,{('benign', 'malignant')[i % 2]},{told}")
    (root / "manifest.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")


def refused(capfd, *flags):
    """The one line with which a run is refused."""
    assert run_command([*RUN, *flags]) == 2
    told = capfd.readouterr()
    assert "Traceback" not in told.out + told.err
    return " ".join(told.err.split())


def test_no_method_comes_by_the_metadata_of_a_case(capfd):
    pictures(
        Path("set"), row=lambda i: f"{('secret-ward', 'other')[i % 2]}", header="path,label,ward"
    )
    Path("curious.py").write_text(CURIOUS.format(note=str(Path("note.json").resolve())))
    flags = ["run", "--data", "./set", "--size", "16", "--plugin", "curious.py:build"]
    assert run_command([*flags, "--no-report", "--out", "r", "--method", "class-prior"]) == 0
    assert Path("note.json").read_text() == "[0, 0, [36, 16, 16, 1]]"
    known = Store(Path("r")).metadata("set").columns["ward"]
    assert set(known.tolist()) == {"secret-ward", "other"}


@pytest.mark.slow
def test_external_folders_and_corruptions_are_predicted_in_the_same_trial(capfd):
    pictures(Path("set"))
    pictures(Path("lyon"), n=20, shift=30)
    flags = ["--external", "Lyon=lyon", "--corrupt", "jpeg", "--corrupt", "gamma-up"]
    assert run_command([*RUN, *flags, "--subgroup", "site", "--subgroup", "age:40"]) == 0
    store = Store(Path("results"))
    study = store.current.study
    assert (study.external, study.subgroups) == (("Lyon",), ("age:40", "site"))
    card = store.card("set")
    assert (card.external, card.metadata) == (("Lyon",), ("site", "age"))
    assert card.parts["external:Lyon"].cases == 20
    run = store.run(Trial("set", "mean-brightness"))
    assert run.predictions.externals() == ("Lyon",)
    assert run.n_predicted == card.parts["val"].cases + card.parts["test"].cases
    assert run.corrupt == ("gamma-up", "jpeg")
    assert run.corrupted_seconds > 0
    test = run.predictions.part("test")
    stored = store.corrupted(run.trial)
    assert stored.case_ids.tolist() == test.case_ids.tolist()
    images = {
        case: image
        for _, part in folder.load(Path("set"), 16).parts()
        for case, image in zip(part.case_ids.tolist(), part.images, strict=True)
    }
    kept = np.stack([images[case] for case in test.case_ids.tolist()])
    for i, kind in enumerate(stored.kinds):
        for j, severity in enumerate(SEVERITIES):
            bright = corrupt(kept, kind, severity).mean(axis=(1, 2, 3))
            order = np.argsort(bright, kind="stable")
            assert (np.diff(stored.probabilities[i, j, order, 1]) >= -1e-6).all()
    known = store.metadata("set")
    rows = dict(zip(known.case_ids.tolist(), known.columns["age"], strict=True))
    assert set(run.predictions.case_ids.tolist()) == set(rows)
    assert rows["Lyon/3.png"] == 23.0


@pytest.mark.slow
def test_what_is_asked_for_later_runs_the_trials_that_lack_it_again(capfd):
    pictures(Path("set"))
    pictures(Path("lyon"), n=20, shift=30)

    def ran(*flags):
        assert run_command([*RUN, *flags]) == 0
        told = capfd.readouterr()
        return " ".join((told.out + told.err).split())

    assert "2 trial(s) run, 0 reused" in ran("--corrupt", "jpeg")
    assert "0 trial(s) run, 2 reused" in ran()
    assert "0 trial(s) run, 2 reused" in ran("--corrupt", "jpeg", "--subgroup", "site")
    told = ran("--corrupt", "jpeg", "--corrupt", "gamma-up")
    assert "2 trial(s) run" in told
    assert "2 stored trials run again: without predictions of all corruptions" in told
    told = ran("--external", "Lyon=lyon")
    assert "2 trial(s) run" in told
    assert "2 stored trials run again: images, parts or external parts" in told


@pytest.mark.slow
def test_each_site_is_left_out_once_and_all_are_one_source(capfd):
    pictures(Path("set"))
    assert run_command([*RUN, "--leave-out", "site", "--dry-run"]) == 0
    plan = capfd.readouterr().out
    assert "set:site=Bern: 16×16×1 px" in plan
    assert "external:Bern 20" in plan
    assert "6 trials in all" in plan
    assert run_command([*RUN, "--leave-out", "site"]) == 0
    store = Store(Path("results"))
    assert store.current.study.datasets == tuple(f"set:site={site}" for site in SITES)
    for site in SITES:
        card = store.card(f"set:site={site}")
        assert (card.left_out, card.origin, card.external) == (f"site={site}", "set", (site,))
        known = store.metadata(card.name)
        away = known.part(f"external:{site}").columns["site"]
        assert set(away.tolist()) == {site}
        assert site not in known.part("test").columns["site"].tolist()


@pytest.mark.slow
def test_a_site_that_cannot_be_left_out_is_named_and_the_others_are_run(capfd):
    one_class = "path,label,site"
    pictures(Path("set"), row=lambda i: "all" if i % 2 == 0 or i < 20 else "b", header=one_class)
    assert run_command([*RUN, "--leave-out", "site"]) == 0
    told = " ".join("".join(capfd.readouterr()).split())
    assert "left out: data set set:site=all: all images of the class 'benign' are there." in told
    assert Store(Path("results")).current.study.datasets == ("set:site=b",)


@pytest.mark.slow
def test_with_folds_and_several_sizes_the_model_of_each_fold_predicts_the_external_part(capfd):
    pictures(Path("set"))
    pictures(Path("lyon"), n=20, shift=30)
    flags = ["--external", "Lyon=lyon", "--folds", "3", "--sizes", "16", "24", "--hash-ids"]
    assert run_command([*RUN, *flags, "--corrupt", "jpeg"]) == 0
    store = Store(Path("results"))
    runs = [store.run(trial) for trial in store.trials()]
    assert len(runs) == 12
    away = {tuple(run.predictions.part("external:Lyon").case_ids.tolist()) for run in runs}
    assert len(away) == 1
    assert all(case.startswith("case-") for case in away.pop())
    assert {run.trial.size: run.corrupt for run in runs} == {0: ("jpeg",), 24: ()}
    known = store.metadata("set")
    assert set(known.split.tolist()) == {"test", "external:Lyon"}
    tested = [run.predictions.part("test").case_ids for run in runs if not run.trial.size]
    assert set(np.concatenate(tested).tolist()) == set(known.part("test").case_ids.tolist())


@pytest.mark.slow
def test_the_plan_counts_corrupted_parts_and_is_read_back(capfd):
    pictures(Path("set"))
    assert run_command([*RUN, "--corrupt", "jpeg", "--fraction", "0.5", "--fraction", "1"]) == 0
    plan = RunPlan.from_json(read_plan(Path("results")))
    counted = {(p.trial.method, p.trial.fraction): p.corrupted for p in plan.planned}
    assert set(counted.values()) == {0, 5}
    assert all(number == 5 * (share == 1) for (_, share), number in counted.items())


@pytest.mark.slow
def test_a_study_file_names_external_parts_beside_itself(capfd):
    pictures(Path("set"))
    pictures(Path("elsewhere", "lyon"), n=20, shift=30)
    Path("elsewhere", "study.toml").write_text(
        '[study]\nsubgroups = ["site"]\n[external]\nLyon = "lyon"\n'
    )
    assert run_command([RUN[0], "elsewhere/study.toml", *RUN[1:]]) == 0
    assert Store(Path("results")).card("set").external == ("Lyon",)
    Path("elsewhere", "study.toml").write_text('[study]\n[external]\nLyon = "lion"\n')
    assert run_command([RUN[0], "elsewhere/study.toml", *RUN[1:]]) == 2
    assert "Did you mean 'elsewhere/lyon'?" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--external", "lyon"], "--external lyon: write NAME=FOLDER"),
        (["--external", "=lyon"], "write NAME=FOLDER"),
        (["--external", "Lyon=lion"], "--external Lyon=lion: does not exist. Did you mean 'lyon'?"),
        (["--external", "Lyon=set/manifest.csv"], "is a file, not a folder"),
        (["--external", "Own=set"], "is the folder of the data set itself"),
        (["--external", "A=lyon", "--external", "A=lyon"], "there are two parts 'A'"),
        (["--external", "A=lyon", "--data", "./lyon"], "belongs to one data set, and 2 are"),
        (["--external", "A=lyon", "--external", "B=./lyon/"], "'A' and 'B' are one folder"),
        (["--leave-out", "site", "--leave-out", "age"], "--leave-out site is given, too"),
        (["--leave-out", " "], "--leave-out: nothing follows; write --leave-out COLUMN."),
        (["--corrupt", "jpg"], "unknown corruption 'jpg'. Did you mean 'jpeg'? Known: all, "),
        (["--corrupt", "noise"], ", gaussian-noise, "),
        (["--modality", "mr"], "--modality mr: Did you mean 'mri'?"),
        (["--subgroup", "age:x"], "write COLUMN, or of a number COLUMN:LIMIT,LIMIT"),
    ],
)
def test_what_can_be_told_wrong_at_once_is_told_in_one_line(capfd, flags, message):
    pictures(Path("set"))
    pictures(Path("lyon"), n=4, shift=30)
    assert message in refused(capfd, *flags)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--subgroup", "sight"], "no data set has a column 'sight'. Did you mean 'site'?"),
        (["--subgroup", "age"], "in the data set 'set' 'age' is a number of"),
        (["--leave-out", "sight"], "--leave-out sight: there is no such column. Did you mean"),
        (["--leave-out", "age"], "60 values, each of which would be a data set"),
        (["--external", "Empty=empty"], "External part 'Empty': Folder"),
        (["--external", "Other=other"], "has the class 'cyst' outside the training images"),
        (["--external", "Same=same"], "in the external part 'Same'. Leave the images of one"),
    ],
)
def test_what_the_data_show_to_be_wrong_is_told_before_anything_is_run(capfd, flags, message):
    pictures(Path("set"))
    pictures(Path("same"), n=4, shift=0)
    pictures(Path("other"), n=4, shift=30)
    Path("empty").mkdir()
    text = Path("other/manifest.csv").read_text().replace("malignant", "cyst")
    Path("other/manifest.csv").write_text(text)
    assert message in refused(capfd, *flags)
    assert not list(Path().glob("results/runs"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("column", "flags", "message"),
    [
        (("unknown", "41", "52"), ["--subgroup", "x:50"], "'x' holds 'unknown' beside numbers"),
        (("old", "young", "old"), ["--subgroup", "x:50"], "'x' holds no numbers; write the column"),
        (None, ["--leave-out", "x"], "'x' (a value of its own for nearly every patient)"),
    ],
)
def test_a_column_that_is_of_no_use_is_told_with_why(capfd, column, flags, message):
    def row(i):
        return f"p{i // 2}," + (f"bed-{i // 2}" if column is None else column[i // 2 % 3])

    pictures(Path("set"), header="path,label,group,x", row=row)
    assert message in refused(capfd, *flags)


def test_a_claim_may_be_about_one_of_the_data_sets_that_leave_a_value_out():
    pictures(Path("set"))
    claim = '[[claim]]\nname = "c"\na = "deep"\nb = "classical"\ndatasets = ["set:{}=Bern"]\n'
    Path("study.toml").write_text('[study]\nleave_out = "site"\n' + claim.format("site"))
    options = RunOptions(study=Path("study.toml"), folders=(Path("set"),), methods=("svm",))
    assert resolve(options, "").study.claims[0].datasets == ("set:site=Bern",)
    Path("study.toml").write_text('[study]\nleave_out = "site"\n' + claim.format("sight"))
    with pytest.raises(StudyError, match="set:sight=Bern"):
        resolve(options, "")


@pytest.mark.slow
def test_a_method_that_cannot_predict_a_corrupted_image_is_no_failure(capfd):
    pictures(Path("set"))
    Path("fragile.py").write_text(
        CURIOUS.format(note=str(Path("note.json").resolve())).replace(
            "        bright = X",
            "        if getattr(X, 'filename', None) and 'corrupted' in str(X.filename):\n"
            "            raise ValueError('too dark')\n        bright = X",
        )
    )
    flags = [*RUN[:5], "--plugin", "fragile.py:build", "--method", "class-prior", "--no-report"]
    assert run_command([*flags, "--corrupt", "jpeg"]) == 0
    run = Store(Path("results")).run(Trial("set", "fragile"))
    assert (run.status, run.corruption_error) == ("ok", "ValueError: too dark")
    assert (run.corrupt, run.corrupted_seconds) == ((), None)
