"""The report of a study of one side alone, or of which one side failed, speaks of what there is."""

from pathlib import Path

import pytest

from reports.collect import collect
from reports.document.blocks import Paragraph
from reports.document.checklists.answers import answers
from reports.document.checklists.lists import checklists
from reports.document.parts.verdict_table import value_of, verdict_table
from reports.document.plots import Figure
from reports.document.sections.checklists import item_table
from reports.document.summary import summary
from reports.evidence import SIDES, Evidence
from reports.report import compose
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


@pytest.mark.parametrize("kind", KINDS)
def test_no_caption_or_note_speaks_of_a_best_model_that_is_not_there(
    kind: str, studies: dict[str, Evidence]
) -> None:
    document = compose(studies[kind])
    told = [block.caption for block in document.blocks if isinstance(block, Figure)]
    for table in document.tables:
        told += [table.caption, *table.notes]
    told += [str(block) for block in document.blocks if isinstance(block, Paragraph)]
    short = summary(studies[kind], "T")
    told += [text for table in short.tables for text in (table.caption, *table.notes)]
    absent = next(side for side in SIDES if side != LONE[kind])
    # the protocol, and what ΔAUC is of, are of both sides before anything is run
    declared = ("minus", "The primary comparison is", "− the best classical")
    for text in told:
        if not any(words in text for words in declared):
            assert "best two models" not in text
            assert f"the best {absent}" not in text, text
    assert any(f"he best {LONE[kind]} model (chosen on validation)" in text for text in told)


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("alone", "no classical method was run"),
        ("failed", "no deep method has a result (net failed)"),
    ],
)
def test_the_operating_point_and_the_checklists_say_why_there_is_one_model(
    kind: str, why: str, studies: dict[str, Evidence]
) -> None:
    evidence = studies[kind]
    said = " ".join(str(block) for block in compose(evidence).blocks)
    assert f"Nothing is compared, since {why}; the matrix is that of the best {LONE[kind]}" in said
    answered = answers(evidence)
    whose = "the weights that net started from, which are not told"
    assert answered.get("models-lacks", "") == (whose if kind == "alone" else "")
    for checklist in checklists():
        rows = {row.values[0]: row.values for row in item_table(checklist, answered).rows}
        for item in checklist.items:
            if item.answer in ("accuracy", "confusion"):
                _, _, state, answer = rows[item.number]
                assert state == "in part"
                assert f"a side on breast, since {why}." in str(answer)
                assert "only side with a result" in str(answer)
                assert "best two models" not in str(answer)
