import json
import pickle

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.utils import check_random_state

from deep.segmentation.cleaning import chosen_cleaning, mean_dice
from deep.segmentation.fitting import _parts
from deep.segmentation.segmenter import NetworkSegmenter
from tests.deep.segmentation.pictures import dice, discs


def small(**parameters):
    """A training of a second."""
    settings = {"epochs": 2, "batch_size": 4, "random_state": 0, "device": "cpu"}
    return NetworkSegmenter("compact", pretrained=False, **(settings | parameters))


@pytest.mark.slow
def test_discs_and_their_cores_are_found_in_new_images():
    model = small(epochs=25, learning_rate=0.01)
    model.fit(*discs(24, classes=3))
    X, Y = discs(8, classes=3, seed=1)
    found = model.predict(X)
    assert dice(found == 1, Y == 1) > 0.7
    assert dice(found == 2, Y == 2) > 0.7


@pytest.mark.slow
def test_a_network_learns_whether_an_image_shows_a_class_at_all():
    X, Y = discs(32, classes=3)
    X[::2, ...], Y[::2] = 60, 0  # every other image shows nothing
    seen = {}
    for weight in (0.0, 1.0):
        model = small(epochs=25, learning_rate=0.01, presence_weight=weight, held_out=0.0)
        network = model.fit(X, Y).network_
        with torch.no_grad():
            _, shown = network(torch.from_numpy(X).permute(0, 3, 1, 2))
        there = np.stack([(label == Y).any((1, 2)) for label in (1, 2)], axis=1)
        seen[weight] = float(((shown.numpy() > 0) == there).mean())
    assert seen[1.0] > 0.95
    assert seen[0.0] < seen[1.0]


@pytest.mark.parametrize("channels", [1, 3])
def test_the_same_state_gives_the_same_masks_and_nothing_that_came_in_is_changed(channels):
    X, Y = discs(channels=channels)
    X.flags.writeable = Y.flags.writeable = False
    before = X.copy(), Y.copy()
    first, again = small().fit(X, Y), small().fit(X, Y)
    assert np.array_equal(first.predict_proba(X), again.predict_proba(X))
    assert not np.array_equal(
        first.predict_proba(X), small(random_state=1).fit(X, Y).predict_proba(X)
    )
    assert np.array_equal(X, before[0])
    assert np.array_equal(Y, before[1])


@pytest.mark.parametrize("averaged", [True, False])
def test_the_rule_is_chosen_on_what_predictions_are_made_of(averaged):
    X, Y = discs(40, classes=3)
    model = small(test_time_augmentation=averaged).fit(X, Y)
    state = int(check_random_state(0).randint(2**31))
    _, held_out = _parts(len(X), model.held_out, state)
    found = mean_dice(model.predict(X[held_out]), Y[held_out], 3)
    assert model.fit_info_["held_out_dice"] == pytest.approx(found, abs=1e-4)
    model.test_time_augmentation = not averaged
    other = chosen_cleaning(model.predict_proba(X[held_out]), Y[held_out])[1]
    assert other != pytest.approx(found, abs=1e-4)


def test_masks_are_classes_and_probabilities_sum_to_one_in_every_pixel():
    X, Y = discs(classes=3)
    model = small().fit(X, Y)
    found, probabilities = model.predict(X), model.predict_proba(X)
    assert (found.dtype, found.shape) == (np.uint8, Y.shape)
    assert (probabilities.dtype, probabilities.shape) == (np.float32, (*Y.shape, 3))
    np.testing.assert_allclose(probabilities.sum(-1), 1, atol=1e-5)
    assert list(model.classes_) == [0, 1, 2]
    np.testing.assert_allclose(model.predict_proba(X[2:3])[0], probabilities[2], atol=1e-5)


@pytest.mark.parametrize("shape", [(40, 25), (9, 13), (70, 150)])
def test_images_of_any_sides_are_taken_smaller_and_larger_than_a_patch(shape):
    X, Y = discs(8, shape)
    model = small(patch_size=32, input_size="native").fit(X, Y)
    assert model.predict(X).shape == Y.shape
    other = discs(2, (50, 61), seed=1)[0]
    assert model.predict(other).shape == (2, 50, 61)


def test_training_images_without_anything_teach_that_there_is_nothing():
    X, Y = discs(empty=range(12))
    model = small(epochs=20).fit(X, Y)
    assert list(model.classes_) == [0, 1]
    assert not model.predict(X).any()


def test_images_without_a_class_and_a_class_without_images_are_taken():
    X, Y = discs(empty=range(0, 12, 2), classes=3)
    Y = np.where(Y == 1, 0, Y)
    assert set(np.unique(small().fit(X, Y).predict(X))) <= {0, 1, 2}


def test_a_single_image_can_be_trained_on():
    X, Y = discs(1)
    assert small(epochs=1).fit(X, Y).predict(X).shape == Y.shape


def test_a_fitted_network_is_pickled_and_comes_back_the_same():
    X, Y = discs()
    model = small().fit(X, Y)
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict(X), model.predict(X))


def test_what_was_chosen_is_told_as_json():
    info = small().fit(*discs(40)).fit_info_
    json.dumps(info)
    assert info["held_out_images"] == 4
    assert len(info["training_loss"]) == info["epochs"] == 2
    assert small(held_out=0.0).fit(*discs(40)).fit_info_["held_out_images"] == 0


def test_progress_is_written_to_a_file(tmp_path):
    file = tmp_path / "progress.json"
    small(progress_file=str(file)).fit(*discs())
    assert json.loads(file.read_text())["epoch"] == 2


def test_what_does_not_belong_together_is_refused():
    X, Y = discs(3)
    for images, targets, words in [
        (X, Y[:2], r"classes of pixels must be \(n, h, w\) uint8"),
        (X, Y.astype(int), r"classes of pixels must be \(n, h, w\) uint8"),
        (X[..., 0], Y, r"images must be \(n, h, w, c\) uint8"),
        (X[:0], Y[:0], "there are no images"),
    ]:
        with pytest.raises(ValueError, match=words):
            small().fit(images, targets)
    with pytest.raises(ValueError, match="trained for 1 channels, not 3"):
        small().fit(X, Y).predict(np.repeat(X, 3, axis=3))


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("batch_size", 1),
        ("patch_size", 8),
        ("epochs", 0),
        ("dice_share", 1.5),
        ("presence_weight", -0.1),
        ("presence_weight", float("nan")),
        ("average_decay", 1.0),
        ("held_out", 1.0),
        ("budget", "endless"),
        ("augment", "wild"),
        ("input_size", "small"),
        ("input_size", 2),
        ("precision", "float8"),
    ],
)
def test_a_wrong_parameter_is_named_before_training(parameter, value):
    model = clone(small()).set_params(**{parameter: value})
    with pytest.raises(ValueError, match=parameter):
        model.fit(*discs(3))
