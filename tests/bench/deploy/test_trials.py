"""What a bundle holds answers as a trial does that is fitted to the same images, bit for bit."""

import json

import numpy as np
import pytest

from bench.data.dataset import Dataset, Provenance, Split
from bench.data.memory_maps import write_memory_maps
from bench.deploy.description import describe
from bench.deploy.fitting import FitJob, fit
from bench.deploy.storage.parts import put_together
from bench.methods import discovery
from bench.methods.parameters import configure
from tests.bench.deploy import small_data

pytestmark = pytest.mark.slow

METHODS = (
    *("svm", "xgboost", "random-forest", "soft-vote", "patch-svm", "raw-pixel-svm"),
    *("compact-resnet", "row-gru", "linear-probe", "fusion-svm", "cnn-xgboost"),
    "deep-ensemble",
)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A data set and the folder of its memory maps."""
    parts = []
    for i, n in enumerate((16, 8, 8)):
        pictures = small_data.images(n, seed=i)
        images = np.concatenate([pictures[name] for name in small_data.CLASSES])[..., None]
        ids = np.array([f"{i}-{j}" for j in range(2 * n)])
        parts.append(Split(images, np.repeat([0, 1], n), ids))
    found = Dataset("lumps", small_data.CLASSES, *parts, Provenance("made here"))
    folder = tmp_path_factory.mktemp("maps") / "whole"
    write_memory_maps(found, folder)
    return found, folder


@pytest.mark.parametrize(
    ("name", "both"),
    [*((name, False) for name in METHODS), ("svm", True), ("compact-resnet", True)],
)
def test_a_bundle_answers_as_its_trial_bit_for_bit(data, name, both, tmp_path):
    found, folder = data
    method = discovery.method(name, {})
    job = FitJob(method, (), {}, folder, 0, "cpu", "quick", tmp_path / "cache", both)
    fitted = fit(job)
    tree = json.loads(json.dumps(fitted.tree, allow_nan=False))
    back = put_together(tree, fitted.files, name)

    trial = method.load()()
    configure(trial, 0, "cpu", "quick", str(tmp_path / "other"))
    train, val, test = found.train, found.val, found.test
    if both:
        images = np.concatenate([train.images, val.images])
        trial.fit(images, np.concatenate([train.labels, val.labels]))
    else:
        trial.fit(train.images, train.labels)
        np.testing.assert_array_equal(fitted.val, trial.predict_proba(val.images))
    expected = trial.predict_proba(test.images)
    np.testing.assert_array_equal(back.predict_proba(test.images), expected)
    np.testing.assert_array_equal(describe(back, test.images).raw, expected)
    np.testing.assert_array_equal(fitted.test, expected)
    assert not [v for k, v in back.get_params().items() if k.endswith("cache_folder") and v]
