"""What every classical segmenter and every control does."""

import json

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.metrics import roc_auc_score

from baselines import segmentation_controls, segmentation_methods
from baselines.method import Method
from baselines.segmentation.pixels import regions
from tests.baselines.segmentation.pictures import cells, dice, discs, vessels

SMALL = {  # so that a test takes no time
    "pixels": 2000,
    "trees": 40,
    "depth": 6,
    "most_images": 5,
}
METHODS = {
    name: method
    for module in (segmentation_methods, segmentation_controls)
    for name, method in vars(module).items()
    if isinstance(method, Method)
}
TRAINED = [name for name in METHODS if name in vars(segmentation_methods)]
FOR_DISCS = [name for name in TRAINED if name != "frangi_vessels"]
# what grows or shrinks from a circle or a seed finds one thing, and not what lies in it
FOR_CELLS = ["otsu_morphology", "multi_otsu", "pixel_forest", "pixel_xgboost", "superpixel_xgboost"]
LEAST_DICE = {"geodesic_contour": 0.75}  # its outline is coarse


def build(name):
    model = METHODS[name]()
    own = model.get_params()
    settings = {key: value for key, value in SMALL.items() if key in own}
    if "random_state" in own:
        settings["random_state"] = 0
    return model.set_params(**settings)


@pytest.mark.parametrize("name", METHODS)
def test_it_has_a_summary_and_can_be_cloned(name):
    assert 20 < len(METHODS[name].__doc__.splitlines()[0]) <= 100
    model = METHODS[name]()
    assert clone(model).get_params() == model.get_params()
    json.dumps(model.get_params())


@pytest.mark.parametrize("name", FOR_DISCS)
@pytest.mark.parametrize("channels", [1, 3])
def test_bright_discs_are_found_in_gray_and_in_colour(name, channels):
    X, Y = discs(channels=channels)
    new, truth = discs(6, channels=channels, seed=1)
    assert dice(build(name).fit(X, Y).predict(new), truth) > LEAST_DICE.get(name, 0.85)


@pytest.mark.parametrize("name", FOR_DISCS)
def test_whether_things_are_bright_or_dark_is_learned(name):
    X, Y = discs(dark=True)
    new, truth = discs(6, dark=True, seed=1)
    assert dice(build(name).fit(X, Y).predict(new), truth) > LEAST_DICE.get(name, 0.85)


@pytest.mark.parametrize("name", FOR_CELLS)
def test_each_class_of_pixels_is_found(name):
    X, Y = cells()
    new, truth = cells(6, seed=1)
    found = build(name).fit(X, Y).predict(new)
    assert dice(found == 2, truth == 2) > LEAST_DICE.get(name, 0.85)
    assert dice(found == 1, truth == 1) > 0.6


@pytest.mark.parametrize("name", METHODS)
def test_the_same_state_gives_the_same_masks_and_nothing_that_came_in_is_changed(name):
    X, Y = discs(channels=3)
    X.flags.writeable = Y.flags.writeable = False
    before = X.copy(), Y.copy()
    first = build(name).fit(X, Y)
    found = first.predict(X)
    assert np.array_equal(build(name).fit(X, Y).predict(X), found)
    assert np.array_equal(first.predict(X[3:4])[0], found[3])
    assert np.array_equal(X, before[0])
    assert np.array_equal(Y, before[1])
    assert found.dtype == np.uint8
    assert found.shape == Y.shape


@pytest.mark.parametrize("name", METHODS)
def test_images_without_anything_do_no_harm(name):
    X, Y = discs(empty=range(0, 10, 2))
    assert set(np.unique(build(name).fit(X, Y).predict(X))) <= {0, 1}


@pytest.mark.parametrize("name", METHODS)
def test_training_images_without_anything_teach_that_there_is_nothing(name):
    X, Y = discs(empty=range(10))
    model = build(name).fit(X, Y)
    assert list(model.classes_) == [0, 1]
    if name != "otsu":  # which learns nothing
        assert not model.predict(X).any()


@pytest.mark.parametrize("name", METHODS)
def test_a_class_that_no_training_image_has_is_no_obstacle(name):
    X, Y = cells()
    Y = np.where(Y == 1, 0, Y)
    found = build(name).fit(X, Y).predict(X)
    assert set(np.unique(found)) <= {0, 1, 2}
    if name in FOR_CELLS:
        assert dice(found == 2, Y == 2) > LEAST_DICE.get(name, 0.85)
        assert not (found == 1).any()


@pytest.mark.parametrize("bright", [True, False])
@pytest.mark.parametrize("channels", [1, 3])
def test_vessels_are_found_whether_bright_or_dark(bright, channels):
    X, Y = vessels(bright=bright, channels=channels)
    new, truth = vessels(4, bright=bright, channels=channels, seed=1)
    model = build("frangi_vessels").fit(X, Y)
    assert dice(model.predict(new), truth) > 0.7
    assert model.rules_[0].rule.bright == bright


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("shape", [(9, 9), (40, 25), (1, 1)])
def test_images_of_any_sides_are_taken(name, shape):
    rng = np.random.default_rng(0)
    X = rng.integers(0, 256, (5, *shape, 3), dtype=np.uint8)
    Y = (X[..., 0] > 128).astype(np.uint8)
    model = build(name).fit(X, Y)
    assert model.predict(X).shape == Y.shape
    other = rng.integers(0, 256, (2, 31, 47, 3), dtype=np.uint8)
    assert model.predict(other).shape == (2, 31, 47)


