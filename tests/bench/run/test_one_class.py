"""`--one-class`: who is run, on which images, and what is said of it."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bench.cli.main import run_command
from bench.protocol.record import Trial
from bench.results.store import Store

pytestmark = pytest.mark.processes

BRIGHTNESS = '''
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin


class Far(ClassifierMixin, BaseEstimator):
    def fit(self, X, y):
        self.mean_, self.classes_ = X.mean(), np.array([0, 1])
        self.fit_info_ = {"labels": np.unique(y).tolist()}
        return self

    def predict_proba(self, X):
        far = np.abs(X.mean(axis=(1, 2, 3)) - self.mean_) / 255
        return np.stack([1 - far, far], axis=1)


def far():
    """Distance in brightness from one class."""
    return Far()


far.one_class = "only"


def far_as_deep():
    """The same as if a network had seen it."""
    return Far()


far_as_deep.one_class = "only"
far_as_deep.family = "deep"
'''


@pytest.fixture
def images(tmp_path, monkeypatch):
    """Three classes of noise of different brightness, the middle one "healthy"."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    monkeypatch.setenv("BENCH_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    rng = np.random.default_rng(0)
    for label, low in (("dark", 40), ("Healthy", 70), ("light", 100)):
        Path("images", label).mkdir(parents=True)
        for i in range(60):
            pixels = low + rng.integers(0, 60) + rng.integers(0, 60, (16, 16))
            Image.fromarray(pixels.astype(np.uint8)).save(f"images/{label}/{i}.png")
    Path("own.py").write_text(BRIGHTNESS)


RUN = ["run", "--data", "images", "--size", "16"]
OWN = ["--plugin", "own.py:far", "--plugin", "own.py:far_as_deep"]


def test_methods_see_one_class_and_all_others_are_to_be_found(images, capsys):
    arguments = [*RUN, *OWN, "--method", "class-prior", "--one-class", "healthy"]
    assert run_command(arguments) == 0
    store = Store(Path("results"))
    card = store.card("images")
    assert card.class_names == ("Healthy", "not Healthy")
    assert (card.positive, card.one_class) == (1, "Healthy")
    run = store.run(Trial("images", "far"))
    assert run.n_train == card.parts["train"].per_class[0] < card.parts["train"].cases
    assert run.fit_info == {"labels": [0]}
    test = run.predictions.part("test")
    assert np.bincount(test.labels).tolist() == list(card.parts["test"].per_class)
    prior = store.run(Trial("images", "class-prior")).predictions
    assert set(prior.probabilities[:, 1]) == {0.0}
    said = capsys.readouterr().out
    assert "all of “Healthy”" in said
    page = Path("results/report/index.html").read_text(encoding="utf-8")
    assert "Methods saw one class only: they were trained on images of “Healthy” alone" in page


def test_of_all_methods_those_that_learn_so_are_run_and_in_other_runs_they_are_not(images, capsys):
    assert run_command([*RUN, "--all", "--one-class", "healthy", "--dry-run"]) == 0
    planned = capsys.readouterr().out
    for name in ("isolation-forest", "one-class-svm", "pca-residual", "brightness-distance"):
        assert name in planned
    for name in ("random-forest", "mean-brightness", "compact-resnet"):
        assert name not in planned
    assert run_command([*RUN, "--all", "--dry-run"]) == 0
    planned = capsys.readouterr().out
    assert "mean-brightness" in planned
    assert "class-prior" in planned
    for name in ("isolation-forest", "embedding-distance", "brightness-distance"):
        assert name not in planned


def test_no_bundle_is_trained_of_a_method_of_one_class(images, capsys):
    train = ["train", "--data", "images", "--size", "16", "--out", "model.bench"]
    assert run_command([*train, "--method", "pca-residual"]) == 2
    assert "Method 'pca-residual' is trained on one class alone" in capsys.readouterr().err
    assert not Path("model.bench").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["--method", "svm", "--one-class", "healthy"],
            "Method 'svm' learns to tell classes from each other and cannot be trained on 'healthy'"
            " alone; leave it out, or --one-class.",
        ),
        (
            ["--method", "svm", "--method", "pca-residual"],
            "Method 'pca-residual' is trained on one class alone; say which with --one-class.",
        ),
        (OWN, "Method 'far' is trained on one class alone; say which with --one-class."),
        (
            ["--method", "pca-residual", "--one-class", "helthy"],
            "--one-class 'helthy': data set 'images' has no such class. Did you mean 'Healthy'?",
        ),
        (
            ["--method", "pca-residual", "--one-class", "healthy", "--positive", "dark"],
            "one_class and positive exclude each other",
        ),
        (["--method", "pca-residual", "--one-class", ""], "--one-class: name the class that"),
    ],
    ids=[
        "a method of several classes",
        "of one class",
        "a file",
        "a typing error",
        "positive",
        "nothing",
    ],
)
def test_what_does_not_fit_is_said_in_one_sentence(images, capsys, arguments, said):
    assert run_command([*RUN, *arguments]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error
    assert not list(Path().glob("results/runs/*"))
