"""Columns of masks that are called otherwise, and columns of words that are called like them."""

import pytest

from bench.data.folders.manifest import cases, is_for_segmentation
from bench.data.folders.reading import Reading
from bench.protocol.errors import DataError, DataUnsuitable
from tests.bench.data.folders.pictures import picture, write_manifest

OUTLINES = Reading(task="segmentation")


@pytest.fixture
def root(tmp_path):
    for i in range(4):
        picture(tmp_path / f"images/{i}.png", i)
        picture(tmp_path / f"masks/{i}.png", i)
    return tmp_path


def rows(cell, *more):
    return [",".join([f"images/{i}.png", "ab"[i % 2], cell(i), *more]) for i in range(4)]


def table(listing):
    return next(found for found in listing.findings if found.check == "table")


@pytest.mark.parametrize(
    "head",
    [
        *("mask_path", "mask_file", "mask_filename", "segmentation", "segmentation_path"),
        *("annotation", "Mask_Path"),
    ],
)
@pytest.mark.parametrize("reading", [Reading(), OUTLINES], ids=["classes", "outlines"])
def test_a_column_of_masks_is_understood_by_its_cells_and_that_is_told(root, head, reading):
    cells = rows(lambda i: f"masks/{i}.png" if i else "")
    write_manifest(root, f"image_path,label,{head}", cells)
    found = cases(root, reading)
    assert [case.masks for case in found.cases if case.masks] == [
        (f"masks/{i}.png",) for i in range(1, 4)
    ]
    assert table(found).text.startswith("Columns understood: path from 'image_path', ")
    assert f"mask from '{head}'" in table(found).text
    assert f"--drop-column {head}" in table(found).advice
    assert not found.metadata


@pytest.mark.parametrize("head", ["annotation", "segmentation", "mask_file"])
def test_words_below_such_a_name_are_no_masks(root, head):
    (root / "a.xml").write_text("<annotation/>")
    for cell in ("drawn by hand", "a.xml", "masks", "elsewhere/1.png", "images/\0.png"):
        write_manifest(root, f"path,label,{head}", rows(lambda i, cell=cell: cell))
        found = cases(root)
        assert not any(case.masks for case in found.cases)
        assert "understood" not in table(found).text
        assert [*found.metadata] == [head]
        assert not is_for_segmentation(root)


def test_segmentation_without_a_column_that_names_masks_says_so(root):
    write_manifest(root, "path,label,annotation", rows(lambda i: "drawn by hand"))
    with pytest.raises(DataUnsuitable, match=r"no column 'mask'; its columns are .*annotation"):
        cases(root, OUTLINES)
    write_manifest(root, "path,label,mask_path", rows(lambda i: f"mask/{i}.png"))
    with pytest.raises(DataError, match=r"line 2: there is no file mask/0\.png"):
        cases(root, OUTLINES)


def test_a_folder_of_masks_named_so_is_one_to_be_segmented(root):
    write_manifest(root, "path,mask_path", [f"images/{i}.png,masks/{i}.png" for i in range(4)])
    assert is_for_segmentation(root)
    assert not is_for_segmentation(root, Reading(drop_columns=("mask_path",)))


def test_a_column_that_is_dropped_or_kept_is_no_column_of_masks(root):
    write_manifest(root, "path,label,mask_path", rows(lambda i: f"masks/{i}.png"))
    for reading in (Reading(drop_columns=("mask_path",)), Reading(keep_columns=("mask_path",))):
        found = cases(root, reading)
        assert not any(case.masks for case in found.cases)
        assert [*found.metadata] == [*reading.keep_columns]


def test_where_two_columns_name_masks_the_flag_is_proposed(root):
    write_manifest(
        root, "path,label,mask_path,seg", rows(lambda i: f"masks/{i}.png", "masks/1.png")
    )
    with pytest.raises(DataError, match="--column mask=mask_path or --column mask=seg"):
        cases(root)
    found = cases(root, Reading(columns=(("mask", "mask_path"),)))
    assert [case.masks for case in found.cases] == [(f"masks/{i}.png",) for i in range(4)]
    assert [*found.metadata] == ["seg"]
