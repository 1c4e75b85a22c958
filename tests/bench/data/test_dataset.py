"""Building a data set checks it; what passes can be trusted by everything after."""

import dataclasses

import numpy as np
import pytest

from bench.data.dataset import SPLITS, Dataset, Provenance, Split
from bench.data.phantoms import arrangement
from bench.data.positive import positive_class
from bench.protocol.errors import DataError


def split(prefix, n=6, k=2, shape=(16, 16, 1), groups=False):
    rng = np.random.default_rng(len(prefix))
    return Split(
        images=rng.integers(0, 256, (n, *shape)).astype(np.uint8),
        labels=np.arange(n, dtype=np.int64) % k,
        case_ids=np.array([f"{prefix}-{i}" for i in range(n)]),
        groups=np.array([f"{prefix}-patient-{i // 2}" for i in range(n)]) if groups else None,
    )


def parts(**options):
    return {name: split(name, **options) for name in SPLITS}


def dataset(class_names=("normal", "malignant"), groups=False, **changes):
    k = max(len(class_names), 2)
    return Dataset(
        name="toy",
        class_names=class_names,
        provenance=Provenance("made for a test"),
        **{**parts(n=3 * k, k=k, groups=groups), **changes},
    )


def changed(part, **fields):
    return dataclasses.replace(split(part), **fields)


def test_a_sound_data_set_is_accepted_with_its_parts_in_order():
    data = dataset(groups=True)
    assert [name for name, _ in data.parts()] == ["train", "val", "test"]
    assert data.image_shape == (16, 16, 1)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_gray_and_colour_with_and_without_mask_are_accepted(channels):
    assert dataset(**parts(shape=(16, 12, channels))).image_shape == (16, 12, channels)


@pytest.mark.parametrize(
    ("train", "message"),
    [
        (changed("train", images=np.zeros((6, 16, 16, 1), np.float32)), "float32"),
        (changed("train", images=np.zeros((6, 16, 16), np.uint8)), r"uint8 \(n, h, w, c\)"),
        (changed("train", images=np.zeros((6, 16, 16, 5), np.uint8)), "1 to 4 channels"),
        (changed("train", images=np.zeros((6, 7, 16, 1), np.uint8)), "8 is least"),
        (changed("train", labels=np.zeros(5, np.int64)), r"needed is int64 \(6,\)"),
        (changed("train", labels=np.zeros((6, 2), np.int64)), "multi-label"),
        (changed("train", labels=np.zeros(6, np.int32)), "int32"),
        (changed("train", labels=np.array([0, 1, 2, 0, 1, 2])), r"must lie in 0\.\.1"),
        (changed("train", labels=np.array([0, 1, -1, 0, 1, 0])), r"must lie in 0\.\.1"),
        (changed("train", labels=np.zeros(6, np.int64)), "'malignant' has no training image"),
        (changed("train", case_ids=np.array(["a"] * 6)), "case 'a' is listed more than once"),
        (changed("train", case_ids=np.array(["a", "b"])), "2 case ids for 6 images"),
        (changed("train", groups=np.array(["a", "b"])), "2 groups for 6 images"),
        (split("train", n=0), "empty"),
    ],
)
def test_a_faulty_part_is_refused_by_name(train, message):
    with pytest.raises(DataError, match=message) as refused:
        dataset(train=train)
    assert "'toy'" in str(refused.value)


def test_a_fault_names_the_part_it_is_in():
    with pytest.raises(DataError, match="'toy', val part"):
        dataset(val=changed("val", labels=np.full(6, 2)))


def test_parts_of_different_shape_are_refused():
    with pytest.raises(DataError, match=r"\(16, 16, 1\) in train but \(16, 16, 3\) in test"):
        dataset(test=split("test", shape=(16, 16, 3)))


def test_a_case_in_two_parts_is_refused():
    with pytest.raises(DataError, match="'train-0' is listed more than once"):
        dataset(test=changed("test", case_ids=split("train").case_ids))


def test_a_patient_in_two_parts_is_refused():
    groups = np.array(["train-patient-0"] * 6)
    with pytest.raises(DataError, match=r"'train-patient-0' is in train and in test.*together"):
        dataset(groups=True, test=changed("test", groups=groups))


@pytest.mark.parametrize("names", [(), ("only",)])
def test_fewer_than_two_classes_are_refused(names):
    with pytest.raises(DataError, match="at least two"):
        dataset(names)


def test_two_classes_of_one_name_are_refused():
    with pytest.raises(DataError, match="two classes of the same name"):
        dataset(("a", "a"))


@pytest.mark.parametrize(
    ("names", "positive"),
    [
        (("normal", "pneumonia"), 1),
        (("malignant", "benign"), 0),
        (("Malignant", " Benign "), 0),
        (("0", "1"), 1),
        (("a", "b"), 1),
        (("benign", "normal"), 1),
        (("Effusion", "No Finding"), 0),
        (("Melanoma", "non_malignant"), 0),
        (("COVID", "Non-COVID"), 0),
        (("COVID", "nonCOVID"), 0),
        (("DR", "No_DR"), 0),
        (("Demented", "NonDemented"), 0),
        (("demented", "nondemented"), 0),
        (("Parasitized", "Uninfected"), 0),
        (("lesion", "without lesion"), 0),
        (("malignant", "benign, No finding"), 0),
        (("Stable", "Unstable"), 1),
        (("none", "nonsense"), 1),
        (("nodule", "none"), 0),
        (("class cancer", "class normal"), 0),
        (("Class_COVID", "Class_nonCOVID"), 0),
        (("label-lesion", "label-no-finding"), 0),
        (("class", "label"), 1),
        (("abnormal", "neg"), 0),
    ],
)
def test_the_class_to_be_found_is_the_one_that_does_not_say_nothing_found(names, positive):
    assert positive_class(names) == positive
    assert dataset(names).positive == positive


