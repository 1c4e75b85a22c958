"""What the report says of the search for parameters."""

import itertools
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from bench.protocol.claim import Claim
from bench.protocol.record import Run, Tried
from bench.results.store import Store
from reports.analysis.methods.tuning import gain_by_chance
from reports.collect import collect
from reports.document.blocks import Bullets, Facts, Paragraph
from reports.document.checklists.answers import answers
from reports.document.document import Document
from reports.document.sections.protocol import protocol
from reports.document.sections.tuning import (
    chosen_parameters,
    chosen_table,
    short_name,
    tuning,
    tuning_table,
)
from reports.document.tables import Table, text
from reports.evidence import ChosenParameter, Evidence, Tuning
from reports.render.evidence_json import as_json, schema
from reports.report import ReportFiles, compose, write_document, write_report
from tests.reports.exhibits import HOSTILE
from tests.reports.numbers import decimals, derived, forms, sentences
from tests.reports.page import Page
from tests.reports.pdf_text import assert_inside_margins, pages, squeezed
from tests.reports.simulated import METHODS, Data, Method, results

pytestmark = pytest.mark.slow

TUNED = (
    Method("svm", "classical", 0.82, space=1000),
    Method("random-forest", "classical", 0.80, stochastic=True, seed_sd=0.005, space=5, broken=1),
    Method("resnet18", "deep", 0.86, stochastic=True, seed_sd=0.01, fit_seconds=120.0, space=1000),
    Method("resnet18-svm", "hybrid", 0.84, fit_seconds=20.0),
    Method("class-prior", "control", constant=True, fit_seconds=0.01),
)
STEMS = {"breast": "breast"}


def with_searches(store: Store, method: str, *searches: tuple[Tried, ...]) -> Store:
    """The same results, in which the runs of a method had these searches, in their order."""
    trials = sorted(trial for trial in store.trials() if trial.method == method)
    for trial, search in zip(trials, searches, strict=True):
        run = store.run(trial)
        assert run is not None
        parameters = {"pipe__C": 1.0, "pipe__kernel": "rbf"}
        searched = replace(run, tunable=True, tune=4, tuning=search, parameters=parameters)
        store.write_run(searched)
    return store


def light(evidence: Evidence, key: str) -> Any:
    return next(item for item in evidence.datasets[0].audit if item.key == key)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    data = (Data("breast", 100, 150), Data("derm", 90, 120, (0.4, 0.3, 0.3)))
    return results(tmp_path_factory.mktemp("tuned") / "results", data, TUNED, tune=12)


@pytest.fixture(scope="module")
def evidence(store: Store) -> Evidence:
    return collect(store)


@pytest.fixture(scope="module")
def document(evidence: Evidence) -> Document:
    return compose(evidence)


@pytest.fixture(scope="module")
def files(store: Store) -> ReportFiles:
    return write_report(store)


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    """Three runs of an SVM whose searches are worked out by hand below."""
    methods = (Method("svm", "classical", 0.82, stochastic=True), METHODS[2])
    store = results(
        tmp_path_factory.mktemp("hand") / "r", (Data("breast", 60, 90),), methods, tune=4
    )
    with_searches(
        store,
        "svm",
        (
            Tried({}, 0.70, 1.0),
            Tried({"pipe__C": 10.0, "pipe__kernel": "rbf"}, 0.80, 1.0, chosen=True),
            Tried({"pipe__C": 0.1, "pipe__kernel": "poly"}, 0.60, 1.0),
            Tried({"pipe__C": 100.0, "pipe__kernel": "poly"}, 0.75, 1.0),
        ),
        (
            Tried({}, 0.90, 1.0, chosen=True),
            Tried({"pipe__C": 10.0, "pipe__kernel": "poly"}, 0.50, 1.0),
            Tried({"pipe__C": 0.01, "pipe__kernel": "rbf"}, 0.60, 1.0),
        ),
        (
            Tried({}, None, 1.0, error="ValueError: no", status="failed"),
            Tried({"pipe__C": 0.5, "pipe__kernel": "poly"}, 0.85, 1.0, chosen=True),
            Tried({"pipe__C": 0.25, "pipe__kernel": "rbf"}, 0.80, 1.0),
            Tried(
                {"pipe__C": 1e9, "pipe__kernel": "rbf"},
                None,
                1.0,
                error="took longer than the limit of 5 s",
                status="timeout",
            ),
        ),
    )
    return collect(store)


