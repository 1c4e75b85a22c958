import csv
import io
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.document.latex import latex_escaped
from reports.document.tables import Column, Row, Table, as_csv, as_latex, text
from reports.evidence import Estimate
from tests.reports.exhibits import HOSTILE, table


def read(content: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content)))


@pytest.mark.slow
@given(st.floats(allow_nan=False), st.floats(0, 1), st.integers(0, 10**12))
def test_csv_gives_back_every_number_exactly(value: float, low: float, number: int) -> None:
    columns = (
        Column("a", "A", "score"),
        Column("b", "B", "score", estimate=True),
        Column("n", "N", "count"),
    )
    rows = (Row((value, Estimate(value, low, np.float64(low)), np.int64(number))),)
    header, line = read(as_csv(Table("t", "T", columns, rows)))
    assert header == ["a", "b", "b_low", "b_high", "n"]
    assert [float(cell) for cell in line[:4]] == [value, value, low, low]
    assert int(line[4]) == number


@pytest.mark.slow
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0")))
def test_csv_gives_back_every_name_exactly(name: str) -> None:
    columns = (Column("a", "A"), Column("b", "B"))
    assert read(as_csv(Table("t", "T", columns, (Row((name, "x")),))))[1] == [name, "x"]


def test_a_missing_value_is_an_empty_field_and_a_missing_interval_two() -> None:
    assert read(as_csv(table()))[2] == ["other", "0.8125", "", "", "", "75.0", ""]


def test_cells_are_rounded_for_the_reader() -> None:
    shown = [
        [text(column, value) for column, value in zip(table().columns, row.values, strict=True)]
        for row in table().rows
    ]
    assert shown[0] == ["svm", "0.333 [0.250, 0.457]", "11\u202f834", "42 ms", "<0.001"]
    assert shown[1] == ["other", "0.812", "–", "1.2 min", "–"]


def test_the_best_of_a_column_is_marked_and_no_control_is_best() -> None:
    assert table().best() == {(1, 1), (0, 3)}


def test_values_that_print_alike_are_equally_good_and_none_is_best_where_all_are() -> None:
    columns = (
        Column("a", "A"),
        Column("x", "X", "score", "high"),
        Column("y", "Y", "score", "high"),
    )
    rows = (
        Row(("a", 0.50001, 0.7), "deep"),
        Row(("b", 0.50002, 0.70001), "deep"),
        Row(("c", 0.4, 0.7), "deep"),
        Row(("d", None, None), "deep"),
    )
    assert Table("t", "T", columns, rows).best() == {(0, 1), (1, 1)}


def test_a_row_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match="2 values for 1 columns"):
        Table("t", "T", (Column("a", "A"),), (Row(("x", "y")),))


@pytest.mark.parametrize("name", HOSTILE)
def test_latex_escapes_every_special_character(name: str) -> None:
    escaped = latex_escaped(name)
    commands = r"\\text(backslash|asciicircum|asciitilde|asciigrave|less|greater|bar|quotedbl)\{\}"
    bare = re.sub(commands, "", escaped)
    bare = re.sub(r"\\[{}$&#%_/]|\{\[\}", "", bare)
    assert not set(bare) & set('\\{}$&#%_^~<>|"[')


@pytest.mark.parametrize(
    ("name", "parted"),
    [
        ("a--b", r"a-\/-b"),
        ("---", r"-\/-\/-"),
        ("``a''", r"\textasciigrave{}\textasciigrave{}a'\/'"),
        ("a,,b", r"a,\/,b"),
        ("<<a>>", r"\textless{}\/\textless{}a\textgreater{}\/\textgreater{}"),
        ("wh?`", r"wh?\textasciigrave{}"),
        ("no!“", r"no!\/``"),
        ("'”", r"'\/''"),
        ("–-", r"--\/-"),
    ],
)
def test_latex_draws_no_two_characters_as_one(name: str, parted: str) -> None:
    assert latex_escaped(name) == parted


def test_latex_has_the_dashes_and_quotes_of_the_text() -> None:
    assert latex_escaped("1–2 “a” –") == "1--2 ``a'' --"
    assert latex_escaped("u\u0308") == "ü"  # as file systems of macOS write it


@pytest.mark.parametrize("label", ["a", '"Ünïcode" <é>', "Δ ≥ µ ± ² – “x” …\u202f"])
def test_the_head_of_a_latex_file_names_the_encoding_that_it_needs(label: str) -> None:
    head, begin, *_ = as_latex(table(label=label)).splitlines()
    assert head == r"% needs \usepackage[T1]{fontenc} and \usepackage{booktabs,graphicx}"
    assert begin == r"\begin{table}"


@pytest.mark.parametrize(
    ("label", "named"),
    [
        ("乳腺 🩻", "乳 腺 🩻:"),
        ("x\u200dy", "U+200D:"),
        ("名" + "абвгдежзиклмн", "к л м and 2 more:"),
    ],
)
def test_letters_that_pdflatex_lacks_are_named_with_who_has_them(label: str, named: str) -> None:
    head = as_latex(table(label=label)).splitlines()[0]
    assert "XeLaTeX or LuaLaTeX with a font (fontspec) that has" in head
    assert named in head
    assert "fontenc" not in head


def test_a_backtick_has_its_package() -> None:
    assert (
        r"\usepackage{booktabs,graphicx,textcomp}" in as_latex(table(label="a`b")).splitlines()[0]
    )


def test_latex_is_a_booktabs_table_with_the_best_in_bold() -> None:
    content = as_latex(table(label="a_b"))
    assert content.count(r"\toprule") == content.count(r"\midrule") == 1
    assert content.count(r"\bottomrule") == 1
    assert r"\begin{tabular}{lrrrr}" in content
    assert (
        r"a\_b & 0.333 {[}0.250, 0.457] & 11\,834 & \textbf{42 ms} & \textless{}0.001 \\" in content
    )
    assert r"\textbf{0.812}" in content
    assert content.count("{") == content.count("}")
