"""Claims beside the primary one: each true, false and untestable."""

import json
from dataclasses import dataclass, replace

import pytest

from bench.protocol.claim import Claim
from reports.analysis.measures.measures import NAMES, symbol
from reports.analysis.pairs.pair_tests import corrected, pair_tests
from reports.analysis.pairs.paired import Tested
from reports.collect import collect
from reports.document.sections.secondary_claims import overall_table
from reports.evidence import Estimate, PairTest
from reports.render.evidence_json import as_json
from reports.statistics.contrast import Difference
from reports.verdicts.claim_verdicts import outcome_of
from tests.reports.simulated import Data, Method, flagged, results

pytestmark = pytest.mark.slow

LARGE = Data("breast", n_test=4000)
SIDES = (Method("svm", "classical", 0.80), Method("cnn", "deep", 0.80))


def claims(tmp_path, methods, datasets=(LARGE,), written=(), **options):
    """Name → claim, of a study with these methods."""
    store = results(tmp_path / "r", datasets, methods, claims=tuple(written), **options)
    return {claim.name: claim for claim in collect(store).claims}


def answer(tmp_path, written, gap, *, datasets=(LARGE,), n_val=200):
    """The verdict on a declared claim of cnn against svm, where cnn is better by this gap."""
    methods = (SIDES[0], Method("cnn", "deep", 0.80 + gap))
    return claims(tmp_path, methods, datasets, [written])[written.name]


def test_the_claims_of_the_study_come_first_and_every_built_in_one_is_there(tmp_path):
    written = (Claim("z", ("deep",), ("svm",)), Claim("a", ("cnn",), ("svm",)))
    found = list(claims(tmp_path, SIDES, (Data("breast"),), written))
    assert found == [
        "a",
        "z",
        "classical-is-slower",
        "hybrids-beat-both",
        "classical-ensembles-beat-single-models",
        "deep-ensembles-beat-single-models",
        "augmentation-helps",
    ]


@pytest.mark.parametrize(
    ("gap", "outcome", "words", "heading"),
    [
        (0.08, "supported", "cnn better, by more than the margin", "Supported"),
        (
            -0.08,
            "refuted",
            "svm better, by more than the margin",
            "Refuted: the best classical method is better",
        ),
        (0.0, "refuted", "equivalent within ±δ", "Refuted: equivalent within ±δ"),
    ],
)
def test_superiority(tmp_path, gap, outcome, words, heading):
    data = Data("breast", n_test=12000)
    found = answer(tmp_path, Claim("c", ("deep",), ("classical",)), gap, datasets=(data,))
    assert found.outcome == found.datasets[0].outcome == outcome
    assert words in found.datasets[0].heading
    assert found.heading == heading
    assert found.declared


def test_superiority_that_the_data_cannot_decide_is_not_substantiated(tmp_path):
    data = Data("breast", n_test=100)
    found = answer(tmp_path, Claim("c", ("deep",), ("classical",)), 0.0, datasets=(data,))
    assert found.outcome == found.datasets[0].outcome == "not-substantiated"


@pytest.mark.parametrize(
    ("gap", "outcome"), [(0.0, "supported"), (0.08, "supported"), (-0.08, "refuted")]
)
def test_non_inferiority(tmp_path, gap, outcome):
    data = Data("breast", n_test=12000)
    claim = Claim("c", ("cnn",), ("svm",), direction="non-inferiority")
    found = answer(tmp_path, claim, gap, datasets=(data,))
    assert found.outcome == found.datasets[0].outcome == outcome
    assert "Non-inferiority: 90 % interval [" in found.datasets[0].sentence


@pytest.mark.parametrize(
    ("gap", "outcome"), [(0.0, "supported"), (0.08, "refuted"), (-0.08, "refuted")]
)
def test_equivalence(tmp_path, gap, outcome):
    data = Data("breast", n_test=12000)
    claim = Claim("c", ("cnn",), ("svm",), direction="equivalence")
    found = answer(tmp_path, claim, gap, datasets=(data,))
    assert found.outcome == found.datasets[0].outcome == outcome


