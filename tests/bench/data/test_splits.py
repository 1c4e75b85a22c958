import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.data.dataset import Dataset, Provenance, Split
from bench.data.splits import (
    Pooled,
    automatic,
    draw_seed,
    folds,
    image_digests,
    validation,
)
from bench.data.training_samples import bootstrap, fraction
from bench.protocol.errors import DataError

NAMES = ("a", "b", "c")


def part(labels, groups=None, prefix="x"):
    labels = np.asarray(labels, dtype=np.int64)
    n = len(labels)
    rng = np.random.default_rng(n)
    ids = np.array([f"{prefix}{i}" for i in range(n)])
    groups = None if groups is None else np.asarray(groups).astype(str)
    return Split(rng.integers(0, 256, (n, 8, 8, 1)).astype(np.uint8), labels, ids, groups)


def test_an_automatic_split_is_60_20_20_and_stratified():
    labels = np.repeat([0, 1, 2], [100, 50, 50])
    parts = automatic(labels, NAMES, None, None, seed=0)
    assert [len(rows) for rows in parts] == [120, 40, 40]
    for rows in parts:
        np.testing.assert_allclose(np.bincount(labels[rows]) / len(rows), [0.5, 0.25, 0.25])
    assert sorted(np.concatenate(parts)) == list(range(200))


@pytest.mark.slow
def test_the_seed_decides_the_split():
    labels = np.repeat([0, 1], 50)
    first, again, other = (automatic(labels, "ab", None, None, s) for s in (0, 0, 1))
    assert all((a == b).all() for a, b in zip(first, again, strict=True))
    assert any(len(a) != len(b) or (a != b).any() for a, b in zip(first, other, strict=True))


@pytest.mark.slow
@settings(deadline=None, max_examples=40)
@given(
    counts=st.lists(st.integers(3, 12), min_size=2, max_size=5),
    seed=st.integers(0, 1000),
)
def test_every_class_is_in_every_part_however_rare(counts, seed):
    labels = np.repeat(np.arange(len(counts)), counts)
    names = [str(k) for k in range(len(counts))]
    if len(labels) < 10:
        return
    for rows in automatic(labels, names, None, None, seed):
        assert set(labels[rows]) == set(range(len(counts)))


@pytest.mark.slow
@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_no_patient_is_in_two_parts(data):
    n = data.draw(st.integers(40, 80))
    groups = np.array(data.draw(st.lists(st.integers(0, 25), min_size=n, max_size=n)))
    labels = (groups % 2).astype(np.int64)
    try:
        parts = automatic(labels, "ab", groups.astype(str), None, seed=0)
    except DataError:
        assert min(len(set(groups[labels == k])) for k in (0, 1)) < 5
        return
    found = [set(groups[rows]) for rows in parts]
    assert found[0] & found[1] == found[0] & found[2] == found[1] & found[2] == set()


def test_identical_images_stay_together():
    labels = np.repeat([0, 1], 40)
    images = part(labels).images
    images[1::2] = images[::2]
    for rows in automatic(labels, "ab", None, image_digests(images), seed=3):
        assert sorted(rows ^ 1) == sorted(rows)


def test_a_class_with_too_few_patients_is_named():
    labels = np.repeat([0, 1], [20, 6])
    groups = np.array([*map(str, range(20)), *(["p", "q"] * 3)])
    with pytest.raises(
        DataError, match=r"Class 'b' has 6 images of 2 patients; a split needs at least 3"
    ):
        automatic(labels, "ab", groups, None, seed=0)


def dataset(labels, groups=None):
    cut = len(labels) // 3
    pieces = [slice(0, cut), slice(cut, 2 * cut), slice(2 * cut, None)]
    made = [
        part(labels[p], None if groups is None else groups[p], name)
        for p, name in zip(pieces, "tvs", strict=True)
    ]
    names = tuple("abcdef"[: max(labels) + 1])
    return Dataset("d", names, *made, provenance=Provenance("generated"))


def test_every_case_is_tested_in_one_fold():
    data = dataset(np.tile([0, 1], 45))
    pooled = Pooled.of(data)
    made = folds(pooled, 5, seed=0)
    tested = np.concatenate([pooled.case_ids[fold.test] for fold in made])
    assert sorted(tested) == sorted(np.concatenate([p.case_ids for _, p in data.parts()]))
    for fold in made:
        rows = np.concatenate([fold.train, fold.val, fold.test])
        assert sorted(rows) == list(range(90))
        sizes = [len(fold.train), len(fold.val), len(fold.test)]
        assert sizes == pytest.approx([54, 18, 18], abs=2)


def test_pooled_images_are_those_of_the_cases():
    data = dataset(np.tile([0, 1], 45))
    whole = np.concatenate([p.images for _, p in data.parts()])
    rows = np.array([80, 3, 3, 60, 0])
    np.testing.assert_array_equal(Pooled.of(data).images(rows), whole[rows])


