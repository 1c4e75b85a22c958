import numpy as np
import pytest
from scipy import ndimage
from skimage.filters import gabor, gabor_kernel

from baselines.features.gabor import ORIENTATIONS, Gabor, envelope, gabor_magnitudes
from tests.baselines.analytic import analytic_images


def random_images(n=3, h=25, w=30):
    return np.random.default_rng(0).integers(0, 256, (n, h, w), dtype=np.uint8)


def reference(image, wavelength, angle):
    """Mean and standard deviation of |response| with the kernel of scikit-image."""
    sigma, reach = envelope(wavelength)
    kernel = gabor_kernel(
        1 / wavelength, theta=np.deg2rad(angle), sigma_x=sigma, sigma_y=sigma, n_stds=8
    )
    centre = kernel.shape[0] // 2, kernel.shape[1] // 2
    kernel = kernel[tuple(slice(c - reach, c + reach + 1) for c in centre)]
    image = image - image.mean()
    response = ndimage.convolve(image, kernel.real, mode="reflect") + 1j * ndimage.convolve(
        image, kernel.imag, mode="reflect"
    )
    return abs(response).mean(), abs(response).std()


@pytest.mark.slow
@pytest.mark.parametrize("wavelength", [3.0, 6.0, 12.0])
@pytest.mark.parametrize("name", ["checkerboard", "disc", "gradient", "noise"])
def test_magnitudes_agree_with_scikit_images_kernel_on_analytic_images(name, wavelength):
    gray = analytic_images()[name][None, :, :, 0]
    expected = [reference(gray[0], wavelength, angle) for angle in ORIENTATIONS]
    np.testing.assert_allclose(gabor_magnitudes(gray, wavelength)[0], expected, rtol=1e-9)


@pytest.mark.parametrize(("h", "w"), [(8, 8), (9, 40), (31, 12)])
@pytest.mark.parametrize("wavelength", [2.0, 4.5, 12.0])
def test_magnitudes_agree_where_the_kernel_is_larger_than_the_image(h, w, wavelength):
    gray = random_images(2, h, w)
    expected = [[reference(image, wavelength, angle) for angle in ORIENTATIONS] for image in gray]
    np.testing.assert_allclose(gabor_magnitudes(gray, wavelength), expected, rtol=1e-9)


@pytest.mark.parametrize(("k", "angle"), [(0, 0), (2, 90)])
def test_waves_along_an_axis_agree_with_scikit_images_filter(k, angle):
    image = random_images(1)[0]
    sigma, _ = envelope(6.0)
    real, imaginary = gabor(
        image - image.mean(), 1 / 6, theta=np.deg2rad(angle), sigma_x=sigma, sigma_y=sigma
    )
    magnitude = np.hypot(real, imaginary)
    np.testing.assert_allclose(
        gabor_magnitudes(image[None], 6.0)[0, k], [magnitude.mean(), magnitude.std()], rtol=1e-9
    )


@pytest.mark.parametrize(("k", "angle"), list(enumerate(ORIENTATIONS)))
def test_a_wave_answers_in_its_own_direction(k, angle):
    row, col = np.mgrid[:40, :40]
    phase = np.cos(np.deg2rad(angle)) * col + np.sin(np.deg2rad(angle)) * row
    wave = np.rint(128 + 100 * np.cos(2 * np.pi * phase / 6)).astype(np.uint8)
    means = gabor_magnitudes(wave[None], 6.0)[0, :, 0]
    assert means.argmax() == k
    assert means[k] > 3 * np.delete(means, k).max()
    # in its interior a wave of amplitude a has the magnitude a / 2
    assert means[k] == pytest.approx(50, rel=0.15)  # less at the reflecting border


def test_a_constant_image_gives_zeros():
    assert not Gabor().fit_transform(np.full((2, 17, 31, 1), 77, np.uint8)).any()


def test_pooled_features_do_not_change_with_quarter_turns_and_flips():
    x = random_images()[..., None]
    family = Gabor().fit(x)
    pooled = [name.count("_") == 2 or "range" in name for name in family.names(1)]
    values = family.transform(x)[:, pooled]
    assert values.shape == (3, 12)
    for changed in (np.rot90(x, axes=(1, 2)), x[:, ::-1], x[:, :, ::-1]):
        np.testing.assert_allclose(family.transform(changed)[:, pooled], values, rtol=1e-9)


def test_contrast_scales_the_features_and_brightness_leaves_them():
    gray = random_images() // 3
    values = gabor_magnitudes(gray, 3.0)
    np.testing.assert_allclose(gabor_magnitudes(2 * gray + 5, 3.0), 2 * values, rtol=1e-9)


def test_pooled_columns_are_mean_and_range_of_the_orientations():
    x = random_images()[..., None]
    family = Gabor(wavelengths=(5.0,))
    value = dict(zip(family.names(1), family.fit_transform(x)[1], strict=True))
    for name in ("mean", "std"):
        four = [value[f"gabor_w5_{angle}_{name}"] for angle in ORIENTATIONS]
        assert value[f"gabor_w5_{name}"] == pytest.approx(np.mean(four), rel=1e-12)
        assert value[f"gabor_w5_{name}_range"] == pytest.approx(np.ptp(four), rel=1e-12)


@pytest.mark.parametrize(("h", "w"), [(28, 28), (13, 31)])
def test_an_image_has_the_same_features_alone_bit_for_bit(h, w):
    x = random_images(30, h, w)[..., None]
    together = Gabor().fit_transform(x)
    for k in (0, 8, 17, 29):
        np.testing.assert_array_equal(Gabor().fit_transform(x[k : k + 1])[0], together[k])


def test_the_number_of_features_does_not_depend_on_the_size():
    for h, w in ((8, 8), (8, 100), (512, 300)):
        assert Gabor().fit_transform(random_images(1, h, w)[..., None]).shape == (1, 36)


@pytest.mark.parametrize("wavelength", [1.9, 0.0, float("nan")])
def test_a_wavelength_below_two_pixels_is_refused(wavelength):
    with pytest.raises(ValueError, match="at least 2 pixels"):
        Gabor(wavelengths=(wavelength,)).fit_transform(random_images()[..., None])
