"""A study at several image sizes: which trials, which images, which cases."""

import numpy as np
import pytest
from PIL import Image

from bench.cli.main import run_command
from bench.data.memory_maps import open_memory_maps
from bench.methods.sources import Source
from bench.protocol.cards import MethodCard
from bench.protocol.errors import StudyError
from bench.protocol.plan import MethodFacts, plan
from bench.protocol.record import Trial
from bench.protocol.study import Study
from bench.results.store import Store
from bench.run.loading import prepare
from bench.run.other_images import prepare_other


def study(**values):
    return Study(("a",), ("svm",), **values)


def test_the_verdict_is_about_the_size_or_else_the_largest():
    assert study(sizes=(64, 28, 128)).size == 128
    assert study(sizes=(64, 28), size=28).sizes == (28, 64)
    assert study(sizes=(64, 28), size=48).sizes == (28, 48, 64)
    assert study(sizes=(64, 28), size=48).other_sizes == (28, 64)
    assert study(sizes=(64, 28)).hash == study(sizes=(28, 64), size=64).hash
    assert study().hash == study(sizes=()).hash
    assert study().other_sizes == ()
    read = Study.from_json(study(sizes=(64, 28)).as_json())
    assert read == study(sizes=(64, 28))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"sizes": (28, 4)}, r"sizes must be sides of 8 to 1024 px; got \[4, 28\]"),
        ({"sizes": (28, 4096)}, "8 to 1024 px"),
        ({"sizes": (28, 64.5)}, "8 to 1024 px"),
        ({"sizes": (64, 64)}, "at least two sides; for 64 px alone use size"),
        ({"sizes": (64,), "size": 64}, "at least two sides"),
    ],
)
def test_sizes_that_are_none_are_refused(values, message):
    with pytest.raises(StudyError, match=message):
        study(**values)


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--sizes", "64"], "at least two sides"),
        (["--sizes", "28", "4"], "8 to 1024 px"),
        (["--sizes", "many"], "'many' is not a valid integer"),
        (["--sizes"], "--sizes"),
    ],
)
def test_flags_that_are_none_are_told_in_one_message(flags, message, capsys, tmp_path):
    out = ["--out", str(tmp_path / "r")]
    assert run_command(["run", "--dataset", "phantom-null", *out, *flags]) == 2
    told = capsys.readouterr().err
    assert message in told
    assert "Traceback" not in told
    assert not (tmp_path / "r").exists()


def test_each_method_is_planned_once_more_for_each_other_size_and_what_varies_else_is_not():
    card = MethodCard("svm", "classical", "", "d", "1")
    facts = {"svm": MethodFacts(card, {}, seeded=True)}
    asked = study(sizes=(28, 64), seeds=(0, 1), fractions=(0.5, 1.0), resample=2)
    trials = plan(asked, facts)
    assert [t for t in trials if t.size] == [Trial("a", "svm", s, size=28) for s in (0, 1)]
    assert len([t for t in trials if not t.size]) == 2 * 2 + 2
    folded = plan(study(sizes=(28, 64), seeds=(0,), folds=3, repeats=2), facts)
    assert [t.fold for t in folded if t.size] == [0, 1, 2]
    assert {t.repeat for t in folded if t.size} == {0}


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    for label in ("no", "yes"):
        (tmp_path / "set" / label).mkdir(parents=True)
        for i in range(24):
            pixels = rng.integers(0, 120, (40, 40), dtype=np.uint8)
            pixels[:20] += 100 * (label == "yes")
            Image.fromarray(pixels).save(tmp_path / "set" / label / f"{i}.png")
    return tmp_path / "set"


@pytest.mark.parametrize("folds", [0, 3])
def test_another_size_has_the_same_cases_in_each_part(folder, tmp_path, folds):
    source = Source("set", "folder", str(folder))
    asked = Study(("set",), ("svm",), sizes=(16, 32), folds=folds)
    whole = prepare(source, asked, tmp_path / "whole")
    other = prepare_other(source, asked, 16, "", whole, tmp_path / "other")
    assert not whole.error
    assert not other.error
    assert len(other.folders) == max(1, folds)
    assert other.fingerprint != whole.card.fingerprint
    for one, two in zip(whole.folders, other.folders, strict=True):
        large, small = open_memory_maps(one), open_memory_maps(two)
        for (_, a), (_, b) in zip(large.parts(), small.parts(), strict=True):
            assert a.case_ids.tolist() == b.case_ids.tolist()
            assert a.labels.tolist() == b.labels.tolist()
            assert a.images.shape[1:3] == (32, 32)
            assert b.images.shape[1:3] == (16, 16)
            brightness = a.images.mean(axis=(1, 2, 3)), b.images.mean(axis=(1, 2, 3))
            assert np.corrcoef(*brightness)[0, 1] > 0.98  # of the same images


@pytest.mark.slow
def test_a_study_at_several_sizes_is_stored_by_size_and_reported_by_size(
    folder, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    command = ["run", "--data", "set", "--method", "row-gru", "--method", "random-forest"]
    command += ["--seeds", "2", "--budget", "quick", "--sizes", "16", "32", "--jobs", "1"]
    assert run_command(command) == 0, capsys.readouterr().err
    capsys.readouterr()
    store = Store(tmp_path / "results")
    keys = sorted(t.key for t in store.trials() if t.method == "random-forest")
    assert keys == ["seed-0", "seed-0_size-16", "seed-1", "seed-1_size-16"]
    assert store.card("set").image_shape[:2] == (32, 32)
    page = (tmp_path / "results" / "report" / "index.html").read_text()
    assert "AUC on set by side of the images, mean over runs." in page
    assert "32 × 32 px for the verdicts; also 16 px" in page
    again = run_command(command)
    assert (again, "0 trial(s) run, 8 reused" in capsys.readouterr().out) == (0, True)


@pytest.mark.slow
def test_a_size_that_cannot_be_had_is_named_and_left_out(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    command = ["run", "--dataset", "phantom-context", "--method", "class-prior", "--no-report"]
    assert run_command([*command, "--size", "48", "--sizes", "16", "64", "--jobs", "1"]) == 0
    out = capsys.readouterr().out
    assert "left out: data set phantom-context with 16 px: " in out
    assert {t.size for t in Store(tmp_path / "results").trials()} == {0, 64}
