"""Runs that saw other images than their data set has by now: what counts, and how it is said."""

from dataclasses import replace
from pathlib import Path

import pytest

import bench
from bench.cli import main
from bench.progress import status
from bench.protocol.cards import DatasetCard, MethodCard, PartCard
from bench.protocol.record import Environment, Run, Trial
from bench.protocol.study import Study
from bench.results.other_data import in_words, left_out, of_other_data, with_what_was_seen
from bench.results.store import Store
from tests.bench.data.folders.pictures import picture

PLACE = Environment("", "", "", 1, 1, "cpu")
FOLDED = ({"test": PartCard(1, None, (1, 0))},)
CARD = DatasetCard(
    "s", ("n", "y"), 1, (8, 8, 1), {}, "new", "", "", "", "", "", content="new", seen={}
)
EARLIER = replace(CARD, content="")  # of a version that did not tell the content


def run(method, fingerprint, started="1", status="failed", **trial):
    card = MethodCard(method, "classical", "", "", "")
    return Run(Trial("s", method, **trial), card, status, fingerprint, "quick", PLACE, started)


def stale(card, *runs):
    return {f"{trial.method} {trial.key}" for trial in of_other_data(card, runs)}


def test_runs_of_the_content_of_the_card_count_and_others_do_not():
    runs = (run("a", "new"), run("b", "old"), run("c", "old", fraction=0.5), run("d", ""))
    assert stale(CARD, *runs) == {"b once", "c once_train-0.5"}
    assert stale(EARLIER, *runs) == {"b once", "c once_train-0.5"}
    assert stale(None, *runs) == set()


def test_folds_and_sizes_of_earlier_studies_count_as_long_as_the_content_is_the_same():
    runs = (run("a", "dealt", fold=0), run("a", "small", size=28), run("a", "new"))
    before = replace(
        CARD, fingerprint="dealt", folds=FOLDED, seen={"folds": "dealt", "split_size-28": "small"}
    )
    assert stale(before, *runs) == set()
    assert stale(with_what_was_seen(CARD, before), *runs) == set()
    changed = replace(CARD, fingerprint="newer", content="newer")
    assert len(stale(with_what_was_seen(changed, before), *runs)) == 3
    assert with_what_was_seen(CARD, None) == CARD


def test_of_what_a_card_of_an_earlier_version_does_not_tell_the_latest_run_counts():
    runs = (
        run("a", "small", "2", size=28), run("b", "smaller", "1", size=28),
        run("a", "dealt 0", fold=0), run("a", "dealt 1", fold=1),
    )  # fmt: skip
    assert stale(EARLIER, *runs) == {"b once_size-28"}
    assert stale(with_what_was_seen(CARD, EARLIER), *runs) == {"b once_size-28"}


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "results")
    store.declare(Study(("s",), ("a", "b")))
    store.write_card(CARD)
    store.write_run(run("a", "new"))
    store.write_run(run("b", "old"))
    return store


def test_they_stay_stored_and_are_in_no_table(store):
    assert list(bench.load_results(store.root).method) == ["a"]
    assert list(bench.Results(store.root).runs().method) == ["a"]
    assert {trial.method for trial in store.trials()} == {"a", "b"}


def test_status_names_them(store):
    line = "1 stored run of other images or parts is left out: b on s; run it again"
    assert status.lines(store)[-1] == line
    store.write_run(run("b", "new"))
    assert not [line for line in status.lines(store) if "left out" in line]


def test_a_line_names_few_methods_of_many():
    trials = [Trial("s", name) for name in "abcdefg"]
    assert in_words(trials)[0].endswith("are left out: a, b, c, d and 3 more on s; run them again")
    assert in_words(()) == []


def test_nothing_is_left_out_of_a_folder_without_runs(tmp_path):
    store = Store(tmp_path)
    store.declare(Study(("s",), ("a",)))
    assert left_out(store) == frozenset()


@pytest.mark.slow
def test_a_run_and_a_report_after_images_were_changed_name_what_is_left_out(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    run = [
        "run",
        "--data",
        "s",
        "--size",
        "28",
        "--jobs",
        "1",
        "--out",
        "r",
        "--method",
        "class-prior",
    ]
    for i in range(40):
        picture(Path("s", "ab"[i % 2], f"{i}.png"), i)
    main.run_command([*run, "--method", "mean-brightness", "--no-report"])
    for i in range(40):
        picture(Path("s", "ab"[i % 2], f"{i}.png"), i + 100)
    capsys.readouterr()
    main.run_command(run)
    line = "1 stored run of other images or parts is left out: mean-brightness on s; run it again"
    assert capsys.readouterr().out.count(line) == 1
    main.run_command(["report", "r"])
    assert capsys.readouterr().out.splitlines()[-1] == line
    results = bench.Results("r")
    assert set(results.predictions().method) == {*results.evidence().method} == {"class-prior"}
