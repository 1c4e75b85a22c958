"""`data check --clusters`, from the command line to the picture."""

import json
from pathlib import Path

import pytest
from PIL import Image

from bench.cli.main import run_command


@pytest.fixture
def own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


CHECK = ["data", "check", "phantom-null", "--size", "16"]


def findings(capsys):
    told = json.loads(capsys.readouterr().out)["findings"]
    return {finding["check"]: finding for finding in told}


def test_clusters_of_handcrafted_features_are_told_and_drawn(own_folder, capsys):
    assert run_command([*CHECK, "--clusters", "--json"]) in (0, 1)
    found = findings(capsys)
    assert "clusters-pretrained" not in found
    assert found["clusters-handcrafted"]["values"]["class/k-means high"] < 0.05
    with Image.open("phantom-null-clusters.png") as picture:
        assert picture.format == "PNG"


@pytest.mark.slow
def test_so_are_those_of_what_a_pretrained_network_sees(own_folder, capsys):
    assert run_command([*CHECK, "--embedding", "--json"]) in (0, 1)
    found = findings(capsys)
    assert "clusters-handcrafted" not in found
    assert found["clusters-pretrained"]["values"]["class/k-means high"] < 0.05
    assert Path("phantom-null-clusters-pretrained.png").exists()


def test_a_picture_that_cannot_be_written_is_told_in_one_line(own_folder, capsys):
    Path("phantom-null-clusters.png").mkdir()
    assert run_command([*CHECK, "--clusters"]) == 2
    error = capsys.readouterr().err
    assert "--clusters phantom-null-clusters.png: is a folder. Name a file." in error
    assert "Traceback" not in error