def found(evidence: Evidence, method: str) -> Tuning:
    tuned = evidence.datasets[0].method(method).tuning
    assert tuned is not None
    return tuned


def values(table: Table, method: str) -> dict[str, Any]:
    row = next(row for row in table.rows if row.values[0] == method)
    return dict(zip([column.key for column in table.columns], row.values, strict=True))


def test_numbers_are_means_over_runs_worked_by_hand(searched: Evidence) -> None:
    svm = found(searched, "svm")
    assert (svm.asked, svm.runs) == (4, 3)
    assert svm.tried == pytest.approx(11 / 3)
    assert svm.failed == pytest.approx(2 / 3)
    assert svm.declared == pytest.approx((0.70 + 0.90) / 2)
    assert svm.chosen == pytest.approx((0.80 + 0.90 + 0.85) / 3)
    assert svm.gain == pytest.approx((0.10 + 0.00) / 2)
    assert svm.kept == 1


def test_the_expected_best_of_half_the_configurations_is_worked_by_hand(searched: Evidence) -> None:
    (half,) = found(searched, "svm").expected
    assert half.configurations == 2
    # run 1: 0.70 and one of 0.80, 0.60, 0.75; run 2: nothing beats 0.90; run 3 begins with nothing
    first = (0.80 + 0.70 + 0.75) / 3
    assert half.validation == pytest.approx((first + 0.90) / 2)


def test_a_quarter_and_a_half_are_told_where_they_are_searches(evidence: Evidence) -> None:
    assert [one.configurations for one in found(evidence, "svm").expected] == [3, 6]
    svm = found(evidence, "svm")
    told = [svm.declared, *(one.validation for one in svm.expected), svm.chosen]
    assert told == sorted(told, key=lambda value: value or 0)


def test_an_exhausted_space_gains_nothing_by_more_configurations(evidence: Evidence) -> None:
    forest = found(evidence, "random-forest")
    assert (forest.asked, forest.tried, forest.failed) == (12, 5, 1)
    assert forest.expected[1].validation == pytest.approx(forest.chosen)


def test_what_was_chosen_has_the_validation_auc_of_the_stored_predictions(
    evidence: Evidence,
) -> None:
    for data in evidence.datasets:
        for method in data.methods:
            if method.tuning is not None:
                assert method.tuning.chosen == pytest.approx(method.validation_auc)


def test_parameters_are_those_of_the_chosen_configurations(searched: Evidence) -> None:
    assert found(searched, "svm").parameters == (
        ChosenParameter("pipe__C", (("10.0", 1), ("1.0", 1), ("0.5", 1))),
        ChosenParameter("pipe__kernel", (("rbf", 2), ("poly", 1))),
    )
    assert found(searched, "svm").errors == (
        ("ValueError: no", 1),
        ("timeout: took longer than the limit of 5 s", 1),
    )


def test_the_table_has_a_row_per_tuned_method(searched: Evidence) -> None:
    table = tuning_table(searched.datasets[0], "breast")
    assert [column.label for column in table.columns] == [
        "Method", "Family", "Tried", "Failed", "Declared", "Best of 2", "Chosen", "SE", "Gain",
        "Declared kept",
    ]  # fmt: skip
    assert [row.values[0] for row in table.rows] == ["svm"]
    row = values(table, "svm")
    assert row["kept"] == "1 of 3"
    chosen = chosen_table(searched.datasets[0], "breast")
    assert [row.values for row in chosen.rows] == [("svm", "C = 0.5 to 10, kernel = rbf (2 of 3)")]
    shown = {c.key: text(c, row[c.key]) for c in table.columns}
    assert (shown["configurations"], shown["failed"]) == ("3.7", "0.7")
    assert (shown["declared"], shown["chosen"], shown["gain"]) == ("0.800", "0.850", "+0.050")
    assert any("too high by that choice" in note for note in table.notes)


