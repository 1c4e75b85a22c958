import errno
import json

import numpy as np
import pytest
from PIL import Image

from bench.data.memory_maps import copy_external_pixels, external_files, open_memory_maps
from bench.data.preprocessing import DONE, prepare_batch
from bench.methods.sources import Source
from bench.protocol.cards import DatasetCard
from bench.protocol.study import Study
from bench.run.loading import load, prepare


@pytest.fixture
def source(tmp_path):
    rng = np.random.default_rng(0)
    for label in ("no", "yes"):
        (tmp_path / "set" / label).mkdir(parents=True)
        for i in range(20):
            coarse = Image.fromarray(rng.integers(0, 256, (8, 8), dtype=np.uint8))
            coarse.resize((40, 40), Image.Resampling.BICUBIC).save(
                tmp_path / "set" / label / f"{i}.png"
            )
    return Source("set", "folder", str(tmp_path / "set"))


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BENCH_CACHE", str(tmp_path / "cache"))


def study(**more):
    return Study(("set",), ("svm",), **more)


@pytest.fixture
def copies(source, tmp_path):
    """Five darker and mirrored copies of an image."""
    first = tmp_path / "set" / "no" / "0.png"
    mirrored = Image.open(first).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    for i in range(1, 6):
        Image.fromarray(np.minimum(np.asarray(mirrored), 255 - 4 * i)).save(
            first.with_name(f"copy{i}.png")
        )
    return {f"no/copy{i}.png" for i in range(1, 6)} | {"no/0.png"}


@pytest.mark.usefixtures("copies")
def test_near_duplicates_across_a_given_split_are_on_the_card(source, tmp_path):
    root = tmp_path / "set"
    files = sorted(root.glob("*/*.png"))
    parts = {file: ("train", "train", "val", "test")[i % 4] for i, file in enumerate(files)}
    for i, part in enumerate(("train", "train", "val", "val", "test"), start=1):
        parts[root / "no" / f"copy{i}.png"] = part
    parts[root / "no" / "0.png"] = "test"
    lines = [f"{f.relative_to(root)},{f.parent.name},{part}" for f, part in parts.items()]
    (root / "manifest.csv").write_text("path,label,split\n" + "\n".join(lines))
    card = prepare(source, study(), tmp_path / "whole").card
    assert set(card.near_duplicates) == {"no/0.png", "no/copy5.png"}
    assert [set(cases) for cases in card.val_near_duplicates] == [{"no/copy3.png", "no/copy4.png"}]
    assert [set(cases) for cases in card.test_twin_groups] == [{"no/0.png", "no/copy5.png"}]
    assert DatasetCard.from_json(json.loads(json.dumps(card.as_json()))).as_json() == card.as_json()


@pytest.mark.slow
def test_a_split_and_folds_that_are_made_keep_near_duplicates_together(source, copies, tmp_path):
    whole = prepare(source, study(), tmp_path / "whole")
    assert whole.card.near_duplicates == ()
    assert whole.card.val_near_duplicates == ((),)
    data = open_memory_maps(whole.folders[0])
    assert sum(bool(copies & set(part.case_ids)) for _, part in data.parts()) == 1
    dealt = prepare(source, study(folds=3), tmp_path / "folds")
    assert dealt.error == ""
    assert dealt.card.near_duplicates == ()
    assert dealt.card.val_near_duplicates == ((), (), ())
    assert [set(cases) for cases in dealt.card.test_twin_groups] == [copies]


