"""A folder of the user's, and a cache of its own."""

import pytest


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("BENCH_CACHE", str(tmp_path / "cache"))
    place = tmp_path / "cells"
    place.mkdir()
    return place