def test_failures_have_a_column_and_their_reasons_where_there_are_any(
    evidence: Evidence, searched: Evidence, tmp_path: Path
) -> None:
    lists = [block for block in tuning(searched, STEMS) if isinstance(block, Bullets)]
    assert lists == [
        Bullets(
            (
                (
                    "svm: 2 configurations failed in all runs together: 1 with “ValueError: no”, "
                    "1 with “timeout: took longer than the limit of 5 s”.",
                ),
            )
        )
    ]
    fine = (Method("svm", "classical", space=9), Method("cnn", "deep", space=9))
    whole = collect(results(tmp_path / "r", (Data("breast", 60, 90),), fine, tune=2))
    assert not any(isinstance(block, Bullets) for block in tuning(whole, STEMS))
    table = tuning_table(whole.datasets[0], "breast")
    # with two configurations there is no search between the declared parameters and all of them
    assert [column.key for column in table.columns] == [
        "method", "family", "configurations", "declared", "chosen", "standard_error",
        "gain", "kept",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ((("10", 3),), "C = 10"),
        ((("1024", 3),), "C = 1024"),
        ((("0.0031622776601683794", 2), ("1", 1)), "C = 0.00316 (2 of 3)"),
        ((("0.1", 1), ("1e-05", 1), ("200", 1)), "C = 1e-05 to 200"),
        ((("auto", 1), ("1", 1), ("scale", 1)), "C = auto or 1 or scale"),
        ((("a", 1), ("b", 1), ("c", 1), ("d", 1), ("e", 1)), "C = a or b or c or 2 more"),
        ((("nan", 1), ("1", 1)), "C = nan or 1"),
    ],
)
def test_values_are_told_shortly(
    told: tuple[tuple[str, int], ...], words: str, searched: Evidence
) -> None:
    method = replace(searched.datasets[0].method("svm"), parameters=(("step__C", "1.0"),))
    search = replace(found(searched, "svm"), parameters=(ChosenParameter("step__C", told),))
    assert chosen_parameters(search, method) == words


def test_a_name_keeps_the_steps_that_tell_it_from_others() -> None:
    names = ["a__svm__C", "b__svm__C", "b__svm__gamma", "C", "lone"]
    assert [short_name(name, names) for name in names] == [
        "a__svm__C", "b__svm__C", "gamma", "C", "lone",
    ]  # fmt: skip


def test_nothing_of_tuning_appears_where_nothing_was_tuned(tmp_path: Path) -> None:
    methods = tuple(replace(method, space=10) for method in METHODS)
    shown = collect(results(tmp_path / "r", (Data("breast", 60, 90),), methods))
    assert all(method.tuning is None for method in shown.datasets[0].methods)
    assert tuning(shown, STEMS) == []
    plain = compose(shown)
    assert "Tuning" not in [heading.text for heading in plain.headings]
    assert not [table.name for table in plain.tables if table.name.startswith("tuning")]
    words = " ".join(said(plain)).lower()
    # the untuned study says that nothing was tuned, in its audit and in the checklists only
    assert "search space" not in words
    assert "configuration" not in words


def test_the_standard_error_is_that_of_the_stored_validation_predictions(tmp_path: Path) -> None:
    methods = (Method("svm", "classical", space=9), Method("cnn", "deep", space=9))
    store = results(tmp_path / "r", (Data("breast", 60, 90),), methods, seeds=(0,), tune=20)
    run = store.run(next(trial for trial in store.trials() if trial.method == "svm"))
    part = run.predictions.part("val")
    score = part.probabilities[:, 1]
    positive, negative = score[part.labels == 1], score[part.labels == 0]
    wins = (positive[:, None] > negative) + 0.5 * (positive[:, None] == negative)
    variance = wins.mean(1).var(ddof=1) / len(positive) + wins.mean(0).var(ddof=1) / len(negative)
    shown = collect(store)
    assert found(shown, "svm").standard_error == pytest.approx(np.sqrt(variance))
    notes = " ".join(tuning_table(shown.datasets[0], "breast").notes)
    assert "Of 20 configurations that are equally good the best would seem 1.0 SE better" in notes


def test_what_is_gained_by_chance_is_that_of_equally_good_configurations() -> None:
    rng = np.random.default_rng(0)
    for n in (2, 5, 20, 100):
        common = rng.normal(size=(20_000, 1))
        seen = np.sqrt(0.7) * common + np.sqrt(0.3) * rng.normal(size=(20_000, n))
        gained = (seen.max(axis=1) - seen[:, 0]).mean()
        assert gain_by_chance(n) == pytest.approx(gained, rel=0.08)


def test_several_classes_have_no_standard_error(tmp_path: Path) -> None:
    methods = (Method("svm", "classical", space=9), Method("cnn", "deep", space=9))
    data = (Data("cells", 60, 90, (0.4, 0.3, 0.3)),)
    shown = collect(results(tmp_path / "r", data, methods, seeds=(0,), tune=3))
    assert found(shown, "svm").standard_error is None
    assert "DeLong" not in " ".join(tuning_table(shown.datasets[0], "cells").notes)


