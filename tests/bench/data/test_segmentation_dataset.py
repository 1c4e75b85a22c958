"""A data set for segmentation: building one checks the classes of its pixels."""

import dataclasses

import numpy as np
import pytest

from bench.data.dataset import SPLITS, Dataset, Provenance, Split
from bench.protocol.errors import DataError

NAMES = ("background", "cytoplasm", "nucleus")


def split(prefix, n=4, shape=(16, 12), channels=1, k=3):
    rng = np.random.default_rng(len(prefix))
    return Split(
        images=rng.integers(0, 256, (n, *shape, channels)).astype(np.uint8),
        labels=np.zeros(n, np.int64),
        case_ids=np.array([f"{prefix}-{i}" for i in range(n)]),
        targets=rng.integers(0, k, (n, *shape)).astype(np.uint8),
    )


def dataset(target_names=NAMES, task="segmentation", **parts):
    parts = {name: split(name) for name in SPLITS} | parts
    about = Provenance("made for a test")
    return Dataset("toy", ("all",), **parts, provenance=about, task=task, target_names=target_names)


def changed(part, **fields):
    return dataclasses.replace(split(part), **fields)


def test_targets_go_with_their_images():
    data = dataset()
    taken = data.train.take(np.array([3, 1]))
    np.testing.assert_array_equal(taken.targets, data.train.targets[[3, 1]])
    assert data.positive is None


def test_two_strata_have_no_positive_class():
    parts = {name: changed(name, labels=np.array([0, 1, 0, 1])) for name in SPLITS}
    about = Provenance("made for a test")
    data = Dataset(
        "toy",
        ("empty", "small"),
        **parts,
        provenance=about,
        task="segmentation",
        target_names=NAMES,
    )
    assert data.positive is None


@pytest.mark.parametrize(
    ("train", "message"),
    [
        (changed("train", targets=None), "train part has no targets"),
        (changed("train", targets=np.zeros((4, 16, 12))), "float64"),
        (
            changed("train", targets=np.zeros((4, 12, 16), np.uint8)),
            r"needed is uint8 \(4, 16, 12\)",
        ),
        (changed("train", targets=np.full((4, 16, 12), 3, np.uint8)), r"up to 3; .* in 0\.\.2"),
        (split("train", k=2), "of the class 'nucleus'"),
        (split("train", channels=2), "mask channel would show"),
        (split("train", channels=4), "mask channel would show"),
    ],
)
def test_faulty_targets_are_refused_by_name(train, message):
    with pytest.raises(DataError, match=message) as refused:
        dataset(train=train)
    assert "'toy'" in str(refused.value)


@pytest.mark.parametrize("names", [(), ("background",), ("background", "a", "a")])
def test_every_class_needs_a_name_of_its_own(names):
    with pytest.raises(DataError, match="target_names"):
        dataset(target_names=names)


def test_a_class_may_be_absent_from_the_test_part():
    assert dataset(test=split("test", k=2)).task == "segmentation"


def test_an_unknown_task_is_refused():
    with pytest.raises(DataError, match="Did you mean 'segmentation'"):
        dataset(task="segmentatoin")


def test_targets_without_the_task_are_refused():
    with pytest.raises(DataError, match="its task is classification"):
        dataset(task="classification")


def test_the_fingerprint_is_that_of_images_and_targets():
    data = dataset()
    targets = data.train.targets.copy()
    targets[0, 0, 0] = (targets[0, 0, 0] + 1) % 3
    other = dataset(train=dataclasses.replace(data.train, targets=targets))
    strata = dataset(train=dataclasses.replace(data.train, labels=np.zeros(4, np.int64)))
    assert other.fingerprint != data.fingerprint
    assert strata.fingerprint == data.fingerprint
    assert dataset(target_names=("background", "a", "b")).fingerprint != data.fingerprint
