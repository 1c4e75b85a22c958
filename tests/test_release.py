"""What a release rests on says the same everywhere."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import bench

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

yaml = pytest.importorskip("yaml")  # comes with timm


def test_the_version_stands_in_one_place_and_is_what_is_cited():
    assert PROJECT["dynamic"] == ["version"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["version"] == bench.__version__
    assert citation["license"] == PROJECT["license"]
    told = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    latest = re.search(r"^## (\d.*) - (.*)$", told, re.MULTILINE)
    assert latest
    assert latest.groups() == (citation["version"], str(citation["date-released"]))


def test_the_lowest_versions_are_those_of_every_dependency_that_is_not_pinned():
    done = subprocess.run(
        [sys.executable, ROOT / ".ci" / "lowest.py"], capture_output=True, text=True, check=True
    )
    lowest = dict(line.split("==") for line in done.stdout.split())
    wanted = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["test"]]
    names = {re.split(r"[\[>=]", each)[0] for each in wanted if "==" not in each}
    assert names - {"classical-vs-deep"} <= set(lowest)


def test_the_newest_python_of_the_workflow_is_one_that_the_project_takes():
    jobs = yaml.safe_load((ROOT / ".github/workflows/tests.yml").read_text())["jobs"]
    versions = jobs["everything"]["strategy"]["matrix"]["python"]
    assert f">={versions[0]}" == PROJECT["requires-python"]
    assert versions == sorted(versions, key=lambda v: int(v.split(".")[1]))


@pytest.mark.parametrize("path", sorted((ROOT / ".github").rglob("*.yml")), ids=lambda p: p.name)
def test_what_the_workflows_call_is_there(path):
    told = path.read_text()
    assert yaml.safe_load(told)
    for script in re.findall(r"\.ci/[\w.]+", told):
        assert (ROOT / script).is_file(), script
