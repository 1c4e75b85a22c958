"""Folders as Hugging Face and medmnist write them are read as they are."""

import io
import json
import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image
from pyarrow import parquet

from bench.data.folders.manifest import cases
from bench.data.folders.reading import Reading
from bench.data.sets import folder
from bench.methods import sources
from bench.protocol.errors import DataError, DataUnsuitable


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BENCH_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def root(tmp_path):
    return tmp_path / "scans"


def png(value=0):
    out = io.BytesIO()
    noise = np.random.default_rng(value).integers(0, 256, (12, 12)).astype(np.uint8)
    Image.fromarray(noise).save(out, "PNG")
    return out.getvalue()


def write(path: Path, content: str | bytes):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def images(root, *names):
    for number, name in enumerate(names):
        write(root / name, png(number))


def found(root, **reading):
    return [(c.path, c.label, c.split) for c in cases(root, Reading(**reading)).cases]


# ---------------------------------------------------------------- imagefolder


def test_class_folders_in_train_validation_and_test_are_parts(root):
    names = [
        f"{p}/{c}/{i}.png" for p in ("train", "validation", "test") for c in "ab" for i in "12"
    ]
    images(root, *names)
    assert ("validation/a/1.png", "a", "val") in found(root)


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_metadata_lists_images_of_its_own_folder_which_is_a_part(root, kind):
    for part in ("train", "test"):
        images(root / part, "1.png", "2.png")
        rows = [{"file_name": f"{i}.png", "label": "ab"[i - 1], "age": 40 + i} for i in (1, 2)]
        if kind == "csv":
            text = "file_name,label,age\n" + "".join(
                f"{r['file_name']},{r['label']},{r['age']}\n" for r in rows
            )
            write(root / part / "metadata.csv", text)
        elif kind == "jsonl":
            write(root / part / "metadata.jsonl", "\n".join(map(json.dumps, rows)) + "\n\n")
        else:
            parquet.write_table(pa.Table.from_pylist(rows), root / part / "metadata.parquet")
    assert found(root) == [
        ("test/1.png", "a", "test"),
        ("test/2.png", "b", "test"),
        ("train/1.png", "a", "train"),
        ("train/2.png", "b", "train"),
    ]
    assert cases(root).metadata["age"].tolist() == [41, 42, 41, 42]


def test_metadata_beside_the_folders_of_parts_names_them_in_its_paths(root):
    images(root, "train/1.png", "test/2.png")
    write(root / "metadata.csv", "file_name,label\ntrain/1.png,a\ntest/2.png,b\n")
    assert found(root) == [("train/1.png", "a", "train"), ("test/2.png", "b", "test")]


def test_metadata_without_parts_leaves_the_split_to_us(root):
    images(root, "1.png", "2.png")
    second = '{"file_name": "2.png", "label": 1, "boxes": [1, 2]}'
    write(root / "metadata.jsonl", f'{{"file_name": "1.png", "label": 0}}\n{second}\n')
    assert found(root) == [("1.png", "0", ""), ("2.png", "1", "")]


def test_classes_are_those_of_folders_where_metadata_has_none(root):
    images(root, "train/a/1.png", "train/b/2.png", "test/a/3.png", "test/b/4.png")
    for part, one, two in (("train", 1, 2), ("test", 3, 4)):
        write(root / part / "metadata.csv", f"file_name,site\na/{one}.png,x\nb/{two}.png,y\n")
    assert ("train/b/2.png", "b", "train") in found(root)
    assert cases(root).metadata["site"].tolist() == ["x", "y", "x", "y"]


def test_a_label_that_is_called_otherwise_is_named_by_the_user(root):
    images(root, "1.png", "2.png")
    write(root / "metadata.csv", "file_name,text\n1.png,a\n2.png,b\n")
    with pytest.raises(DataError, match=r"no column 'label'.*--column label="):
        found(root)
    columns = (("label", "text"), ("path", "file_name"))
    assert [label for _, label, _ in found(root, columns=columns)] == ["a", "b"]


