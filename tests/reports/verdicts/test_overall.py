"""The answer over several data sets."""

from dataclasses import replace

import pytest

from reports.collect import collect
from reports.document.blocks import Bullets
from reports.document.sections.answer import answer as section
from reports.verdicts.overall import overall, pool
from tests.reports.simulated import Data, Method, results


def answer(tmp_path, gaps, *, sources=None, n_test=2000, **options):
    """The overall verdict where deep is better by these gaps, one data set each."""
    names = [f"set-{number}" for number in range(len(gaps))]
    sources = sources or ["Simulated tissue"] * len(gaps)
    datasets = tuple(
        Data(name, n_test=n_test, source=source, generated=source.startswith("generated"))
        for name, source in zip(names, sources, strict=True)
    )
    deep = {name: 0.8 + gap for name, gap in zip(names, gaps, strict=True)}
    methods = (Method("svm", "classical", 0.8), Method("cnn", "deep", deep))
    return collect(results(tmp_path / "r", datasets, methods, **options))


def test_supported_when_most_say_so_and_none_the_opposite(tmp_path):
    found = answer(tmp_path, [0.08] * 6).overall
    assert found.rule == "supported"
    assert found.deep_better == 6
    assert found.pooled.effect.low > 0
    assert found.caveats == ()
    assert "6 data sets: 6 deep better." in found.sentence


def test_refuted_when_classical_is_better(tmp_path):
    found = answer(tmp_path, [-0.08] * 6).overall
    assert found.rule == "refuted"
    assert "worse than classical" in found.sentence


def test_refuted_when_both_are_equivalent(tmp_path):
    found = answer(tmp_path, [0.0] * 6, n_test=8000).overall
    assert found.rule == "refuted"
    assert "equivalent within ±δ" in found.sentence


def test_mixed_when_verdicts_conflict(tmp_path):
    found = answer(tmp_path, [0.1, -0.1, 0.1, -0.1, 0.1, -0.1]).overall
    assert found.rule == "mixed"
    assert (found.deep_better, found.classical_better) == (3, 3)
    assert found.pooled.tau > 0.05


def test_not_substantiated_otherwise_and_never_without_an_interval(tmp_path):
    found = answer(tmp_path, [0.0] * 6, n_test=100).overall
    assert found.rule == "not-substantiated"
    assert "[" in found.sentence


def test_fewer_than_six_data_sets_allow_no_inference_beyond_them(tmp_path):
    found = answer(tmp_path, [0.08] * 3).overall
    assert any("no inference beyond these data sets" in caveat for caveat in found.caveats)


def test_generated_data_alone_say_nothing_of_medical_images(tmp_path):
    found = answer(tmp_path, [0.08, 0.08], sources=["generated: noise"] * 2).overall
    assert found.pooled_over == "generated"
    assert any("nothing about medical images" in caveat for caveat in found.caveats)


def test_only_real_data_are_pooled_where_there_are_any(tmp_path):
    sources = ["generated: noise", "Simulated tissue", "generated: noise"]
    evidence = answer(tmp_path, [0.1, -0.1, 0.1], sources=sources)
    found = evidence.overall
    assert found.pooled_over == "real"
    assert found.pooled.datasets == ("set-1",)
    assert found.counted == 1
    assert found.rule == "refuted"
    assert any("Only real images count" in caveat for caveat in found.caveats)
    assert [data.generated for data in evidence.datasets] == [False, True, True]


def test_one_data_set_keeps_its_own_numbers(tmp_path):
    evidence = answer(tmp_path, [0.08])
    c, pooled = evidence.datasets[0].comparison, evidence.overall.pooled
    assert (pooled.effect.low, pooled.effect.high) == (
        c.pair.difference.low,
        c.pair.difference.high,
    )
    assert pooled.p == c.pair.superiority.p
    assert pooled.prediction_low is None


