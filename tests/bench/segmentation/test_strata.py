"""Strata of masks balance parts and are no classes: a part, or a site, may be without one."""

import numpy as np
import pytest
from PIL import Image

from bench.cli.main import run_command
from bench.data.folders.reading import Reading
from bench.data.sets import folder
from bench.data.splits import automatic
from bench.data.strata import NAMES, dealable
from bench.data.too_few import Owner
from bench.protocol.errors import DataError

SIDE = 32
PARTS = ("train", "val", "test")


def write(root, sides, columns):
    """A square of each side, 0 for an empty mask, and a manifest with these columns."""
    rows = [f"path,mask,{','.join(columns)}"]
    for i, side in enumerate(sides):
        drawn = np.zeros((SIDE, SIDE), np.uint8)
        drawn[3 : 3 + side, 2 : 2 + side] = 255
        pixels = np.random.default_rng(i).integers(0, 200, (SIDE, SIDE)).astype(np.uint8)
        for name, values in (("images", pixels), ("masks", drawn)):
            (root / name).mkdir(exist_ok=True)
            Image.fromarray(values).save(root / name / f"{i}.png")
        own = ",".join(str(values[i]) for values in columns.values())
        rows.append(f"images/{i}.png,masks/{i}.png,{own}")
    (root / "manifest.csv").write_text("\n".join(rows) + "\n")


@pytest.mark.parametrize(
    "side_of",
    [
        lambda part, i: 0 if part != "train" and i % 2 else 5 + i % 9,
        lambda part, i: 20 + i % 9 if part == "train" else 3 + i % 4,
        lambda part, i: 0 if part == "val" else 5 + i % 9,
    ],
    ids=["empty masks in val and test alone", "large masks in train alone", "val is empty"],
)
def test_parts_that_are_given_need_not_be_alike(root, side_of):
    parts = [part for part in PARTS for _ in range(20)]
    write(root, [side_of(part, i) for i, part in enumerate(parts)], {"split": parts})
    data = folder.load(root, size=SIDE, reading=Reading(task="segmentation"))
    assert [len(part) for _, part in data.parts()] == [20, 20, 20]
    shares = [(part.targets > 0).mean(axis=(1, 2)) for _, part in data.parts()]
    told = [side_of(part, i) ** 2 / SIDE**2 for i, part in enumerate(parts)]
    np.testing.assert_allclose(np.sort(np.concatenate(shares)), np.sort(told))


@pytest.mark.parametrize(
    "side_of",
    [
        lambda site, i: 4 + i % 4 if site == "B" else 6 + i % 20,
        lambda site, i: 4 + i % 4 if site == "B" else 20 + i % 9,
        lambda site, i: 0 if site == "B" and i % 3 else 5 + i % 9,
    ],
    ids=["larger ones at a site", "sites apart", "empty ones at a site"],
)
def test_a_site_whose_masks_are_others_is_left_out(root, side_of, tmp_path, capsys):
    sites = ["A", "B"] * 24
    write(root, [side_of(site, i) for i, site in enumerate(sites)], {"site": sites})
    command = ["run", "--task", "segmentation", "--data", str(root), "--leave-out", "site"]
    command += ["--size", str(SIDE), "--method", "otsu", "--out", str(tmp_path / "out")]
    assert run_command([*command, "--no-report"]) == 0
    told = capsys.readouterr().out
    assert "left out: data set" not in told
    assert all(f"site={site}" in told for site in "AB")


def test_few_empty_masks_are_dealt_with_the_others():
    owner = Owner("Folder x: ", segments=True)
    labels = np.array([0] * 2 + [1] * 20)
    parts = automatic(labels, ("empty", "not empty"), None, None, 0, owner)
    assert sorted(np.concatenate(parts).tolist()) == [*range(22)]
    with pytest.raises(DataError, match="images whose mask is not empty there are 2"):
        automatic(1 - labels, ("empty", "not empty"), None, None, 0, owner)


def test_strata_of_few_patients_are_joined_to_their_neighbours():
    labels = np.repeat([0, 1, 2, 3], 20)
    patients = np.r_[np.zeros(20), np.arange(20) % 5, np.arange(20) % 5, np.arange(20) % 2]
    found, names = dealable(labels, NAMES, patients, 3)
    assert names == ("all",)
    assert not found.any()
    assert dealable(labels, NAMES, np.arange(80), 3)[1] == NAMES
    assert dealable(labels[20:], NAMES, patients[20:], 3)[1] == ("not empty",)
