import pytest

from bench.deploy.storage.extras import needed, require
from bench.protocol.errors import UsageError


def test_a_package_that_is_not_here_is_named_with_the_extra_that_brings_it():
    with pytest.raises(UsageError, match=r"package nowhere, .*'classical-vs-deep\[deploy\]'"):
        require("skops", "nowhere")
    with pytest.raises(UsageError, match=r"'classical-vs-deep\[onnx\]'"), needed("onnxruntime"):
        raise ModuleNotFoundError("No module named 'onnxruntime'", name="onnxruntime")


def test_what_is_here_is_no_obstacle():
    require("skops", "safetensors")
