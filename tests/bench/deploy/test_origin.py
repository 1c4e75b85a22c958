"""What `train --from` says of runs that it does not find, and of reports of other results."""

import json
from dataclasses import replace

import pytest

from bench.cli.main import run_command
from bench.deploy.origin import Origin, origin, refuse_unknown_positive
from bench.protocol.cards import DatasetCard, MethodCard
from bench.protocol.errors import BundleError, StudyError
from bench.protocol.record import Environment, Run, Trial
from bench.protocol.study import Study
from bench.results.store import Store
from tests.bench.deploy import small_data


@pytest.fixture
def store(tmp_path):
    """Of three methods: one without seeds, one with two, and one that failed."""
    store = Store(tmp_path / "results")
    store.declare(Study(("a",), ("svm",)))
    place = Environment("", "", "", 1, 1, "cpu")
    for method, seed, status in (
        ("svm", None, "ok"),
        ("forest", 0, "ok"),
        ("forest", 2, "ok"),
        ("broken", 1, "failed"),
    ):
        card = MethodCard(method, "classical", "", "", "")
        store.write_run(Run(Trial("a", method, seed), card, status, "", "quick", place, ""))
    store.write_card(DatasetCard("a", ("x", "y"), 1, (8, 8, 1), {}, "f", "", "", "", "", ""))
    return store


@pytest.fixture
def without_report(store):
    return Origin(store, Study(positive=("ill",)), "a", "", {}, {})


def write_report(store, dataset="a"):
    """As much of a report as a bundle takes from it."""
    entry = store.current
    own = {
        "card": {"name": dataset},
        "champion_classical": "svm",
        "champion_deep": "net",
        "methods": [{"name": "svm"}, {"name": "net"}],
        "verdict": {"heading": "Classical is better"},
    }
    whole = {
        "study_hash": entry.study.hash,
        "entry": {"times": entry.times},
        "n_runs": 1,
        "n_other_runs": 3,
        "datasets": [own],
    }
    store.layout.report_folder.mkdir(exist_ok=True)
    (store.layout.report_folder / "evidence.json").write_text(json.dumps(whole))


def test_a_report_of_these_results_gives_champions_and_verdict(store):
    write_report(store)
    found = origin(store.root, "a", "f")
    assert found.champions == ("svm", "net")
    assert found.unsaid(("svm", "net")) == ""
    assert found.told(("svm",))["verdict"] == {"heading": "Classical is better"}
    assert "does not know forest, so that its verdict does not stand" in found.unsaid(("forest",))
    assert found.told(("forest",)) == {}


def declare_another(store):
    store.declare(Study(("a",), ("forest", "svm")))


def run_again(store):
    store.declare(store.current.study)


def store_one_more(store):
    run = store.record(Trial("a", "svm"))
    store.write_run(replace(run, trial=Trial("a", "svm", 7)))


@pytest.mark.parametrize("since", [declare_another, run_again, store_one_more])
def test_nothing_is_taken_from_a_report_that_is_older_than_the_results(since, store):
    write_report(store)
    since(store)
    found = origin(store.root, "a", "f")
    command = f"python -m bench report {store.root}"
    with pytest.raises(BundleError, match=f"is older than its results. Write it: {command}$"):
        found.champions  # noqa: B018
    assert found.told(("svm",)) == {}
    assert command in found.unsaid(("svm",))
    assert "no verdict stands on the card" in found.unsaid(("svm",))


def test_results_without_a_report_say_so(store):
    found = origin(store.root, "a", "f")
    with pytest.raises(BundleError, match=r"has no report yet\. Write it: python -m"):
        found.champions  # noqa: B018
    assert "has no report yet" in found.unsaid(("svm",))
    write_report(store, dataset="b")
    with pytest.raises(BundleError, match=r"is of a study without data set 'a'\. Run a"):
        origin(store.root, "a", "f").champions  # noqa: B018


def test_results_of_segmentation_are_refused_as_such(store, tmp_path, capsys):
    small_data.write_folder(tmp_path / "a", n=2)
    store.declare(Study(("a",), ("unet",), task="segmentation"))
    command = ["train", "--data", str(tmp_path / "a"), "--from", str(store.root), "--champions"]
    assert run_command([*command, "--out", str(tmp_path / "x.bench")]) == 2
    assert "is of a study of segmentation. A bundle classifies" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("method", "seed", "hint"),
    [
        ("svm", 3, "draws nothing at random and was run without a seed: leave --seed out"),
        ("forest", 3, "was run with seed 0, 2: name one by --seed, or none"),
        ("broken", 1, "Its runs failed"),
        ("svn", None, "Did you mean 'svm'"),
    ],
)
def test_why_there_is_no_run_is_said_as_it_is(without_report, method, seed, hint):
    with pytest.raises(BundleError, match=hint):
        without_report.run(method, seed)


def test_parameters_are_not_taken_of_a_run_on_other_images(without_report):
    card = DatasetCard("a", ("n", "y"), 1, (8, 8, 1), {}, "new", "", "", "", "", "")
    without_report.store.write_card(card)
    svm = without_report.store.record(Trial("a", "svm"))
    without_report.store.write_run(replace(svm, status="failed", data_fingerprint="old"))
    with pytest.raises(BundleError, match="is of other images or parts; run it again"):
        without_report.run("svm", None)


def test_a_positive_class_of_the_study_may_be_of_another_of_its_data_sets(without_report):
    refuse_unknown_positive(("ill", "malignant"), ("benign", "malignant"), without_report)
    with pytest.raises(StudyError, match="positive 'ill'"):
        refuse_unknown_positive(("ill",), ("benign", "malignant"), None)
