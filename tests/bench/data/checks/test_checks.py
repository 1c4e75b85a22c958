"""`bench data check`: every defect that is planted is found, and sound data have none."""

import json
import os

import numpy as np
import pytest
from PIL import Image

from bench.cli.main import run_command
from bench.data.checks.patients import proposed_groups
from bench.data.checks.probe_auc import auc_with_error, probe
from bench.data.checks.probes import border_features

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("BENCH_DATA", "")


def picture(rng, side=32):
    """An image of random structure with a random level and contrast at its borders."""
    coarse = rng.integers(0, 256, (8, 8), dtype=np.uint8)
    smooth = Image.fromarray(coarse).resize((side, side), Image.Resampling.BICUBIC)
    return np.clip(np.asarray(smooth) + rng.normal(0, 6, (side, side)), 0, 255).astype(np.uint8)


def sound(root, n=120, group=True, split=True):
    """Images with a manifest that nothing is wrong with; returns its rows."""
    rng = np.random.default_rng(0)
    root.mkdir(parents=True)
    rows = []
    for i in range(n):
        Image.fromarray(picture(rng)).save(root / f"{i}.bmp")
        part = ("train", "train", "train", "val", "test")[i // 2 % 5]
        rows.append([f"{i}.bmp", "ab"[i % 2]])
        rows[-1] += [part] * split + [f"p{i // 2}"] * group
    return rows


def write(root, rows, group=True, split=True):
    header = ["path", "label"] + ["split"] * split + ["group"] * group
    lines = [",".join(header), *(",".join(row) for row in rows)]
    (root / "manifest.csv").write_text("\n".join(lines))


def findings(capsys, target="set", *flags):
    """Exit status, and level and text by check."""
    status = run_command(["data", "check", str(target), "--json", *flags])
    told = capsys.readouterr()
    assert not told.err, told.err
    return status, {f["check"]: f for f in json.loads(told.out)["findings"]}


def levels(found):
    return {name: f["level"] for name, f in found.items() if f["level"] != "fine"}


def test_nothing_serious_is_found_in_sound_data(tmp_path, capsys):
    write(tmp_path / "set", sound(tmp_path / "set", 240))
    status, found = findings(capsys)
    assert status == 0
    assert levels(found) == {}
    assert found["counts"]["text"] == "240 images: train 144, val 48, test 48."
    assert found["groups"]["text"].startswith("120, each in one part")


def test_the_text_is_aligned_and_says_what_to_do(tmp_path, capsys):
    rows = sound(tmp_path / "set")
    (tmp_path / "set" / "7.bmp").write_bytes((tmp_path / "set" / "5.bmp").read_bytes())
    rows[7][1] = "a"
    write(tmp_path / "set", rows)
    assert run_command(["data", "check", "set"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("set: 120 images, 2 classes, 64×64 px gray, split as given")
    assert max(map(len, lines)) <= 100
    (line,) = [n for n in lines if "Identical images" in n]
    assert line.startswith("  SERIOUS  Identical images")
    assert any("→ " in n for n in lines)
    assert any("5.bmp (b, train) = 7.bmp (a, val)" in n for n in lines)
    assert lines[-1].endswith("to be looked at")


def test_unreadable_files_are_all_listed_and_the_rest_is_checked(tmp_path, capsys):
    rows = sound(tmp_path / "set")
    for i in (3, 50):
        (tmp_path / "set" / f"{i}.bmp").write_bytes(b"BM broken")
    write(tmp_path / "set", rows)
    status, found = findings(capsys)
    assert status == 1
    assert len(found["unreadable"]["examples"]) == 2
    assert "/3.bmp" in found["unreadable"]["examples"][0]
    assert found["counts"]["text"].startswith("118 images")
    assert found["groups"]["level"] == "fine"


def test_constant_images_are_found(tmp_path, capsys):
    rows = sound(tmp_path / "set")
    for i, level in ((3, 0), (50, 90)):
        Image.fromarray(np.full((32, 32), level, np.uint8)).save(tmp_path / "set" / f"{i}.bmp")
    write(tmp_path / "set", rows)
    status, found = findings(capsys)
    assert (status, levels(found)) == (1, {"counts": "note", "constant": "serious"})
    assert set(found["constant"]["examples"]) == {"3.bmp", "50.bmp"}


@pytest.mark.parametrize(
    ("to", "label", "level", "key"),
    [
        (8, "a", "serious", "across parts"),
        (10, "b", "serious", "across classes"),
        (2, "a", "note", ""),
    ],
)
def test_copies_are_told_by_where_they_are(tmp_path, capsys, to, label, level, key):
    rows = sound(tmp_path / "set", group=False)
    first = Image.open(tmp_path / "set" / "0.bmp")
    first.save(tmp_path / "set" / f"{to}.bmp")
    first.transpose(Image.Transpose.FLIP_LEFT_RIGHT).resize((48, 48)).save(
        tmp_path / "set" / f"{to + 20}.bmp"
    )
    rows[to][1] = rows[to + 20][1] = label
    write(tmp_path / "set", rows, group=False)
    _, found = findings(capsys)
    for check in ("identical", "near-duplicates"):
        assert found[check]["level"] == level, found[check]
        assert found[check]["values"]["pairs"] == 1
        assert not key or found[check]["values"][key] == 1
    assert "1 of them mirrored" in found["near-duplicates"]["text"]


def test_a_patient_in_two_parts_is_found_and_not_refused(tmp_path, capsys):
    rows = sound(tmp_path / "set")
    rows[7][3] = rows[0][3]
    write(tmp_path / "set", rows)
    status, found = findings(capsys)
    assert (status, levels(found)) == (1, {"counts": "note", "groups": "serious"})
    assert found["groups"]["examples"] == ["p0"]
    assert run_command(["run", "--data", "set", "--method", "class-prior", "--dry-run"]) == 2
    assert "group 'p0' is in train and in val" in capsys.readouterr().err


def test_patients_in_file_names_are_proposed(tmp_path, capsys):
    rows = sound(tmp_path / "set", group=False)
    for i, row in enumerate(rows):
        name = f"patient_{i // 3:03d}_{'abc'[i % 3]}.bmp"
        (tmp_path / "set" / row[0]).rename(tmp_path / "set" / name)
        row[0] = name
    write(tmp_path / "set", rows, group=False)
    status, found = findings(capsys)
    assert status == 1
    assert found["file-names"]["level"] == "serious"
    assert found["file-names"]["values"]["patients"] == 40
    torn = sum(len({rows[j][2] for j in range(i, i + 3)}) > 1 for i in range(0, 120, 3))
    assert found["file-names"]["values"]["in several parts"] == torn
    example = "patient_003: patient_003_a.bmp, patient_003_b.bmp, patient_003_c.bmp"
    assert example in found["file-names"]["examples"]


def test_numbers_that_each_class_counts_anew_are_no_serious_finding(tmp_path, capsys):
    rows = sound(tmp_path / "set", group=False)
    for label in "ab":
        (tmp_path / "set" / label).mkdir()
        for i, row in enumerate(row for row in rows if row[1] == label):
            name = f"{label}/{i:03d}_us.bmp"
            (tmp_path / "set" / row[0]).rename(tmp_path / "set" / name)
    status, found = findings(capsys)
    assert found["file-names"]["values"]["in several parts"] > 0
    assert found["file-names"]["level"] == "note"
    assert status == 0


def test_a_link_that_leads_nowhere_is_listed_and_a_run_names_it(tmp_path, capsys):
    rows = sound(tmp_path / "set", 60)
    for name, label, *_ in rows:
        (tmp_path / "set" / label).mkdir(exist_ok=True)
        (tmp_path / "set" / name).rename(tmp_path / "set" / label / name)
    (tmp_path / "set" / "manifest.csv").unlink(missing_ok=True)
    link = tmp_path / "set" / "a" / "broken.png"
    link.symlink_to("nowhere.png")
    status, found = findings(capsys)
    assert status == 1
    (told,) = found["unreadable"]["examples"]
    assert told.endswith(
        "a/broken.png: a link that leads nowhere, to nowhere.png. Correct or remove it."
    )
    assert run_command(["run", "--data", "set", "--method", "mean-brightness", "--dry-run"]) == 2
    assert "a/broken.png: a link that leads nowhere" in capsys.readouterr().err


def test_masks_of_another_size_are_said_to_be_optional_once(tmp_path, capsys):
    rows = sound(tmp_path / "set", 12)
    for name, label, *_ in rows:
        place = tmp_path / "set" / label
        for kind in ("images", "masks"):
            (place / kind).mkdir(parents=True, exist_ok=True)
        (tmp_path / "set" / name).rename(place / "images" / name)
        Image.fromarray(np.full((9, 9), 255, np.uint8)).save(place / "masks" / name)
    (tmp_path / "set" / "manifest.csv").unlink(missing_ok=True)
    assert run_command(["data", "check", "set"]) == 2
    text = capsys.readouterr().err
    assert text.count("the mask is 9×9 px") == 3
    assert text.count("Masks are optional for classification: to do without, move all of them") == 1


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([f"sub-{i // 2:02d}/scan{i % 2}.png" for i in range(40)], "sub-03"),
        ([f"{i // 2:04d}_{('left', 'right')[i % 2]}.png" for i in range(40)], "0003"),
        ([f"a/P{i // 2}.slice{i % 2}.dcm" for i in range(40)], "P3"),
        ([f"benign ({i}).png" for i in range(40)], None),
        ([f"ISIC_{24310 + i:07d}.jpg" for i in range(40)], None),
        ([f"set1-{i:03d}.png" for i in range(40)], None),
        ([f"train-{i:06d}" for i in range(40)], None),
        ([f"{i}.png" for i in range(40)], None),
    ],
)
def test_names_are_read_with_care(names, expected):
    assert proposed_groups(names).get(names[6]) == expected


def breakhis(patient, magnification, number):
    folder = f"benign/SOB/adenosis/SOB_B_A_14-{patient}A/{magnification}X"
    return f"{folder}/SOB_B_A-14-{patient}A-{magnification}-{number:03d}.png"


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([breakhis(100 + i // 8, (40, 100, 200, 400)[i // 2 % 4], i % 2) for i in range(96)], 12),
        # one of the magnifications is missing
        (
            [
                breakhis(100 + i // 6, [40, 100, 200, 400][(i // 6 + i // 2 % 3) % 4], i % 2)
                for i in range(96)
            ],
            16,
        ),
        # without folders: left and right of each patient, twice
        ([f"{i // 4:04d}_{'lr'[i // 2 % 2]}_{i % 2}.png" for i in range(80)], 20),
        # both, side and magnification
        ([f"P{i // 8}-{'lr'[i // 4 % 2]}-{i // 2 % 2}-{i % 2}.png" for i in range(96)], 12),
        # what lies in a folder that their beginning is called like
        ([f"no/K{i // 6:02d}/K{i // 6:02d}-{i // 2}_{i % 2}.png" for i in range(96)], 16),
    ],
)
def test_what_is_said_alike_of_every_patient_is_no_part_of_who_it_is(names, expected):
    assert len(set(names)) == len(names)
    found = proposed_groups(names, ("benign", "no"))
    assert len(set(found.values())) == expected


@pytest.mark.parametrize(
    "names",
    [
        # sites of forty patients each
        [f"site{i // 80}_{i // 2 % 40}_{i % 2}.png" for i in range(480)],
        # years, and folders of them
        [f"{2010 + i // 80}/{2010 + i // 80}_{i // 2 % 40}_{i % 2}.png" for i in range(480)],
        # classes with few patients each, and folders that are the patients
        [f"grade {i // 8}/grade {i // 8}_{i // 2 % 4}_{i % 2}.png" for i in range(48)],
        [f"{i // 2}/scan_{i // 2}_{i % 2}.png" for i in range(48)],
    ],
)
def test_numbers_of_patients_are_not_joined_to_what_they_have_in_common(names):
    found = proposed_groups(names, [f"grade {i}" for i in range(6)])
    assert len(set(found.values())) == len(names) // 2


def test_a_part_from_elsewhere_is_told(tmp_path, capsys):
    rows = sound(tmp_path / "set", 240)
    for row in rows:
        if row[2] == "test":
            path = tmp_path / "set" / row[0]
            Image.fromarray(np.asarray(Image.open(path)) // 2).save(path)
    write(tmp_path / "set", rows)
    _, found = findings(capsys)
    assert found["which-split"]["level"] == "serious"
    assert found["which-split"]["values"]["auc"] > 0.9


def test_a_mark_at_the_border_is_told(tmp_path, capsys):
    rows = sound(tmp_path / "set", 240)
    for row in rows:
        if row[1] == "b":
            path = tmp_path / "set" / row[0]
            pixels = np.asarray(Image.open(path)).copy()
            pixels[:2, :4] = 255
            Image.fromarray(pixels).save(path)
    write(tmp_path / "set", rows)
    _, found = findings(capsys)
    assert levels(found) == {"border": "serious"}
    assert found["border"]["values"]["low"] > 0.8


@pytest.mark.parametrize("defect", ["format", "size", "quality"])
def test_files_that_give_the_class_away_are_told(tmp_path, capsys, defect):
    rows = sound(tmp_path / "set", 240)
    for i, row in enumerate(rows):
        path = tmp_path / "set" / row[0]
        opened = Image.open(path)
        opened.load()
        if defect == "format":
            row[0] = f"{i}.{'png' if row[1] == 'b' else 'bmp'}"
            opened.save(tmp_path / "set" / row[0])
        if defect == "size" and row[1] == "b":
            opened.resize((40, 40)).save(path)
        if defect == "quality":
            row[0] = f"{i}.jpg"
            opened.save(tmp_path / "set" / row[0], quality=95 if row[1] == "b" else 80)
    write(tmp_path / "set", rows)
    _, found = findings(capsys)
    assert found["metadata"]["level"] == "serious"
    assert found["metadata"]["values"]["auc"] > 0.9


@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_texture_that_makes_files_longer_is_no_way_of_saving(tmp_path, capsys, suffix):
    random = np.random.default_rng(0)
    rows = sound(tmp_path / "set", 240)
    for i, row in enumerate(rows):
        row[0] = f"{i}.{suffix}"
        image = random.normal(120, 40 if row[1] == "b" else 15, (32, 32)).clip(0, 255)
        Image.fromarray(image.astype(np.uint8)).save(tmp_path / "set" / row[0], quality=90)
    write(tmp_path / "set", rows)
    _, found = findings(capsys)
    assert found["metadata"]["values"]["auc"] > 0.9
    assert found["metadata"]["level"] == "note"
    assert "how many bytes the images take" in found["metadata"]["advice"]


def test_classes_are_counted(tmp_path, capsys):
    rows = sound(tmp_path / "set", 240, group=False)
    for row in rows:
        row[1] = "b" if row[0] in ("0.bmp", "6.bmp", "8.bmp") else "a"
    write(tmp_path / "set", rows, group=False)
    _, found = findings(capsys)
    assert found["counts"]["level"] == found["class-balance"]["level"] == "note"
    assert "right in 98.8 %" in found["class-balance"]["text"]


def test_a_probe_of_noise_covers_chance():
    rng = np.random.default_rng(0)
    covered = 0
    for _ in range(40):
        auc = probe(rng.normal(size=(200, 20)), rng.permutation(np.repeat([0, 1], 100)), None)
        covered += auc.low <= 0.5 <= auc.high
    assert covered >= 35


def test_a_probe_keeps_patients_together():
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(60), 4)
    own = rng.normal(size=(60, 40))[groups] + rng.normal(size=(240, 40)) / 10
    labels = rng.permutation(np.repeat([0, 1], 30))[groups]
    assert probe(own, labels, None).low > 0.7
    assert probe(own, labels, groups.astype(str)).low < 0.6


def test_the_error_of_an_auc_is_delongs():
    """Two hand-worked values: placements of 3 positives among 2 negatives."""
    auc, error = auc_with_error(
        np.array([0.9, 0.6, 0.4, 0.5, 0.1]), np.array([1, 1, 1, 0, 0], bool)
    )
    assert auc == pytest.approx(5 / 6)
    # shares of negatives below: 1, 1, 1/2 (variance 1/12); of positives above: 2/3, 1 (1/18)
    assert error == pytest.approx(np.sqrt(1 / 12 / 3 + 1 / 18 / 2))


def test_the_border_is_all_that_its_features_see():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (4, 32, 48, 2)).astype(np.uint8)
    other = images.copy()
    other[:, 2:-2, 2:-2] = 0
    other[..., 1] = 0
    np.testing.assert_array_equal(border_features(images), border_features(other))
    other[2, 0, 7, 0] ^= 255
    assert (border_features(images)[2] != border_features(other)[2]).any()


def test_the_side_of_most_images_is_among_the_values(tmp_path, capsys):
    rows = sound(tmp_path / "set")
    rng = np.random.default_rng(1)
    for i in range(70):  # of 120
        Image.fromarray(picture(rng, 90)).crop((0, 0, 90, 70)).save(tmp_path / "set" / f"{i}.bmp")
    write(tmp_path / "set", rows)
    values = findings(capsys)[1]["sizes"]["values"]
    assert values["typical side"] == 70
    assert (values["least side"], values["largest side"]) == (32, 90)


def test_a_generated_set_is_checked_by_name(capsys):
    status, found = findings(capsys, "phantom-null")
    assert status == 0
    assert found["sizes"]["text"].startswith("All are")


def test_what_cannot_be_checked_is_said(tmp_path, capsys):
    assert run_command(["data", "check", "phantom-nul"]) == 2
    assert "Did you mean 'phantom-null'" in capsys.readouterr().err
    assert run_command(["data", "check", "./nowhere"]) == 2
    assert "does not exist" in capsys.readouterr().err
    (tmp_path / "empty").mkdir()
    assert run_command(["data", "check", "empty"]) == 2
    assert "holds no images" in capsys.readouterr().err


@pytest.mark.skipif("BENCH_DATA" not in os.environ, reason="BENCH_DATA is not set")
def test_the_leaks_that_are_known_of_a_real_set_are_found(monkeypatch, capsys):
    monkeypatch.setenv("BENCH_DATA", REAL)
    if not os.path.isdir(os.path.join(REAL, "busi")):
        pytest.skip("BENCH_DATA holds no busi")
    status, found = findings(capsys, "busi")
    assert status == 1
    assert found["identical"]["values"]["across classes"] == 1
    near = found["near-duplicates"]["values"]
    assert near["across parts"] >= 60
    assert near["across classes"] >= 5


REAL = os.environ.get("BENCH_DATA", "")


def test_a_data_set_of_a_plugin_that_fails_is_told_in_one_line(monkeypatch, capsys):
    def fails(*_):
        raise OSError("the share is gone")

    monkeypatch.setattr("bench.run.loading.load", fails)
    assert run_command(["data", "check", "phantom-null"]) == 2
    told = capsys.readouterr().err
    assert told == "Error: Data set 'phantom-null' cannot be loaded: OSError: the share is gone.\n"
