import numpy as np
import pytest

from bench.methods.parameters import cached_seconds, configure
from deep import methods
from deep.classifier import TimmClassifier
from deep.embedding import TimmEmbedding
from deep.training import fitting

RNG = np.random.default_rng(0)
X = RNG.integers(0, 256, (24, 32, 32, 1), dtype=np.uint8)
Y = np.arange(24) % 2


def classifier(folder, **changes):
    settings = {"pretrained": False, "epochs": 1, "device": "cpu", "random_state": 3} | changes
    return TimmClassifier("test_resnet", cache_folder=str(folder), **settings)


def refuse(*_, **__):
    raise AssertionError("trained again")


@pytest.mark.slow
def test_what_was_trained_is_found_and_predicts_the_same(tmp_path, monkeypatch):
    alone = TimmClassifier(
        "test_resnet", pretrained=False, epochs=1, device="cpu", random_state=3
    ).fit(X, Y)
    first = classifier(tmp_path).fit(X, Y)
    assert first.cached_seconds_ == 0
    monkeypatch.setattr(fitting, "train", refuse)
    found = classifier(tmp_path).fit(X, Y)
    assert found.cached_seconds_ > 0
    assert found.fit_info_ == first.fit_info_
    assert found.plan_ == alone.plan_
    np.testing.assert_array_equal(found.predict_proba(X), alone.predict_proba(X))
    np.testing.assert_array_equal(found.classes_, alone.classes_)


def test_what_has_no_influence_on_the_training_does_not_count(tmp_path, monkeypatch):
    classifier(tmp_path).fit(X, Y)
    monkeypatch.setattr(fitting, "train", refuse)
    classifier(tmp_path, test_time_augmentation=False, progress_file="p").fit(X, Y)


@pytest.mark.slow
@pytest.mark.parametrize(
    "change",
    [
        {"random_state": 4},
        {"epochs": 2},
        {"augment": "none"},
        {"precision": "float32", "batch_size": 8},
        {"random_state": None},
        {"random_state": np.random.RandomState(3)},
        {"pretrained": "auto"},
    ],
    ids=lambda change: ",".join(change),
)
def test_another_training_is_another_network(tmp_path, change):
    classifier(tmp_path).fit(X, Y)
    assert classifier(tmp_path, **change).fit(X, Y).cached_seconds_ == 0


def test_other_images_or_labels_are_another_training(tmp_path):
    classifier(tmp_path).fit(X, Y)
    changed = X.copy()
    changed[0, 0, 0] ^= 1
    assert classifier(tmp_path).fit(changed, Y).cached_seconds_ == 0
    assert classifier(tmp_path).fit(X, Y[::-1].copy()).cached_seconds_ == 0
    assert classifier(tmp_path).fit(X[::-1].copy(), Y).cached_seconds_ == 0


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path):
    (tmp_path / "networks").write_text("a file in its place")
    assert classifier(tmp_path).fit(X, Y).cached_seconds_ == 0
    assert classifier(tmp_path).fit(X, Y).cached_seconds_ == 0


def test_large_networks_are_not_stored(tmp_path):
    classifier(tmp_path).set_params(architecture="resnet18").fit(X[:4], Y[:4])
    assert not list(tmp_path.rglob("*"))


@pytest.mark.slow
def test_a_hybrid_takes_the_network_of_the_deep_method_and_is_charged_for_it(tmp_path, monkeypatch):
    def configured(build):
        return configure(build(), 5, "cpu", "quick", str(tmp_path), None)

    configured(methods.compact_resnet).fit(X, Y)
    alone = TimmEmbedding(
        "resnet18", fallback=configured(methods.compact_resnet).set_params(cache_folder=None)
    ).fit(X, Y)
    monkeypatch.setattr(fitting, "train", refuse)
    without_weights = configured(methods.cnn_svm).set_params(embedding__pretrained=False)
    hybrid = without_weights.fit(X, Y)
    assert cached_seconds(hybrid) > 0
    np.testing.assert_array_equal(hybrid.named_steps["embedding"].transform(X), alone.transform(X))