def test_folds_keep_patients_together():
    groups = np.repeat(np.arange(30), 3).astype(str)
    data = dataset(np.repeat(np.arange(30) % 2, 3), groups)
    pooled = Pooled.of(data)
    for fold in folds(pooled, 3, seed=1):
        of_part = [set(pooled.groups[rows]) for rows in (fold.train, fold.val, fold.test)]
        assert (
            of_part[0] & of_part[1] == of_part[0] & of_part[2] == of_part[1] & of_part[2] == set()
        )


def test_more_folds_than_cases_of_a_class_are_refused():
    with pytest.raises(DataError, match="at least 10"):
        folds(Pooled.of(dataset(np.tile([0, 1, 1, 1], 9))), 10, seed=0)


@pytest.mark.slow
def test_very_many_images_are_dealt_in_equal_shares_with_their_patients():
    n = 300_000
    labels = (np.arange(n) // 3 % 4 == 0).astype(np.int64)
    groups = (np.arange(n) // 3).astype(str)
    parts = automatic(labels, "ab", groups, None, seed=0)
    assert [len(rows) / n for rows in parts] == pytest.approx([0.6, 0.2, 0.2], abs=0.001)
    for rows in parts:
        assert labels[rows].mean() == pytest.approx(0.25, abs=0.001)
        assert (np.bincount(rows // 3)[np.unique(rows // 3)] == 3).all()


def test_a_fraction_is_stratified_and_smaller_ones_lie_in_larger():
    whole = part(np.repeat([0, 1], [60, 20]))
    small, large = fraction(whole, 0.25, seed=0), fraction(whole, 0.5, seed=0)
    assert np.bincount(small.labels).tolist() == [15, 5]
    assert np.bincount(large.labels).tolist() == [30, 10]
    assert set(small.case_ids) < set(large.case_ids)
    assert fraction(whole, 1.0, seed=0) is whole


def test_a_fraction_takes_whole_patients():
    groups = np.repeat(np.arange(20), 4)
    whole = part(np.repeat(np.arange(20) % 2, 4), groups)
    chosen = fraction(whole, 0.5, seed=0)
    assert (np.unique(chosen.groups, return_counts=True)[1] == 4).all()
    assert len(chosen) == 40


@pytest.mark.slow
def test_a_bootstrap_sample_draws_whole_patients_with_replacement_class_by_class():
    groups = np.repeat(np.arange(40), 3)
    whole = part(np.repeat(np.arange(40) % 4 == 0, 3).astype(int), groups)
    seen = []
    for i in range(200):
        drawn = bootstrap(whole, 0, i)
        assert np.bincount(drawn.labels).tolist() == [90, 30]
        ids, times = np.unique(drawn.case_ids, return_counts=True)
        assert (times.reshape(-1) > 1).any()
        by_patient = {g: drawn.case_ids[drawn.groups == g].tolist() for g in drawn.groups}
        assert all(len(set(own)) == 3 and len(own) % 3 == 0 for own in by_patient.values())
        seen.append(len(ids) / len(whole))
    assert np.mean(seen) == pytest.approx(0.64, abs=0.02)  # 1 - 1/e, and more of few patients
    same = bootstrap(whole, 0, 3).case_ids.tolist()
    assert same == bootstrap(whole, 0, 3).case_ids.tolist()
    assert same != bootstrap(whole, 1, 3).case_ids.tolist()


def test_a_bootstrap_sample_has_every_class_also_one_that_patients_have_beside_others():
    groups = np.repeat(np.arange(12), 4)
    whole = part(np.where(np.arange(48) % 4 == 3, groups == 5, 0), groups)
    for i in range(50):
        assert set(bootstrap(whole, 0, i).labels) == {0, 1}


def test_further_draws_of_the_folds_have_seeds_of_their_own():
    seeds = {draw_seed(s, r) for s in range(5) for r in range(5)}
    assert len(seeds) == 25
    assert [draw_seed(s, 0) for s in range(5)] == list(range(5))


def test_validation_leaves_a_class_with_one_patient_in_train():
    labels = np.array([0] * 20 + [1] * 20 + [2] * 4)
    groups = np.array([*map(str, range(40)), *["only"] * 4])
    train, _ = validation(np.arange(44), labels, groups, None, NAMES, seed=0)
    assert set(labels[train]) == {0, 1, 2}


def test_validation_is_cut_from_the_rows_that_are_given():
    given_rows = np.arange(0, 80)
    train, val = validation(given_rows, np.tile([0, 1], 50), None, None, "ab", seed=0)
    assert (len(train), len(val)) == (64, 16)
    assert sorted([*train, *val]) == given_rows.tolist()
