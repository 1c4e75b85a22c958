"""Numbers that are computed once."""

import numpy as np
import pytest

from bench.data.cache.numbers import key_of, remembered
from bench.data.checks.probe_auc import probe
from bench.machine.cache_folder import cache


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BENCH_CACHE", str(tmp_path / "cache"))


def counting():
    calls = []

    def compute():
        calls.append(1)
        return (0.1 + 0.2, 1e-300)

    return calls, compute


def test_they_are_computed_once_and_come_back_to_the_last_digit():
    calls, compute = counting()
    found = [remembered("some", key_of("a"), compute) for _ in range(3)]
    assert found == [(0.1 + 0.2, 1e-300)] * 3
    assert len(calls) == 1


def test_another_input_has_other_numbers():
    x, y = np.arange(6.0), np.array(["a", "b"])
    keys = [key_of("p", x), key_of("q", x), key_of("p", x[:5]), key_of("p", x.reshape(2, 3))]
    keys += [key_of("p", x.astype(np.float32)), key_of("p", x, y), key_of("p", x, None)]
    assert len(set(keys)) == len(keys)
    assert key_of("p", x[::2]) == key_of("p", x[::2].copy())


@pytest.mark.parametrize("harm", ["", "{", "[]", '{"numbers": [2.0, 3.0], "seal": "0"}', "flip"])
def test_what_is_damaged_is_computed_again(harm):
    calls, compute = counting()
    remembered("some", key_of("a"), compute)
    (path,) = (cache() / "notes").glob("some-*.json")
    text = path.read_text()
    path.write_text(text.replace("0.30000", "0.40000") if harm == "flip" else harm)
    assert path.read_text() != text
    assert remembered("some", key_of("a"), compute) == (0.1 + 0.2, 1e-300)
    assert len(calls) == 2
    assert path.read_text() == text


def test_a_cache_that_cannot_be_written_costs_time_only(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("BENCH_CACHE", str(tmp_path / "file"))
    calls, compute = counting()
    assert remembered("some", key_of("a"), compute) == (0.1 + 0.2, 1e-300)
    assert len(calls) == 1


def test_a_probe_says_the_same_the_second_time():
    rng = np.random.default_rng(0)
    table, labels = rng.normal(size=(120, 8)), np.repeat([0, 1], 60)
    table[labels == 1, 0] += 1
    first = probe(table, labels, None)
    assert probe(table, labels, None) == first
    assert len(list((cache() / "notes").glob("probe-*.json"))) == 1
    assert probe(table, labels[::-1].copy(), None) != first
