"""The weights of a package: what they recognise, and when they are refused."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import skimage.data
import timm
import torch
from huggingface_hub import constants
from timm.data import ImageNetInfo

from deep import methods
from deep.classifier import TimmClassifier
from deep.embedding import TimmEmbedding
from deep.networks.network import NetworkPlan, build_network, colour_statistics
from deep.networks.packaged_weights import (
    LITE0,
    PACKAGED,
    DamagedWeightsError,
    is_installed,
    package_of,
    packaged_file,
    packaged_state,
)
from deep.networks.weights import WeightsUnavailableError, find_weights, obtain_weights
from deep.training.batches import resized_chunks

SIDE = 224


@pytest.fixture(autouse=True)
def offline(tmp_path, monkeypatch):
    """An empty hub cache and no network."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)


@pytest.fixture
def another(tmp_path, monkeypatch):
    """A package of the same name, found before the installed one, whose file was changed."""
    path = tmp_path / LITE0.module / LITE0.path
    path.parent.mkdir(parents=True)
    (tmp_path / LITE0.module / "__init__.py").touch()
    shutil.copy(packaged_file(LITE0.architecture), path)
    with path.open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"\xff")
    monkeypatch.syspath_prepend(str(tmp_path))
    return path


@pytest.fixture
def absent(monkeypatch):
    """No such package."""
    monkeypatch.setitem(__import__("sys").modules, LITE0.module, None)


def squares(photograph):
    """The middle of a photograph as `(1, 224, 224, 3)` uint8."""
    image = np.atleast_3d(photograph)
    side = min(image.shape[:2])
    top, left = ((length - side) // 2 for length in image.shape[:2])
    image = image[top : top + side, left : left + side].repeat(3 // image.shape[2], axis=2)
    (pixels,) = resized_chunks(image[None], SIDE, "cpu")
    return pixels


@pytest.mark.parametrize(
    ("photograph", "names"),
    [
        ("chelsea", ("tabby, tabby cat", "tiger cat", "Egyptian cat")),
        ("coffee", ("espresso", "cup", "coffee mug")),
        ("camera", ("tripod",)),
    ],
)
def test_photographs_get_their_names(photograph, names):
    model = timm.create_model(LITE0.architecture)
    model.load_state_dict(packaged_state(LITE0, str(packaged_file(LITE0.architecture))))
    mean, deviation = colour_statistics(LITE0.architecture)
    pixels = squares(getattr(skimage.data, photograph)())
    with torch.no_grad():
        best = model.eval()((pixels - mean) / deviation).argmax().item()
    assert ImageNetInfo().index_to_description(best) in names


def test_every_tensor_of_timms_model_is_in_the_file_and_no_other():
    state = packaged_state(LITE0, str(packaged_file(LITE0.architecture)))
    expected = timm.create_model(LITE0.architecture).state_dict()
    assert len(state) == 296
    assert {n: v.shape for n, v in state.items()} == {n: v.shape for n, v in expected.items()}


def test_the_weights_were_trained_with_a_mean_and_deviation_of_half():
    for values in colour_statistics(LITE0.architecture):
        torch.testing.assert_close(values, torch.full((1, 3, 1, 1), 127.5))


def test_the_package_is_found_without_a_network():
    weights = find_weights(LITE0.architecture)
    assert (weights.name, weights.source) == (LITE0.name, "package")
    assert weights.architecture == LITE0.architecture
    assert obtain_weights(LITE0.architecture, weights.file) == weights
    assert package_of(weights.file) == LITE0


def test_a_copy_elsewhere_belongs_to_no_package(tmp_path):
    copy = tmp_path / Path(LITE0.path).name
    copy.touch()
    assert package_of(str(copy)) is None


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_a_network_of_any_channels_starts_from_them(channels):
    file = str(packaged_file(LITE0.architecture))
    network = build_network(NetworkPlan(LITE0.architecture, channels, 3, 64, "original", file))
    state = packaged_state(LITE0, file)
    for name in ("blocks.5.3.conv_pwl.weight", "bn2.running_var"):
        torch.testing.assert_close(network.model.state_dict()[name], state[name])


def test_a_changed_file_is_refused_in_one_sentence(another):
    with pytest.raises(DamagedWeightsError, match=r"SHA-256 is \w+….*install it anew") as refusal:
        find_weights(LITE0.architecture)
    assert str(another) in str(refusal.value)
    assert "\n" not in str(refusal.value)
    with pytest.raises(DamagedWeightsError):
        TimmEmbedding(LITE0.architecture).resolve_weights()
    with pytest.raises(DamagedWeightsError):
        packaged_state(LITE0, str(another))


def test_a_linear_probe_on_a_changed_file_says_so_beforehand(another):
    assert f"{another} is not the file of weights" in methods.linear_probe.obstacle()


def test_without_the_package_there_is_a_start_from_scratch(absent):
    assert not is_installed(LITE0.architecture)
    assert find_weights(LITE0.architecture) is None
    assert TimmClassifier(LITE0.architecture).resolve_weights() is None
    assert TimmEmbedding(LITE0.architecture).resolve_weights() is None
    with pytest.raises(WeightsUnavailableError, match="no pretrained weights"):
        obtain_weights(LITE0.architecture, True)


def test_weights_of_a_package_are_no_other_architectures():
    file = str(packaged_file(LITE0.architecture))
    with pytest.raises(ValueError, match="holds weights of tf_efficientnet_lite0, not resnet18"):
        obtain_weights("resnet18", file)


def test_every_packaged_architecture_exists():
    for architecture, packaged in PACKAGED.items():
        assert architecture == packaged.architecture
        assert timm.is_model(architecture)