def test_a_stated_positive_class_is_kept():
    assert dataset(("malignant", "normal, benign"), positive=0).positive == 0
    assert dataset(("normal", "malignant"), positive=0).positive == 0


def test_more_than_two_classes_have_no_positive_one():
    assert dataset(("a", "b", "c")).positive is None


def test_a_class_may_be_absent_from_validation():
    labels = np.zeros(6, np.int64)
    assert dataset(val=changed("val", labels=labels)).val.labels.max() == 0


def test_taking_rows_keeps_images_labels_ids_and_groups_together():
    whole = split("train", groups=True)
    some = whole.take(np.array([4, 1]))
    assert len(some) == 2
    assert some.case_ids.tolist() == ["train-4", "train-1"]
    assert some.labels.tolist() == whole.labels[[4, 1]].tolist()
    assert some.groups.tolist() == ["train-patient-2", "train-patient-0"]
    assert (some.images == whole.images[[4, 1]]).all()


def test_the_fingerprint_is_that_of_the_content():
    assert dataset().fingerprint == dataset().fingerprint
    assert dataset().fingerprint == dataclasses.replace(dataset(), name="other").fingerprint


@pytest.mark.parametrize("what", ["pixel", "label", "case", "group", "class", "parts"])
def test_the_fingerprint_changes_with_all_that_matters(what):
    original = dataset(groups=True)
    test = original.test
    images, labels = test.images.copy(), test.labels.copy()
    images[3, 5, 5, 0] ^= 1
    labels[:2] = labels[1::-1]
    other = {
        "pixel": {"test": dataclasses.replace(test, images=images)},
        "label": {"test": dataclasses.replace(test, labels=labels)},
        "case": {"test": dataclasses.replace(test, case_ids=np.char.add(test.case_ids, "x"))},
        "group": {"test": dataclasses.replace(test, groups=np.char.add(test.groups, "x"))},
        "class": {"class_names": ("normal", "cancer")},
        "parts": {"val": original.test, "test": original.val},
    }[what]
    assert dataclasses.replace(original, **other).fingerprint != original.fingerprint


def test_the_fingerprint_of_a_memory_map_is_that_of_its_content(tmp_path):
    data = dataset()
    np.save(tmp_path / "images.npy", data.train.images)
    mapped = np.load(tmp_path / "images.npy", mmap_mode="r")
    again = dataclasses.replace(data, train=dataclasses.replace(data.train, images=mapped))
    assert again.fingerprint == data.fingerprint


def test_another_class_can_be_the_positive_one():
    data = dataset()
    assert data.positive == 1
    other = data.with_positive([data.class_names[0]])
    assert (other.positive, data.positive) == (0, 1)
    assert other.fingerprint == data.fingerprint
    assert data.with_positive(["something else"]) is data
    with pytest.raises(DataError, match="cannot both be positive"):
        data.with_positive(data.class_names)


@pytest.mark.slow
def test_the_ideal_observer_of_the_other_class_is_its_opposite():
    data = arrangement.context()
    other = data.with_positive([data.class_names[0]])
    np.testing.assert_array_equal(other.known_answer.ideal_scores, -data.known_answer.ideal_scores)


def test_external_parts_come_after_the_others_and_may_lack_a_class():
    only_one = changed("basel", labels=np.zeros(6, np.int64))
    data = dataset(external={"Basel": only_one})
    assert [name for name, _ in data.all_parts()] == ["train", "val", "test", "external:Basel"]
    assert [name for name, _ in data.parts()] == ["train", "val", "test"]


def test_external_parts_are_part_of_the_fingerprint_and_metadata_are_not():
    def known(values):
        return {
            name: dataclasses.replace(part, metadata={"age": np.full(6, values)})
            for name, part in parts().items()
        }

    prints = [dataset(external={name: split("basel")}).fingerprint for name in ("Basel", "Bern")]
    assert len({dataset().fingerprint, *prints}) == 3
    assert dataset(**known(1.0)).fingerprint == dataset().fingerprint


@pytest.mark.parametrize(
    ("part", "message"),
    [
        (changed("basel", case_ids=np.array([f"train-{i}" for i in range(6)])), "more than once"),
        (split("basel", shape=(16, 12, 1)), r"\(16, 12, 1\) in external:Basel"),
        (changed("basel", labels=np.full(6, 2, np.int64)), "labels run from 2 to 2"),
        (changed("basel", metadata={"age": np.zeros(6)}), "need the same"),
        (changed("basel", groups=np.array(["train-patient-0"] * 6)), "in train and in external"),
    ],
)
def test_an_external_part_is_checked_like_the_others(part, message):
    with pytest.raises(DataError, match=message):
        dataset(external={"Basel": part}, **parts(groups=True))


@pytest.mark.parametrize("values", [np.zeros(5), np.zeros(6, np.int64), np.full(6, None)])
def test_metadata_are_numbers_or_words_one_for_each_case(values):
    known = {name: changed(name, metadata={"age": values}) for name in SPLITS}
    with pytest.raises(DataError, match="needed are 6 numbers"):
        dataset(**known)


def test_rows_of_a_part_take_their_metadata_along():
    part = changed("train", metadata={"age": np.arange(6.0), "sex": np.array([*"mfmfmf"])})
    taken = part.take(np.array([4, 1]))
    assert taken.metadata["age"].tolist() == [4.0, 1.0]
    assert taken.metadata["sex"].tolist() == ["m", "f"]