@pytest.mark.slow
def test_with_folds_the_card_describes_the_folds_that_are_used(source, tmp_path):
    ready = prepare(source, study(folds=4, repeats=2), tmp_path / "folds")
    assert ready.error == ""
    parts = [open_memory_maps(place) for place in ready.folders]
    assert len(parts) == len(ready.card.folds) == len(ready.card.val_near_duplicates) == 8
    for numbers, data in zip(ready.card.folds, parts, strict=True):
        assert {n: p.cases for n, p in numbers.items()} == {n: len(p) for n, p in data.parts()}
    assert ready.card.parts == ready.card.folds[0]
    assert ready.card.split == "cross-validation"
    (found,) = (f for f in ready.card.checked if f.check == "counts")
    assert (
        found.text == "40 images, each tested once in 4 folds; in the first train 20, val 10, "
        "test 10."
    )
    assert "which-split" not in [f.check for f in ready.card.checked]
    tested = [set(data.test.case_ids) for data in parts]
    assert set.union(*tested[:4]) == set.union(*tested[4:])
    assert tested[:4] != tested[4:]
    assert set(ready.thumbnails.case_ids) == set.union(*tested)
    fewer = prepare(source, study(folds=4), tmp_path / "once")
    assert fewer.card.fingerprint == ready.card.fingerprint


def test_the_findings_of_the_checks_are_on_the_card(source, tmp_path):
    card = prepare(source, study(), tmp_path / "whole").card
    assert [f.check for f in card.checked][:2] == ["counts", "class-balance"]
    assert DatasetCard.from_json(json.loads(json.dumps(card.as_json()))).checked == card.checked


def test_pixels_of_a_folder_are_not_copied(source, tmp_path):
    place = prepare(source, study(), tmp_path / "whole").folders[0]
    assert not list(place.glob("*-images.npy"))
    (elsewhere,) = external_files(place)
    assert tmp_path / "cache" in elsewhere.parents
    before = open_memory_maps(place)
    copy_external_pixels(place)
    assert external_files(place) == ()
    after = open_memory_maps(place)
    for (_, one), (_, other) in zip(before.parts(), after.parts(), strict=True):
        assert isinstance(other.images, np.memmap)
        np.testing.assert_array_equal(one.images, other.images)


@pytest.mark.slow
def test_preprocessing_changes_generated_images_as_it_changes_those_of_a_folder(source, tmp_path):
    steps = ("denoise", "clahe")
    plain = source.load(40)
    data = load(source, study(size=40, preprocess=steps), tmp_path / "a")
    np.testing.assert_array_equal(
        data.test.images, prepare_batch(plain.test.images, steps, "letterbox")
    )
    generated = Source("phantom-null", "plugin", "bench.data.phantoms:null")
    before = generated.load(None)
    after = load(generated, study(preprocess=steps), tmp_path / "b")
    np.testing.assert_array_equal(
        after.val.images, prepare_batch(before.val.images, steps, "letterbox")
    )
    assert after.provenance.preprocessing[-2:] == (DONE["denoise"], DONE["clahe"])
    assert after.fingerprint != before.fingerprint


def test_a_step_that_needs_masks_leaves_out_what_has_none(source, tmp_path):
    wanted = study(preprocess=("crop-to-mask",))
    assert "needs masks" in prepare(source, wanted, tmp_path / "a").error
    generated = Source("phantom-null", "plugin", "bench.data.phantoms:null")
    assert "needs masks" in prepare(generated, wanted, tmp_path / "b").error


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError("96 requested and 74 written"),  # as NumPy tells it
    ],
)
def test_a_full_temporary_folder_is_named(source, tmp_path, monkeypatch, error):
    def full(data, folder):
        raise error

    monkeypatch.setattr("bench.run.loading.write_memory_maps", full)
    told = prepare(source, study(size=16), tmp_path / "scratch" / "data-0").error
    assert f"temporary folder {tmp_path / 'scratch'}: {error.strerror or error}." in told
    assert told.endswith("name another folder in TMPDIR.")


def test_another_error_of_the_system_stays_what_it_is(source, tmp_path, monkeypatch):
    def broken(data, folder):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("bench.run.loading.write_memory_maps", broken)
    with pytest.raises(OSError, match="Input/output"):
        prepare(source, study(size=16), tmp_path / "scratch" / "data-0")