def test_a_claim_about_two_that_were_not_tuned_alike_is_not_tested(tmp_path: Path) -> None:
    declared = (
        Claim("unlike", ("svm",), ("plain",)),
        Claim("alike", ("svm",), ("tree",)),
    )
    methods = (
        Method("svm", "classical", 0.9, space=9),
        Method("tree", "classical", 0.6, space=9),
        Method("plain", "classical", 0.6),
        Method("cnn", "deep", 0.7),
    )
    shown = collect(results(tmp_path / "r", (Data("breast"),), methods, claims=declared, tune=4))
    assert light(shown, "budget").colour == "red"  # of the champions svm and cnn
    claims = {claim.name: claim.datasets[0] for claim in shown.claims}
    assert claims["unlike"].outcome == "not-tested"
    assert "The two were not tuned alike: svm is the best" in claims["unlike"].sentence
    assert claims["alike"].outcome == "supported"


def test_a_parameter_that_is_no_leaf_is_told_as_declared_where_it_was_kept(tmp_path: Path) -> None:
    methods = (Method("svm", "classical", space=9), Method("cnn", "deep", space=9))
    store = results(tmp_path / "r", (Data("breast"),), methods, seeds=(0, 1), tune=3)
    for trial in list(store.trials()):
        run = store.run(trial)
        if trial.method == "svm":
            kept = trial.seed == 0
            search = (
                Tried({}, 0.8, 1.0, chosen=kept),
                Tried({"scale": "StandardScaler()"}, 0.9 - 0.2 * kept, 1.0, chosen=not kept),
            )
            store.write_run(replace(run, tuning=search))
    table = chosen_table(collect(store).datasets[0], "breast")
    rows = dict(row.values for row in table.rows)
    assert rows["svm"] == "scale = as declared or StandardScaler()"


def test_an_old_run_without_a_word_on_tuning_is_read(tmp_path: Path) -> None:
    store = results(tmp_path / "r", (Data("breast", 60, 90),), METHODS[:1])
    (trial,) = store.trials()
    run = store.run(trial)
    assert run is not None
    old = {key: value for key, value in run.as_json().items() if key not in ("tune", "tuning")}
    again = Run.from_json(old)
    assert (again.tune, again.tuning, again.parameters_used) == (0, (), run.parameters)


def said(document: Document) -> Iterator[str]:
    for block in document.blocks:
        if isinstance(block, Paragraph):
            yield "".join(w if isinstance(w, str) else w.text for w in block.words)
        elif isinstance(block, Facts):
            for term, words in block.rows:
                yield " ".join((term, *(w if isinstance(w, str) else w.text for w in words)))
        elif isinstance(block, Bullets):
            for item in block.items:
                yield "".join(w if isinstance(w, str) else w.text for w in item)
    for table in document.tables:
        if not table.name.startswith(("claim-2024", "tripod-ai", "stard-ai")):
            yield " ".join((table.caption, *table.notes, *(c.label for c in table.columns)))


def test_the_section_stands_between_cost_and_what_methods_rely_on(document: Document) -> None:
    names = [heading.text for heading in document.headings if heading.level == 1]
    assert names[names.index("Cost") + 1] == "Tuning"
    assert [t.name for t in document.tables if t.name.startswith("tuning")] == [
        "tuning-breast", "tuning-derm",
    ]  # fmt: skip


def test_the_protocol_says_how_parameters_were_chosen_and_whose_were_not(
    evidence: Evidence,
) -> None:
    (facts,) = (block for block in protocol(evidence) if isinstance(block, Facts))
    rows = {term: "".join(map(str, words)) for term, words in facts.rows}
    assert "up to 12 configurations in each run" in rows["Tuning"]
    assert "highest validation AUC" in rows["Tuning"]
    assert rows["Tuning"].endswith("declared parameters: class-prior, resnet18-svm")
    assert rows["Seeds"].endswith("run once, unless they are tuned")


def test_cost_says_that_the_time_of_training_is_that_of_the_search(document: Document) -> None:
    notes = {table.name: " ".join(table.notes) for table in document.tables}
    assert "Training of a tuned method: all configurations of a run" in notes["costs-breast"]
    assert "of a tuned method with the search" in notes["methods-breast"]
    assert "what tuning chose stands in Tuning" in notes["methods"]


def test_the_claim_about_time_says_so_as_well(evidence: Evidence) -> None:
    claim = next(c for c in evidence.claims if c.name == "classical-is-slower")
    assert "the search for parameters included)" in claim.datasets[0].sentence
    assert claim.datasets[0].time is not None
    assert claim.datasets[0].time.searched


