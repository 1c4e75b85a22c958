"""How a study says in which groups of cases the sides are compared."""

import numpy as np
import pytest

from bench.protocol.errors import StudyError
from bench.protocol.metadata import Metadata
from bench.protocol.subgroups import Subgroups

AGES = np.array([39.9, 40.0, 59.9, 60.0, np.nan, 81.0])
SITES = np.array(["DU", "CS", "", "DU"])


def groups(text, values):
    names, group = Subgroups.parse(text).of(values)
    return {name: np.flatnonzero(group == i).tolist() for i, name in enumerate(names)}


def test_a_column_of_words_has_a_group_per_word_and_none_for_missing_values():
    assert groups("site", SITES) == {"CS": [1], "DU": [0, 3]}


def test_a_value_that_equals_a_limit_belongs_to_the_group_above_it():
    assert groups("age:40,60", AGES) == {"< 40": [0], "40 to < 60": [1, 2], "≥ 60": [3, 5]}


def test_a_stretch_without_a_case_stays_a_group():
    assert groups("age:10", AGES) == {"< 10": [], "≥ 10": [0, 1, 2, 3, 5]}


def test_a_number_of_few_values_has_a_group_per_value():
    assert groups("sex", np.array([1.0, 0.0, 1.0, np.nan])) == {"0": [1], "1": [0, 2]}


def test_limits_may_have_decimals_and_signs_and_spaces():
    assert Subgroups.parse("t score: -2.5, 0").limits == (-2.5, 0.0)
    assert Subgroups.parse("t score: -2.5, 0").column == "t score"


@pytest.mark.parametrize(
    "text", ["", ":40", "age:", "age:forty", "age:40;60", "age:40,", "age:nan"]
)
def test_what_is_written_otherwise_is_refused_with_an_example(text):
    with pytest.raises(StudyError, match="as in age:40,60"):
        Subgroups.parse(text)


def test_limits_have_to_ascend():
    for text in ("age:60,40", "age:40,40"):
        with pytest.raises(StudyError, match="ascend"):
            Subgroups.parse(text)


def test_a_number_of_many_values_needs_limits_and_words_take_none():
    many = np.arange(62.0)
    assert "62 values; say where to divide it, as in age:30.5" in (Subgroups("age").problem(many))
    assert Subgroups("age", (40.0,)).problem(many) == ""
    assert "holds no numbers" in Subgroups("site", (40.0,)).problem(SITES)
    assert Subgroups("site").problem(SITES) == ""


def test_metadata_of_one_part_keeps_its_columns_in_order():
    known = Metadata(
        np.array(["a", "b", "c"]), np.array(["val", "test", "test"]), {"age": np.array([1.0, 2, 3])}
    )
    assert known.part("test").case_ids.tolist() == ["b", "c"]
    assert known.part("test").columns["age"].tolist() == [2.0, 3.0]
