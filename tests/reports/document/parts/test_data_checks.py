"""The findings of the data checks in the report."""

from dataclasses import replace

from bench.protocol.cards import CheckFinding, DatasetCard
from reports.document.parts.data_checks import checked

CARD = DatasetCard("d", ("a", "b"), 1, (8, 8, 1), {}, "f", "", "", "", "given", "none")
FOUND = (
    CheckFinding("counts", "Number of images", "fine", "9 images."),
    CheckFinding("identical", "Identical images", "serious", "2 pairs.", "Keep one of each."),
)


def test_every_finding_is_a_row_and_serious_ones_stand_out():
    (block,) = checked(replace(CARD, checked=FOUND), "d")
    assert block.table.caption == "Checks of d: 1 serious, 1 of 2 in order."
    assert [(row.values, row.emphasis) for row in block.table.rows] == [
        (("Number of images", "ok", "9 images.", ""), False),
        (("Identical images", "serious", "2 pairs.", "Keep one of each."), True),
    ]


def test_nothing_serious_is_said():
    (block,) = checked(replace(CARD, checked=FOUND[:1]), "d")
    assert block.table.caption == "Checks of d: nothing serious, 1 of 1 in order."


def test_paper_has_what_is_not_in_order():
    (block,) = checked(replace(CARD, checked=FOUND), "d")
    assert [row.on_paper for row in block.table.rows] == [False, True]
    (block,) = checked(replace(CARD, checked=FOUND[:1]), "d")
    assert not block.table.on_paper


def test_checks_that_train_a_classifier_are_named_where_they_were_made():
    border = CheckFinding("border", "Class from the border alone", "fine", "No.")
    (block,) = checked(replace(CARD, checked=(*FOUND, border)), "d")
    assert "should fail: “Class from the border alone”. Where one" in block.table.notes[0]
    (block,) = checked(replace(CARD, checked=FOUND), "d")
    assert block.table.notes[0].endswith("They decide no verdict.")


def test_without_checks_there_is_no_table():
    assert checked(CARD, "d") == []
    assert DatasetCard.from_json(CARD.as_json()).checked is None