def test_limits_and_checklists_speak_of_the_search(evidence: Evidence, document: Document) -> None:
    assert any("random search of at most 12 configurations" in line for line in said(document))
    told = answers(evidence)
    assert "3 methods tuned by a random search of up to 12 configurations" in told["training"]
    assert "not tuned, without a search space: class-prior, resnet18-svm;" in told["training"]
    assert told["selection"].startswith("Of a tuned method's configurations")


def test_an_untuned_run_answers_the_checklists_as_before(tmp_path: Path) -> None:
    told = answers(collect(results(tmp_path / "r", (Data("breast", 60, 90),), METHODS[:3])))
    assert "table of methods, none tuned; the best model of each side" in told["training"]
    assert told["selection"].startswith("The best model of a side")


def test_the_evidence_is_valid_by_its_schema_and_holds_every_digit(evidence: Evidence) -> None:
    data = json.loads(as_json(evidence))
    jsonschema.Draft202012Validator(json.loads(schema())).validate(data)
    stored = next(m for m in data["datasets"][0]["methods"] if m["name"] == "svm")["tuning"]
    assert stored["gain"] == found(evidence, "svm").gain
    assert data["entry"]["study"]["tune"] == 12


def test_page_paper_and_files_show_the_table(files: ReportFiles, document: Document) -> None:
    content = files.pdf.read_bytes()
    assert_inside_margins(content)
    shown = (
        squeezed(Page(files.html.read_text(encoding="utf-8")).text),
        squeezed(" ".join(pages(content))),
    )
    tables = [t for t in document.tables if t.name in ("tuning-breast", "chosen-breast")]
    assert len(tables) == 2
    for table, where in itertools.product(tables, shown):
        assert squeezed(table.caption) in where
        assert all(squeezed(note) in where for note in table.notes)
        for row in table.rows:
            for column, value in zip(table.columns, row.values, strict=True):
                assert squeezed(text(column, value)) in where
    names = {path.name for path in files.tables}
    assert {"tuning-breast.csv", "tuning-breast.tex", "tuning-derm.csv"} <= names


def test_the_same_results_give_the_same_bytes(
    store: Store, files: ReportFiles, tmp_path: Path
) -> None:
    again = collect(store)
    other = write_document(compose(again), tmp_path / "again", again)
    assert other.html.read_bytes() == files.html.read_bytes()
    assert other.evidence[0].read_bytes() == files.evidence[0].read_bytes()


def test_every_number_of_the_prose_is_one_of_the_evidence(
    evidence: Evidence, document: Document
) -> None:
    data = json.loads(as_json(evidence))
    own = forms(
        {key: data[key] for key in data if key != "environments"},
        [derived(stored) for stored in data["datasets"]],
    )
    strange = {s: sorted(decimals(s) - own) for s in sentences(document) if decimals(s) - own}
    assert strange == {}


def test_names_and_errors_of_any_kind_stay_words_and_inside_the_page(tmp_path: Path) -> None:
    store = results(tmp_path / "r", (Data("breast", 60, 90),), PAIR, seeds=(0,), tune=2)
    harm = " ".join(HOSTILE)
    values = {f"parameter_{i}": word for i, word in enumerate(HOSTILE)}
    for trial, error in zip(list(store.trials()), ("x" * 500, harm), strict=True):
        run = store.run(trial)
        assert run is not None
        tried = (
            Tried({}, None, 1.0, error=error, status="failed"),
            Tried({"C": "y" * 300, **values}, 0.8, 1.0, chosen=True),
        )
        store.write_run(replace(run, tuning=tried))
    files = write_report(store)
    assert_inside_margins(files.pdf.read_bytes())
    page = files.html.read_text(encoding="utf-8")
    shown = squeezed(Page(page).text)
    assert all(squeezed(f"{name} = {word}") in shown for name, word in values.items())
    assert f"C={'y' * 40}…" in shown
    assert f"“{'x' * 60}…”" in shown
    assert HOSTILE[0] not in page


PAIR = (Method("svm", "classical", 0.8, space=50), Method("cnn", "deep", 0.85, space=50))


