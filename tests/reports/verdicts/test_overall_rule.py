"""The answer over all data sets, from the mean of the differences and the ladder."""

import math

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from reports.statistics.contrast import Difference
from reports.statistics.multiplicity import holm
from reports.statistics.sources import mean_over_sources
from reports.verdicts.ladder import Decision, PValues, ladder
from reports.verdicts.overall_rule import overall_decision, self_check

MARGIN, ALPHA = 0.02, 0.05
WEAKEST_FIRST = ("inconclusive", "not-worse", "better", "better-but-equivalent",
                 "better-beyond-margin")  # fmt: skip

sets = st.lists(
    st.builds(
        Difference,
        st.floats(-0.15, 0.15),
        st.floats(2e-3, 0.06),
        st.just(0.0),
        st.one_of(st.just(math.inf), st.floats(9, 200)),
    ),
    min_size=1,
    max_size=6,
)


def p_values(found):
    below = found.p_below if hasattr(found, "p_below") else None
    worse = below(MARGIN) if below else found.mirrored().p_above(-MARGIN)
    return PValues(
        found.p(),
        found.p_equivalence(MARGIN),
        found.p_beyond(MARGIN),
        found.p_above(-MARGIN),
        worse,
    )


def decisions(differences):
    raw = [p_values(each) for each in differences]
    corrected = zip(
        holm([p.difference for p in raw]),
        holm([p.equivalence for p in raw]),
        holm([p.beyond for p in raw]),
        strict=True,
    )
    return [
        ladder(
            each, p, PValues(*adjusted, p.a_not_worse, p.b_not_worse), margin=MARGIN, alpha=ALPHA,
            smallest=50,
        )
        for each, p, adjusted in zip(differences, raw, corrected, strict=True)
    ]  # fmt: skip


def answer(differences, sources=None):
    mean = mean_over_sources(differences, sources)
    p = p_values(mean)
    return overall_decision(
        ladder(mean, p, p, margin=MARGIN, alpha=ALPHA),
        decisions(differences),
        equivalent=p.equivalence < ALPHA,
        n_sources=mean.n_sources,
    )


def test_one_set_is_supported_and_so_are_two_that_agree():
    one = Difference(0.100, 0.0148)
    assert answer([one]).rule == answer([one, one]).rule == "supported"


def test_sets_need_not_be_significant_by_themselves():
    weak = Difference(0.05, 0.03)
    assert answer([weak]).rule == "not-substantiated"
    assert answer([weak] * 4).rule == "supported"


@pytest.mark.parametrize("n_significant", [6, 12])
def test_a_small_precise_advantage_is_supported_however_many_sets_show_it(n_significant):
    clear, unclear = Difference(0.010, 0.001), Difference(0.010, 0.008)
    found = answer([clear] * n_significant + [unclear] * (12 - n_significant))
    assert found.rule == "supported"
    assert found.mean.rule == "better-but-equivalent"


@pytest.mark.parametrize("error", [0.002, 0.005, 0.01])
def test_one_set_beyond_the_margin_among_eleven_without_a_difference_is_mixed(error):
    found = answer([Difference(0.0, error)] * 11 + [Difference(0.08, 0.015)])
    assert (found.rule, found.contradiction) == ("mixed", "beyond-margin")


def test_sets_that_contradict_each_other_are_mixed():
    found = answer([Difference(0.1, 0.01), Difference(-0.1, 0.01)])
    assert (found.rule, found.contradiction) == ("mixed", "sides")


@pytest.mark.parametrize(
    ("d", "error", "rule"),
    [
        (0.1, 0.01, "supported"),
        (-0.1, 0.01, "classical-better"),
        (0.0, 0.008, "no-advantage"),
        (0.015, 0.01, "not-substantiated"),
        (0.0, 0.05, "not-substantiated"),
    ],
)
def test_every_answer_is_reached(d, error, rule):
    assert answer([Difference(d, error)]).rule == rule


