import numpy as np
import pytest

from baselines.features.patches import CONTRAST_FLOOR, PatchDictionary
from baselines.features.pixels import pool
from tests.baselines.analytic import analytic_images


def noise(n, h=16, w=16, c=1, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, h, w, c), dtype=np.uint8)


def patches_of(image, side):
    """Every patch of an image (h, w, c), normalised, in a loop: rows, cols, patches."""
    rows, cols = image.shape[0] - side + 1, image.shape[1] - side + 1
    found = np.empty((rows, cols, side * side * image.shape[2]))
    for r in range(rows):
        for q in range(cols):
            patch = image[r : r + side, q : q + side].transpose(2, 0, 1).ravel().astype(float)
            found[r, q] = (patch - patch.mean()) / np.sqrt(patch.var() + CONTRAST_FLOOR)
    return found


def described(model, image):
    """The features of an image (h, w, 1 or 3) straight from the formulas."""
    patches = patches_of(image, model.patch)
    rows, cols, _ = patches.shape
    sums = np.zeros((model.grid, model.grid, len(model.words_)))
    for r in range(rows):
        for q in range(cols):
            z = model.whitening_ @ (patches[r, q] - model.mean_)
            distance = np.array([np.linalg.norm(z - word) for word in model.words_])
            activation = np.maximum(0, distance.mean() - distance)
            sums[r * model.grid // rows, q * model.grid // cols] += activation
    return sums.ravel()


@pytest.mark.slow
@pytest.mark.parametrize("c", [1, 2, 3, 4])
@pytest.mark.parametrize(("patch", "grid"), [(3, 2), (4, 3)])
def test_features_follow_the_formulas(c, patch, grid):
    x = noise(6, 12, 14, c)
    model = PatchDictionary(words=10, patch=patch, grid=grid).fit(x)
    colours = x[..., : 1 if c < 3 else 3]
    expected = [described(model, image) for image in colours]
    np.testing.assert_allclose(model.transform(x), expected, rtol=1e-3, atol=1e-2)


@pytest.mark.slow
def test_features_of_analytic_images_follow_the_formulas():
    images = np.stack(list(analytic_images().values()))[..., :1]
    model = PatchDictionary(words=12, patch=4, drawn=500).fit(images)
    expected = [described(model, image) for image in images]
    np.testing.assert_allclose(model.transform(images), expected, rtol=2e-3, atol=0.05)


def test_larger_images_are_reduced_by_averaging():
    x = noise(3, 40, 64)
    model = PatchDictionary(words=6, patch=3, side=16).fit(x)
    expected = [described(model, image) for image in pool(x, 16)]
    np.testing.assert_allclose(model.transform(x), expected, rtol=1e-3, atol=1e-2)


def test_whitened_patches_are_uncorrelated_and_of_variance_one():
    x = noise(40)
    x = ((x.astype(int) + np.roll(x, 1, axis=2) + np.roll(x, 1, axis=1)) // 3).astype(np.uint8)
    model = PatchDictionary(patch=4, drawn=10**6, epsilon=1e-9, words=4).fit(x)
    patches = np.concatenate([patches_of(image, 4).reshape(-1, 16) for image in x])
    white = (patches - model.mean_) @ model.whitening_
    eigenvalues = np.linalg.eigvalsh(np.cov(white.T, bias=True))
    # a normalised patch has mean 0: there is one direction without any variance
    np.testing.assert_allclose(eigenvalues[1:], 1, atol=1e-5)
    assert eigenvalues[0] < 1e-6
    np.testing.assert_allclose(model.whitening_, model.whitening_.T, atol=1e-3)


@pytest.mark.slow
def test_the_words_are_means_of_the_patches_nearest_to_them():
    rng = np.random.default_rng(0)
    stripes = np.tile(np.where(np.arange(16) % 4 < 2, 200, 50), (16, 1))
    kinds = np.stack([stripes, stripes.T, np.full((16, 16), 100)])
    x = np.clip(kinds[np.arange(30) % 3] + rng.normal(0, 2, (30, 16, 16)), 0, 255)
    x = x.astype(np.uint8)[..., None]
    model = PatchDictionary(words=9, patch=4, drawn=10**6, iterations=100).fit(x)
    patches = np.concatenate([patches_of(image, 4).reshape(-1, 16) for image in x])
    white = (patches - model.mean_) @ model.whitening_
    labels = ((white[:, None] - model.words_) ** 2).sum(axis=2).argmin(axis=1)
    assert len(np.unique(labels)) == 9
    for k, word in enumerate(model.words_):
        np.testing.assert_allclose(white[labels == k].mean(axis=0), word, atol=1e-3)


@pytest.mark.slow
def test_features_do_not_depend_on_the_other_images():
    x = noise(70, 20, 20)
    model = PatchDictionary(words=30).fit(x)
    whole = model.transform(x)
    np.testing.assert_array_equal(model.transform(x[::-1])[::-1], whole)
    np.testing.assert_array_equal(model.transform(x[5:6])[0], whole[5])
    np.testing.assert_array_equal(model.transform(x[3:68]), whole[3:68])


def test_the_same_seed_gives_the_same_dictionary_and_another_seed_another():
    x = noise(10)
    first, again, other = (
        PatchDictionary(words=20, drawn=300, random_state=seed).fit(x) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first.words_, again.words_)
    assert not np.array_equal(first.words_, other.words_)


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(8, 8), (8, 31), (512, 8)])
@pytest.mark.parametrize("value", [0, 77, 255])
def test_constant_images_have_finite_features(shape, value):
    x = np.full((3, *shape, 1), value, dtype=np.uint8)
    model = PatchDictionary().fit(x)
    assert len(model.words_) == 1
    assert not model.transform(x).any()
    x = noise(3, *shape)
    assert np.isfinite(model.transform(x)).all()
    assert np.isfinite(PatchDictionary(words=16).fit_transform(x)).all()


def test_there_is_a_name_for_every_column_zones_first():
    x = noise(2)
    model = PatchDictionary(words=5, patch=4, grid=2).fit(x)
    names = list(model.get_feature_names_out())
    values = model.transform(x)
    expected = described(model, x[1]).reshape(2, 2, 5)  # zone row, zone column, word
    assert len(names) == values.shape[1] == expected.size
    for (row, col, word), value in np.ndenumerate(expected):
        column = names.index(f"patch_word{word:03d}_zone{row}{col}")
        assert values[1, column] == pytest.approx(value, rel=1e-3, abs=1e-2)


def test_other_images_than_those_of_the_fit_are_refused():
    model = PatchDictionary(words=4).fit(noise(3))
    with pytest.raises(ValueError, match="fitted on images"):
        model.transform(noise(3, 16, 17))
    with pytest.raises(ValueError, match="fitted on images"):
        model.transform(noise(3, c=3))
    model.transform(noise(3, c=2))  # the mask is ignored


@pytest.mark.parametrize("setting", [{"patch": 9}, {"patch": 1}, {"words": 0}, {"epsilon": 0.0}])
def test_settings_that_do_not_exist_are_refused(setting):
    with pytest.raises(ValueError, match="must be"):
        PatchDictionary(**setting).fit(noise(2))
