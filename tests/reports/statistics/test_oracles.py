"""Every value of R 4.2.2 and pROC 1.18.0 in `oracles/`, met or the tests fail.

A table of patterns says how each value is computed here. A value that no pattern, or more than one,
speaks for fails, so nothing of the files is left out silently.
"""

import json
import math
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm

from reports.statistics.auc import components
from reports.statistics.calibration import recalibration
from reports.statistics.crossvalidation import corrected, correlated_t
from reports.statistics.curves import area, curves
from reports.statistics.losses import brier_losses, log_losses
from reports.statistics.many.ranks import critical_difference, friedman
from reports.statistics.many.signed_rank import signed_rank
from reports.statistics.mcnemar import mcnemar
from reports.statistics.multiplicity import holm
from reports.statistics.partial import partial_areas
from reports.statistics.proportions import clopper_pearson, wilson
from tests.oracles import bootstrap, delong_of_scores
from tests.oracles.adjusted_p import (
    benjamini_hochberg,
    benjamini_yekutieli,
    bonferroni,
    hochberg,
)
from tests.oracles.hand_till import hand_till
from tests.oracles.nemenyi import nemenyi
from tests.oracles.readings_of_a_curve import (
    interpolated_sensitivities,
    partial_auc,
    sensitivity_at,
    youden_point,
)

FOLDER = Path(__file__).parents[1] / "oracles"
PROC = json.loads((FOLDER / "proc_reference.json").read_text(encoding="utf-8"))
BASE = json.loads((FOLDER / "r_base_reference.json").read_text(encoding="utf-8"))
EXACT = 1e-9
REPLICATES = 10_000


@dataclass(frozen=True)
class Drawn:
    """Replicates `(b, 2)` of both scores."""

    auc: np.ndarray
    partial: np.ndarray
    sensitivity: np.ndarray


@lru_cache
def table(name):
    path = FOLDER / "inputs" / f"{name}.csv"
    rows = np.loadtxt(path if path.exists() else f"{path}.gz", delimiter=",", skiprows=1)
    return rows[:, 0].astype(np.int64), rows[:, 1:]


def binary(case):
    labels, scores = table(case)
    return labels == 1, scores[:, 0], scores[:, 1]


def score_of(case, which):
    truth, a, b = binary(case)
    return truth, a if which == "score_a" else b


@lru_cache
def paired(case, level=0.95):
    return delong_of_scores.paired(*binary(case), level)


def plain(case, which, level=0.95):
    found = paired(case, level)
    return found.a if which == "score_a" else found.b


@lru_cache
def unpaired(case):
    truth, a, b = binary(case)
    return delong_of_scores.unpaired(truth, a, truth, b)


@lru_cache
def drawn(case):
    truth, a, b = binary(case)
    chunks = []
    for weights in bootstrap.samples(truth.astype(np.int64), None, REPLICATES):
        both = [curves(truth, score, weights) for score in (a, b)]
        chunks.append(
            [
                np.column_stack([area(one.fpr, one.tpr) for one in both]),
                np.column_stack([partial_areas(one) for one in both]),
                np.column_stack([interpolated_sensitivities(one, 0.9) for one in both]),
            ]
        )
    return Drawn(*(np.concatenate(parts) for parts in zip(*chunks, strict=True)))


def replicates_of(case, which, kind):
    return getattr(drawn(case), kind)[:, 0 if which == "score_a" else 1]


def middle(values):
    return np.quantile(values, [0.025, 0.975])


def resampled(case, kind):
    truth, a, b = binary(case)
    if kind == "auc":
        values = [plain(case, which).auc for which in ("score_a", "score_b")]
    else:
        values = [partial_auc(truth, score).raw for score in (a, b)]
    own = getattr(drawn(case), kind)
    return bootstrap.difference_test(values[0] - values[1], own[:, 0] - own[:, 1])


def same(found, value, tolerance=EXACT):
    if value is None or found is None:
        assert found is None
        assert value is None
        return
    np.testing.assert_allclose(found, value, rtol=0, atol=tolerance)


def undefined_is_no_evidence(found, value, documented):
    """R prints nothing where both variances are 0; here there is a documented value."""
    if value is None:
        assert found == documented
    else:
        same(found, value)


def bootstrap_statistic(found, value):
    # An SD over 2,000 replicates has a relative error of 1.6 %, so R's own last digits are chance.
    np.testing.assert_allclose(found.z, value, rtol=0.05, atol=1e-9)


