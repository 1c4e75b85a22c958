"""Corruptions: of all kinds, sizes and channels, and what each is by its definition."""

from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageEnhance

from bench.data.corruptions import MODALITIES, SEVERITIES, corrupt, names
from bench.protocol.choices import RANDOM_CORRUPTIONS
from bench.protocol.errors import UsageError


def tissue(n=12, h=28, w=28, c=1, seed=0, grain=12):
    """Smooth structures with some grain, as images `(n, h, w, c)` have them; a mask is a disc."""
    from scipy.ndimage import gaussian_filter

    rng = np.random.default_rng(seed)
    colours = c - (c % 2 == 0)
    smooth = gaussian_filter(rng.normal(size=(n, h, w, colours)), (0, h / 16, w / 16, 0))
    values = 110 + 45 * smooth / smooth.std() + grain * rng.normal(size=smooth.shape)
    images = np.clip(values, 0, 255).astype(np.uint8)
    if colours == c:
        return images
    rows, columns = np.ogrid[:h, :w]
    disc = ((rows - h / 2) ** 2 + (columns - w / 2) ** 2 < (h / 4) ** 2).astype(np.uint8)
    return np.concatenate([images, np.broadcast_to(disc[..., None], (n, h, w, 1))], axis=3)


def distance(images, kind, severity):
    """The mean distance of gray levels from the original, masks left out."""
    colours = images.shape[3] - (images.shape[3] % 2 == 0)
    spoilt = corrupt(images, kind, severity, seed=1)
    return np.abs(spoilt[..., :colours].astype(int) - images[..., :colours]).mean()


SHAPES = [(8, 8), (9, 13), (28, 28), (40, 31)]
CASES = [(kind, c) for c in (1, 2, 3, 4) for kind in names(channels=c)]


@pytest.mark.parametrize(("kind", "c"), CASES)
def test_the_distance_from_the_original_grows_with_severity_at_every_size(kind, c):
    for h, w in SHAPES:
        images = tissue(20, h, w, c)
        found = [distance(images, kind, severity) for severity in SEVERITIES]
        assert (np.diff([0, *found]) > 0).all(), (h, w, found)


@given(
    case=st.sampled_from(CASES),
    severity=st.sampled_from(SEVERITIES),
    shape=st.sampled_from(SHAPES),
    rows=st.lists(st.integers(0, 6), min_size=1, max_size=9),
    seed=st.integers(0, 2**31),
)
@settings(max_examples=150, deadline=None)
def test_an_image_is_spoilt_alike_in_any_company(case, severity, shape, rows, seed):
    kind, c = case
    images = tissue(7, *shape, c, seed=3)
    before = images.copy()
    together = corrupt(images, kind, severity, seed)
    assert together.shape == images.shape
    assert together.dtype == np.uint8
    assert (images == before).all()
    assert (corrupt(images[rows], kind, severity, seed) == together[rows]).all()
    if c in (2, 4):
        assert (together[..., -1] == images[..., -1]).all()


RANDOM = [
    *("gaussian-noise", "shot-noise", "impulse-noise", "speckle-noise", "motion-blur", "speckle"),
    *("bias-field", "ghosting", "motion-artefact", "bubbles", "stain-deposits", "characters"),
    "ringing",
]


@pytest.mark.parametrize("kind", names())
def test_what_is_random_depends_on_the_seed_and_nothing_else_does(kind):
    images = tissue(12, 32, 32, 3)
    other = (corrupt(images, kind, 5, seed=1) != corrupt(images, kind, 5, seed=2)).any()
    assert other == (kind in RANDOM)


@pytest.mark.parametrize("kind", names())
def test_a_small_and_a_large_picture_of_the_same_are_spoilt_alike(kind):
    n, c = (6, 3) if kind == "saturation" else (30, 1)
    # without grain, of which the small picture would have none to lose
    large = tissue(n, 224, 224, c, seed=5, grain=0)
    small = np.rint(large.reshape(n, 56, 4, 56, 4, c).mean(axis=(2, 4))).astype(np.uint8)
    ratio = distance(large, kind, 4) / distance(small, kind, 4)
    if kind == "jpeg":  # whose blocks have 8 px at any size
        assert ratio < 0.75
    else:
        assert 0.75 < ratio < 1.33


CENTRED = [
    *("defocus-blur", "gaussian-blur", "motion-blur", "zoom-blur", "pixelate"),
    *("ringing", "motion-artefact"),
]


