"""Further columns of a manifest: what is kept, what is a number, and what is refused."""

import datetime

import numpy as np
import pytest

from bench.data.folders.identifying import why_identifying
from bench.data.folders.manifest import cases
from bench.data.folders.reading import Reading
from bench.data.sets import folder
from bench.protocol.errors import DataError
from tests.bench.data.folders.pictures import sixteen, write_manifest


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("BENCH_CACHE", str(tmp_path_factory.mktemp("cache")))


def listing(root, header, column, separator=",", **reading):
    """What is read of a manifest with one or more further columns."""
    names = sixteen(root)
    rows = [separator.join([name, "ab"[i % 2], column(i)]) for i, name in enumerate(names)]
    write_manifest(root, separator.join(["path", "label", header]), rows)
    return cases(root, Reading(**reading))


def why(name, values, paths=None):
    units = [f"case {i}" for i in range(len(values))]
    return why_identifying(name, values, units, paths or units)


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (["1", "2.5", "-3e2", ""], [1, 2.5, -300, np.nan]),
        (["0", "1", "NaN", "n/a"], [0, 1, np.nan, np.nan]),
        (['"12,5"', "3", "", '"0,25"'], [12.5, 3, np.nan, 0.25]),
        (['"1,200"', '"3,400"', "", "7"], [1200, 3400, np.nan, 7]),
    ],
)
def test_a_column_of_numbers_is_of_numbers_and_gaps_are_nan(tmp_path, cells, numbers):
    found = listing(tmp_path, "size", lambda i: cells[i % 4]).metadata["size"]
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found[:4], numbers)


def test_between_semicolons_a_comma_is_of_decimals(tmp_path):
    found = listing(tmp_path, "size", lambda i: f"{i},250", ";").metadata["size"]
    assert found[:3].tolist() == [0.25, 1.25, 2.25]


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (["1.236,5", "12.001,25", "-7,5", "1.000"], [1236.5, 12001.25, -7.5, 1000]),
        (["999,5", "1.236", "1.234.567", "3"], [999.5, 1236, 1234567, 3]),
        (["2.5", "3.125", "4.0", "1"], [2.5, 3.125, 4, 1]),
        (["2.5", "3,5", "1", "4"], [2.5, 3.5, 1, 4]),
    ],
)
def test_between_semicolons_a_point_may_stand_between_thousands(tmp_path, cells, numbers):
    found = listing(tmp_path, "size", lambda i: cells[i % 4], ";").metadata["size"]
    assert found[:4].tolist() == numbers


def test_numbers_with_points_between_thousands_tell_nobody(tmp_path):
    found = listing(tmp_path, "size", lambda i: f"1.{236 + i},5", ";")
    assert not found.identifying
    assert found.metadata["size"][0] == 1236.5


def test_a_column_of_words_has_one_spelling_of_each_and_gaps_are_empty(tmp_path):
    cells = ["male", "Male", "", "female", "male"]
    found = listing(tmp_path, "sex", lambda i: cells[i % 5]).metadata["sex"]
    assert found[:4].tolist() == ["male", "male", "", "female"]


def test_codes_with_leading_zeros_stay_words(tmp_path):
    found = listing(tmp_path, "scanner", lambda i: f"00{i % 2}").metadata["scanner"]
    assert found[:2].tolist() == ["000", "001"]


def test_columns_without_a_name_or_with_the_same_are_told_apart(tmp_path):
    found = listing(tmp_path, "age,,age", lambda i: f"{40 + i},x{i % 2},{i}").metadata
    assert list(found) == ["age", "column 4", "age (5)"]


def test_parquet_columns_are_kept_with_their_kinds_and_lists_are_left_out(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = sixteen(tmp_path)
    table = {
        "path": names,
        "label": ["ab"[i % 2] for i in range(16)],
        "age": [None if i == 3 else 40.5 + i for i in range(16)],
        "smoker": [i % 2 == 0 for i in range(16)],
        "boxes": [[1, 2]] * 16,
    }
    pq.write_table(pa.table(table), tmp_path / "manifest.parquet")
    found = cases(tmp_path).metadata
    assert list(found) == ["age", "smoker"]
    assert found["age"][2] == 42.5
    assert np.isnan(found["age"][3])
    assert found["smoker"][:2].tolist() == ["True", "False"]
    table["seen"] = [datetime.date(2020, 1, 1 + i) for i in range(16)]
    pq.write_table(pa.table(table), tmp_path / "manifest.parquet")
    assert cases(tmp_path).identifying == {"seen": "dates"}


@pytest.mark.parametrize(
    "header",
    [
        *("Patient Name", "patientName", "last_name", "SURNAME", "Nachname", "Vorname", "nom"),
        *(
            "Prénom",
            "apellidos",
            "imię",
            "姓名",
            "DOB",
            "dateOfBirth",
            "birth date",
            "Geburtsdatum",
        ),
        *("date_naissance", "fecha de nacimiento", "E-Mail", "email_address", "Anschrift"),
        *("home address", "zip", "PLZ", "Telefon", "MRN", "patient_id", "PatientID", "Patient No."),
        *("subject id", "medical record number", "PID", "Accession Number", "patient"),
    ],
)
def test_a_header_that_names_a_person_is_told_in_many_spellings(header):
    assert why(header, ["x", "y"])


@pytest.mark.parametrize(
    "header",
    [
        *("age", "sex", "site", "hospital_name", "scanner", "device name", "class_name", "birads"),
        *("birth_weight", "tumour_size", "slice", "patient_age", "patient_position"),
        *("nodule", "naming", "phonetics", "number_of_lesions", "lesion_id", "addressed"),
    ],
)
def test_a_header_that_names_none_is_left_alone(header):
    assert not why(header, ["x", "y"])


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (lambda i: f"p{i}@clinic.example", "e-mail addresses"),
        (lambda i: f"19{50 + i}-02-11", "dates"),
        (lambda i: f"{1 + i % 28}.12.1950", "dates"),
        (lambda i: f"{1 + i % 28}/3/50", "dates"),
        (lambda i: f"1950{1 + i % 9:02d}11", "dates"),
        (lambda i: f"{1 + i % 28} March 1950", "dates"),
        (lambda i: "Doe^John", "persons' names"),
        (lambda i: f"Doe, John {chr(65 + i)}", "persons' names"),
        (lambda i: f"note {i} of the reader", "a value of its own for nearly every image"),
        (lambda i: f"{4711000 + 17 * i}", "a value of its own for nearly every image"),
        (lambda i: f"000{10 + i}", "a value of its own for nearly every image"),
    ],
)
def test_what_a_column_holds_is_told_whatever_it_is_called(value, what):
    assert why("extra", [value(i) for i in range(40)]) == what