def test_a_metadata_file_without_file_names_is_none(root):
    images(root, "a/1.png", "b/2.png")
    write(root / "metadata.csv", "key,value\nsource,hospital\n")
    assert [label for _, label, _ in found(root)] == ["a", "b"]


def test_a_manifest_goes_before_metadata(root):
    images(root, "1.png", "2.png")
    write(root / "metadata.csv", "file_name,label\n1.png,a\n2.png,b\n")
    write(root / "manifest.csv", "path,label\n1.png,x\n2.png,y\n")
    assert [label for _, label, _ in found(root)] == ["x", "y"]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"metadata.jsonl": '{"file_name": "1.png"\n'}, "line 1: is not valid JSON"),
        ({"metadata.jsonl": '{"file_name": "1.png", "label": "a"}\n[1]\n'}, "line 2: has to be"),
        ({"metadata.jsonl": "[" * 100_000}, "line 1: is not valid JSON"),
        ({"metadata.jsonl": b"\xff\xfe"}, "cannot be read as UTF-8"),
        ({"metadata.csv": "file_name,label\n3.png,a\n"}, "line 2: there is no file 3.png"),
        ({"metadata.csv": "file_name,label\n../x.png,a\n"}, "lies outside the folder"),
        ({"metadata.csv": "file_name,label\n,a\n"}, "line 2: the path must not be empty"),
        (
            {"metadata.csv": "file_name,label\n1.png,a\n", "metadata.jsonl": '{"file_name": ""}'},
            "several metadata files. Keep one",
        ),
        (
            {"train/metadata.csv": "file_name,label\n1.png,a\n",
             "test/metadata.csv": "file_name,labl\n2.png,a\n"},
            "its columns are file_name, label, those of .*test.* are file_name, labl. Give both",
        ),
        (
            {"train/metadata.csv": "file_name,label\n1.png,a\n",
             "tset/metadata.csv": "file_name,label\n2.png,a\n"},
            "'train' are parts, and 'tset', which holds images too, is not called like one",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_with_metadata_is_named(root, files, message):
    images(root, "1.png", "2.png", "train/1.png", "test/2.png", "tset/2.png")
    for name, content in files.items():
        write(root / name, content)
    with pytest.raises(DataError, match=message):
        found(root)


# ---------------------------------------------------------------- Parquet files of images

CLASSES = {"info": {"features": {"label": {"names": ["benign", "malignant"], "_type": "ClassLabel"},
                                 "image": {"_type": "Image"}}}}  # fmt: skip


def table(rows, classes=CLASSES):
    struct = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    rest = {name: [row[name] for row in rows] for name in rows[0] if name != "image"}
    made = pa.table({"image": pa.array([row["image"] for row in rows], struct), **rest})
    told = {b"huggingface": json.dumps(classes).encode()} if classes else {}
    return made.replace_schema_metadata(told)


def row(value, label=0, **more):
    return {"image": {"bytes": png(value), "path": f"{value}.png"}, "label": label, **more}


def parts(root, **rows):
    (root / "data").mkdir(parents=True)
    for part, of_it in rows.items():
        parquet.write_table(table(of_it), root / "data" / f"{part}-00000-of-00001.parquet")


def load(root):
    source = sources.folder(root)
    return source.load(12)


def test_images_in_parquet_files_are_read_with_their_classes_and_parts(root):
    parts(
        root,
        train=[row(i, i % 2, site="x") for i in range(6)],
        validation=[row(10 + i, i % 2, site="y") for i in range(2)],
        test=[row(20 + i, i % 2, site="z") for i in range(4)],
    )
    data = load(root)
    assert data.name == "scans"
    assert data.class_names == ("benign", "malignant")
    assert [len(part) for _, part in data.parts()] == [6, 2, 4]
    assert data.test.labels.tolist() == [0, 1, 0, 1]
    assert data.test.metadata["site"].tolist() == ["z"] * 4
    assert data.test.case_ids[0] == "data/test-00000-of-00001/row-1.png"
    with Image.open(io.BytesIO(png(20))) as first:
        assert (data.test.images[0, ..., 0] == np.asarray(first)).all()


def test_they_are_unpacked_once_and_again_when_a_file_is_another(root, tmp_path):
    rows = [row(i, i % 2) for i in range(8)]
    parts(root, train=rows, test=[row(10 + i, i % 2) for i in range(4)])
    first = Path(sources.folder(root).target)
    written = (first / "manifest.csv").stat().st_mtime_ns
    assert Path(sources.folder(root).target) == first
    assert (first / "manifest.csv").stat().st_mtime_ns == written
    file = root / "data" / "test-00000-of-00001.parquet"
    parquet.write_table(table([row(30 + i, i % 2) for i in range(6)]), file)
    os.utime(file, ns=(1, 1))
    second = Path(sources.folder(root).target)
    assert second != first
    assert not first.exists()
    assert len(list((tmp_path / "cache" / "parquet").glob("*/*"))) == 1


def test_rows_without_a_label_are_refused_as_those_of_a_manifest_are(root):
    parts(root, train=[row(0, 0), row(1, 1), row(2, -1)], test=[row(3, 0), row(4, 1)])
    with pytest.raises(DataUnsuitable, match="1 of 5 rows have no label"):
        load(root)


def test_files_without_a_part_in_their_names_have_the_split_made_here(root):
    root.mkdir()
    parquet.write_table(table([row(i, i % 2) for i in range(10)]), root / "scans.parquet")
    listing = cases(Path(sources.folder(root).target))
    assert {case.split for case in listing.cases} == {""}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"image": None}, "train-00000-of-00001.parquet, row 2: holds no image. Remove the row"),
        ({"image": {"bytes": b"", "path": "a.png"}}, "row 2: holds no image but only the path 'a"),
        ({"image": {"bytes": b"GIF", "path": "a.png"}}, "row 2: its 3 bytes are no image of a kno"),
        ({"image": {"bytes": b"\x89PNG\r\n\x1a\nrubbish", "path": None}}, "row-2.png"),
        ({"label": 7}, "row 2: label 7, and there are 2 classes"),
    ],
)
def test_what_is_wrong_with_a_row_is_named(root, change, message):
    bad = row(1, 1) | change
    parts(root, train=[row(0, 0), bad, row(2, 1)], test=[row(3, 0), row(4, 1)])
    with pytest.raises(DataError, match=message):
        load(root)
    assert not [p for p in root.parent.rglob("cache/parquet/*/*") if p.name.startswith(".")]


