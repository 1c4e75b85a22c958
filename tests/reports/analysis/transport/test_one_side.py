"""Methods of one side alone are told beyond the test part too; a difference is not."""

from dataclasses import replace
from pathlib import Path

import pytest

from reports.collect import collect
from reports.document.checklists.answers import answers
from reports.evidence import Evidence, Transport
from reports.report import compose
from tests.reports.simulated import Data, Method
from tests.reports.travelling import Beyond, Column, Site, travelling

SVM, CNN = Method("svm", "classical", 0.82), Method("cnn", "deep", 0.85)
PRIOR = Method("prior", "control", 0.5)
WHERE = Beyond((Site("DU", {"svm": 0.7, "cnn": 0.7}),), (Column("sex", ("F", "M")),), {"blur": {}})


def of_methods(root: Path, *methods: Method, beyond: Beyond = WHERE, folds: int = 0) -> Evidence:
    data = (Data("breast", 60, 120),)
    told = travelling(root / "r", beyond, datasets=data, methods=methods, seeds=(0,), folds=folds)
    return collect(told)


def transport(evidence: Evidence) -> Transport:
    (data,) = evidence.datasets
    assert data.transport is not None
    return data.transport


@pytest.fixture(scope="module")
def classical(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    return of_methods(tmp_path_factory.mktemp("classical"), SVM, PRIOR)


def test_places_of_one_side_have_its_methods_and_no_difference(classical: Evidence) -> None:
    found = transport(classical)
    assert found.apart == "No deep method was run on this data set."
    assert (found.deep, found.classical) == ("", "svm")
    assert found.interactions == found.sentences == ()
    assert {place.kind for place in found.places} == {"test", "external", "subgroup", "corruption"}
    for place in found.places:
        assert [row.method for row in place.methods] == ["svm", "prior"]
        assert all(row.auc is not None for row in place.methods)
        assert place.difference is place.equivalence is None
        assert [row.method for row in place.sides] == ["svm"]
    assert [gap.method for gap in found.gaps] == ["svm"]


def test_the_report_of_one_side_has_the_tables_of_single_methods(classical: Evidence) -> None:
    document = compose(classical)
    assert "transport" in {heading.anchor for heading in document.headings}
    tables = {table.name: table for table in document.tables}
    assert {
        "external-breast",
        "calibration-elsewhere-breast",
        "subgroups-breast",
        "gaps-breast",
        "all-methods-by-subgroup-breast",
        "severities-breast",
        "all-methods-by-corruption-breast",
    } <= set(tables)
    assert "changes-breast" not in tables
    keys = [column.key for column in tables["subgroups-breast"].columns]
    assert keys == ["group", "cases", "smallest", "auc_classical", "untested"]
    assert tables["subgroups-breast"].caption.startswith("The best classical model (svm) by group")
    text = " ".join(str(block) for block in document.blocks)
    assert "No deep method was run on this data set. ΔAUC and its changes" in text


def test_the_lights_of_one_side_say_why_nothing_is_asked(classical: Evidence) -> None:
    lights = {item.key: item for item in classical.datasets[0].audit}
    for key in ("elsewhere", "subgroups", "spoilt-images"):
        assert lights[key].colour == "amber"
        assert lights[key].sentence.endswith("No deep method was run on this data set.")


def test_checklists_do_not_deny_the_external_part_of_one_side(classical: Evidence) -> None:
    told = answers(classical)
    assert "External parts, in Transport: DU (breast)." in told["elsewhere"]
    assert "No method is tested on another data set" not in told["external"]


def test_checklists_do_not_deny_an_external_part_that_has_no_table(classical: Evidence) -> None:
    data = replace(classical.datasets[0], transport=None)
    told = answers(replace(classical, datasets=(data,), transport=None))
    assert "No method is tested on another data set" not in told["external"]


def test_controls_alone_are_told_elsewhere_too(tmp_path: Path) -> None:
    evidence = of_methods(tmp_path, PRIOR)
    found = transport(evidence)
    assert (found.deep, found.classical, found.gaps) == ("", "", ())
    names = {table.name for table in compose(evidence).tables}
    assert {"external-breast", "all-methods-by-subgroup-breast"} <= names
    assert not {"subgroups-breast", "severities-breast"} & names


def test_with_folds_one_side_is_the_best_of_each_fold(tmp_path: Path) -> None:
    others = (replace(SVM, name=name) for name in ("forest", "knn"))
    beyond = replace(WHERE, sites=(Site("DU", dict.fromkeys(("svm", "forest", "knn"), 0.7)),))
    evidence = of_methods(tmp_path, SVM, *others, beyond=beyond, folds=3)
    found = transport(evidence)
    assert found.interactions == ()
    for place in found.places:
        assert [row.method for row in place.sides] == [found.stands_for_classical]
        assert place.difference is None
    assert "external-breast" in {table.name for table in compose(evidence).tables}


@pytest.mark.parametrize(("share", "has"), [(1.0, "sensitivity"), (0.0, "specificity")])
def test_an_external_part_of_one_class_has_the_rate_that_it_allows(
    tmp_path: Path, share: float, has: str
) -> None:
    site = Site("DU", {"svm": 0.8, "cnn": 0.8}, n=40, share=share)
    evidence = of_methods(tmp_path, SVM, CNN, beyond=Beyond((site,)))
    (place,) = transport(evidence).of_kind("external")
    lacks = "specificity" if has == "sensitivity" else "sensitivity"
    for row in place.methods:
        assert row.auc is None
        assert getattr(row, lacks) is None
        rate = getattr(row, has)
        assert 0 < rate.low <= rate.value <= rate.high
    (table,) = [one for one in compose(evidence).tables if one.name == "external-breast"]
    assert table.notes[-1] == (
        "Cases of one class alone have no AUC, no loss and no rate that needs another class: "
        f"DU: {place.classes[0]}."
    )
    assert "cannot be compared" not in " ".join(table.notes)
