import http.server
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
from deep.networks.network import UnsuitableWeightsError
from deep.networks.planning import plan_network
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
    assert embedding.fit_info_["input_size"] == 128
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
