"""Commands on a folder of images and masks that has no labels: what works, what is refused."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bench.cli.main import run_command
from bench.protocol.record import Trial
from bench.results.store import Store

pytestmark = pytest.mark.slow

COLUMNS = ("path", "mask", "group", "site", "age", "note")


def scene(i):
    """A bright square on dark ground, none in every fifth image: 40 by 48 pixels."""
    rng = np.random.default_rng(i)
    truth = np.zeros((40, 48), np.uint8)
    if i % 5:
        top, left = rng.integers(2, 20), rng.integers(2, 30)
        truth[top : top + 8 + i % 7, left : left + 12] = 255
    return (rng.integers(20, 60, (40, 48)) + (truth > 0) * 120).astype(np.uint8), truth


def write(root, n=20, columns=COLUMNS):
    for place in ("images", "masks"):
        (root / place).mkdir(parents=True)
    rows = []
    for i in range(n):
        for place, pixels in zip(("images", "masks"), scene(i), strict=True):
            Image.fromarray(pixels).save(root / place / f"{i:02}.png")
        files = f"images/{i:02}.png", f"masks/{i:02}.png"
        rows.append((*files, f"p{i // 2}", "AB"[i // 2 % 2], 20 + 3 * i, "x"))
    if columns:
        with open(root / "manifest.csv", "w", newline="") as file:
            csv.writer(file).writerows([columns, *rows])


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A working folder with `listed`, which has a manifest, and `plain`, which has none."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BENCH_CACHE", str(tmp_path / "cache"))
    write(tmp_path / "listed")
    write(tmp_path / "plain", columns=())
    return tmp_path


def run(*arguments, out="results"):
    common = ["--size", "48", "--jobs", "1", "--no-report", "--out", out]
    return run_command(["run", "--method", "otsu", *arguments, *common])


def refused(capsys):
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "Traceback" not in error
    return error


def test_each_site_is_left_out_once(here):
    assert run("--data", "listed", "--leave-out", "site") == 0
    store = Store(Path("results"))
    assert {trial.dataset for trial in store.trials()} == {"listed:site=A", "listed:site=B"}
    maps = store.label_maps(Trial("listed:site=A", "otsu"))
    elsewhere = maps.part("external:A").case_ids.tolist()
    assert sorted(elsewhere) == [f"images/{i:02}.png" for i in range(20) if i // 2 % 2 == 0]


def test_a_site_that_shares_patients_with_another_is_not_left_out(here, capsys):
    lines = Path("listed/manifest.csv").read_text().replace(",p1,", ",p0,")
    Path("listed/manifest.csv").write_text(lines)
    assert run("--data", "listed", "--leave-out", "site") == 2
    assert "has images there and elsewhere" in refused(capsys)


def test_an_unknown_column_is_named(here, capsys):
    assert run("--data", "listed", "--leave-out", "sit") == 2
    assert "Did you mean 'site'?" in refused(capsys)


def test_columns_of_other_names_tell_the_task_too(here):
    Path("listed/manifest.csv").write_text(
        Path("listed/manifest.csv").read_text().replace("path,mask", "image,outline", 1)
    )
    columns = ["--column", "path=image", "--column", "mask=outline"]
    assert run("--data", "listed", *columns) == 0
    assert Store(Path("results")).current.study.task == "segmentation"


@pytest.mark.parametrize("command", [["run", "--method", "otsu", "--data"], ["data", "check"]])
def test_what_is_about_labels_is_refused(here, capsys, command):
    assert run_command([*command, "listed", "--drop-unlabelled"]) == 2
    assert "--drop-unlabelled is about labels" in refused(capsys)


@pytest.mark.parametrize("folder", ["listed", "plain"])
@pytest.mark.parametrize("task", [[], ["--task", "segmentation"]], ids=["told", "not told"])
def test_a_folder_is_checked(here, capsys, folder, task):
    assert run_command(["data", "check", folder, *task, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["summary"].startswith("20 images, masks of foreground, 256×256 px gray")
    titles = {one["title"] for one in found["findings"]}
    assert {"Masks", "Near-duplicates", "Protected data"} <= titles


def test_suggested_patients_are_written_as_a_manifest_that_segments(here, capsys):
    wanted = ["--suggest-groups", "--write-manifest", "plain/manifest.csv"]
    assert run_command(["data", "check", "plain", *wanted]) == 0
    head = Path("plain/manifest.csv").read_text().splitlines()[0]
    assert head == "path,mask,group,group_source"
    assert run("--data", "plain") == 0
    assert Store(Path("results")).targets("plain").groups is not None


def test_a_contact_sheet_shows_where_masks_are(here):
    assert run_command(["data", "check", "plain", "--size", "48", "--show", "20"]) == 0
    with Image.open("plain-as-read.png") as opened:
        marked = (np.asarray(opened) == (255, 64, 0)).all(axis=2).sum()
    sides = [2 * (8 + i % 7 + 12) for i in range(20) if i % 5]  # px of the file; drawn threefold
    assert marked == pytest.approx(3 * sum(sides), rel=0.1)


@pytest.mark.parametrize("named", [["--method", "otsu"], ["--method", "svm"], ["--champions"]])
@pytest.mark.parametrize("folder", ["listed", "plain"])
def test_no_bundle_is_made_of_a_folder_that_is_segmented(here, capsys, named, folder):
    where = ["--from", "results"] if named == ["--champions"] else []
    assert run_command(["train", "--data", folder, *named, *where, "--out", "bundle"]) == 2
    assert "A bundle classifies images" in refused(capsys)


def test_a_check_of_an_unknown_task_is_refused(here, capsys):
    assert run_command(["data", "check", "plain", "--task", "segment"]) == 2
    assert "unknown task 'segment'" in refused(capsys)


@pytest.mark.parametrize(
    ("folder", "told"),
    [
        ("listed", "Columns of manifest.csv: path, mask, group, site, age, note."),
        ("plain", "Masks are found by the names of files; there is no manifest.csv."),
    ],
)
def test_a_study_is_written_for_a_folder(here, capsys, folder, told):
    assert run_command(["init", folder]) == 0
    out = capsys.readouterr().out
    assert "20 images with masks; to be found: foreground." in out
    assert told in out
    study = Path("study.toml").read_text()
    assert 'task = "segmentation"' in study
    assert "difference of mean Dice" in study
    Path("plain", "notes.txt").write_text("words")
    assert run_command(["run", "study.toml", "--data", folder, "--dry-run"]) == 0
    plan = capsys.readouterr().out
    assert "unet-compact (deep): 3 trials" in plan
    assert ("as read\n  data set plain: 1 file left out" in plan) == (folder == "plain")


def test_a_folder_of_masks_alone_is_not_described(here, capsys):
    assert run_command(["data", "describe", "listed", "--croissant"]) == 2
    assert "has masks and no classes" in refused(capsys)


def called_after_parts(root):
    """Images and masks in one folder, as GlaS has them."""
    root.mkdir()
    for i in range(24):
        name = f"{('train', 'testA', 'testB')[i % 3]}_{i // 3}"
        for end, pixels in zip(("", "_anno"), scene(i), strict=True):
            Image.fromarray(pixels).save(root / f"{name}{end}.bmp")


def test_files_called_after_parts_are_told_where_nothing_gives_a_split(here, capsys):
    called_after_parts(here / "glands")
    told = "All file names begin with train, testA or testB, which is not taken for a split."
    advice = "write a manifest.csv with a column split."
    run_command(["data", "check", "glands", "--size", "48", "--json"])
    findings = {f["check"]: f for f in json.loads(capsys.readouterr().out)["findings"]}
    assert findings["parts-in-names"]["text"] == told
    assert findings["parts-in-names"]["level"] == "note"
    assert run("--data", "glands", "--dry-run") == 0
    seen = "".join(capsys.readouterr())
    assert told in seen
    assert advice in seen


def test_nothing_is_told_of_names_where_a_manifest_gives_the_split(here, capsys):
    called_after_parts(here / "glands")
    rows = ["path,mask,split"]
    for i in range(24):
        part = ("train", "testA", "testB")[i % 3]
        name = f"{part}_{i // 3}"
        split = ("val" if i > 18 else "train") if part == "train" else "test"
        rows.append(f"{name}.bmp,{name}_anno.bmp,{split}")
    (here / "glands" / "manifest.csv").write_text("\n".join(rows))
    run_command(["data", "check", "glands", "--size", "48", "--json"])
    checks = [f["check"] for f in json.loads(capsys.readouterr().out)["findings"]]
    assert "parts-in-names" not in checks
