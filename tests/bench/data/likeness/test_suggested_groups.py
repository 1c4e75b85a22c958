"""Patients that the images suggest."""

import csv
import json
import os
import tracemalloc

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

from bench.cli.main import run_command
from bench.data.cache.near_duplicates import twins_of
from bench.data.checks.suggestions import agreement
from bench.data.file_facts import FileFacts
from bench.data.likeness.near_duplicates import twins_among
from bench.data.likeness.suggested_groups import suggest
from bench.data.sets import local
from bench.data.splits import Pooled, image_digests
from bench.methods.sources import Source
from bench.protocol.study import Study
from bench.run.loading import prepare


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BENCH_CACHE", str(tmp_path / "cache"))


def volumes(number, slices, side=48, seed=0):
    """`(number · slices, side, side, 1)` slices that vary smoothly within each volume."""
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(number):
        volume = gaussian_filter(rng.normal(size=(slices, side, side)), (3, 2.5, 2.5), mode="wrap")
        made.append(128 + 45 * volume / volume.std() + rng.normal(0, 3, volume.shape))
    return np.clip(np.concatenate(made), 0, 255).astype(np.uint8)[..., None]


def suggested(images, files=None):
    return suggest([images], twins_among([images], image_digests(images)), files)


def test_slices_of_a_volume_are_chained_and_volumes_stay_apart():
    images = volumes(30, 12)
    truth = np.repeat(np.arange(30), 12).astype(str)
    order = np.random.default_rng(1).permutation(len(images))
    found = suggested(images[order])
    index, wrong = agreement(truth[order], found)
    assert index > 0.9
    assert wrong <= 0.02 * len(found.first)
    assert 30 <= len(found.several) <= 36
    assert set(found.sure) <= set(found.several)
    assert len(found.sure) > 0


def test_images_that_have_nothing_in_common_stand_alone():
    found = suggested(volumes(400, 1))
    assert len(found.several) <= 4  # of 200 pairs that chance could join
    assert found.number >= 396


def test_copies_are_joined_and_images_that_show_nothing_are_not():
    images = volumes(60, 1)
    images[7], images[9] = images[3], np.clip(images[5] * 0.8 + 10, 0, 255)
    images[20:25] = 60
    found = suggested(images)
    assert found.groups[7] == found.groups[3]
    assert found.groups[9] == found.groups[5]
    assert len(set(found.groups[20:25])) == 5


def test_memory_does_not_grow_with_the_number_of_near_duplicates():
    image = volumes(1, 1)[:, 16:-16, 16:-16].astype(float)  # without the dark ground
    noise = np.random.default_rng(0).normal(0, 1, (500, *image.shape[1:]))
    images = np.clip(image + noise, 0, 255).astype(np.uint8)
    twins = twins_among([images], image_digests(images))
    assert len(twins.first) == 500 * 499 // 2
    tracemalloc.start()
    suggest([images], twins)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 200e6  # the details of all pairs have 2.3 GB


def test_where_most_images_are_twins_of_twins_likeness_tells_nothing():
    images = volumes(1, 1, side=48).repeat(80, axis=0)
    noise = np.random.default_rng(0).normal(0, 8, images.shape)
    found = suggested(np.clip(images + noise, 0, 255).astype(np.uint8))
    assert np.bincount(found.groups).max() <= 8


def test_images_of_different_sizes_are_not_joined_without_a_word():
    images = volumes(20, 6)
    images[6 * 15 + 1] = images[3]  # a copy
    n = len(images)
    width = np.where(np.arange(n) % 2, 100, 120).astype(np.int32)
    files = FileFacts(
        width,
        np.full(n, 90, np.int32),
        np.ones(n, np.int64),
        np.full(n, "png"),
        np.zeros(n, np.int32),
        np.zeros(n, bool),
        np.full(n, 8, np.uint8),
        np.full(n, np.nan, np.float32),
        np.zeros(n, bool),
        np.full(n, ""),
        np.zeros(n, np.uint64),
        np.full(n, ""),
        np.full(n, ""),
    )
    found = suggested(images, files)
    apart = width[found.first] != width[found.second]
    assert found.left_out > 0
    assert apart.sum() == found.twins_across_sizes  # near twins only
    whole = suggested(images)
    assert (whole.left_out, whole.twins_across_sizes) == (0, 0)


