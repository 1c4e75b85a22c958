"""What a study draws of a given split is that of its split_seed, whatever was stored before."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bench.cli.main import run_command
from bench.results.other_data import left_out
from bench.results.store import Store

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def images(tmp_path, monkeypatch):
    """The folder `set`: 60 images whose parts are given."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BENCH_CACHE", str(tmp_path / "cache"))
    rng = np.random.default_rng(0)
    rows = ["path,label,split"]
    Path("set").mkdir()
    for i in range(60):
        pixels = rng.normal(90 + 15 * (i % 2), 40, (16, 16)).clip(0, 255)
        Image.fromarray(pixels.astype(np.uint8)).save(f"set/{i}.png")
        part = ("train", "train", "val", "test")[i // 2 % 4]
        rows.append(f"{i}.png,{('benign', 'malignant')[i % 2]},{part}")
    Path("set/manifest.csv").write_text("\n".join(rows) + "\n")


@pytest.fixture
def ran(capfd):
    """Run a study with a split_seed; what was told."""

    def run(split_seed, out, *corrupt, methods=("mean-brightness",), resample=2):
        text = f"[study]\nmethods = {[*methods]}\nseeds = 1\nsize = 16\ncorrupt = {[*corrupt]}\n"
        Path("s.toml").write_text(f"{text}resample = {resample}\nsplit_seed = {split_seed}\n")
        flags = ["--data", "set", "--no-report", "--jobs", "1", "--out", out]
        assert run_command(["run", "s.toml", *flags]) == 0
        told = capfd.readouterr()
        return " ".join((told.out + told.err).split())

    return run


def tables(out):
    """The content of everything that was predicted."""
    found = sorted(Path(out, "runs").rglob("*.parquet"))
    return {path.relative_to(out): path.read_bytes() for path in found}


def as_earlier_versions_stored(out):
    """All runs without the seed, which was not stored."""
    store = Store(Path(out))
    for trial in list(store.trials()):
        run = replace(store.run(trial), split_seed=None, corrupted=store.corrupted(trial))
        store.write_run(run)


def test_samples_and_corrupted_images_of_another_seed_are_made_anew(ran):
    ran(0, "r", "gaussian-noise")
    told = ran(1, "r", "gaussian-noise")
    assert "3 trial(s) run, 0 reused" in told
    why = "3 stored trials run again: bootstrap samples or corruptions were not drawn with this"
    assert why in told
    ran(1, "fresh", "gaussian-noise")
    assert tables("r") == tables("fresh")
    assert "0 trial(s) run, 3 reused" in ran(1, "r", "gaussian-noise")


def test_what_the_seed_does_not_decide_is_used_again(ran):
    ran(0, "r", "jpeg")
    told = ran(1, "r", "jpeg")
    assert "2 trial(s) run, 1 reused" in told
    assert "2 stored trials run again: bootstrap samples" in told
    ran(0, "r", "gaussian-noise", "jpeg")
    assert "0 trial(s) run, 1 reused" in ran(2, "r", "jpeg", resample=0)


def test_results_that_do_not_tell_the_seed_are_those_of_the_studies_that_made_them(ran):
    ran(0, "r", "gaussian-noise")
    as_earlier_versions_stored("r")
    assert "0 trial(s) run, 3 reused" in ran(0, "r", "gaussian-noise")
    assert "3 trial(s) run, 0 reused" in ran(1, "r", "gaussian-noise")
    as_earlier_versions_stored("r")  # both studies had begun when these ran, as far as is known
    assert "3 trial(s) run, 0 reused" in ran(1, "r", "gaussian-noise")


def test_samples_of_another_seed_are_handed_out_nowhere(ran):
    ran(0, "r", methods=("mean-brightness", "class-prior"))
    told = ran(1, "r")
    assert "2 stored runs of other images or parts are left out: class-prior on set; run" in told
    stale = {(trial.method, trial.resample) for trial in left_out(Store(Path("r")))}
    assert stale == {("class-prior", 0), ("class-prior", 1)}
