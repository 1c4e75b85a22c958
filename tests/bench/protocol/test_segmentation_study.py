"""A study of segmentation: the same protocol about the classes of pixels."""

import pytest

from bench.protocol.claim import Claim
from bench.protocol.errors import StudyError
from bench.protocol.study import Study


def study(**changes):
    return Study(("busi",), ("otsu",), **changes)


def test_a_study_of_classification_does_not_mention_its_task():
    assert "task" not in study().as_json()
    assert study().hash == study(task="classification").hash


def test_a_study_of_segmentation_is_another_one_and_is_judged_by_dice():
    told = study(task="segmentation")
    assert told.hash != study().hash
    assert told.metric == "dice"
    assert Study.from_json(told.as_json()) == told


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"task": "segmentaton"}, "Did you mean 'segmentation'"),
        ({"task": 3}, "unknown task 3"),
        ({"positive": ("malignant",)}, "no positive class"),
        ({"preprocess": ("crop-to-mask",)}, "would show a segmentation method"),
        ({"metric": "iou"}, "unknown metric 'iou' of segmentation"),
    ],
)
def test_what_a_study_of_segmentation_cannot_have_is_refused(changes, message):
    with pytest.raises(StudyError, match=message):
        study(**({"task": "segmentation"} | changes))


def test_a_claim_about_segmentation_is_refused():
    claim = Claim("c", ("deep",), ("classical",))
    with pytest.raises(StudyError, match="claims are about classification"):
        study(task="segmentation", claims=(claim,))
