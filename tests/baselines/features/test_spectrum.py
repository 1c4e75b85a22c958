from itertools import pairwise

import numpy as np
import pytest

from baselines.features.spectrum import BAND_EDGES, DIRECTIONS, Spectrum, power_spectrum
from tests.baselines.analytic import analytic_images


def random_images(n=3, h=25, w=30):
    return np.random.default_rng(0).integers(0, 256, (n, h, w), dtype=np.uint8)


def power_law_fields(exponent, n, side, cut=None):
    """Periodic Gaussian fields with the power f^-exponent, or squares cut from them."""
    frequency = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side))
    frequency[0, 0] = np.inf
    white = np.random.default_rng(1).standard_normal((n, side, side))
    field = np.fft.irfft2(np.fft.rfft2(white) * frequency ** (-exponent / 2), s=(side, side))
    field = field[:, :cut, :cut]
    field -= field.mean(axis=(1, 2), keepdims=True)
    field *= 30 / field.std(axis=(1, 2), keepdims=True)
    return np.clip(np.rint(128 + field), 0, 255).astype(np.uint8)


def named(gray):
    return dict(zip(Spectrum().names(1), power_spectrum(gray).T, strict=True))


def periodic_component(image):
    """The periodic image whose Laplacian is that of `image` with no step across its border."""
    laplacian = np.zeros(image.shape)
    for axis in (0, 1):
        step = np.diff(image.astype(float), axis=axis)
        ahead, behind = [(0, 0), (0, 0)], [(0, 0), (0, 0)]
        ahead[axis], behind[axis] = (0, 1), (1, 0)
        laplacian += np.pad(step, ahead) - np.pad(step, behind)
    row, col = (2 * np.pi * np.fft.fftfreq(side) for side in image.shape)
    symbol = 2 * np.cos(row)[:, None] + 2 * np.cos(col)[None, :] - 4
    symbol[0, 0] = 1
    return np.fft.fft2(laplacian) / symbol


