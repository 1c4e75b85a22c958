"""What trials took, remembered for the plans of other folders."""

import pytest

from bench.progress import expected, history
from bench.progress.eta import Eta
from bench.progress.history import Took
from bench.protocol.record import Trial
from bench.workers.schedule import Capacity, PlannedTrial

PLANNED = [
    PlannedTrial(Trial("busi", "svm"), "classical", size=2e6),
    PlannedTrial(Trial("busi", "resnet18", 0), "deep", size=2e6),
    PlannedTrial(Trial("busi", "resnet18", 1), "deep", size=2e6),
]
SVM = Took("svm", "classical", "other", 1.0, 2e6, 0, "standard", 4.0)
RESNET = Took("resnet18", "deep", "other", 1.0, 2e6, 0, "standard", 60.0)


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BENCH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def estimate() -> Eta:
    known = history.recall(PLANNED, "standard")
    eta = Eta([*PLANNED, *(planned for planned, _ in known)], Capacity(1))
    for planned, seconds in known:
        eta.learn(planned.trial, seconds)
    for planned in known:
        eta.skip(planned[0].trial)
    return eta


def test_what_was_remembered_tells_how_long_a_plan_takes():
    history.remember([SVM, RESNET])
    seconds = estimate().seconds()
    assert seconds is not None
    assert 124 / 1.5 < seconds < 124 * 1.5
    assert expected.in_words(estimate()).startswith("about ")


def test_without_any_a_range_is_told():
    words = expected.in_words(estimate())
    assert words.startswith("roughly ")
    low, high = estimate().rough()
    assert low == pytest.approx(high / 9)


def test_with_little_known_a_range_is_told_all_the_same():
    others = [PlannedTrial(Trial("busi", f"net-{k}"), "deep", size=2e6) for k in range(3)]
    history.remember([SVM])
    known = history.recall([*PLANNED, *others], "standard")
    eta = Eta([*PLANNED, *others, known[0][0]], Capacity(1))
    eta.learn(known[0][0].trial, 4.0)
    assert eta.known == pytest.approx(1 / 5)
    assert expected.in_words(eta).startswith("roughly ")


def test_another_budget_or_number_of_configurations_says_nothing():
    history.remember([SVM])
    tuned = [PlannedTrial(Trial("busi", "svm"), "classical", size=2e6, tune=20)]
    assert history.recall(PLANNED, "standard")
    assert history.recall(PLANNED, "full") == []
    assert history.recall(tuned, "standard") == []


def test_a_damaged_file_and_a_folder_that_cannot_be_written_do_no_harm(own_cache, monkeypatch):
    history.remember([SVM])
    file = own_cache / "times.jsonl"
    file.write_text('not json\n{"method": 1}\n[]\n' + file.read_text())
    assert len(history.recall(PLANNED, "standard")) == 1
    monkeypatch.setenv("BENCH_CACHE", str(file / "below a file"))
    history.remember([SVM])
    assert history.recall(PLANNED, "standard") == []


def test_the_file_does_not_grow_for_ever(own_cache):
    for _ in range(5):
        history.remember([SVM] * history.MOST)
    assert len((own_cache / "times.jsonl").read_text().splitlines()) <= 2 * history.MOST


def test_lines_that_are_no_text_are_passed_over(own_cache):
    own_cache.mkdir()
    (own_cache / "times.jsonl").write_bytes(b"\x89\xff half a line\n")
    assert history.recall(PLANNED, "standard") == []
    history.remember([SVM])
    assert [seconds for _, seconds in history.recall(PLANNED, "standard")] == [4.0]
