"""The phantoms are what they say, so that the answers they come with are true."""

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

from bench.data import phantoms
from bench.data.dataset import SPLITS
from bench.data.phantoms import arrangement, assembly, chance, fields, lesion, outline, tissue
from bench.data.phantoms.observer import (
    ideal_auc,
    log_likelihood_ratio,
    probability_positive,
)
from bench.data.phantoms.ultrasound import DYNAMIC_RANGE, REFERENCE, speckled
from bench.methods.contract import check_source
from bench.protocol.errors import DataError

ALL = ("texture", "shape", "context", "null")


@pytest.fixture(scope="module")
def made():
    return {name: getattr(phantoms, name)() for name in ALL}


def standard_error(auc, n):
    """Hanley and McNeil 1982, for n cases in each class."""
    q1, q2 = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    return np.sqrt((auc * (1 - auc) + (n - 1) * (q1 + q2 - 2 * auc**2)) / n**2)


@pytest.mark.slow
@pytest.mark.parametrize("name", ALL)
def test_a_phantom_is_the_same_each_time(made, name):
    first_then_again = iter([made[name], getattr(phantoms, name)()])
    check_source(lambda _: next(first_then_again))


@pytest.mark.parametrize("name", ALL)
def test_a_phantom_says_that_it_is_generated_and_what_is_true_of_it(made, name):
    data = made[name]
    assert data.name == f"phantom-{name}"
    assert data.provenance.generated
    assert data.known_answer.statement
    assert data.positive == 1


@pytest.mark.parametrize("name", ALL)
def test_no_image_of_a_phantom_is_there_twice(made, name):
    images = [image.tobytes() for _, part in made[name].parts() for image in part.images]
    assert len(set(images)) == len(images)


@pytest.mark.slow
@pytest.mark.parametrize("name", ALL)
def test_a_phantom_is_made_at_the_size_that_is_asked_for(name):
    assert getattr(phantoms, name)(64).image_shape[:2] == (64, 64)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("size", [8, 1024])
def test_a_size_at_which_a_phantom_means_nothing_is_refused(name, size):
    with pytest.raises(DataError, match=f"'phantom-{name}' can be made with .* not {size}"):
        getattr(phantoms, name)(size)


def test_a_part_does_not_depend_on_how_large_the_others_are():
    def painter(part, n, rng):
        return rng.integers(0, 1000, n).tolist()

    small = assembly.paint(1, assembly.counts(5, 5, 5), painter)
    large = assembly.paint(1, assembly.counts(50, 5, 5), painter)
    assert small["val"] == large["val"]
    assert small["test"] == large["test"]


# Texture: the ideal observer


def test_the_probability_of_a_quadratic_form_has_its_closed_form():
    # a x - b y for exponential x and y: two degrees of freedom each
    assert probability_positive(np.array([3.0, 3.0, -1.0, -1.0])) == pytest.approx(0.75, abs=1e-9)
    # one degree of freedom each: P(a z1² > b z2²) = 2/π atan(sqrt(a/b))
    exact = 2 / np.pi * np.arctan(np.sqrt(3.0))
    assert probability_positive(np.array([3.0, -1.0])) == pytest.approx(exact, abs=1e-6)


def test_the_probability_agrees_with_the_chi_square_distribution():
    # P(z1² + z2² + z3² > (z4² + z5²) 2) = P(F > 4/3)
    exact = stats.f.sf(2 * 2 / 3, 3, 2)
    weights = np.array([1.0, 1.0, 1.0, -2.0, -2.0])
    assert probability_positive(weights) == pytest.approx(exact, abs=1e-8)


def test_identical_classes_have_an_ideal_auc_of_one_half():
    assert ideal_auc(np.ones((8, 8)), np.ones((8, 8))) == 0.5


def test_the_ideal_auc_is_that_of_the_closed_form_for_one_scale():
    # 2n components of variance 1 and r: the energies are gamma distributed
    r, n = 2.0, 3
    exact = stats.f.cdf(r, 2 * n, 2 * n)
    assert ideal_auc(np.ones(2 * n), np.full(2 * n, r)) == pytest.approx(exact, abs=1e-9)