@pytest.mark.parametrize("kind", CENTRED)
def test_nothing_is_moved_so_that_a_mask_still_fits(kind):
    rows, columns = np.mgrid[:65, :65] - 32
    blob = 220 * np.exp(-(rows**2 + columns**2) / (2 * 8**2))
    images = np.repeat(np.rint(blob).astype(np.uint8)[None, ..., None], 20, axis=0)
    spoilt = corrupt(images, kind, 5)[..., 0].astype(float)
    weights = spoilt / spoilt.sum(axis=(1, 2), keepdims=True)
    assert np.abs((weights * rows).sum(axis=(1, 2)).mean()) < 0.3
    assert np.abs((weights * columns).sum(axis=(1, 2)).mean()) < 0.3


def test_noise_has_the_level_that_it_is_said_to_have():
    gray = np.full((1, 250, 250, 1), 128, np.uint8)
    noise = corrupt(gray, "gaussian-noise", 2).astype(float) - 128
    assert noise.std() == pytest.approx(0.08 * 255, rel=0.02)
    shot = corrupt(gray, "shot-noise", 2).astype(float)
    assert shot.mean() == pytest.approx(128, rel=0.01)
    assert shot.var() == pytest.approx(128 * 255 / 25, rel=0.05)  # clipped at 255, hardly
    grainy = corrupt(gray, "speckle-noise", 2).astype(float) - 128
    assert grainy.std() == pytest.approx(0.15 * 128, rel=0.02)
    dead = corrupt(gray, "impulse-noise", 5)
    assert (dead == 0).mean() == pytest.approx(0.085, rel=0.05)
    assert (dead == 255).mean() == pytest.approx(0.085, rel=0.05)


@pytest.mark.parametrize(
    ("kind", "enhancer", "factors"),
    [
        ("brightness-up", ImageEnhance.Brightness, (1.1, 1.2, 1.3, 1.4, 1.5)),
        ("brightness-down", ImageEnhance.Brightness, (0.9, 0.8, 0.7, 0.6, 0.5)),
        ("contrast-up", ImageEnhance.Contrast, (1.1, 1.2, 1.3, 1.4, 1.6)),
        ("contrast-down", ImageEnhance.Contrast, (0.9, 0.8, 0.7, 0.6, 0.4)),
    ],
)
@pytest.mark.parametrize("c", [1, 3])
def test_brightness_and_contrast_are_those_of_pillow_but_for_rounding(kind, enhancer, factors, c):
    images = tissue(4, 32, 40, c)
    for severity, factor in zip(SEVERITIES, factors, strict=True):
        found = corrupt(images, kind, severity)
        for image, spoilt in zip(images, found, strict=True):
            picture = Image.fromarray(image if c == 3 else image[..., 0])
            theirs = np.asarray(enhancer(picture).enhance(factor)).reshape(image.shape)
            assert np.abs(theirs.astype(int) - spoilt).max() <= 1


def test_jpeg_is_what_pillow_saves_and_reads():
    images = tissue(3, 30, 41, 3)
    buffer = BytesIO()
    Image.fromarray(images[1]).save(buffer, "JPEG", quality=15)
    assert (corrupt(images, "jpeg", 3)[1] == np.asarray(Image.open(buffer))).all()


def test_gamma_is_a_power_of_the_share_of_the_range():
    ramp = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1)
    expected = np.rint(255 * (np.arange(256) / 255) ** 1.6)
    assert (corrupt(ramp, "gamma-up", 5).ravel() == expected).all()


def test_saturation_changes_neither_value_nor_hue_and_leaves_gray_alone():
    import colorsys

    images = tissue(2, 8, 8, 3)
    images[0, :4] = images[0, :4, :, :1]
    spoilt = corrupt(images, "saturation", 3)
    assert (spoilt[0, :4] == images[0, :4]).all()
    assert (spoilt.max(axis=3) == images.max(axis=3)).all()
    for pixel, changed in zip(images[1].reshape(-1, 3), spoilt[1].reshape(-1, 3), strict=True):
        h, s, v = colorsys.rgb_to_hsv(*(pixel / 255))
        expected = np.array(colorsys.hsv_to_rgb(h, min(s + 0.15, 1), v)) * 255
        assert np.abs(expected - changed).max() <= 0.51


def test_pixelation_leaves_as_many_values_as_it_says():
    images = tissue(1, 224, 224, 1)
    found = corrupt(images, "pixelate", 5)[0, ..., 0]  # 8 pixels of 28 px
    assert (found.reshape(8, 28, 8, 28) == found[::28, ::28][:, None, :, None]).all()
    blocks = images.reshape(8, 28, 8, 28).mean(axis=(1, 3))
    assert np.abs(blocks - found[::28, ::28]).max() <= 0.51


