"""The answer over several data sets, from stored runs to its sentence."""

import re
from dataclasses import replace

import pytest

from bench.cli.main import run_command
from reports.collect import collect
from reports.document.blocks import Bullets
from reports.document.sections.answer import answer as section
from reports.verdicts.ladder import Decision
from reports.verdicts.overall import overall
from reports.verdicts.overall_rule import OverallDecision
from reports.verdicts.overall_wording import overall_sentence
from tests.reports.page import Page
from tests.reports.pdf_text import pages, squeezed
from tests.reports.simulated import Data, Method, results

pytestmark = pytest.mark.slow


def store(tmp_path, gaps, *, sources=None, n_test=2000, ideal=False, **options):
    """Results in which deep is better by these gaps, one data set each."""
    names = [f"set-{number}" for number in range(len(gaps))]
    sources = sources or ["Simulated tissue"] * len(gaps)
    datasets = tuple(
        Data(
            name,
            n_test=n_test,
            source=source,
            generated=source.startswith("generated"),
            ideal=ideal,
        )
        for name, source in zip(names, sources, strict=True)
    )
    deep = {name: 0.8 + gap for name, gap in zip(names, gaps, strict=True)}
    methods = (Method("svm", "classical", 0.8), Method("cnn", "deep", deep))
    return results(tmp_path / "r", datasets, methods, **options)


def answer(tmp_path, gaps, **options):
    """What is said of them."""
    return collect(store(tmp_path, gaps, **options))


def of_origin(stored, **origins):
    """The same results, with these origins of data sets declared."""
    for name, origin in origins.items():
        name = name.replace("_", "-")
        stored.write_card(replace(stored.card(name), origin=origin))
    return stored


def test_supported_when_the_mean_is_better_and_no_data_set_says_the_opposite(tmp_path):
    found = answer(tmp_path, [0.08] * 6).overall
    assert found.rule == "supported"
    assert found.heading == "Supported, by more than the margin"
    assert found.deep_better == 6
    assert found.mean.effect.low > 0.02
    assert "6 data sets: 6 deep better." in found.sentence


@pytest.mark.parametrize("n", [1, 2, 3])
def test_a_data_set_that_agrees_leaves_the_answer_standing(tmp_path, n):
    found = answer(tmp_path, [0.1] * n, n_test=1000).overall
    assert found.rule == "supported"
    assert len(found.mean.datasets) == n
    width = found.mean.effect.high - found.mean.effect.low
    assert width < 0.07 / n**0.5


def test_single_data_sets_need_not_be_significant_by_themselves(tmp_path):
    evidence = answer(tmp_path, [0.035] * 6, n_test=600)
    assert evidence.overall.rule == "supported"
    assert evidence.overall.deep_better < 4


def test_refuted_when_classical_is_better_says_who_is_better(tmp_path):
    found = answer(tmp_path, [-0.08] * 6).overall
    assert found.rule == "classical-better"
    assert found.heading == "Refuted: classical better, by more than the margin"
    assert "worse than classical" in found.sentence


def test_equivalence_is_no_advantage_and_refutes_nobody(tmp_path):
    found = answer(tmp_path, [0.0] * 6, n_test=8000).overall
    assert found.rule == "no-advantage"
    assert found.heading == "No advantage: equivalent within ±δ"
    low, high = found.mean.equivalence.low, found.mean.equivalence.high
    assert -0.02 < low < high < 0.02
    assert f"{found.mean.equivalence.level:.0%}".replace("%", " %") in found.sentence
    assert re.search(r"90 % interval \[[+−]0\.\d+, [+−]0\.\d+\] lies within ±δ", found.sentence)


def test_an_equivalent_mean_that_a_set_contradicts_says_so_beside_the_equivalence(tmp_path):
    mean = answer(tmp_path, [0.012] * 6, n_test=8000).overall.mean
    shown = Decision("better-but-equivalent", "a", ("a", "b"), (0.95, 0.9), "better-but-equivalent")
    sentence = overall_sentence(OverallDecision("no-advantage", shown), mean, "Tally.")
    assert sentence.startswith("On these images both are equivalent within ±δ: mean ΔAUC")
    assert "The mean difference favours deep learning, mean ΔAUC +0.01" in sentence
    assert sentence.endswith("on a data set classical learning is shown to be better. Tally.")


def test_mixed_when_verdicts_conflict(tmp_path):
    found = answer(tmp_path, [0.1, -0.1, 0.1, -0.1, 0.1, -0.1]).overall
    assert found.rule == "mixed"
    assert (found.deep_better, found.classical_better) == (3, 3)
    assert found.further.tau > 0.05