@pytest.mark.parametrize("size", [8, 9])
def test_the_likelihood_ratio_is_that_of_the_multivariate_normal_distribution(size):
    negative = fields.power_law(size, 2.0, 20.0) + 30.0
    positive = fields.power_law(size, 3.0, 20.0) + 30.0
    images = np.random.default_rng(0).integers(60, 200, (5, size, size)).astype(np.uint8)
    density = []
    for variances in (negative, positive):
        row = np.fft.ifft2(variances).real  # covariance of the pixel at (0, 0) with every other
        shifts = [np.roll(row, (i, j), (0, 1)).ravel() for i in range(size) for j in range(size)]
        normal = stats.multivariate_normal(np.full(size**2, 128.0), np.array(shifts))
        density.append(normal.logpdf(images.reshape(5, -1).astype(float)))
    expected = density[1] - density[0]
    scores = log_likelihood_ratio(images, 128.0, negative, positive)
    np.testing.assert_allclose(scores, expected, rtol=1e-8)


def test_a_power_law_field_has_the_deviation_and_exponent_it_was_given():
    power = fields.power_law(64, 3.0, 20.0)
    white = np.random.default_rng(1).standard_normal((400, 64, 64))
    drawn = fields.coloured(white, power)
    assert drawn.var(axis=0).mean() == pytest.approx(400.0, rel=0.03)
    energy = (np.abs(np.fft.fft2(drawn, norm="ortho")) ** 2).mean(axis=0)
    f = fields.frequencies(64)
    inside = (f >= 2) & (f <= 30)
    slope = np.polyfit(np.log(f[inside]), np.log(energy[inside]), 1)[0]
    assert slope == pytest.approx(-3.0, abs=0.02)


@pytest.mark.slow
def test_the_ideal_auc_agrees_with_simulated_images():
    model = tissue.model(16)
    n = 50_000
    labels = np.repeat([0, 1], n)
    images = tissue.sample(model, labels, np.random.default_rng(2))
    scores = log_likelihood_ratio(images[..., 0], tissue.MEAN, *model.variances)
    found = roc_auc_score(labels, scores)
    assert abs(found - model.auc) < 3 * standard_error(model.auc, n)


def test_the_ideal_scores_belong_to_the_test_images(made):
    data = made["texture"]
    answer = data.known_answer
    found = roc_auc_score(data.test.labels, answer.ideal_scores)
    n = int(data.test.labels.sum())
    assert abs(found - answer.ideal_auc) < 3 * standard_error(answer.ideal_auc, n)


@pytest.mark.parametrize("size", [16, 32, 100])
def test_the_best_auc_of_the_texture_is_the_same_at_every_size(size):
    assert tissue.model(size).auc == pytest.approx(tissue.TARGET, abs=0.002)


def test_the_texture_is_neither_clipped_nor_coarsely_rounded(made):
    images = made["texture"].test.images
    assert ((images == 0) | (images == 255)).mean() < 1e-4
    assert tissue.NOISE**2 > 100 / 12  # rounding adds less than one per cent to the noise


def test_the_textures_have_the_same_brightness_and_contrast():
    model = tissue.model(32)
    labels = np.repeat([0, 1], 4000)
    images = tissue.sample(model, labels, np.random.default_rng(3)).astype(float)
    for measure in (images.mean(axis=(1, 2, 3)), images.std(axis=(1, 2, 3))):
        assert roc_auc_score(labels, measure) == pytest.approx(0.5, abs=0.03)


# Shape


def test_an_outline_has_the_area_it_was_given():
    rng = np.random.default_rng(4)
    wave = outline.harmonics(np.arange(4, 11), *(0.1 * rng.standard_normal((2, 7))))
    radius = outline.of_area(outline.ellipse(0.7, 0.4) * np.exp(wave), 900.0)
    drawn = outline.Outline((32.2, 31.6), radius)
    assert (drawn.mask(64) > 0).sum() == pytest.approx(900, rel=0.02)
    assert drawn.coverage(64).sum() == pytest.approx(900, rel=0.02)


def test_an_ellipse_has_the_axes_it_was_given():
    radius = outline.ellipse(0.5, 0.0)
    assert radius.max() / radius.min() == pytest.approx(2.0)
    assert radius.max() * radius.min() == pytest.approx(1.0)
    assert outline.ANGLES[radius.argmax()] == 0


