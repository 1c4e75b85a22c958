"""Groups of models that cannot be told apart."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from reports.statistics.many.tie_groups import tie_groups


@st.composite
def models(draw):
    count = draw(st.integers(0, 7))
    pairs = list(combinations(range(count), 2))
    return count, draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []


@given(models())
def test_two_models_share_a_group_exactly_where_they_are_not_shown_to_differ(given_):
    count, different = given_
    groups = tie_groups(count, different)
    for pair in combinations(range(count), 2):
        together = any(set(pair) <= set(group) for group in groups)
        assert together == (pair not in different)
    assert {model for group in groups for model in group} == set(range(count))


@given(models())
def test_no_group_lies_in_another(given_):
    groups = [set(group) for group in tie_groups(*given_)]
    assert not any(a <= b for a in groups for b in groups if a is not b)


def test_an_example_worked_by_hand():
    different = [(1, 7), (1, 8), (2, 4), (2, 5), (3, 5)]
    found = tie_groups(8, [(a - 1, b - 1) for a, b in different])
    assert {tuple(place + 1 for place in group) for group in found} == {
        (1, 2, 3, 6),
        (1, 3, 4, 6),
        (1, 4, 5, 6),
        (2, 3, 6, 7, 8),
        (3, 4, 6, 7, 8),
        (4, 5, 6, 7, 8),
    }
