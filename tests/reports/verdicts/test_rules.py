"""The rules of the verdict, one by one."""

from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.analysis.pairs.pair_tests import corrected, pair_tests
from reports.analysis.pairs.paired import Tested
from reports.evidence import AuditItem, Estimate, PrimaryComparison
from reports.formatting import interval, signed
from reports.statistics.contrast import Difference
from reports.verdicts.dataset_verdict import decide


@dataclass(frozen=True)
class Told:
    """Two AUCs of which nothing but the difference is known."""

    difference: Difference
    measure = "auc"

    def value(self, method):
        return Estimate(0.8 + (self.difference.d if method == "resnet18" else 0.0))

    def tested(self, pairs, n_candidates=None):
        return [Tested(self.difference, self.difference.p(), "DeLong") for _ in pairs]


def comparison(
    d=0.0, se=0.01, *, seeds=0.0, smallest=100, patients=None, holm=1, detectable=0.028, more=1500
):
    """A comparison with this difference; `holm` is the number of data sets with the same one."""
    told = Told(Difference(d, se, seeds))
    names = [("resnet18", "svm")] * holm
    pairs = pair_tests(told, names, margin=0.02, alpha=0.05, n_cases=None, prospects=False)
    pair = corrected(pairs)[0]
    return PrimaryComparison(
        pair=replace(
            pair, minimum_detectable=detectable, cases_for_difference=more, cases_for_interval=more
        ),
        n_cases=300,
        n_groups=patients,
        n_smallest=smallest,
        smallest_class="malignant",
        picked_on_test_deep="resnet18",
        picked_on_test_classical="svm",
        picked_on_test_gain_deep=0.0,
        picked_on_test_gain_classical=0.0,
        picked_on_test_difference=d,
        controls=(),
        unit="test case" if patients is None else "test patient",
    )


SUBJECT = "Of the one deep and the one classical model that were run, with these training images: "


def verdict(c, items=()):
    """The verdict; where there is one, its sentence without the subject that it begins with."""
    found = decide(c, "", items, c.pair.margin)
    if not found.is_verdict:
        return found
    assert found.sentence.startswith(SUBJECT)
    return replace(found, sentence=found.sentence.removeprefix(SUBJECT))


RED = AuditItem("budget", "Same budget", "red", "Not all methods had the same budget.")


def test_a_red_audit_item_forbids_a_verdict_and_is_named():
    found = verdict(comparison(0.2), (RED,))
    assert found.rule == "protocol-violated"
    assert found.heading == "No verdict"
    assert found.sentence == ("The protocol was violated: Not all methods had the same budget.")


def test_an_amber_item_forbids_nothing():
    amber = replace(RED, colour="amber")
    assert verdict(comparison(0.2), (amber,)).is_verdict


def test_fewer_than_ten_cases_of_a_class_allow_no_verdict():
    found = verdict(comparison(0.2, smallest=9))
    assert found.rule == "too-few-cases"
    assert found.sentence == (
        "9 test cases of “malignant” cannot support a comparison (at least 10 are needed); the "
        "smallest detectable difference is 0.028."
    )
    assert verdict(comparison(0.2, smallest=10)).is_verdict


def test_where_patients_are_known_they_are_what_is_too_few():
    found = verdict(comparison(0.2, smallest=9, patients=40))
    assert found.rule == "too-few-cases"
    assert found.sentence.startswith("9 test patients of “malignant” cannot support a comparison")
    one = verdict(comparison(0.2, smallest=1, patients=40, detectable=None))
    assert one.sentence == (
        "1 test patient of “malignant” cannot support a comparison (at least 10 are needed); not "
        "even an AUC of 1 would be found better."
    )
    assert verdict(comparison(0.2, smallest=10, patients=40)).is_verdict


def test_a_missing_side_is_named():
    found = decide(None, "No deep method was run on this data set.", (), 0.02)
    assert found.rule == "side-missing"
    assert found.heading == "No verdict"
    assert found.sentence == "No deep method was run on this data set."
    assert found.d is None


def test_better_by_more_than_the_margin():
    found = verdict(comparison(0.05))
    assert (found.rule, found.winner) == ("better-beyond-margin", "deep")
    assert found.heading == "Deep better, by more than the margin"
    assert found.sentence == "ΔAUC +0.050 [+0.030, +0.070], Holm-adjusted p < 0.001."


def test_better_beyond_the_margin_must_survive_holm_too():
    alone = comparison(0.0405)
    assert verdict(alone).rule == "better-beyond-margin"
    assert verdict(comparison(0.0405, holm=5)).rule == "better"


