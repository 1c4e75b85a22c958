"""The light of lesion masks."""

import pytest

from bench.protocol.cards import CheckFinding, MaskCard
from reports.collect import collect
from tests.reports.simulated import Method, noted, results

METHODS = (Method("svm", "classical", 0.8), Method("net", "deep", 0.8))
MADE = MaskCard("deep", {"unet-compact": 5}, 5, 0.7, 0.1, 256)


@pytest.mark.parametrize(
    ("facts", "colour", "words"),
    [
        ({"image_shape": (28, 28, 1)}, "green", "saw no lesion masks"),
        ({"image_shape": (28, 28, 2)}, "amber", "--masks truth,classical,deep"),
        ({"image_shape": (28, 28, 4)}, "amber", "Where nobody draws masks"),
        ({"image_shape": (28, 28, 2), "generated": True}, "green", "generated with the images"),
        ({"image_shape": (28, 28, 2), "masks": (MADE,)}, "green", "of the best deep segmenter"),
    ],
)
def test_masks_that_nobody_draws_in_use_are_amber(tmp_path, facts, colour, words):
    store = noted(results(tmp_path / "r", methods=METHODS), "breast", **facts)
    found = next(item for item in collect(store).datasets[0].audit if item.key == "masks")
    assert found.colour == colour
    assert words in found.sentence


@pytest.mark.parametrize("told", [True, False])
def test_empty_masks_of_one_class_tell_the_class_whatever_else_was_tried(tmp_path, told):
    store = results(tmp_path / "r", methods=METHODS)
    card = store.card("breast")
    name, other = card.class_names
    values = {f"empty/{name}": 0.0, f"empty/{other}": 0.0}
    total = sum(card.parts[part].per_class[0] for part in ("train", "val", "test"))
    values[f"empty/{name}"] = (0.95 if told else 0.2) * total
    masks = CheckFinding("masks", "Masks", "note", "Some are empty.", values=values)
    facts = {"image_shape": (28, 28, 2), "masks": (MADE,), "checked": (masks,)}
    noted(store, "breast", **facts)
    found = next(item for item in collect(store).datasets[0].audit if item.key == "masks")
    assert found.colour == ("amber" if told else "green")
    assert (f"empty in images of “{name}”" in found.sentence) == told
