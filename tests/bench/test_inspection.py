import numpy as np
import pytest

from bench.discovery import Source
from bench.inspection import prepare


@pytest.fixture
def source(tmp_path):
    from PIL import Image

    rng = np.random.default_rng(0)
    for label in ("no", "yes"):
        (tmp_path / "set" / label).mkdir(parents=True)
        for i in range(20):
            coarse = Image.fromarray(rng.integers(0, 256, (8, 8), dtype=np.uint8))
            coarse.resize((40, 40), Image.Resampling.BICUBIC).save(
                tmp_path / "set" / label / f"{i}.png"
            )
    return Source("set", "folder", str(tmp_path / "set"))


def test_near_duplicates_are_searched_for_on_one_split_and_not_in_folds(source, tmp_path):
    whole = prepare(source, None, 0, 0, tmp_path / "whole")
    assert whole.error == ""
    assert whole.card.near_duplicates == ()
    folds = prepare(source, None, 0, 3, tmp_path / "folds")
    assert folds.error == ""
    assert folds.card.near_duplicates is None
