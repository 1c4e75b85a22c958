"""Where the difference is the same everywhere, a change is said to be shown in at most 5 %.

All kinds, with 1,000 studies: `tests/benchmarks/null_transport.py`; docs/measurements/transport.md
has its figures.
"""

import pytest

from tests.benchmarks.null_transport import STUDIES, allowed, false_changes

STUDIED = {study.name: study for study in STUDIES}


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "other cases, harder place",
        "other patients, 4 images each",
        "2 groups that share patients",
        "same cases spoilt, three seeds",
        "same patients of both classes spoilt",
    ],
)
def test_no_more_than_5_percent_and_two_standard_errors(name: str) -> None:
    found = false_changes(STUDIED[name], 120, seed=1)
    assert found.shown <= allowed(120) * 120
    assert found.asked == 120 * STUDIED[name].questions


@pytest.mark.slow
def test_several_questions_are_asked_at_the_same_level_together() -> None:
    found = false_changes(STUDIED["8 corruptions of the same cases"], 60, seed=1)
    assert found.shown <= allowed(60) * 60
    assert found.asked == 480