def bootstrap_p(found, value):
    slack = abs(
        math.erfc(0.95 * abs(found.z) / math.sqrt(2))
        - math.erfc(1.05 * abs(found.z) / math.sqrt(2))
    )
    np.testing.assert_allclose(found.p, value, rtol=0, atol=max(EXACT, min(slack, 0.02)))


def equal(found, value):
    assert found == value


def estimates(case, kind):
    truth, a, b = binary(case)
    if kind == "auc":
        return [plain(case, which).auc for which in ("score_a", "score_b")]
    return [partial_auc(truth, score).raw for score in (a, b)]


def youden(case, which, key):
    return getattr(youden_point(*score_of(case, which)), key)


# The path of a value, split at "/", is given to the check along with the value.
PROC_CHECKS = {
    "meta/R": lambda p, v: equal(v[:15], "R version 4.2.2"),
    "meta/pROC": lambda p, v: equal(v, "1.18.0"),
    "meta/boot_n": lambda p, v: equal(bootstrap.REPETITIONS, v),
    "meta/boot_seed": lambda p, v: equal(v, 1),
    "meta/direction": lambda p, v: equal(v, "<"),
    "meta/levels": lambda p, v: equal(v, [0, 1]),
    "binary/*/n": lambda p, v: equal(len(table(p[1])[0]), v),
    "binary/*/n_pos": lambda p, v: equal((table(p[1])[0] == 1).sum(), v),
    "binary/*/n_neg": lambda p, v: equal((table(p[1])[0] == 0).sum(), v),
    "binary/*/score_?/auc": lambda p, v: same(plain(p[1], p[2]).auc, v),
    "binary/*/score_?/var_delong": lambda p, v: same(plain(p[1], p[2]).variance, v),
    "binary/*/score_?/ci95_delong": lambda p, v: same(plain(p[1], p[2]).interval, v),
    "binary/*/score_?/ci90_delong": lambda p, v: same(plain(p[1], p[2], 0.9).interval, v),
    "binary/*/score_?/pauc_spec_90_100": lambda p, v: same(partial_auc(*score_of(*p[1:3])).raw, v),
    "binary/*/score_?/pauc_spec_90_100_mcclish": lambda p, v: same(
        partial_auc(*score_of(*p[1:3])).corrected, v
    ),
    "binary/*/score_?/pauc_sens_90_100": lambda p, v: same(
        partial_auc(*score_of(*p[1:3]), focus="sensitivity").raw, v
    ),
    "binary/*/score_?/sens_at_spec/*": lambda p, v: same(
        sensitivity_at(*score_of(*p[1:3]), float(p[4])).interpolated, v
    ),
    "binary/*/score_?/youden/*": lambda p, v: same(youden(p[1], p[2], p[4]), v),
    "binary/*/score_?/ci95_bootstrap_stratified": lambda p, v: same(
        middle(replicates_of(p[1], p[2], "auc")), v, 0.01
    ),
    "binary/*/score_?/sens_at_spec90_ci95_bootstrap": lambda p, v: same(
        middle(replicates_of(p[1], p[2], "sensitivity")), v, 0.01 + 1e-9
    ),
    "binary/*/cov_delong": lambda p, v: same(paired(p[1]).covariance, v),
    "binary/*/delong_paired*/statistic": lambda p, v: same(paired(p[1]).z, v),
    "binary/*/delong_paired/p_value": lambda p, v: same(paired(p[1]).p, v),
    "binary/*/delong_paired_greater/p_value": lambda p, v: same(norm.sf(paired(p[1]).z), v),
    "binary/*/delong_paired*/ci95_diff": lambda p, v: same(paired(p[1]).interval, v),
    "binary/*/delong_*paired*/estimates": lambda p, v: same(estimates(p[1], "auc"), v),
    "binary/*/delong_paired*/parameter": lambda p, v: equal(v, None),
    "binary/*/delong_paired*/method": lambda p, v: equal(
        v, "DeLong's test for two correlated ROC curves"
    ),
    "binary/*/delong_unpaired/statistic": lambda p, v: undefined_is_no_evidence(
        unpaired(p[1]).t, v, 0.0
    ),
    "binary/*/delong_unpaired/p_value": lambda p, v: undefined_is_no_evidence(
        unpaired(p[1]).p, v, 1.0
    ),
    "binary/*/delong_unpaired/parameter": lambda p, v: same(
        unpaired(p[1]).df, v, EXACT * max(1.0, v or 0.0)
    ),
    "binary/*/delong_unpaired/ci95_diff": lambda p, v: equal(v, None),
    "binary/*/delong_unpaired/method": lambda p, v: equal(v, "DeLong's test for two ROC curves"),
    "binary/*/bootstrap_paired/statistic": lambda p, v: bootstrap_statistic(
        resampled(p[1], "auc"), v
    ),
    "binary/*/bootstrap_paired/p_value": lambda p, v: bootstrap_p(resampled(p[1], "auc"), v),
    "binary/*/bootstrap_paired/estimates": lambda p, v: same(estimates(p[1], "auc"), v),
    "binary/*/bootstrap_pauc_spec_90_100/statistic": lambda p, v: bootstrap_statistic(
        resampled(p[1], "partial"), v
    ),
    "binary/*/bootstrap_pauc_spec_90_100/p_value": lambda p, v: bootstrap_p(
        resampled(p[1], "partial"), v
    ),
    "binary/*/bootstrap_pauc_spec_90_100/estimates": lambda p, v: same(
        estimates(p[1], "partial"), v
    ),
    "binary/*/bootstrap_*/ci95_diff": lambda p, v: equal(v, None),
    "binary/*/bootstrap_*/parameter": lambda p, v: equal(v, [bootstrap.REPETITIONS, 1]),
    "binary/*/bootstrap_*/method": lambda p, v: equal(
        v, "Bootstrap test for two correlated ROC curves"
    ),
    "multiclass/*/n": lambda p, v: equal(len(table(p[1])[0]), v),
    "multiclass/*/k": lambda p, v: equal(table(p[1])[1].shape[1], v),
    "multiclass/*/prevalence": lambda p, v: same(
        np.bincount(table(p[1])[0]) / len(table(p[1])[0]), v
    ),
    "multiclass/*/hand_till": lambda p, v: same(hand_till(*table(p[1])), v),
    "multiclass/*/ovr/*": lambda p, v: same(one_against_rest(p[1]).per_class[0, int(p[3])], v),
    "multiclass/*/ovr_macro": lambda p, v: same(one_against_rest(p[1]).auc[0], v),
}


