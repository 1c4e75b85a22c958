import numpy as np
import pytest

from baselines.features import cache
from baselines.features.cache import RowCache
from baselines.features.handcrafted import HandcraftedFeatures

IMAGES = np.random.default_rng(0).integers(0, 256, (9, 16, 16, 1), dtype=np.uint8)


class Counted:
    """Row means and the row's sum, counting the images that were computed."""

    def __init__(self):
        self.computed = 0

    def __call__(self, images):
        self.computed += len(images)
        flat = images.reshape(len(images), -1).astype(float)
        return np.stack([flat.mean(axis=1), flat.sum(axis=1)], axis=1)


def test_what_was_computed_once_is_found_in_any_order_and_process(tmp_path):
    compute = Counted()
    first, cached = RowCache(tmp_path, "means").rows(IMAGES, compute)
    assert cached == 0
    again, cached = RowCache(tmp_path, "means").rows(IMAGES[::-2], compute)
    np.testing.assert_array_equal(again, first[::-2])
    assert compute.computed == len(IMAGES)
    assert cached > 0


def test_only_new_images_are_computed_and_each_row_stays_with_its_image(tmp_path):
    compute = Counted()
    store = RowCache(tmp_path, "means")
    store.rows(IMAGES[[1, 4]], compute)
    values, _ = store.rows(IMAGES[:6], compute)
    assert compute.computed == 6
    np.testing.assert_array_equal(values, Counted()(IMAGES[:6]))


def test_one_changed_pixel_is_another_image(tmp_path):
    compute = Counted()
    store = RowCache(tmp_path, "means")
    before, _ = store.rows(IMAGES, compute)
    changed = IMAGES.copy()
    changed[3, 5, 5] ^= 1
    after, _ = store.rows(changed, compute)
    assert compute.computed == len(IMAGES) + 1
    np.testing.assert_array_equal(np.flatnonzero((after != before).any(axis=1)), [3])


def test_keys_do_not_share_rows(tmp_path):
    compute = Counted()
    for key in ("means", "medians"):
        RowCache(tmp_path, key).rows(IMAGES, compute)
    assert compute.computed == 2 * len(IMAGES)


@pytest.mark.slow
def test_large_stacks_are_looked_up_in_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "BLOCK_BYTES", 4 * IMAGES[0].nbytes)
    compute = Counted()
    values, _ = RowCache(tmp_path, "means").rows(IMAGES, compute)
    assert len(list((tmp_path / "means").iterdir())) == 3
    again, cached = RowCache(tmp_path, "means").rows(IMAGES, compute)
    np.testing.assert_array_equal(again, values)
    assert compute.computed == len(IMAGES)
    assert cached > 0


def test_a_folder_that_cannot_be_written_costs_only_the_saving(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    compute = Counted()
    values, cached = RowCache(tmp_path / "file", "means").rows(IMAGES, compute)
    np.testing.assert_array_equal(values, Counted()(IMAGES))
    assert cached == 0


@pytest.mark.slow
@pytest.mark.parametrize("c", [1, 4])
def test_features_from_the_cache_are_those_without_it_and_are_charged_for(tmp_path, c):
    x = np.random.default_rng(1).integers(0, 256, (12, 20, 20, c), dtype=np.uint8)
    plain = HandcraftedFeatures().fit(x)
    writer = HandcraftedFeatures(cache_folder=str(tmp_path)).fit(x[:7])
    assert writer.cached_seconds_ == 0
    reader = HandcraftedFeatures(cache_folder=str(tmp_path)).fit(x[:7])
    assert reader.cached_seconds_ > 0
    assert reader.fit_info_ == writer.fit_info_
    charged = reader.cached_seconds_
    np.testing.assert_array_equal(reader.transform(x), plain.transform(x))
    assert reader.cached_seconds_ > charged


@pytest.mark.slow
def test_sets_of_other_families_do_not_share_rows(tmp_path):
    x = IMAGES
    HandcraftedFeatures(("glcm",), str(tmp_path)).fit(x)
    other = HandcraftedFeatures(("lbp",), str(tmp_path)).fit(x)
    assert other.cached_seconds_ == 0
    np.testing.assert_array_equal(
        other.transform(x), HandcraftedFeatures(("lbp",)).fit(x).transform(x)
    )
