"""Descriptions in Croissant: ours, as MLCommons' own package reads them, and those of others."""

import csv
import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bench.cli.main import run_command
from bench.data.folders.manifest import cases
from bench.data.sets import folder
from bench.methods import sources
from bench.protocol.errors import DataError


@pytest.fixture
def root(tmp_path, monkeypatch):
    """Images of two classes and of six patients, two images of each."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BENCH_CACHE", str(tmp_path / "cache"))
    lines = ["path,label,group"]
    for label in ("benign", "malignant"):
        for i in range(12):
            path = tmp_path / "scans" / label / f"{i}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            noise = np.random.default_rng([i, len(label)]).integers(0, 256, (16, 16))
            Image.fromarray(noise.astype(np.uint8)).save(path)
            lines.append(f"{label}/{i}.png,{label},Doe {label} {i // 2}")
    (tmp_path / "scans" / "manifest.csv").write_text("\n".join(lines) + "\n")
    return tmp_path / "scans"


def described(root, *options):
    assert run_command(["data", "describe", str(root), *options, "--croissant"]) == 0
    return json.loads((root / "croissant.json").read_text())


# ---------------------------------------------------------------- written


@pytest.mark.filterwarnings("ignore")  # of mlcroissant and rdflib
def test_what_is_written_is_valid_and_its_records_are_the_cases(root):
    mlcroissant = pytest.importorskip("mlcroissant")
    described(root, "--licence", "CC-BY-4.0", "--citation", "Doe 2026")
    read = mlcroissant.Dataset(str(root / "croissant.json"))
    assert read.metadata.ctx.issues.errors == set()
    records = list(read.records("cases"))
    assert len(records) == 24
    assert {r["cases/label"] for r in records} == {b"benign", b"malignant"}
    assert {r["cases/split"] for r in records} == {b"train", b"val", b"test"}
    images = list(read.records("records-of-images-png"))
    assert {i["records-of-images-png/path"] for i in images} == {r["cases/path"] for r in records}
    assert images[0]["records-of-images-png/image"].size == (16, 16)
    assert [r["classes/name"] for r in read.records("classes")] == ["benign", "malignant"]


def test_files_have_their_digests_and_patients_no_names(root):
    told = described(root, "--licence", "CC-BY-4.0", "--citation", "Doe 2026")
    assert (told["license"], told["citeAs"]) == ("CC-BY-4.0", "Doe 2026")
    table = root / "croissant-cases.csv"
    digest = hashlib.sha256(table.read_bytes()).hexdigest()
    assert told["distribution"][0]["sha256"] == digest
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    first = rows[0]
    content = (root / first["path"]).read_bytes()
    assert first["sha256"] == hashlib.sha256(content).hexdigest()
    assert all(row["group"].startswith("patient-") for row in rows)
    assert len({row["group"] for row in rows}) == 12
    assert "Doe benign" not in table.read_text() + json.dumps(told)


def test_nothing_is_said_of_a_licence_that_is_not_known(root):
    assert "license" not in described(root)


def test_what_was_described_is_read_with_the_same_parts_and_patients(root):
    before = folder.load(root, 16)
    described(root)
    (root / "manifest.csv").unlink()
    after = folder.load(root, 16)
    for (name, one), (_, other) in zip(before.parts(), after.parts(), strict=True):
        assert sorted(one.case_ids) == sorted(other.case_ids), name
    assert len(np.unique(after.train.groups)) == len(np.unique(before.train.groups))
    assert after.train.metadata == {}  # digests of files are nothing to compare by


def test_a_description_may_be_given_itself(root):
    described(root)
    source = sources.folder(root / "croissant.json")
    assert (source.name, Path(source.target)) == ("scans", root.resolve())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["scans"], "Say in which format: --croissant."),
        (["--croissant"], "Name the folder of images, or a data set"),
        (["scnas", "--croissant"], "Unknown data set 'scnas'"),
        (["phantom-null", "--croissant"], "is made by a program; there are no files to describe"),
        (["scans", "--croissant", "else.json"], "has to lie in scans itself"),
    ],
)
def test_what_cannot_be_described_is_refused(root, arguments, message, capsys):
    assert run_command(["data", "describe", *arguments]) == 2
    assert message in capsys.readouterr().err
    assert not list(root.glob("croissant*"))


def test_no_file_is_overwritten(root, capsys):
    described(root)
    before = (root / "croissant.json").read_bytes()
    assert run_command(["data", "describe", "--croissant", "scans"]) == 2
    assert "exists and is not overwritten" in capsys.readouterr().err
    assert (root / "croissant.json").read_bytes() == before


# ---------------------------------------------------------------- of others


def field(record, name, source=None, kind="sc:Text", **more):
    told = {"@type": "cr:Field", "@id": f"{record}/{name}", "name": name, "dataType": kind}
    return told | ({"source": source} if source else {}) | more


def column(name, file="table"):
    return {"fileObject": {"@id": file}, "extract": {"column": name}}


def of_path(regex=None, what="fullpath"):
    source = {"fileSet": {"@id": "files"}, "extract": {"fileProperty": what}}
    return source | ({"transform": {"regex": regex}} if regex else {})


def description(root, distribution, *records):
    told = {"@type": "sc:Dataset", "name": "x", "distribution": distribution}
    told["recordSet"] = [{"@type": "cr:RecordSet", **record} for record in records]
    (root / "manifest.csv").unlink(missing_ok=True)
    (root / "croissant.json").write_text(json.dumps(told))


def table_file(**more):
    told = {"@type": "cr:FileObject", "@id": "table", "contentUrl": "t.csv"}
    return told | {"encodingFormat": "text/csv"} | more


FILES = {
    "@type": "cr:FileSet",
    "@id": "files",
    "includes": "*/*.png",
    "encodingFormat": "image/png",
}
COLUMNS = {"@id": "r", "field": [field("r", "image_path", column("p")),
                                 field("r", "finding", column("f"), ["sc:Text", "cr:Label"]),
                                 field("r", "split", column("s"))]}  # fmt: skip


def found(root):
    return [(c.path, c.label, c.split) for c in cases(root).cases]


def test_a_table_is_read_by_what_its_columns_are_said_to_be(root):
    (root / "t.csv").write_text("p,f,s,x\nbenign/1.png,one,train,9\nmalignant/2.png,two,test,9\n")
    description(root, [table_file()], COLUMNS)
    assert found(root) == [("benign/1.png", "one", "train"), ("malignant/2.png", "two", "test")]


def test_images_that_are_named_without_their_folder_are_found_by_the_file_set(root):
    (root / "t.csv").write_text("p,f,s\n1.png,one,train\n2.png,two,test\n")
    description(root, [table_file(), FILES | {"includes": "benign/*.png"}], COLUMNS)
    assert [path for path, *_ in found(root)] == ["benign/1.png", "benign/2.png"]


def test_numbers_of_an_enumeration_become_its_names(root):
    (root / "t.csv").write_text("p,f\nbenign/1.png,0\nmalignant/2.png,1\n")
    label = field("r", "label", column("f"), references={"field": {"@id": "names/id"}})
    rows = [{"names/id": i, "names/name": name} for i, name in enumerate(("fine", "ill"))]
    listed = {"@id": "names", "dataType": "sc:Enumeration",
              "field": [field("names", "id"), field("names", "name")],
              "data": rows}  # fmt: skip
    record = {"@id": "r", "field": [field("r", "path", column("p")), label]}
    description(root, [table_file()], record, listed)
    assert [label for _, label, _ in found(root)] == ["fine", "ill"]


def test_classes_may_be_parts_of_paths(root):
    record = {"@id": "r", "field": [field("r", "image", of_path(what="content"), "sc:ImageObject"),
                                    field("r", "label", of_path("^([a-z]+)/"))]}  # fmt: skip
    description(root, [FILES], record)
    assert len(found(root)) == 24
    assert found(root)[0] == ("benign/0.png", "benign", "")


def test_images_may_be_listed_in_the_description_itself(root):
    rows = [
        {"r/image": "benign/1.png", "r/label": "a"},
        {"r/image": "benign/2.png", "r/label": "b"},
    ]
    fields = [field("r", "image"), field("r", "label")]
    description(root, [], {"@id": "r", "field": fields, "data": rows})
    assert found(root) == [("benign/1.png", "a", ""), ("benign/2.png", "b", "")]


def test_a_manifest_goes_before_a_description(root):
    text = (root / "manifest.csv").read_text()
    description(root, [])
    (root / "manifest.csv").write_text(text)
    assert len(found(root)) == 24


URL = "https://example.org/t.csv"
BY_PATH = {"@id": "r", "field": [field("r", "label", of_path("a"))]}
LABELLED = {"@id": "r", "field": [field("r", "label", of_path("(a+)+$"))]}


@pytest.mark.parametrize(
    ("files", "record", "message"),
    [
        ([table_file(contentUrl=URL)], COLUMNS, f"lies at {URL}, and nothing is downloaded"),
        ([table_file(containedIn={"@id": "zip"})], COLUMNS, "lies in 'zip', and nothing is down"),
        ([table_file(contentUrl="../t.csv")], COLUMNS, "'../t.csv' leads out of its folder"),
        ([table_file(contentUrl="/etc/passwd")], COLUMNS, "'/etc/passwd' leads out of its folder"),
        ([table_file(contentUrl="file:t.csv")], COLUMNS, "'file:t.csv' leads out of its folder"),
        ([table_file(contentUrl="u.csv")], COLUMNS, "there is no file 'u.csv' beside it"),
        ([table_file(sha256="0" * 64)], COLUMNS, "its SHA-256 is another"),
        ([table_file()], {"@id": "r", "field": [field("r", "path", column("q"))]},
         "there is no column 'q', which"),
        ([FILES], LABELLED, "at most three repetitions, none of a group"),
        ([FILES], {"@id": "r", "field": [field("r", "label", of_path("(a"))]}, "no regular expres"),
        ([FILES | {"includes": "../*"}], BY_PATH,
         "leads out of its folder"),
        ([FILES | {"includes": "*.gif"}], BY_PATH,
         "no file here is one of the file set 'files'"),
        ([FILES], {"@id": "r", "field": []}, "no record set gives images and their classes"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said(root, files, record, message):
    (root / "t.csv").write_text("p,f,s\nbenign/1.png,one,train\nmalignant/2.png,two,test\n")
    description(root, files, record)
    with pytest.raises(DataError) as told:
        cases(root)
    assert message in str(told.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not valid JSON"),
        (b"{", "is not valid JSON"),
        (b"[" * 100_000, "is not valid JSON"),
        (b"\xff\xfe", "is not valid JSON"),
        (b"[]", "is no Croissant description"),
        (b'{"recordSet": 7}', "no record set gives images"),
        (
            b'{"recordSet": [{"field": [{"source": "x", "dataType": {}}, 3]}]}',
            "no record set gives",
        ),
    ],
)
def test_a_file_that_is_no_description_is_refused(root, content, message):
    (root / "manifest.csv").unlink()
    (root / "croissant.json").write_bytes(content)
    with pytest.raises(DataError, match=message):
        cases(root)


def test_images_inside_parquet_files_are_left_to_their_reader(root):
    parquet = {"@type": "cr:FileSet", "@id": "p", "includes": "data/*.parquet"}
    source = {"fileSet": {"@id": "p"}, "extract": {"column": "image"}}
    source |= {"transform": {"jsonPath": "bytes"}}
    record = {"@id": "r", "field": [field("r", "image", source, "sc:ImageObject")]}
    description(root, [parquet | {"encodingFormat": "application/x-parquet"}], record)
    assert {label for _, label, _ in found(root)} == {"benign", "malignant"}  # as class folders


def test_another_name_for_a_description_is_told(root):
    (root / "meta.json").write_text("{}")
    with pytest.raises(DataError, match=r"meta.json: of Croissant the file is called croissant"):
        sources.folder(root / "meta.json")
