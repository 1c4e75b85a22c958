import numpy as np
import pytest
from scipy import ndimage
from scipy.spatial.distance import pdist
from skimage.measure import (
    euler_number,
    find_contours,
    label,
    moments_central,
    moments_hu,
    moments_normalized,
    regionprops,
)
from skimage.morphology import convex_hull_image

from baselines.features.shape import REGION, Shape, region_descriptors, topology
from baselines.kernels.margin import MARGIN, margin_descriptors
from baselines.kernels.outline import outlines
from tests.baselines.analytic import analytic_images

H, W = 40, 52


@pytest.fixture(scope="module")
def blobs():
    """Single components of many forms: (n, H, W) uint8."""
    rng = np.random.default_rng(0)
    masks = []
    while len(masks) < 30:
        field = ndimage.gaussian_filter(rng.normal(size=(H, W)), rng.uniform(1, 6))
        labels, n = ndimage.label(field > np.quantile(field, 0.6), np.ones((3, 3)))
        component = labels == rng.integers(1, n + 1)
        if component.sum() > 5:
            masks.append(component)
    return np.array(masks, dtype=np.uint8)


def described(masks):
    return dict(zip(REGION, region_descriptors(masks).T, strict=True))


@pytest.mark.slow
def test_region_descriptors_agree_with_scikit_image(blobs):
    ours = described(blobs)
    side = np.sqrt(H * W)
    for k, mask in enumerate(blobs):
        props = regionprops(mask)[0]
        top, left, bottom, right = props.bbox
        sides = sorted([bottom - top, right - left])
        expected = {
            "area": props.area / (H * W),
            "perimeter": props.perimeter / side,
            "major_axis": props.axis_major_length / side,
            "minor_axis": props.axis_minor_length / side,
            "eccentricity": props.eccentricity,
            "extent": props.extent,
            "bounding_box_aspect": sides[0] / sides[1],
            "solidity": props.solidity,
            "compactness": 4 * np.pi * props.area / props.perimeter**2,
            "centroid_row": (props.centroid[0] + 0.5) / H - 0.5,
            "centroid_col": (props.centroid[1] + 0.5) / W - 0.5,
        }
        for name, value in expected.items():
            assert ours[name][k] == pytest.approx(value, rel=1e-9, abs=1e-7), name


@pytest.mark.slow
def test_the_diameter_is_that_of_the_contour_of_scikit_image(blobs):
    # regionprops itself takes the contour of the filled hull, which can reach a pixel further
    ours = described(blobs)["feret_diameter"] * np.sqrt(H * W)
    for diameter, mask in zip(ours, blobs, strict=True):
        contours = np.concatenate(find_contours(np.pad(mask, 1).astype(float), 0.5))
        assert diameter == pytest.approx(pdist(contours).max())
        assert diameter == pytest.approx(regionprops(mask)[0].feret_diameter_max, abs=1)


def test_hu_moments_agree_with_scikit_image(blobs):
    ours = described(blobs)
    for k, mask in enumerate(blobs):
        hu = moments_hu(moments_normalized(moments_central(mask.astype(float))))
        for number, value in enumerate(hu, start=1):
            expected = -np.sign(value) * np.log10(max(abs(value), 1e-12))
            tolerance = 1e-6 if abs(value) > 1e-9 else 0.2  # cancellation in the smallest moments
            assert ours[f"hu{number}"][k] == pytest.approx(expected, abs=tolerance) or (
                abs(value) < 1e-11
            )


@pytest.mark.slow
def test_the_hull_agrees_with_scikit_image(blobs):
    expected = [convex_hull_image(mask).sum() for mask in blobs]
    np.testing.assert_array_equal(outlines(blobs)[:, 1], expected)


def test_a_square_has_the_known_values():
    mask = np.zeros((1, 20, 20), dtype=np.uint8)
    mask[0, 5:15, 5:15] = 1
    values = {name: value[0] for name, value in described(mask).items()}
    assert values["area"] == 0.25
    assert values["perimeter"] == 36 / 20
    assert values["extent"] == values["solidity"] == values["bounding_box_aspect"] == 1
    assert values["eccentricity"] == 0
    assert values["orientation_cos"] == values["orientation_sin"] == 0
    assert values["centroid_row"] == values["centroid_col"] == 0
    assert values["hu2"] == values["hu3"] == 0
    # nine half pixels on each side beside four cut corners
    assert outlines(mask)[0, 2] == pytest.approx(4 * 9 + 4 * np.sqrt(0.5))