def test_ringing_keeps_the_central_lines_of_k_space_alone():
    images = tissue(40, 64, 64, 1)
    found = corrupt(images, "ringing", 5).astype(float)[..., 0]  # 8 lines of 64
    lines = np.abs(np.fft.fftfreq(64, 1 / 64)) > 6
    power = np.abs(np.fft.fft2(found, axes=(1, 2))) ** 2
    beyond = np.stack([power[:, lines].sum(axis=(1, 2)), power[:, :, lines].sum(axis=(1, 2))])
    phase = beyond.argmin(axis=0)  # the axis without fine detail
    assert (beyond.min(axis=0) < 0.02 * beyond.max(axis=0)).all()
    assert set(phase) == {0, 1}, "both axes occur"


def test_a_bias_field_is_smooth_and_multiplies_by_at_most_e_to_its_level():
    images = np.full((20, 64, 64, 1), 90, np.uint8)
    field = corrupt(images, "bias-field", 5)[..., 0] / 90
    assert field.max() <= np.e + 0.01
    assert field.min() >= 1 / np.e - 0.01
    assert np.abs(np.diff(field, axis=1)).max() < 0.25


def test_speckle_is_coarser_in_a_larger_image_and_has_the_spread_of_a_rayleigh_amplitude():
    def grain(side):
        images = np.full((10, side, side, 1), 100, np.uint8)
        found = corrupt(images, "speckle", 2)[..., 0].astype(float) - 100
        near = (found[:, 1:] * found[:, :-1]).mean() / (found**2).mean()
        return near, found.std() / 100

    (near_small, spread_small), (near_large, spread_large) = grain(32), grain(224)
    assert near_small < near_large
    rayleigh = np.sqrt(4 / np.pi - 1)  # standard deviation over mean
    assert spread_small == pytest.approx(0.3 * rayleigh, rel=0.05)
    assert spread_large == pytest.approx(0.3 * rayleigh, rel=0.1)


def test_objects_cover_what_they_should():
    black, white = np.zeros((8, 100, 100, 1), np.uint8), np.full((8, 100, 100, 1), 255, np.uint8)
    bubbles = corrupt(black, "bubbles", 5)
    assert 0.02 < (bubbles > 0).mean() < 0.3
    assert 100 < bubbles.max() <= 130
    blots = corrupt(white, "stain-deposits", 5)
    assert (blots == 0).any(axis=(1, 2, 3)).all()
    assert 0.01 < (blots < 128).mean() < 0.15
    lens = corrupt(white, "black-corner", 5)
    assert (lens > 0).mean() == pytest.approx(np.pi * 0.45**2, rel=0.02)
    assert (corrupt(black, "characters", 5) > 0).any(axis=(1, 2, 3)).all()


def test_general_corruptions_are_for_all_modalities_and_others_for_their_own():
    general = set(names(""))
    assert general < set(names("mri")) < set(names())
    assert set(names("mri")) - general == {"bias-field", "ringing", "ghosting", "motion-artefact"}
    assert set(names("microscopy")) - general == {"bubbles", "stain-deposits"}
    assert set(names("dermatoscopy")) - general == {"black-corner", "characters"}
    assert set(names("ultrasound")) - general == {"speckle"} == set(names("oct")) - general
    assert set(names("xray")) == general
    assert set().union(*(names(modality) for modality in MODALITIES)) == set(names())


def test_gray_images_are_not_offered_what_changes_colours_alone():
    assert set(names("", 3)) - set(names("", 2)) == {"saturation"}
    with pytest.raises(
        UsageError, match=r"'saturation' changes colours, and the images are gray\."
    ):
        corrupt(tissue(2, c=2), "saturation", 1)


def test_a_name_that_is_not_known_is_answered_with_the_nearest():
    with pytest.raises(UsageError, match="Did you mean 'motion-blur'"):
        corrupt(tissue(2), "motionblur", 1)
    with pytest.raises(UsageError, match="Did you mean 'ultrasound'"):
        names("ultra-sound")
    for severity in (0, 6, 2.5):
        with pytest.raises(UsageError, match="it runs from 1 to 5"):
            corrupt(tissue(2), "jpeg", severity)


def test_no_image_at_all_gives_none():
    assert corrupt(np.zeros((0, 9, 9, 4), np.uint8), "bubbles", 2).shape == (0, 9, 9, 4)


@pytest.mark.parametrize("kind", names())
def test_those_called_random_are_those_that_the_seed_changes(kind):
    images = tissue(6, c=3)
    alike = np.array_equal(corrupt(images, kind, 3, seed=0), corrupt(images, kind, 3, seed=1))
    assert alike == (kind not in RANDOM_CORRUPTIONS)