@lru_cache
def one_against_rest(case):
    labels, scores = table(case)
    return components(labels, scores[None], None)


def calibrated():
    given = BASE["calibration"]
    return np.array(given["y"]) == 1, np.array(given["p"])


@lru_cache
def recalibrated():
    return recalibration(*calibrated())


@lru_cache
def ranked():
    return friedman(BASE["multi_dataset"]["scores"])


def adjusted(function):
    return function(BASE["p_adjust"]["p"])


def folds():
    given = BASE["corrected_resampled_t"]
    share = given["test_fraction"]
    return given["diff"], share / (1 - share)


def of_pair(pair):
    scores = np.array(BASE["multi_dataset"]["scores"])
    first, second = (int(one) - 1 for one in pair.split("_"))
    return signed_rank(scores[:, first] - scores[:, second], as_in_r=True).p


def two_columns():
    truth, probability = calibrated()
    return truth.astype(np.int64), np.column_stack([1 - probability, probability])


def binomial(path):
    given = BASE["binomial_ci"][int(path[1])]
    return given["x"], given["n"]


def discordant(path):
    given = BASE["mcnemar"][int(path[1])]
    return mcnemar(given["b"], given["c"])


def given_as_input(path, value):
    """Used by the checks beside it."""
    assert value is not None


def posterior(path, value):
    given = BASE["corrected_resampled_t"]
    name = {"left": "below", "rope": "within", "right": "above"}[path[2]]
    same(getattr(correlated_t(*folds(), given["rope"]), name), value)


