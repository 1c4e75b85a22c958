"""Work shared out over processes gives what one process gives, whatever happens to the others."""

import gc
import os
import signal
from pathlib import Path

import pytest

from bench.results.store import Store
from reports.processes import begin, rarely_collected, shared_out
from reports.report import write_report
from tests.reports.simulated import Data, Method, results

HERE = os.getpid()


@pytest.fixture(autouse=True)
def three_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as this machine may not have."""
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "3")


def power(base: int, exponent: int) -> int:
    return base**exponent


def refuse(subject: str, part: int) -> int:
    raise ValueError(f"{subject} {part}")


def end_the_process(here: int, part: int) -> int:
    """Another process than the first is killed, as by a lack of memory."""
    if os.getpid() != here:
        os.kill(os.getpid(), signal.SIGKILL)
    return part


def test_results_are_in_the_order_of_the_parts() -> None:
    assert shared_out(power, 2, range(40)) == [2**n for n in range(40)]


def test_nothing_to_do_and_a_single_part_need_no_other_process() -> None:
    assert shared_out(power, 2, []) == []
    assert shared_out(power, 2, [5]) == [32]


def test_what_the_work_raises_is_raised() -> None:
    with pytest.raises(ValueError, match=r"part \d"):
        shared_out(refuse, "part", [1, 2, 3, 4])


def test_what_a_killed_process_leaves_is_done_here_and_the_next_call_works() -> None:
    assert shared_out(end_the_process, HERE, range(6)) == list(range(6))
    assert shared_out(power, 3, range(6)) == [3**n for n in range(6)]


def test_one_core_works_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "1")
    begin("reports.report")
    assert shared_out(end_the_process, HERE, range(6)) == list(range(6))


def test_a_report_has_the_same_bytes_on_one_core_and_on_several(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    datasets = tuple(Data(name, n_val=60, n_test=80) for name in ("one", "two", "three"))
    store = results(
        tmp_path, datasets, (Method("cnn", "deep", 0.8), Method("svm", "classical", 0.7))
    )
    several = _written(store)
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "1")
    assert _written(store) == several


def _written(store: Store) -> dict[str, bytes]:
    folder = write_report(store).folder
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_garbage_is_looked_for_as_before_afterwards() -> None:
    before = gc.get_threshold()
    with rarely_collected():
        assert gc.get_threshold()[0] > before[0]
    assert gc.get_threshold() == before
