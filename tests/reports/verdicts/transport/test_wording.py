"""No sentence about transport contradicts an interval that it shows, whatever the numbers."""

import math
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.evidence import Estimate, HypothesisTest, Interaction, Place, Transport
from reports.statistics.contrast import Difference
from reports.verdicts.transport.rule import ruled
from reports.verdicts.transport.wording import Words, corruptions, moved, sentences

ALPHA = 0.05
NUMBER = r"[+−]?\d\.\d{3,4}"
SHOWN = re.compile(rf"({NUMBER}) \[({NUMBER}), ({NUMBER})\]")


def number(text: str) -> float:
    return float(text.replace("−", "-").replace("+", ""))


def interval(d: Difference, level: float = 1 - ALPHA) -> Estimate:
    return Estimate(d.d, *d.interval(level))


def question(
    here: Difference,
    there: Difference,
    change: Difference,
    *,
    questions: int = 1,
    kind: str = "external",
    name: str = "DU",
    margin: float = 0.02,
) -> Interaction:
    """An interaction whose tests and intervals belong together, with its rule."""

    def test(p: float, level: float) -> HypothesisTest:
        return HypothesisTest(p, min(1.0, questions * p), *change.interval(level), level)

    bare = Interaction(
        kind=kind,
        name=name,
        places=(name,),
        here=interval(here),
        there=interval(there),
        deep=(0.8 + here.d, 0.8 + there.d),
        classical=(0.8, 0.8),
        change=interval(change),
        test=test(change.p(), 1 - ALPHA),
        equivalence=test(change.p_equivalence(margin), 1 - 2 * ALPHA),
        minimum_detectable=change.minimum_detectable(ALPHA),
        shared=False,
        procedure="DeLong",
        classes=("benign", "malignant"),
        n_classes=2,
    )
    return ruled(bare, margin=margin, alpha=ALPHA)


@st.composite
def differences(draw):
    d = draw(st.floats(-0.3, 0.3))
    se = draw(st.floats(0.002, 0.2))
    df = draw(st.sampled_from([math.inf, 11.0, 40.0]))
    return Difference(
        round(d, 4), se, df=df, stretch_below=draw(st.floats(1, 2)), stretch_above=1.0
    )


@st.composite
def questions_asked(draw, kind: str = "external"):
    here, there = draw(differences()), draw(differences())
    change = Difference(
        there.d - here.d,
        draw(st.floats(0.002, 0.2)),
        stretch_below=1.0,
        stretch_above=draw(st.floats(1, 2)),
    )
    return question(
        here,
        there,
        change,
        questions=draw(st.sampled_from([1, 2, 9])),
        kind=kind,
        margin=draw(st.sampled_from([0.02, 0.1])),
    )


def words(one: Interaction, margin: float = 0.02) -> Words:
    ratio = one.test.p_holm / one.test.p if one.test.p else 1
    return Words(margin, ALPHA, max(1, round(ratio)))


@settings(max_examples=400, deadline=None)
@given(st.data(), st.sampled_from([0.02, 0.1]))
def test_what_is_said_of_a_change_is_true_of_its_interval(data, margin) -> None:
    one = ruled(data.draw(questions_asked()), margin=margin, alpha=ALPHA)
    text = moved(one, "on the test part", "at DU", words(one, margin))
    holds_0 = one.test.low <= 0 <= one.test.high
    if "is not shown (" in text:
        assert holds_0
        assert one.rule == "not-shown"
    if "leaves out 0" in text or "it is not 0 is not established" in text:
        assert not holds_0
        assert one.test.p_holm >= ALPHA
    if "is shown (" in text:
        assert not holds_0
        assert one.test.p_holm < ALPHA
        better = "deep" if one.change.value > 0 else "classical"
        assert f"{better} does better there" in text
    if "lies within ±δ" in text:
        assert -margin < one.equivalence.low
        assert one.equivalence.high < margin
        assert "90 % interval" in text
    assert (
        sum(t in text for t in (" is shown (", " is not shown (", "leaves out 0", "smaller")) >= 1
    )


@settings(max_examples=300, deadline=None)
@given(questions_asked())
def test_an_advantage_is_called_so_only_where_its_interval_shows_one(one) -> None:
    text = moved(one, "on the test part", "at DU", words(one))
    here = SHOWN.search(text)
    assert here is not None
    value, low, high = (number(each) for each in here.groups())
    assert low <= value <= high
    if text.startswith("The advantage of deep"):
        assert one.here.low > 0
        assert value == pytest.approx(one.here.value, abs=6e-4)
    elif text.startswith("The advantage of classical"):
        assert one.here.high < 0
        assert value == pytest.approx(-one.here.value, abs=6e-4)
    else:
        assert text.startswith("ΔAUC (deep − classical), ")
        assert one.here.low <= 0 <= one.here.high
    shown = SHOWN.findall(text)
    turn = -1 if text.startswith("The advantage of classical") else 1
    assert number(shown[1][0]) == pytest.approx(turn * one.there.value, abs=6e-4)
    assert number(shown[2][0]) == pytest.approx(turn * one.change.value, abs=6e-4)


