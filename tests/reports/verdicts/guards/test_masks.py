"""The light of lesion masks."""

import pytest

from bench.protocol.cards import MaskCard
from reports.collect import collect
from tests.reports.simulated import Method, noted, results

METHODS = (Method("svm", "classical", 0.8), Method("net", "deep", 0.8))
MADE = MaskCard("deep", {"unet-compact": 5}, 5, 0.7, 0.1, 256)


@pytest.mark.parametrize(
    ("facts", "colour", "words"),
    [
        ({"image_shape": (28, 28, 1)}, "green", "saw no lesion masks"),
        ({"image_shape": (28, 28, 2)}, "amber", "--masks truth,classical,deep"),
        ({"image_shape": (28, 28, 4)}, "amber", "Where nobody draws them"),
        ({"image_shape": (28, 28, 2), "generated": True}, "green", "generated with the images"),
        ({"image_shape": (28, 28, 2), "masks": (MADE,)}, "green", "of the best deep segmenter"),
    ],
)
def test_masks_that_nobody_draws_in_use_are_amber(tmp_path, facts, colour, words):
    store = noted(results(tmp_path / "r", methods=METHODS), "breast", **facts)
    found = next(item for item in collect(store).datasets[0].audit if item.key == "masks")
    assert found.colour == colour
    assert words in found.sentence
