"""Manifests as people have them: quotes, commas, spellings, columns, encodings, missing labels."""

import os
import unicodedata

import pytest

from bench.data.folders.manifest import cases
from bench.data.folders.reading import Reading
from bench.data.sets import folder
from bench.protocol.errors import DataError, DataUnsuitable, UsageError
from tests.bench.data.folders.pictures import picture, sixteen, write_manifest

pytestmark = pytest.mark.slow


@pytest.fixture
def root(tmp_path):
    sixteen(tmp_path)
    return tmp_path


def rows(make):
    return [make(i, "ab"[i % 2], f"{'ab'[i % 2]}/{i}.png") for i in range(16)]


def finding(listing, check):
    return next(found for found in listing.findings if found.check == check)


@pytest.mark.parametrize("name", ["Manifest.csv", "MANIFEST.CSV", "manifest.Csv"])
def test_a_manifest_in_capitals_is_one_and_two_are_refused(root, name):
    write_manifest(root, "path,label", rows(lambda i, c, p: f"{p},{'xy'[i % 2]}"))
    (root / "manifest.csv").rename(root / name)
    listing = folder.load(root, 16)
    assert listing.class_names == ("x", "y")
    write_manifest(root, "path,label", rows(lambda i, c, p: f"{p},{c}"))
    if len([*root.glob("*.[cC]*")]) == 2:  # elsewhere both are one file
        with pytest.raises(DataError, match=r"holds \w+\.\w+ and manifest\.csv\. Keep one"):
            folder.load(root, 16)


def test_a_stray_quote_that_swallows_rows_is_refused_where_it_opens(root):
    notes = {0: '"no scar', 5: '8" scar'}
    write_manifest(root, "path,note,label", rows(lambda i, c, p: f"{p},{notes.get(i, 'x')},{c}"))
    with pytest.raises(DataError, match=r"manifest\.csv, line 2: .*quote that opens here"):
        cases(root)


@pytest.mark.parametrize("last", [1, 4])
def test_a_stray_quote_that_another_one_closes_is_refused_too(root, last):
    notes = {0: '"no scar', last: 'scar of 8"'}
    write_manifest(root, "path,note,label", rows(lambda i, c, p: f"{p},{notes.get(i, 'x')},{c}"))
    with pytest.raises(DataError, match=r"line 2: .*looks like rows"):
        cases(root)


def test_a_quote_that_is_never_closed_is_refused_where_it_opens(root):
    write_manifest(root, "path,note,label", rows(lambda i, c, p: f"{p},{chr(34) * (i == 8)}x,{c}"))
    with pytest.raises(DataError, match=r"line 10: .*quote that opens here"):
        cases(root)


def test_a_row_with_a_cell_too_many_or_too_few_is_refused(root):
    commas = rows(lambda i, c, p: f"{p},nodule{', left' if i == 6 else ''},{c}")
    write_manifest(root, "path,note,label", commas)
    with pytest.raises(DataError, match=r"line 8: has 4 cells, the header has 3"):
        cases(root)
    write_manifest(root, "path,label,note", rows(lambda i, c, p: f"{p},{c}{',x' * (i < 9)}"))
    with pytest.raises(DataError, match=r"line 11: has 2 cells, the header has 3"):
        cases(root)


def test_a_quoted_cell_may_hold_commas_quotes_and_line_breaks(root):
    cells = ['"a, b"', '"say ""no"""', '"two\nlines"', "plain"]
    write_manifest(root, "path,note,label", rows(lambda i, c, p: f"{p},{cells[i % 4]},{c}"))
    assert [case.label for case in cases(root).cases] == ["a", "b"] * 8


def test_lines_are_counted_as_an_editor_counts_them(root):
    write_manifest(root, "path,note,label", [*rows(lambda i, c, p: f'{p},"x\ny",{c}'), "a/0.png"])
    with pytest.raises(DataError, match="line 34: has 1 cells"):
        cases(root)


def test_ids_that_became_fractions_are_the_same_patients(root):
    write_manifest(
        root, "path,label,group", rows(lambda i, c, p: f"{p},{c},{i // 2}{'.0' * (i % 2)}")
    )
    found = cases(root)
    assert sorted({case.group for case in found.cases}) == [str(i) for i in range(8)]
    said = finding(found, "group-names")
    assert said.level == "note"
    assert "'3' = '3.0'" in said.text + " ".join(said.examples)


