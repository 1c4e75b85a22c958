import pytest
import torch

from deep.network import build_network, check_architecture, count_parameters, plan_network


def first_stage_side(network, side):
    """Side of what enters the first stage of a ResNet that sees `side` px."""
    seen = []
    handle = network.model.layer1.register_forward_pre_hook(lambda _, x: seen.append(x[0].shape))
    network.eval()(torch.zeros(2, network.mean.shape[1], side, side))
    handle.remove()
    return seen[0][-1]


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("side", [16, 28, 96])
@pytest.mark.parametrize(
    "architecture",
    ["test_resnet", "test_byobnet", "test_efficientnet", "test_convnext", "test_vit"],
)
def test_every_family_takes_one_to_four_channels_of_small_images(architecture, channels, side):
    plan, network = plan_network(architecture, channels, 3, side)
    images = torch.zeros(2, channels, plan.side, plan.side, dtype=torch.uint8)
    assert network(images).shape == (2, 3)
    embedding = network.embed(images)
    assert embedding.shape[0] == 2
    assert embedding.ndim == 2
    assert (plan.channels, plan.classes) == (channels, 3)


@pytest.mark.parametrize("architecture", ["vit_tiny_patch16_224", "levit_128s"])
def test_a_transformer_is_built_for_the_size_it_will_see(architecture):
    plan, network = plan_network(architecture, 1, 2, 28)
    assert plan.side == 64
    assert network.eval()(torch.zeros(2, 1, 64, 64)).shape == (2, 2)


@pytest.mark.parametrize("architecture", ["resnet18", "resnet10t"])
def test_a_resnet_keeps_the_resolution_of_small_images_up_to_its_first_stage(architecture):
    plan, network = plan_network(architecture, 1, 2, 28)
    assert (plan.side, plan.stem) == (28, "small-image")
    assert first_stage_side(network, 28) == 28


def test_a_resnet_reduces_large_images_fourfold_before_its_first_stage():
    plan, network = plan_network("resnet18", 3, 2, 96)
    assert (plan.side, plan.stem) == (96, "original")
    assert first_stage_side(network, 96) == 24


@pytest.mark.parametrize(("given", "seen"), [(16, 56), (28, 56), (32, 64), (48, 56), (224, 64)])
def test_a_compact_network_sees_56_to_64_px(given, seen):
    assert plan_network("test_resnet", 1, 2, given)[0].side == seen


def test_a_given_size_and_stem_are_kept():
    plan, network = plan_network("test_resnet", 1, 2, 28, input_size=40, stem="small-image")
    assert (plan.side, plan.stem) == (40, "small-image")
    assert first_stage_side(network, 40) == 40


def test_an_unknown_architecture_is_refused_with_near_names():
    with pytest.raises(ValueError, match=r"'resnet81'.*resnet"):
        check_architecture("resnet81")


def test_a_size_that_the_architecture_cannot_take_is_refused():
    with pytest.raises(ValueError, match=r"inception_v3 cannot take 1 x 16 x 16 px .*299 px"):
        plan_network("inception_v3", 1, 2, 16, input_size=16)


def test_only_a_resnet_has_a_small_image_stem():
    with pytest.raises(ValueError, match="only ResNets"):
        plan_network("test_convnext", 1, 2, 28, stem="small-image")


def test_five_channels_are_refused():
    with pytest.raises(ValueError, match="1 to 4 channels"):
        plan_network("test_resnet", 5, 2, 28)


def test_a_plan_and_a_state_dictionary_give_the_same_network():
    plan, network = plan_network("test_resnet", 2, 3, 28)
    network.mean.fill_(90.0)
    network.log_class_weights.copy_(torch.tensor([0.1, -0.4, 0.3]))
    copy = build_network(plan)
    copy.load_state_dict(network.state_dict())
    images = torch.randint(0, 256, (4, 2, plan.side, plan.side), dtype=torch.uint8)
    torch.testing.assert_close(
        copy.eval().probabilities(images), network.eval().probabilities(images), rtol=0, atol=0
    )
    assert count_parameters(copy) == count_parameters(network)


def test_the_weights_of_the_loss_are_taken_out_of_the_probabilities():
    _, network = plan_network("test_resnet", 1, 2, 28)
    images = torch.zeros(1, 1, 56, 56)
    before = network.eval().probabilities(images)[0].tolist()
    network.log_class_weights.copy_(torch.tensor([4.0, 1.0]).log())
    after = network.probabilities(images)[0].tolist()
    assert after[1] / after[0] == pytest.approx(4 * before[1] / before[0], rel=1e-5)
