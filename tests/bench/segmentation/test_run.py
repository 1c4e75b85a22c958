"""`python -m bench run` on folders of images and masks, from files to stored label maps."""

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bench.cli.main import run_command
from bench.protocol.label_maps import decode, to_original
from bench.protocol.record import Trial
from bench.results.store import Store
from reports.collect import collect
from reports.report import compose

pytestmark = pytest.mark.slow

THRESHOLD = '''
"""Pixels brighter than half of what is brightest."""
import numpy as np
from sklearn.base import BaseEstimator

class Threshold(BaseEstimator):
    """Above a level."""

    def __init__(self, level=100):
        self.level = level

    def fit(self, X, Y):
        assert X.dtype == Y.dtype == np.uint8 and X.shape[:3] == Y.shape
        self.classes_ = int(Y.max())
        return self

    def predict(self, X):
        return (X[..., 0] > self.level).astype(np.uint8)

class Wrong(Threshold):
    """Predicts what is no label map."""

    def predict(self, X):
        return {"shape": X[..., 0, 0], "class": np.full(X.shape[:3], 7, np.uint8),
                "float": np.zeros(X.shape[:3])}[WRONG]

def build():
    """A threshold."""
    return Threshold()

build.task = "segmentation"
build.search_space = {"level": [5, 250]}
'''


def scene(i, height=40, width=60):
    """A bright square on dark ground, none in every fifth image."""
    rng = np.random.default_rng(i)
    truth = np.zeros((height, width), np.uint8)
    if i % 5:
        top, left = rng.integers(2, 20), rng.integers(2, 40)
        truth[top : top + 8 + i % 7, left : left + 12] = 255
    image = rng.integers(20, 60, (height, width)) + (truth > 0) * 120
    return image.astype(np.uint8), truth