@pytest.mark.parametrize(
    ("one", "other"),
    [("p1", "P1"), ("p 1", "p  1"), ("Ä1", unicodedata.normalize("NFD", "Ä1")), ("7", "7.00")],
)
def test_patients_that_are_written_in_two_ways_are_one(root, one, other):
    write_manifest(root, "path,label,group", rows(lambda i, c, p: f"{p},{c},{(one, other)[i % 2]}"))
    assert len({case.group for case in cases(root).cases}) == 1


def test_patients_that_could_be_one_are_told_and_not_joined(root):
    write_manifest(
        root, "path,label,group", rows(lambda i, c, p: f"{p},{c},{'0' * (i % 2)}{i // 2 + 1}")
    )
    found = cases(root)
    assert len({case.group for case in found.cases}) == 16
    said = finding(found, "group-names")
    assert said.values == {"joined": 0.0, "doubtful": 8.0}
    assert "'01' and '1'" in said.text


@pytest.mark.parametrize(
    ("names", "classes"),
    [
        (("0", "0.0", "1", "1.0"), ["0", "1"]),
        (("Benign", "benign", "Malignant", "malignant "), ["Benign", "Malignant"]),
    ],
)
def test_labels_that_are_written_in_two_ways_are_one_class_and_that_is_told(root, names, classes):
    write_manifest(root, "path,label", rows(lambda i, c, p: f"{p},{names[i % 4]}"))
    found = cases(root)
    assert sorted({case.label for case in found.cases}) == classes
    said = finding(found, "class-names")
    assert said.level == "note"
    assert said.values["joined"] >= 1
    assert repr(classes[0]) in said.text


def test_labels_that_could_be_one_are_a_serious_finding(root):
    names = ("no finding", "no_finding")
    write_manifest(root, "path,label", rows(lambda i, c, p: f"{p},{names[i % 2]}"))
    found = cases(root)
    said = finding(found, "class-names")
    assert said.level == "serious"
    assert "'no finding' and 'no_finding'" in said.text


@pytest.mark.parametrize(
    "head", ["image_path,target", "image,class", "file,dx", "filename,y", "IMG,Diagnosis"]
)
def test_common_names_of_columns_are_understood_and_that_is_told(root, head):
    write_manifest(root, head, rows(lambda i, c, p: f"{p},{c}"))
    found = cases(root)
    assert len(found.cases) == 16
    assert all(name in finding(found, "table").text for name in head.split(","))


def test_where_two_names_fit_the_flag_is_proposed(root):
    write_manifest(root, "image,file,label", rows(lambda i, c, p: f"{p},{p},{c}"))
    with pytest.raises(DataError, match="--column path=image or --column path=file"):
        cases(root)
    named = Reading.of(False, ("path=file",), False)
    assert len(cases(root, named).cases) == 16


def test_other_names_are_refused_with_the_flags_and_read_with_them(root):
    write_manifest(root, "picture,grade", rows(lambda i, c, p: f"{p},{c}"))
    with pytest.raises(DataError, match=r"'path'.*--column path=.* --column label="):
        cases(root)
    named = Reading.of(False, ("path=picture", "label=grade"), False)
    assert [case.label for case in cases(root, named).cases] == ["a", "b"] * 8
    wrong = Reading.of(False, ("path=pictures", "label=grade"), False)
    with pytest.raises(DataError, match=r"no column 'pictures'\. Did you mean 'picture'"):
        cases(root, wrong)


@pytest.mark.parametrize("text", ["path", "path=", "pth=image"])
def test_a_flag_that_names_no_column_is_refused(text):
    with pytest.raises(UsageError, match="--column"):
        Reading.of(False, (text,), False)


def test_a_column_of_patients_that_is_not_used_is_told(root):
    write_manifest(root, "path,label,patient_id", rows(lambda i, c, p: f"{p},{c},{i // 2}"))
    said = finding(cases(root), "table")
    assert said.level == "note"
    assert "--column group=patient_id" in said.advice


@pytest.mark.parametrize("empty", ["", "NaN", " "])
def test_rows_without_a_label_are_refused_with_their_number_and_left_out_with_the_flag(root, empty):
    write_manifest(root, "path,label", rows(lambda i, c, p: f"{p},{empty if i > 11 else c}"))
    with pytest.raises(DataUnsuitable, match=r"4 of 16 rows.*line 14.*--drop-unlabelled"):
        cases(root)
    found = cases(root, Reading(drop_unlabelled=True))
    assert len(found.cases) == 12
    assert finding(found, "table").values == {"rows without a label": 4.0}


