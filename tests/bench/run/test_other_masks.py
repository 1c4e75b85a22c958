"""A study with masks that segmenters draw: which trials, which masks, whose."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bench.cli.main import run_command
from bench.data.memory_maps import open_memory_maps
from bench.methods.sources import Source
from bench.protocol.cards import MethodCard
from bench.protocol.errors import StudyError
from bench.protocol.label_maps import LabelMaps, encode
from bench.protocol.plan import MethodFacts, plan
from bench.protocol.record import Environment, Run, Trial
from bench.protocol.study import Study
from bench.results.store import Store
from bench.run.loading import prepare
from bench.run.other_images import (
    prepare_other,
    prepare_other_images,
    unready,
    with_fingerprints,
    with_mask_cards,
)
from bench.run.other_masks import segmented_masks, to_segment

SIDE = 32


def study(**values):
    return Study(("a",), ("svm",), **values)


def test_the_verdict_is_about_the_data_sets_own_masks_and_the_others_are_named():
    asked = study(masks=("deep", "classical"))
    assert asked.masks == ("truth", "classical", "deep")
    assert asked.other_masks == asked.predicted_masks == ("classical", "deep")
    assert study(masks=("none",)).predicted_masks == ()
    assert study(masks=("none",)).other_masks == ("none",)
    assert study(masks=("none",)).masks == ("truth", "none")  # which the verdict is about
    assert study().hash == study(masks=()).hash
    assert "masks" not in study().as_json()
    assert Study.from_json(asked.as_json()) == asked


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"masks": ("depe",)}, "unknown masks 'depe'. Did you mean 'deep'"),
        ({"masks": ("truth",)}, "more than 'truth'"),
        ({"masks": ("deep",), "leave_out": "site"}, "masks and leave_out exclude each other"),
        ({"masks": ("deep",), "external": ("x",)}, "masks and external exclude each other"),
        ({"masks": ("deep",), "one_class": "no"}, "masks and one_class exclude each other"),
        ({"masks": ("deep",), "preprocess": ("crop-to-mask",)}, "where the lesion is"),
        ({"masks": ("deep",), "task": "segmentation"}, "belong to one of classification"),
    ],
)
def test_masks_that_are_none_are_refused(values, message):
    with pytest.raises(StudyError, match=message):
        study(**values)


def test_each_method_is_planned_once_more_for_each_other_mask():
    facts = {"svm": MethodFacts(MethodCard("svm", "classical", "", "d", "1"), {}, seeded=True)}
    asked = study(masks=("none", "deep"), sizes=(28, 64), seeds=(0, 1), fractions=(0.5, 1.0))
    trials = plan(asked, facts)
    assert {(t.masks, t.seed) for t in trials if t.masks} == {
        (masks, seed) for masks in ("none", "deep") for seed in (0, 1)
    }
    assert not [t for t in trials if t.masks and (t.size or t.fraction < 1)]


@pytest.fixture
def folder(tmp_path):
    """Discs on black; of each the mask, its class, and a patient with two images."""
    place = tmp_path / "set"
    (place / "images").mkdir(parents=True)
    (place / "masks").mkdir()
    rng = np.random.default_rng(0)
    rows = [["path", "label", "group", "mask"]]
    y, x = np.mgrid[:SIDE, :SIDE]
    for i in range(48):
        row, column = rng.uniform(12, 20, 2)
        inside = np.hypot(y - row, x - column) < rng.uniform(5, 9)
        pixels = rng.integers(0, 60, (SIDE, SIDE)) + 120 * inside
        for what, drawn in (("images", pixels), ("masks", 255 * inside)):
            Image.fromarray(drawn.astype(np.uint8)).save(place / what / f"{i:02d}.png")
        label = ("no", "yes")[i // 2 % 2]
        rows.append([f"images/{i:02d}.png", label, f"p{i // 2}", f"masks/{i:02d}.png"])
    with (place / "manifest.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return place


@pytest.fixture
def source(folder):
    return Source("set", "folder", str(folder))


@pytest.fixture
def segmented(source, tmp_path):
    """Results of two classical segmenters and a deep one in three folds.

    Of the classical ones "half" marks the left half of a lesion and "all" marks all of it, but for
    fold 0, of which it marks nothing on validation. What "deep" marks is the lesion moved.
    """
    asked = Study(("set",), ("all", "half", "moved"), folds=3, size=SIDE, task="segmentation")
    own = replace(source, task="segmentation")
    ready = prepare(own, asked, tmp_path / "segmentation")
    assert ready.card is not None
    store = Store(tmp_path / "results" / "masks")
    store.declare(asked)
    store.write_card(ready.card, None, None, ready.targets)
    for name, family in (("all", "classical"), ("half", "classical"), ("moved", "deep")):
        for fold, place in enumerate(ready.folders):
            data = open_memory_maps(place)
            cases, parts, pngs = [], [], []
            for part, split in (("val", data.val), ("test", data.test)):
                for case, target in zip(split.case_ids.tolist(), split.targets, strict=True):
                    found = target.copy()
                    if name == "half":
                        found[:, SIDE // 2 :] = 0
                    if name == "moved":
                        found = np.roll(found, 2, axis=0)
                    if name == "all" and fold == 0 and part == "val":
                        found[:] = 0
                    cases.append(case)
                    parts.append(part)
                    pngs.append(encode(found))
            trial = Trial("set", name, None, fold)
            card = MethodCard(name, family, "", "d", "1")
            maps = LabelMaps(np.array(cases), np.array(parts), tuple(pngs))
            run = Run(
                trial=trial,
                status="ok",
                method=card,
                data_fingerprint=ready.card.fingerprint,
                environment=Environment("3", "any", "any", 1, 1, "cpu"),
                budget="standard",
                started="2026-11-29T00:00:00+00:00",
                label_maps=maps,
            )
            store.write_run(run)
    return store


def test_each_case_has_the_mask_of_the_segmenter_that_validation_chose_in_its_fold(
    source, segmented, tmp_path
):
    found = segmented_masks(source, "classical", segmented, tmp_path / "f")
    assert found.card.segmenters == {"all": 2, "half": 1}
    assert len(found.maps) == 48
    assert 0.8 < found.card.dice < 1
    assert found.card.missed == 0
    assert (found.card.folds, found.card.side) == (3, SIDE)
    deep = segmented_masks(source, "deep", segmented, tmp_path / "g")
    assert deep.card.segmenters == {"moved": 3}
    assert deep.card.missed == 0
    assert deep.fingerprint != found.fingerprint


@pytest.mark.parametrize("folds", [0, 3])
def test_the_same_cases_are_laid_out_with_the_other_masks_in_their_last_channel(
    source, segmented, tmp_path, folds
):
    asked = Study(("set",), ("svm",), folds=folds, size=16, masks=("none", "deep"))
    whole = prepare(source, asked, tmp_path / "whole")
    deep = prepare_other(source, asked, 0, "deep", whole, tmp_path / "deep", segmented)
    none = prepare_other(source, asked, 0, "none", whole, tmp_path / "none")
    assert [whole.error, deep.error, none.error] == ["", "", ""]
    assert len({whole.card.fingerprint, deep.fingerprint, none.fingerprint}) == 3
    maps = segmented_masks(source, "deep", segmented, tmp_path / "m").maps
    for one, two, three in zip(whole.folders, deep.folders, none.folders, strict=True):
        own, other, bare = map(open_memory_maps, (one, two, three))
        for (_, a), (_, b), (_, c) in zip(own.parts(), other.parts(), bare.parts(), strict=True):
            assert a.case_ids.tolist() == b.case_ids.tolist() == c.case_ids.tolist()
            np.testing.assert_array_equal(a.images[..., 0], b.images[..., 0])
            np.testing.assert_array_equal(a.images[..., :1], c.images)
            for case, image in zip(b.case_ids.tolist(), b.images, strict=True):
                assert set(np.unique(image[..., 1]).tolist()) <= {0, 255}
                expected = (maps[case] > 0).mean()
                assert (image[..., 1] > 0).mean() == pytest.approx(expected, abs=0.04)
                assert (image[..., 1] > 0).sum() > 0


def test_images_without_a_label_teach_segmenters_too(source):
    own = replace(source, reading=replace(source.reading, drop_unlabelled=True))
    asked = to_segment(own)
    assert (asked.task, asked.reading.drop_unlabelled) == ("segmentation", False)
    path = Path(source.target) / "manifest.csv"
    path.write_text(path.read_text().replace("00.png,no", "00.png,"))
    assert sum(len(part) for _, part in asked.load(SIDE).parts()) == 48
    assert sum(len(part) for _, part in own.load(SIDE).parts()) == 47


def test_a_side_without_a_segmenter_in_a_fold_is_told_and_left_out(source, segmented, tmp_path):
    trial = Trial("set", "moved", None, 1)
    run = segmented.run(trial)
    failed = replace(run, status="failed", error="no", predictions=None, label_maps=None)
    segmented.write_run(failed)
    asked = Study(("set",), ("svm",), size=16, masks=("deep",))
    whole = prepare(source, asked, tmp_path / "whole")
    other = prepare_other(source, asked, 0, "deep", whole, tmp_path / "deep", segmented)
    assert other.error.startswith("no deep segmenter has ended well in fold 2 of 3; see ")
    (line,) = unready({("set", 0, "deep"): other})
    assert line.startswith("data set set with masks of 'deep': no deep segmenter")


def test_a_run_of_other_images_does_not_count(source, segmented, tmp_path):
    for trial in list(segmented.trials()):
        if trial.method == "moved" and trial.fold == 2:
            run = replace(segmented.run(trial), data_fingerprint="other")
            segmented.write_run(replace(run, label_maps=segmented.label_maps(trial)))
    asked = Study(("set",), ("svm",), size=16, masks=("deep",))
    whole = prepare(source, asked, tmp_path / "whole")
    other = prepare_other(source, asked, 0, "deep", whole, tmp_path / "deep", segmented)
    assert "fold 3 of 3" in other.error


def test_images_without_masks_are_told(tmp_path):
    place = tmp_path / "plain"
    for label in ("no", "yes"):
        (place / label).mkdir(parents=True)
        for i in range(20):
            pixels = np.random.default_rng(i).integers(0, 255, (SIDE, SIDE), dtype=np.uint8)
            Image.fromarray(pixels).save(place / label / f"{label}{i}.png")
    asked = Study(("plain",), ("svm",), size=16, masks=("none",))
    source = Source("plain", "folder", str(place))
    whole = prepare(source, asked, tmp_path / "whole")
    other = prepare_other(source, asked, 0, "none", whole, tmp_path / "none")
    assert other.error == "it has no lesion masks of its own to compare with"


class _InThisProcess:
    """Runs tasks one after the other, the last one first, as workers may end in any order."""

    def run(self, function, tasks):
        from bench.workers.pool import Outcome

        for i, task in reversed(list(enumerate(tasks))):
            yield Outcome(i, function(*task))


def test_the_card_names_the_segmenters_of_both_sides_in_one_order(source, segmented, tmp_path):
    asked = Study(("set",), ("svm",), size=16, masks=("classical", "deep"))
    data = {"set": prepare(source, asked, tmp_path / "whole")}
    others = prepare_other_images(
        [source], data, asked, _InThisProcess(), tmp_path / "others", segmented
    )
    card = with_mask_cards(data, others)["set"].card
    assert [one.masks for one in card.masks] == ["classical", "deep"]
    assert type(card).from_json(card.as_json()).masks == card.masks
    seen = with_fingerprints(data, others)["set"].card.seen
    assert seen == {
        "split": card.fingerprint,
        "split_masks-classical": others["set", 0, "classical"].fingerprint,
        "split_masks-deep": others["set", 0, "deep"].fingerprint,
    }


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--masks", "deap"], "unknown masks 'deap'. Did you mean 'deep'"),
        (["--masks", ""], "unknown masks ''"),
        (["--masks", "deep", "--mask-method", "unet"], "Unknown method 'unet'"),
        (["--masks", "deep", "--mask-method", "svm"], "Method 'svm' classifies images"),
        (["--masks", "deep", "--mask-method", "otsu-morphology"], "masks are asked of deep"),
        (["--masks", "classical,deep", "--mask-method", "unet-compact"], "a classical segmenter"),
        (["--mask-method", "unet-compact"], "add --masks truth,classical,deep"),
    ],
)
def test_flags_that_do_not_fit_are_told_in_one_message(flags, message, folder, capsys, tmp_path):
    out = ["--out", str(tmp_path / "r")]
    assert run_command(["run", "--data", str(folder), "--method", "svm", *out, *flags]) == 2
    told = capsys.readouterr().err
    assert message in told
    assert "Traceback" not in told
    assert not (tmp_path / "r").exists()


@pytest.mark.slow
def test_a_segmenter_in_a_file_makes_masks(folder, tmp_path, capsys):
    file = tmp_path / "mine.py"
    file.write_text(
        "import numpy as np\n"
        "from sklearn.base import BaseEstimator\n"
        "class Halves(BaseEstimator):\n"
        "    def fit(self, X, Y):\n"
        "        from pathlib import Path\n"
        "        from bench.progress.status import lines\n"
        "        from bench.results.store import Store\n"
        f"        told = lines(Store(Path({str(tmp_path / 'r')!r})))\n"
        f"        Path({str(tmp_path / 'told')!r}).write_text('\\n'.join(told))\n"
        "        return self\n"
        "    def predict(self, X):\n"
        "        return (X[..., 0] > 128).astype(np.uint8)\n"
        "def build(seed=0, device='cpu', budget='standard'):\n"
        "    return Halves()\n"
        "build.task = 'segmentation'\n"
        "build.family = 'classical'\n"
    )
    command = ["run", "--data", str(folder), "--method", "decision-tree", "--size", "32"]
    command += ["--masks", "classical", "--mask-method", f"{file}:build", "--no-report"]
    command += ["--jobs", "1"]
    assert run_command([*command, "--out", str(tmp_path / "r")]) == 0, capsys.readouterr().err
    (made,) = Store(tmp_path / "r").card(folder.name).masks
    assert made.segmenters == {"mine": 5}
    told = (tmp_path / "told").read_text().splitlines()
    assert told[0].startswith(f"{tmp_path / 'r'}: first the masks")
    assert " of 5 trials done" in told[1]
    assert told[2].startswith("running (process ")
    file.write_text(file.read_text().replace("segmentation", "classification"))
    assert run_command([*command, "--out", str(tmp_path / "r")]) == 2
    assert "Method 'mine' classifies images" in capsys.readouterr().err


def test_data_sets_of_which_no_segmenter_can_learn_are_told(capsys, tmp_path):
    command = ["run", "--dataset", "phantom-null", "--method", "svm", "--masks", "deep"]
    assert run_command([*command, "--out", str(tmp_path / "r")]) == 2
    assert "no data set is a folder of images with masks" in capsys.readouterr().err


@pytest.mark.slow
def test_a_study_with_masks_segments_first_and_goes_on_where_it_was(
    folder, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    command = ["run", "--data", "set", "--method", "class-prior", "--method", "decision-tree"]
    command += ["--masks", "none,classical", "--mask-method", "multi-otsu", "--seeds", "1"]
    command += ["--size", "32", "--budget", "quick", "--jobs", "1"]
    assert run_command(command) == 0, capsys.readouterr().err
    told = capsys.readouterr().out
    assert "first the masks: a segmentation study, in results/masks" in told
    store = Store(tmp_path / "results")
    keys = sorted(t.key for t in store.trials() if t.method == "decision-tree")
    assert keys == ["seed-0", "seed-0_masks-classical", "seed-0_masks-none"]
    (made,) = store.card("set").masks
    assert made.segmenters == {"multi-otsu": 5}
    assert made.dice > 0.8
    page = (tmp_path / "results" / "report" / "index.html").read_text()
    assert "AUC on set by lesion masks, mean over runs" in page
    assert "multi-otsu (5 of 5)" in page
    assert run_command(command) == 0
    assert "0 trial(s) run, 6 reused" in capsys.readouterr().out
    assert run_command([*command, "--dry-run"]) == 0
    assert "6 trials in all" in capsys.readouterr().out
