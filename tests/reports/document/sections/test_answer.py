"""The section "Answer": verdict cards and the bars on them."""

from pathlib import Path

import pytest

from reports.collect import collect
from reports.document.blocks import Verdicts
from reports.document.sections.answer import answer
from reports.evidence import Evidence
from tests.reports.simulated import Data, Method, results

METHODS = (
    Method("net", "deep", {"clear": 0.95, "even": 0.8, "tiny": 0.8}),
    Method("svm", "classical", {"clear": 0.75, "even": 0.8, "tiny": 0.8}),
)


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    datasets = (
        Data("clear", n_test=600),
        Data("even", n_test=600),
        Data("tiny", n_val=40, n_test=12),
    )
    return collect(results(Path(tmp_path_factory.mktemp("answer")) / "r", datasets, METHODS))


def cards(evidence: Evidence):
    blocks = answer(evidence, {data.card.name: data.card.name for data in evidence.datasets})
    (found,) = [block for block in blocks if isinstance(block, Verdicts)]
    return dict(zip((data.card.name for data in evidence.datasets), found.cards, strict=True))


@pytest.mark.slow
def test_the_probabilities_are_those_of_the_one_sided_tests(evidence: Evidence) -> None:
    for name in ("clear", "even"):
        comparison = evidence.dataset(name).comparison
        assert comparison is not None
        pair, found = comparison.pair, comparison.pair.posterior
        # P(d < -margin) is the p of "d is at most -margin", and so on with the sides swapped
        assert found.below == pytest.approx(pair.non_inferiority_a.p)
        assert found.above == pytest.approx(pair.non_inferiority_b.p)
        assert found.below + found.within + found.above == pytest.approx(1)


def test_a_card_shows_where_the_difference_probably_lies_as_bars(evidence: Evidence) -> None:
    bars = cards(evidence)["clear"].bars
    assert [bar.tone for bar in bars] == ["deep", "equal", "classical"]
    assert [bar.label for bar in bars] == [
        "deep better by more than 0.02",
        "difference within ±0.02",
        "classical better by more than 0.02",
    ]
    assert bars[0].number == "> 99 %"
    assert bars[0].share > 0.999
    assert bars[2].number == "< 1 %"
    posterior = evidence.dataset("even").comparison.pair.posterior  # type: ignore[union-attr]
    assert [bar.share for bar in cards(evidence)["even"].bars] == [
        posterior.above,
        posterior.within,
        posterior.below,
    ]


def test_a_withheld_verdict_has_no_bars(evidence: Evidence) -> None:
    assert not evidence.dataset("tiny").verdict.is_verdict
    assert cards(evidence)["tiny"].bars == ()
