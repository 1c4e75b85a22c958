import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from torch.optim.optimizer import (
    register_optimizer_step_post_hook,
    register_optimizer_step_pre_hook,
)

from deep.networks.planning import plan_network
from deep.training import acceleration
from deep.training.acceleration import GraphedStep, compiled, fast_algorithms, resolved_precision
from deep.training.augmentation import AUGMENTATIONS
from deep.training.batches import ImageStore, batches_per_epoch
from deep.training.loop import TrainingDivergedError, seeded, train, training_step, weighted_loss
from deep.training.optimisation import WeightAverage, make_optimiser, set_rate
from deep.training.recipe import BUDGETS, Recipe, class_weights, epochs_within


def recipe(**changes):
    defaults = {
        "epochs": 2,
        "batch_size": 8,
        "learning_rate": 1e-3,
        "weight_decay": 0.05,
        "label_smoothing": 0.1,
        "augmentation": AUGMENTATIONS["standard"],
    }
    return Recipe(**(defaults | changes))


def small_problem(n=16):
    images = np.random.default_rng(0).integers(0, 256, (n, 48, 48, 1), dtype=np.uint8)
    return ImageStore(images, 48, "cpu"), torch.arange(n) % 2


def trained(hook=None, **changes):
    """A network trained on the small problem, its initial state, and its curve."""
    with seeded(0, "cpu") as generator:
        _, network = plan_network("test_resnet", 1, 2, 48, input_size=48)
        before = {name: value.clone() for name, value in network.state_dict().items()}
        store, labels = small_problem()
        handle = hook(network) if hook else None
        curve = train(network, store, labels, recipe(**changes), generator)
        if handle:
            handle.remove()
    return network, before, curve


@pytest.mark.parametrize("budget", BUDGETS)
@pytest.mark.parametrize("n", [10, 100, 700, 5000, 60000])
def test_the_number_of_steps_is_within_the_budget(budget, n):
    per_epoch = batches_per_epoch(n, 32)
    steps = epochs_within(budget, n, 32) * per_epoch
    assert steps >= BUDGETS[budget].least_steps or per_epoch > BUDGETS[budget].least_steps
    assert steps <= max(BUDGETS[budget].most_steps, per_epoch)


def test_an_unknown_budget_is_refused():
    with pytest.raises(ValueError, match="quick, standard, full"):
        epochs_within("huge", 100, 32)


def test_class_weights_are_inverse_frequencies_with_mean_one_over_the_images():
    labels = torch.tensor([0] * 30 + [1] * 10)
    weights = class_weights(labels, 2, 1.0)
    assert weights[1] / weights[0] == pytest.approx(3.0)
    assert weights[labels].mean().item() == pytest.approx(1.0)
    assert class_weights(labels, 2, 0.0).tolist() == [1.0, 1.0]


def test_global_generators_are_as_before_after_seeded_work():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    with seeded(1, "cpu"):
        inside = torch.rand(3)
    assert torch.equal(torch.rand(3), expected)
    with seeded(1, "cpu"):
        assert torch.equal(torch.rand(3), inside)


def test_training_counts_its_steps_and_leaves_a_network_ready_to_predict():
    network, before, curve = trained()
    assert curve.steps == 4
    assert len(curve.losses) == 2
    assert curve.images_per_second > 0
    assert not torch.equal(network.model.fc.weight, before["model.fc.weight"])
    assert not network.training
    assert all(p.grad is None and not p.requires_grad for p in network.parameters())


def test_training_goes_on_in_training_mode():
    modes = []

    def watch(network):
        return network.model.bn1.register_forward_hook(lambda m, *_: modes.append(m.training))

    trained(watch)
    assert modes == [True] * 4


def test_a_loss_that_is_not_finite_is_an_error_that_names_the_learning_rate():
    with seeded(0, "cpu") as generator:
        _, network = plan_network("test_resnet", 1, 2, 48, input_size=48)
        store, labels = small_problem()
        with torch.no_grad():
            network.model.fc.weight.fill_(float("nan"))
        with pytest.raises(TrainingDivergedError, match=r"epoch 1 of 2.*0\.001"):
            train(network, store, labels, recipe(), generator)


def test_the_loss_is_the_weighted_cross_entropy_of_smoothed_targets():
    logits = torch.tensor([[2.0, -1.0, 0.5], [0.0, 1.0, 3.0]])
    labels, weights = torch.tensor([0, 1]), torch.tensor([0.5, 2.0, 1.0])
    p = np.exp(logits.numpy()) / np.exp(logits.numpy()).sum(1, keepdims=True)
    targets = np.array([[0.9, 0, 0], [0, 0.9, 0]]) + 0.1 / 3
    expected = (np.array([0.5, 2.0]) * -(targets * np.log(p)).sum(1)).mean()
    assert weighted_loss(logits, labels, weights, 0.1).item() == pytest.approx(expected, rel=1e-6)


@pytest.mark.slow
def test_the_moving_average_is_that_computed_by_hand_statistics_included():
    states = []

    def watch(network):
        states.append({k: v.clone() for k, v in network.state_dict().items()})
        return register_optimizer_step_post_hook(
            lambda *_: states.append({k: v.clone() for k, v in network.state_dict().items()})
        )

    network, _, curve = trained(watch, average_decay=0.3, epochs=3)
    assert len(states) == curve.steps + 1
    for name in ("model.conv1.0.weight", "model.bn1.running_var", "model.fc.bias"):
        expected = states[0][name].double()
        for step, state in enumerate(states[1:], start=1):
            decay = min(0.3, (1 + step) / (10 + step))
            expected = decay * expected + (1 - decay) * state[name].double()
        found = network.state_dict()[name].double()
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-6)
        assert not torch.equal(found.float(), states[-1][name])


