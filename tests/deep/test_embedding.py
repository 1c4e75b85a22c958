import http.server
import json
import socket
import threading
import time

import numpy as np
import pytest
import timm
import torch
from huggingface_hub import constants
from safetensors.torch import save_file

from deep.classifier import TimmClassifier
from deep.embedding import TimmEmbedding
from deep.frozen_networks import affordable_side, freeze
from deep.networks.fusing import fused
from deep.networks.planning import plan_network
from deep.networks.weight_files import UnsuitableWeightsError, state_in
from deep.networks.weights import WeightsUnavailableError, find_weights, hub_answers, obtain_weights

pytestmark = pytest.mark.slow


def images(n=12, c=1, side=32, seed=0):
    X = np.random.default_rng(seed).integers(0, 256, (n, side, side, c), dtype=np.uint8)
    return X, np.arange(n) % 2


def fallback():
    return TimmClassifier(
        "test_resnet", pretrained=False, epochs=1, device="cpu", budget="quick", random_state=0
    )


@pytest.fixture
def offline(tmp_path, monkeypatch):
    """An empty hub cache and no network."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    return tmp_path


@pytest.fixture
def cached(offline):
    """A hub cache that holds weights of test_resnet."""
    snapshot = offline / "models--timm--test_resnet.r160_in1k" / "snapshots" / "0123abcd"
    snapshot.mkdir(parents=True)
    refs = snapshot.parent.parent / "refs"
    refs.mkdir()
    (refs / "main").write_text("0123abcd")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        state = timm.create_model("test_resnet").state_dict()
    save_file(state, snapshot / "model.safetensors")
    return state


def test_weights_in_the_cache_are_found_without_a_network(cached):
    weights = find_weights("test_resnet")
    assert weights.name == "test_resnet.r160_in1k"
    assert weights.file.endswith("model.safetensors")
    assert weights.source == "hub cache"


def test_a_file_of_the_cache_goes_by_the_name_of_its_weights(cached):
    found = find_weights("test_resnet")
    assert obtain_weights("test_resnet", found.file) == found


def test_without_cache_and_network_there_are_no_weights(offline):
    assert find_weights("resnet18") is None


def test_cached_weights_are_used_as_they_are(cached):
    X, _ = images()
    embedding = TimmEmbedding("test_resnet", device="cpu").fit(X)
    state = embedding.frozen_.parts[0][1].model.state_dict()
    torch.testing.assert_close(
        state["layer2.0.conv1.weight"], cached["layer2.0.conv1.weight"], rtol=0, atol=0
    )
    assert embedding.fit_info_["weights"] == "test_resnet.r160_in1k"
    assert embedding.fit_info_["input_size"] == 64  # the least
    assert embedding.transform(X).shape == (12, 96)


def test_a_classifier_starts_from_cached_weights_and_says_so(cached):
    X, y = images()
    model = TimmClassifier("test_resnet", epochs=1, device="cpu", random_state=0).fit(X, y)
    assert model.fit_info_["weights"] == "test_resnet.r160_in1k"
    assert model.fit_info_["weights_source"] == "hub cache"
    assert model.fit_info_["scheme"] == "fine-tuning"
    assert model.fit_info_["learning_rate"] == 5e-4
    assert model.predict_proba(X).shape == (12, 2)


@pytest.mark.parametrize(("c", "width"), [(1, 96), (2, 192), (3, 96), (4, 192)])
def test_a_pretrained_network_sees_the_mask_as_an_image_of_its_own(cached, c, width):
    X, _ = images(c=c)
    embedding = TimmEmbedding("test_resnet", device="cpu", input_size=64).fit(X)
    features = embedding.transform(X)
    assert features.shape == (12, width)
    if width > 96:
        other = X.copy()
        other[..., -1] = 0
        changed = embedding.transform(other)
        np.testing.assert_allclose(changed[:, :96], features[:, :96], atol=1e-5)
        assert not np.allclose(changed[:, 96:], features[:, 96:])


def test_without_weights_the_fallback_is_trained_and_frozen(offline):
    X, y = images()
    embedding = TimmEmbedding("resnet18", fallback=fallback(), device="cpu").fit(X, y)
    assert embedding.fit_info_["trained_on"] == "training images"
    assert embedding.fit_info_["architecture"] == "test_resnet"
    features = embedding.transform(X)
    assert features.shape == (12, 96)
    np.testing.assert_array_equal(embedding.transform(X[::-1]), features[::-1])
    np.testing.assert_array_equal(embedding.transform(X[4:5]), features[4:5])
    assert not hasattr(embedding.fallback, "network_")


def test_without_weights_and_fallback_there_is_an_error(offline):
    with pytest.raises(ValueError, match="no fallback"):
        TimmEmbedding("resnet18", device="cpu").fit(*images())


def test_weights_that_are_insisted_on_and_missing_are_an_error(offline):
    with pytest.raises(ValueError, match="no pretrained weights of test_resnet"):
        TimmClassifier("test_resnet", pretrained=True).fit(*images())


def test_a_hub_that_never_answers_is_given_up_after_the_time_allowed(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        start = time.monotonic()
        assert not hub_answers(f"http://127.0.0.1:{silent.getsockname()[1]}", seconds=0.3)
        assert time.monotonic() - start < 3


def test_a_hub_that_answers_is_noticed(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_HEAD(self):
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        assert hub_answers(f"http://127.0.0.1:{server.server_port}", seconds=5)
        server.shutdown()


@pytest.fixture
def file(tmp_path):
    """A file with the state of a test_resnet of one's own, for three channels and 1000 classes."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        state = timm.create_model("test_resnet").state_dict()
    save_file(state, tmp_path / "mine.safetensors")
    return tmp_path / "mine.safetensors", state