BASE_CHECKS = {
    "meta/R": lambda p, v: equal(v[:15], "R version 4.2.2"),
    "binomial_ci/*/[xn]": given_as_input,
    "binomial_ci/*/clopper_pearson": lambda p, v: same(clopper_pearson(*binomial(p)), v),
    "binomial_ci/*/wilson": lambda p, v: same(wilson(*binomial(p)), v),
    "mcnemar/*/[bc]": given_as_input,
    "mcnemar/*/exact": lambda p, v: same(discordant(p).exact, v),
    "mcnemar/*/midp": lambda p, v: same(discordant(p).mid_p, v),
    "mcnemar/*/chi2": lambda p, v: same(discordant(p).asymptotic, v),
    "mcnemar/*/chi2_cc": lambda p, v: same(discordant(p).corrected, v),
    "p_adjust/p": given_as_input,
    "p_adjust/holm": lambda p, v: same(adjusted(holm), v),
    "p_adjust/hochberg": lambda p, v: same(adjusted(hochberg), v),
    "p_adjust/BH": lambda p, v: same(adjusted(benjamini_hochberg), v),
    "p_adjust/BY": lambda p, v: same(adjusted(benjamini_yekutieli), v),
    "p_adjust/bonferroni": lambda p, v: same(adjusted(bonferroni), v),
    "multi_dataset/scores": given_as_input,
    "multi_dataset/friedman_chi2": lambda p, v: same(ranked().chi2, v),
    "multi_dataset/friedman_p": lambda p, v: same(ranked().p, v),
    "multi_dataset/iman_davenport_F": lambda p, v: same(ranked().iman_davenport, v),
    "multi_dataset/iman_davenport_p": lambda p, v: same(ranked().iman_davenport_p, v),
    "multi_dataset/avg_rank": lambda p, v: same(ranked().mean_ranks, v),
    # R's qtukey stops its search at 1e-4 of the quantile; this one is 8e-9 off.
    "multi_dataset/nemenyi_cd_0.05": lambda p, v: same(critical_difference(5, 12), v, 1e-6),
    "multi_dataset/nemenyi_p": lambda p, v: same(nemenyi(ranked().mean_ranks, 12), v),
    "multi_dataset/wilcoxon_signed_rank_p/*": lambda p, v: same(of_pair(p[2]), v),
    "calibration/[yp]": given_as_input,
    "calibration/slope": lambda p, v: same(recalibrated().slope, v),
    "calibration/slope_se": lambda p, v: same(recalibrated().slope_error, v),
    "calibration/intercept_joint": lambda p, v: same(recalibrated().intercept, v),
    "calibration/citl": lambda p, v: same(recalibrated().in_the_large, v),
    "calibration/citl_se": lambda p, v: same(recalibrated().in_the_large_error, v),
    "calibration/brier": lambda p, v: same(np.mean(brier_losses(*two_columns(), 1)), v),
    "calibration/logloss": lambda p, v: same(np.mean(log_losses(*two_columns())), v),
    "corrected_resampled_t/diff": given_as_input,
    "corrected_resampled_t/test_fraction": given_as_input,
    "corrected_resampled_t/rope": given_as_input,
    "corrected_resampled_t/t": lambda p, v: same(corrected(*folds()).d / corrected(*folds()).se, v),
    "corrected_resampled_t/p": lambda p, v: same(corrected(*folds()).p(), v),
    "corrected_resampled_t/bayes/*": posterior,
}


def leaves(node, path=()):
    """Every value with its path; a list of numbers, or of rows of numbers, is one value."""
    if isinstance(node, dict):
        for key, child in node.items():
            yield from leaves(child, (*path, key))
    elif isinstance(node, list) and node and isinstance(node[0], dict):
        for position, child in enumerate(node):
            yield from leaves(child, (*path, str(position)))
    else:
        yield path, node


def check_all(values, checks):
    assert values
    for path, value in values:
        joined = "/".join(path)
        fitting = [p for p in checks if p.count("/") == len(path) - 1 and fnmatchcase(joined, p)]
        assert len(fitting) == 1, f"{joined} has the checks {fitting}"
        try:
            checks[fitting[0]](path, value)
        except AssertionError as error:
            raise AssertionError(f"{joined}: {error}") from error


@pytest.mark.slow
@pytest.mark.parametrize("case", PROC["binary"])
def test_binary_cases_are_those_of_proc(case):
    check_all([leaf for leaf in leaves(PROC) if leaf[0][:2] == ("binary", case)], PROC_CHECKS)


def test_everything_else_in_the_file_is_that_of_proc():
    check_all([leaf for leaf in leaves(PROC) if leaf[0][0] != "binary"], PROC_CHECKS)


@pytest.mark.parametrize("section", BASE)
def test_base_statistics_are_those_of_r(section):
    check_all([leaf for leaf in leaves(BASE) if leaf[0][0] == section], BASE_CHECKS)


def test_every_check_is_used():
    for source, checks in ((PROC, PROC_CHECKS), (BASE, BASE_CHECKS)):
        paths = ["/".join(path) for path, _ in leaves(source)]
        assert [p for p in checks if not any(fnmatchcase(path, p) for path in paths)] == []


def test_a_value_without_a_check_is_noticed():
    with pytest.raises(AssertionError, match="kappa has the checks"):
        check_all([(("kappa",), 0.4)], BASE_CHECKS)


def test_a_wrong_value_is_noticed():
    with pytest.raises(AssertionError, match="calibration/slope"):
        check_all([(("calibration", "slope"), 0.6969)], BASE_CHECKS)
