"""Every table with a difference of Brier scores says by which procedure its interval is."""

import pytest

from bench.protocol.claim import Claim
from reports.collect import collect
from reports.document.parts.columns import BRIER_INTERVALS
from reports.report import compose
from tests.reports.simulated import Data, Method, results


def test_the_tables_of_brier_scores_say_why_their_intervals_may_differ(tmp_path):
    methods = (Method("svm", "classical", 0.82), Method("net", "deep", 0.86))
    claim = Claim("sure", ("deep",), ("classical",), metric="brier")
    store = results(tmp_path / "r", (Data("breast", 60, 120),), methods, claims=(claim,))
    tables = {table.name: table for table in compose(collect(store)).tables}
    said = {name for name, table in tables.items() if BRIER_INTERVALS in table.notes}
    assert {"brier-pairs", "measures-breast"} < said
    assert any(name.startswith("claims-") for name in said)


@pytest.mark.parametrize("words", ["paired t test", "smallest class", "bootstrap"])
def test_the_note_names_both_procedures(words):
    assert words in BRIER_INTERVALS
