import numpy as np
import pytest

from bench.data.dataset import Split
from bench.methods.explanation import MOST, activation_maps, importance, worth_seeing
from bench.protocol.errors import ContractError
from bench.protocol.predictions import Thumbnails
from bench.protocol.record import Trial
from bench.protocol.study import Study
from bench.run.engine import explained_cases
from bench.run.loading import Prepared


def cases(n, k=2):
    rng = np.random.default_rng(n)
    p = rng.dirichlet(np.ones(k), n)
    images = rng.integers(0, 256, (n, 8, 8, 1), dtype=np.uint8)
    ids = np.array([f"c{i}" for i in range(n)])
    return Split(images, rng.integers(0, k, n), ids), p


def asked(n, k=2, positive=1, pictured=None):
    """What `explain` is called with, and what is stored."""
    part, p = cases(n, k)
    calls = []

    def explain(model, images, targets):
        calls.append((model, images, targets))
        return np.arange(len(images) * 6, dtype=float).reshape(-1, 2, 3) - 1

    rows = np.arange(n) if pictured is None else np.array(pictured)
    stored = activation_maps(explain, "model", part, rows, p, positive)
    return part, p, calls, stored


def test_of_two_classes_the_positive_one_is_explained_and_of_more_the_one_named():
    _, _, ((model, images, targets),), stored = asked(9, positive=0)
    assert (model, images.shape, targets.tolist()) == ("model", (9, 8, 8, 1), [0] * 9)
    assert stored.targets.tolist() == [0] * 9
    _, p, ((_, _, targets),), _ = asked(9, k=4, positive=None)
    assert targets.tolist() == p.argmax(axis=1).tolist()


def test_each_map_is_stored_on_a_scale_of_its_own_from_zero():
    part, _, _, stored = asked(3)
    assert stored.case_ids.tolist() == part.case_ids.tolist()
    assert stored.grids.dtype == np.uint8
    # values -1 0 1 2 3 4 of the first image, 5 to 10 of the second
    assert stored.grids[0].ravel().tolist() == [0, 0, 64, 128, 191, 255]
    assert stored.grids[1].ravel().tolist() == [128, 153, 178, 204, 230, 255]


def test_only_cases_with_a_picture_are_asked_about():
    part, _, ((_, images, _),), stored = asked(9, pictured=[2, 7])
    assert stored.case_ids.tolist() == ["c2", "c7"]
    np.testing.assert_array_equal(images, part.images[[2, 7]])


def test_of_many_cases_the_wrong_and_the_uncertain_are_chosen():
    part, p = cases(1000)
    rows = worth_seeing(np.arange(1000), part.labels, p)
    assert len(np.unique(rows)) == MOST
    given = p[np.arange(1000), part.labels]
    wrong = set(np.argsort(given)[: MOST // 2])
    assert wrong <= set(rows)
    unsure = np.abs(p[:, 0] - 0.5)
    others = np.setdiff1d(rows, list(wrong))
    left = np.setdiff1d(np.arange(1000), rows)
    assert unsure[others].max() <= unsure[left].min()


def test_large_maps_are_stored_smaller():
    part, p = cases(2)
    wide = np.zeros((2, 20, 128))
    wide[:, :, 64:] = 3.0
    stored = activation_maps(lambda *_: wide, None, part, np.arange(2), p, 1)
    assert stored.grids.shape == (2, 20, 32)
    assert (stored.grids[:, :, :16] == 0).all()
    assert (stored.grids[:, :, 16:] == 255).all()


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (np.zeros((1, 4, 4)), r"shape \(1, 4, 4\) for 2 images"),
        (np.full((2, 4, 4), np.nan), "not all finite"),
        (np.zeros((2, 4)), r"shape \(2, 4\) for 2 images"),
        (np.zeros((2, 0, 4)), r"shape \(2, 0, 4\) for 2 images"),
    ],
)
def test_maps_that_cannot_be_used_are_an_error_that_says_why(said, why):
    part, p = cases(2)
    with pytest.raises(ContractError, match=why):
        activation_maps(lambda *_: said, None, part, np.arange(2), p, 1)


def test_importance_that_is_not_finite_is_left_out_and_named():
    part, _ = cases(2)
    told = importance(lambda *_: {"a": 0.5, "b": np.nan, "c": np.inf}, None, part)
    assert told == ({"a": 0.5}, "not finite for b, c")


def test_one_trial_of_every_fold_is_asked_that_of_the_lowest_seed_and_all_training_images():
    study = Study(("d",), ("m",), seeds=(3, 1, 2), folds=3, fractions=(0.5, 1.0))
    ready = Prepared("d", thumbnails=Thumbnails(np.array(["c1", "c2"]), (b"", b"")))

    def pictured(**trial):
        return explained_cases(Trial("d", "m", **trial), study, ready)

    assert pictured(seed=1, fold=0) == pictured(seed=None, fold=0) == ("c1", "c2")
    assert pictured(seed=1, fold=1) == pictured(seed=1, fold=2) == ("c1", "c2")
    assert pictured(seed=2, fold=0) == pictured(seed=2, fold=1) == ()
    assert pictured(seed=1, fold=0, resample=0) == pictured(seed=1, fold=0, repeat=1) == ()
    assert pictured(seed=1, fold=0, fraction=0.5) == ()
    assert explained_cases(Trial("d", "m", 1, 0), study, Prepared("d")) == ()
