import base64
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from bench.data.checks.card import describe, duplicates_across_parts
from bench.data.dataset import Dataset, KnownAnswer, Provenance, Split
from bench.protocol.cards import DatasetCard


def split(name, n, channels=1, groups=False):
    rng = np.random.default_rng(len(name) + n)
    return Split(
        images=rng.integers(0, 256, (n, 16, 16, channels)).astype(np.uint8),
        labels=np.arange(n, dtype=np.int64) % 2,
        case_ids=np.array([f"{name}{i}" for i in range(n)]),
        groups=np.array([f"{name}-p{i // 2}" for i in range(n)]) if groups else None,
    )


def dataset(channels=1, groups=False, **more):
    parts = [
        split(name, n, channels, groups) for name, n in (("train", 20), ("val", 8), ("test", 10))
    ]
    return Dataset("d", ("no", "yes"), *parts, provenance=Provenance("generated"), **more)


@pytest.mark.slow
def test_numbers_are_those_of_the_data():
    card = describe(dataset(groups=True))
    assert card.parts["train"].cases == 20
    assert card.parts["test"].groups == 5
    assert card.parts["val"].per_class == (4, 4)
    assert card.fingerprint == dataset(groups=True).fingerprint


@pytest.mark.slow
def test_identical_images_across_parts_are_counted_once_each():
    data = dataset()
    data.val.images[3] = data.train.images[0]
    data.test.images[0] = data.val.images[1]
    data.test.images[1] = data.train.images[5]
    data.train.images[7] = data.train.images[8]
    assert duplicates_across_parts(data) == 3


@pytest.mark.slow
def test_samples_are_small_pictures_of_each_class():
    for channels, mode in ((1, "L"), (2, "RGB"), (3, "RGB"), (4, "RGB")):
        card = describe(dataset(channels))
        assert {name: len(samples) for name, samples in card.samples.items()} == {"no": 4, "yes": 4}
        picture = Image.open(BytesIO(base64.b64decode(card.samples["no"][0])))
        assert (picture.mode, picture.size) == (mode, (16, 16))


@pytest.mark.slow
def test_the_ideal_observer_is_stored_by_case():
    scores = np.linspace(0, 1, 10)
    card = describe(dataset(known_answer=KnownAnswer("known", 0.9, scores)))
    assert card.ideal_scores["test9"] == 1.0
    assert (card.known_answer, card.ideal_auc) == ("known", 0.9)


def test_what_is_known_of_generated_lesions_is_stored():
    known = KnownAnswer("known", ideal_dice=0.75, expected="not-deep")
    card = DatasetCard.from_json(describe(dataset(known_answer=known)).as_json())
    assert (card.ideal_dice, card.expected) == (0.75, "not-deep")
    old = describe(dataset()).as_json()
    del old["ideal_dice"], old["expected"]  # as an earlier version wrote it
    assert DatasetCard.from_json(old).expected == ""
