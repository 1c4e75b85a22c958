import pytest
import torch

from deep.batches import AUGMENTATIONS, batches_per_epoch
from deep.network import plan_network
from deep.training import (
    BUDGETS,
    Recipe,
    TrainingDivergedError,
    class_weights,
    epochs_within,
    seeded,
    train,
)


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
    images = torch.randint(0, 256, (n, 1, 48, 48), dtype=torch.uint8)
    return images, torch.arange(n) % 2


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
    with seeded(0, "cpu") as generator:
        _, network = plan_network("test_resnet", 1, 2, 48, input_size=48)
        images, labels = small_problem()
        before = network.model.fc.weight.clone()
        curve = train(network, images, labels, recipe(), generator)
    assert curve.steps == 4
    assert len(curve.losses) == 2
    assert not torch.equal(network.model.fc.weight, before)
    assert not network.training
    assert all(p.grad is None and not p.requires_grad for p in network.parameters())


def test_a_loss_that_is_not_finite_is_an_error_that_names_the_learning_rate():
    with seeded(0, "cpu") as generator:
        _, network = plan_network("test_resnet", 1, 2, 48, input_size=48)
        images, labels = small_problem()
        with torch.no_grad():
            network.model.fc.weight.fill_(float("nan"))
        with pytest.raises(TrainingDivergedError, match=r"epoch 1 of 2.*0\.001"):
            train(network, images, labels, recipe(), generator)