@pytest.mark.parametrize("name", METHODS)
def test_constant_images_are_taken(name):
    X = np.full((6, 20, 20, 1), 77, np.uint8)
    Y = np.zeros((6, 20, 20), np.uint8)
    Y[:, 5:12, 5:12] = 1
    assert build(name).fit(X, Y).predict(X).shape == Y.shape


@pytest.mark.parametrize("name", METHODS)
def test_one_image_is_enough_to_train(name):
    X, Y = discs(1)
    assert build(name).fit(X, Y).predict(X).shape == Y.shape


@pytest.mark.parametrize("name", METHODS)
def test_what_does_not_belong_together_is_refused(name):
    X, Y = discs(3)
    with pytest.raises(ValueError, match=r"classes of pixels must be \(n, h, w\) uint8"):
        build(name).fit(X, Y[:2])
    with pytest.raises(ValueError, match=r"classes of pixels must be \(n, h, w\) uint8"):
        build(name).fit(X, Y.astype(int))
    with pytest.raises(ValueError, match=r"images must be \(n, h, w, c\) uint8"):
        build(name).fit(X[..., 0], Y)
    with pytest.raises(ValueError, match="there are no images"):
        build(name).fit(X[:0], Y[:0])
    with pytest.raises(ValueError, match="training images had 1 channels, these have 3"):
        build(name).fit(X, Y).predict(np.repeat(X, 3, axis=3))


@pytest.mark.parametrize("name", [n for n in METHODS if hasattr(METHODS[n](), "predict_proba")])
def test_probabilities_are_of_every_pixel_and_sum_to_one(name):
    X, Y = cells()
    found = build(name).fit(X, Y).predict_proba(X)
    assert found.dtype == np.float32
    assert found.shape == (*Y.shape, 3)
    assert found.min() >= 0
    np.testing.assert_allclose(found.sum(-1), 1, atol=1e-5)


@pytest.mark.parametrize("name", TRAINED)
def test_what_was_chosen_can_be_written_as_json(name):
    json.dumps(build(name).fit(*discs()).fit_info_)


def test_the_mean_mask_takes_the_share_of_images_that_agrees_best():
    Y = np.zeros((4, 10, 10), np.uint8)
    for i in range(4):
        Y[i, : 2 + 2 * i] = 1  # 2, 4, 6 and 8 rows
    X = np.zeros((4, 10, 10, 1), np.uint8)
    model = METHODS["mean_mask"]().fit(X, Y)
    rows = model.predict(X)[0].any(axis=1)
    scores = [np.mean([2 * min(k, own) / (k + own) for own in (2, 4, 6, 8)]) for k in (2, 4, 6, 8)]
    assert rows.sum() == (2, 4, 6, 8)[int(np.argmax(scores))]
    np.testing.assert_allclose(
        model.prior_[:, 0, 1], [1, 1, 0.75, 0.75, 0.5, 0.5, 0.25, 0.25, 0, 0]
    )


def test_a_second_round_learns_from_what_was_found_in_images_that_were_not_fitted(monkeypatch):
    rng = np.random.default_rng(0)
    X = rng.integers(0, 256, (16, 40, 40, 1), dtype=np.uint8)  # noise, so that nothing can be told
    Y = np.kron(rng.integers(0, 2, (16, 5, 5)), np.ones((1, 8, 8))).astype(np.uint8)
    context, seen = regions.describe_context, []

    def recorded(found, beside):
        seen.append(found)
        return context(found, beside)

    monkeypatch.setattr(regions, "describe_context", recorded)
    model = METHODS["superpixel_xgboost"]()
    model.set_params(trees=40, held_out=0.0, scale=1.0, random_state=0).fit(X, Y)
    labels = [regions.superpixels(image) for image in X]
    truth = np.concatenate(
        [regions.region_classes(y, one, 2) for y, one in zip(Y, labels, strict=True)]
    )
    assert roc_auc_score(truth, np.concatenate(seen)[:, 1]) < 0.6
    fitted = model.predict_proba(X)[..., 1]  # what a classifier says of its own images
    assert roc_auc_score(Y.ravel(), fitted.ravel()) > 0.7


def test_of_many_regions_some_of_each_image_are_learned_from():
    X, Y = discs(12)
    new, truth = discs(6, seed=1)
    model = METHODS["superpixel_xgboost"]()
    model.set_params(regions=120, trees=40, held_out=0.0, random_state=0).fit(X, Y)
    assert model.fit_info_["regions"] == 120
    assert dice(model.predict(new), truth) > 0.8


def test_one_round_is_one_classifier():
    X, Y = discs(4)
    model = METHODS["superpixel_xgboost"]().set_params(rounds=1, trees=10, random_state=0)
    assert [len(members) for members in model.fit(X, Y).rounds_] == [1]


def test_a_wrong_parameter_is_named():
    X, Y = discs(2)
    for name, values in {
        "pixel_forest": {
            "classifier": "tree",
            "rounds": 3,
            "held_out": 1.0,
            "scale": 2.0,
            "trees": 0,
        },
        "superpixel_xgboost": {"rounds": 0, "regions": 0, "trees": 0, "depth": 0},
        "otsu_morphology": {"parts": 7},
    }.items():
        for parameter, value in values.items():
            model = segmentation_methods.__dict__[name]().set_params(**{parameter: value})
            with pytest.raises(ValueError, match=parameter):
                model.fit(X, Y)
