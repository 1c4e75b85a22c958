"""PPV and NPV at stated prevalences: what stands on paper and in evidence.json."""

import json

import pytest

from reports.collect import collect
from reports.document.parts.decision_tables import prevalence_table
from reports.document.sections.operating_point import operating_point
from reports.render.evidence_json import as_json
from tests.reports.simulated import Data, Method, results

METHODS = (
    Method("svm", "classical", 0.8),
    Method("cnn", "deep", 0.85),
)


@pytest.fixture(scope="module")
def evidence(tmp_path_factory):
    datasets = (Data("breast"), Data("derm", shares=(0.4, 0.3, 0.3)))
    return collect(results(tmp_path_factory.mktemp("ppv") / "r", datasets, METHODS))


def test_values_are_those_of_bayes_theorem_with_an_interval(evidence):
    for name in ("svm", "cnn"):
        own = evidence.datasets[0].method(name).operating
        assert [at.prevalence for at in own.at_prevalence] == [0.01, 0.05, 0.1, 0.2, 0.5]
        for at in own.at_prevalence:
            p, se, sp = at.prevalence, own.sensitivity.value, own.specificity.value
            assert at.ppv.value == pytest.approx(p * se / (p * se + (1 - p) * (1 - sp)))
            assert at.npv.value == pytest.approx((1 - p) * sp / ((1 - p) * sp + p * (1 - se)))
            for value in (at.ppv, at.npv):
                assert 0 <= value.low < value.value < value.high <= 1


def test_at_the_prevalence_of_the_test_part_it_is_the_ppv_of_the_table(evidence):
    own = evidence.datasets[0].method("cnn").operating
    by_prevalence = {at.prevalence: at.ppv.value for at in own.at_prevalence}
    assert by_prevalence[0.2] < own.precision.value < by_prevalence[0.5]  # there it is 40 %


def test_the_table_stands_with_the_operating_point_of_two_classes_only(evidence):
    breast, derm = evidence.datasets
    table = prevalence_table(breast, "breast", "95 %")
    assert [row.values[0] for row in table.rows] == [0.01, 0.05, 0.1, 0.2, 0.5]
    labels = [column.label for column in table.columns]
    assert labels == ["Prevalence", "PPV, cnn", "NPV, cnn", "PPV, svm", "NPV, svm"]
    assert prevalence_table(derm, "derm", "95 %") is None
    blocks = operating_point(evidence, {"breast": "breast", "derm": "derm"})
    names = [block.table.name for block in blocks if block.kind == "table"]
    assert "prevalence-breast" in names
    assert "prevalence-derm" not in names


def test_the_numbers_are_in_the_evidence_file(evidence):
    told = json.loads(as_json(evidence))
    methods = {m["name"]: m for m in told["datasets"][0]["methods"]}
    assert len(methods["svm"]["operating"]["at_prevalence"]) == 5
    assert methods["svm"]["operating"]["at_prevalence"][0]["ppv"]["low"] is not None