def folder_of(root, images, split=False):
    rows = []
    for i, image in enumerate(images):
        name = f"{'ab'[i // 6 % 2]}/{i:03d}.png"
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image[..., 0]).save(root / name)
        rows.append((name, "ab"[i // 6 % 2], ("train", "train", "train", "val", "test")[i % 5], i))
    if split:
        lines = [",".join(map(str, row)) for row in rows]
        (root / "manifest.csv").write_text("path,label,split,age\n" + "\n".join(lines))


def test_a_manifest_of_them_is_written_once_and_is_read_as_patients(tmp_path, capsys):
    folder_of(tmp_path / "set", volumes(20, 6))
    target = tmp_path / "set" / "manifest.csv"
    command = ["data", "check", "set", "--suggest-groups", "--write-manifest", str(target)]
    command += ["--pictures", "groups.png"]
    (tmp_path / "mine.csv").write_text("mine")
    assert run_command([*command[:-3], "mine.csv"]) == 2
    assert "mine.csv exists and is not overwritten" in capsys.readouterr().err
    assert (tmp_path / "mine.csv").read_text() == "mine"
    assert run_command(command) in (0, 1)
    assert "Suggested patients" in capsys.readouterr().out
    with target.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["path", "label", "group", "group_source"]
    assert len(rows) == 120
    assert {row["group_source"] for row in rows} == {"suggested by the images"}
    truth = np.array([row["path"][2:5] for row in rows]).astype(int) // 6
    together = {(g["group"], int(t)) for g, t in zip(rows, truth, strict=True)}
    assert len(together) <= 30
    sheet = np.asarray(Image.open("groups.png"))
    assert sheet.shape[1] == 16 * 68 + 4
    assert run_command(["data", "check", "set", "--json"]) in (0, 1)
    told = {f["check"]: f for f in json.loads(capsys.readouterr().out)["findings"]}
    assert told["groups"]["values"]["patients"] == len({row["group"] for row in rows})


def test_patients_that_file_names_tell_go_before_and_are_told_as_guesses(tmp_path, capsys):
    random = np.random.default_rng(0)
    for i in range(60):
        path = tmp_path / "set" / "ab"[i // 3 % 2] / f"{i // 3:08d}_{i % 3:03d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(random.integers(0, 255, (32, 32), np.uint8)).save(path)
    command = ["data", "check", "set", "--suggest-groups", "--write-manifest", "set/manifest.csv"]
    assert run_command(command) == 1  # patients in several parts
    with open("set/manifest.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["group"] for row in rows} == {f"{i:08d}" for i in range(20)}
    assert {row["group_source"] for row in rows} == {"read from the file names"}
    capsys.readouterr()
    assert run_command(["data", "check", "set", "--json"]) in (0, 1)
    told = {f["check"]: f for f in json.loads(capsys.readouterr().out)["findings"]}
    assert told["group-source"]["level"] == "note"
    assert "Of 60 of 60 images the patient is a guess" in told["group-source"]["text"]


def test_a_folder_that_is_called_like_a_patient_is_one_where_others_are_not(tmp_path, capsys):
    random = np.random.default_rng(0)
    for i in range(48):
        folder = f"patient_{i // 3}" if i < 30 else "others"
        letters = f"{'abcdefgh'[i % 8]}{'uvwxyz'[i // 8]}"
        path = tmp_path / "set" / "ab"[i // 3 % 2] / folder / f"{letters}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(random.integers(0, 255, (32, 32), np.uint8)).save(path)
    command = ["data", "check", "set", "--suggest-groups", "--write-manifest", "set/manifest.csv"]
    assert run_command(command) in (0, 1), capsys.readouterr().err
    with open("set/manifest.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    groups: dict[str, set[str]] = {}
    for row in rows:
        groups.setdefault(row["path"].rpartition("/")[0], set()).add(row["group"])
    assert all(len(own) == 1 for folder, own in groups.items() if "patient" in folder)
    assert len({row["group"] for row in rows}) == 10 + 18


def test_neither_manifest_nor_picture_is_written_of_images_that_suggest_nobody(tmp_path, capsys):
    random = np.random.default_rng(0)
    for i in range(60):
        path = tmp_path / "set" / "ab"[i % 2] / f"{'abcdefghij'[i % 10]}{'uvwxyz'[i // 10]}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(random.integers(0, 255, (32, 32), np.uint8)).save(path)
    command = ["data", "check", "set", "--suggest-groups", "--write-manifest", "set/manifest.csv"]
    assert run_command(command) == 2
    assert "neither images nor file names suggest" in capsys.readouterr().err
    assert not os.path.exists("set/manifest.csv")
    assert run_command(["data", "check", "set", "--pictures", "groups.png", "--json"]) in (0, 1)
    told = {f["check"]: f for f in json.loads(capsys.readouterr().out)["findings"]}
    assert told["suggested-groups"]["text"].endswith("Nothing is written for --pictures.")
    assert not os.path.exists("groups.png")


def test_columns_of_a_manifest_are_kept_and_patients_that_are_given_are_compared(tmp_path, capsys):
    folder_of(tmp_path / "set", volumes(20, 6), split=True)
    assert run_command(["data", "check", "set", "--write-manifest", "with-groups.csv"]) in (0, 1)
    capsys.readouterr()
    with open("with-groups.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["path", "label", "split", "age", "group", "group_source"]
    assert [row["age"] for row in rows] == sorted((row["age"] for row in rows), key=int)
    for row in rows:
        del row["split"]
    with open("set/manifest.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, [*rows[0]])
        writer.writeheader()
        writer.writerows(rows)
    assert run_command(["data", "check", "set", "--suggest-groups", "--json"]) in (0, 1)
    told = {f["check"]: f for f in json.loads(capsys.readouterr().out)["findings"]}
    assert told["suggested-groups"]["values"]["adjusted Rand index"] > 0.9
    assert run_command(["data", "check", "set", "--write-manifest", "again.csv"]) == 2
    assert "given already" in capsys.readouterr().err
    assert not os.path.exists("again.csv")


@pytest.mark.parametrize("suffix", ["", ".png"])
def test_a_manifest_that_lists_names_alone_keeps_its_columns(tmp_path, capsys, suffix):
    folder_of(tmp_path / "set", volumes(20, 6))
    files = sorted((tmp_path / "set").rglob("*.png"))
    lines = [f"{f.stem}{suffix},{int(i % 2)},{int(i % 2 == 0)},{i}" for i, f in enumerate(files)]
    (tmp_path / "set" / "manifest.csv").write_text("image,MEL,NV,age\n" + "\n".join(lines))
    command = ["data", "check", "set", "--column", "label=MEL,NV"]
    assert run_command([*command, "--write-manifest", "with-groups.csv"]) in (0, 1)
    with open("with-groups.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {int(row["age"]) for row in rows} == set(range(120))
    assert {(row["MEL"], row["NV"]) for row in rows} == {("0", "1"), ("1", "0")}
    place = {f.relative_to(tmp_path / "set").as_posix(): f"{i}" for i, f in enumerate(files)}
    assert {row["path"]: row["age"] for row in rows} == place


@pytest.mark.parametrize("folds", [0, 3])
def test_the_card_says_how_many_patients_the_images_suggest(tmp_path, folds):
    folder_of(tmp_path / "set", volumes(20, 6))
    source = Source("set", "folder", str(tmp_path / "set"))
    card = prepare(source, Study(("set",), ("svm",), folds=folds), tmp_path / "laid-out").card
    assert 20 <= card.suggested_groups <= 30
    listed = [case for group in card.suggested_test_groups for case in group]
    assert len(listed) == len(set(listed))
    assert len(listed) > (100 if folds else 15)
    assert type(card).from_json(json.loads(json.dumps(card.as_json()))).as_json() == card.as_json()


TRUTH = {"brain-mri-lgg": (0.6, 0.1), "skin-lesions": (0.08, 0.4)}


@pytest.mark.slow
@pytest.mark.skipif("BENCH_DATA" not in os.environ, reason="BENCH_DATA is not set")
@pytest.mark.parametrize("name", TRUTH)
def test_suggestions_on_real_sets_are_as_good_as_is_written_down(name):
    if name not in local.available():
        pytest.skip(f"BENCH_DATA holds no {name}")
    data = local.load(name)
    found = suggest([part.images for _, part in data.parts()], twins_of(data), data.files)
    index, wrong = agreement(Pooled.of(data).groups, found)
    least, most_wrong = TRUTH[name]
    assert index > least
    assert wrong / len(found.first) < most_wrong