def test_the_mean_alone_supports_nothing_where_a_set_says_the_opposite():
    found = answer([Difference(0.06, 0.02)] * 8 + [Difference(-0.1, 0.02)])
    assert found.mean.winner == "a"
    assert found.rule != "supported"


def test_without_a_verdict_on_any_set_there_is_no_answer():
    silent = Decision("too-few-cases", None, (), (), "too-few-cases")
    assert overall_decision(None, [silent], equivalent=False, n_sources=0).rule == "no-verdict"
    assert overall_decision(None, [], equivalent=False, n_sources=0).rule == "no-verdict"


def test_generated_data_are_a_self_check():
    assert self_check([True, False]).rule == "self-check"
    assert self_check([]).rule == "no-verdict"


@pytest.mark.parametrize(("n", "further"), [(5, False), (6, True)])
def test_six_sources_say_something_of_a_further_one(n, further):
    assert answer([Difference(0.1, 0.02)] * n).further is further
    assert not answer([Difference(0.1, 0.02)] * n, ["same"] * n).further


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(sets, st.floats(1, 20), st.floats(0, 0.05), st.booleans())
def test_an_agreeing_set_never_weakens_the_answer(differences, wider, further, same_source):
    """It lies at the mean or further out, is as sure as you like, and is shown to the same side."""
    before = answer(differences)
    mean = mean_over_sources(differences)
    assume(before.rule in ("supported", "classical-better"))
    assume(before.mean.rule != "better-but-equivalent" or further == 0)
    sign = 1 if before.rule == "supported" else -1
    added = Difference(mean.d + sign * further, mean.se * wider)
    sources = [str(i) for i in range(len(differences))]
    if same_source:
        # of the same images: it says no more than its twin, whatever that one says
        added, other = differences[0], sources[0]
    else:
        other = "new"
    after = answer([*differences, added], [*sources, other])
    grown = [each.rule for each in decisions([*differences, added])]
    contradicted = after.contradiction == "beyond-margin" and "better-beyond-margin" in grown
    if contradicted:  # two sets on either side of the margin do not agree
        assert before.mean.rule == "better"
        return
    assert after.rule == before.rule
    assert after.mean.rule in WEAKEST_FIRST[WEAKEST_FIRST.index("better") :]
    if before.mean.rule == "better-beyond-margin":
        assert after.mean.rule == "better-beyond-margin"


CONTRADICTED = [
    Difference(0.0625, 0.03125),
    *[Difference(0.0078125, 0.0078125)] * 2,
    Difference(-0.1484375, 0.0546875),
]


@settings(deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(sets)
@example(CONTRADICTED)
def test_a_set_that_repeats_an_equivalence_leaves_it(differences):
    before = answer(differences)
    assume(before.mean is not None and before.mean.rule == "equivalent")
    assume(before.rule == "no-advantage")
    mean = mean_over_sources(differences)
    after = answer([*differences, Difference(mean.d, mean.se)])
    assert after.rule in ("no-advantage", "supported", "classical-better")
    assert after.mean.rule in ("equivalent", "better-but-equivalent")


def test_a_small_mean_advantage_that_a_set_contradicts_is_no_advantage():
    mean = mean_over_sources(CONTRADICTED)
    found = answer([*CONTRADICTED, Difference(mean.d, mean.se)])
    assert (found.rule, found.mean.rule, found.mean.winner) == (
        "no-advantage", "better-but-equivalent", "a",
    )  # fmt: skip


@pytest.mark.slow
@settings(deadline=None)
@given(sets)
def test_swapping_the_sides_mirrors_the_answer(differences):
    mirrored = {"supported": "classical-better", "classical-better": "supported"}
    one, other = answer(differences), answer([each.mirrored() for each in differences])
    assert mirrored.get(one.rule, one.rule) == other.rule
    assert one.contradiction == other.contradiction


@settings(deadline=None)
@given(sets)
def test_the_answer_on_one_set_is_that_sets_verdict(differences):
    (verdict,) = decisions(differences[:1])
    assert answer(differences[:1]).mean.rule == verdict.rule
