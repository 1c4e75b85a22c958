import json
import subprocess
import sys
from pathlib import Path

import pytest
from sklearn.base import clone

from deep import methods

ROOT = Path(__file__).parent.parent.parent
BUILDERS = {
    "compact-resnet": methods.compact_resnet,
    "compact-se-cnn": methods.compact_se_cnn,
    "cnn-svm": methods.cnn_svm,
}


@pytest.mark.parametrize("build", [*BUILDERS.values(), methods.resnet18, methods.timm("resnet18")])
def test_every_method_has_a_summary_and_parameters_the_engine_can_set(build):
    assert 20 < len(build.__doc__.splitlines()[0]) <= 100
    names = {name.split("__")[-1] for name in clone(build()).get_params()}
    assert {"random_state", "device", "budget"} <= names


def test_resnet18_asks_for_a_gpu_and_the_compact_networks_do_not():
    assert methods.resnet18.needs == "cuda"
    assert not any(hasattr(build, "needs") for build in BUILDERS.values())


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
