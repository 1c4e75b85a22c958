"""The numbers beside the sliders are those of the evidence."""

from collections.abc import Callable
from typing import Any

import pytest

from reports.document.plots import ThresholdCurve
from reports.formatting import MISSING, mean_count, percent, score
from reports.report import ReportFiles
from tests.browser.exhibit import NET, SVM, THRESHOLDS

pytestmark = pytest.mark.processes

expect = pytest.importorskip("playwright.sync_api", reason="no playwright").expect

SLIDER = "#slider"


@pytest.fixture
def slider(page: Any) -> Any:
    block = page.locator(SLIDER)
    block.scroll_into_view_if_needed()
    expect(block.locator("[data-out=tp]")).not_to_have_text("")
    return block


def shown(block: Any) -> dict[str, str]:
    pairs = block.locator("output").evaluate_all("all => all.map(o => [o.dataset.out, o.value])")
    return {key: value for key, value in pairs if key not in ("threshold", "prevalence")}


def expected(
    hits: float, alarms: float, positives: int, negatives: int, prevalence: float | None = None
) -> dict[str, str]:
    """As the tables would print it."""
    p = positives / (positives + negatives) if prevalence is None else prevalence
    sensitivity, specificity = hits / positives, 1 - alarms / negatives
    found, missed = p * sensitivity, p * (1 - sensitivity)
    alarmed, cleared = (1 - p) * (1 - specificity), (1 - p) * specificity
    if prevalence is None:  # shares of counts, rounded once
        found, missed, alarmed, cleared = hits, positives - hits, alarms, negatives - alarms
    total = found + missed + alarmed + cleared
    return {
        "tp": mean_count(hits),
        "fn": mean_count(positives - hits),
        "fp": mean_count(alarms),
        "tn": mean_count(negatives - alarms),
        "sensitivity": score(sensitivity),
        "specificity": score((negatives - alarms) / negatives),
        "accuracy": score((found + cleared) / total),
        "ppv": score(found / (found + alarmed)) if found + alarmed else MISSING,
        "npv": score(cleared / (cleared + missed)) if cleared + missed else MISSING,
    }


def at(curve: ThresholdCurve, i: int, prevalence: float | None = None) -> dict[str, str]:
    hits, alarms = curve.true_positives[i], curve.false_positives[i]
    return expected(hits, alarms, THRESHOLDS.positives, THRESHOLDS.negatives, prevalence)


def move(block: Any, which: str, value: float) -> None:
    block.locator(f"[data-in={which}]").evaluate(
        "(input, value) => { input.value = value; input.dispatchEvent(new Event('input')); }", value
    )


def test_it_starts_at_the_threshold_of_validation_and_the_prevalence_of_test(slider: Any) -> None:
    assert shown(slider) == at(NET, 2)
    assert shown(slider)["sensitivity"] == "0.812"  # 13 of 16: halves go to the even digit
    assert slider.locator("[data-out=threshold]").inner_text() == "0.5"
    assert slider.locator("[data-out=fixed]").inner_text() == "fixed on validation"
    assert slider.locator("[data-out=prevalence]").inner_text() == "0.40 %"
    assert slider.locator("[data-out=test]").inner_text() == "of the test part"


def test_every_threshold_shows_its_own_counts_and_rates(slider: Any) -> None:
    last = len(NET.thresholds) - 1
    for i in range(len(NET.thresholds)):
        move(slider, "threshold", last - i)
        assert shown(slider) == at(NET, i)
        text = slider.locator("[data-out=threshold]").inner_text()
        assert float(text) == NET.thresholds[i]


def test_where_nothing_is_called_positive_there_is_no_ppv(slider: Any) -> None:
    move(slider, "threshold", len(NET.thresholds) - 1)
    assert shown(slider)["ppv"] == MISSING
    move(slider, "threshold", 0)
    assert shown(slider)["npv"] == MISSING


def test_a_higher_prevalence_changes_what_depends_on_it_and_nothing_else(slider: Any) -> None:
    before = shown(slider)
    move(slider, "prevalence", 0.0)
    assert slider.locator("[data-out=prevalence]").inner_text() == percent(0.5)
    after = shown(slider)
    assert after == at(NET, 2, 0.5)
    changed = {key for key in before if before[key] != after[key]}
    assert changed == {"accuracy", "ppv", "npv"}


def test_a_key_moves_a_slider_and_the_button_takes_all_back(page: Any, slider: Any) -> None:
    start = shown(slider)
    slider.locator("[data-in=threshold]").focus()
    page.keyboard.press("ArrowRight")
    assert shown(slider) == at(NET, 1)
    slider.locator("[data-in=prevalence]").focus()
    page.keyboard.press("PageUp")
    assert shown(slider)["ppv"] != at(NET, 1)["ppv"]
    slider.get_by_role("button", name="Back to the start").click()
    assert shown(slider) == start


def test_another_method_starts_at_its_own_threshold(slider: Any) -> None:
    slider.get_by_label("Method").select_option(label="svm (classical)")
    # its threshold lies between two listed ones, and decides as the higher of them
    assert shown(slider) == at(SVM, 1)
    assert slider.locator("[data-out=threshold]").inner_text() == "0.03"


def test_the_numbers_of_a_report_are_those_of_its_evidence(
    open_page: Callable[..., Any], report: ReportFiles, evidence: dict[str, Any]
) -> None:
    page = open_page(report.html)
    block = page.locator(".thresholds")
    assert block.count() == 1  # the other data set has three classes
    block.scroll_into_view_if_needed()
    expect(block.locator("[data-out=tp]")).not_to_have_text("")
    positives, negatives = evidence["card"]["parts"]["test"]["per_class"][::-1]
    alone = 0
    for method in evidence["methods"]:
        block.locator("select").select_option(label=f"{method['name']} ({method['family']})")
        curve = method["thresholds"]
        i = curve["thresholds"].index(curve["chosen"])
        hits, alarms = curve["true_positives"][i], curve["false_positives"][i]
        assert shown(block) == expected(hits, alarms, positives, negatives)
        if len(method["scores"]) > 1:
            continue
        # a single run decides by its own threshold, as the tables say
        alone += 1
        operating = method["operating"]
        (tn, fp), (fn, tp) = operating["confusion"]
        cells = shown(block)
        assert [cells[key] for key in ("tn", "fp", "fn", "tp")] == [
            mean_count(v) for v in (tn, fp, fn, tp)
        ]
        for key, name in (
            ("sensitivity", "sensitivity"), ("specificity", "specificity"),
            ("accuracy", "accuracy"), ("ppv", "precision"), ("npv", "npv"),
        ):  # fmt: skip
            value = None if operating[name] is None else operating[name]["value"]
            assert cells[key] == score(value)
    assert alone >= 3