def test_weights_of_a_file_are_taken_and_the_record_names_the_file(file, offline):
    path, state = file
    X, y = images(c=3)
    model = TimmClassifier(
        "test_resnet", pretrained=str(path), epochs=1, learning_rate=1e-30, device="cpu"
    ).fit(X, y)
    torch.testing.assert_close(
        model.network_.model.state_dict()["layer2.0.conv1.weight"], state["layer2.0.conv1.weight"]
    )
    assert model.fit_info_["weights"] == "mine.safetensors"
    assert model.fit_info_["weights_source"] == "file"
    assert model.fit_info_["scheme"] == "fine-tuning"
    assert TimmEmbedding("test_resnet", pretrained=str(path)).fit(X).frozen_.parts


def test_weights_of_another_architecture_are_an_error_before_training(file, offline):
    with pytest.raises(UnsuitableWeightsError, match="no weights of test_vit: 100 %"):
        TimmClassifier("test_vit", pretrained=str(file[0]), device="cpu").fit(*images())


@pytest.mark.parametrize(
    "saved",
    [
        lambda state: state,
        lambda state: {"model_state_dict": state, "epoch": 1},
        lambda state: {"state_dict": {f"model.{k}": v for k, v in state.items()}, "epoch": 1},
        lambda state: {"state_dict": {f"module.{k}": v for k, v in state.items()}},
    ],
    ids=["plain", "of a tutorial", "Lightning", "of several processors"],
)
def test_a_state_is_found_in_the_forms_that_people_save(saved, file, tmp_path):
    state = file[1]
    torch.save(saved(state), tmp_path / "own.pth")
    found = state_in(str(tmp_path / "own.pth"))
    assert set(found) == set(state)
    torch.testing.assert_close(found["conv1.0.weight"], state["conv1.0.weight"])


def test_files_that_hold_no_weights_of_a_network_say_what_they_hold(file, tmp_path, offline):
    model = timm.create_model("test_resnet")
    torch.save(model, tmp_path / "whole.pth")
    torch.save({"epoch": 3}, tmp_path / "empty.pth")
    torch.save(timm.create_model("resnet18").state_dict(), tmp_path / "other.pth")
    for name in ("cut.pth", "cut.safetensors"):
        whole = file[0] if name.endswith("s") else tmp_path / "other.pth"
        (tmp_path / name).write_bytes(whole.read_bytes()[:20_000])
    for name, why in {
        "whole.pth": "holds more than tensors, such as a whole model",
        "empty.pth": "holds no state dictionary",
        "other.pth": "holds weights of another network than test_resnet: size mismatch for",
        "cut.pth": "is damaged or incomplete",
        "cut.safetensors": "is damaged or incomplete",
    }.items():
        with pytest.raises(UnsuitableWeightsError, match=f"^{name} .*{why}"):
            TimmEmbedding("test_resnet", pretrained=str(tmp_path / name)).fit(images()[0])