def test_a_claim_has_its_own_margin(tmp_path):
    data = Data("breast", n_test=12000)
    wide = Claim("wide", ("cnn",), ("svm",), direction="equivalence", margin=0.2)
    narrow = Claim("narrow", ("cnn",), ("svm",), direction="equivalence", margin=0.001)
    methods = (SIDES[0], Method("cnn", "deep", 0.85))
    found = claims(tmp_path, methods, (data,), (wide, narrow))
    assert found["wide"].outcome == "supported"
    assert found["narrow"].outcome == "refuted"
    assert found["wide"].margin == 0.2


def test_a_claim_is_asked_only_of_its_data_sets(tmp_path):
    datasets = (Data("a"), Data("b"))
    claim = Claim("c", ("cnn",), ("svm",), datasets=("b",))
    found = claims(tmp_path, SIDES, datasets, (claim,))["c"]
    assert [one.dataset for one in found.datasets] == ["b"]
    assert found.pooled_over == ("b",)


def test_a_claim_about_a_data_set_that_is_not_run_is_not_tested(tmp_path):
    claim = Claim("c", ("cnn",), ("svm",), datasets=("elsewhere",))
    found = claims(tmp_path, SIDES, (Data("a"),), (claim,))["c"]
    assert (found.outcome, found.sentence) == (
        "not-tested",
        "None of its data sets is in this study.",
    )


def test_the_best_on_validation_speaks_for_a_side(tmp_path):
    methods = (
        Method("bad", "classical", 0.6),
        Method("good", "classical", 0.9),
        Method("cnn", "deep", 0.75),
    )
    claim = Claim("c", ("deep",), ("bad", "good"))
    found = claims(tmp_path, methods, (Data("breast", n_val=2000),), (claim,))["c"]
    assert (found.datasets[0].pair.a, found.datasets[0].pair.b) == ("cnn", "good")


@pytest.mark.parametrize(
    ("claim", "methods", "reason"),
    [
        (Claim("c", ("hybrid",), ("svm",)), SIDES, "No hybrid method was run."),
        (Claim("c", ("knn",), ("svm",)), SIDES, "knn was not run."),
        (Claim("c", ("knn", "lda"), ("svm",)), SIDES, "None of knn, lda was run."),
        (
            Claim("c", ("mlp",), ("svm",)),
            (*SIDES, Method("mlp", "deep", fails=(None,))),
            "Every run of mlp failed.",
        ),
        (Claim("c", ("deep",), ("cnn", "svm")), (SIDES[1],), "cnn is the best of both sides."),
    ],
)
def test_a_claim_that_cannot_be_tested_says_why(tmp_path, claim, methods, reason):
    found = claims(tmp_path, methods, (Data("breast"),), (claim,))["c"]
    assert found.outcome == found.datasets[0].outcome == "not-tested"
    assert found.heading == "Not tested"
    assert found.sentence == reason
    assert found.effect is None


def test_too_few_cases_test_no_claim(tmp_path):
    claim = Claim("c", ("cnn",), ("svm",))
    found = claims(tmp_path, SIDES, (Data("breast", n_test=20),), (claim,))["c"]
    assert found.sentence == (
        "8 test cases of “malignant” cannot support a comparison (at least 10 are needed)."
    )


def test_a_broken_protocol_tests_no_claim(tmp_path):
    methods = (*SIDES, Method("rich", "deep", budget="full"))
    found = claims(tmp_path, methods, (Data("breast"),), (Claim("c", ("cnn",), ("svm",)),))["c"]
    assert found.outcome == "not-tested"
    assert found.sentence.startswith("The protocol was violated: ")


