"""A validation part of one class: nothing can be chosen, recalibrated or compared."""

import json

import numpy as np
import pytest
from PIL import Image

from bench.cli.main import run_command


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """The terminal, the page and the evidence of a run."""
    place = tmp_path_factory.mktemp("one")
    rng = np.random.default_rng(0)
    lines = ["path,label,split"]
    sizes = {"train": (20, 20), "val": (12, 0), "test": (15, 15)}
    for part, counts in sizes.items():
        for name, count in zip(("benign", "malignant"), counts, strict=True):
            for i in range(count):
                gray = 60 if name == "benign" else 120
                pixels = np.clip(rng.normal(gray, 30, (16, 16)), 0, 255).astype(np.uint8)
                Image.fromarray(pixels).save(place / f"{part}-{name}-{i}.png")
                lines.append(f"{part}-{name}-{i}.png,{name},{part}")
    (place / "manifest.csv").write_text("\n".join(lines) + "\n")
    out = place / "results"
    words = ["run", "--data", str(place), "--method", "logistic-regression", "--method"]
    words += ["linear-probe", "--seeds", "1", "--size", "16", "--jobs", "1", "--out", str(out)]
    assert run_command(words) == 0
    report = out / "report"
    return report.joinpath("index.html").read_text(), json.loads(
        report.joinpath("evidence.json").read_text()
    )


def test_nothing_is_recalibrated(told):
    page, evidence = told
    methods = evidence["datasets"][0]["methods"]
    assert [method["probabilities"]["recalibrated"] for method in methods] == [None, None]
    assert all(method["probabilities"]["stored"] for method in methods)
    assert "Nothing is recalibrated: validation has no two classes." in page
    assert "after recalibration on validation" not in page


def test_the_rule_is_not_said_to_be_chosen(told):
    page, evidence = told
    rules = {method["operating"]["rule"] for method in evidence["datasets"][0]["methods"]}
    assert rules == {"0.5, as validation has no two classes"}
    assert "Youden index on validation" not in page


def test_no_model_is_said_to_be_the_best(told):
    page, _ = told
    assert "Nothing is compared, since the validation part has cases of one class only" in page
    assert "Figures show no method, since none could be chosen on validation" in page
