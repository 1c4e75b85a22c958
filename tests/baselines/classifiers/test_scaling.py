import numpy as np
import pytest
from sklearn.base import clone

from baselines.classifiers.scaling import ClippedScores


def test_scores_are_standardised_and_cut():
    x = np.concatenate([np.zeros(999), [1.0]])[:, None] * [1.0, 0.0]
    scores = ClippedScores(limit=3).fit_transform(x)
    assert scores[-1, 0] == 3
    assert scores[0, 0] == pytest.approx(-x[:, 0].mean() / x[:, 0].std())
    assert not scores[:, 1].any()


@pytest.mark.slow
def test_the_limit_is_its_only_parameter():
    assert clone(ClippedScores(2.5)).get_params() == {"limit": 2.5}


def test_a_limit_that_cuts_everything_is_refused():
    with pytest.raises(ValueError, match="limit must be positive"):
        ClippedScores(limit=0).fit_transform(np.eye(2))
