import psutil
import pytest

from bench.cli import main
from bench.machine.limits import machine_memory, memory_share, parse_bytes
from bench.protocol.errors import UsageError


@pytest.mark.parametrize("text", ["", "four", "4 parsecs", "-1GB", "0", "nan", "1e9GB", "100"])
def test_a_size_that_means_nothing_is_refused_in_one_line(text):
    with pytest.raises(UsageError, match="--memory") as caught:
        parse_bytes(text)
    assert "\n" not in str(caught.value)


def test_trials_side_by_side_share_the_memory_and_none_gets_too_little():
    assert machine_memory() <= psutil.virtual_memory().total
    assert 2 * memory_share(2) < machine_memory() or memory_share(2) == 2 * 10**9
    assert memory_share(10_000) == 2 * 10**9


@pytest.mark.slow
def test_the_flag_is_checked_before_anything_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    command = ["run", "--dataset", "phantom-null", "--method", "svm", "--memory", "four"]
    assert main.run_command(command) == 2
    assert capsys.readouterr().err == ("Error: --memory four: write a size such as 4GB or 800MB.\n")
    assert not list(tmp_path.iterdir())