def test_a_file_that_is_cut_off_is_named(root):
    parts(root, train=[row(0, 0), row(1, 1)], test=[row(3, 0)])
    file = root / "data" / "train-00000-of-00001.parquet"
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(DataError, match=r"train-.*cannot be read as a Parquet table"):
        load(root)


def test_a_file_that_is_of_no_part_beside_others_is_refused(root):
    parts(root, train=[row(0, 0)], tset=[row(1, 1)])
    with pytest.raises(DataError, match=r"tset-.*does not say which part it is"):
        load(root)


def test_a_parquet_file_without_images_means_nothing(root):
    images(root, "a/1.png", "b/2.png")
    parquet.write_table(pa.table({"x": [1]}), root / "notes.parquet")
    write(root / "rubbish.parquet", "rubbish")
    assert Path(sources.folder(root).target) == root.resolve()


def test_a_name_that_would_leave_the_folder_is_a_name_only(root):
    bad = row(1, 1)
    bad["image"]["path"] = "../../../evil.png"
    parts(root, train=[row(0, 0), bad], test=[row(3, 0), row(4, 1)])
    load_from = Path(sources.folder(root).target)
    assert {c.path for c in cases(load_from).cases} >= {"data/train-00000-of-00001/row-2.png"}
    assert not list(root.parent.rglob("evil*"))