def test_what_limits_a_claim_ends_its_sentence(tmp_path):
    written = Claim("mine", ("cnn",), ("svm",))
    one = Data("breast", split="drawn here")
    store = flagged(
        results(tmp_path / "r", (one,), SIDES, claims=(written,)),
        breast=("test-None-000000", "test-None-000001"),
    )
    evidence = collect(store)
    told = next(claim for claim in evidence.claims if claim.name == "mine").datasets[0].sentence
    amber = {item.key for item in evidence.datasets[0].audit if item.colour == "amber"}
    assert {"patients", "split"} <= amber
    assert told.endswith(
        "Limits: patients not known, a single split, 2 near twins left out of the test cases."
    )
    known = Data("known", images_per_patient=2)
    store = results(tmp_path / "k", (known,), SIDES, claims=(written,))
    told = next(c for c in collect(store).claims if c.name == "mine").datasets[0].sentence
    assert "Limits" not in told


def test_a_claim_within_one_family_needs_no_other_family(tmp_path):
    methods = (SIDES[0], Method("forest", "classical", 0.7))
    found = claims(tmp_path, methods, written=[Claim("c", ("svm",), ("forest",))])["c"]
    assert found.outcome == "supported"


def test_holm_runs_over_the_data_sets_of_a_claim(tmp_path):
    datasets = tuple(Data(name, n_test=300) for name in "abc")
    claim = Claim("c", ("cnn",), ("svm",))
    found = claims(tmp_path, SIDES, datasets, (claim,))["c"]
    raw = [one.pair.superiority.p for one in found.datasets]
    smallest = min(found.datasets, key=lambda one: one.pair.superiority.p)
    assert smallest.pair.superiority.p_holm == pytest.approx(min(1, 3 * min(raw)))


def test_data_sets_that_contradict_each_other_make_a_claim_mixed(tmp_path):
    datasets = tuple(Data(name, n_test=3000) for name in "abcd")
    deep = {"a": 0.9, "b": 0.7, "c": 0.9, "d": 0.7}
    methods = (SIDES[0], Method("cnn", "deep", deep))
    for direction in ("superiority", "non-inferiority", "equivalence"):
        claim = Claim(direction, ("cnn",), ("svm",), direction=direction)
        found = claims(tmp_path / direction, methods, datasets, (claim,))[direction]
        expected = "not-substantiated" if direction == "equivalence" else "mixed"
        assert found.outcome == expected, direction


def test_generated_images_do_not_count_beside_real_ones(tmp_path):
    datasets = (
        Data("phantom", n_test=3000, generated=True),
        Data("real", n_test=3000),
    )
    methods = (SIDES[0], Method("cnn", "deep", {"phantom": 0.95, "real": 0.7}))
    found = claims(tmp_path, methods, datasets, (Claim("c", ("cnn",), ("svm",)),))["c"]
    assert found.pooled_over == ("real",)
    assert found.outcome == "refuted"
    assert len(found.datasets) == 2


@pytest.mark.parametrize(
    ("hybrid", "n", "outcome", "against"),
    [
        (0.90, 3000, "supported", None),
        (0.83, 300, "not-substantiated", "cnn"),
        (0.70, 3000, "refuted", "cnn"),
    ],
)
def test_hybrids_must_beat_both_and_the_harder_side_decides(tmp_path, hybrid, n, outcome, against):
    methods = (
        Method("svm", "classical", 0.75),
        Method("cnn", "deep", 0.83),
        Method("cnn-svm", "hybrid", hybrid),
    )
    data = Data("breast", n_test=n)
    found = claims(tmp_path, methods, (data,))["hybrids-beat-both"]
    assert found.outcome == outcome
    if against:
        assert found.datasets[0].pair.b == against


def test_hybrids_without_a_deep_method_are_not_tested(tmp_path):
    methods = (SIDES[0], Method("cnn-svm", "hybrid", 0.9))
    found = claims(tmp_path, methods, (Data("breast"),))["hybrids-beat-both"]
    assert found.sentence == "No deep method was run."