def test_better_but_equivalent():
    found = verdict(comparison(0.008, 0.003))
    assert (found.rule, found.winner) == ("better-but-equivalent", "deep")
    assert found.heading == "Deep better, but equivalent within ±δ"
    assert "smaller than the margin δ = 0.02 that the study declared" in found.sentence
    assert "its 90 % interval [+0.003, +0.013] lies within ±δ (TOST, Holm-adjusted p" in (
        found.sentence
    )


def test_better_without_excluding_a_small_difference():
    found = verdict(comparison(0.03))
    assert (found.rule, found.winner) == ("better", "deep")
    assert found.sentence == (
        "ΔAUC +0.030 [+0.010, +0.050], Holm-adjusted p = 0.003; a difference smaller than δ = 0.02 "
        "is not excluded."
    )


def test_equivalent():
    found = verdict(comparison(0.001, 0.005))
    assert (found.rule, found.winner) == ("equivalent", None)
    assert found.heading == "Equivalent within ±δ"
    assert found.p == pytest.approx(comparison(0.001, 0.005).pair.equivalence.p_holm)


def test_not_worse_names_the_side_that_is_not():
    found = verdict(comparison(0.012, 0.01))
    assert (found.rule, found.winner) == ("not-worse", None)
    assert found.not_worse == ("deep",)
    assert found.heading == "No difference shown; deep is not worse by more than δ"
    assert "that deep is worse by δ = 0.02 or more is excluded (90 % interval" in found.sentence


def test_of_two_sides_that_are_not_worse_both_are_named():
    alone, among = comparison(0.001, 0.0085), comparison(0.001, 0.0085, holm=12)
    assert verdict(alone).rule == "equivalent"
    found = verdict(among)
    assert (found.rule, found.not_worse) == ("not-worse", ("deep", "classical"))
    assert found.heading == "No difference shown; neither is worse by more than δ"
    assert "that they are equivalent is not shown after Holm's adjustment" in found.sentence


def test_an_interval_that_leaves_out_0_says_why_nothing_is_shown():
    found = verdict(comparison(0.022, 0.01, holm=12))
    assert found.low > 0
    assert (found.rule, found.unadjusted) == ("not-worse", "better")
    assert "leaves out 0, but that deep is better is not shown after Holm's adjustment" in (
        found.sentence
    )


def test_no_difference_never_stands_alone():
    found = verdict(comparison(0.005, 0.03))
    assert found.rule == "inconclusive"
    assert found.heading == "No difference shown (inconclusive)"
    assert "compatible with −0.054 to +0.064" in found.sentence
    assert found.sentence.endswith(
        "; to find a difference of δ = 0.02 with 80 % power takes about 1\u202f500, an interval of "
        "±δ takes about 1\u202f500 test cases like these."
    )
    by_patient = verdict(comparison(0.005, 0.03, patients=100))  # who have 3 of 300 cases each
    assert by_patient.sentence.endswith(
        "; to find a difference of δ = 0.02 with 80 % power takes about 500, an interval of ±δ "
        "takes about 500 test patients like these, with 3 images each."
    )
    uneven = verdict(comparison(0.005, 0.03, patients=120)).sentence
    assert uneven.endswith(
        "takes about 600 test patients like these, with 2.5 images each on average."
    )
    alone = verdict(comparison(0.005, 0.03, patients=300)).sentence
    assert alone.endswith("about 1\u202f500 test patients like these, with 1 image each.")


def test_how_many_cases_are_needed_does_not_rest_on_the_difference_that_was_seen():
    seen = [verdict(comparison(d, 0.03)).sentence for d in (0.001, 0.005, 0.01)]
    assert len({sentence.partition("interval)")[2] for sentence in seen}) == 1


def test_seeds_that_vary_too_much_are_named():
    found = verdict(comparison(0.005, 0.03, seeds=0.05, more=None))
    assert found.cases_for_interval is None
    assert "seeds vary too much" in found.sentence


def test_holm_may_take_a_difference_away():
    assert verdict(comparison(0.022, 0.01)).rule == "better"
    assert verdict(comparison(0.022, 0.01, holm=12)).rule == "not-worse"


SWAPPED = {"deep": "classical", "classical": "deep", None: None}


