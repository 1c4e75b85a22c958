"""What stands beside a data set with a verdict, and beside one without."""

from dataclasses import replace
from pathlib import Path

import pytest

from reports.collect import collect
from reports.document.parts.verdict_table import verdict_table
from reports.document.sections.answer import _card
from reports.document.sections.discrimination import with_p
from reports.evidence import Evidence
from tests.reports.simulated import Data, Method, results

METHODS = (Method("svm", "classical", 0.7), Method("cnn", "deep", 0.75))


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    sets = (Data("few", 60, 20), Data("one", 60, 90), Data("two", 60, 90))
    return collect(results(tmp_path_factory.mktemp("v") / "r", sets, METHODS))


def test_a_data_set_without_a_verdict_has_no_adjusted_p(evidence: Evidence) -> None:
    table = verdict_table(evidence)
    adjusted = [i for i, column in enumerate(table.columns) if column.key.endswith("_holm")]
    assert len(adjusted) == 3
    values = {row.values[0]: [row.values[i] for i in adjusted] for row in table.rows[:3]}
    assert values["few"] == [None] * 3
    assert None not in values["one"] + values["two"]


@pytest.mark.parametrize(
    ("name", "label"), [("few", "p, not adjusted"), ("one", "Holm-adjusted p")]
)
def test_its_card_and_its_section_say_so(evidence: Evidence, name: str, label: str) -> None:
    data = evidence.dataset(name)
    labels = [figure[0] for figure in _card(data, name).figures]
    assert label in labels
    assert ("Holm-adjusted p" in with_p(data)) == (name == "one")
    assert with_p(data).endswith("not adjusted") == (name == "few")


def test_the_note_on_missing_numbers_holds_for_models_that_rank_alike(tmp_path: Path) -> None:
    methods = (Method("svm", "classical"), Method("net", "deep"))
    store = results(tmp_path / "r", (Data("breast", 60, 120),), methods)
    first, second = sorted(store.trials(), key=lambda trial: trial.method)
    told = store.run(first).predictions
    store.write_run(replace(store.run(second), predictions=told))
    (data,) = (evidence := collect(store)).datasets
    assert data.comparison.pair.difference.value == 0
    assert data.verdict.cases_for_interval is None
    assert data.comparison.pair.difference.high < 10 * data.verdict.margin  # more cases would do
    (note,) = (n for n in verdict_table(evidence).notes if "10,000" in n)
    assert "both models answer all cases alike" in note