def test_a_file_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(WeightsUnavailableError, match=r"there is no .*nothing"):
        obtain_weights("resnet18", str(tmp_path / "nothing.pth"))


def test_auto_without_weights_says_that_it_starts_from_scratch(offline):
    model = TimmClassifier("test_resnet", epochs=1, device="cpu", random_state=0).fit(*images())
    assert model.fit_info_["weights"] is None
    assert model.fit_info_["scheme"] == "from scratch, as no pretrained weights could be had"


def test_a_linear_probe_changes_the_output_layer_and_nothing_else(file, offline):
    X, y = images(c=1)
    X[y == 1] //= 3
    settings = {"pretrained": str(file[0]), "linear_probe": True, "input_size": 64}
    model = TimmClassifier("test_resnet", epochs=30, device="cpu", random_state=0, **settings)
    model.fit(X, y)
    assert model.fit_info_["scheme"] == "linear probe"
    plan, fresh = plan_network("test_resnet", 1, 2, 32, input_size=64, weights=str(file[0]))
    assert plan == model.plan_
    before, after = fresh.model.state_dict(), model.network_.model.state_dict()
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed == {"fc.weight", "fc.bias"}  # nor did the statistics of batch normalisation
    assert model.fit_info_["training_loss"][-1] < model.fit_info_["training_loss"][0]


def test_fine_tuning_changes_every_layer(file, offline):
    X, y = images(c=1)
    model = TimmClassifier("test_resnet", pretrained=str(file[0]), epochs=4, device="cpu")
    model.set_params(input_size=64, random_state=0).fit(X, y)
    _, fresh = plan_network("test_resnet", 1, 2, 32, input_size=64, weights=str(file[0]))
    before, after = fresh.state_dict(), model.network_.state_dict()
    assert not [n for n, _ in fresh.named_parameters() if torch.equal(before[n], after[n])]


def test_a_linear_probe_without_weights_is_refused(offline):
    with pytest.raises(WeightsUnavailableError, match="linear probe needs pretrained weights"):
        TimmClassifier("test_resnet", linear_probe=True, device="cpu").fit(*images())


def test_a_vector_depends_on_its_image_alone(cached):
    X, _ = images(n=20)
    few, others = (TimmEmbedding("test_resnet", device="cpu").fit(part) for part in (X[:3], X[5:]))
    np.testing.assert_array_equal(few.transform(X), others.transform(X))


def test_features_are_shared_through_the_cache_folder_and_charged(cached, tmp_path):
    X, y = images(n=20)
    settings = {"device": "cpu", "cache_folder": str(tmp_path / "shared")}
    first = TimmEmbedding("test_resnet", **settings).fit(X, y)
    features = first.transform(X)
    assert first.cached_seconds_ == 0
    second = TimmEmbedding("test_resnet", **settings).fit(X[::2], y[::2])  # another fraction
    np.testing.assert_array_equal(second.transform(X[::2]), features[::2])
    assert second.cached_seconds_ > 0
    np.testing.assert_array_equal(
        TimmEmbedding("test_resnet", device="cpu").fit(X).transform(X), features
    )


def test_other_sizes_and_other_weights_are_not_shared(cached, file, tmp_path):
    X, _ = images()
    folder = str(tmp_path / "shared")
    for changes in ({}, {"input_size": 96}, {"pretrained": str(file[0])}):
        embedding = TimmEmbedding("test_resnet", device="cpu", cache_folder=folder, **changes)
        embedding.fit(X).transform(X)
        assert embedding.cached_seconds_ == 0


@pytest.mark.parametrize(
    ("side", "device", "seen"),
    [(28, "cpu", 64), (48, "cpu", 64), (64, "cpu", 128), (200, "cpu", 224), (28, "cuda", 224)],
)
def test_a_cpu_sees_small_images_at_64_px_others_twice_as_large_and_a_gpu_as_photographs(
    side, device, seen
):
    assert affordable_side(side, 224, device) == seen