def test_eleven_equal_sets_and_one_beyond_the_margin_are_mixed_and_not_equivalent(tmp_path):
    found = answer(tmp_path, [*[0.0] * 11, 0.06], n_test=4000).overall
    assert found.rule == "mixed"
    assert "a difference beyond the margin is shown" in found.sentence


def test_not_substantiated_says_what_could_have_been_found(tmp_path):
    found = answer(tmp_path, [0.0] * 6, n_test=100).overall
    assert found.rule == "not-substantiated"
    assert "[" in found.sentence
    assert f"80 % of repetitions is {found.mean.minimum_detectable:.3f}" in found.sentence


def test_fewer_than_six_data_sets_allow_no_inference_beyond_them(tmp_path):
    found = answer(tmp_path, [0.08] * 3).overall
    assert found.further is None
    assert any("no inference beyond these data sets" in caveat for caveat in found.caveats)


def test_what_a_further_data_set_would_show_is_a_sentence_of_its_own(tmp_path):
    found = answer(tmp_path, [0.08, 0.02, 0.12, 0.05, 0.1, 0.07]).overall
    assert found.rule == "supported"
    assert found.further.prediction_low < found.mean.effect.low
    (told,) = [caveat for caveat in found.caveats if "further" in caveat]
    assert "with 95 % probability" in told
    assert "further" not in found.sentence


def test_data_sets_of_one_origin_count_once(tmp_path):
    stored = store(tmp_path, [0.05] * 3, n_test=800)
    apart = collect(stored).overall
    together = collect(of_origin(stored, set_0="BUSI", set_1="BUSI", set_2="BUSI")).overall
    assert (apart.mean.n_sources, together.mean.n_sources) == (3, 1)
    widths = [f.mean.effect.high - f.mean.effect.low for f in (apart, together)]
    assert widths[1] > 1.6 * widths[0]
    assert any(
        caveat.startswith("set-0, set-1, set-2 show the same photographs")
        for caveat in together.caveats
    )


def test_data_sets_hang_together_by_twins_also_through_a_third(tmp_path):
    stored = store(tmp_path, [0.05] * 4)
    stored.write_card(replace(stored.card("set-1"), shares_images_with=("set-0", "set-2")))
    assert collect(stored).overall.mean.sources == ("set-0", "set-0", "set-0", "set-3")


def test_six_data_sets_of_three_origins_say_nothing_of_further_ones(tmp_path):
    stored = store(tmp_path, [0.05] * 6)
    evidence = collect(
        of_origin(stored, set_0="a", set_1="a", set_2="b", set_3="b", set_4="c", set_5="c")
    )
    assert evidence.overall.further is None
    assert (evidence.many.n_sources, evidence.many.sides, evidence.many.pairs) == (3, None, ())
    assert any("Fewer than 6 sources" in caveat for caveat in evidence.overall.caveats)


def test_generated_data_alone_are_a_self_check(tmp_path):
    found = answer(tmp_path, [0.08, 0.08], sources=["generated: noise"] * 2, ideal=True).overall
    assert found.over == "generated"
    assert found.rule == "self-check"
    assert found.heading == "Self-check: 2 of 2 known answers found"
    assert (found.answers_found, found.answers_known) == (2, 2)
    assert found.mean is None
    assert any("nothing about medical images" in caveat for caveat in found.caveats)


@pytest.mark.parametrize("ideal", [True, False])
def test_a_self_check_says_in_terminal_page_and_pdf_what_to_do_next(tmp_path, ideal, capsys):
    stored = store(
        tmp_path, [0.08, 0.08], sources=["generated: noise"] * 2, ideal=ideal, n_test=200
    )
    assert run_command(["report", str(stored.root)]) == 0
    heading = "Self-check: 2 of 2 known answers found" if ideal else "No verdict"
    terminal = capsys.readouterr().out
    page = Page((stored.root / "report" / "index.html").read_text(encoding="utf-8")).text
    paper = " ".join(pages((stored.root / "report" / "report.pdf").read_bytes()))
    for shown in (terminal, page, paper):
        whole = squeezed(shown)
        assert squeezed(heading) in whole
        assert squeezed("What to do next: put your own images into a folder") in whole
        assert squeezed("python -m bench data check FOLDER") in whole
        assert squeezed("python -m bench run --data FOLDER") in whole


