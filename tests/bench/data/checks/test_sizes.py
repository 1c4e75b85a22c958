"""What is said of how large the images of a folder are."""

import numpy as np
import pytest
from PIL import Image

from bench.data.checks.sizes import sizes
from bench.data.sets import folder
from bench.protocol.cards import DatasetCard


def found(root, shapes, resize="letterbox", side=32):
    """What the check says of a folder with images of these widths and heights, in turn."""
    rng = np.random.default_rng(0)
    rows = ["path,label,split"]
    for i in range(30):
        width, height = shapes[i % len(shapes)]
        label, part = "ab"[i % 2], ("train", "val", "test")[i // 10]
        pixels = rng.integers(0, 256, (height, width), dtype=np.uint8)
        root.mkdir(exist_ok=True)
        Image.fromarray(pixels).save(root / f"{i}.png")
        rows.append(f"{i}.png,{label},{part}")
    (root / "manifest.csv").write_text("\n".join(rows))
    return sizes(folder.load(root, side, resize=resize), resize)


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BENCH_CACHE", str(tmp_path / "cache"))


@pytest.mark.parametrize(
    ("shapes", "told"),
    [
        ([(40, 48)], "All are 40×48 px, PNG (30), read as 32×32 px gray."),
        (
            [(48, 48), (64, 40), (40, 64)],
            "3 different ones: 40×64, 48×48 and 64×40 px, PNG (30), read as 32×32 px gray.",
        ),
        ([(48, 48), (64, 40)], "2 different ones: 48×48 and 64×40 px, PNG (30), "),
        (
            [(48, 48), (64, 40), (40, 64), (50, 50)],
            "4 different ones, 40 to 64 px wide and 40 to 64 px high, PNG (30), ",
        ),
        (
            [(48, 40), (48, 44), (48, 46), (48, 64)],
            "4 different ones, 48 px wide and 40 to 64 px high, PNG (30), ",
        ),
    ],
)
def test_no_size_is_named_that_no_file_has(tmp_path, shapes, told):
    assert found(tmp_path / "set", shapes).text.startswith(told)


def test_of_portraits_and_landscapes_the_longer_sides_are_those_of_each_image(tmp_path):
    values = found(tmp_path / "set", [(96, 32), (32, 96)]).values
    assert (values["typical side"], values["typical longer side"]) == (32, 96)


@pytest.mark.parametrize(
    ("resize", "level"), [("letterbox", "fine"), ("squash", "note"), ("crop", "note")]
)
def test_enlarged_is_what_the_way_of_resizing_enlarges(tmp_path, resize, level):
    one = found(tmp_path / "set", [(96, 24), (40, 48)], resize)
    assert one.level == level
    assert ("15 of them are enlarged." in one.text) == (level == "note")


@pytest.mark.parametrize(
    ("resize", "told"),
    [
        ("letterbox", "96 px on the longer side"),
        ("squash", "96 px on the longer side"),
        ("crop", "32 px on the shorter side"),
    ],
)
def test_a_card_tells_the_side_that_is_scaled_to_that_of_the_images(tmp_path, resize, told):
    finding = found(tmp_path / "set", [(96, 32), (32, 96)], resize)
    card = DatasetCard(
        "d", ("a", "b"), 1, (32, 32, 1), {}, "f", "", "", "", "", "", checked=(finding,)
    )
    assert str(card.file_side(resize)) == told
