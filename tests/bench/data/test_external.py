"""External parts: from a folder, from a manifest, from a value of a column that is left out."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from bench.data.cache.near_duplicates import twins_of, twins_of_all
from bench.data.cache.table import Recipe
from bench.data.checks.card import known_of_predicted
from bench.data.dataset import Dataset, Provenance, Split
from bench.data.folders.reading import Reading
from bench.data.likeness.clusters import marks_of_external, restricted
from bench.data.memory_maps import open_memory_maps, write_fold, write_memory_maps
from bench.data.pseudonyms import HASHED, pseudonymised
from bench.data.sets import folder
from bench.data.splits import Pooled, folds
from bench.data.transport.external import with_external
from bench.data.transport.leave_out import values_of, without
from bench.protocol.errors import DataError, DataUnsuitable

SITES = ("Basel", "Bern", "Chur")


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("BENCH_CACHE", str(tmp_path_factory.mktemp("cache")))


def images(n, channels=1, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (n, 16, 16, channels)).astype(np.uint8)


def part(name, n=12, channels=1, groups=True, **metadata):
    return Split(
        images(n, channels, seed=len(name)),
        np.arange(n, dtype=np.int64) % 2,
        np.array([f"{name}-{i}" for i in range(n)]),
        np.array([f"{name}-patient-{i // 2}" for i in range(n)]) if groups else None,
        metadata,
    )


def dataset(channels=1, known=False, **changes):
    def own(name):
        age = {"age": np.arange(12.0), "sex": np.array([*"mf"] * 6)} if known else {}
        return part(name, channels=channels, **age)

    parts = {name: own(name) for name in ("train", "val", "test")}
    return Dataset("toy", ("no", "yes"), provenance=Provenance("made"), **{**parts, **changes})


def pictures(root, rows, header="path,label", seed=0, shape=(16, 16)):
    """A folder of pictures with a manifest of these rows."""
    root.mkdir(parents=True, exist_ok=True)
    for i, row in enumerate(rows):
        noise = np.random.default_rng(seed + i).integers(0, 256, shape).astype(np.uint8)
        Image.fromarray(noise).save(root / row.split(",")[0])
    (root / "manifest.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return root


def sites(root, label=lambda i: "ab"[i % 2], n=60):
    """Three sites of patients with two images each."""
    rows = [f"{i}.png,{label(i)},p{i // 2},{SITES[i // 2 % 3]},{i}" for i in range(n)]
    return pictures(root, rows, "path,label,group,site,age")


@pytest.mark.parametrize(("has", "wanted"), [(1, 3), (3, 1), (4, 2), (2, 1), (4, 1), (2, 4)])
def test_an_external_part_gets_the_channels_of_the_training_images(tmp_path, has, wanted):
    away = part("Basel", channels=has)
    got = with_external(dataset(wanted), {"Basel": away}, tmp_path).external["Basel"].images
    assert got.shape == (12, 16, 16, wanted)
    if has < 3:
        for channel in range(wanted - (wanted % 2 == 0)):
            np.testing.assert_array_equal(got[..., channel], away.images[..., 0])
    if wanted % 2 == 0:
        np.testing.assert_array_equal(got[..., -1], away.images[..., -1])
    if has == 3 and wanted == 1:
        luma = away.images @ np.array([0.299, 0.587, 0.114])
        assert np.abs(got[..., 0] - luma).max() <= 1


@pytest.mark.parametrize(("has", "wanted"), [(1, 2), (3, 4), (1, 4)])
def test_a_part_without_masks_is_refused_where_training_images_have_them(tmp_path, has, wanted):
    with pytest.raises(DataError, match="'Basel' has no masks, and the training images have"):
        with_external(dataset(wanted), {"Basel": part("Basel", channels=has)}, tmp_path)


def test_masks_are_kept_where_training_images_have_them(tmp_path):
    away = part("Basel", channels=4)
    got = with_external(dataset(2), {"Basel": away}, tmp_path).external["Basel"].images
    np.testing.assert_array_equal(got[..., 1], away.images[..., 3])


def test_columns_are_those_of_the_training_images(tmp_path):
    away = part("Basel", age=np.arange(12.0), ward=np.array(["w"] * 12))
    known = with_external(dataset(known=True), {"Basel": away}, tmp_path).external["Basel"].metadata
    assert known["age"].tolist() == [*range(12)]
    assert known["sex"].tolist() == [""] * 12
    assert "ward" not in known


@pytest.mark.parametrize("written", ["test-patient-0", "Test-Patient-0", " test-patient-0"])
def test_a_patient_in_both_is_refused_with_what_to_do(tmp_path, written):
    away = replace(part("Basel"), groups=np.array([written] * 12))
    with pytest.raises(DataError, match=rf"'{written}' is in test and in the external part"):
        with_external(dataset(), {"Basel": away}, tmp_path)


def test_a_name_that_is_taken_is_refused(tmp_path):
    data = dataset(external={"Basel": part("Basel")})
    with pytest.raises(DataError, match="external part 'Basel' of its own"):
        with_external(data, {"Basel": part("Bern")}, tmp_path)


def test_the_fingerprint_depends_on_what_the_external_part_holds(tmp_path):
    away = part("Basel")
    darker = replace(away, images=away.images // 2)
    found = [
        with_external(dataset(), parts, tmp_path).fingerprint
        for parts in ({"Basel": away}, {"Bern": away}, {"Basel": darker}, {"Basel": away})
    ]
    assert found[0] == found[3]
    assert len(set(found)) == 3


def recipe(side=16):
    return Recipe(side)


def test_a_folder_is_an_external_part_whatever_parts_it_has(tmp_path):
    rows = [f"{i}.png,{'ab'[i % 2]},{('train', 'test')[i % 2]},q{i}" for i in range(10)]
    root = pictures(tmp_path / "basel", rows, "path,label,split,group")
    away = folder.load_external("Basel", root, ("a", "b"), recipe())
    assert away.case_ids.tolist() == [f"Basel/{i}.png" for i in range(10)]
    assert away.labels.tolist() == [0, 1] * 5
    assert away.images.shape == (10, 16, 16, 1)


def test_a_folder_of_one_class_is_fine_and_labels_are_by_name(tmp_path):
    root = pictures(tmp_path / "basel", [f"{i}.png,b" for i in range(4)])
    assert folder.load_external("Basel", root, ("a", "b"), recipe()).labels.tolist() == [1] * 4
    for written in (("A", " B"), ("a", "b")):
        found = folder.load_external("Basel", root, written, recipe())
        assert found.labels.tolist() == [1] * 4


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["0.png,a", "1.png,B c"], r"has the class 'B c' .* 'a', 'b'"),
        (["0.png,bb"], r"Is it 'b'\?"),
        ([], "lists no image"),
    ],
)
def test_a_folder_with_another_class_or_nothing_is_refused_by_name(tmp_path, rows, message):
    root = pictures(tmp_path / "basel", rows)
    with pytest.raises(DataError, match=f"External part 'Basel'.*{message}"):
        folder.load_external("Basel", root, ("a", "b"), recipe())


def test_a_manifest_may_mark_rows_as_external_and_leave_the_rest_to_be_split(tmp_path):
    rows = [f"{i}.png,{'ab'[i % 2]},{'external: Basel' if i > 29 else ''}" for i in range(40)]
    data = folder.load(pictures(tmp_path / "set", rows, "path,label,split"), 16)
    assert data.provenance.split == "automatic"
    assert len(data.external["Basel"]) == 10
    assert sum(len(p) for _, p in data.parts()) == 30
    again = folder.load(tmp_path / "set", 16)
    assert again.fingerprint == data.fingerprint
    np.testing.assert_array_equal(again.external["Basel"].images, data.external["Basel"].images)


@pytest.mark.parametrize(
    ("split", "message"),
    [
        (lambda i: "external:" if i > 29 else "", "1 to 60 printable"),
        (lambda i: "externl:x" if i > 29 else "", "unknown split 'externl:x'"),
        (lambda i: "external:x", "every image is of an external part"),
        (lambda i: ("external:x", "train", "test", "")[i % 4], "has no split, others have one"),
    ],
)
def test_a_split_column_that_is_wrong_is_refused(tmp_path, split, message):
    rows = [f"{i}.png,{'ab'[i % 2]},{split(i)}" for i in range(40)]
    with pytest.raises(DataError, match=message):
        folder.load(pictures(tmp_path / "set", rows, "path,label,split"), 16)


def test_a_class_or_a_patient_of_the_external_rows_is_checked(tmp_path):
    rows = [f"{i}.png,{'abc'[2 * (i > 29) + i % 2 * (i < 30)]},p{i},{'external:x' * (i > 29)}"
            for i in range(40)]  # fmt: skip
    with pytest.raises(DataError, match=r"has the class 'c' outside the training images"):
        folder.load(pictures(tmp_path / "set", rows, "path,label,group,split"), 16)
    rows = [f"{i}.png,{'ab'[i % 2]},p{i % 30},{'external:x' * (i > 29)}" for i in range(40)]
    with pytest.raises(DataError, match=r"group 'p0' is in the parts .* and in external:x"):
        folder.load(pictures(tmp_path / "set", rows, "path,label,group,split"), 16)


def test_memory_maps_and_folds_carry_external_parts_and_no_metadata(tmp_path):
    data = dataset(known=True)
    away = part("Basel", age=np.arange(12.0), sex=np.array(["m"] * 12))
    data = with_external(data, {"Basel": away}, tmp_path / "x")
    write_memory_maps(data, tmp_path / "whole")
    pooled = Pooled.of(data)
    write_fold(pooled, folds(pooled, 3, 0)[1], tmp_path / "fold")
    for place in ("whole", "fold"):
        laid_out = open_memory_maps(tmp_path / place)
        np.testing.assert_array_equal(laid_out.external["Basel"].images, away.images)
        assert all(not p.metadata for _, p in laid_out.all_parts())
        assert not [f for f in (tmp_path / place).iterdir() if b"age" in f.read_bytes()]


def test_twins_of_training_images_do_not_decide_in_an_external_part():
    data = dataset()
    copied = images(12, seed=99)
    copied[3], copied[4] = data.train.images[0], data.test.images[0]
    copied[7] = copied[6]
    data = replace(data, external={"Basel": replace(part("Basel"), images=copied)})
    twins = twins_of_all(data)
    assert marks_of_external(data, twins, in_folds=False).near == {"Basel": ("Basel-3",)}
    assert marks_of_external(data, twins, in_folds=True).near == {"Basel": ("Basel-3", "Basel-4")}
    within = marks_of_external(data, twins, in_folds=False).within
    assert within == {"Basel": (("Basel-6", "Basel-7"),)}
    assert marks_of_external(data, None, in_folds=False) is None


def test_twins_among_some_of_the_images_are_those_that_a_search_among_them_finds():
    data = dataset()
    many = np.array(data.train.images)
    many[5], many[8] = many[2], many[2]
    many[9] = np.clip(many[8].astype(int) + 3, 0, 255)
    data = replace(data, train=replace(data.train, images=many))
    rows = np.array([3, 5, 8, 9, 11, 14, 20])
    pooled = Pooled.of(data)
    found = restricted(twins_of(data), rows)
    from bench.data.likeness.near_duplicates import twins_among

    wanted = twins_among([pooled.images(rows)], found.digests)
    for name in ("digests", "constant", "first", "second", "mirrored"):
        np.testing.assert_array_equal(getattr(found, name), getattr(wanted, name))


def test_each_value_of_a_column_can_be_left_out(tmp_path):
    data = folder.load(sites(tmp_path / "set"), 16)
    assert values_of("x", data.train.metadata, "site") == SITES
    made = without(data, ("site", "Bern"), twins_of(data), 0, tmp_path / "place")
    assert made.name == "set:site=Bern"
    assert (made.left_out, made.provenance.origin) == ("site=Bern", "set")
    assert set(made.external["Bern"].metadata["site"].tolist()) == {"Bern"}
    assert sum(len(p) for _, p in made.all_parts()) == 60
    everyone = []
    for name, own in made.parts():
        assert set(own.metadata["site"].tolist()) <= {"Basel", "Chur"}, name
        assert set(own.labels.tolist()) == {0, 1}
        ages = own.metadata["age"].astype(int).tolist()
        assert own.case_ids.tolist() == [f"{age}.png" for age in ages]
        everyone += sorted(set(own.groups.tolist()))
    assert len(everyone) == len(set(everyone))  # patients together
    assert len(made.files.width) == sum(len(p) for _, p in made.parts())
    original = {c: im for _, p in data.parts() for c, im in zip(p.case_ids, p.images, strict=True)}
    for _, own in made.all_parts():
        for case, image in zip(own.case_ids.tolist(), own.images, strict=True):
            np.testing.assert_array_equal(image, original[case])


def test_a_split_that_was_given_is_kept_where_a_value_is_left_out(tmp_path):
    parts = ("train", "val", "test")
    rows = [f"{i}.png,{'ab'[i % 2]},{parts[i % 3]},{SITES[i // 20]}" for i in range(60)]
    data = folder.load(pictures(tmp_path / "set", rows, "path,label,split,site"), 16)
    made = without(data, ("site", "Chur"), None, 0, tmp_path / "place")
    for name, own in made.parts():
        assert own.case_ids.tolist() == [f"{i}.png" for i in range(40) if parts[i % 3] == name]


def test_cases_without_a_value_are_in_no_part(tmp_path):
    rows = [f"{i}.png,{'ab'[i % 2]},{(*SITES, '')[i % 4]}" for i in range(80)]
    data = folder.load(pictures(tmp_path / "set", rows, "path,label,site"), 16)
    made = without(data, ("site", "Basel"), None, 0, tmp_path / "place")
    assert sum(len(p) for _, p in made.all_parts()) == 60


def test_numbers_can_be_left_out_by_their_value(tmp_path):
    rows = [f"{i}.png,{'ab'[i % 2]},{1 + i // 2 % 2}.0" for i in range(40)]
    data = folder.load(pictures(tmp_path / "set", rows, "path,label,scanner"), 16)
    assert values_of("x", data.train.metadata, "scanner") == ("1", "2")
    made = without(data, ("scanner", "2"), None, 0, tmp_path / "place")
    assert set(made.external["2"].metadata["scanner"].tolist()) == {2.0}


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("sight", ["x"], r"no such column. Did you mean 'site'\?"),
        ("site", ["x", "x", ""], "one value only, 'x'"),
        ("site", ["", ""], "no value"),
        ("site", ["x", "y" * 61], "1 to 60 printable characters"),
        ("site", [f"v{i}" for i in range(51)], "51 values, each of which would be a data set"),
    ],
)
def test_a_column_that_cannot_be_left_out_is_refused(column, values, message):
    with pytest.raises(DataError, match=message):
        values_of("Data set 'x'", {"site": np.array(values)}, column)


@pytest.mark.parametrize(
    ("label", "site", "group", "message"),
    [
        (lambda i: "ab"[i < 20], lambda i: SITES[i // 20], str, "class 'b' are there"),
        (lambda i: "ab"[i % 2], lambda i: SITES[i % 3], lambda i: i // 2, "there and elsewhere"),
    ],
    ids=["a class that is there alone", "a patient of two sites"],
)
def test_a_value_whose_rest_is_of_no_use_is_unsuitable(tmp_path, label, site, group, message):
    rows = [f"{i}.png,{label(i)},{site(i)},g{group(i)}" for i in range(60)]
    data = folder.load(pictures(tmp_path / "set", rows, "path,label,site,group"), 16)
    with pytest.raises(DataUnsuitable, match=f"site=Basel: .*{message}"):
        without(data, ("site", "Basel"), None, 0, tmp_path / "place")


def test_a_site_of_one_class_is_a_fine_external_part(tmp_path):
    root = sites(tmp_path / "set", lambda i: "b" if SITES[i // 2 % 3] == "Chur" else "ab"[i % 2])
    data = folder.load(root, 16)
    made = without(data, ("site", "Chur"), twins_of(data), 0, tmp_path / "place")
    assert set(made.external["Chur"].labels.tolist()) == {1}


def test_groups_of_a_manifest_become_salted_hashes_that_no_one_can_try_out(tmp_path):
    data = folder.load(sites(tmp_path / "set"), 16)
    hidden = pseudonymised(data, ids=False)
    for (_, raw), (_, own) in zip(data.parts(), hidden.parts(), strict=True):
        assert all(HASHED.fullmatch(group) for group in own.groups.tolist())
        assert len(set(zip(raw.groups.tolist(), own.groups.tolist(), strict=True))) == (
            len(set(raw.groups.tolist()))
        )
        assert own.case_ids.tolist() == raw.case_ids.tolist()
    assert hidden.fingerprint != data.fingerprint
    other = pictures(tmp_path / "other", [f"{i}.png,{'ab'[i % 2]},p{i // 2}" for i in range(60)],
                     "path,label,group", seed=1000)  # fmt: skip
    again = pseudonymised(folder.load(other, 16), ids=False)
    assert not set(hidden.train.groups.tolist()) & set(again.train.groups.tolist())


def test_hashes_are_the_same_whatever_the_size_of_the_images(tmp_path):
    root = sites(tmp_path / "set")
    small, large = (pseudonymised(folder.load(root, side), ids=True) for side in (16, 32))
    found = [
        {c: g for _, p in data.parts() for c, g in zip(p.case_ids, p.groups, strict=True)}
        for data in (small, large)
    ]
    assert found[0] == found[1]


def test_paths_are_hashed_on_demand_and_so_is_what_quotes_them(tmp_path):
    rows = [f"Doe{i}.png,{'ab'[i % 2]},{'Doe' if i % 2 else 'doe'}{i // 2}" for i in range(30)]
    data = folder.load(pictures(tmp_path / "set", rows, "path,label,group"), 16)
    assert "doe" in str(data.files.said).lower()
    hidden = pseudonymised(data, ids=True)
    assert "doe" not in str(hidden.files.said).lower()
    for _, own in hidden.parts():
        assert all(case.startswith("case-") for case in own.case_ids.tolist())
        assert all(group.startswith("patient-") for group in own.groups.tolist())


def test_a_column_that_repeats_the_path_is_refused_where_paths_are_hashed(tmp_path):
    rows = [f"scan{i}.png,{'ab'[i % 2]},scan{i}" for i in range(40)]
    root = pictures(tmp_path / "set", rows, "path,label,image")
    root = pictures(tmp_path / "set", rows, "path,label,source")
    assert "source" in folder.load(root, 16).train.metadata
    with pytest.raises(DataError, match="'source'"):
        folder.load(root, 16, reading=Reading(hash_ids=True))


def test_what_is_stored_of_cases_is_of_those_that_are_predicted(tmp_path):
    away = part("Basel", age=np.arange(12.0), sex=np.array(["m"] * 12))
    data = with_external(dataset(known=True), {"Basel": away}, tmp_path)
    known = known_of_predicted(data, in_folds=False)
    assert dict.fromkeys(known.split.tolist()) == dict.fromkeys(["val", "test", "external:Basel"])
    assert known.columns["age"].tolist() == [*range(12)] * 3
    in_folds = known_of_predicted(data, in_folds=True)
    assert set(in_folds.split.tolist()) == {"test", "external:Basel"}
    assert len(in_folds.case_ids) == 48
    assert known_of_predicted(dataset(), in_folds=False) is None
