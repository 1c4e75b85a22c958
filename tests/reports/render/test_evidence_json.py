import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from bench.protocol.study import Study
from bench.results.store import Store
from reports.collect import collect
from reports.evidence import Estimate, Evidence
from reports.render import evidence_json
from reports.render.evidence_json import as_json, attributes, schema
from reports.report import write_report
from tests.reports.simulated import METHODS, Data, Method, results


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    datasets = (
        Data("two", 60, 120, images_per_patient=3),
        Data("many", 100, 200, (0.3, 0.3, 0.2, 0.2)),
        Data("phantom", 60, 120, ideal=True, generated=True),
    )
    methods = (
        *METHODS,
        Method("vit", "deep", 0.8, stochastic=True, fails=(1,), training=(2.0, 0.5)),
        Method("xgboost", "classical", 0.8, skips=(None,), importance=(("glcm", 0.1),)),
    )
    return results(tmp_path_factory.mktemp("json") / "results", datasets, methods)


@pytest.fixture(scope="module")
def evidence(store: Store) -> Evidence:
    return collect(store)


@pytest.fixture(scope="module")
def data(evidence: Evidence) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(as_json(evidence))
    return found


def validator() -> jsonschema.Draft202012Validator:
    form = json.loads(schema())
    jsonschema.Draft202012Validator.check_schema(form)
    return jsonschema.Draft202012Validator(form)


@pytest.mark.slow
def test_real_evidence_is_valid_by_the_schema(data: dict[str, Any]) -> None:
    validator().validate(data)


@pytest.mark.parametrize(
    "methods",
    [METHODS[:1], (Method("svm", "classical", fails=(None,)), Method("cnn", "deep", fails=(0,)))],
    ids=["one method", "nothing but failures"],
)
def test_poor_evidence_is_valid_too(methods: tuple[Method, ...], tmp_path: Path) -> None:
    found = collect(results(tmp_path / "r", (Data("breast", 40, 60),), methods, seeds=(0,)))
    validator().validate(json.loads(as_json(found)))


def test_evidence_of_no_runs_at_all_is_valid(tmp_path: Path) -> None:
    store = Store(tmp_path / "r")
    store.declare(Study(("busi",), ("svm",)), "python -m bench run")
    validator().validate(json.loads(as_json(collect(store))))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("n_runs",), "many"),
        (("overall", "rule"), "sure"),
        (("datasets", 0, "methods", 0, "auc", "value"), "high"),
        (("datasets", 0, "surplus"), 1),
        (("schema",), 1),
    ],
)
def test_the_schema_refuses_what_is_no_evidence(
    path: tuple[str | int, ...], value: object, data: dict[str, Any]
) -> None:
    changed = json.loads(json.dumps(data))
    place = changed
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    assert not validator().is_valid(changed)


def test_the_schema_refuses_evidence_that_lacks_something(data: dict[str, Any]) -> None:
    assert not validator().is_valid({key: data[key] for key in data if key != "overall"})


def test_every_number_is_there_with_every_digit(evidence: Evidence, data: dict[str, Any]) -> None:
    by_name = {found["card"]["name"]: found for found in data["datasets"]}
    checked = 0
    for shown in evidence.datasets:
        methods = {m["name"]: m for m in by_name[shown.card.name]["methods"]}
        for method in shown.methods:
            auc = methods[method.name]["auc"]
            if method.auc is None:
                assert auc is None
            else:
                assert (auc["value"], auc["low"], auc["high"]) == (
                    method.auc.value,
                    method.auc.low,
                    method.auc.high,
                )
                checked += 1
            if method.roc is not None:
                assert methods[method.name]["roc"]["tpr"] == list(method.roc.tpr)
    assert checked > 20
    total = evidence.robustness.total
    assert total is not None
    assert data["robustness"]["total"]["share"] == total.share


def test_a_docstring_says_of_every_field_what_it_means() -> None:
    form = json.loads(schema())
    bare = [
        f"{name}.{field}"
        for name, kind in [("Evidence", form), *form["$defs"].items()]
        for field, said in kind["properties"].items()
        if not said.get("description")
    ]
    assert bare == []


def test_pictures_are_left_out(data: dict[str, Any]) -> None:
    assert "samples" not in data["datasets"][0]["card"]
    assert "iVBORw0KGgo" not in json.dumps(data)


@pytest.mark.slow
def test_keys_are_sorted_and_the_same_evidence_gives_the_same_text(store: Store) -> None:
    text = as_json(collect(store))
    assert text == as_json(collect(store))
    pairs = json.loads(text, object_pairs_hook=lambda found: [key for key, _ in found])
    assert pairs == sorted(pairs)


def test_a_number_that_is_none_is_refused(evidence: Evidence) -> None:
    with pytest.raises(ValueError, match="finite"):
        as_json(replace(evidence, fraction=float("nan")))


def test_a_value_without_a_form_in_json_is_refused(evidence: Evidence) -> None:
    with pytest.raises(TypeError, match="complex"):
        as_json(replace(evidence, fraction=1j))  # type: ignore[arg-type]


def test_a_type_without_a_schema_is_refused() -> None:
    @dataclass(frozen=True)
    class Odd:
        """Odd."""

        value: complex

    with pytest.raises(TypeError, match="complex"):
        evidence_json.object_schema(Odd, {})


def test_attributes_are_read_from_the_docstring() -> None:
    assert attributes(Estimate)["low"] == attributes(Estimate)["high"]
    assert attributes(Estimate)["method"].endswith('"" where there is none.')


@pytest.mark.slow
def test_both_files_stand_beside_the_report(store: Store, data: dict[str, Any]) -> None:
    files = write_report(store)
    assert [path.name for path in files.evidence] == ["evidence.json", "evidence.schema.json"]
    assert json.loads((files.folder / "evidence.json").read_text(encoding="utf-8")) == data
    assert (files.folder / "evidence.schema.json").read_text(encoding="utf-8") == schema()


def test_the_documentation_names_every_key_and_every_object() -> None:
    text = (Path(__file__).parents[3] / "docs" / "report.md").read_text(encoding="utf-8")
    form = json.loads(schema())
    assert [name for name in (*form["properties"], *form["$defs"]) if f"`{name}`" not in text] == []
