"""Every number of a sentence is a number of the evidence, in HTML, PDF and JSON alike.

`forms` prints each number of a piece of evidence.json in every way that a report prints numbers;
a sentence about that piece may hold no other decimal number.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from bench.protocol.claim import Claim
from reports.collect import collect
from reports.document.document import Document
from reports.evidence import Evidence
from reports.report import compose, write_document
from tests.reports.numbers import decimals, derived, forms, sentences
from tests.reports.page import Page
from tests.reports.pdf_text import pages, squeezed
from tests.reports.simulated import METHODS, Data, Method, flagged, results


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Evidence, Document, Path]:
    datasets = (
        Data("breastmnist", 78, 156, (0.27, 0.73)),
        Data("patients", 60, 120, images_per_patient=3),
        Data("many", 60, 120, (0.4, 0.3, 0.3)),
        *(Data(f"more-{i}", 40, 60) for i in range(3)),
    )
    vit = Method("vit", "deep", 0.8, stochastic=True, fails=(1,), fit_seconds=40)
    methods = (METHODS[0], METHODS[2], METHODS[4], METHODS[6], vit)
    claim = Claim("own", ("svm",), ("resnet18",), margin=0.037)
    store = results(
        tmp_path_factory.mktemp("prose") / "results", datasets, methods, claims=(claim,)
    )
    flagged(store, patients=("test-None-000000", "test-None-000001"))
    evidence = collect(store)
    document = compose(evidence)
    return evidence, document, write_document(document, store.layout.report_folder, evidence).folder


@pytest.fixture(scope="module")
def evidence(written: tuple[Evidence, Document, Path]) -> Evidence:
    return written[0]


@pytest.fixture(scope="module")
def document(written: tuple[Evidence, Document, Path]) -> Document:
    return written[1]


@pytest.fixture(scope="module")
def data(written: tuple[Evidence, Document, Path]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((written[2] / "evidence.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def shown(written: tuple[Evidence, Document, Path]) -> tuple[str, str]:
    """The text of the page and of the paper, without white space and without footers."""
    page = Page((written[2] / "index.html").read_text(encoding="utf-8"))
    paper = " ".join(pages((written[2] / "report.pdf").read_bytes()))
    footer = r"Study\w{12}·firstrun[\d-]{10}\d+/\d+"
    return squeezed(page.text), re.sub(footer, "", squeezed(paper))


def stands(sentence: str, where: str) -> bool:
    """Whether it stands there, in one piece or, with a page or a figure between, in two."""
    if sentence in where:
        return True
    n = max((n for n in range(len(sentence)) if sentence[:n] in where), default=0)
    return min(n, len(sentence) - n) >= 15 and sentence[n:] in where


def test_a_wrong_digit_would_be_noticed() -> None:
    assert stands("the difference is 0.031 of 1".replace(" ", ""), "…thedifferenceis0.031of1…")
    assert not stands("the difference is 0.032 of 1".replace(" ", ""), "…thedifferenceis0.031of1…")
    assert decimals("ΔAUC −0.031 [−0.050, +0.011], p = 0.031; Python 3.11.9.") == {
        "−0.031", "−0.050", "+0.011", "0.031",
    }  # fmt: skip
    assert decimals("0.912.") == {"0.912"}
    own = forms({"d": -0.0312, "limits": [-0.05, 0.011], "p": 0.0309})
    assert decimals("ΔAUC −0.031 [−0.050, +0.011], p = 0.031.") <= own
    assert not decimals("ΔAUC −0.032.") <= own
    assert not decimals("p = 0.041.") <= own


@pytest.mark.slow
def test_the_numbers_of_each_verdict_are_those_of_its_object(
    evidence: Evidence, data: dict[str, Any], shown: tuple[str, str]
) -> None:
    checked = 0
    for found, stored in zip(evidence.datasets, data["datasets"], strict=True):
        sentence = f"{found.verdict.heading} {found.verdict.sentence}"
        own = forms(stored["verdict"], stored["comparison"], data["entry"]["study"]["alpha"])
        assert decimals(sentence) <= own
        checked += len(decimals(sentence))
        assert stored["verdict"]["sentence"] == found.verdict.sentence
        assert all(squeezed(found.verdict.sentence) in where for where in shown)
    assert checked > 15


def test_the_numbers_of_the_overall_answer_are_those_of_its_object(
    evidence: Evidence, data: dict[str, Any], shown: tuple[str, str]
) -> None:
    overall = evidence.overall
    own = forms(data["overall"], data["entry"]["study"]["margin"], data["entry"]["study"]["alpha"])
    told = decimals(" ".join((overall.sentence, *overall.caveats)))
    assert told
    assert told <= own
    assert data["overall"]["sentence"] == overall.sentence
    assert all(squeezed(overall.sentence) in where for where in shown)


def test_the_numbers_of_each_claim_are_those_of_its_object(
    evidence: Evidence, data: dict[str, Any], shown: tuple[str, str]
) -> None:
    checked = 0
    for claim, stored in zip(evidence.claims, data["claims"], strict=True):
        own = forms(stored, data["entry"]["study"])
        told = [claim.sentence, *(one.sentence for one in claim.datasets)]
        assert decimals(" ".join(told)) <= own
        checked += len(decimals(claim.sentence))
        assert all(squeezed(claim.sentence) in where for where in shown)
    assert checked > 5


def test_the_numbers_of_each_section_of_a_data_set_are_those_of_its_evidence(
    evidence: Evidence, data: dict[str, Any]
) -> None:
    for found, stored in zip(evidence.datasets, data["datasets"], strict=True):
        told = [item.sentence for item in found.audit]
        if found.comparison is not None:
            told += [check.sentence for check in found.comparison.controls]
        own = forms(
            {key: stored[key] for key in stored if key != "card"},
            [a for a in data["robustness"]["analyses"] if a["dataset"] == found.card.name],
            data["robustness"]["by_dataset"],
            data["entry"]["study"],
            derived(stored),
        )
        strange = {sentence: decimals(sentence) - own for sentence in told}
        assert {sentence: numbers for sentence, numbers in strange.items() if numbers} == {}


@pytest.mark.slow
def test_every_number_of_all_prose_is_one_of_the_evidence(
    document: Document, data: dict[str, Any], shown: tuple[str, str]
) -> None:
    own = forms(
        {key: data[key] for key in data if key != "environments"},
        [derived(stored) for stored in data["datasets"]],
    )
    told = list(sentences(document))
    assert len(told) > 60
    assert sum(len(decimals(sentence)) for sentence in told) > 150
    strange = {s: sorted(decimals(s) - own) for s in told if decimals(s) - own}
    assert strange == {}
    for where in shown:
        assert [sentence for sentence in told if not stands(squeezed(sentence), where)] == []


def test_every_number_of_a_caption_or_of_words_for_a_figure_is_one_of_the_evidence(
    document: Document, data: dict[str, Any]
) -> None:
    own = forms(
        {key: data[key] for key in data if key != "environments"},
        [derived(stored) for stored in data["datasets"]],
    )
    for figure in document.figures:
        assert decimals(f"{figure.caption} {figure.alternative}") <= own
