import pytest
import torch

from deep.networks.network import build_network, count_parameters
from deep.networks.planning import check_architecture, plan_network

pytestmark = pytest.mark.slow


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


# architecture, side of the images, then what is fed and how the network begins
PLANS = [
    ("resnet10t", 28, 28, "small-image"),
    ("resnet18", 224, 224, "original"),
    ("densenet121", 28, 28, "small-image"),
    ("convnext_atto", 28, 32, "small-image"),
    ("convnext_atto", 96, 96, "original"),
    ("vit_tiny_patch16_224", 28, 32, "small-image"),
    ("vit_tiny_patch16_224", 100, 128, "original"),
    ("swin_tiny_patch4_window7_224", 20, 32, "small-image"),
    ("deit_tiny_distilled_patch16_224", 28, 32, "small-image"),
    ("efficientnet_b0", 28, 64, "original"),
    ("mobilenetv3_small_050", 16, 56, "original"),
    ("regnetx_002", 28, 56, "original"),
    ("mixer_s32_224", 28, 64, "original"),
    ("xcit_nano_12_p16_224", 28, 64, "original"),
    ("maxvit_rmlp_pico_rw_256", 28, 64, "original"),
    ("levit_128s", 28, 64, "original"),
    ("mobilevit_xxs", 28, 56, "original"),
    ("inception_v3", 64, 299, "original"),
    ("row_gru", 28, 28, "original"),
    ("row_gru", 224, 32, "original"),
]


@pytest.mark.parametrize(("architecture", "side", "seen", "stem"), PLANS)
def test_every_family_is_built_for_the_size_of_the_images(architecture, side, seen, stem):
    plan, network = plan_network(architecture, 2, 3, side)
    assert (plan.side, plan.stem) == (seen, stem)
    assert network.eval()(torch.zeros(2, 2, seen, seen, dtype=torch.uint8)).shape == (2, 3)


def test_a_size_of_512_px_can_be_asked_for():
    plan, _ = plan_network("vit_tiny_patch16_224", 1, 2, 512, input_size=512)
    assert (plan.side, plan.stem) == (512, "original")


@pytest.mark.parametrize(
    ("architecture", "side", "patch"),
    [
        ("vit_tiny_patch16_224", 60, 6),
        ("vit_tiny_patch16_224", 64, 8),
        ("vit_tiny_patch16_224", 16, 2),
        ("convnext_atto", 48, 2),
    ],
)
def test_patches_of_small_images_are_small(architecture, side, patch):
    plan, network = plan_network(architecture, 1, 2, 28, input_size=side)
    assert (plan.side, plan.stem, plan.patch) == (side, "small-image", patch)
    assert network.eval()(torch.zeros(2, 1, side, side)).shape == (2, 2)


def test_a_densenet_keeps_the_resolution_up_to_its_first_block():
    _, network = plan_network("densenet121", 1, 2, 28)
    seen = []
    block = network.model.features.denseblock1.denselayer1
    block.register_forward_pre_hook(lambda _, x: seen.append(x))
    network.eval()(torch.zeros(2, 1, 28, 28))
    first = seen[0][0][0] if isinstance(seen[0][0], list) else seen[0][0]
    assert first.shape[-1] == 28


@pytest.mark.parametrize(
    "architecture", ["test_resnet", "test_efficientnet", "test_vit", "test_convnext", "row_gru"]
)
def test_a_frozen_backbone_trains_its_output_layer_only(architecture):
    _, network = plan_network(architecture, 1, 3, 28)
    network.freeze_backbone()
    network.train()
    trained = [p for p in network.parameters() if p.requires_grad]
    assert sorted(p.numel() // 3 for p in trained)[0] == 1  # a bias of three classes
    assert len(trained) == 2
    modes = {name: module.training for name, module in network.model.named_modules() if name}
    assert [name for name, training in modes.items() if training] == [
        name for name, m in network.model.named_modules() if m is network.model.get_classifier()
    ]
    assert not network.eval().model.get_classifier().training


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


def test_an_unknown_tag_is_refused_with_those_that_there_are():
    check_architecture("test_resnet.r160_in1k")
    with pytest.raises(ValueError, match=r"no weights 'test_resnet.in2k'; it has test_resnet.r160"):
        check_architecture("test_resnet.in2k")


def test_a_size_that_the_architecture_cannot_take_is_refused():
    with pytest.raises(ValueError, match=r"inception_v3 cannot take 1 x 16 x 16 px .*299 px"):
        plan_network("inception_v3", 1, 2, 16, input_size=16)


def test_a_small_image_stem_that_a_family_does_not_have_is_refused():
    with pytest.raises(ValueError, match="test_byobnet has no small-image stem: only ResNets"):
        plan_network("test_byobnet", 1, 2, 28, stem="small-image")


def test_five_channels_are_refused():
    with pytest.raises(ValueError, match="1 to 4 channels"):
        plan_network("test_resnet", 5, 2, 28)


@pytest.mark.parametrize(
    "architecture", ["test_resnet", "resnet10t", "vit_tiny_patch16_224", "convnext_atto", "row_gru"]
)
def test_a_plan_and_a_state_dictionary_give_the_same_network(architecture):
    plan, network = plan_network(architecture, 2, 3, 28)
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


@pytest.mark.parametrize(
    "architecture", ["mobilenetv3_small_050", "efficientnet_b0", "resnet18", "vit_tiny_patch16_224"]
)
def test_a_network_begins_without_an_opinion(architecture):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        plan, network = plan_network(architecture, 1, 2, 28)
        logits = network(torch.rand(16, 1, plan.side, plan.side) * 255)
    assert logits.abs().max() < 3
