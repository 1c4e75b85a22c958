import pytest

from bench.contract import METHOD_CHECKS
from deep import methods


@pytest.mark.parametrize("check", METHOD_CHECKS)
@pytest.mark.parametrize(
    "build",
    [methods.compact_resnet, methods.compact_se_cnn, methods.cnn_svm],
    ids=lambda build: build.__name__,
)
def test_every_method_keeps_the_contract(build, check):
    METHOD_CHECKS[check](build)
