"""What a study says of external parts, subgroups, corruptions and one class."""

import pytest

from bench.protocol.errors import StudyError
from bench.protocol.study import Study
from bench.protocol.study_file import read_study

NAMES = {"datasets": ("a",), "methods": ("svm",)}
WORDS = {
    "external": ("Basel", "Lyon"),
    "leave_out": "site",
    "subgroups": ("age:40,60", "sex"),
    "corrupt": ("blur", "noise"),
    "one_class": "normal",
}


def test_a_study_without_them_does_not_mention_them_so_that_its_hash_stays():
    assert not set(WORDS) & set(Study(**NAMES).as_json())
    assert Study(**NAMES).hash == "03d1ba2658bc"


def test_each_of_them_is_part_of_the_hash():
    hashes = {Study(**NAMES, **{name: value}).hash for name, value in WORDS.items()}
    assert len(hashes | {Study(**NAMES).hash}) == len(WORDS) + 1


def test_a_study_with_them_comes_back_from_its_canonical_form():
    study = Study(**NAMES, **WORDS)
    assert Study.from_json(study.as_json()) == study


def test_the_order_in_which_they_are_listed_does_not_matter():
    swapped = {name: v[::-1] if isinstance(v, tuple) else v for name, v in WORDS.items()}
    assert Study(**NAMES, **swapped).hash == Study(**NAMES, **WORDS).hash


def test_a_single_name_may_stand_without_brackets():
    assert Study(**NAMES, subgroups="sex", corrupt="all").subgroups == ("sex",)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("subgroups", ("age:x",), "as in age:40,60"),
        ("subgroups", ("age:40", "age:60"), "two subgroups are by 'age'"),
        ("subgroups", (40,), "list of names"),
        ("external", ("",), "1 to 60 printable"),
        ("external", ("a\nb",), "printable"),
        ("external", ("x" * 61,), "1 to 60 printable"),
        ("corrupt", (3,), "list of names"),
        ("leave_out", 3, "must be a name in quotes"),
        ("one_class", " normal", "must be a name in quotes"),
    ],
)
def test_values_out_of_range_are_refused(field, value, message):
    with pytest.raises(StudyError, match=message):
        Study(**NAMES, **{field: value})


def test_folders_of_external_parts_stand_in_a_table_and_are_no_part_of_the_protocol(tmp_path):
    file = tmp_path / "study.toml"
    file.write_text('[study]\nmargin = 0.03\n[external]\nBasel = "../basel"\n')
    table = read_study(file)
    assert table["external"] == {"Basel": "../basel"}
    assert Study.from_json({**table, "datasets": ["a"]}).external == ("Basel",)


def test_an_unknown_table_beside_the_study_is_refused(tmp_path):
    file = tmp_path / "study.toml"
    file.write_text('[study]\nmargin = 0.03\n[externals]\nBasel = "../basel"\n')
    with pytest.raises(StudyError, match="Did you mean 'external'"):
        read_study(file)