@pytest.mark.parametrize(("forest", "outcome"), [(0.9, "supported"), (0.7, "refuted")])
def test_ensembles_against_single_models_of_their_family(tmp_path, forest, outcome):
    methods = (*SIDES, Method("random-forest", "classical", forest))
    found = claims(tmp_path, methods)["classical-ensembles-beat-single-models"]
    assert found.outcome == outcome
    assert (found.datasets[0].pair.a, found.datasets[0].pair.b) == ("random-forest", "svm")


def test_ensembles_without_single_models_are_not_tested(tmp_path):
    methods = (Method("xgboost", "classical"), SIDES[1])
    found = claims(tmp_path, methods, (Data("breast"),))
    classical = found["classical-ensembles-beat-single-models"]
    deep = found["deep-ensembles-beat-single-models"]
    assert classical.sentence == "No single classical model was run."
    assert deep.sentence == "No deep ensemble was run."


@pytest.mark.parametrize(("plain", "outcome"), [(0.72, "supported"), (0.88, "refuted")])
def test_augmentation_is_judged_on_the_same_network_without_it(tmp_path, plain, outcome):
    methods = (*SIDES, Method("cnn-no-augmentation", "deep", plain))
    found = claims(tmp_path, methods)["augmentation-helps"]
    assert found.outcome == outcome
    assert (found.datasets[0].pair.a, found.datasets[0].pair.b) == ("cnn", "cnn-no-augmentation")


def test_augmentation_without_its_twin_is_not_tested(tmp_path):
    methods = (*SIDES, Method("vit-no-augmentation", "deep"))
    found = claims(tmp_path, methods, (Data("breast"),))["augmentation-helps"]
    assert found.sentence == "No method was run both as X and as X-no-augmentation."


def test_claims_are_judged_over_folds_too(tmp_path):
    data = Data("breast", n_test=400)
    methods = (Method("svm", "classical", 0.7), Method("cnn", "deep", 0.9))
    found = claims(tmp_path, methods, (data,), (Claim("c", ("cnn",), ("svm",)),), folds=5)["c"]
    assert found.outcome == "supported"
    assert "LeDell" in found.datasets[0].pair.test


def test_with_folds_every_method_that_stands_for_a_side_is_named(tmp_path):
    data = Data("breast", n_test=400)
    nets = tuple(Method(f"net-{i}", "deep", 0.85) for i in range(3))
    claim = Claim("c", ("deep",), ("svm",))
    found = claims(tmp_path, (SIDES[0], *nets), (data,), (claim,), folds=5)["c"].datasets[0]
    assert found.stands_for_a.count("folds)") == 1
    assert found.stands_for_a.count("net-") > 1  # else the test does not ask what it is to ask
    assert found.stands_for_b == "svm"
    assert found.sentence.startswith(f"{found.stands_for_a} against svm: ")


def test_the_seeds_of_a_speaker_of_several_count_for_more_than_of_one_that_is_named(tmp_path):
    nets = [Method(f"net-{i}", "deep", 0.7, stochastic=True, seed_sd=0.02) for i in range(3)]
    best = Method("cnn", "deep", 0.88, stochastic=True, seed_sd=0.02)
    written = (Claim("named", ("cnn",), ("svm",)), Claim("best", ("deep",), ("svm",)))
    found = claims(tmp_path, (SIDES[0], best, *nets), (LARGE,), written)
    named, chosen = (found[name].datasets[0].pair for name in ("named", "best"))
    assert (named.a, named.b) == (chosen.a, chosen.b)
    assert chosen.difference.low < named.difference.low - 0.001
    assert chosen.difference.high == pytest.approx(named.difference.high)


@dataclass(frozen=True)
class Known:
    """Two AUCs whose difference has a known error."""

    difference: Difference
    measure = "auc"

    def value(self, method):
        return Estimate(0.8 + (self.difference.d if method == "a" else 0))

    def tested(self, pairs, n_candidates=None):
        return [Tested(self.difference, self.difference.p(), "z") for _ in pairs]

    def model(self, a, b, n_candidates=None):
        return None


