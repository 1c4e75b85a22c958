import re
from dataclasses import replace
from pathlib import Path

import pytest

from bench.protocol.study import Study
from bench.results.store import Store
from reports.collect import collect
from reports.document.checklists import lists
from reports.document.checklists.answers import answers
from reports.document.checklists.facts import facts
from reports.document.checklists.lists import Checklist, sentences
from reports.document.sections.checklists import OPEN, checklists, item_table
from reports.evidence import Evidence
from reports.formatting import score
from reports.report import compose
from tests.reports.simulated import METHODS, Data, Method, results
from tests.reports.travelling import Beyond, Column, Site, travelling

CHECKLISTS = CLAIM, TRIPOD, STARD = lists.checklists()


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    return collect(
        results(tmp_path_factory.mktemp("lists") / "r", (Data("breast", 60, 120),), METHODS)
    )


@pytest.mark.parametrize(
    ("checklist", "whole", "parts"), [(CLAIM, 44, 44), (TRIPOD, 27, 52), (STARD, 40, 48)]
)
def test_every_published_item_is_there_once_and_in_order(
    checklist: Checklist, whole: int, parts: int
) -> None:
    numbers = [item.number for item in checklist.items]
    assert len(set(numbers)) == len(numbers) == parts
    main = [int(re.sub(r"\D", "", number)) for number in numbers]
    assert sorted(set(main)) == list(range(1, whole + 1))
    assert main == sorted(main)


@pytest.mark.parametrize(
    ("checklist", "parted"),
    [
        (CLAIM, {}),
        (
            TRIPOD,
            {3: "abc", 5: "ab", 6: "abc", 8: "abc", 9: "abc", 12: "abcdefg", 18: "abcdef"}
            | {20: "abc", 23: "ab", 27: "abc"},
        ),
        (STARD, {15: "abcd", 16: "abc", 17: "ab", 26: "ab", 40: "ab"}),
    ],
)
def test_items_have_the_published_parts(checklist: Checklist, parted: dict[int, str]) -> None:
    found: dict[int, str] = {}
    for item in checklist.items:
        if item.number[-1].isalpha():
            main = int(item.number[:-1])
            found[main] = found.get(main, "") + item.number[-1]
    assert found == parted


@pytest.mark.parametrize(
    ("checklist", "facts"),
    [
        (CLAIM, {"20": "disjoint", "27": "ensembles", "33": "external", "42": "protocol"}),
        (TRIPOD, {"12f": "updating", "13": "imbalance", "16": "external", "18c": "protocol"}),
        (STARD, {"15c": "thresholds", "22": "sample-size", "30": "confusion", "40b": "stored"}),
    ],
)
def test_an_answer_is_put_to_the_item_that_asks_for_it(
    checklist: Checklist, facts: dict[str, str]
) -> None:
    assert {i.number: i.answer for i in checklist.items if i.number in facts} == facts


def test_how_a_size_or_a_source_came_about_is_left_to_the_author() -> None:
    items = [item for checklist in CHECKLISTS for item in checklist.items]
    for fact in ("sample-size", "sources", "external", "prevalence", "limits"):
        assert all(item.lacks for item in items if item.answer == fact)


def test_each_names_its_source() -> None:
    assert all(re.fullmatch(r"10\.\d{4,}/\S+", checklist.doi) for checklist in CHECKLISTS)


@pytest.mark.slow
def test_every_fact_that_an_item_asks_for_is_known(evidence: Evidence) -> None:
    wanted = {item.answer for c in CHECKLISTS for item in c.items if item.answer}
    assert wanted - set(answers(evidence)) == {"relevance", "heterogeneity", "fairness"}


def test_only_runs_that_have_a_result_have_probabilities_that_are_stored(tmp_path: Path) -> None:
    failing = Method("net", "deep", stochastic=True, fails=(0, 1), fails_samples=(0,))
    where, data = tmp_path / "some", (Data("breast", 60, 120),)
    some = answers(collect(results(where, data, (METHODS[0], failing), resample=2)))
    assert some["stored"].startswith("Yes: class probabilities of every image in 2 runs,")
    broken = (Method("net", "deep", fails=(None,)), Method("svm", "classical", fails=(None,)))
    found = collect(results(tmp_path / "none", data, broken))
    assert "stored" not in answers(found)
    assert "at most 60.0 % of a test part" in " ".join(answers(found).values())


def test_every_answer_is_put_to_an_item_or_into_another_answer() -> None:
    items = [item for checklist in CHECKLISTS for item in checklist.items]
    wanted = {item.answer for item in items} | {item.beside for item in items}
    wanted |= {f"{key}-lacks" for key in wanted}
    told = " ".join(one.text for each in sentences().values() for one in each)
    assert [key for key in sentences() if key not in wanted and f"{{{key}}}" not in told] == []