@pytest.mark.parametrize("empty", ["NA", "<NA>", "N/A", "null", "NULL", "nan", "#N/A"])
def test_what_programs_write_for_no_value_is_no_class(root, empty):
    write_manifest(root, "path,label", rows(lambda i, c, p: f"{p},{empty if i > 11 else c}"))
    with pytest.raises(DataUnsuitable, match="4 of 16 rows have no label") as refused:
        cases(root)
    assert f"“{empty}” is read as none: a class that is called so needs another" in str(
        refused.value
    )


def test_a_manifest_may_have_a_class_none_and_folders_one_called_na(root):
    write_manifest(root, "path,label", rows(lambda i, c, p: f"{p},{'None' if c == 'a' else c}"))
    assert {case.label for case in cases(root).cases} == {"None", "b"}
    (root / "manifest.csv").unlink()
    (root / "a").rename(root / "NA")
    assert {case.label for case in cases(root).cases} == {"NA", "b"}


def test_patients_who_are_not_known_are_not_one_patient(root):
    write_manifest(
        root, "path,label,group", rows(lambda i, c, p: f"{p},{c},{i if i > 3 else 'NA'}")
    )
    with pytest.raises(DataError, match=r"a/0\.png has no group, others have one"):
        cases(root)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_what_spreadsheets_write_is_understood(root, encoding):
    write_manifest(root, "path;label", rows(lambda i, c, p: f"{p};größe {c}"), encoding)
    assert cases(root).cases[0].label == "größe a"


@pytest.mark.parametrize("delimiter", [";", ",", "|"])
def test_excels_first_line_names_the_separator(root, delimiter):
    lines = rows(lambda i, c, p: f"{p}{delimiter}{c}")
    write_manifest(root, f"sep={delimiter}", [f"path{delimiter}label", *lines])
    assert len(cases(root).cases) == 16
    write_manifest(root, f"sep={delimiter}", [f"path{delimiter}label", *lines, "x"])
    with pytest.raises(DataError, match="line 19: has 1 cells"):
        cases(root)


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16-le"])
def test_other_encodings_are_refused_with_the_line_and_the_remedy(root, encoding):
    write_manifest(root, "path,label", rows(lambda i, c, p: f"{p},größe {c}"), encoding)
    with pytest.raises(DataError, match=r"manifest\.csv.*UTF-8.*Save it as UTF-8"):
        cases(root)


def test_a_link_is_called_as_the_manifest_calls_it(tmp_path):
    for i in range(12):
        picture(tmp_path / ".store" / f"K{i}.png", i)
        os.symlink(f".store/K{max(i, 1)}.png", tmp_path / f"{i}.png")
    names = [f"{i}.png" for i in range(12)]
    write_manifest(tmp_path, "path,label", [f"{n},{'ab'[i % 2]}" for i, n in enumerate(names)])
    assert [case.id for case in cases(tmp_path).cases] == names


def test_a_link_out_of_the_folder_needs_the_flag(tmp_path):
    picture(tmp_path / "blobs" / "K0.png")
    (tmp_path / "set").mkdir()
    os.symlink("../blobs/K0.png", tmp_path / "set" / "0.png")
    write_manifest(tmp_path / "set", "path,label", ["0.png,a"])
    with pytest.raises(DataError, match=r"line 2: 0\.png lies outside.*--allow-outside"):
        cases(tmp_path / "set")
    assert cases(tmp_path / "set", Reading(allow_outside=True)).cases[0].id == "0.png"


def test_letters_may_be_composed_otherwise_in_the_manifest_than_on_disk(tmp_path):
    listed = unicodedata.normalize("NFC", "Fälle/é.png")
    picture(tmp_path / unicodedata.normalize("NFD", listed))
    write_manifest(tmp_path, "path,label", [f"{listed},a"])
    (case,) = cases(tmp_path).cases
    assert case.id == listed
    assert (tmp_path / case.path).is_file()


