import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone

from deep import segmentation_methods as methods
from deep.method import Method
from deep.networks.packaged_weights import LITE0, is_installed
from deep.segmentation.architectures import ARCHITECTURES
from tests.deep.segmentation.pictures import discs

ROOT = Path(__file__).parent.parent.parent
FOR_A_GPU = [methods.unet_resnet34, methods.fpn_efficientnet_b0]
ALL = [methods.unet_compact, methods.unet_lite0, *FOR_A_GPU, methods.smp("linknet:resnet18")]


@pytest.mark.parametrize("build", ALL)
def test_every_method_has_a_summary_and_parameters_the_engine_can_set(build):
    assert 20 < len(build.__doc__.splitlines()[0]) <= 100
    model = clone(build())
    assert {"device", "random_state", "budget", "progress_file"} <= set(model.get_params())
    json.dumps(model.get_params())
    assert set(build.search_space) <= set(model.get_params())


def test_methods_that_take_long_without_a_gpu_say_so():
    told = {name: m.needs for name, m in vars(methods).items() if isinstance(m, Method)}
    assert told == {
        "unet_compact": "",
        "unet_lite0": "",
        "unet_resnet34": "cuda",
        "fpn_efficientnet_b0": "cuda",
    }


@pytest.mark.slow
def test_neither_torch_nor_the_library_of_decoders_is_loaded_when_a_method_is_built():
    code = (
        "import sys; from deep import segmentation_methods as m\n"
        "m.unet_compact().get_params(); m.unet_resnet34().get_params()\n"
        "print(sorted({'torch', 'timm', 'segmentation_models_pytorch'} & set(sys.modules)))"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert out.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("unet", "smp:ARCH:ENCODER"),
        ("unet:", "smp:ARCH:ENCODER"),
        ("unett:resnet18", "did you mean unet"),
        ("unet:resnet81", "resnet"),
        ("unet:row_gru", "no encoder"),
    ],
)
def test_a_wrong_name_is_refused_with_what_is_meant(name, words):
    with pytest.raises(ValueError, match=words):
        methods.smp(name)


@pytest.mark.slow
@pytest.mark.parametrize("architecture", sorted(ARCHITECTURES))
def test_every_architecture_gives_a_class_to_every_pixel(architecture):
    import torch

    from deep.segmentation.network import SegmenterPlan, build_segmenter

    network = build_segmenter(SegmenterPlan(architecture, "resnet18", 1, 3), None).eval()
    with torch.no_grad():
        logits, shown = network(torch.zeros(1, 1, 70, 96, dtype=torch.uint8))
    assert logits.shape == (1, 3, 70, 96)
    assert shown.shape == (1, 2)


def test_an_encoder_without_feature_maps_is_refused_by_one_sentence():
    from deep.segmentation.network import SegmenterPlan, build_segmenter

    with pytest.raises(ValueError, match="cannot take test_vit as its encoder") as refused:
        build_segmenter(SegmenterPlan("unet", "test_vit", 1, 2), None)
    assert "\n" not in str(refused.value)


@pytest.mark.slow
@pytest.mark.skipif(not is_installed(LITE0.architecture), reason="the package of weights")
@pytest.mark.parametrize("channels", [1, 3])
def test_lite0_starts_from_the_weights_of_the_package(channels):
    X, Y = discs(4, channels=channels)
    model = methods.unet_lite0().set_params(epochs=1, random_state=0, device="cpu", batch_size=2)
    assert model.resolve_weights().name == LITE0.name
    info = model.fit(X, Y).fit_info_
    assert (info["weights"], info["weights_source"]) == (LITE0.name, "package")
    assert info["scheme"] == "fine-tuning"
    assert model.predict(X).shape == Y.shape


@pytest.mark.slow
@pytest.mark.skipif(not is_installed(LITE0.architecture), reason="the package of weights")
def test_the_encoder_sees_what_the_classifier_of_the_package_sees():
    import timm
    import torch

    from deep.networks.packaged_weights import packaged_state
    from deep.networks.weights import obtain_weights
    from deep.segmentation.network import SegmenterPlan, build_segmenter

    weights = obtain_weights(LITE0.architecture, True)
    classifier = timm.create_model(LITE0.architecture).eval()
    classifier.load_state_dict(packaged_state(LITE0, weights.file))
    network = build_segmenter(SegmenterPlan("unet", LITE0.architecture, 3, 2), weights).eval()
    images = torch.from_numpy(np.random.default_rng(0).normal(size=(1, 3, 64, 64))).float()
    with torch.no_grad():
        deepest = network.model.encoder(images)[-1]
        stages = classifier.forward_intermediates(images, intermediates_only=True)
    torch.testing.assert_close(deepest, stages[-1], atol=1e-4, rtol=1e-4)


def test_weights_that_cannot_be_had_are_an_error_only_where_they_are_insisted_on():
    model = methods.unet_resnet34().set_params(pretrained=True, device="cpu")
    with pytest.raises(ValueError, match="no pretrained weights of resnet34"):
        model.fit(*discs(2))
    assert methods.unet_resnet34().resolve_weights() is None
