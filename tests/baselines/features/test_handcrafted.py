import numpy as np
import pytest
from numba import config
from sklearn.base import clone

from baselines.features.handcrafted import FAMILIES, HandcraftedFeatures

RNG = np.random.default_rng(0)


def images(n=4, h=28, w=28, c=1):
    return RNG.integers(0, 256, (n, h, w, c), dtype=np.uint8)


def one_pixel(c):
    x = np.zeros((1, 20, 20, c), dtype=np.uint8)
    x[0, 7, 12] = 255
    return x


def corner(c):
    x = np.full((1, 16, 16, c), 255, dtype=np.uint8)
    x[0, 0, 0] = 0
    return x


DEGENERATE = {
    "black": lambda c: np.zeros((1, 16, 16, c), dtype=np.uint8),
    "white": lambda c: np.full((1, 16, 16, c), 255, dtype=np.uint8),
    "gray": lambda c: np.full((1, 17, 33, c), 128, dtype=np.uint8),
    "one pixel": one_pixel,
    "all but one corner": corner,
    "a line": lambda c: np.repeat(np.eye(32, dtype=np.uint8)[None, :, :, None], c, axis=3) * 255,
    "smallest": lambda c: images(1, 8, 8, c),
    "checkerboard": lambda c: np.repeat(
        (np.indices((16, 16)).sum(axis=0) % 2 * 255).astype(np.uint8)[None, :, :, None], c, axis=3
    ),
}


@pytest.mark.parametrize("c", [1, 2, 3, 4])
@pytest.mark.parametrize("name", DEGENERATE)
def test_degenerate_images_have_finite_features(name, c):
    x = DEGENERATE[name](c)
    assert np.isfinite(HandcraftedFeatures().fit_transform(x)).all()


@pytest.mark.parametrize("c", [1, 2, 3, 4])
@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_names_its_columns(family, c):
    transformer = FAMILIES[family]()
    values = transformer.fit_transform(images(c=c))
    names = list(transformer.get_feature_names_out())
    assert values.shape == (4, len(names))
    assert values.dtype == np.float64
    assert len(set(names)) == len(names)
    prefix = {"zones": "zone"}.get(family, family)
    assert all(name.startswith(f"{prefix}_") for name in names)


@pytest.mark.slow
@pytest.mark.parametrize("c", [1, 2, 3, 4])
def test_the_union_is_its_families_side_by_side(c):
    x = images(c=c)
    union = HandcraftedFeatures().fit(x)
    values = union.transform(x)
    np.testing.assert_array_equal(
        values, np.hstack([family().fit_transform(x) for family in FAMILIES.values()])
    )
    names = union.get_feature_names_out()
    assert values.shape[1] == len(names) == len(set(names))
    assert sum(union.fit_info_["features"].values()) == len(names)


@pytest.mark.slow
@pytest.mark.parametrize("c", [1, 4])
def test_the_number_of_features_does_not_depend_on_the_size(c):
    sizes = [(16, 16), (28, 28), (31, 47), (96, 64), (512, 512)]
    widths = {HandcraftedFeatures().fit_transform(images(1, h, w, c)).shape[1] for h, w in sizes}
    assert len(widths) == 1


@pytest.mark.slow
@pytest.mark.parametrize("c", [1, 2, 3, 4])
def test_features_of_an_image_do_not_depend_on_the_others(c):
    x = images(n=5, c=c)
    union = HandcraftedFeatures().fit(x)
    together = union.transform(x)
    np.testing.assert_array_equal(union.transform(x[::-1]), together[::-1])
    for k in range(5):
        np.testing.assert_array_equal(union.transform(x[k : k + 1])[0], together[k])


def test_large_stacks_are_cut_into_batches_without_a_trace():
    x = images(n=70, h=128, w=130)  # more than 2**20 pixels
    union = HandcraftedFeatures(("intensity", "hog")).fit(x)
    np.testing.assert_array_equal(union.transform(x)[-3:], union.transform(x[-3:]))


@pytest.mark.slow
@pytest.mark.parametrize("c", [1, 4])
def test_the_number_of_threads_changes_no_bit(monkeypatch, c):
    x = images(n=11, c=c)
    union = HandcraftedFeatures().fit(x)
    alone = union.transform(x)
    monkeypatch.setattr(config, "NUMBA_NUM_THREADS", 3)
    np.testing.assert_array_equal(union.transform(x), alone)


@pytest.mark.parametrize("c", [1, 2, 3, 4])
def test_a_read_only_memory_map_gives_the_same_features_and_stays_as_it_is(tmp_path, c):
    x = images(c=c)
    np.save(tmp_path / "x.npy", x)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    np.testing.assert_array_equal(
        HandcraftedFeatures().fit_transform(mapped), HandcraftedFeatures().fit_transform(x)
    )
    np.testing.assert_array_equal(np.load(tmp_path / "x.npy"), x)


def test_a_view_with_strides_is_described_like_its_copy():
    x = images(n=6, h=40, w=40, c=3)
    view = x[::2, ::-1, 4:-4]
    np.testing.assert_array_equal(
        HandcraftedFeatures().fit_transform(view), HandcraftedFeatures().fit_transform(view.copy())
    )


def test_another_number_of_channels_than_in_fit_is_refused():
    with pytest.raises(ValueError, match="fitted on images with 1 channels, got 3"):
        HandcraftedFeatures().fit(images()).transform(images(c=3))


@pytest.mark.parametrize("families", [("glcm", "curvelet"), ()])
def test_an_unknown_family_is_refused_with_the_known_ones(families):
    with pytest.raises(ValueError, match=", ".join(FAMILIES)):
        HandcraftedFeatures(families).fit(images())


def test_the_record_tells_where_the_lesions_come_from():
    x = images(n=3, c=2)
    x[0, ..., 1] = 0
    given = HandcraftedFeatures().fit(x).fit_info_["segmentation"]
    assert given == {"source": "mask channel", "empty": 1}
    found = HandcraftedFeatures().fit(x[..., :1]).fit_info_["segmentation"]
    assert found["source"] == "Otsu threshold"
    assert 0 <= found["bright"] <= 1
    assert 0 < found["median_separability"] <= 1
    assert "segmentation" not in HandcraftedFeatures(("glcm",)).fit(x).fit_info_


def test_a_clone_has_the_same_families():
    original = HandcraftedFeatures(("lbp", "glcm"))
    assert clone(original).get_params()["families"] == ("lbp", "glcm")
