"""Fitting another instance must not change what one predicts, whether classes or label maps."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator

from bench.methods.own_fit import SHARED, check_apart, check_unchanged
from bench.methods.segmentation_contract import check_own_fit
from bench.protocol.errors import ContractError


class Level(BaseEstimator):
    """Tells pixels by the mean gray levels of the two classes."""

    def fit(self, X, Y):
        self.levels_ = [X[..., 0][c == Y].mean() for c in (0, 1)]
        return self

    def predict(self, X):
        far = [np.abs(X[..., 0] - level) for level in self.levels_]
        return (far[1] < far[0]).astype(np.uint8)


class SharedLevel(Level):
    def fit(self, X, Y):
        super().fit(X, Y)
        type(self).levels_ = self.__dict__.pop("levels_")
        return self


def test_a_segmenter_that_keeps_its_levels_outside_fails_and_one_that_owns_them_passes():
    check_own_fit(Level)
    with pytest.raises(ContractError, match="fitting another instance changes"):
        check_own_fit(SharedLevel)


def test_one_that_draws_at_each_prediction_is_told_so():
    rng = np.random.default_rng(0)
    with pytest.raises(ContractError, match="predicted twice"):
        check_apart(lambda: None, lambda: None, lambda _: rng.uniform(size=(4, 2)))


FIRST = np.full((5, 2), 0.5)
MAPS = np.zeros((4, 50, 50), np.uint8)
MAPS[:, 10:20, 10:20] = 1
SHIFTED = np.roll(MAPS, 1, axis=1)  # a tenth of what was found
ONE_PIXEL = MAPS.copy()
ONE_PIXEL[0, 0, 0] = 1


@pytest.mark.parametrize(
    ("first", "again"),
    [(FIRST, FIRST + 1e-4), (MAPS, ONE_PIXEL), (0 * MAPS, ONE_PIXEL - MAPS), (FIRST[:0],) * 2],
)
def test_rounding_is_no_change(first, again):
    check_unchanged(first, lambda: again)


@pytest.mark.parametrize(("first", "again"), [(FIRST, FIRST + 2e-3), (MAPS, SHIFTED)])
def test_more_than_rounding_is_a_change(first, again):
    with pytest.raises(ContractError) as told:
        check_unchanged(first, lambda: again)
    assert str(told.value) == SHARED
