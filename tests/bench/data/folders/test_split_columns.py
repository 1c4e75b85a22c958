"""Columns that tell the parts of a data set and are not called `split`."""

from pathlib import Path

import pytest

from bench.data.folders.manifest import cases
from bench.data.folders.reading import Reading
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