@dataclass(frozen=True)
class Told:
    """Two methods of which nothing but the difference is known."""

    difference: Difference
    measure = "auc"

    def value(self, method):
        return Estimate(0.8 + (self.difference.d if method == "a" else 0.0))

    def tested(self, pairs, n_candidates=None):
        return [Tested(self.difference, self.difference.p(), "z")]


def pair(d: float, se: float) -> PairTest:
    told = Told(Difference(d, se))
    (found,) = pair_tests(told, [("a", "b")], margin=0.02, alpha=0.05, n_cases=100, prospects=False)
    return found


@pytest.mark.parametrize(
    ("d", "se", "superior", "not_inferior", "equivalent"),
    [
        (0.05, 0.01, "supported", "supported", "refuted"),
        (0.03, 0.01, "supported", "supported", "not-substantiated"),
        (0.01, 0.003, "supported", "supported", "supported"),
        (0.0, 0.003, "refuted", "supported", "supported"),
        (0.01, 0.015, "not-substantiated", "supported", "not-substantiated"),
        (0.0, 0.05, "not-substantiated", "not-substantiated", "not-substantiated"),
        (-0.01, 0.003, "refuted", "supported", "supported"),
        (-0.03, 0.01, "refuted", "not-substantiated", "not-substantiated"),
        (-0.05, 0.01, "refuted", "refuted", "refuted"),
    ],
)
def test_every_direction_by_hand(d, se, superior, not_inferior, equivalent):
    found = pair(d, se)
    assert outcome_of(found, "superiority") == superior
    assert outcome_of(found, "non-inferiority") == not_inferior
    assert outcome_of(found, "equivalence") == equivalent


def test_holm_over_pairs_is_holm_of_each_test():
    pairs = corrected([pair(0.022, 0.01), pair(0.05, 0.01), pair(0.0, 0.01)])
    assert pairs[1].superiority.p_holm == pytest.approx(3 * pairs[1].superiority.p)
    assert pairs[0].superiority.p_holm == pytest.approx(2 * pairs[0].superiority.p)
    assert pairs[2].superiority.p_holm == pairs[2].superiority.p
    alone = pair(0.022, 0.01)
    assert corrected([alone]) == [alone]
    assert replace(pairs[0], superiority=replace(pairs[0].superiority, p_holm=0)) != alone


def test_swapping_the_sides_of_a_claim_negates_it(tmp_path):
    methods = (SIDES[0], Method("cnn", "deep", 0.88))
    written = (Claim("one", ("cnn",), ("svm",)), Claim("other", ("svm",), ("cnn",)))
    found = claims(tmp_path, methods, (LARGE,), written)
    one, other = found["one"].datasets[0], found["other"].datasets[0]
    assert other.pair.difference.value == -one.pair.difference.value
    assert other.pair.superiority.p == one.pair.superiority.p
    assert (one.outcome, other.outcome) == ("supported", "refuted")


RATES = ("balanced-accuracy", "accuracy", "sensitivity", "specificity", "f1", "mcc")
LOSSES = ("brier", "log-loss")


@pytest.mark.parametrize(
    ("measure", "patients"),
    [*((measure, 0) for measure in (*RATES, *LOSSES)), ("balanced-accuracy", 4), ("brier", 4)],
)
def test_a_claim_may_be_about_any_measure(tmp_path, measure, patients):
    methods = (Method("svm", "classical", 0.55), Method("cnn", "deep", 0.98, True, 0.01))
    data = Data("breast", n_val=400, n_test=600, images_per_patient=patients)
    written = (
        Claim("better", ("cnn",), ("svm",), metric=measure),
        Claim("worse", ("svm",), ("cnn",), metric=measure),
    )
    found = claims(tmp_path, methods, (data,), written)
    better, worse = found["better"].datasets[0], found["worse"].datasets[0]
    assert (better.outcome, worse.outcome) == ("supported", "refuted")
    assert found["better"].outcome == "supported"
    assert found["better"].measure == measure
    assert worse.pair.difference.value == pytest.approx(-better.pair.difference.value)
    assert worse.pair.superiority.p == pytest.approx(better.pair.superiority.p)
    assert worse.pair.difference.low == pytest.approx(-better.pair.difference.high)
    assert better.pair.se_seeds > 0
    assert ("patients" in better.pair.test) == (patients > 0)
    name = NAMES[measure]
    assert name in found["better"].text
    for sentence in (found["better"].sentence, better.sentence):
        assert symbol(measure).lower() in sentence.lower()
        assert "ΔAUC" not in sentence


