"""A few seconds of `tests/benchmarks/fuzz.py`: no file of the user's leads to a traceback."""

from pathlib import Path

import pytest

from bench.protocol.errors import DataError
from tests.benchmarks.fuzz import TARGETS, Target, Unclear, attack, check


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BENCH_CACHE", str(tmp_path / "cache"))


@pytest.mark.slow
@pytest.mark.parametrize("name", TARGETS)
def test_damaged_input_is_read_or_refused_in_one_line(name):
    tried, finding = attack(name, seconds=0, examples=60, seed=1)
    assert finding is None, (finding.error, finding.content)
    assert tried >= 50


@pytest.mark.parametrize("name", TARGETS)
def test_sound_input_is_not_refused(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for content in TARGETS[name].sound:
        TARGETS[name].read(content, tmp_path)


def test_what_the_fuzzer_looks_for_it_finds(monkeypatch):
    def breaks(content: bytes, folder: Path) -> None:
        if b"A" in content:
            raise IndexError("deep inside")

    monkeypatch.setitem(TARGETS, "breaks", Target(breaks, (b"xyz",), (b"A",)))
    tried, finding = attack("breaks", seconds=0, seed=1)
    assert b"A" in finding.content
    assert len(finding.content) <= 8
    assert finding.error == "IndexError: deep inside"
    assert tried > 1


def test_a_message_of_two_lines_is_a_finding(tmp_path):
    class Complaint(DataError):
        def __str__(self):
            return "one\ntwo"

    def complains(content: bytes, folder: Path) -> None:
        raise Complaint

    with pytest.raises(Unclear, match="not one line"):
        check(Target(complains, (), ()), b"", tmp_path)
