"""What a test set could show of two methods that hardly ever disagree.

The test never takes their error to be below the least one of so many cases, and no more may what is
said of its power.
"""

import math

import numpy as np
import pytest
from scipy.special import ndtr, ndtri

from reports.analysis.pairs.pair_tests import pair_tests
from reports.analysis.pairs.single_split import SingleSplit
from reports.evidence import PairTest
from reports.loading.selection import TestPart
from reports.statistics.power import TestModel
from reports.statistics.sample_size import cases_for_difference, cases_for_interval
from reports.statistics.zero_discordance import least_error


def siblings(
    counts: tuple[int, int],
    auc: float,
    d: float,
    seed: int,
    runs: int = 1,
    images: int = 1,
    prospects: bool = False,
) -> PairTest:
    """A network and its sibling, whose scores correlate by 0.999; the first is better by d."""
    rng = np.random.default_rng(seed)
    labels = np.repeat([0, 1], counts)
    score = rng.normal(size=len(labels))
    shift = math.sqrt(2) * ndtri([auc + d, auc])
    a = score + 0.05 * rng.normal(size=(runs, len(labels))) + shift[0] * labels
    b = (score + shift[1] * labels)[None]
    said = {
        name: np.repeat(np.stack([ndtr(-own), ndtr(own)], axis=2), images, axis=1)
        for name, own in (("a", a), ("b", b))
    }
    patients = np.repeat(np.arange(len(labels)), images) if images > 1 else None
    n = images * len(labels)
    part = TestPart(None, np.arange(n).astype(str), np.repeat(labels, images), patients)
    split = SingleSplit(said, part, 1, 0.95)
    options = {"margin": 0.02, "alpha": 0.05, "n_cases": n, "prospects": prospects}
    return pair_tests(split, [("a", "b")], **options)[0]


def half_width(pair: PairTest) -> float:
    """Of the interval that stands beside what could be seen."""
    assert pair.difference.low is not None
    assert pair.difference.high is not None
    return (pair.difference.high - pair.difference.low) / 2


@pytest.mark.parametrize(("runs", "images"), [(1, 1), (3, 1), (1, 3)])
def test_what_is_stated_fits_the_interval_beside_it(runs, images):
    for counts, auc in (((150, 100), 0.93), ((60, 40), 0.85), ((500, 300), 0.93)):
        pair = siblings(counts, auc, 0.0, 0, runs, images, prospects=True)
        assert pair.minimum_detectable is None or pair.minimum_detectable > half_width(pair)
        assert pair.cases_for_difference >= pair.cases_for_interval
        # an error that is the least one falls with the number of cases
        expected = images * sum(counts) * half_width(pair) / 0.02
        assert pair.cases_for_interval == pytest.approx(expected, rel=0.12)


def test_so_many_cases_give_an_interval_as_narrow_and_no_wider():
    counts = 150, 100
    wanted = siblings(counts, 0.93, 0.0, 0, prospects=True).cases_for_interval / sum(counts)
    more = round(150 * wanted), round(100 * wanted)
    found = np.mean([half_width(siblings(more, 0.93, 0.0, seed)) for seed in range(5)])
    assert found == pytest.approx(0.02, rel=0.1)


@pytest.mark.parametrize(("counts", "auc"), [((500, 300), 0.93), ((150, 100), 0.9)])
def test_the_stated_difference_is_found_as_often_as_promised(counts, auc):
    stated = np.median([
        siblings(counts, auc, 0.0, seed, prospects=True).minimum_detectable for seed in range(5)
    ])  # fmt: skip
    each = [siblings(counts, auc, stated, 100 + seed).superiority.p < 0.05 for seed in range(120)]
    assert 0.72 < np.mean(each) < 0.93


@pytest.mark.parametrize("counts", [(100, 150), (20, 20), (60, 30, 20)])
def test_no_power_below_the_least_error(counts):
    model = TestModel(counts[0], sum(counts[1:]), counts, correlation=0.999, inflation=0.001)
    quantile = 1.95 if min(counts) >= 30 else 2.0
    assert model.half_width(0.8, 0.8) >= quantile * least_error(counts)
    assert model.minimum_detectable(0.8) >= quantile * least_error(counts)
    least = least_error([2 * count for count in counts])
    assert model.times(2).half_width(0.8, 0.8) > 1.95 * least
    assert cases_for_interval(model, 0.8, 0.9 * quantile * least_error(counts)) > 1
    assert cases_for_difference(model, 0.8, 0.9 * quantile * least_error(counts)) > 1


def test_where_methods_differ_as_they_mostly_do_nothing_changes(monkeypatch):
    model = TestModel(100, 150, (100, 150))
    found = model.minimum_detectable(0.85), model.half_width(0.85, 0.85)
    monkeypatch.setattr("reports.statistics.power.least_error", lambda counts: 0.0)
    again = TestModel(100, 150, (100, 150))
    assert (again.minimum_detectable(0.85), again.half_width(0.85, 0.85)) == found