def test_data_sets_without_a_verdict_are_named_and_not_pooled(tmp_path):
    datasets = (Data("large", n_test=1000), Data("tiny", n_test=12))
    methods = (Method("svm", "classical", 0.75), Method("cnn", "deep", 0.9))
    found = collect(results(tmp_path / "r", datasets, methods)).overall
    assert found.pooled.datasets == ("large",)
    assert found.no_verdict == 1
    assert any("tiny" in caveat for caveat in found.caveats)


def test_the_tally_adds_up(tmp_path):
    found = answer(tmp_path, [0.1, -0.1, 0.0, 0.02], n_test=500).overall
    counts = (found.deep_better, found.classical_better, found.equivalent)
    assert sum(counts) + found.no_difference + found.no_verdict == found.counted == 4


def test_swapping_the_sides_negates_the_pool(tmp_path):
    comparisons = [
        (data.card.name, data.comparison.pair)
        for data in answer(tmp_path, [0.1, 0.02, -0.03]).datasets
    ]
    swapped = [
        (
            name,
            replace(
                c,
                difference=replace(
                    c.difference,
                    value=-c.difference.value,
                    low=-c.difference.high,
                    high=-c.difference.low,
                ),
            ),
        )
        for name, c in comparisons
    ]
    one = pool(comparisons, margin=0.02, alpha=0.05)
    other = pool(swapped, margin=0.02, alpha=0.05)
    assert other.effect.value == pytest.approx(-one.effect.value)
    assert other.effect.low == pytest.approx(-one.effect.high)
    assert other.p == pytest.approx(one.p)


def test_no_data_set_gives_no_verdict():
    found = overall([], margin=0.02, alpha=0.05)
    assert found.rule == "no-verdict"
    assert found.pooled_over == "none"


def test_a_pool_of_two_that_disagree_stays_within_what_a_difference_can_be(tmp_path):
    found = answer(tmp_path, [0.15, -0.3]).overall
    assert (found.pooled.effect.low, found.pooled.effect.high) == (-1.0, 1.0)


def test_where_no_champion_beats_a_control_it_is_said_first(tmp_path):
    methods = (
        Method("svm", "classical", 0.5),
        Method("cnn", "deep", 0.5),
        Method("brightness", "control", 0.5),
    )
    found = collect(results(tmp_path / "r", (Data("noise"), Data("dust")), methods)).overall
    assert found.caveats[-1].endswith("that anything was learnt: dust, noise.")
    methods = (*methods[:2], Method("brightness", "control", 0.5), Method("net", "deep", 0.9))
    found = collect(results(tmp_path / "s", (Data("noise"),), methods)).overall
    assert not any("anything was learnt" in caveat for caveat in found.caveats)


def test_folds_that_agree_exactly_are_no_proof_of_equivalence(tmp_path):
    methods = (Method("svm", "classical", 1 - 1e-12), Method("cnn", "deep", 1 - 1e-12))
    data = collect(results(tmp_path / "r", (Data("easy", 40, 40),), methods, folds=5)).datasets[0]
    pair = data.comparison.pair
    assert (pair.value_a.value, pair.value_b.value) == (1.0, 1.0)
    assert (pair.difference.low, pair.difference.high) == (-1.0, 1.0)
    assert (data.verdict.rule, pair.superiority.p) == ("inconclusive", 1.0)
    assert (data.method("svm").auc.low, data.method("svm").auc.high) == (0.0, 1.0)


def test_a_short_budget_is_said_beside_the_answer(tmp_path):
    evidence = answer(tmp_path, [0.08])
    short = replace(evidence.entry, study=replace(evidence.entry.study, budget="quick"))
    told = [
        [str(block) for block in section(found, {"set-0": "set-0"}) if isinstance(block, Bullets)]
        for found in (evidence, replace(evidence, entry=short))
    ]
    assert "networks above all do better" not in str(told[0])
    assert "networks above all do better" in str(told[1])