# ---------------------------------------------------------------- medmnist


def saved(root, lines, name="breastmnist"):
    write(root / f"{name}.csv", "\n".join(lines) + "\n")
    images(root / name, *(line.split(",")[1] for line in lines))


LINES = [f"{part},{part.lower()}{i}_{i % 2}.png,{i % 2}" for part in ("TRAIN", "VALIDATION", "TEST")
         for i in range(4)]  # fmt: skip


@pytest.mark.parametrize("inside", [False, True])
def test_what_medmnist_saves_is_read_with_the_names_of_its_classes(root, inside):
    saved(root, LINES)
    place, before = (root / "breastmnist", "") if inside else (root, "breastmnist/")
    listed = found(place)
    assert len(listed) == 12
    assert listed[0] == (f"{before}train0_0.png", "malignant", "train")
    assert {part for *_, part in listed} == {"train", "val", "test"}
    assert {label for _, label, _ in listed} == {"malignant", "normal, benign"}


def test_a_set_that_is_not_known_keeps_its_numbers(root):
    saved(root, LINES, "ownmnist_64")
    assert {label for _, label, _ in found(root)} == {"0", "1"}


def test_all_of_it_is_a_data_set(root):
    saved(root, LINES)
    data = folder.load(root, 12)
    assert [len(part) for _, part in data.parts()] == [4, 4, 4]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("TRAIN,x0_1.png,0,1,0", "line 13: has 3 labels; an image has one class here"),
        ("TRIAN,train9_0.png,0", "line 13: is not as medmnist saves it"),
        ("TRAIN,train9_0.png,2", "line 13: label 2; breastmnist has 2 classes"),
        ("TRAIN,train99_0.png,1", "line 13: there is no file breastmnist/train99_0.png"),
    ],
)
def test_a_line_that_is_written_otherwise_is_named(root, line, message):
    saved(root, LINES)
    with (root / "breastmnist.csv").open("a") as file:
        file.write(line + "\n")
    with pytest.raises(DataError, match=message):
        found(root)


# ---------------------------------------------------------------- tables beside images


ARCHIVE = [f"HAM_images_part_{1 + i % 2}/ISIC_{i}.jpg.png" for i in range(6)]


def archive(root):
    images(root, *ARCHIVE)
    rows = [f"ISIC_{i}.jpg,{'nv' if i % 2 else 'mel'}" for i in range(6)]
    write(root / "HAM_metadata.csv", "image_id,dx\n" + "\n".join(rows) + "\n")


def test_parts_of_an_archive_are_no_classes(root):
    archive(root)
    with pytest.raises(DataError, match=r"like parts of an archive.* If HAM_metadata\.csv lists"):
        cases(root)


@pytest.mark.parametrize("names", [("grade 0", "grade 1"), ("part 1", "images 2"), ("0", "1")])
def test_classes_with_numbers_are_classes(root, names):
    images(root, *(f"{name}/{i}.png" for name in names for i in range(4)))
    assert {label for _, label, _ in found(root)} == set(names)


def test_a_name_alone_is_that_of_the_one_image_that_is_called_so(root):
    archive(root)
    (root / "HAM_metadata.csv").rename(root / "manifest.csv")
    images(root, "masks/ISIC_0.jpg.png")  # no image, and so not in question
    listed = found(root, columns=(("path", "image_id"), ("label", "dx")))
    assert [path for path, _, _ in listed] == ARCHIVE
    assert [label for _, label, _ in listed] == ["mel", "nv"] * 3


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("1", r"line 2: 1 could be a/1\.png or b/1\.png\. Write the path"),
        ("3.png", r"line 2: there is no file 3\.png"),
        ("c/2", r"line 2: there is no file c/2"),
    ],
)
def test_a_name_of_several_images_or_of_none_is_refused(root, cell, message):
    images(root, "a/1.png", "b/1.png", "a/2.png")
    write(root / "manifest.csv", f"path,label\n{cell},x\n")
    with pytest.raises(DataError, match=message):
        cases(root)