def test_counters_are_not_averaged():
    layer = torch.nn.BatchNorm2d(2)
    average = WeightAverage(layer, 0.9)
    layer.num_batches_tracked.fill_(7)
    average.update()
    average.apply()
    assert layer.num_batches_tracked == 7


def test_no_gradient_is_longer_than_the_bound():
    norms = []

    def watch(network):
        def note(*_):
            norms.append(torch.cat([p.grad.flatten() for p in network.parameters()]).norm().item())

        return register_optimizer_step_pre_hook(note)

    trained(watch, clip_norm=0.01)
    assert max(norms) <= 0.01 * (1 + 1e-4)
    norms.clear()
    trained(watch, clip_norm=None)
    assert min(norms) > 0.01


@pytest.mark.slow
@pytest.mark.parametrize("optimiser", ["adamw", "sgd"])
@pytest.mark.parametrize("schedule", ["cosine", "steps"])
def test_every_optimiser_and_schedule_brings_the_loss_down(optimiser, schedule):
    rate = {"adamw": 3e-3, "sgd": 0.05}[optimiser]
    changes = {"optimiser": optimiser, "schedule": schedule, "learning_rate": rate}
    _, _, curve = trained(epochs=12, augmentation=AUGMENTATIONS["none"], **changes)
    assert curve.losses[-1] < curve.losses[0] - 0.1


def test_the_learning_rate_of_every_step_is_that_of_the_schedule():
    rates = []
    trained(
        lambda _: register_optimizer_step_post_hook(
            lambda optimiser, *_: rates.append([group["lr"] for group in optimiser.param_groups])
        ),
        schedule="steps",
        warm_up=0.0,
    )
    assert rates == [[1e-3, 1e-3], [1e-3, 1e-3], [1e-4, 1e-4], [pytest.approx(1e-5)] * 2]


def test_norms_and_biases_do_not_decay():
    _, network = plan_network("test_resnet", 1, 2, 48, input_size=48)
    optimiser = make_optimiser("adamw", network, 1e-3, 0.05, graphs=False)
    decayed, plain = optimiser.param_groups
    assert (decayed["weight_decay"], plain["weight_decay"]) == (0.05, 0.0)
    assert {p.ndim for p in plain["params"]} == {1}
    assert network.model.conv1[0].weight is decayed["params"][0]


@pytest.mark.slow
def test_a_bfloat16_training_keeps_its_weights_in_float32():
    network, before, curve = trained(precision="bfloat16")
    assert {p.dtype for p in network.parameters()} == {torch.float32}
    assert not torch.equal(network.model.fc.weight, before["model.fc.weight"])
    exact = trained()[2]
    assert curve.losses != exact.losses
    assert curve.losses == pytest.approx(exact.losses, rel=0.05)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("architecture", "native", "chosen"),
    [
        ("test_resnet", True, "bfloat16"),
        ("test_resnet", False, "float32"),
        ("mobilenetv3_small_050", True, "float32"),  # convolutions by groups
        ("test_vit", True, "float32"),
        ("row_gru", True, "float32"),
    ],
)
def test_a_cpu_uses_bfloat16_only_where_that_is_faster(architecture, native, chosen, monkeypatch):
    monkeypatch.setattr(acceleration, "cpu_multiplies_bfloat16", lambda: native)
    _, network = plan_network(architecture, 1, 2, 28)
    assert resolved_precision("auto", "cpu", network) == chosen


def test_a_cpu_whose_instructions_are_held_back_uses_float32():
    code = "from deep.training.acceleration import cpu_multiplies_bfloat16 as f; print(f())"
    found = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"ATEN_CPU_CAPABILITY": "avx2"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == "False"


@pytest.mark.slow
def test_a_model_is_compiled_only_while_it_is_trained():
    model = torch.nn.Linear(2, 2)
    names = list(model.state_dict())
    with compiled(model, True):
        assert model._compiled_call_impl is not None
        assert list(model.state_dict()) == names
    assert model._compiled_call_impl is None
    before = torch.backends.cudnn.benchmark
    with fast_algorithms("cuda"):
        assert torch.backends.cudnn.benchmark
    assert torch.backends.cudnn.benchmark == before


@pytest.mark.skipif(not torch.cuda.is_available(), reason="CUDA graphs need a GPU")
def test_steps_of_a_cuda_graph_are_those_taken_one_kernel_at_a_time():
    ends = []
    for graphs in (False, True):
        with seeded(0, "cuda"):
            _, network = plan_network("test_resnet", 1, 2, 48, input_size=48)
            network = network.cuda().train()
            optimiser = make_optimiser("adamw", network, 1e-3, 0.05, graphs=graphs)
            step = training_step(network, optimiser, recipe())
            step = GraphedStep(step) if graphs else step
            generator = torch.Generator("cuda").manual_seed(1)
            losses = []
            for index in range(10):
                size = 8 + index % 2
                images = torch.rand(size, 1, 48, 48, device="cuda", generator=generator) * 255
                set_rate(optimiser, 1e-3 * (10 - index) / 10)
                losses.append(step(images, torch.arange(size, device="cuda") % 2))
            ends.append(torch.stack(losses))
    torch.testing.assert_close(ends[0], ends[1], rtol=1e-2, atol=1e-3)