def reference(image):
    """All measures from the full plane of coefficients, one by one."""
    h, w = image.shape
    row, col = np.fft.fftfreq(h)[:, None], np.fft.fftfreq(w)[None, :]
    power = abs(periodic_component(image)) ** 2 / (h * w)
    power[0, 0] = 0
    frequency = np.hypot(row, col)
    direction = np.arctan2(row, col)
    used = np.ones((h, w), dtype=bool)
    used[0, 0] = False

    shorter = min(h, w)
    ring = np.rint(frequency * shorter)
    k = np.arange(2, shorter // 2 + 1)
    log_power = [np.log(power[used & (ring == number)].mean() + 1 / 12) for number in k]
    fit = np.polyfit(np.log(k), log_power, 1)
    residual = np.sqrt(np.mean((np.polyval(fit, np.log(k)) - log_power) ** 2))
    values = [-fit[0], residual]
    share = power / power.sum()
    edges = [-1.0, 0.25, 0.5, 2.0]
    for low, high in pairwise(edges):
        values.append(share[(frequency > low / 2) & (frequency <= high / 2)].sum())
    edges = [-1.0, *BAND_EDGES, 2.0]
    for low, high in pairwise(edges):
        inside = used & (frequency > low / 2) & (frequency <= high / 2)
        values.append(np.log((power[inside].mean() if inside.any() else 0) + 1 / 12))
    some = share[share > 0]
    values.append(-(some * np.log(some)).sum() / np.log(h * w - 1))
    disc = frequency <= 0.5
    values.append(abs((share * np.exp(2j * direction))[disc].sum()))
    for angle in DIRECTIONS:
        turn = np.abs((np.rad2deg(direction) - angle + 90) % 180 - 90)
        values.append(share[disc & (turn < 22.5)].sum())
    return values


@pytest.mark.parametrize("name", ["checkerboard", "disc", "gradient", "noise"])
def test_measures_follow_from_the_full_plane_on_analytic_images(name):
    image = analytic_images()[name][..., 0]
    np.testing.assert_allclose(
        power_spectrum(image[None])[0], reference(image), rtol=1e-7, atol=1e-9
    )


@pytest.mark.parametrize(("h", "w"), [(8, 8), (9, 8), (25, 30), (64, 17)])
def test_measures_follow_from_the_full_plane(h, w):
    gray = random_images(3, h, w)
    expected = [reference(image) for image in gray]
    np.testing.assert_allclose(power_spectrum(gray), expected, rtol=1e-7, atol=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("exponent", [0, 1, 2, 3])
@pytest.mark.parametrize(("side", "cut", "tolerance"), [(128, None, 0.15), (256, 28, 0.2)])
def test_the_slope_of_power_law_noise_is_recovered(exponent, side, cut, tolerance):
    value = named(power_law_fields(exponent, 60, side, cut))
    assert value["spectrum_slope"].mean() == pytest.approx(exponent, abs=tolerance)


def test_white_noise_has_its_variance_in_every_band_and_no_direction():
    gray = random_images(20, 64, 64)
    value = named(gray)
    variance = gray.astype(float).var()
    for k in range(2, len(BAND_EDGES) + 2):
        assert np.exp(value[f"spectrum_band{k}_log_power"]).mean() == pytest.approx(
            variance, rel=0.1
        )
    assert value["spectrum_entropy"].mean() > 0.94
    assert value["spectrum_anisotropy"].max() < 0.1
    # each direction has a quarter of the disc, which is π/4 of the plane
    for angle in DIRECTIONS:
        assert value[f"spectrum_{angle}_share"].mean() == pytest.approx(np.pi / 16, abs=0.02)


@pytest.mark.parametrize(
    ("angle", "down", "across"), [(0, 0, 5), (45, 4, 4), (90, 5, 0), (135, -4, 4)]
)
def test_a_wave_has_its_direction_and_its_band(angle, down, across):
    row, col = np.mgrid[:32, :32]
    wave = np.rint(128 + 100 * np.cos(2 * np.pi * (down * row + across * col) / 32 + 0.3))
    value = {name: v[0] for name, v in named(wave.astype(np.uint8)[None]).items()}
    assert value[f"spectrum_{angle}_share"] > 0.95
    assert value["spectrum_anisotropy"] > 0.95
    assert value["spectrum_mid_share"] > 0.95  # frequency 5/32 or 5.7/32, Nyquist 16/32
    assert value["spectrum_entropy"] < 0.2


def test_a_step_between_opposite_borders_hides_nothing():
    plain = power_law_fields(3, 20, 64)
    ramp = np.linspace(-60, 60, 64).astype(int)
    tilted = np.clip(plain.astype(int) // 2 + 60 + ramp, 0, 255).astype(np.uint8)
    slope = named(plain // 2 + 60)["spectrum_slope"].mean()
    # in the transform of the image itself the ramp's step takes the slope down by 0.16
    assert named(tilted)["spectrum_slope"].mean() == pytest.approx(slope, abs=0.05)


@pytest.mark.parametrize("level", [0, 77, 255])
@pytest.mark.parametrize(("h", "w"), [(8, 8), (17, 33)])
def test_a_constant_image_has_the_power_of_rounding_and_zeros(level, h, w):
    value = named(np.full((1, h, w), level, np.uint8))
    for name, v in value.items():
        assert v[0] == (np.log(1 / 12) if "log_power" in name else 0)


def test_shares_sum_to_one():
    value = named(random_images())
    total = sum(value[f"spectrum_{name}_share"] for name in ("low", "mid", "high"))
    np.testing.assert_allclose(total, 1, rtol=1e-12)


def test_brightness_changes_nothing_and_contrast_only_the_log_powers():
    gray = random_images() // 3
    np.testing.assert_allclose(power_spectrum(gray + 50), power_spectrum(gray), rtol=1e-9)
    shape = [k for k, name in enumerate(Spectrum().names(1)) if "log_power" not in name]
    np.testing.assert_allclose(
        power_spectrum(3 * gray)[:, shape], power_spectrum(gray)[:, shape], rtol=1e-2, atol=1e-3
    )


@pytest.mark.parametrize(("h", "w"), [(28, 28), (13, 31), (9, 11)])
def test_an_image_has_the_same_features_alone_bit_for_bit(h, w):
    x = random_images(33, h, w)[..., None]
    together = Spectrum().fit_transform(x)
    for k in (0, 8, 17, 32):
        np.testing.assert_array_equal(Spectrum().fit_transform(x[k : k + 1])[0], together[k])


def test_the_number_of_features_does_not_depend_on_the_size():
    for h, w in ((8, 8), (8, 100), (512, 300)):
        assert Spectrum().fit_transform(random_images(1, h, w)[..., None]).shape == (1, 17)