@pytest.mark.parametrize(("angle", "cos", "sin"), [(0, 1, 0), (90, -1, 0), (45, 0, 1)])
def test_the_orientation_is_that_of_the_major_axis(angle, cos, sin):
    r, c = np.mgrid[:61, :61] - 30
    t = np.deg2rad(angle)
    along, across = c * np.cos(t) + r * np.sin(t), r * np.cos(t) - c * np.sin(t)
    mask = ((along / 20) ** 2 + (across / 8) ** 2 <= 1).astype(np.uint8)
    values = {name: value[0] for name, value in described(mask[None]).items()}
    assert values["orientation_cos"] == pytest.approx(cos, abs=1e-9)
    assert values["orientation_sin"] == pytest.approx(sin, abs=1e-9)
    assert values["major_axis"] == pytest.approx(40 / 61, rel=0.02)
    assert values["minor_axis"] == pytest.approx(16 / 61, rel=0.02)


def star(amplitude, lobes, side=129, radius=40):
    r, c = np.mgrid[:side, :side] - side // 2
    theta = np.arctan2(r, c)
    return (np.hypot(r, c) <= radius * (1 + amplitude * np.cos(lobes * theta))).astype(np.uint8)


def margin_of(mask):
    return dict(zip(MARGIN, margin_descriptors(mask[None])[0], strict=True))


def radial_lengths(mask):
    """Distance of the farthest half-pixel step in the lesion, in each of 64 directions."""
    row, col = np.nonzero(mask)
    centre = row.mean(), col.mean()
    lengths = []
    for angle in 2 * np.pi * np.arange(64) / 64:
        sin, cos = np.sin(angle), np.cos(angle)
        to_edge = [np.inf]  # of the bounding box
        for step, low, high, origin in (
            (sin, row.min(), row.max(), centre[0]),
            (cos, col.min(), col.max(), centre[1]),
        ):
            if abs(step) > 1e-9:
                to_edge.append(((high + 0.5 if step > 0 else low - 0.5) - origin) / step)
        steps = np.arange(1, int(2 * min(to_edge)) + 1) / 2
        r = np.floor(centre[0] + steps * sin + 0.5).astype(int)
        c = np.floor(centre[1] + steps * cos + 0.5).astype(int)
        valid = (r >= 0) & (r < mask.shape[0]) & (c >= 0) & (c < mask.shape[1])
        hit = steps[valid][mask[r[valid], c[valid]] > 0]
        lengths.append(min(hit[-1] + 0.25, min(to_edge)) if len(hit) else 0.5)
    return np.array(lengths)


@pytest.mark.slow
def test_every_margin_descriptor_follows_its_formula(blobs):
    masks = [*blobs, *(image[..., 3] for image in analytic_images().values())]
    for mask in masks:
        lengths = radial_lengths(mask)
        r = lengths / lengths.mean()
        after = np.roll(r, -1)
        bins = 10 * (lengths - lengths.min()) / max(np.ptp(lengths), 1e-9)
        share = np.bincount(np.minimum(bins.astype(int), 9)) / 64
        spectrum = 2 * np.abs(np.fft.rfft(r)) / 64
        expected = {
            "radial_mean": lengths.mean() / np.sqrt(mask.size),
            "radial_std": r.std(),
            "radial_min": r.min(),
            "radial_max": r.max(),
            "radial_entropy": -np.sum(share[share > 0] * np.log2(share[share > 0])),
            "radial_crossings": np.sum((r > 1) != (after > 1)),
            "radial_area_ratio": np.mean(np.maximum(0, r - 1)),
            "radial_roughness": np.mean(abs(after - r)),
        }
        expected |= {f"radial_harmonic{k}": spectrum[k] for k in range(1, 13)}
        ours = margin_of(mask)
        assert tuple(ours) == tuple(expected)
        for name, value in expected.items():
            assert ours[name] == pytest.approx(value, abs=1e-9), name


def test_a_disc_has_a_constant_radius():
    values = margin_of(star(0, 1))
    assert values["radial_mean"] == pytest.approx(40 / 129, rel=0.01)
    assert values["radial_std"] < 0.01
    assert values["radial_min"] > 0.97
    assert values["radial_max"] < 1.03
    assert max(values[name] for name in MARGIN if "harmonic" in name) < 0.01


