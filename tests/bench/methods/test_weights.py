"""What a method's parameters of pretrained weights stand for, and how a trial is held to it."""

from types import SimpleNamespace

import pytest
from sklearn.base import BaseEstimator
from sklearn.pipeline import make_pipeline

from bench.methods.spec import MethodSpec
from bench.methods.weights import can_resolve, digest_of, pin, resolve
from bench.protocol.errors import ContractError, WeightsError


class Network(BaseEstimator):
    def __init__(self, file=None, pretrained="auto", fallback=None):
        self.file = file
        self.pretrained = pretrained
        self.fallback = fallback

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return X

    def resolve_weights(self):
        return self.file and SimpleNamespace(name="net", file=self.file, source="hub cache")


NONE = MethodSpec()


@pytest.fixture
def file(tmp_path):
    (tmp_path / "net.bin").write_bytes(b"weights")
    return str(tmp_path / "net.bin")


@pytest.mark.slow
def test_every_estimator_of_a_pipeline_is_asked(file):
    model = make_pipeline(Network(file), Network(None))
    first, second = resolve(NONE, model)
    assert first.parameter == "network-1__pretrained"
    assert (first.used.name, first.used.source, first.file) == ("net", "hub cache", file)
    assert first.used.digest == digest_of(file)
    assert (second.parameter, second.used) == ("network-2__pretrained", None)
    pin(model, (first, second), NONE)
    assert [step.pretrained for _, step in model.steps] == [file, False]


def test_what_is_trained_in_the_place_of_weights_is_asked_only_without_them(file):
    parameters = [r.parameter for r in resolve(NONE, Network(file, fallback=Network(file)))]
    assert parameters == ["pretrained"]
    parameters = [r.parameter for r in resolve(NONE, Network(None, fallback=Network(file)))]
    assert parameters == ["pretrained", "fallback__pretrained"]


@pytest.mark.slow
def test_an_estimator_that_never_has_weights_is_not_asked():
    assert not can_resolve(NONE, Network(None, pretrained=False))
    assert not can_resolve(NONE, BaseEstimator())
    assert can_resolve(NONE, make_pipeline(Network()))


@pytest.mark.slow
def test_a_method_may_answer_for_its_estimator(file):
    weights = SimpleNamespace(name="mine", file=file, source="file")
    spec = MethodSpec(resolve_weights=lambda estimator: {"file": weights})
    model = Network(None, pretrained=False)
    assert can_resolve(spec, model)
    (found,) = resolve(spec, model)
    assert (found.parameter, found.used.name) == ("file", "mine")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({"nothing": None}, "names 'nothing', which is no parameter"),
        ({"pretrained": "resnet18"}, "gave 'resnet18' for pretrained, not an object with name"),
        (
            {"pretrained": SimpleNamespace(name="n", file="/nowhere/n.bin", source="s")},
            "named /nowhere/n.bin for pretrained, which cannot be read",
        ),
    ],
)
def test_an_answer_of_another_form_is_refused(answer, why):
    with pytest.raises(ContractError, match=why):
        resolve(MethodSpec(resolve_weights=lambda _: answer), Network())


def test_a_machine_that_has_the_same_weights_elsewhere_takes_its_own(file, tmp_path):
    resolved = resolve(NONE, Network(file))
    (tmp_path / "other-home").mkdir()
    own = tmp_path / "other-home" / "net.bin"
    own.write_bytes(b"weights")
    (tmp_path / "net.bin").unlink()
    model = Network(str(own))
    pin(model, resolved, NONE)
    assert model.pretrained == str(own)


@pytest.mark.slow
def test_a_machine_that_has_other_weights_or_none_is_refused(file, tmp_path):
    resolved = resolve(NONE, Network(file))
    (tmp_path / "net.bin").unlink()
    with pytest.raises(WeightsError, match=r"^pretrained: the weights net .* does not exist\."):
        pin(Network(None), resolved, NONE)
    (tmp_path / "own.bin").write_bytes(b"others")
    with pytest.raises(WeightsError, match="are not on this machine"):
        pin(Network(str(tmp_path / "own.bin")), resolved, NONE)