def test_real_images_are_told_nothing_of_what_to_do_next(tmp_path):
    assert "What to do next" not in answer(tmp_path, [0.08]).overall.sentence


def test_a_known_answer_is_missed_where_nothing_beats_chance_or_noise_has_a_winner(tmp_path):
    stored = store(tmp_path, [0.08, 0.08], sources=["generated: noise"] * 2, ideal=True)
    stored.write_card(replace(stored.card("set-0"), ideal_auc=0.5))
    assert collect(stored).overall.heading == "Self-check: 1 of 2 known answers found"
    stored.write_card(replace(stored.card("set-0"), ideal_auc=0.6))
    assert collect(stored).overall.heading == "Self-check: 1 of 2 known answers found"


def test_generated_data_without_a_known_answer_answer_nothing(tmp_path):
    found = answer(tmp_path, [0.08], sources=["generated: noise"]).overall
    assert (found.rule, found.heading) == ("no-verdict", "No verdict")


def test_only_real_data_count_where_there_are_any(tmp_path):
    sources = ["generated: noise", "Simulated tissue", "generated: noise"]
    evidence = answer(tmp_path, [0.1, -0.1, 0.1], sources=sources)
    found = evidence.overall
    assert found.over == "real"
    assert found.mean.datasets == ("set-1",)
    assert found.counted == 1
    assert found.rule == "classical-better"
    assert any("Only real images count" in caveat for caveat in found.caveats)
    assert [data.generated for data in evidence.datasets] == [False, True, True]


def test_one_data_set_keeps_its_own_numbers(tmp_path):
    evidence = answer(tmp_path, [0.08])
    c, mean = evidence.datasets[0].comparison, evidence.overall.mean
    assert mean.effect == c.pair.difference
    assert mean.superiority == c.pair.superiority
    assert mean.equivalence == c.pair.equivalence
    assert "mean" not in evidence.overall.sentence


def test_data_sets_without_a_verdict_are_named_and_do_not_count(tmp_path):
    datasets = (Data("large", n_test=1000), Data("tiny", n_test=12))
    methods = (Method("svm", "classical", 0.75), Method("cnn", "deep", 0.9))
    found = collect(results(tmp_path / "r", datasets, methods)).overall
    assert found.mean.datasets == ("large",)
    assert found.no_verdict == 1
    assert any("tiny" in caveat for caveat in found.caveats)


def test_the_tally_adds_up(tmp_path):
    found = answer(tmp_path, [0.1, -0.1, 0.0, 0.02], n_test=500).overall
    counts = (found.deep_better, found.classical_better, found.equivalent)
    assert sum(counts) + found.no_difference + found.no_verdict == found.counted == 4


def test_swapping_the_sides_mirrors_the_answer(tmp_path):
    names = ("set-0", "set-1", "set-2")
    datasets = tuple(Data(name, n_test=700) for name in names)
    auc = dict(zip(names, (0.9, 0.82, 0.84), strict=True))
    one, other = (
        collect(
            results(
                tmp_path / first,
                datasets,
                (Method("a", first, auc), Method("b", second, 0.8)),
            )
        ).overall
        for first, second in (("deep", "classical"), ("classical", "deep"))
    )
    assert (one.rule, other.rule) == ("supported", "classical-better")
    assert other.mean.effect.value == pytest.approx(-one.mean.effect.value)
    assert other.mean.effect.low == pytest.approx(-one.mean.effect.high)
    assert other.mean.superiority.p == pytest.approx(one.mean.superiority.p)
    assert other.mean_rule == one.mean_rule


def test_no_data_set_gives_no_verdict():
    found = overall([], margin=0.02, alpha=0.05)
    assert found.rule == "no-verdict"
    assert found.over == "none"


def test_where_no_champion_beats_a_control_it_is_said(tmp_path):
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
    assert pair.difference.low < -pair.margin < pair.margin < pair.difference.high
    assert (data.verdict.rule, pair.superiority.p) == ("inconclusive", 1.0)
    assert data.method("svm").auc.low < 1 - pair.margin
    assert data.method("svm").auc.high == 1.0


def test_a_short_budget_is_said_beside_the_answer(tmp_path):
    evidence = answer(tmp_path, [0.08])
    short = replace(evidence.entry, study=replace(evidence.entry.study, budget="quick"))
    told = [
        [str(block) for block in section(found, {"set-0": "set-0"}) if isinstance(block, Bullets)]
        for found in (evidence, replace(evidence, entry=short))
    ]
    assert "networks above all do better" not in str(told[0])
    assert "networks above all do better" in str(told[1])
