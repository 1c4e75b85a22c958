"""Grad-CAM: the map is high where the sign of the class is, and asking for it changes nothing."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from deep.classifier import TimmClassifier
from deep.grad_cam import NoMapError, grad_cam
from deep.methods import compact_resnet, deep_ensemble, row_gru, timm
from deep.networks.planning import plan_network

SIDE, SPOT = 48, 12


def images(n, seed):
    """Noise; every second image has a bright square somewhere. Also the middle of each square."""
    rng = np.random.default_rng(seed)
    X = rng.normal(90, 15, (n, SIDE, SIDE, 1))
    y = np.arange(n) % 2
    corners = rng.integers(2, SIDE - SPOT - 2, (n, 2))
    for image, label, (row, column) in zip(X, y, corners, strict=True):
        if label:
            image[row : row + SPOT, column : column + SPOT] += 90
    return X.clip(0, 255).astype(np.uint8), y, corners + SPOT / 2


@pytest.fixture(scope="module", params=["test_resnet", "test_vit"])
def trained(request):
    X, y, _ = images(120, 0)
    model = TimmClassifier(request.param, pretrained=False, epochs=12, device="cpu", random_state=0)
    return model.fit(X, y)


@pytest.mark.slow
def test_the_map_of_a_class_is_highest_where_its_sign_is(trained):
    X, y, middles = images(60, 1)
    shown = y == 1
    maps = grad_cam(trained, X[shown], y[shown])
    n, height, width = maps.shape
    assert n == shown.sum()
    assert min(height, width) >= 4
    assert (maps >= 0).all()
    places = np.array([np.unravel_index(one.argmax(), one.shape) for one in maps])
    found = (places + 0.5) * [SIDE / height, SIDE / width]
    near = np.abs(found - middles[shown]).max(axis=1) <= SPOT / 2 + SIDE / height / 2
    assert near.mean() > 0.9


def test_maps_of_the_two_classes_differ(trained):
    X, y, _ = images(20, 2)
    assert not np.allclose(grad_cam(trained, X, y), grad_cam(trained, X, 1 - y))


def test_a_map_is_that_of_the_formula():
    """By hooks on the layer itself, gradients by autograd through the parameters."""
    plan, network = plan_network("test_resnet", 1, 3, 64)
    network.eval()
    model = SimpleNamespace(classes_=np.array([2, 5, 7]), network_=network, plan_=plan)
    X = np.random.default_rng(0).integers(0, 256, (3, 64, 64, 1), dtype=np.uint8)
    kept = {}
    handle = network.model.layer3.register_forward_hook(lambda _m, _i, out: kept.update(layer=out))
    logits = network(torch.from_numpy(X).permute(0, 3, 1, 2))
    handle.remove()
    chosen = logits[0, 1] + logits[1, 2] + logits[2, 0]
    (slope,) = torch.autograd.grad(chosen, kept["layer"])
    expected = torch.einsum("bd,bdhw->bhw", slope.mean((2, 3)), kept["layer"]).relu()
    maps = grad_cam(model, X, np.array([5, 7, 2]))
    assert maps.shape == (3, 4, 4)
    np.testing.assert_allclose(maps, expected.detach().numpy(), rtol=1e-4, atol=1e-7)


def test_asking_for_maps_leaves_no_trace(trained):
    X, y, _ = images(10, 3)
    before = trained.predict_proba(X)
    weights = {name: value.clone() for name, value in trained.network_.state_dict().items()}
    trainable = [p.requires_grad for p in trained.network_.parameters()]
    state, enabled = torch.get_rng_state(), torch.is_grad_enabled()
    grad_cam(trained, X, y)
    assert (trained.predict_proba(X) == before).all()
    assert not trained.network_.training
    assert all((trained.network_.state_dict()[name] == w).all() for name, w in weights.items())
    assert [p.requires_grad for p in trained.network_.parameters()] == trainable
    assert all(p.grad is None for p in trained.network_.parameters())
    assert not any(m._forward_hooks for m in trained.network_.modules())
    assert (torch.get_rng_state() == state).all()
    assert torch.is_grad_enabled() == enabled


ARCHITECTURES = [
    ("resnet18", 28, (4, 4)),
    ("convnext_atto", 28, (4, 4)),
    ("vit_tiny_patch16_224", 28, (8, 8)),
    ("deit_tiny_distilled_patch16_224", 28, (8, 8)),
    ("swin_tiny_patch4_window7_224", 28, (4, 4)),
    ("efficientnet_b0", 64, (4, 4)),
    ("mobilenetv3_small_100", 64, (4, 4)),
    ("regnetx_002", 28, (4, 4)),
]


@pytest.mark.slow
@pytest.mark.parametrize(("architecture", "side", "grid"), ARCHITECTURES)
def test_every_family_has_a_map_of_places(architecture, side, grid):
    plan, network = plan_network(architecture, 2, 3, side)
    model = SimpleNamespace(classes_=np.arange(3), network_=network.eval(), plan_=plan)
    X = np.random.default_rng(0).integers(0, 256, (2, side, side, 2), dtype=np.uint8)
    maps = grad_cam(model, X, np.array([0, 2]))
    assert maps.shape == (2, *grid)
    assert np.isfinite(maps).all()


@pytest.mark.parametrize("architecture", ["row_gru", "mixer_s32_224", "xcit_nano_12_p16_224"])
def test_a_network_without_places_says_so(architecture):
    plan, network = plan_network(architecture, 1, 2, 28)
    model = SimpleNamespace(classes_=np.arange(2), network_=network.eval(), plan_=plan)
    with pytest.raises(NoMapError, match="place"):
        grad_cam(model, np.zeros((1, 28, 28, 1), np.uint8), np.array([1]))


def test_a_class_that_was_not_learnt_is_refused(trained):
    with pytest.raises(ValueError, match="none of the classes"):
        grad_cam(trained, np.zeros((1, SIDE, SIDE, 1), np.uint8), np.array([2]))


def test_single_networks_explain_themselves_and_others_do_not():
    assert compact_resnet.explain is timm("test_vit").explain
    assert row_gru.explain is None
    assert deep_ensemble.explain is None
