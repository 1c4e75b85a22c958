"""Where a difference probably lies."""

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from reports.statistics.contrast import Difference
from reports.statistics.crossvalidation import corrected, correlated_t
from reports.statistics.posterior import posterior
from reports.statistics.sources import mean_over_sources

FOLDER = Path(__file__).parents[1] / "oracles"
R = json.loads((FOLDER / "r_base_reference.json").read_text(encoding="utf-8"))


@pytest.mark.slow
@given(
    st.floats(-0.3, 0.3), st.floats(1e-3, 0.2), st.one_of(st.just(math.inf), st.floats(2, 100)),
    st.floats(0, 0.1), st.floats(1, 2),
)  # fmt: skip
def test_probabilities_sum_to_one_and_swap_with_the_sides(d, error, df, margin, stretch):
    found = Difference(d, error, df=df, stretch_below=stretch)
    one, other = posterior(found, margin), posterior(found.mirrored(), margin)
    assert sum(one) == pytest.approx(1)
    assert all(0 <= p <= 1 for p in one)
    assert other == pytest.approx((one.above, one.within, one.below), abs=1e-9)


def test_it_is_the_tail_of_the_estimates_distribution():
    found = posterior(Difference(0.03, 0.02, df=7), 0.02)
    assert found.above == pytest.approx(stats.t.sf(0.02, 7, 0.03, 0.02))
    assert found.below == pytest.approx(stats.t.cdf(-0.02, 7, 0.03, 0.02))


def test_over_folds_it_is_benavolis():
    one = R["corrected_resampled_t"]
    ratio = one["test_fraction"] / (1 - one["test_fraction"])
    found = posterior(corrected(one["diff"], ratio), one["rope"])
    expected = one["bayes"]
    assert tuple(found) == pytest.approx(
        (expected["left"], expected["rope"], expected["right"]), abs=1e-9
    )
    assert found == correlated_t(one["diff"], ratio, one["rope"])


def test_a_mean_over_data_sets_has_one_too():
    one = Difference(0.03, 0.02)
    two = mean_over_sources([one, one])
    assert posterior(two, 0.02).above > posterior(one, 0.02).above


def test_a_difference_without_error_is_a_point():
    assert posterior(Difference(0.0, 0.0), 0.02) == (0.0, 1.0, 0.0)


def test_a_margin_below_zero_is_refused():
    with pytest.raises(ValueError, match="at least 0"):
        posterior(Difference(0.0, 0.1), -0.01)
