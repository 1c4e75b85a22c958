"""Which weights the methods' parameters stand for, with a hub cache that the test makes."""

import hashlib
import sys

import pytest
from huggingface_hub import constants

from bench.methods.spec import MethodSpec
from bench.methods.weights import can_resolve, pin, resolve
from deep import methods
from deep.classifier import TimmClassifier
from deep.ensemble import DeepEnsemble
from deep.networks.packaged_weights import LITE0
from deep.networks.weights import WeightsUnavailableError

CONTENT = b"any bytes: they are named, not loaded"


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """An empty hub cache and no network."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    return tmp_path


@pytest.fixture
def cached(hub):
    """The path of weights of ResNet-18 in the hub cache."""
    snapshot = hub / "models--timm--resnet18.a1_in1k" / "snapshots" / "0123abcd"
    snapshot.mkdir(parents=True)
    (hub / "models--timm--resnet18.a1_in1k" / "refs").mkdir()
    (hub / "models--timm--resnet18.a1_in1k" / "refs" / "main").write_text("0123abcd")
    (snapshot / "model.safetensors").write_bytes(CONTENT)
    return str(snapshot / "model.safetensors")


def ensemble():
    return DeepEnsemble(TimmClassifier("resnet18"))


FROM_HUB = [
    (methods.resnet18, "pretrained"),
    (methods.timm("resnet18"), "pretrained"),
    (methods.embedding("resnet18"), "embedding__pretrained"),
    (ensemble, "estimator__pretrained"),
]
FROM_PACKAGE = [
    (methods.linear_probe, "embedding__pretrained"),
    (methods.cnn_svm, "embedding__pretrained"),
    (methods.cnn_xgboost, "embedding__pretrained"),
    (methods.fusion_svm, "features__embedding__pretrained"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("build", "parameter"), FROM_HUB)
def test_a_method_names_the_weights_of_the_cache_and_is_held_to_them(cached, build, parameter):
    spec, model = MethodSpec.of(build), build()
    (found,) = resolve(spec, model)
    assert (found.parameter, found.file) == (parameter, cached)
    assert found.used.name == "resnet18.a1_in1k"
    assert found.used.source == "hub cache"
    assert found.used.digest == hashlib.sha256(CONTENT).hexdigest()
    pin(model, (found,), spec)
    assert model.get_params(deep=True)[parameter] == cached
    (again,) = resolve(spec, model)
    assert again == found  # a file of the cache goes by the name that it has there


INSISTING = [methods.linear_probe, FROM_HUB[2][0]]


@pytest.mark.parametrize(("build", "parameter"), [*FROM_HUB, *FROM_PACKAGE])
def test_without_weights_a_method_is_held_to_a_start_from_scratch(
    hub, build, parameter, monkeypatch
):
    monkeypatch.setitem(sys.modules, LITE0.module, None)
    spec, model = MethodSpec.of(build), build()
    if build in INSISTING:
        with pytest.raises(WeightsUnavailableError, match="no pretrained weights of"):
            resolve(spec, model)
        return
    (found,) = resolve(spec, model)
    assert (found.parameter, found.used) == (parameter, None)
    pin(model, (found,), spec)
    assert model.get_params(deep=True)[parameter] is False


@pytest.mark.parametrize(
    ("build", "parameter"),
    [
        *FROM_PACKAGE,
        (methods.efficientnet_lite0, "pretrained"),
        (methods.timm("tf_efficientnet_lite0"), "pretrained"),
        (methods.embedding("tf_efficientnet_lite0"), "embedding__pretrained"),
    ],
)
def test_without_a_hub_a_method_has_the_weights_of_the_package(hub, build, parameter):
    spec, model = MethodSpec.of(build), build()
    (found,) = resolve(spec, model)
    assert found.parameter == parameter
    assert (found.used.name, found.used.source) == (LITE0.name, "package")
    assert found.used.digest == LITE0.sha256
    pin(model, (found,), spec)
    assert resolve(spec, model) == (found,)


@pytest.mark.parametrize(
    "build",
    [methods.compact_resnet, methods.compact_se_cnn, methods.row_gru, methods.deep_ensemble],
)
def test_a_method_that_always_starts_from_scratch_has_nothing_to_look_for(build):
    assert not can_resolve(MethodSpec.of(build), build())


@pytest.mark.slow
def test_an_architecture_that_does_not_exist_is_named_with_near_ones(hub):
    with pytest.raises(ValueError, match=r"'resnet19'.*resnet18"):
        resolve(MethodSpec(), TimmClassifier("resnet19"))
