import numpy as np
import pytest

from bench.data.dataset import Dataset, KnownAnswer, Provenance, Split
from bench.data.one_class import against_the_rest, of_one_class
from bench.protocol.errors import DataUnsuitable


def part(labels, name):
    labels = np.array(labels)
    images = np.zeros((len(labels), 8, 8, 1), np.uint8)
    ids = np.array([f"{name}{i}" for i in range(len(labels))])
    return Split(images, labels, ids, metadata={"age": np.arange(len(labels), dtype=float)})


def dataset(*names, **more):
    k = np.arange(len(names))
    parts = {p: part([*k, *k], p) for p in ("train", "val", "test")}
    external = {"elsewhere": part(k[:1], "external")}
    return Dataset("cells", names, **parts, provenance=Provenance("x"), external=external, **more)


def test_all_other_classes_together_are_to_be_found():
    data = against_the_rest(dataset("a", "normal", "b"), "normal")
    assert data.class_names == ("normal", "not normal")
    assert data.positive == 1
    for _, found in data.all_parts():
        assert found.metadata["age"].shape == found.labels.shape
    assert data.train.labels.tolist() == [1, 0, 1, 1, 0, 1]
    assert data.external["elsewhere"].labels.tolist() == [1]


def test_what_is_trained_on_is_the_class_that_was_named_alone():
    found = of_one_class(against_the_rest(dataset("a", "normal", "b"), "normal").train)
    assert found.case_ids.tolist() == ["train1", "train4"]
    assert found.metadata["age"].tolist() == [1, 4]


def test_a_name_is_taken_in_any_case_and_a_near_one_is_proposed():
    assert against_the_rest(dataset("NORMAL", "b"), "normal").class_names[0] == "NORMAL"
    assert against_the_rest(dataset("Normal", "normal"), "normal").class_names[0] == "normal"
    with pytest.raises(DataUnsuitable, match=r"'cells' has no such class\. Did you mean 'normal'"):
        against_the_rest(dataset("a", "normal"), "norml")


@pytest.mark.parametrize(("names", "sign"), [(("benign", "malignant"), 1), (("x", "benign"), -1)])
def test_scores_of_an_ideal_observer_follow_what_is_to_be_found(names, sign):
    scores = np.arange(4.0)
    data = dataset(*names, known_answer=KnownAnswer("so it is", 0.9, scores))
    found = against_the_rest(data, names[0]).known_answer
    assert found.ideal_scores.tolist() == (sign * scores).tolist()


def test_of_several_classes_no_ideal_scores_are_known():
    data = dataset("a", "b", "c", known_answer=KnownAnswer("so it is", 0.9, np.arange(6.0)))
    assert against_the_rest(data, "a").known_answer.ideal_scores is None