@pytest.mark.parametrize("place", ["images", "train_images", "patient{}"])
def test_a_table_is_pointed_out_wherever_folders_are_no_classes(root, place):
    images(root, *(f"{place.format(i)}/{i}.png" for i in range(6)))
    write(root / "labels.csv", "id,finding\n")
    with pytest.raises(DataError, match=r"If labels\.csv lists the images, save it as manifest"):
        folder.load(root, 16)


def test_images_to_be_predicted_are_no_class(root):
    images(root, *(f"{name}/{i}.png" for name in ("yes", "no", "pred") for i in range(3)))
    listing = cases(root)
    assert {case.label for case in listing.cases} == {"yes", "no"}
    assert "3 images in the folder 'pred', which is no class" in listing.findings[0].text


def test_one_of_two_classes_may_be_called_so(root):
    images(root, *(f"{name}/{i}.png" for name in ("labelled", "unlabelled") for i in range(3)))
    assert {label for _, label, _ in found(root)} == {"labelled", "unlabelled"}


# ---------------------------------------------------------------- a column for each class

ISIC = "image,MEL,NV,age\n1.png,1.0,0.0,40\n2.png,0,1,50\n3.png,0,0,60\n"
BY_CLASS = (("label", "MEL, nv"),)


def isic(root, table=ISIC):
    images(root, "1.png", "2.png", "3.png")
    write(root / "manifest.csv", table)


def test_columns_of_0_and_1_are_one_label(root):
    isic(root)
    with pytest.raises(DataUnsuitable, match=r"1 of 3 rows have no label, the first in line 4"):
        cases(root, Reading(columns=BY_CLASS))
    listing = cases(root, Reading(columns=BY_CLASS, drop_unlabelled=True))
    assert [(c.path, c.label) for c in listing.cases] == [("1.png", "MEL"), ("2.png", "NV")]
    assert list(listing.metadata) == ["age"]  # columns of classes would tell the class


def test_columns_of_truth_values_in_parquet_are_one_label(root):
    isic(root)
    (root / "manifest.csv").unlink()
    table = {"path": ["1.png", "2.png"], "MEL": [True, False], "NV": [False, True]}
    parquet.write_table(pa.table(table), root / "manifest.parquet")
    listing = cases(root, Reading(columns=BY_CLASS))
    assert [case.label for case in listing.cases] == ["MEL", "NV"]


def test_a_column_whose_name_has_a_comma_is_one_column(root):
    isic(root, 'path,"MEL, nv"\n1.png,a\n2.png,b\n')
    assert [label for _, label, _ in found(root, columns=BY_CLASS)] == ["a", "b"]


@pytest.mark.parametrize(
    ("table", "label", "message"),
    [
        (ISIC.replace("0,1,50", "1,1,50"), "MEL,NV", r"line 3: is 'MEL' and 'NV'; every image has"),
        (ISIC.replace("0,1,50", "-1,1,50"), "MEL,NV", r"line 3: MEL is '-1'; .* holds 0 or 1"),
        (ISIC, "MEL,NX", r"there is no column 'NX'"),
        (ISIC, "MEL,MEL", r"names 'MEL' twice"),
    ],
)
def test_columns_that_are_no_label_are_refused(root, table, label, message):
    isic(root, table)
    with pytest.raises(DataError, match=message):
        cases(root, Reading(columns=(("label", label),)))


def test_a_table_without_a_label_says_that_there_may_be_a_column_for_each_class(root):
    isic(root)
    with pytest.raises(DataError, match=r"--column label=THEIRS \(or label=A,B,C where each"):
        cases(root)
