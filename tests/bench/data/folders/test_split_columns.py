"""Columns that tell the parts of a data set and are not called `split`."""

from pathlib import Path

import pytest

from bench.data.folders.manifest import cases
from bench.data.folders.reading import Reading
from bench.data.sets.folder import load
from bench.data.sets.problems import Problems
from bench.protocol.errors import DataError
from bench.run.first_study import _columns
from tests.bench.data.folders.pictures import sixteen, write_manifest

pytestmark = pytest.mark.slow

PARTS = ["train", "train", "val", "test"]


@pytest.fixture
def root(tmp_path):
    sixteen(tmp_path)
    return tmp_path


def listed(root: Path, *names: str, cells=lambda i: PARTS[i // 2 % 4], other="x"):
    """A manifest with the parts in columns of some names, and another column beside."""
    rows = []
    for i in range(16):
        told = cells(i) if isinstance(cells(i), list) else [cells(i)] * len(names)
        rows.append(",".join([f"{'ab'[i % 2]}/{i}.png", "ab"[i % 2], *told, other]))
    write_manifest(root, ",".join(["path", "label", *names, "note"]), rows)


def table(listing):
    return next(found for found in listing.findings if found.check == "table")


@pytest.mark.parametrize("name", ["subset", "Set", "PARTITION", "phase", "usage", "data_split"])
def test_a_column_called_as_splits_often_are_is_the_split_and_that_is_told(root, name):
    listed(root, name, cells=lambda i: ["TRAIN", "Training", "Valid", "Test"][i // 2 % 4])
    found = cases(root)
    assert [case.split for case in found.cases] == [PARTS[i // 2 % 4] for i in range(16)]
    assert list(found.metadata) == ["note"]
    assert f"Columns understood: split from {name!r}." in table(found).text
    assert f"--drop-column {name}" in table(found).advice


@pytest.mark.parametrize("name", ["fold", "dataset_type", "my part"])
def test_any_other_column_of_parts_is_pointed_out_with_the_option_that_takes_it(root, name):
    listed(root, name)
    found = cases(root)
    assert {case.split for case in found.cases} == {""}
    assert f"The column {name!r} names parts" in table(found).text
    assert f"split={name}" in table(found).text
    taken = cases(root, Reading(columns=(("split", name),)))
    assert {case.split for case in taken.cases} == {"train", "val", "test"}


@pytest.mark.parametrize("cell", ["grade", "3", "trainer"])
def test_a_column_with_one_other_value_is_metadata_as_before(root, cell):
    listed(root, "set", cells=lambda i: cell if i == 15 else PARTS[i // 2 % 4])
    found = cases(root)
    assert {case.split for case in found.cases} == {""}
    assert table(found).level == "fine"


@pytest.mark.parametrize("parts", [["train", "val"], ["train", ""], ["NaN", "test", "train"]])
def test_parts_that_are_not_complete_are_pointed_out_and_not_taken(root, parts):
    listed(root, "set", cells=lambda i: parts[i % len(parts)])
    found = cases(root)
    assert {case.split for case in found.cases} == {""}
    assert ("is not used" in table(found).text) == (len({*parts} - {"", "NaN"}) > 1)


def test_a_column_that_is_dropped_or_kept_is_no_split_and_the_split_goes_before_it(root):
    listed(root, "subset")
    dropped = cases(root, Reading(drop_columns=("subset",)))
    assert {case.split for case in dropped.cases} == {""}
    assert table(dropped).level == "fine"
    kept = cases(root, Reading(keep_columns=("subset",)))
    assert {case.split for case in kept.cases} == {""}
    assert "subset" in kept.metadata
    listed(root, "split", "subset", cells=lambda i: [PARTS[i // 2 % 4], PARTS[i % 4]])
    found = cases(root)
    assert [case.split for case in found.cases] == [PARTS[i // 2 % 4] for i in range(16)]


def test_two_columns_that_tell_other_parts_are_refused_and_two_that_agree_are_one(root):
    listed(root, "subset", "phase", cells=lambda i: [PARTS[i // 2 % 4], PARTS[i % 4]])
    with pytest.raises(DataError, match=r"not the same.*--column split=subset or --column split=p"):
        cases(root)
    listed(root, "subset", "phase")
    assert [case.split for case in cases(root).cases] == [PARTS[i // 2 % 4] for i in range(16)]


def test_the_first_study_says_which_column_is_the_split_or_may_be_it(root):
    listed(root, "subset")
    assert "Columns understood: split from 'subset'." in _columns(root, Reading())
    listed(root, "fold")
    assert any("--column split=fold" in line for line in _columns(root, Reading()))


def test_a_column_of_parts_with_empty_cells_is_not_offered_as_it_is(root):
    listed(root, "subset", cells=lambda i: ["train", "test", "", "NA"][i // 2 % 4])
    text = table(cases(root)).text
    assert "is not used, since 8 of 16 cells are empty." in text
    assert "correct it, and --column split=subset takes it." in text


def test_refusals_name_the_column_that_the_user_has_and_the_option(root):
    listed(root, "my part", cells=lambda i: ["train", "test", "", "test"][i // 2 % 4])
    theirs = Reading(columns=(("split", "my part"),))
    with pytest.raises(
        DataError, match=r"column 'my part', or leave --column 'split=my part' out\."
    ):
        cases(root, theirs)
    listed(root, "my part", cells=lambda i: ["train", "odd"][i // 2 % 2])
    with pytest.raises(DataError, match="unknown split 'odd' in the column 'my part'"):
        cases(root, theirs)


@pytest.mark.parametrize(
    ("name", "reading", "way"),
    [
        ("set", Reading(), "correct the column 'set', or say --drop-column set to have"),
        ("split", Reading(), "correct the column 'split', or remove it to have"),
        (
            "fold",
            Reading(columns=(("split", "fold"),)),
            "'fold', or say --drop-column fold in the place of --column split=fold to have",
        ),
    ],
)
def test_patients_in_two_parts_are_refused_with_the_way_out_of_that_column(
    root, monkeypatch, name, reading, way
):
    monkeypatch.setenv("BENCH_CACHE", str(root / "cache"))
    listed(root, name, "group", cells=lambda i: [["train", "test"][i // 2 % 2], f"p{i // 3}"])
    with pytest.raises(DataError, match=way):
        load(root, 8, reading=reading)
    problems = Problems()
    load(root, 8, reading=reading, problems=problems)
    assert way in problems.mend_split.replace("Correct", "correct")
    if name == "set":
        dropped = load(root, 8, reading=Reading(drop_columns=("set",)))
        assert dropped.provenance.split == "automatic"


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (["development", "validation", "test"], ["train", "val", "test"]),
        (["Development set", "Test set"], ["train", "test"]),
        (["derivation", "validation", "test"], ["train", "val", "test"]),
        (["dev", "val", "test"], ["train", "val", "test"]),
        (["train", "dev", "test"], ["train", "val", "test"]),
    ],
)
def test_development_is_train_where_nothing_else_is_and_that_is_told(root, words, parts):
    listed(root, "cohort", cells=lambda i: words[i // 2 % len(words)])
    pointed = table(cases(root)).text
    assert "--column split=cohort takes it" in pointed
    taken = cases(root, Reading(columns=(("split", "cohort"),)))
    assert [c.split for c in taken.cases] == [parts[i // 2 % len(words)] for i in range(16)]
    told = [f"{w!r}" for w, p in zip(words, parts, strict=True) if w != p]
    assert all(word in table(taken).text and word in pointed for word in told)
    assert f"{words[0]!r} is read as train" in pointed or words[0] == "train"


def test_development_and_validation_are_pointed_out_with_what_they_lack(root, monkeypatch):
    monkeypatch.setenv("BENCH_CACHE", str(root / "cache"))
    listed(root, "cohort", cells=lambda i: ["development", "validation"][i // 2 % 2])
    text = table(cases(root)).text
    read = "'development' is read as train, 'validation' as val"
    assert f"since no cell is read as test. {read}." in text
    with pytest.raises(DataError, match=rf"none in 'test' \({read}\)\. Correct the column 'coh"):
        load(root, 8, reading=Reading(columns=(("split", "cohort"),)))
