"""Images of one patient are no evidence for each other, and nobody reads who the patients are."""

import csv
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from bench.cli.main import run_command
from bench.deploy import contents
from bench.deploy.reference import MOST_OF_A_PATIENT, SEVERAL, Reference, by_patient
from bench.deploy.watch.patients import OneOfEach, lot
from bench.deploy.watch.watching import Seen, SeveralOfOne, Watch, together
from tests.bench.data.formats.dicom_files import write as write_dicom
from tests.bench.deploy import small_data

EACH = 8


def write_patients(root, patients, seed, brighter=0, start=0):
    """A folder with a manifest: images of a patient are about as bright as each other."""
    random = np.random.default_rng(seed)
    root.mkdir(parents=True)
    rows = [["path", "label", "group"]]
    for p in range(patients):
        own = random.normal(0, 20)
        pictures = small_data.images(EACH, seed=1000 * seed + p)
        for i in range(EACH):
            label = small_data.CLASSES[(p + i) % 2]
            picture = pictures[label][i] + own + brighter
            name = f"{random.integers(10**12):012d}.png"
            Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8)).save(root / name)
            rows.append([name, label, f"Doe, John {start + p}"])
    with (root / "manifest.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return root


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("patients")


@pytest.fixture(scope="module")
def bundle(place):
    return small_data.train(write_patients(place / "known", 60, 1), place / "a.bench")


def rows_of(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def predict(bundle, *paths, out):
    paths = [str(path) for path in paths]
    return run_command(["predict", str(bundle), *paths, "--out", str(out), "--allow-unsigned"])


def monitor(bundle, path, capsys):
    capsys.readouterr()
    command = ["monitor", str(bundle), str(path), "--allow-unsigned"]
    status = run_command([*command, "--out", str(path.with_suffix(".html"))])
    return status, capsys.readouterr().out


def test_values_of_patients_come_back_without_their_names_and_order():
    groups = np.array(["b", "a", "b", "c"])
    rows = by_patient(np.array([4.0, 9.0, 2.0, 1.0]), groups)
    assert np.array_equal(rows, [[1, np.nan], [2, 4], [9, np.nan]], equal_nan=True)
    reference = Reference({"x": np.array([1.0, 2, 4, 9])}, {}, {"x": rows})
    again = Reference.decoded(reference.encoded(), (), "it")
    drawn = np.array([again.remembered(seed)["x"] for seed in range(400)])
    assert set(drawn[:, 0]) == {1.0}
    assert np.mean(drawn[:, 1] == 2) == pytest.approx(0.5, abs=0.1)
    many = by_patient(np.arange(1000.0), np.array(["one"] * 1000))
    assert many.shape == (1, MOST_OF_A_PATIENT)


def test_of_each_patient_one_image_counts_whatever_the_order():
    images = [Seen(f"{i}", {}, {}, patient=f"p{i % 3}") for i in range(30)]
    images += [Seen("alone", {}, {})]
    drawn = OneOfEach(lambda: images)
    assert (drawn.images, drawn.unknown, drawn.patients, len(list(drawn))) == (31, 1, 3, 4)
    backwards = {image.case for _, image in OneOfEach(lambda: images[::-1])}
    assert {image.case for _, image in drawn} == backwards
    assert all(images[position - 1] is image for position, image in drawn)


def test_of_patients_who_have_so_many_the_mean_of_several_counts_too():
    images = [Seen(f"{i}", {"x": float(i)}, {}, patient=f"p{i % 3}") for i in range(30)]
    images += [Seen("a", {"x": 0.0}, {}, patient="few"), Seen("alone", {"x": 0.0}, {})]
    several = [(n, one) for n, one in OneOfEach(lambda: images, 4) if isinstance(one, SeveralOfOne)]
    assert len(several) == 3
    for position, one in several:
        own = [i for i in range(30) if i % 3 == (position - 1) % 3]
        chosen = sorted(own, key=lambda i: lot(f"{i}"))[:4]
        assert position == max(chosen) + 1
        assert int(one.case) in chosen
        assert one.values == {"x": pytest.approx(np.mean(chosen))}


def test_how_many_are_several_is_what_three_quarters_of_the_patients_have():
    def of(*numbers):
        groups = np.repeat(np.arange(len(numbers)), numbers).astype(str)
        values = np.arange(float(len(groups)))
        return Reference({}, {}, {"x": by_patient(values, groups)} if numbers else {})

    assert (of().several, of().means()) == (1, {})
    assert (of(9, 1, 1, 1).several, of(9, 1, 1, 1).means()) == (1, {})
    assert of(*[4] * 9, 1, 2, 3).several == 4
    many = of(*[20] * 8)
    assert many.several == SEVERAL
    assert all(20 * i + 2.5 <= mean <= 20 * i + 16.5 for i, mean in enumerate(many.means()["x"]))
    assert of(*[20] * 4).means() == {}  # too few patients
    drawn = np.array([many.means(seed)["x"] for seed in range(200)])
    assert drawn.mean(0) == pytest.approx(20.0 * np.arange(8) + 9.5, abs=0.6)
    assert len(of(*[20] * 6, 5, 4).means()["x"]) == 6


def test_a_change_that_is_small_beside_how_a_patient_varies_is_found_by_means(bundle):
    manifest = replace(contents.read(bundle, allow_unsigned=True).manifest, disagreement={})
    random = np.random.default_rng(0)
    owners = np.repeat(np.arange(40), 12)
    known = random.normal(size=len(owners))
    new = random.normal(size=len(owners)) + 1
    reference = Reference({}, {}, {"x": by_patient(known, owners.astype(str))})
    seen = [
        Seen(f"{i}", {"x": v}, {}, patient=f"{p}")
        for i, (v, p) in enumerate(zip(new[:180], owners[:180], strict=True))
    ]
    watch = Watch(manifest, reference)
    won = {}
    for position, image in OneOfEach(lambda: seen, watch.several):
        watch.see(image, position)
    won = {name: watch.won(name) for name in watch.statistics}
    alarm = watch.alarms[0]
    assert (alarm.kind, alarm.position <= 180, alarm.counted <= 15) == ("change", True, True)
    assert won["x, mean of 6 images of a patient"] > 100 * won["x"]
    assert watch.see(together(seen[:6])) == []  # raised once


def test_patients_with_many_images_raise_no_false_alarm_but_each_image_for_itself_does(bundle):
    """Of bundles that remember 30 patients: new ones of the same kind, 20 images each."""
    manifest = replace(contents.read(bundle, allow_unsigned=True).manifest, disagreement={})
    raised = {"patients": 0, "images": 0}
    for study in range(40):
        random = np.random.default_rng(study)
        owners = np.repeat(np.arange(80), 20)
        values = random.normal(size=80)[owners] + random.normal(0, 0.4, len(owners))
        known, new = values[:600], values[600:]
        groups = owners.astype(str)[:600]
        reference = Reference({"x": np.sort(known)}, {}, {"x": by_patient(known, groups)})
        images = [
            Seen(f"{study}/{i}", {"x": v}, {}, patient=str(owners[600 + i]))
            for i, v in enumerate(new)
        ]
        watch = Watch(manifest, reference)
        for position, image in OneOfEach(lambda images=images: images, watch.several):
            watch.see(image, position)
        raised["patients"] += bool(watch.alarms)
        watch = Watch(manifest, Reference(reference.statistics, {}))
        for image in images:
            watch.see(image)
        raised["images"] += bool(watch.alarms)
    assert raised["patients"] <= 2  # 5 % of 40
    assert raised["images"] > 30


@pytest.mark.slow
def test_the_watch_counts_patients_where_the_new_images_name_them(bundle, place, capsys):
    same = write_patients(place / "same", 25, 2, start=100)
    assert predict(bundle, same, out=place / "same.csv") == 0
    status, said = monitor(bundle, place / "same.csv", capsys)
    assert (status, "25 of 200 images count, one of each patient." in said) == (0, True)
    assert "false alarms are more frequent" not in said
    other = write_patients(place / "other", 25, 3, brighter=70, start=200)
    assert predict(bundle, other, out=place / "other.csv") == 0
    status, said = monitor(bundle, place / "other.csv", capsys)
    assert status == 1
    assert "(patient " in said
    (same / "manifest.csv").unlink()
    assert predict(bundle, same, out=place / "nobody.csv") == 0
    _, said = monitor(bundle, place / "nobody.csv", capsys)
    assert "false alarms are more frequent than said" in said


def test_neither_bundle_nor_predictions_say_who_the_patients_are(bundle, place):
    new = write_patients(place / "new", 3, 4)
    assert predict(bundle, new, out=place / "new.csv") == 0
    found = contents.read(bundle, allow_unsigned=True)
    whole = b"".join(found.parts.values()) + found.manifest.encoded()
    assert b"Doe" not in whole
    assert b"patient-" not in whole
    assert "Doe" not in (place / "new.csv").read_text()
    groups = [row["group"] for row in rows_of(place / "new.csv")]
    assert len(set(groups)) == 3
    assert all(group.startswith("patient-") for group in groups)
    assert predict(bundle, new, out=place / "new.csv") == 0
    assert groups == [row["group"] for row in rows_of(place / "new.csv")]


def test_labels_of_a_manifest_are_those_of_the_file_and_it_goes_to_compare(bundle, place, capsys):
    new = write_patients(place / "labelled", 30, 5)
    text = (new / "manifest.csv").read_text()
    (new / "manifest.csv").write_text(text.replace(",benign,", ",Benign ,", 3))
    assert predict(bundle, new, out=place / "labelled.csv") == 0
    assert {row["label"] for row in rows_of(place / "labelled.csv")} == set(small_data.CLASSES)
    capsys.readouterr()
    command = ["compare", str(place / "labelled.csv"), "--positive", "malignant"]
    assert run_command(command) == 0
    assert "30 patients" in capsys.readouterr().out
    (new / "manifest.csv").write_text(text.replace(",benign,", ",begnin,"))
    assert predict(bundle, new, out=place / "mistyped.csv") == 0
    assert "label 'begnin' is no class of the bundle" in capsys.readouterr().out
    assert {row["label"] for row in rows_of(place / "mistyped.csv")} == {"", "malignant"}


@pytest.mark.parametrize("ids", [("A", "A", "B", ""), ("ANON", "ANON", "ANON", "ANON")])
def test_dicom_files_name_their_patients_unless_all_name_the_same(ids, bundle, tmp_path):
    (tmp_path / "new").mkdir()
    for i, name in enumerate(ids):
        pixels = np.full((24, 24), i, np.uint16) + np.arange(24, dtype=np.uint16)
        write_dicom(tmp_path / "new" / f"{i}.dcm", pixels, PatientID=name)
    assert predict(bundle, tmp_path / "new", out=tmp_path / "p.csv") == 0
    groups = [row["group"] for row in rows_of(tmp_path / "p.csv")]
    if ids[0] == "ANON":
        assert groups == [""] * 4
    else:
        assert groups[0] == groups[1] != groups[2]
        assert [group.partition("-")[0] for group in groups] == [*["patient"] * 3, "case"]


def test_a_sentence_names_only_what_was_seen(bundle):
    manifest = replace(contents.read(bundle, allow_unsigned=True).manifest, disagreement={})
    owners = np.repeat(np.arange(30), 8).astype(str)
    known = np.random.default_rng(0).normal(size=240)
    reference = Reference({}, {}, {name: by_patient(known, owners) for name in ("x", "never")})
    watch = Watch(manifest, reference)
    for i in range(20):
        watch.see(Seen(f"{i}", {"x": 9.0}, {}, patient=f"{i}"))
    assert watch.alarms[0].sentence.endswith(": x (higher).")
