"""What a model card says of places beyond the test part."""

from contextlib import redirect_stdout
from dataclasses import replace
from io import StringIO

import pytest

from bench.deploy import contents
from bench.deploy.card import as_html, as_markdown
from bench.deploy.origin import Origin
from bench.protocol.study import Study
from bench.results.store import Store
from tests.bench.deploy import small_data


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A manifest, and what `train` said."""
    root = tmp_path_factory.mktemp("card")
    small_data.write_folder(root / "set", n=20)
    with redirect_stdout(StringIO()) as said:
        out = small_data.train(root / "set", root / "tree.bench", method="decision-tree")
    return contents.read(out, allow_unsigned=True).manifest, said.getvalue()


@pytest.fixture(scope="module")
def manifest(trained):
    return trained[0]


def place(kind, name, value):
    auc = {"value": value, "low": value - 0.1, "high": value + 0.05, "method": "DeLong"}
    rows = [{"method": "decision-tree", "auc": auc}, {"method": "other", "auc": auc}]
    return {"kind": kind, "name": name, "n_cases": 40, "methods": rows}


EVIDENCE = {
    "methods": [{"name": "decision-tree"}],
    "transport": {
        "places": [
            place("test", "the test part", 0.9),
            place("external", "Basel", 0.81),
            place("subgroup", "sex = F", 0.7),
            place("corruption", "jpeg", 0.6),
        ]
    },
}


def told(tmp_path, evidence):
    origin = Origin(Store(tmp_path), Study(), "set", "", evidence, {})
    return origin.told(("decision-tree",))


def test_external_parts_and_subgroups_stand_on_the_card_and_spoilt_images_do_not(
    manifest, tmp_path
):
    card = replace(manifest, evidence=told(tmp_path, EVIDENCE))
    page = as_markdown(card)
    assert "| place or group | images | AUC, decision-tree |" in page
    assert "| Basel | 40 | 0.810 (0.710 to 0.860) |" in page
    assert "| sex = F | 40 | 0.700 (0.600 to 0.750) |" in page
    assert "jpeg" not in page
    assert "Beyond Basel nothing is known of other hospitals, devices or times" in page
    assert "<td>0.810 (0.710 to 0.860)</td>" in as_html(card)


def test_a_place_that_lacks_a_class_says_of_which_its_auc_is(manifest, tmp_path):
    here = {**place("test", "the test part", 0.9), "classes": ["a", "b", "c"]}
    basel = {**place("external", "Basel", 0.81), "classes": ["a", "b"]}
    bern = {**place("external", "Bern", 0.82), "classes": ["a", "b", "c"]}
    evidence = {**EVIDENCE, "transport": {"places": [here, basel, bern]}}
    page = as_markdown(replace(manifest, evidence=told(tmp_path, evidence)))
    assert "| Basel (of a, b) | 40 | 0.810 (0.710 to 0.860) |" in page
    assert "| Bern | 40 |" in page


def test_where_nothing_was_asked_nothing_is_said(manifest, tmp_path):
    for evidence in (told(tmp_path, {**EVIDENCE, "transport": None}), {}):
        page = as_markdown(replace(manifest, evidence=evidence))
        assert "place or group" not in page
        assert "Of another hospital, device or time nothing is known" in page


def test_a_class_that_validation_cannot_bound_is_named(trained):
    manifest, said = trained
    for name, line in zip(manifest.classes, manifest.in_every_set, strict=True):
        assert line == (
            f"“{name}” is in every set of classes, whatever an image shows: it had 4 validation "
            "cases, and at least 9 are needed for sets that hold 90 % of its cases."
        )
        assert line in said
        assert line in as_markdown(manifest)
    model = manifest.models[0]
    enough = replace(model, operating=replace(model.operating, quantiles=(0.5, 0.5)))
    assert replace(manifest, models=(enough,)).in_every_set == ()
    older = replace(model, checks={k: v for k, v in model.checks.items() if k != "validation"})
    told = replace(manifest, models=(older,)).in_every_set
    assert "it had too few validation cases; at least 9 are needed" in told[0]


def test_images_of_few_patients_are_told(manifest):
    assert manifest.patients is None
    assert manifest.images_of_one_patient == ""
    few = replace(manifest, cases={"test": 40}, patients=5)
    assert "The 40 test images are of 5 patients." in as_markdown(few)
    assert replace(few, patients=40).images_of_one_patient == ""
    again = type(few).decoded(few.encoded(), "it")
    assert again.patients == 5
