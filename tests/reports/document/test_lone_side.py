"""The report of a study of one side alone, or of which one side failed, speaks of what there is."""

from pathlib import Path

import pytest

from reports.collect import collect
from reports.document.parts.verdict_table import value_of, verdict_table
from reports.document.summary import summary
from reports.evidence import SIDES, Evidence
from tests.reports.segmented import Maps, Segmenter, segmentation_results
from tests.reports.simulated import Data, Method, results

SVM = Method("svm", "classical", 0.82)
NET = Method("net", "deep", 0.86)
PRIOR = Method("class-prior", "control", constant=True)
KINDS = ("alone", "failed", "segmented")
LONE = {"alone": "deep", "failed": "classical", "segmented": "deep"}
"""Kind of study → its side with a result."""


@pytest.fixture(scope="module")
def studies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Evidence]:
    root: Path = tmp_path_factory.mktemp("lone")
    data = (Data("breast", 60, 120),)
    failing = Method("net", "deep", fails=(None,))
    maps = segmentation_results(
        root / "segmented", (Maps("busi"),), (Segmenter("unet", "deep", 0.25),)
    )
    return {
        "alone": collect(results(root / "alone", data, (NET, PRIOR))),
        "failed": collect(results(root / "failed", data, (SVM, failing, PRIOR))),
        "segmented": collect(maps),
    }


@pytest.mark.parametrize("kind", KINDS)
def test_the_value_of_the_one_best_model_is_in_both_tables(
    kind: str, studies: dict[str, Evidence]
) -> None:
    evidence, lone = studies[kind], LONE[kind]
    (data,) = evidence.datasets
    assert data.comparison is None
    value = value_of(data, lone)
    assert value is not None
    key = "dice" if kind == "segmented" else "auc"
    whole = verdict_table(evidence)
    (short,) = (table for table in summary(evidence, "T").tables if table.name == "summary")
    for table, given in ((whole, value), (short, value.value)):
        row = dict(zip([column.key for column in table.columns], table.rows[0].values, strict=True))
        assert row[lone] is not None
        for side in SIDES:
            assert row[f"{key}_{side}"] == (given if side == lone else None)
        assert any(note.startswith("Without a comparison") for note in table.notes)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("alone", "1 run; no classical method was run."),
        ("failed", "1 run; no deep method has a result (net failed)."),
        ("segmented", "1 run; no classical method was run."),
    ],
)
def test_the_light_of_the_budget_counts_the_sides_that_were_run(
    kind: str, said: str, studies: dict[str, Evidence]
) -> None:
    (light,) = (item for item in studies[kind].audit if item.key == "budget")
    assert light.sentence.endswith(said)
    assert " 0 " not in light.sentence
