import json
import pickle

import numpy as np
import pytest
import timm
import torch
from sklearn.base import clone
from sklearn.metrics import roc_auc_score

from deep.classifier import TimmClassifier
from deep.networks.network import build_network
from deep.networks.planning import plan_network
from deep.networks.weights import Weights
from deep.training import fitting
from deep.training.acceleration import cpu_multiplies_bfloat16
from deep.training.loop import train
from deep.training.settings import TrainingSettings

pytestmark = pytest.mark.slow


def textures(n, c=1, classes=2, side=32, seed=0):
    """Noise that is smoother the higher the class, at equal mean."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % classes
    x = rng.normal(0, 50, (n, side, side, c))
    for label in range(classes):
        for _ in range(label):
            x[y == label] = (x[y == label] + np.roll(x[y == label], 1, axis=2)) / 2
    return np.clip(x + 128, 0, 255).astype(np.uint8), y.astype(np.int64)


def compact(**changes):
    defaults = {"pretrained": False, "budget": "quick", "device": "cpu", "random_state": 0}
    return TimmClassifier(**({"architecture": "test_resnet"} | defaults | changes))


@pytest.fixture(scope="module")
def fitted():
    return compact().fit(*textures(60))


def test_it_learns_two_textures_from_sixty_images(fitted):
    X, y = textures(100, seed=1)
    assert roc_auc_score(y, fitted.predict_proba(X)[:, 1]) > 0.9


def test_it_is_a_classifier_of_images(fitted):
    X, _ = textures(10, seed=1)
    p = fitted.predict_proba(X)
    assert p.shape == (10, 2)
    assert p.dtype == np.float64
    np.testing.assert_allclose(p.sum(axis=1), 1, atol=1e-12)
    np.testing.assert_array_equal(fitted.predict(X), p.argmax(axis=1))
    np.testing.assert_array_equal(fitted.classes_, [0, 1])


def test_what_fit_decided_is_on_record(fitted):
    info = json.loads(json.dumps(fitted.fit_info_))
    assert info["input_size"] == 64
    assert info["weights"] is None
    assert info["stem"] == "original"
    assert info["steps"] == info["epochs"] * 2 >= 40
    assert info["parameters"] == sum(p.numel() for p in fitted.network_.parameters())
    assert len(info["training_loss"]) == info["epochs"]
    assert info["training_loss"][-1] < info["training_loss"][0]
    assert info["scheme"] == "from scratch"
    assert info["precision"] == ("bfloat16" if cpu_multiplies_bfloat16() else "float32")
    assert info["fit_peak_device_memory"] is None
    assert info["images_per_second"] > 0
    assert info["out_of_memory"] is None


def test_neither_row_order_nor_batch_size_matter_at_predict(fitted):
    X, _ = textures(300, seed=2)
    p = fitted.predict_proba(X)
    order = np.random.default_rng(0).permutation(300)
    np.testing.assert_allclose(fitted.predict_proba(X[order]), p[order], atol=1e-5)
    one_by_one = np.concatenate([fitted.predict_proba(X[i : i + 1]) for i in range(20)])
    np.testing.assert_allclose(one_by_one, p[:20], atol=1e-5)


def test_a_network_restored_from_its_state_predicts_the_same(fitted):
    X, _ = textures(10, seed=3)
    expected = fitted.predict_proba(X)
    restored = clone(fitted)
    restored.__dict__.update({k: v for k, v in vars(fitted).items() if k.endswith("_")})
    restored.network_ = build_network(fitted.plan_)
    restored.network_.load_state_dict(fitted.network_.state_dict())
    restored.network_.eval()
    np.testing.assert_array_equal(restored.predict_proba(X), expected)


def test_the_same_seed_gives_the_same_and_another_seed_another_result():
    X, y = textures(20)
    first, again, other = (
        compact(epochs=2, random_state=seed).fit(X, y).predict_proba(X) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_fit_leaves_no_trace_in_global_state():
    torch.manual_seed(3)
    np.random.seed(3)  # noqa: NPY002 - the global generator is what is tested
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    expected = torch.random.get_rng_state()
    threads, dtype = torch.get_num_threads(), torch.get_default_dtype()
    deterministic = torch.are_deterministic_algorithms_enabled()
    X, y = textures(20)
    compact(epochs=1).fit(X, y).predict_proba(X)
    assert torch.equal(torch.random.get_rng_state(), expected)
    np.testing.assert_array_equal(np.random.get_state()[1], state)  # noqa: NPY002
    assert (torch.get_num_threads(), torch.get_default_dtype()) == (threads, dtype)
    assert torch.are_deterministic_algorithms_enabled() == deterministic
    assert torch.is_grad_enabled()


@pytest.mark.parametrize("c", [1, 2, 3, 4])
def test_gray_and_colour_images_with_and_without_masks_are_taken(c):
    X, y = textures(8, c=c)
    X.flags.writeable = False
    model = compact(epochs=1).fit(X, y)
    assert model.predict_proba(X[:1]).shape == (1, 2)
    with pytest.raises(ValueError, match=f"trained for {c} channels"):
        model.predict_proba(np.zeros((1, 32, 32, 5 - c if c != 2 else 1), np.uint8))


def test_a_class_of_three_among_seven_is_learned_with_the_rest():
    X, y = textures(70, classes=7)
    keep = (y != 6) | (np.cumsum(y == 6) <= 3)
    model = compact(epochs=2).fit(X[keep], y[keep])
    p = model.predict_proba(X)
    assert p.shape == (70, 7)
    assert np.isfinite(p).all()


def test_labels_need_not_start_at_zero():
    X, y = textures(8)
    model = compact(epochs=1).fit(X, y * 4 + 3)
    assert set(model.predict(X)) <= {3, 7}


@pytest.mark.parametrize("n", [2, 3, 33])
def test_any_number_of_images_can_be_trained_on(n):
    X, y = textures(n)
    assert compact(epochs=1).fit(X, y).predict_proba(X).shape == (n, 2)


@pytest.mark.parametrize("balance_by", ["loss", "sampling"])
def test_probabilities_are_at_the_frequencies_of_the_training_images(balance_by):
    """Noise of one kind in both classes: nothing to learn but how frequent each class is."""
    X, _ = textures(120)
    X[1::2] = X[::2]
    y = (np.arange(120) % 6 == 0).astype(np.int64)
    model = compact(class_balance=1.0, balance_by=balance_by, epochs=2)
    p = model.fit(X, y).predict_proba(X)[:, 1]
    assert 0.05 < p.mean() < 0.35


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"augment": "wild"}, "none, flips, standard, photometric, strong"),
        ({"optimiser": "lion"}, "adamw, sgd"),
        ({"schedule": "none"}, "cosine, steps"),
        ({"balance_by": "hope"}, "loss, sampling"),
        ({"average_decay": 1.0}, "average_decay must be"),
        ({"precision": "float8"}, "float32, bfloat16, float16"),
        ({"precision": "float16"}, "needs a GPU"),
        ({"acceleration": "graphs"}, "needs a GPU"),
        ({"acceleration": "magic"}, "none, compile, graphs"),
        ({"batch_size": 1}, "at least 2"),
        ({"epochs": 0}, "at least 1"),
        ({"budget": "endless"}, "quick, standard, full"),
        ({"pretrained": "yes"}, "True, False or 'auto'"),
    ],
)
def test_a_wrong_parameter_is_refused_before_training(changes, said):
    with pytest.raises(ValueError, match=said):
        compact(**changes).fit(*textures(4))


def test_one_class_or_too_few_labels_are_refused():
    X, y = textures(4)
    with pytest.raises(ValueError, match="two classes or more"):
        compact().fit(X, y * 0)
    with pytest.raises(ValueError, match="as many labels"):
        compact().fit(X, y[:3])


def test_images_that_are_read_for_every_batch_give_the_same_result_bit_for_bit(tmp_path):
    X, y = textures(40, c=2)
    np.save(tmp_path / "images.npy", X)
    mapped = np.load(tmp_path / "images.npy", mmap_mode="r")
    resident = compact(epochs=2).fit(X, y)
    read = compact(epochs=2, resident_limit=5000).fit(mapped, y)
    assert resident.fit_info_["images_on_device"]
    assert not read.fit_info_["images_on_device"]
    assert read.fit_info_["training_loss"] == resident.fit_info_["training_loss"]
    np.testing.assert_array_equal(read.predict_proba(X), resident.predict_proba(X))


def test_how_long_and_how_fast_a_network_learns_follows_from_its_size_and_start():
    def recipe(architecture, weights=None, **changes):
        network = plan_network(architecture, 1, 2, 28)[1]
        parameters = TimmClassifier(architecture, pretrained=False, **changes).get_params()
        settings = TrainingSettings(**parameters)
        found = fitting.recipe_for(settings, 546, weights, 32, network)
        return found.epochs, found.learning_rate

    assert recipe("compact_resnet") == (30, 3e-3)
    assert recipe("compact_resnet", epoch_share=0.7, learning_rate=6e-3) == (21, 6e-3)
    assert recipe("resnet18") == (90, 3e-3)
    assert recipe("resnet18", Weights("resnet18", "file", "file", "resnet18")) == (30, 5e-4)
    assert recipe("row_gru") == (30, 1e-3)


@pytest.mark.parametrize(
    "error",
    [
        torch.cuda.OutOfMemoryError("there is no more"),
        RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"),
        RuntimeError("CUDA error: out of memory"),
    ],
    ids=["torch", "cuDNN", "driver"],
)
def test_a_batch_for_which_there_is_no_memory_is_halved_and_the_record_says_so(monkeypatch, error):
    tried = []

    def train_with_little_memory(network, store, labels, recipe, generator, progress):
        tried.append(recipe.batch_size)
        curve = train(network, store, labels, recipe, generator, progress)
        if recipe.batch_size > 8:
            raise error
        return curve

    X, y = textures(24)
    expected = compact(epochs=2, batch_size=8).fit(X, y)
    monkeypatch.setattr(fitting, "train", train_with_little_memory)
    halved = compact(epochs=2, batch_size=32).fit(X, y)
    assert tried == [32, 16, 8]
    assert halved.fit_info_["batch_size"] == 8
    assert halved.fit_info_["out_of_memory"] == "batches of 32 did not fit"
    np.testing.assert_array_equal(halved.predict_proba(X), expected.predict_proba(X))


def test_no_memory_for_two_images_is_an_error(monkeypatch):
    def fail(*_):
        raise torch.cuda.OutOfMemoryError("there is no more")

    monkeypatch.setattr(fitting, "train", fail)
    with pytest.raises(torch.cuda.OutOfMemoryError):
        compact(epochs=1, batch_size=4).fit(*textures(8))


def test_another_error_of_a_gpu_does_not_halve_the_batch(monkeypatch):
    def fail(network, store, labels, recipe, generator, progress):
        tried.append(recipe.batch_size)
        raise RuntimeError("CUDA error: an illegal memory access was encountered")

    tried = []
    monkeypatch.setattr(fitting, "train", fail)
    with pytest.raises(RuntimeError, match="illegal"):
        compact(epochs=1, batch_size=8).fit(*textures(8))
    assert tried == [8]


def test_predictions_are_not_made_in_tf32_and_the_setting_is_given_back(fitted, monkeypatch):
    seen = []
    probabilities = type(fitted.network_).probabilities

    def looking(network, images):
        seen.append(torch.backends.cudnn.allow_tf32)
        return probabilities(network, images)

    monkeypatch.setattr(type(fitted.network_), "probabilities", looking)
    before = torch.backends.cudnn.allow_tf32
    fitted.predict_proba(textures(4)[0])
    assert before
    assert not any(seen)
    assert torch.backends.cudnn.allow_tf32


def test_progress_is_reported_to_a_file(tmp_path):
    file = tmp_path / "progress.json"
    model = compact(epochs=2, progress_file=str(file)).fit(*textures(8))
    report = json.loads(file.read_text())
    assert (report["epoch"], report["epochs"]) == (2, 2)
    assert report["loss"] == pytest.approx(model.fit_info_["training_loss"][-1], abs=1e-5)
    assert report["images_per_second"] > 0


def test_with_test_time_augmentation_a_mirror_image_is_the_same_image():
    X, y = textures(20)
    model = compact(epochs=1, test_time_augmentation=True).fit(X, y)
    p = model.predict_proba(X)
    np.testing.assert_allclose(model.predict_proba(X[:, :, ::-1]), p, atol=1e-6)
    np.testing.assert_allclose(model.predict_proba(X[:, ::-1]), p, atol=1e-6)
    model.test_time_augmentation = False
    assert np.abs(model.predict_proba(X[:, :, ::-1]) - model.predict_proba(X)).max() > 1e-4


def test_dropout_is_active_in_training_and_not_in_prediction(monkeypatch):
    seen = []
    drop = torch.nn.functional.dropout

    def watched(values, p, training):
        seen.append(training)
        return drop(values, p, training)

    plan = fitting.plan_network

    def with_dropout(*args, **options):
        made, network = plan(*args, **options)
        network.model.drop_rate = 0.5
        return made, network

    monkeypatch.setattr(torch.nn.functional, "dropout", watched)
    monkeypatch.setattr(fitting, "plan_network", with_dropout)
    X, y = textures(8)
    model = compact(architecture="test_efficientnet", epochs=1).fit(X, y)
    assert seen
    assert all(seen)
    seen.clear()
    np.testing.assert_array_equal(model.predict_proba(X), model.predict_proba(X))
    assert not any(seen)


@pytest.mark.parametrize("architecture", ["test_vit", "row_gru"])
def test_other_families_learn_two_textures_too(architecture):
    side = {"test_vit": 32, "row_gru": 28}[architecture]
    X, y = textures(100, side=side)
    X[..., 0] = np.where(y[:, None, None] == 1, X[..., 0] // 2, X[..., 0])  # darker as well
    model = compact(architecture=architecture).fit(X, y)
    assert roc_auc_score(y, model.predict_proba(X)[:, 1]) > 0.9
    assert model.fit_info_["learning_rate"] == 1e-3  # neither has batch normalisation


@pytest.mark.parametrize("architecture", ["test_resnet", "row_gru"])
def test_a_pickled_classifier_predicts_the_same_and_holds_each_weight_once(architecture):
    images, labels = textures(20)
    model = compact(architecture=architecture, epochs=1).fit(images, labels)
    drawn = torch.get_rng_state()
    content = pickle.dumps(model)
    again = pickle.loads(content)
    assert torch.equal(torch.get_rng_state(), drawn)
    assert np.array_equal(again.predict_proba(images), model.predict_proba(images))
    assert not again.network_.training
    assert not any(parameter.requires_grad for parameter in again.network_.parameters())
    weights = sum(value.nbytes for value in model.network_.state_dict().values())
    assert weights < len(content) < 1.3 * weights + 20_000


def test_a_pickled_linear_probe_needs_no_file_of_weights(tmp_path):
    images, labels = textures(20)
    path = tmp_path / "weights.pth"
    torch.save(timm.create_model("test_resnet").state_dict(), path)
    model = compact(pretrained=str(path), linear_probe=True, epochs=1).fit(images, labels)
    content = pickle.dumps(model)
    path.unlink()
    again = pickle.loads(content)
    assert again.network_.frozen
    assert np.array_equal(again.predict_proba(images), model.predict_proba(images))
