"""What `train --from` says of runs that it does not find."""

import pytest

from bench.deploy.origin import Origin, refuse_unknown_positive
from bench.protocol.cards import MethodCard
from bench.protocol.errors import BundleError, StudyError
from bench.protocol.record import Environment, Run, Trial
from bench.protocol.study import Study
from bench.results.store import Store


@pytest.fixture
def origin(tmp_path):
    """Of three methods: one without seeds, one with two, and one that failed."""
    store = Store(tmp_path / "results")
    store.declare(Study(("a",), ("svm",)))
    place = Environment("", "", "", 1, 1, "cpu")
    for method, seed, status in (
        ("svm", None, "ok"),
        ("forest", 0, "ok"),
        ("forest", 2, "ok"),
        ("broken", 1, "failed"),
    ):
        card = MethodCard(method, "classical", "", "", "")
        store.write_run(Run(Trial("a", method, seed), card, status, "", "quick", place, ""))
    return Origin(store, Study(positive=("ill",)), "a", "", {}, {})


@pytest.mark.parametrize(
    ("method", "seed", "hint"),
    [
        ("svm", 3, "draws nothing at random and was run without a seed: leave --seed out"),
        ("forest", 3, "was run with seed 0, 2: name one by --seed, or none"),
        ("broken", 1, "Its runs failed"),
        ("svn", None, "Did you mean 'svm'"),
    ],
)
def test_why_there_is_no_run_is_said_as_it_is(origin, method, seed, hint):
    with pytest.raises(BundleError, match=hint):
        origin.run(method, seed)


def test_a_positive_class_of_the_study_may_be_of_another_of_its_data_sets(origin):
    refuse_unknown_positive(("ill", "malignant"), ("benign", "malignant"), origin)
    with pytest.raises(StudyError, match="positive 'ill'"):
        refuse_unknown_positive(("ill",), ("benign", "malignant"), None)
