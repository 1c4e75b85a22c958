"""Our compact networks are timm's smallest with thinner stems, under names of their own."""

import pytest
import timm
import torch

from deep.networks.network import count_parameters
from deep.networks.planning import plan_network
from deep.networks.weights import find_weights


@pytest.mark.parametrize(
    ("name", "model", "parameters"),
    [("compact_resnet", "test_resnet", 363_242), ("compact_se_cnn", "test_byobnet", 198_442)],
)
def test_a_compact_network_is_the_model_of_timm_but_for_the_stem(name, model, parameters):
    plan, network = plan_network(name, 1, 2, 28)
    assert (plan.architecture, plan.stem) == (name, "original")
    assert count_parameters(network) == parameters
    ours, theirs = (
        {k: v.shape for k, v in one.state_dict().items()}
        for one in (network.model, timm.create_model(model, in_chans=1, num_classes=2))
    )
    near_the_stem = ("conv1", "bn1", "stem", "layer1.0", "stages.0.0")
    beyond = [key for key in theirs if not key.startswith(near_the_stem)]
    assert all(ours[key] == theirs[key] for key in beyond)
    assert ours != theirs


def test_there_are_no_pretrained_weights_of_it_to_look_for():
    assert find_weights("compact_resnet") is None


def test_a_training_of_it_comes_back_from_a_file(tmp_path):
    _, network = plan_network("compact_se_cnn", 3, 4, 64)
    torch.save(network, tmp_path / "network.pt")
    back = torch.load(tmp_path / "network.pt", weights_only=False)
    x = torch.rand(2, 3, back.plan.side, back.plan.side) * 255
    assert torch.equal(back.eval()(x), network.eval()(x))