def test_the_native_side_is_that_of_the_weights(cached):
    X, _ = images()
    embedding = TimmEmbedding("test_resnet", device="cpu", input_size="native").fit(X)
    assert embedding.fit_info_["input_size"] == 160


def test_patches_that_do_not_divide_a_side_get_one_that_they_do(tmp_path, offline):
    name = "vit_small_patch14_dinov2"  # made for 518 px
    with torch.random.fork_rng(devices=[]):
        save_file(timm.create_model(name).state_dict(), tmp_path / "dino.safetensors")
    X, _ = images(n=2, side=20)
    embedding = TimmEmbedding(name, pretrained=str(tmp_path / "dino.safetensors"), device="cpu")
    assert embedding.fit(X).transform(X).shape == (2, 384)
    assert embedding.fit_info_["input_size"] == 224
    embedding.set_params(input_size="native").fit(X)
    assert embedding.fit_info_["input_size"] == 224


@pytest.fixture
def tower(offline):
    """A model of the hub in its cache, of another input and standardisation than timm's own."""
    snapshot = offline / "models--clinic--tower" / "snapshots" / "0123abcd"
    snapshot.mkdir(parents=True)
    refs = snapshot.parent.parent / "refs"
    refs.mkdir()
    (refs / "main").write_text("0123abcd")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(2)
        state = timm.create_model("test_resnet", num_classes=5).state_dict()
    save_file(state, snapshot / "model.safetensors")
    said = {"input_size": [3, 96, 96], "mean": [0.1, 0.2, 0.3], "std": [0.5, 0.5, 0.5]}
    config = {"architecture": "test_resnet", "num_classes": 5, "pretrained_cfg": said}
    config["model_args"] = {"num_classes": 5, "drop_rate": 0.1}
    (snapshot / "config.json").write_text(json.dumps(config))
    return snapshot, state


def test_a_model_of_the_hub_is_built_from_its_cache_as_it_says_itself(tower):
    _, state = tower
    X, _ = images(c=3)
    embedding = TimmEmbedding("hf-hub:clinic/tower", input_size="native", device="cpu")
    found = embedding.resolve_weights()
    assert (found.name, found.source) == ("tower", "hub cache")
    embedding.set_params(pretrained=found.file).fit(X)  # as a study holds its trials to it
    (_, network), *_ = embedding.frozen_.parts
    torch.testing.assert_close(
        network.model.state_dict()["layer2.0.conv1.weight"], state["layer2.0.conv1.weight"]
    )
    assert embedding.fit_info_["input_size"] == 96
    torch.testing.assert_close(network.mean.flatten(), 255 * torch.tensor([0.1, 0.2, 0.3]))
    assert embedding.transform(X).shape == (12, 96)


@pytest.mark.parametrize("said", [{}, {"architecture": "DINOv9"}, []])
def test_a_model_of_the_hub_that_timm_cannot_build_is_refused(tower, said):
    (tower[0] / "config.json").write_text(json.dumps(said))
    with pytest.raises(ValueError, match="hf-hub:clinic/tower is no model that timm can build"):
        TimmEmbedding("hf-hub:clinic/tower", pretrained=True).resolve_weights()


def test_a_model_of_the_hub_that_cannot_be_had_is_said_so(offline):
    with pytest.raises(WeightsUnavailableError, match="no pretrained weights of hf-hub:nobody/"):
        TimmEmbedding("hf-hub:nobody/nothing", pretrained=True).resolve_weights()


def test_fusing_batch_normalisation_changes_no_feature():
    weights = find_weights("tf_efficientnet_lite0")
    frozen = freeze((32, 32, 1), weights, 64, "cpu")
    network = frozen.parts[0][1]
    quick = fused(network)
    assert not any(isinstance(m, torch.nn.BatchNorm2d) for m in quick.modules())
    pixels = torch.randint(0, 256, (4, 3, 64, 64), dtype=torch.uint8)
    torch.testing.assert_close(quick.embed(pixels), network.embed(pixels), rtol=1e-3, atol=1e-4)
    assert any(isinstance(m, torch.nn.BatchNorm2d) for m in network.modules())
