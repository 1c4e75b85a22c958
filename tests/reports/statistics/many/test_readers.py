"""Obuchowski and Rockette's analysis against the published one of Van Dyke's data.

Van Dyke et al. 1993: 2 modalities, 5 readers, 114 cases. The numbers are those that the program
OR-DBM MRMC 2.51 (Schartz, Hillis, Pesce and Berbaum, University of Iowa) prints for it with
trapezoidal AUCs and jackknifing; its output is published with the R package RJafroc
(inst/IowaResults/VanDyke.txt).
"""

import numpy as np
import pytest

from reports.statistics.auc import components
from reports.statistics.many.readers import ReaderStudy, error_covariances
from reports.statistics.zero_discordance import least_error

AUC = np.array(
    [
        [0.91964573, 0.85877617, 0.90386473, 0.97310789, 0.82979066],
        [0.94782609, 0.90531401, 0.92173913, 0.99935588, 0.92995169],
    ]
)
VARIANCE, COV2 = (0.00101410, 0.00059047), (0.00048396, 0.00020419)  # of each modality
COV1, COV3 = 0.00034661, 0.00023903


@pytest.fixture
def covariance():
    found = np.full((2, 5, 2, 5), COV3)
    for i in range(2):
        found[i, :, i, :] = COV2[i]
        found[i, :, 1 - i, :][np.diag_indices(5)] = COV1
        found[i, :, i, :][np.diag_indices(5)] = VARIANCE[i]
    return found


def test_the_four_means_are_taken(covariance):
    found = error_covariances(covariance)
    assert (found.variance, found.cov1) == pytest.approx((0.00080229, COV1), abs=1e-8)
    assert (found.cov2, found.cov3) == pytest.approx((0.00034407, COV3), abs=1e-8)


@pytest.mark.parametrize(
    ("to", "se", "df", "p", "limits"),
    [
        ("readers-and-cases", 0.02075, 15.26, 0.0517, (-0.08796, 0.00036)),
        ("cases", 0.01872, np.inf, 0.0193, (-0.08049, -0.00711)),
        ("readers", 0.01485, 4, 0.0420, (-0.08502, -0.00258)),
    ],
)
def test_the_difference_of_the_modalities(covariance, to, se, df, p, limits):
    study = ReaderStudy(AUC, covariance, to)
    found = study.difference(0, 1)
    assert found.value == pytest.approx(-0.04380032, abs=1e-8)
    assert found.se == pytest.approx(se, abs=5e-6)
    assert found.df == pytest.approx(df, abs=5e-3)
    assert found.p == pytest.approx(p, abs=5e-5)
    assert (found.low, found.high) == pytest.approx(limits, abs=5e-6)
    assert study.equality().p == pytest.approx(p, abs=5e-5)


@pytest.mark.parametrize(
    ("to", "statistic"), [("readers-and-cases", 4.46), ("cases", 5.47595), ("readers", 8.70)]
)
def test_the_test_of_equal_modalities(covariance, to, statistic):
    assert ReaderStudy(AUC, covariance, to).equality().statistic == pytest.approx(
        statistic, abs=5e-3
    )


@pytest.mark.parametrize(
    ("to", "modality", "se", "limits"),
    [
        ("readers-and-cases", 0, 0.03317360, (0.82522360, 0.96885048)),
        ("readers-and-cases", 1, 0.02156637, (0.89413783, 0.98753689)),
        ("cases", 0, 0.02428971, (0.84943008, 0.94464399)),
        ("cases", 1, 0.01677632, (0.90795637, 0.97371835)),
        ("readers", 0, 0.02482994, (0.82809808, 0.96597599)),
        ("readers", 1, 0.01615303, (0.89598936, 0.98568536)),
    ],
)
def test_the_mean_of_a_modality(covariance, to, modality, se, limits):
    found = ReaderStudy(AUC, covariance, to).mean(modality)
    assert found.se == pytest.approx(se, abs=2e-6)
    assert (found.low, found.high) == pytest.approx(limits, abs=5e-6)


def test_one_reader_is_fixed_or_refused(covariance):
    one = AUC[:, :1], covariance[:, :1, :, :1]
    assert ReaderStudy(*one, "cases").difference(0, 1).se == pytest.approx(
        np.sqrt(2 * (0.000802285 - COV1)), abs=1e-6
    )
    with pytest.raises(ValueError, match="one reader"):
        ReaderStudy(*one)


def test_modalities_that_are_read_alike_are_not_told_apart():
    rng = np.random.default_rng(0)
    labels = np.arange(100) % 2
    scores = labels + rng.normal(size=(1, 3, 100))
    same = np.concatenate([scores, scores]).reshape(6, 100)
    found = components(labels, np.stack([-same, same], axis=2), 1)
    study = ReaderStudy(found.auc.reshape(2, 3), found.covariance().reshape(2, 3, 2, 3))
    assert (study.difference(0, 1).value, study.difference(0, 1).p) == (0.0, 1.0)
    assert study.equality().p == pytest.approx(1.0)


@pytest.mark.slow
def test_false_alarms_are_as_many_as_promised_where_readers_and_cases_are_new_every_time():
    """1,000 null studies of 2 modalities, 5 readers and 100 cases: 5 % within 3 standard errors."""
    rng = np.random.default_rng(1)
    labels = np.arange(100) % 2
    false = 0
    for _ in range(1000):
        skill = 1.2 + rng.normal(0, 0.2, (1, 5, 1)) + rng.normal(0, 0.15, (2, 5, 1))
        case, of_reader = rng.normal(size=(1, 1, 100)), rng.normal(size=(1, 5, 100))
        noise = rng.normal(size=(2, 5, 100))
        scores = skill * labels + 0.6 * case + 0.4 * of_reader + 0.7 * noise
        flat = scores.reshape(10, 100)
        found = components(labels, np.stack([-flat, flat], axis=2), 1)
        covariance = found.covariance().reshape(2, 5, 2, 5)
        false += ReaderStudy(found.auc.reshape(2, 5), covariance).difference(0, 1).p < 0.05
    assert false / 1000 < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 1000)


@pytest.mark.parametrize("to", ["readers-and-cases", "cases", "readers"])
@pytest.mark.parametrize("gain", [0.0, 0.01])
def test_readers_who_all_gain_alike_are_not_known_without_an_error(to, gain):
    alone = np.array([0.724, 0.824])
    least = least_error([20, 20])
    study = ReaderStudy(np.stack([alone, alone + gain]), np.zeros((2, 2, 2, 2)), to, least=least)
    found = study.difference(1, 0)
    assert found.value == pytest.approx(gain)
    assert found.se == pytest.approx(least / 2**0.5)
    assert found.low < 0 < found.high
    assert found.p > 0.2
    assert study.equality().p > 0.2


def test_a_way_of_reading_without_a_fault_is_not_known_to_have_none():
    perfect = ReaderStudy(np.ones((2, 3)), np.zeros((2, 3, 2, 3)), least=least_error([20, 20]))
    found = perfect.mean(0)
    assert 0.9 < found.low < 1 == found.high
    assert found.df == np.inf


def test_of_usual_studies_the_least_error_changes_nothing(covariance):
    plain, least = (
        ReaderStudy(AUC, covariance, least=each).difference(0, 1)
        for each in (0.0, least_error([69, 45]))
    )
    assert plain == least