@pytest.mark.parametrize("lobes", [3, 5, 8])
def test_lobes_show_up_in_their_harmonic_with_their_amplitude(lobes):
    values = margin_of(star(0.2, lobes))
    harmonics = np.array([values[f"radial_harmonic{k}"] for k in range(1, 13)])
    assert harmonics[lobes - 1] == pytest.approx(0.2, abs=0.02)
    assert np.delete(harmonics, lobes - 1).max() < 0.03
    assert values["radial_std"] == pytest.approx(0.2 / np.sqrt(2), abs=0.01)
    assert values["radial_crossings"] == 2 * lobes
    assert values["radial_area_ratio"] == pytest.approx(0.2 / np.pi, abs=0.01)


def test_more_lobes_make_a_rougher_margin():
    rough = [margin_of(star(0.15, lobes))["radial_roughness"] for lobes in (2, 5, 9)]
    assert rough == sorted(rough)


@pytest.mark.parametrize(("h", "w"), [(16, 16), (16, 40)])
def test_an_empty_mask_gives_zeros(h, w):
    images = np.zeros((2, h, w, 2), dtype=np.uint8)
    assert not Shape().fit_transform(images).any()


def test_one_pixel_has_finite_values():
    mask = np.zeros((1, 16, 16), dtype=np.uint8)
    mask[0, 3, 9] = 1
    values = {name: value[0] for name, value in described(mask).items()}
    assert values["perimeter"] == values["major_axis"] == values["eccentricity"] == 0
    assert values["convexity"] == values["compactness"] == values["solidity"] == 1
    assert values["feret_diameter"] == 1 / 16
    assert np.isfinite(margin_descriptors(mask)).all()
    margin = margin_of(mask[0])
    assert margin["radial_min"] * margin["radial_mean"] == pytest.approx(0.5 / 16)
    assert margin["radial_max"] * margin["radial_mean"] == pytest.approx(0.5**0.5 / 16)


def test_a_full_mask_is_a_rectangle():
    values = described(np.ones((1, 16, 24), dtype=np.uint8))
    assert values["area"][0] == values["extent"][0] == values["solidity"][0] == 1
    assert values["bounding_box_aspect"][0] == pytest.approx(16 / 24)


# pyradiomics 3.0.1, RadiomicsShape2D of the masks of the analytic images, in pixels
@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "area", "major", "minor", "diameter", "elongation"),
    [
        ("checkerboard", 512, 36.932370625, 18.439088915, 35.341194094, 0.499266324),
        ("disc", 317, 20.101948365, 20.101948365, 21.0, 1.0),
        ("gradient", 256, 18.439088915, 18.439088915, 21.931712199, 1.0),
        ("noise", 246, 24.453706055, 14.167407919, 25.0, 0.579356270),
    ],
)
def test_sizes_and_axes_agree_with_pyradiomics(name, area, major, minor, diameter, elongation):
    ours = {
        key: value[0] for key, value in described(analytic_images()[name][None, ..., 3]).items()
    }
    assert ours["area"] * 1024 == area
    assert ours["major_axis"] * 32 == pytest.approx(major)
    assert ours["minor_axis"] * 32 == pytest.approx(minor)
    assert ours["feret_diameter"] * 32 == pytest.approx(diameter)
    assert np.sqrt(1 - ours["eccentricity"] ** 2) == pytest.approx(elongation)


def test_topology_agrees_with_scikit_image():
    rng = np.random.default_rng(5)
    masks = (rng.random((30, 19, 23)) < np.linspace(0.02, 0.98, 30)[:, None, None]).astype(np.uint8)
    components, euler = topology(masks).T
    assert components.tolist() == [label(mask, connectivity=2).max() for mask in masks]
    assert euler.tolist() == [euler_number(mask, connectivity=2) for mask in masks]


def test_a_ring_and_a_spot_are_two_components_with_one_hole():
    mask = np.zeros((2, 12, 12), dtype=np.uint8)
    mask[1, 2:7, 2:7] = 1
    mask[1, 3:6, 3:6] = 0
    mask[1, 9, 9] = 1
    assert topology(mask).tolist() == [[0, 0], [2, 1]]


def test_how_the_lesion_was_found_is_told_only_without_a_mask_channel():
    given, found = Shape().names(2), Shape().names(1)
    assert given[-2:] == ["shape_components", "shape_euler_number"]
    assert found[-3:] == [
        "shape_segmentation_bright",
        "shape_segmentation_separability",
        "shape_segmentation_border_share",
    ]
    assert given[:-2] == found[:-3]