def test_speckle_is_fully_developed():
    gray = speckled(np.zeros((400, 400)), (1.0, 1.4), np.random.default_rng(5))
    power = 10 ** ((gray / 255 - REFERENCE) * DYNAMIC_RANGE / 10)
    # the power of a Rayleigh envelope is exponential: its deviation equals its mean
    assert power.mean() == pytest.approx(1.0, abs=0.03)
    assert power.std() / power.mean() == pytest.approx(1.0, abs=0.03)


def test_the_lesions_of_both_classes_are_drawn_alike_but_for_roughness():
    rng = np.random.default_rng(6)
    smooth, rough = ([lesion.patient(kind, rng) for _ in range(2000)] for kind in (False, True))
    for name in ("area", "ratio", "tilt", "contrast"):
        a, b = ([getattr(p, name) for p in kind] for kind in (smooth, rough))
        assert stats.ks_2samp(a, b).pvalue > 0.001, name
    a, b = ([p.roughness for p in kind] for kind in (smooth, rough))
    assert 0.9 < roc_auc_score([0] * 2000 + [1] * 2000, a + b) < 0.999


def first_views(part):
    _, rows = np.unique(part.groups, return_index=True)
    return part.take(rows)


def test_area_and_brightness_say_nothing_of_a_lesion(made):
    part = first_views(made["shape"].test)
    gray, inside = part.images[..., 0].astype(float), part.images[..., 1] > 0
    measures = {
        "area": inside.sum(axis=(1, 2)),
        "image": gray.mean(axis=(1, 2)),
        "surroundings": np.array([g[~m].mean() for g, m in zip(gray, inside, strict=True)]),
    }
    for name, measure in measures.items():
        auc = roc_auc_score(part.labels, measure)
        assert abs(auc - 0.5) < 3 * standard_error(0.5, int(part.labels.sum())), name


def test_the_outline_of_a_spiculated_lesion_is_longer(made):
    part = first_views(made["shape"].test)
    inside = np.pad(part.images[..., 1] > 0, ((0, 0), (1, 1), (1, 1)))
    edges = sum((inside != np.roll(inside, 1, axis)).sum(axis=(1, 2)) for axis in (1, 2))
    compactness = edges / np.sqrt(inside.sum(axis=(1, 2)))
    assert 0.65 < roc_auc_score(part.labels, compactness) < 0.97


def test_the_mask_is_near_the_lesion_but_not_it():
    rng = np.random.default_rng(7)
    overlaps = []
    for kind in (False, True) * 50:
        _, true, read = lesion.view(lesion.patient(kind, rng), 48, rng)
        a, b = true.mask(48) > 0, read.mask(48) > 0
        overlaps.append(2 * (a & b).sum() / (a.sum() + b.sum()))
    assert min(overlaps) > 0.75
    assert 0.85 < np.mean(overlaps) < 0.97


def test_patients_have_one_to_four_views_of_one_lesion(made):
    for _, part in made["shape"].parts():
        _, owner, views = np.unique(part.groups, return_inverse=True, return_counts=True)
        assert set(views) == {1, 2, 3, 4}
        for patient in range(len(views)):
            assert len(set(part.labels[owner == patient])) == 1
    masks = made["shape"].train.images[..., 1]
    assert ((masks == 0) | (masks == 255)).all()
    assert (masks > 0).any(axis=(1, 2)).all()


# Context


def co_occurrences(images, reach):
    """Sorted pairs of gray values of every lag up to `reach`, on the periodic field."""
    for down in range(reach + 1):
        for right in range(-reach, reach + 1):
            other = np.roll(images, (down, right), axis=(1, 2))
            pairs = np.round(images, 6) + 1000j * np.round(other, 6)
            yield (down, right), np.sort(pairs.reshape(len(images), -1), axis=1)


@pytest.mark.slow
@pytest.mark.parametrize("size", [48, 96])
def test_both_arrangements_have_the_same_co_occurrences_within_reach(size):
    rng = np.random.default_rng(8)
    n = 40 * 48**3 // size**3
    centres = arrangement.places(n, size, rng)
    like, mixed = (
        arrangement.drawn(centres, arrangement.kinds(np.full(n, label), rng), size)
        for label in (1, 0)
    )
    reach = arrangement.REACH * size // arrangement.NATIVE
    for (lag, a), (_, b) in zip(
        co_occurrences(like, reach), co_occurrences(mixed, reach), strict=True
    ):
        assert (a == b).all(), lag