@pytest.fixture
def lesions(tmp_path, monkeypatch):
    """A folder of 60 images with masks in the working folder, and a method that finds them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BENCH_CACHE", str(tmp_path / "cache"))
    for place in ("images", "masks"):
        (tmp_path / "lesions" / place).mkdir(parents=True)
    for i in range(60):
        image, truth = scene(i)
        Image.fromarray(image).save(tmp_path / "lesions" / "images" / f"{i:02}.png")
        Image.fromarray(truth).save(tmp_path / "lesions" / "masks" / f"{i:02}.png")
    Path("bright.py").write_text(THRESHOLD)
    return tmp_path / "lesions"


def run(*arguments):
    common = ["--plugin", "bright.py:build", "--size", "48", "--jobs", "1", "--no-report"]
    return run_command(["run", *arguments, *common])


def test_a_folder_of_images_and_masks_is_segmented_without_being_told(lesions, capsys):
    assert run("--data", "lesions", "--method", "bright") == 0
    assert re.search(r"validation Dice (1\.000|0\.9\d\d)", capsys.readouterr().out)
    store = Store(Path("results"))
    assert store.current.study.task == "segmentation"
    card = store.card("lesions")
    assert (card.task, card.target_names) == ("segmentation", ("background", "foreground"))
    truth, found = store.targets("lesions"), store.label_maps(Trial("lesions", "bright"))
    assert store.run(Trial("lesions", "bright")).predictions is None
    assert set(truth.split.tolist()) == {"val", "test"}
    assert found.case_ids.tolist() == truth.case_ids.tolist()
    for case, png, true in zip(truth.case_ids, found.pngs, truth.pngs, strict=True):
        index = int(Path(case).stem)
        np.testing.assert_array_equal(decode(true), scene(index)[1] // 255)
        back = to_original(decode(png), 40, 60)
        assert (back != decode(true)).mean() < 0.06  # along the border


def test_a_second_run_reuses_the_first(lesions, capsys):
    assert run("--data", "lesions", "--method", "bright") == 0
    assert run("--data", "lesions", "--method", "bright") == 0
    assert "0 trial(s) run, 1 reused" in capsys.readouterr().out


def test_sites_are_left_out_of_a_manifest_without_labels(lesions, capsys):
    rows = [f"images/{i:02}.png,masks/{i:02}.png,{'ab'[i % 3 == 0]}" for i in range(60)]
    (lesions / "manifest.csv").write_text("\n".join(["path,mask,site", *rows]) + "\n")
    assert run("--data", "lesions", "--leave-out", "site", "--method", "bright", "--dry-run") == 0
    plan = capsys.readouterr().out
    assert "lesions:site=a:" in plan
    assert "external:b 20" in plan


def test_folds_shares_and_tuning_work_as_for_classification(lesions):
    flags = ["--folds", "3", "--fraction", "0.5", "--tune", "2"]
    assert run("--data", "lesions", "--method", "bright", *flags) == 0
    store = Store(Path("results"))
    trials = [trial for trial in store.trials() if trial.method == "bright"]
    assert {trial.fold for trial in trials} == {0, 1, 2}
    tested = [store.label_maps(trial).part("test").case_ids for trial in trials if trial.seed == 0]
    assert len(set(np.concatenate(tested).tolist())) == 60
    assert store.targets("lesions").split.tolist() == ["test"] * 60
    assert all(store.run(trial).chosen.changes == {} for trial in trials)  # a level of 100


def test_what_a_search_chose_is_in_the_report(lesions):
    code = THRESHOLD.replace('{"level": [5, 250]}', '{"level": [5, 90]}')
    Path("bright.py").write_text(code.replace("level=100", "level=250"))
    assert run("--data", "lesions", "--method", "bright", "--tune", "3", "--seeds", "1") == 0
    document = compose(collect(Store(Path("results"))))
    (table,) = [table for table in document.tables if table.name == "tuning-lesions"]
    assert "validation mean Dice" in table.caption
    keys = [column.key for column in table.columns]
    assert "standard_error" not in keys
    row = dict(zip(keys, table.rows[0].values, strict=True))
    true = Store(Path("results")).targets("lesions")
    chose = [decode(png) for png, part in zip(true.pngs, true.split, strict=True) if part == "val"]
    nothing = sum(not one.any() for one in chose) / len(chose)
    assert row["declared"] == pytest.approx(nothing)  # finds nothing but empty masks
    assert row["chosen"] > 0.9
    (chosen,) = [table for table in document.tables if table.name == "chosen-lesions"]
    assert chosen.rows[0].values == ("bright", "level = 90")
    assert "AUC" not in " ".join([*table.notes, table.caption])


def test_of_near_duplicates_alone_there_is_a_report_without_a_verdict(lesions):
    for i in range(60):
        truth = np.zeros((40, 60), np.uint8)
        truth[10 + i % 5 : 14, 20 + i % 7 : 30] = 255
        image = np.where(truth > 0, 180, 40).astype(np.uint8)
        Image.fromarray(image).save(lesions / "images" / f"{i:02}.png")
        Image.fromarray(truth).save(lesions / "masks" / f"{i:02}.png")
    assert run("--data", "lesions", "--method", "bright") == 0
    (data,) = collect(Store(Path("results"))).datasets
    assert not data.verdict.is_verdict
    assert compose(collect(Store(Path("results")))).tables


@pytest.mark.parametrize("wrong", ["shape", "class", "float"])
def test_what_is_no_label_map_is_a_failed_trial(lesions, capsys, wrong):
    code = THRESHOLD.replace("return Threshold()", "return Wrong()")
    Path("bright.py").write_text(f"WRONG = {wrong!r}\n{code}")
    assert run("--data", "lesions", "--method", "bright") == 1
    assert "predict returned" in capsys.readouterr().out
    assert Store(Path("results")).label_maps(Trial("lesions", "bright")) is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--method", "svm"], "'svm' classifies images, and this study segments them"),
        (["--method", "otus"], "Did you mean 'otsu'?"),
        (["--positive", "foreground"], "no positive class"),
        (["--preprocess", "crop-to-mask"], "would show a segmentation method"),
        (["--task", "segment"], "unknown task 'segment'"),
        (["--resample", "2"], "resample is not known of segmentation"),
        (["--corrupt", "all"], "corrupt is not known of segmentation"),
    ],
)
def test_what_does_not_belong_to_segmentation_is_refused(lesions, capsys, arguments, message):
    assert run("--data", "lesions", *arguments) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_a_method_that_segments_is_refused_in_a_study_of_classification(lesions, capsys):
    command = ["run", "--task", "classification", "--data", "lesions", "--method", "otsu"]
    assert run_command(command) == 2
    assert "'otsu' segments images" in capsys.readouterr().err
    assert run("--task", "classification", "--data", "lesions") == 2
    assert "'bright' segments images" in capsys.readouterr().err


def test_a_single_file_is_held_to_the_contract_of_its_task(lesions, capsys):
    assert run_command(["check", "bright.py:build"]) == 0
    assert "ok    empty-masks" in capsys.readouterr().out
    Path("bright.py").write_text(
        "WRONG = 'class'\n" + THRESHOLD.replace("return Threshold()", "return Wrong()")
    )
    assert run_command(["check", "bright.py:build"]) == 1
    assert "FAIL  label-maps: predict returned class 7" in capsys.readouterr().out