@settings(max_examples=200, deadline=None)
@given(st.lists(questions_asked("corruption"), min_size=1, max_size=5))
def test_a_side_is_said_to_lose_more_only_where_that_is_shown(asked) -> None:
    named = [
        Interaction(**{**vars(one), "name": f"kind-{i}", "places": (f"kind-{i} 1",)})
        for i, one in enumerate(asked)
    ]
    text = corruptions(named, Words(0.02, ALPHA, len(named)))
    for one in named:
        assert one.name in text
        for side, other in (("deep", "classical"), ("classical", "deep")):
            own = one.deep if side == "deep" else one.classical
            lost = re.search(rf"{side} loses more than {other} under ([^(]*)\(", text, re.I)
            if lost and re.search(rf"\b{one.name}\b", lost[1]):
                assert one.favours == other
                assert own[0] > own[1]
        quiet = re.search(r"loses more than the other under (.*?) is not shown", text)
        if quiet and re.search(rf"\b{one.name}\b", quiet[1]):
            assert one.test.low <= 0 <= one.test.high


def test_the_sentence_of_the_guide() -> None:
    """The words in which the question was asked."""
    here, there = Difference(0.031, 0.0107), Difference(0.004, 0.0122)
    one = question(here, there, Difference(-0.027, 0.0214))
    text = moved(one, "on the test part", "at 2 other places (DU and HT)", Words(0.02, ALPHA, 1))
    assert text == (
        "The advantage of deep, +0.031 [+0.010, +0.052] on the test part, was "
        "+0.004 [−0.020, +0.028] at 2 other places (DU and HT); the difference between these, "
        "−0.027 [−0.069, +0.015], is not shown (p = 0.207; 0.060 could have been seen)."
    )


def test_an_interval_that_leaves_out_0_is_never_beside_not_shown() -> None:
    """Where Holm's adjustment alone withholds a change, the sentence says that."""
    here, there = Difference(0.05, 0.01), Difference(0.0, 0.01)
    one = question(here, there, Difference(-0.05, 0.02), questions=9)
    text = moved(one, "on the test part", "at DU", Words(0.02, ALPHA, 9))
    assert "leaves out 0, but is not established after Holm's adjustment over 9 questions" in text
    assert "is not shown" not in text


def test_classes_that_do_not_count_are_not_passed_over_in_silence() -> None:
    one = question(Difference(0.05, 0.01), Difference(0.04, 0.01), Difference(-0.01, 0.02))
    text = moved(replace(one, n_classes=4), "here", "at DU", Words(0.02, ALPHA, 1))
    assert " at DU (of benign and malignant alone, since others have too few cases); " in text


def place(kind: str, name: str, column: str = "", obstacle: str = "") -> Place:
    few = 4 if obstacle else 100
    return Place(kind, name, column, 0, 300, None, few, "malignant", (), None, None, obstacle)


def test_of_two_groups_the_sentence_names_both() -> None:
    one = question(
        Difference(0.05, 0.01),
        Difference(0.04, 0.01),
        Difference(-0.01, 0.02),
        kind="subgroup",
        name="sex = F",
    )
    places = (
        place("test", "the test part"),
        place("subgroup", "sex = F", "sex"),
        place("subgroup", "sex = M", "sex"),
    )
    (text,) = sentences(Transport("cnn", "svm", places, (one,), ()), Words(0.02, ALPHA, 1))
    assert text.startswith("By sex: the advantage of deep, +0.050 [+0.030, +0.070] in sex = M, was")
    assert " in sex = F; " in text


@settings(max_examples=150, deadline=None)
@given(st.lists(questions_asked("subgroup"), min_size=3, max_size=5))
def test_what_is_said_of_groups_is_true_of_each(asked) -> None:
    named = [replace(one, name=f"site = {i}") for i, one in enumerate(asked)]
    groups = [place("subgroup", one.name, "site") for one in named]
    places = (place("test", "the test part"), *groups)
    found = Transport("cnn", "svm", places, tuple(named), ())
    (text,) = sentences(found, Words(0.02, ALPHA, len(named)))
    quiet = [one for one in named if one.rule == "not-shown" and one.test.low <= 0 <= one.test.high]
    told = re.search(r"hat ΔAUC in (?:the (?:further )?(\d) groups|(site = \d)) is another", text)
    if told:
        assert int(told[1] or 1) == len(quiet)
        assert told[2] is None or told[2] == quiet[0].name
    else:
        assert not quiet
    for one in named:
        changed = f" in {one.name}; the difference between these, " in text
        assert changed == (one.favours is not None)
        if one.rule == "same":
            assert re.search(rf"[Ii]n [^.]*{one.name}[^.]* ΔAUC is that of the other groups", text)
        if one.rule == "not-shown" and one not in quiet:
            assert re.search(rf"[Ii]n [^.]*{one.name}[^.]* the interval of the change leaves", text)


def test_groups_without_a_test_are_named() -> None:
    places = (
        place("test", "the test part"),
        place("subgroup", "site = A", "site", "site = A has 4 cases of “malignant”."),
        place("subgroup", "site = B", "site", "site = B has 4 cases of “malignant”."),
    )
    (text,) = sentences(Transport("cnn", "svm", places, (), ()), Words(0.02, ALPHA, 1))
    assert text == (
        "By site: site = A and site = B have too few cases of a class and are shown without a test."
    )


def test_where_patients_are_counted_it_is_they_that_are_too_few() -> None:
    few = replace(place("subgroup", "sex = M", "sex", "sex = M has 8 patients of “x”."), n_groups=9)
    places = (place("test", "the test part"), few)
    (text,) = sentences(Transport("cnn", "svm", places, (), ()), Words(0.02, ALPHA, 1))
    assert text == "By sex: sex = M has too few patients of a class and is shown without a test."
