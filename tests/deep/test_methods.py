import json
import math
import subprocess
import sys
from pathlib import Path

import pytest
from sklearn.base import clone

from deep import methods, search_spaces
from deep.method import Method
from deep.networks import weights
from deep.networks.planning import check_architecture

ROOT = Path(__file__).parent.parent.parent
FOR_A_CPU = [
    methods.compact_resnet,
    methods.compact_se_cnn,
    methods.row_gru,
    methods.cnn_svm,
]
FOR_A_GPU = [
    methods.compact_resnet_no_augmentation,
    methods.resnet18,
    methods.resnet50,
    methods.efficientnet_b0,
    methods.mobilenetv3_small,
    methods.convnext_atto,
    methods.convnext_tiny,
    methods.vit_tiny,
    methods.linear_probe,
    methods.deep_ensemble,
    methods.cnn_xgboost,
    methods.fusion_svm,
]


@pytest.mark.parametrize("build", [*FOR_A_CPU, *FOR_A_GPU, methods.timm("resnet18")])
def test_every_method_has_a_summary_and_parameters_the_engine_can_set(build):
    assert 20 < len(build.__doc__.splitlines()[0]) <= 100
    names = {name.split("__")[-1] for name in clone(build()).get_params()}
    assert {"random_state", "device", "budget", "progress_file"} <= names


@pytest.mark.slow
@pytest.mark.parametrize("name", ["compact_resnet", "fusion_svm"])
def test_torch_and_timm_are_loaded_before_anything_is_timed(name):
    code = (
        "import sys; from deep import methods\n"
        f"build = methods.{name}; build(); assert 'torch' not in sys.modules\n"
        "build.warm_up(); assert {'torch', 'timm'} <= {*sys.modules}"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


@pytest.mark.parametrize("build", [*FOR_A_CPU, *FOR_A_GPU, methods.timm("resnet18")])
def test_every_method_warms_up(build):
    assert callable(build.warm_up)


def test_a_linear_probe_without_weights_says_so_beforehand(monkeypatch):
    monkeypatch.setattr(weights, "find_weights", lambda name: None)
    assert "no pretrained weights of resnet18" in methods.linear_probe.obstacle()
    monkeypatch.setattr(weights, "find_weights", lambda name: weights.Weights(name, "f", "hub"))
    assert methods.linear_probe.obstacle() == ""


def test_what_takes_long_on_a_cpu_asks_for_a_gpu():
    assert {build.needs for build in FOR_A_GPU} == {"cuda"}
    assert {build.needs for build in FOR_A_CPU} == {""}


def test_no_method_of_the_module_is_left_out_of_these_lists():
    built = {made for made in vars(methods).values() if isinstance(made, Method)}
    assert built == {*FOR_A_CPU, *FOR_A_GPU}


def test_the_twin_without_augmentation_differs_in_nothing_else():
    with_it, without = (
        build().get_params()
        for build in (methods.compact_resnet, methods.compact_resnet_no_augmentation)
    )
    assert without == {**with_it, "augment": "none"}


def test_every_architecture_that_is_named_exists():
    for build in [*FOR_A_CPU, *FOR_A_GPU]:
        parameters = build().get_params()
        for name, value in parameters.items():
            if name.split("__")[-1] == "architecture":
                check_architecture(value)


def test_any_timm_architecture_is_a_method():
    model = methods.timm("test_convnext")()
    assert json.loads(json.dumps(model.get_params()))["architecture"] == "test_convnext"


def test_an_unknown_timm_architecture_is_refused_with_near_names():
    with pytest.raises(ValueError, match=r"'resnet19'.*resnet18"):
        methods.timm("resnet19")


def test_the_module_of_methods_loads_neither_torch_nor_timm():
    code = "import sys, deep.methods; print({'torch', 'timm', 'sklearn'} & set(sys.modules))"
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert out.stdout.strip() == "set()"


@pytest.mark.parametrize("build", [*FOR_A_CPU, *FOR_A_GPU, methods.timm("resnet18")])
def test_every_method_says_what_is_worth_tuning_and_can_be_set_so(build):
    model = build()
    for name, values in build.search_space.items():
        assert len({*values}) == len(values) > 1
        for value in values:
            assert model.set_params(**{name: value}).get_params()[name] == value


def test_the_presets_of_augmentation_that_are_tuned_are_different_ones():
    from deep.training.augmentation import AUGMENTATIONS

    presets = [AUGMENTATIONS[name] for name in search_spaces.AUGMENT]
    assert all(one != other for i, one in enumerate(presets) for other in presets[:i])


def test_both_families_have_a_hundred_configurations_to_choose_from():
    from baselines import methods as classical

    found = {name: f for module in (classical, methods) for name, f in vars(module).items()}
    tunable = {name: f.search_space for name, f in found.items() if hasattr(f, "search_space")}
    sizes = {name: math.prod(map(len, space.values())) for name, space in tunable.items()}
    assert {name for name, size in sizes.items() if size < 100} == {"soft_vote", "cnn_svm"}