def test_the_arrangements_differ_in_co_occurrences_across_a_pair():
    rng = np.random.default_rng(9)
    centres = arrangement.places(4, 48, rng)
    like, mixed = (
        arrangement.drawn(centres, arrangement.kinds(np.full(4, label), rng), 48)
        for label in (1, 0)
    )
    far = [
        (a != b).any()
        for ((down, right), a), (_, b) in zip(
            co_occurrences(like, 16), co_occurrences(mixed, 16), strict=True
        )
        if np.hypot(down, right) > 15
    ]
    assert any(far)


def test_disc_and_ring_have_the_same_mass():
    for scale in (1.0, 1.3, 4.0):
        disc, ring = arrangement.cells(scale)
        assert disc.sum() == pytest.approx(ring.sum())


def test_like_pairs_are_of_one_kind_and_mixed_pairs_of_both():
    like = np.repeat([0, 1], 200)
    kinds = arrangement.kinds(like, np.random.default_rng(10))
    assert (kinds.sum(axis=(1, 2)) == 2).all()
    within = kinds[:, :, 0] == kinds[:, :, 1]
    assert (within == (like == 1)[:, None]).all()
    # every way to do so occurs
    assert len(np.unique(kinds[like == 0].reshape(-1, 4), axis=0)) == 4
    assert len(np.unique(kinds[like == 1].reshape(-1, 4), axis=0)) == 2


def test_cells_lie_anywhere_with_equal_probability():
    centres = arrangement.places(5000, 48, np.random.default_rng(11))
    for axis in (0, 1):
        counts = np.bincount(centres[:, 0, 0, axis], minlength=48)
        assert stats.chisquare(counts).pvalue > 0.001


def test_the_observer_of_arrangements_errs_on_the_exceptions_alone(made):
    data = made["context"]
    scores = data.known_answer.ideal_scores
    assert (scores != data.test.labels).mean() == pytest.approx(arrangement.EXCEPTIONS)
    assert roc_auc_score(data.test.labels, scores) == pytest.approx(data.known_answer.ideal_auc)


def test_whole_image_measures_say_nothing_of_the_context(made):
    part = made["context"].test
    gray = part.images[..., 0].astype(float)
    spectrum = np.abs(np.fft.fft2(gray)) ** 2
    f = fields.frequencies(48)
    measures = {
        "mean": gray.mean(axis=(1, 2)),
        "deviation": gray.std(axis=(1, 2)),
        "coarse": spectrum[:, (f > 0) & (f < 3)].sum(axis=1),
        "fine": spectrum[:, (f > 6)].sum(axis=1),
    }
    for name, measure in measures.items():
        auc = roc_auc_score(part.labels, measure)
        assert abs(auc - 0.5) < 3 * standard_error(0.5, 500), name


# Null


def test_the_images_of_the_null_phantom_are_made_without_the_labels(made):
    streams = np.random.SeedSequence(chance.SEED).spawn(3)
    for name, stream in zip(SPLITS, streams, strict=True):
        for_images, _ = np.random.default_rng(stream).spawn(2)
        part = getattr(made["null"], name)
        again = chance.patients(chance.PATIENTS[name], chance.NATIVE, for_images)
        assert (part.images == again.reshape(part.images.shape)).all()


def test_the_null_phantom_says_that_there_is_nothing_to_find(made):
    answer = made["null"].known_answer
    assert "nothing to find" in answer.statement
    assert answer.ideal_auc == 0.5


def test_labels_of_the_null_phantom_are_balanced_and_one_to_a_patient(made):
    for _, part in made["null"].parts():
        assert part.labels.mean() == 0.5
        pairs = part.labels.reshape(-1, chance.VIEWS)
        assert (pairs[:, 0] == pairs[:, 1]).all()


def test_images_of_a_patient_resemble_each_other_more_than_those_of_others(made):
    gray = made["null"].test.images[..., 0].astype(float).reshape(-1, chance.VIEWS, 32 * 32)
    gray -= gray.mean(axis=2, keepdims=True)
    gray /= np.linalg.norm(gray, axis=2, keepdims=True)
    same = (gray[:, 0] * gray[:, 1]).sum(axis=1)
    others = (gray[:, 0] * np.roll(gray[:, 1], 1, axis=0)).sum(axis=1)
    assert same.mean() > 0.4
    assert abs(others.mean()) < 0.05