@pytest.mark.parametrize(
    ("methods", "colour", "words"),
    [
        (PAIR, "green", "every network the budget “standard”; training took 1 deep method"),
        (
            (replace(PAIR[0], space=3), PAIR[1]),
            "amber",
            "cnn was chosen from 8 configurations, svm from 3: a wider search_space would let it",
        ),
        (
            (replace(PAIR[0], space=6), PAIR[1]),
            "green",
            "offered 8 configurations (fewer where the space holds no more)",
        ),
        (
            (replace(PAIR[0], space=1), PAIR[1]),
            "red",
            "cnn is the best of 8 configurations, svm has one alone, since its search had no other",
        ),
        (
            (replace(PAIR[0], broken=7), PAIR[1]),
            "red",
            "cnn is the best of 8 configurations, svm has one alone, since its search had no other",
        ),
        (
            (PAIR[0], replace(PAIR[1], space=0)),
            "red",
            "The best models of the two sides were not tuned alike: svm is the best of 8 "
            "configurations, cnn has one alone, since it has no search space. Give cnn a "
            "search_space, or run without tuning.",
        ),
        (
            (replace(PAIR[0], space=0), PAIR[1]),
            "red",
            "cnn is the best of 8 configurations, svm has one alone, since it has no search space.",
        ),
        (
            (*PAIR, Method("vit", "deep", 0.6)),
            "amber",
            "Not tuned, since no search space is given: vit.",
        ),
        (tuple(replace(m, space=0) for m in PAIR), "amber", "is given: cnn, svm."),
        (
            (replace(PAIR[0], broken=2), PAIR[1]),
            "amber",
            "6 configurations of classical methods failed",
        ),
        (
            (*PAIR, Method("mix", "hybrid", 0.8), METHODS[5]),
            "green",
            "of which the best on validation was taken",
        ),
        (
            (*PAIR, *(Method(f"tree-{i}", "classical", 0.6, space=9) for i in range(2))),
            "amber",
            "The best classical model was chosen from 3, the deep one from 1",
        ),
    ],
    ids=[
        "alike", "small space", "nearly as large", "no choice", "all others failed",
        "deep not tuned", "classical not tuned", "a rival not tuned",
        "no search space at all", "failed", "others do not matter", "more methods",
    ],
)  # fmt: skip
def test_unequal_tuning_has_its_light(
    tmp_path: Path, methods: tuple[Method, ...], colour: str, words: str
) -> None:
    shown = collect(results(tmp_path / "r", (Data("breast"),), methods, tune=8))
    item = light(shown, "budget")
    assert item.colour == colour
    assert words in item.sentence
    assert "Every method with a search space was offered 8 configurations" in item.sentence
    assert item.sentence.startswith("The ") == (colour == "red")
    assert (shown.datasets[0].verdict.rule == "protocol-violated") == (colour == "red")
    assert shown.overall.rule != "no-verdict" or colour == "red"


def test_configurations_and_hours_of_both_sides_are_told(tmp_path: Path) -> None:
    methods = (*PAIR, Method("tree", "classical", 0.6))
    sentence = light(
        collect(results(tmp_path / "r", (Data("breast"),), methods, tune=8)), "budget"
    ).sentence
    # 10 s for each of 8 configurations in 3 runs; the tree has one run of 10 s
    assert "1 deep method 4 min in 3 runs with 24 configurations in all" in sentence
    assert "2 classical methods 4.2 min in 4 runs with 25 configurations in all" in sentence


@pytest.mark.parametrize(("then", "now"), [(8, 12), (8, 0), (0, 8)])
def test_runs_that_were_tuned_otherwise_are_those_of_another_study(
    tmp_path: Path, then: int, now: int
) -> None:
    methods = (*PAIR, Method("tree", "classical", 0.6))
    store = results(tmp_path / "r", (Data("breast", 60, 90),), methods, tune=then)
    store.declare(replace(store.current.study, tune=now))
    shown = collect(store)
    assert [method.name for method in shown.datasets[0].methods] == ["tree"]
    assert {trial.method for trial in shown.missing} == {"cnn", "svm"}
    assert (shown.n_runs, shown.n_other_runs) == (1, 6 if then else 2)


def test_aids_are_told_of_the_parameters_that_were_used(tmp_path: Path) -> None:
    store = results(tmp_path / "r", (Data("breast"),), PAIR, seeds=(0,), tune=2)
    trial = next(trial for trial in store.trials() if trial.method == "cnn")
    run = store.run(trial)
    assert run is not None
    search = (Tried({}, 0.7, 1.0), Tried({"net__augment": "flip"}, 0.8, 1.0, chosen=True))
    store.write_run(replace(run, parameters={"net__augment": "none"}, tuning=search))
    sentence = light(collect(store), "inputs").sentence
    assert "augmentation in 1 of 1 run" in sentence
