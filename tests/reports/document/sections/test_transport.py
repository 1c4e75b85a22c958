"""What the section "Transport" holds, in blocks, tables, figures, page and PDF."""

import json
from pathlib import Path

import jsonschema
import pytest

from reports.collect import collect
from reports.document.blocks import AuditStrip, Bullets, Heading, TableBlock
from reports.document.document import Document
from reports.evidence import Evidence
from reports.render.evidence_json import as_json, schema
from reports.report import compose, write_document
from tests.reports.pdf_text import pages, squeezed
from tests.reports.simulated import METHODS, Data
from tests.reports.travelling import Beyond, Column, Site, travelling

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Evidence, Document, Path]:
    aucs = {"svm": 0.8, "random-forest": 0.78, "resnet18": 0.7, "small-cnn": 0.3}
    beyond = Beyond(
        (Site("DU <b>", aucs), Site("HT", aucs)),
        (Column("sex", ("F", "M")), Column("ward", ("A", "B"), shares=(0.97, 0.03))),
        {"blur": {"resnet18": 0.2}, "noise": {}},
    )
    root = tmp_path_factory.mktemp("section") / "results"
    methods = (*METHODS[:4], METHODS[-1])
    store = travelling(root, beyond, datasets=(Data("breast", 100, 200),), methods=methods)
    evidence = collect(store)
    document = compose(evidence)
    folder = write_document(document, store.layout.report_folder, evidence).folder
    return evidence, document, folder


def test_it_stands_between_probabilities_and_cost(
    written: tuple[Evidence, Document, Path],
) -> None:
    first = [heading.anchor for heading in written[1].headings if heading.level == 1]
    where = first.index("transport")
    assert first[where - 1] == "probabilities"
    assert first[where + 1] == "cost"


def test_every_sentence_of_the_evidence_is_in_the_page_and_on_paper(
    written: tuple[Evidence, Document, Path],
) -> None:
    evidence, document, folder = written
    told = evidence.datasets[0].transport
    assert told is not None
    assert len(told.sentences) == 4
    lines = [
        words[-1]
        for block in document.blocks
        if isinstance(block, Bullets)
        for words in block.items
        if words
    ]
    paper = squeezed(" ".join(pages((folder / "report.pdf").read_bytes())))
    for sentence in told.sentences:
        assert sentence in lines
        assert squeezed(sentence) in paper


def test_lights_stand_in_the_section_and_in_the_strip(
    written: tuple[Evidence, Document, Path],
) -> None:
    strips = [block for block in written[1].blocks if isinstance(block, AuditStrip)]
    titles = [mark.title for mark in strips[-1].marks]
    assert titles == ["Holds elsewhere", "Holds in every group", "Holds on spoilt images"]
    assert [mark.title for mark in strips[0].marks][-3:] == titles
    assert strips[-1].marks[0].level == "red"  # small-cnn is inverted at both places


def test_tables_show_test_part_and_external_parts_side_by_side(
    written: tuple[Evidence, Document, Path],
) -> None:
    tables = {b.table.name: b.table for b in written[1].blocks if isinstance(b, TableBlock)}
    places = [row.values[1] for row in tables["external-breast"].rows[:3]]
    assert places == ["the test part", "DU <b>", "HT"]
    assert {row.values[1] for row in tables["calibration-elsewhere-breast"].rows} == set(places)
    asked = [row.values[0] for row in tables["changes-breast"].rows]
    assert asked[:3] == ["DU <b>", "HT", "all external parts"]
    assert asked[-2:] == ["blur, mean over severities", "noise, mean over severities"]
    wards = [row for row in tables["subgroups-breast"].rows if "ward" in str(row.values[0])]
    assert any("at least 10 are needed" in str(row.values[-1]) for row in wards)
    assert len(tables["severities-breast"].rows) == 10


def test_every_table_is_a_file_with_all_digits(written: tuple[Evidence, Document, Path]) -> None:
    evidence, _, folder = written
    told = evidence.datasets[0].transport
    assert told is not None
    text = (folder / "tables" / "changes-breast.csv").read_text("utf-8")
    assert repr(told.interactions[0].change.value) in text
    assert (folder / "tables" / "changes-breast.tex").exists()


def test_figures_are_there_and_escape_what_places_are_called(
    written: tuple[Evidence, Document, Path],
) -> None:
    _, document, folder = written
    names = {figure.name for figure in document.figures}
    assert {"transport-forest-breast", "transport-severity-breast"} <= names
    svg = (folder / "figures" / "transport-forest-breast.svg").read_text("utf-8")
    assert "DU &lt;b&gt;" in svg
    assert "DU <b>" not in (folder / "index.html").read_text("utf-8")


def test_its_evidence_is_valid_by_the_schema(written: tuple[Evidence, Document, Path]) -> None:
    form = json.loads(schema())
    data = json.loads(as_json(written[0]))
    jsonschema.Draft202012Validator(form).validate(data)
    told = data["datasets"][0]["transport"]
    assert told["interactions"][0]["change"]["value"] == pytest.approx(
        told["interactions"][0]["there"]["value"] - told["interactions"][0]["here"]["value"]
    )


def test_the_answer_says_in_a_line_what_was_found_elsewhere(
    written: tuple[Evidence, Document, Path],
) -> None:
    blocks = written[1].blocks
    (where,) = [
        i for i, b in enumerate(blocks) if isinstance(b, Heading) and b.anchor == "elsewhere"
    ]
    line = blocks[where + 1]
    assert isinstance(line, Bullets)
    assert "blur" in str(line.items[0][-1])


def test_of_groups_with_known_patients_the_smallest_class_is_of_patients(tmp_path: Path) -> None:
    """Beside a number of cases alone a number of patients looks like a share."""
    beyond = Beyond((), (Column("sex", ("F", "M")),))
    data = Data("breast", 60, 120, images_per_patient=2)
    evidence = collect(travelling(tmp_path / "r", beyond, datasets=(data,), methods=METHODS[:4]))
    tables = {b.table.name: b.table for b in compose(evidence).blocks if isinstance(b, TableBlock)}
    groups = tables["subgroups-breast"]
    named = {column.key: (column.label, i) for i, column in enumerate(groups.columns)}
    assert named["smallest"][0] == "Patients with the smallest class"
    found = evidence.datasets[0].transport
    assert found is not None
    for row in groups.rows:
        (place,) = (one for one in found.places if one.name == row.values[0])
        assert row.values[named["patients"][1]] == place.n_groups
        assert row.values[named["smallest"][1]] == place.n_smallest <= place.n_groups
    assert "cases (patients, where they are known)" in " ".join(tables["changes-breast"].notes)