@pytest.mark.slow
def test_every_name_in_the_words_of_an_answer_is_a_fact_or_an_answer(tmp_path: Path) -> None:
    told = (replace(METHODS[0], importance=(("texture", 0.1),)), *METHODS[1:])
    tunable = (replace(METHODS[0], space=3), *METHODS[1:])
    sets = tuple(Data(f"set-{k}", 60, 120, split="given" if k else "automatic") for k in range(6))
    whole = facts(collect(results(tmp_path / "a", sets, told)))
    whole |= facts(collect(results(tmp_path / "b", sets[:1], METHODS[:3], folds=2)))
    grouped = Data("c", 60, 120, images_per_patient=2, source="")
    whole |= facts(collect(results(tmp_path / "c", (grouped,), tunable, tune=2)))
    whole |= facts(collect(results(tmp_path / "f", sets[:1], METHODS[:1])))
    beyond = Beyond((Site("DU", {"svm": 0.8}),), (Column("sex", ("F", "M")),), {"blur": {}})
    left = replace(beyond, left_out="site=DU")
    further = travelling(tmp_path / "d", beyond, datasets=sets[:1], methods=METHODS[:3])
    whole |= facts(collect(further))
    names = tuple(Data(f"lgg:site={value}", 60, 120) for value in ("DU", "HT"))
    whole |= facts(collect(travelling(tmp_path / "e", left, datasets=names, methods=METHODS[:3])))
    asked = {
        name
        for each in sentences().values()
        for one in each
        for name in [one.when, one.unless, *re.findall(r"{([^}]+)}", one.text)]
        if name
    }
    assert asked - set(whole) - set(sentences()) == {"with_maps"}  # simulated images have none
    assert set(whole) <= asked


def test_an_item_is_filled_in_part_or_open(evidence: Evidence) -> None:
    found = answers(evidence)
    for checklist in CHECKLISTS:
        for item, row in zip(checklist.items, item_table(checklist, found).rows, strict=True):
            state, answer = row.values[2:]
            assert isinstance(answer, str)
            lacks = [text for text in (item.lacks, found.get(f"{item.answer}-lacks")) if text]
            if item.answer not in found:
                assert (state, answer) == ("open", OPEN)
            elif lacks:
                assert state == "in part"
                assert answer.endswith(f"Author to complete: {'; '.join(lacks)}.")
            else:
                assert state == "filled"
                assert OPEN not in answer.lower()


@pytest.fixture(scope="module")
def beyond(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Answers of a run with an external part, subgroups and a corruption."""
    further = Beyond((Site("DU", {"svm": 0.8}),), (Column("sex", ("F", "M")),), {"blur": {}})
    root = tmp_path_factory.mktemp("beyond") / "r"
    return answers(collect(travelling(root, further, datasets=(Data("breast", 60, 120),))))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("checklist", "number", "told", "state"),
    [
        (CLAIM, "30", "1 corruption at 5 severities (breast)", "filled"),
        (CLAIM, "33", "External parts, in Transport: DU (breast).", "in part"),
        (CLAIM, "37", "by group of the test cases, in Transport: sex (breast).", "in part"),
        (CLAIM, "38", "Worst group of each", "filled"),
        (TRIPOD, "14", "Worst group of each", "in part"),
        (TRIPOD, "16", "ΔAUC there against that on the test part: DU (breast)", "in part"),
        (TRIPOD, "23a", "by group of the test cases", "filled"),
        (TRIPOD, "23b", "External parts", "filled"),
        (STARD, "23", "by group of the test cases", "in part"),
        (STARD, "29", "External parts", "in part"),
    ],
)
def test_what_was_asked_beyond_the_test_part_fills_items(
    checklist: Checklist, number: str, told: str, state: str, beyond: dict[str, str]
) -> None:
    (row,) = [r for r in item_table(checklist, beyond).rows if r.values[0] == number]
    assert told in str(row.values[3])
    assert row.values[2] == state
    assert "No method is tested on another data set" not in str(row.values[3])


def test_the_answers_hold_the_numbers_of_the_evidence(evidence: Evidence) -> None:
    found = answers(evidence)
    data = evidence.datasets[0]
    assert data.comparison is not None
    assert score(data.comparison.pair.value_a.value) in found["accuracy"]
    assert score(data.detectable) in found["sample-size"]
    assert evidence.study_hash in found["protocol"]
    assert str(evidence.n_runs) in found["stored"]


@pytest.mark.slow
def test_a_test_part_that_was_given_is_not_said_to_come_from_the_same_source(
    tmp_path: Path,
) -> None:
    made = Data("drawn", split="automatic"), Data("fixed", split="given", source="")
    found = answers(collect(results(tmp_path / "r", made, METHODS[:3])))
    assert "from the same images: drawn." in found["external"]
    assert "fixed beforehand: fixed." in found["external"]
    assert found["sources"].endswith("Not stated: fixed.")


def test_what_methods_rely_on_is_told(tmp_path: Path) -> None:
    told = replace(METHODS[0], importance=(("texture", 0.1),))
    made = results(tmp_path / "r", (Data("breast", 60, 120),), (told, *METHODS[1:3]))
    assert answers(collect(made))["relevance"].endswith(": svm.")


def test_nothing_is_claimed_of_a_run_that_never_was(tmp_path: Path) -> None:
    store = Store(tmp_path / "r")
    store.declare(Study(("busi",), ("svm",)), "python -m bench run")
    found = collect(store)
    told = answers(found)
    assert not {
        "accuracy",
        "missing",
        "stored",
        "cases",
        "software",
        "robustness",
        "updating",
    } & set(told)
    shown = [block.table for block in checklists(found) if block.kind == "table"]
    assert len(shown) == 3
    assert sum(row.values[2] == "open" for table in shown for row in table.rows) > 90


def test_the_sections_that_an_answer_points_to_are_there(evidence: Evidence) -> None:
    there = {h.text for h in compose(evidence).headings if h.level == 1}
    pointed = re.findall(
        r"\bin (?:the section )?([A-Z][a-z]+(?: (?:data sets|point|and environment))?)(?=[.;:,])",
        " ".join(answers(evidence).values()),
    )
    assert len(pointed) > 8
    assert set(pointed) <= there
