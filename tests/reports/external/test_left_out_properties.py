"""Whatever classes are too small, the conclusion on the others keeps the promises of every one."""

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from reports.evidence import SIDES
from reports.external.compare import compare
from reports.formatting import signed
from reports.verdicts.mean import Counted, judged_mean

pytestmark = pytest.mark.slow

FEW = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
SWAPPED = {"deep": "classical", "classical": "deep", None: None}
WEAKEST_FIRST = ("inconclusive", "not-worse", "better", "better-but-equivalent",
                 "better-beyond-margin")  # fmt: skip

classes = st.lists(st.one_of(st.integers(2, 9), st.integers(10, 60)), min_size=3, max_size=6)
strengths = st.tuples(st.floats(0, 3), st.floats(0, 3))
seeds = st.integers(0, 10_000)


def verdicts(path, sizes, strengths, seed):
    """Deep against classical on classes of these sizes, and the same with the sides swapped."""
    rng = np.random.default_rng(seed)
    names = [f"k{i}" for i in range(len(sizes))]
    labels = np.repeat(np.arange(len(sizes)), sizes)
    shared = rng.normal(size=(len(labels), len(sizes)))
    header = f"case,label,model,family,{','.join(names)}"
    rows = {family: [] for family in SIDES}
    for family, strength in zip(SIDES, strengths, strict=True):
        scores = shared + rng.normal(size=shared.shape) + strength * np.eye(len(sizes))[labels]
        for i, (label, row) in enumerate(zip(labels, scores, strict=True)):
            cells = [str(i), names[label], f"m-{family}", "{side}", *map(repr, row.tolist())]
            rows[family].append(",".join(cells))
    found = []
    for swap in (False, True):
        file = path / "predictions.csv"
        lines = [header]
        for family, own in rows.items():
            side = SWAPPED[family] if swap else family
            lines += [row.format(side=side) for row in own]
        file.write_text("\n".join(lines))
        found.append(compare(file))
    return found


@FEW
@given(classes, strengths, seeds)
def test_swapping_the_sides_mirrors_heading_and_difference(tmp_path, sizes, strengths, seed):
    one, other = verdicts(tmp_path, sizes, strengths, seed)
    assert one.left_out == other.left_out
    assert one.verdict.rule == other.verdict.rule
    assert other.verdict.winner == SWAPPED[one.verdict.winner]
    assert one.verdict.d == pytest.approx(-other.verdict.d)
    assert one.verdict.low == pytest.approx(-other.verdict.high)
    swapped = one.verdict.heading
    for name in SIDES:
        swapped = swapped.replace(name, f"<{name}>").replace(name.capitalize(), f"<{name}!>")
    for name in SIDES:
        swapped = swapped.replace(f"<{name}>", SWAPPED[name])
        swapped = swapped.replace(f"<{name}!>", SWAPPED[name].capitalize())
    assert swapped == other.verdict.heading


@FEW
@given(classes, strengths, seeds)
def test_the_sentence_names_who_counts_and_never_contradicts_its_interval(
    tmp_path, sizes, strengths, seed
):
    found, _ = verdicts(tmp_path, sizes, strengths, seed)
    verdict, small = found.verdict, [f"k{i}" for i, n in enumerate(sizes) if n < 10]
    if len(sizes) - len(small) < 2:
        assert (verdict.rule, found.left_out) == ("too-few-cases", ())
        return
    assert verdict.is_verdict
    assert [one.name for one in found.left_out] == small
    for name in small:
        assert f"“{name}” ({sizes[int(name[1:])]} test cases)" in verdict.sentence
        assert f"“{name}”" in verdict.heading
    assert f"on {len(sizes) - len(small)} of {len(sizes)} classes" in verdict.sentence or not small
    told = verdict.sentence
    two_sided = f"[{signed(verdict.low)}, {signed(verdict.high)}]"
    one_sided = f"[{signed(verdict.low_one_sided)}, {signed(verdict.high_one_sided)}]"
    if verdict.winner is not None:
        assert two_sided in told
        assert verdict.low > 0 if verdict.winner == "deep" else verdict.high < 0
    if "lies within" in told:
        assert f"90 % interval {one_sided} lies within" in told
        assert -0.02 < verdict.low_one_sided < verdict.high_one_sided < 0.02
    if verdict.rule == "inconclusive":
        assert f"{signed(verdict.low)} to {signed(verdict.high)}" in told
        assert verdict.low <= 0 <= verdict.high or "leaves out 0" in told


@FEW
@given(classes, strengths, seeds, st.integers(1, 4))
def test_a_set_that_agrees_never_weakens_what_is_said_without_the_small_classes(
    tmp_path, sizes, strengths, seed, further
):
    found, _ = verdicts(tmp_path, sizes, strengths, seed)
    assume(found.verdict.winner is not None)
    pair = found.pairs[0].test
    counted = [Counted(str(i), str(i), pair) for i in range(further + 1)]
    one = judged_mean(counted[:1], margin=found.margin, alpha=found.alpha)
    several = judged_mean(counted, margin=found.margin, alpha=found.alpha)
    assert one.decision.winner == several.decision.winner
    before, after = (WEAKEST_FIRST.index(each.decision.rule) for each in (one, several))
    if one.decision.rule != "better":  # of a plain "better" either addition may come
        assert one.decision.rule == several.decision.rule
    assert after >= before
