"""AUCs of the runs of one seed."""

import numpy as np
import pytest

from reports.analysis.measures.run_scores import Aucs
from reports.loading.selection import TestPart

RUNS = (("net", 0), ("net", 1), ("svm", None), ("tree", 1), ("tree", 0))


@pytest.mark.parametrize("seed", [0, 1])
def test_a_single_seeds_aucs_are_those_of_its_runs_and_of_runs_without_a_seed(seed):
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 90)
    part = TestPart(None, np.array([f"case-{i}" for i in range(90)]), labels, None)
    runs = tuple(
        (method, own, (each := rng.random((90, 3))) / each.sum(axis=1, keepdims=True))
        for method, own in RUNS
    )
    own = tuple(run for run in runs if run[1] in (seed, None))
    found = Aucs(runs, part, None, 0.95).of_seed(seed)
    alone = Aucs(own, part, None, 0.95).of_seed(None)
    assert found.value("net") == alone.value("net")
    pairs = [("net", "svm"), ("svm", "tree"), (found.name(["net", "tree"]), "svm")]
    assert found.tested(pairs) == alone.tested(pairs)
