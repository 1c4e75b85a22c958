"""Phantoms of two sites from the command line to the sentence: what is said is how they are made.

One side sees the arrangement of cells alone, the other the direction of stripes alone. Where a sign
agrees with the class in a share p of the images of either class, who sees it has an AUC of p.
"""

from pathlib import Path

import pytest

from bench.cli.main import run_command
from bench.results.store import Store
from reports.collect import collect
from reports.evidence import Transport
from reports.report import compose
from tests.bench.data.phantoms import sees_arrangement, sees_stripes

pytestmark = pytest.mark.slow

KINDS = ("deep", "classical", "subgroup", "corruption", "steady")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory):
    out = tmp_path_factory.mktemp("sites")
    flags = [word for kind in KINDS for word in ("--dataset", f"phantom-travel-{kind}")]
    for side in (sees_arrangement, sees_stripes):
        flags += ["--plugin", f"{side.__file__}:build"]
    flags += ["--method", "class-prior", "--subgroup", "sex", "--corrupt", "jpeg"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BENCH_CACHE", str(out / "cache"))
        patch.delenv("BENCH_DATA", raising=False)
        patch.chdir(out)
        assert run_command(["run", *flags, "--out", "results", "--no-report", "--jobs", "1"]) == 0
        return collect(Store(Path("results").resolve()))


@pytest.fixture(scope="module")
def found(whole) -> dict[str, Transport]:
    return {data.card.name.rpartition("-")[2]: data.transport for data in whole.datasets}


def question(transport: Transport, name: str):
    (one,) = [one for one in transport.interactions if one.name == name]
    return one


@pytest.mark.parametrize(
    ("kind", "name", "here", "there", "rule", "favours"),
    [
        ("deep", "away", 0.94 - 0.70, 0.50 - 0.70, "changed", "classical"),
        ("classical", "away", 0.75 - 0.94, 0.75 - 0.50, "changed", "deep"),
        ("subgroup", "sex = female", 0.50 - 0.75, 0.98 - 0.75, "changed", "deep"),
        ("corruption", "away", 0.0, 0.0, "not-shown", None),
        ("corruption", "sex = female", 0.0, 0.0, "not-shown", None),
        ("steady", "away", 0.90 - 0.75, 0.90 - 0.75, "not-shown", None),
        ("steady", "sex = female", 0.90 - 0.75, 0.90 - 0.75, "not-shown", None),
    ],
)
def test_differences_are_those_of_the_construction(found, kind, name, here, there, rule, favours):
    asked = question(found[kind], name)
    for told, truth in ((asked.here, here), (asked.there, there)):
        assert told.low < truth < told.high
    assert (asked.rule, asked.favours) == (rule, favours)


@pytest.mark.parametrize(
    ("kind", "begin", "end"),
    [
        ("deep", "The advantage of deep, +0.", "classical does better there, compared with deep."),
        ("classical", "The advantage of classical, +0.", "deep does better there, compared with"),
        ("subgroup", "By sex: the advantage of classical, +0.", "deep does better there, compared"),
        ("corruption", "Classical loses more than deep under jpeg (", "Holm-adjusted p < 0.001"),
        ("steady", "The advantage of deep, +0.", "could have been seen)."),
    ],
)
def test_the_sentence_says_what_is_true(found, kind, begin, end):
    (text,) = [one for one in found[kind].sentences if one.startswith(begin)]
    assert end in text
    assert ("is not shown" in text) == (kind == "steady")


def test_one_side_stands_compression_and_the_other_falls_to_chance(found):
    lost = {
        (place.severity, row.method): row.auc.value
        for place in found["corruption"].of_kind("corruption")
        for row in place.methods
        if row.auc is not None
    }
    for severity in (1, 2, 3):
        assert lost[severity, "sees-arrangement"] > 0.88
    assert lost[5, "sees-arrangement"] > 0.80
    assert lost[5, "sees-stripes"] < 0.65


def test_a_sentence_over_all_counts_where_something_changes(whole):
    places, groups, *_ = whole.transport.sentences
    assert "shown on 2 (phantom-travel-classical and phantom-travel-deep)" in places
    assert "shown on 1 (phantom-travel-subgroup)" in groups
    assert "transport" in {heading.anchor for heading in compose(whole).headings}