@pytest.mark.slow
@settings(deadline=None)
@given(st.floats(-0.1, 0.1), st.floats(0.001, 0.05), st.integers(1, 12))
def test_swapping_the_sides_swaps_the_verdict(d, se, holm):
    one, other = verdict(comparison(d, se, holm=holm)), verdict(comparison(-d, se, holm=holm))
    assert one.rule == other.rule
    if abs(d) > 1e-9:
        assert SWAPPED[one.winner] == other.winner
    assert one.d == -other.d
    assert one.low == pytest.approx(-other.high)


@pytest.mark.slow
@given(st.floats(-0.1, 0.1), st.floats(0.001, 0.05), st.integers(1, 12))
def test_whoever_is_called_better_has_an_interval_on_its_side(d, se, holm):
    found = verdict(comparison(d, se, holm=holm))
    if found.rule.startswith("better"):
        assert found.low > 0 if found.winner == "deep" else found.high < 0
    if found.rule == "better-beyond-margin":
        assert max(found.low, -found.high) > 0.02


@given(
    st.floats(-0.1, 0.1),
    st.floats(0.001, 0.05),
    st.integers(0, 30),
    st.one_of(st.none(), st.integers(30, 500)),
    st.one_of(st.none(), st.integers(1, 3_000_000)),
)
def test_the_sentence_says_the_numbers_of_the_verdict(d, se, smallest, patients, more):
    c = comparison(d, se, smallest=smallest, patients=patients, more=more)
    found = verdict(c)
    assert found.is_verdict == (smallest >= 10)
    unit = "case" if patients is None else "patient"
    if not found.is_verdict:
        assert f"{smallest} test {unit}" in found.sentence
        assert "0.028" in found.sentence
        return
    if found.rule == "inconclusive":
        assert f"{signed(found.low)} to {signed(found.high)}" in found.sentence
        assert (f"test {unit}s like these" in found.sentence) == (more is not None)
        return
    told = found.sentence
    two_sided = interval(found.low, found.high, -0.02)
    one_sided = f"90 % interval {interval(found.low_one_sided, found.high_one_sided, 0.02)}"
    assert signed(d) in told
    zero_left_out = found.low > 0 or found.high < 0
    beside = told.replace(one_sided, "")
    assert (two_sided in beside) == (found.rule != "equivalent" or zero_left_out)
    spoken_of = ("equivalent", "better-but-equivalent", "not-worse")
    assert (one_sided in told) == (found.rule in spoken_of)


def test_a_limit_and_a_p_value_are_told_apart_from_what_they_are_held_to():
    """Just within −δ with p just below α: neither is printed as if it were equal."""
    found = verdict(comparison(0.01, 0.01821))
    assert found.rule == "not-worse"
    assert "90 % interval [−0.01995, +0.040], one-sided p = 0.0497, not adjusted" in found.sentence
    equivalent = verdict(comparison(0.0, 0.01215))
    assert "[−0.01998, +0.01998] lies within ±δ = 0.02" in equivalent.sentence
    assert "TOST, Holm-adjusted p = 0.0499)" in equivalent.sentence


@pytest.mark.parametrize(
    ("changes", "subject"),
    [
        (
            {"n_deep": 3, "n_classical": 5, "n_train": 546.0},
            "Of the 3 deep models and the 5 classical models that were run, with these 546 "
            "training images, the best of each side (chosen on validation): ΔAUC",
        ),
        (
            {"n_deep": 1, "n_classical": 2, "n_train": 546.0},
            "Of the one deep model and the 2 classical models that were run, with these 546 "
            "training images, the best of each side (chosen on validation): ΔAUC",
        ),
        (
            {"n_train": 437.4, "folds_deep": {"cnn": 5}},
            "Of the one deep and the one classical model that were run, with 437 training images "
            "in each fold: ΔAUC",
        ),
        (
            {"n_train": 546.0, "resamples": 20},
            "Of the one deep and the one classical model that were run, with training sets like "
            "this one of 546 images (20 resampled trainings): ΔAUC",
        ),
    ],
)
def test_the_subject_of_a_verdict_is_what_was_run(changes, subject):
    found = decide(replace(comparison(0.05), **changes), "", (), 0.02)
    assert found.sentence.startswith(subject)


def test_a_class_that_is_never_found_is_named_in_the_verdict():
    missed = AuditItem("recall", "Every class found", "amber", "cnn hardly ever decides for “C”.")
    assert verdict(comparison(0.05), (missed,)).sentence.endswith(missed.sentence)
    found = verdict(comparison(0.05), (replace(missed, colour="green"),))
    assert "hardly ever" not in found.sentence