@pytest.mark.parametrize(
    "value",
    [
        lambda i: f"{i * 1.37:.2f}",
        lambda i: f"{i}",
        lambda i: f"{9000 + 111 * i}",
        lambda i: f"{10 ** (i % 7) + i}",
        lambda i: ["CS", "DU", "HT"][i % 3],
        lambda i: "",
        lambda i: f"1.{i % 9}.840",
    ],
)
def test_measured_numbers_and_categories_are_no_persons(value):
    assert not why("extra", [value(i) for i in range(40)])


def test_what_the_path_says_anyway_tells_no_more():
    paths = [f"images/ISIC_{24310 + i}.jpg" for i in range(40)]
    ids = [f"ISIC-{24310 + i}" for i in range(40)]
    assert not why("image id", ids, paths)
    assert not why("name", ids, paths)
    assert why("patient name", ids, paths)
    assert why("image id", ids)


def test_a_value_of_its_own_for_every_patient_is_told_though_patients_have_several_images():
    units = [f"p{i // 4}" for i in range(160)]
    assert why_identifying("code", [f"K{i // 4}X" for i in range(160)], units, units) == (
        "a value of its own for nearly every patient"
    )
    assert not why_identifying("ward", [f"W{i // 40}" for i in range(160)], units, units)


def test_a_run_refuses_such_a_column_in_one_message_that_says_both_ways_out(tmp_path):
    listing(tmp_path, "Patient Name,age", lambda i: f"Doe,{i}")
    with pytest.raises(DataError) as told:
        folder.load(tmp_path, 16)
    assert "'Patient Name' (a person's name)" in str(told.value)
    assert '--drop-column "Patient Name"' in str(told.value)
    assert '--keep-column "Patient Name"' in str(told.value)
    kept = folder.load(tmp_path, 16, reading=Reading(keep_columns=("Patient Name",)))
    assert list(kept.train.metadata) == ["Patient Name", "age"]
    dropped = folder.load(tmp_path, 16, reading=Reading(drop_columns=("Patient Name",)))
    assert list(dropped.train.metadata) == ["age"]


def test_several_are_named_in_one_message_and_patients_can_be_groups(tmp_path):
    listing(tmp_path, "patient_id,dob", lambda i: f"{i // 2},1950-01-01")
    with pytest.raises(DataError, match=r"'patient_id'.* and 'dob'.*--column group=NAME"):
        folder.load(tmp_path, 16)
    reading = Reading(columns=(("group", "patient_id"),), drop_columns=("dob",))
    assert folder.load(tmp_path, 16, reading=reading).train.metadata == {}


def test_a_column_to_be_kept_or_dropped_has_to_be_there(tmp_path):
    listing(tmp_path, "age", str)
    for reading in (Reading(keep_columns=("ages",)), Reading(drop_columns=("ages",))):
        with pytest.raises(DataError, match=r"-column ages: .* Did you mean 'age'\?"):
            cases(tmp_path, reading)


def test_metadata_follow_their_cases_into_the_parts(tmp_path):
    listing(tmp_path, "age", lambda i: str(100 + i))
    data = folder.load(tmp_path, 16)
    for _, part in data.parts():
        numbers = [int(case.split("/")[1].removesuffix(".png")) for case in part.case_ids.tolist()]
        assert part.metadata["age"].tolist() == [100 + n for n in numbers]


def test_the_fingerprint_does_not_know_of_metadata(tmp_path):
    listing(tmp_path, "age", str)
    first = folder.load(tmp_path, 16).fingerprint
    listing(tmp_path, "age", lambda i: str(i * 2))
    again = folder.load(tmp_path, 16)
    assert again.fingerprint == first
    assert again.train.metadata["age"].max() > 16