@pytest.mark.parametrize("measure", RATES)
def test_the_difference_of_a_rate_is_that_of_the_table_of_methods(tmp_path, measure):
    claim = Claim("c", ("cnn",), ("svm",), metric=measure)
    methods = (SIDES[0], Method("cnn", "deep", 0.9, True, 0.01))
    store = results(tmp_path / "r", (Data("breast"),), methods, claims=(claim,))
    evidence = collect(store)
    pair = evidence.claims[0].datasets[0].pair
    shown = [
        getattr(evidence.datasets[0].method(name).operating, measure.replace("-", "_")).value
        for name in ("cnn", "svm")
    ]
    assert (pair.value_a.value, pair.value_b.value) == pytest.approx(shown)
    assert pair.difference.value == pytest.approx(shown[0] - shown[1])


@pytest.mark.parametrize("folds", [0, 3])
@pytest.mark.parametrize("measure", LOSSES)
def test_a_loss_is_shown_as_it_is_and_its_difference_favours_who_has_less(tmp_path, measure, folds):
    claim = Claim("c", ("cnn",), ("svm",), metric=measure)
    methods = (Method("svm", "classical", 0.6), Method("cnn", "deep", 0.95))
    evidence = collect(
        results(tmp_path / "r", (Data("breast"),), methods, claims=(claim,), folds=folds)
    )
    pair = evidence.claims[0].datasets[0].pair
    stored = [evidence.datasets[0].method(name).probabilities.stored for name in ("cnn", "svm")]
    shown = [own.brier.value if measure == "brier" else own.log_loss for own in stored]
    assert pair.measure == measure
    assert (pair.value_a.value, pair.value_b.value) == pytest.approx(shown)
    assert pair.difference.value == pytest.approx(shown[1] - shown[0])
    assert pair.difference.value > 0


def test_brier_scores_of_two_and_of_three_classes_are_pooled_on_one_scale(tmp_path):
    claim = Claim("c", ("cnn",), ("svm",), metric="brier")
    methods = (Method("svm", "classical", 0.7), Method("cnn", "deep", 0.9))
    both = (Data("breast"), Data("derm", shares=(0.4, 0.3, 0.3)))
    evidence = collect(results(tmp_path / "r", both, methods, claims=(claim,)))
    (found,) = (one for one in evidence.claims if one.name == "c")
    for one in found.datasets:
        data = evidence.dataset(one.dataset)
        twice = 1 if data.card.positive is not None else 2  # what the whole sum counts
        for name, value in zip(("cnn", "svm"), (one.pair.value_a, one.pair.value_b), strict=True):
            shown = data.method(name).probabilities.stored.brier.value
            assert value.value == pytest.approx(shown / twice)
    assert found.pooled_over == ("breast", "derm")
    table = overall_table([found])
    assert any("half the sum over the classes" in note for note in table.notes)


def test_what_is_compared_is_named_beside_its_values(tmp_path):
    evidence = collect(results(tmp_path / "r"))
    table = json.loads(as_json(evidence))["datasets"][0]["comparison"]["pair"]
    assert table["measure"] == "auc"
    assert table["value_a"]["value"] == evidence.datasets[0].comparison.pair.value_a.value
    assert not [key for key in table if key.startswith("auc")]