def test_a_parquet_table_is_read_alike(root):
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    names = [f"{'ab'[i % 2]}/{i}.png" for i in range(16)]
    table = {"image": names, "target": [float(i % 2) for i in range(16)]}
    table["group"] = [None if i == 3 else i / 1 for i in range(16)]
    parquet.write_table(pa.table(table), root / "manifest.parquet")
    with pytest.raises(DataError, match="has no group"):
        cases(root)
    table["group"][3] = 3.0
    parquet.write_table(pa.table(table), root / "manifest.parquet")
    found = cases(root)
    assert {case.label for case in found.cases} == {"0", "1"}
    assert found.cases[3].group == "3"
    parquet.write_table(pa.table({"image": [{"bytes": b"x"}], "y": [1]}), root / "manifest.parquet")
    with pytest.raises(DataError, match="'image' holds struct"):
        cases(root)


def test_frames_may_have_become_fractions(root):
    lines = rows(lambda i, c, p: f"{p},{c},{'' if i % 2 else '1.0'}")
    write_manifest(root, "path,label,frame", lines)
    assert cases(root).cases[0].frame == 1


@pytest.mark.parametrize("between", ["|", " | ", ";", "/", "+", " & "])
def test_a_label_that_is_made_of_others_is_refused_as_several_findings(root, between):
    named = ["Effusion", "Mass", "No Finding", f"mass{between}Effusion"]
    write_manifest(root, "path,label", rows(lambda i, c, p: f"{p},{named[i % 4]}"))
    with pytest.raises(DataError, match=r"4 rows have several classes at once.*not supported"):
        cases(root)


@pytest.mark.parametrize(
    "named",
    [
        ["Effusion", "Mass", "Nodule/Cyst"],
        ["no", "yes", "yes/unclear"],
        ["skin|naevus", "skin|melanoma"],
        ["3", "4", "3+4"],
        ["1", "2", "1/2"],
        ["a", "b", "b+"],
    ],
)
def test_a_label_with_such_a_sign_whose_pieces_are_no_classes_is_one(root, named):
    write_manifest(root, "path,label", rows(lambda i, c, p: f"{p},{named[i % len(named)]}"))
    assert {case.label for case in cases(root).cases} == set(named)


@pytest.mark.parametrize(
    ("written", "there", "how"),
    [
        ("7", "a/0007.png", "the zeros before its number are missing"),
        ("img_7.png", "a/img_007.png", "the zeros before its number are missing"),
        ("A/0007.PNG", "a/0007.png", "capitals and small letters"),
        ("set/a/0007.png", "a/0007.png", "write paths from the folder set on"),
        (r"C:\Users\me\set\a\0007.png", "a/0007.png", "write paths from the folder set on"),
        ("/home/nobody/set/a/0007.png", "a/0007.png", "write paths from the folder set on"),
    ],
)
def test_a_path_that_nearly_names_an_image_is_told_which_and_why(tmp_path, written, there, how):
    root = tmp_path / "set"
    picture(root / there)
    picture(root / "b/other.png")
    write_manifest(root, "path,label", [f"{written},x", "b/other.png,y"])
    with pytest.raises(DataError, match=rf"line 2: .* There is {there}: {how}"):
        cases(root)


def test_two_images_that_a_path_could_mean_are_not_guessed_between(tmp_path):
    for there in ("a/07.png", "b/007.png"):
        picture(tmp_path / there)
    write_manifest(tmp_path, "path,label", ["7,x", "b/007.png,y"])
    with pytest.raises(DataError, match="there is no file 7") as refused:
        cases(tmp_path)
    assert "There is" not in str(refused.value)


def test_a_listed_link_that_leads_nowhere_is_called_so(root):
    (root / "a" / "0.png").unlink()
    (root / "a" / "0.png").symlink_to("nowhere.png")
    write_manifest(root, "path,label", rows(lambda i, c, p: f"{p},{c}"))
    with pytest.raises(DataError, match=r"a/0\.png is a link that leads nowhere"):
        cases(root)


@pytest.mark.parametrize("called", ["IMD{:03d}", "LIDC-IDRI-{:04d}", "{:d}"])
def test_small_folders_that_are_called_like_patients_get_the_advice_for_patients(tmp_path, called):
    for i in range(6):
        for k in range(2):
            picture(tmp_path / called.format(8860 + i) / f"{k}.png", 10 * i + k)
    with pytest.raises(DataError, match=r"6 sub-folders.*columns path, label and group") as refused:
        folder.load(tmp_path, 16)
    assert "another class" not in str(refused.value)
