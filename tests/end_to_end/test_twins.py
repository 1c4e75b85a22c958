"""What near twins change in a run, from a folder of images to the evidence of its report."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from bench.protocol.scoring import binary_auc
from bench.results.store import Store
from reports.statistics.auc import components

pytestmark = pytest.mark.slow

BY_HEART = '''
"""Knows every training image by heart, or goes by brightness."""
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin


class ByHeart(ClassifierMixin, BaseEstimator):
    def __init__(self, by_heart=True):
        self.by_heart = by_heart

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.known_, self.labels_ = X.reshape(len(X), -1).astype(float), y
        return self

    def predict_proba(self, X):
        seen = X.reshape(len(X), -1).astype(float)
        if self.by_heart:
            far = ((seen[:, None] - self.known_) ** 2).mean(axis=2)
            certain = self.labels_[far.argmin(axis=1)] - 0.5
            score = 0.5 + certain / (1 + far.min(axis=1))
        else:
            score = seen.mean(axis=1) / 255
        return np.stack([1 - score, score], axis=1)


def build():
    return ByHeart(FIXED)


build.family = "deep"
if TUNED:
    build.search_space = {"by_heart": [True, False]}
'''
SPREAD = '''
"""Goes by brightness and contrast."""
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
import numpy as np


def two(X):
    flat = X.reshape(len(X), -1) / 255
    return np.stack([flat.mean(axis=1), flat.std(axis=1)], axis=1)


def build():
    return make_pipeline(FunctionTransformer(two), LogisticRegression())


build.family = "classical"
'''
COPIES = 3  # of every test image


def write_folder(root):
    """100 training images; 38 of 50 validation images of each class are copies of these, which
    were saved anew; every test image is there three times. Brightness tells a little of the class.
    """
    rng = np.random.default_rng(0)
    lines = []

    def picture(label):
        coarse = Image.fromarray(rng.integers(40, 190, (8, 8), dtype=np.uint8))
        pixels = np.asarray(coarse.resize((40, 40), Image.Resampling.BICUBIC), dtype=float)
        return pixels - pixels.mean() + 115 + rng.normal(0, 8) + 5 * label

    def save(pixels, label, part, group):
        path = f"{['no', 'yes'][label]}/{len(lines):04d}.png"
        noisy = np.clip(pixels + rng.normal(0, 1.5, pixels.shape), 0, 255).astype(np.uint8)
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(noisy).save(root / path)
        lines.append((path, ["no", "yes"][label], part, group))

    for label in (0, 1):
        trained = [picture(label) for _ in range(50)]
        for i, pixels in enumerate(trained):
            save(pixels, label, "train", f"train {label} {i}")
        seen = trained[:38] + [picture(label) for _ in range(12)]
        for i, pixels in enumerate(seen):
            save(pixels, label, "val", f"val {label} {i}")
        for i in range(25):
            pixels = picture(label)
            for _ in range(COPIES):
                save(pixels, label, "test", f"test {label} {i}")
    return lines


def bench(folder, results, *more, cwd):
    command = [sys.executable, "-m", "bench", "run", "--data", str(folder), *more]
    command += ["--out", str(results), "--jobs", "1"]
    environment = {**os.environ, "BENCH_CACHE": str(cwd / "cache")}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (found,) = json.loads((results / "report" / "evidence.json").read_text())["datasets"]
    return Store(results), found


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """The folder run twice: patients are not known, and each test image's copies are a patient."""
    cwd = tmp_path_factory.mktemp("twins")
    lines = write_folder(cwd / "set")
    manifest = cwd / "set" / "manifest.csv"
    for name, fixed, tuned in (("by-heart", True, False), ("either", True, True)):
        text = BY_HEART.replace("FIXED", str(fixed)).replace("TUNED", str(tuned))
        (cwd / f"{name}.py").write_text(text)
    (cwd / "spread.py").write_text(SPREAD)
    plugins = [a for n in ("by-heart", "either", "spread") for a in ("--plugin", f"{n}.py:build")]
    more = ["--method", "class-prior", "--seeds", "1", "--tune", "2"]
    found = []
    for columns in (3, 4):
        rows = [("path", "label", "split", "group"), *lines]
        manifest.write_text("\n".join(",".join(row[:columns]) for row in rows))
        results = cwd / f"results-{columns}"
        found.append(bench(cwd / "set", results, *plugins, *more, cwd=cwd))
    return found


def runs(store):
    return {trial.method: store.run(trial) for trial in store.trials()}


def test_memory_chooses_neither_configuration_nor_model(study):
    store, evidence = study[0]
    found = runs(store)
    on_validation = {}
    for name, run in found.items():
        validation = run.predictions.part("val")
        on_validation[name] = binary_auc(validation.labels, validation.probabilities[:, 1])
    assert on_validation["by-heart"] > on_validation["either"]  # all cases would choose memory
    chosen = next(one for one in found["either"].tuning if one.chosen)
    assert found["either"].parameters_used["by_heart"] is False
    assert chosen.changes == {"by_heart": False}
    assert evidence["champion_deep"] == "either"
    assert evidence["validation_twins"] == {"cases": 100, "twins": 76, "left_out": 76}
    said = next(item for item in evidence["audit"] if item["key"] == "champions")["sentence"]
    assert "76 of 100 validation images have a near-duplicate in train" in said


def test_a_configuration_is_scored_on_the_cases_that_choose_by_engine_and_report_alike(study):
    store, evidence = study[0]
    chosen = next(one for one in runs(store)["either"].tuning if one.chosen)
    (method,) = (m for m in evidence["methods"] if m["name"] == "either")
    assert method["scores"][0]["validation"] == pytest.approx(chosen.score)


def test_copies_within_test_have_the_error_of_a_patient(study):
    (store, without), (_, grouped) = study
    a, b = without["comparison"], grouped["comparison"]
    assert a["n_smallest"] == b["n_smallest"] == 25
    assert (a["n_groups"], b["n_groups"]) == (None, 50)
    assert a["pair"]["se"] == pytest.approx(b["pair"]["se"])
    for end in ("low", "high"):
        assert a["pair"]["difference"][end] == pytest.approx(b["pair"]["difference"][end])
    tests = [
        runs(store)[name].predictions.part("test") for name in (a["pair"]["a"], a["pair"]["b"])
    ]
    scores = np.stack([test.probabilities for test in tests])
    one_by_one = components(tests[0].labels, scores, 1, None)
    _, variance = one_by_one.contrast(np.array([1.0, -1.0]))
    assert a["pair"]["se_cases"] > 1.5 * np.sqrt(variance)
    said = {item["key"]: item["sentence"] for item in without["audit"]}
    assert (
        "150 test images are near-duplicates of each other and count as 50."
        in (said["near-duplicates"])
    )
    assert "The images suggest 50 patients among 150 test images" in said["patients"]