@pytest.mark.parametrize("measure", ["balanced-accuracy", "brier"])
def test_a_measure_of_several_classes_and_of_folds_can_be_claimed(tmp_path, measure):
    methods = (Method("svm", "classical", 0.7), Method("cnn", "deep", 0.93))
    claim = Claim("c", ("cnn",), ("svm",), metric=measure)
    data = Data("derm", n_test=600, shares=(0.5, 0.3, 0.2))
    assert claims(tmp_path / "a", methods, (data,), (claim,))["c"].outcome == "supported"
    folds = claims(tmp_path / "b", methods, (Data("breast"),), (claim,), folds=5)["c"]
    assert folds.outcome == "supported"
    further = ", with further cases (Bonett and Price)" if measure == "balanced-accuracy" else ""
    assert folds.datasets[0].pair.test == (
        f"t of the linearised measure, mean over folds, with overlapping training parts{further}, "
        "and paired bootstrap of cases, the wider"
    )


def test_equivalence_of_a_measure_is_tested_against_its_own_margin(tmp_path):
    data = Data("breast", n_test=6000)
    written = [
        Claim(f"{direction}-{margin}", ("cnn",), ("svm",), metric="sensitivity", margin=margin,
              direction=direction)
        for direction in ("equivalence", "non-inferiority") for margin in (0.2, 0.0005)
    ]  # fmt: skip
    found = claims(tmp_path, SIDES, (data,), written)
    assert found["equivalence-0.2"].outcome == found["non-inferiority-0.2"].outcome == "supported"
    assert found["equivalence-0.0005"].outcome != "supported"


def test_identical_predictions_differ_in_no_measure_and_equal_decisions_may(tmp_path):
    same = (Method("svm", "classical", constant=True), Method("cnn", "deep", constant=True))
    claim = Claim("c", ("cnn",), ("svm",), metric="accuracy", direction="equivalence")
    pair = claims(tmp_path, same, (Data("breast"),), (claim,))["c"].datasets[0].pair
    assert (pair.superiority.p, pair.difference.value) == (1.0, 0.0)
    assert pair.test == "least error of so many cases (identical predictions)"
    assert pair.difference.low < 0 < pair.difference.high
    perfect = (Method("svm", "classical", 0.99999999), Method("cnn", "deep", 0.999999999))
    data = Data("breast", n_test=60)
    pair = claims(tmp_path / "p", perfect, (data,), (claim,))["c"].datasets[0].pair
    assert pair.difference.value == 0
    assert pair.difference.low < 0 < pair.difference.high
    assert pair.superiority.p == 1
    assert pair.equivalence.p > 0.05


def test_the_interval_of_a_measure_and_its_test_agree(tmp_path):
    for n in (60, 200, 700):
        methods = (SIDES[0], Method("cnn", "deep", 0.88))
        written = [Claim(m, ("cnn",), ("svm",), metric=m) for m in (*RATES, *LOSSES)]
        data = Data("breast", n_test=n)
        found = claims(tmp_path / str(n), methods, (data,), written)
        for claim in written:
            pair = found[claim.name].datasets[0].pair
            low, high = pair.difference.low, pair.difference.high
            assert low <= pair.difference.value <= high
            assert (pair.superiority.p < 0.05) == (low > 0 or high < 0), claim.name
            assert 0 <= pair.superiority.p <= 1
            for cases in (pair.cases_for_difference, pair.cases_for_interval):
                assert cases is None or cases > 0


@pytest.mark.slow
def test_a_generated_data_set_beside_it_does_not_weaken_a_claim_on_the_real_one(tmp_path):
    methods = (
        Method("svm", "classical", 0.8),
        Method("cnn", "deep", 0.85),
    )
    claim = Claim("deep-wins", ("deep",), ("classical",))
    found = []
    for n, datasets in enumerate(
        ((Data("breast"),), (Data("breast"), Data("phantom", generated=True)))
    ):
        evidence = collect(results(tmp_path / str(n), datasets, methods, claims=(claim,)))
        each = next(one for one in evidence.claims if one.name == "deep-wins").datasets
        found.append(next(one for one in each if one.dataset == "breast").pair)
    assert found[0].superiority.p_holm == found[1].superiority.p_holm == found[1].superiority.p
