import json

from deep.training import progress
from deep.training.progress import EpochReport, Progress


def read(path):
    return json.loads(path.read_text())


def test_a_report_replaces_the_one_before_and_leaves_nothing_else(tmp_path):
    file = tmp_path / "progress.json"
    reporter = Progress(str(file))
    reporter.write(EpochReport(1, 20, 0.7, 5000.0))
    reporter.write(EpochReport(3, 20, 0.41, 5200.04))
    assert read(file) == {"epoch": 3, "epochs": 20, "loss": 0.41, "images_per_second": 5200.0}
    assert list(tmp_path.iterdir()) == [file]


def test_a_report_is_due_at_first_and_then_twice_a_second(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    reporter = Progress()
    assert reporter.due
    reporter.write(EpochReport(1, 2, 0.5, 1.0))
    now[0] += 0.4
    assert not reporter.due
    now[0] += 0.1
    assert reporter.due


def test_a_file_that_cannot_be_written_is_no_error(tmp_path):
    Progress(str(tmp_path / "missing" / "progress.json")).write(EpochReport(1, 2, 0.5, 1.0))
    (tmp_path / "folder").mkdir()
    Progress(str(tmp_path / "folder")).write(EpochReport(1, 2, 0.5, 1.0))
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_a_part_counts_the_epochs_of_the_whole(tmp_path):
    file = tmp_path / "progress.json"
    Progress(str(file)).part(2, 5).write(EpochReport(3, 10, 0.5, 1.0))
    assert (read(file)["epoch"], read(file)["epochs"]) == (23, 50)
