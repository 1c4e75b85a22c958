"""Energy, estimated from times with the assumption stated."""

from dataclasses import replace
from pathlib import Path

import pytest

from reports.analysis.methods.energy import (
    ASSUMED,
    MEASURED,
    energy_per_1000,
    fit_energy,
    in_words,
    source,
)
from reports.collect import collect
from reports.document.blocks import Paragraph, TableBlock
from reports.document.sections.cost import cost
from tests.reports.simulated import METHODS, Data, Method, results


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory):
    methods = (*METHODS[:1], Method("net", "deep", 0.8, device="A GPU", fit_seconds=120.0))
    root: Path = tmp_path_factory.mktemp("energy")
    store = results(root / "results", (Data("breast", 40, 60),), methods)
    return store, collect(store)


def test_it_is_the_stated_power_times_the_time(evidence):
    store, _ = evidence
    runs = {trial.method: store.record(trial) for trial in store.trials()}
    on_cpu, on_gpu = runs["svm"], runs["net"]
    hour = replace(on_cpu, fit_seconds=3600.0, predict_seconds=36.0, n_predicted=2000)
    two = replace(hour, environment=replace(hour.environment, threads=2))
    assert (fit_energy(two), energy_per_1000(two)) == pytest.approx((20.0, 0.1))
    threads = on_gpu.environment.threads
    assert fit_energy(on_gpu) == pytest.approx(120 * (300 + 10 * threads) / 3600)
    assert fit_energy(replace(hour, fit_seconds=None)) is None
    assert energy_per_1000(replace(hour, n_predicted=0)) is None


def test_the_cost_section_tells_it_per_method_and_for_the_study_with_its_assumption(evidence):
    _, found = evidence
    blocks = cost(found, {"breast": "breast"})
    (table,) = (block.table for block in blocks if isinstance(block, TableBlock))
    keys = [column.key for column in table.columns]
    place = keys.index("fit_energy")
    by_method = {row.values[0]: row.values[place] for row in table.rows}
    assert by_method["net"] == pytest.approx(found.datasets[0].method("net").cost.fit_energy)
    assert ASSUMED in " ".join(table.notes)
    said = [block.words[0] for block in blocks if isinstance(block, Paragraph)]
    (total,) = [words for words in said if words.startswith("Energy of the runs")]
    assert ASSUMED in total
    assert "estimated, not measured" in total
    least = sum(m.cost.fit_energy * len(m.scores) for m in found.datasets[0].methods)
    assert float(total.split("about ")[1].split()[0].replace(",", "")) >= round(least, 1)


def test_a_power_that_was_measured_takes_the_place_of_the_stated_one(evidence):
    store, _ = evidence
    run = store.record(next(iter(store.trials())))
    measured = replace(run, watts=6.0, watts_by="RAPL", fit_seconds=1800.0)
    assert fit_energy(measured) == pytest.approx(3.0)
    assert source([measured]) == "measured"
    assert source([run]) == "estimated"
    assert source([run, measured]) == "both"


def test_the_reader_is_told_which_it_is():
    assert in_words(["measured", "measured"]) == MEASURED
    assert in_words(["estimated"]) == ASSUMED
    told = in_words(["measured", "estimated"])
    assert MEASURED in told
    assert ASSUMED in told
