import io
import json
import time

import pytest
from rich.console import Console

from bench.progress.display import ProgressBars
from bench.progress.eta import Eta
from bench.protocol.record import Trial
from bench.workers import heartbeat
from bench.workers.schedule import Capacity, PlannedTrial

pytestmark = pytest.mark.slow

TRIAL = Trial("busi", "resnet18", seed=2)


def tell(place, **content):
    heartbeat.training_file(place).write_text(json.dumps(content))


def test_a_trial_is_shown_from_its_start_to_its_end(tmp_path):
    place = tmp_path / "heartbeats" / "3.json"
    assert heartbeat.running_trials(place.parent) == []
    heartbeat.start(place, TRIAL)
    (item,) = heartbeat.running_trials(place.parent)
    assert item.trial == "resnet18 on busi (seed-2)"
    assert 0 <= item.seconds < 5
    assert str(item) == ""
    heartbeat.stop(place)
    assert heartbeat.running_trials(place.parent) == []


def test_what_a_training_tells_is_put_in_words(tmp_path):
    place = tmp_path / "0.json"
    heartbeat.start(place, TRIAL)
    tell(place, epoch=3, epochs=20, loss=0.4123, images_per_second=5210.4)
    assert (
        str(heartbeat.running_trials(place.parent)[0])
        == "epoch 3 of 20, loss 0.412, 5,210 images/s"
    )
    tell(place, epoch=3)
    assert str(heartbeat.running_trials(place.parent)[0]) == "epoch 3"
    heartbeat.stop(place)
    assert not heartbeat.training_file(place).exists()


@pytest.mark.parametrize("content", ["", "{", "[1]", '{"epoch": "three", "loss": null}'])
def test_a_file_that_says_nothing_useful_is_passed_over(tmp_path, content):
    place = tmp_path / "0.json"
    heartbeat.start(place, TRIAL)
    heartbeat.training_file(place).write_text(content)
    assert str(heartbeat.running_trials(place.parent)[0]) == ""
    place.write_text(content)
    assert heartbeat.running_trials(place.parent) == []


def test_a_place_that_cannot_be_written_costs_nothing(tmp_path):
    (tmp_path / "file").write_text("")
    heartbeat.start(tmp_path / "file" / "0.json", TRIAL)


def test_the_oldest_trial_comes_first(tmp_path):
    places = [tmp_path / "0.json", tmp_path / "1.json"]
    heartbeat.start(places[1], Trial("a", "old"))
    time.sleep(0.02)
    heartbeat.start(places[0], Trial("a", "new"))
    assert [item.trial for item in heartbeat.running_trials(tmp_path)] == [
        "old on a (once)",
        "new on a (once)",
    ]


def test_a_terminal_shows_a_line_for_each_running_trial(tmp_path):
    place = tmp_path / "0.json"
    heartbeat.start(place, TRIAL)
    tell(place, epoch=7, epochs=9)
    bars = ProgressBars()
    out = io.StringIO()
    planned = [PlannedTrial(TRIAL, "deep"), PlannedTrial(Trial("busi", "svm"), "classical")]
    bars.begin(2, Eta(planned, Capacity(1)), tmp_path)
    Console(file=out, width=100).print(bars.renderable())
    assert "0/2" in out.getvalue()
    assert "resnet18 on busi (seed-2)" in out.getvalue()
    assert "epoch 7 of 9" in out.getvalue()


def test_a_correction_of_the_clock_moves_nothing(tmp_path, monkeypatch):
    place = tmp_path / "0.json"
    heartbeat.start(place, TRIAL)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 1e6)
    assert heartbeat.running_trials(tmp_path)[0].seconds < 5


def test_a_trial_of_another_machine_is_passed_on(tmp_path):
    heartbeat.relay(tmp_path / "0.json", str(TRIAL), 30.0, {"epoch": 4})
    (item,) = heartbeat.running_trials(tmp_path)
    assert 30 <= item.seconds < 35
    assert str(item) == "epoch 4"


def test_a_tuned_trial_tells_which_configuration_it_tries(tmp_path):
    place = tmp_path / "0.json"
    heartbeat.start(place, TRIAL)
    tell(place, epoch=30, epochs=30)
    heartbeat.start_configuration(place, 3, 20, {})
    (item,) = heartbeat.running_trials(tmp_path)
    assert str(item) == "configuration 3 of 20"  # what the second told of its training is gone
    assert item.trial == str(TRIAL)
    assert item.progress == pytest.approx(0.1)
    tell(place, epoch=15, epochs=30)
    (item,) = heartbeat.running_trials(tmp_path)
    assert str(item) == "configuration 3 of 20, epoch 15 of 30"
    assert item.progress == pytest.approx(0.125)


def test_a_tuned_trial_of_another_machine_is_passed_on(tmp_path):
    there, here = tmp_path / "there", tmp_path / "here"
    heartbeat.start(there / "0.json", TRIAL)
    heartbeat.start_configuration(there / "0.json", 2, 4, {})
    heartbeat.relay(here / "0.json", str(TRIAL), 30.0, heartbeat.read(there / "0.json"))
    assert [str(item) for item in heartbeat.running_trials(here)] == ["configuration 2 of 4"]
    tell(there / "0.json", epoch=4)
    heartbeat.relay(here / "0.json", str(TRIAL), 31.0, heartbeat.read(there / "0.json"))
    assert [str(item) for item in heartbeat.running_trials(here)] == [
        "configuration 2 of 4, epoch 4"
    ]
    heartbeat.start_configuration(there / "0.json", 3, 4, {})
    heartbeat.relay(here / "0.json", str(TRIAL), 32.0, heartbeat.read(there / "0.json"))
    assert [str(item) for item in heartbeat.running_trials(here)] == ["configuration 3 of 4"]


def test_what_a_configuration_changes_is_known_while_it_is_tried_and_not_longer(tmp_path):
    place = tmp_path / "0.json"
    heartbeat.start(place, TRIAL)
    assert heartbeat.trying(place) is None
    heartbeat.start_configuration(place, 2, 4, {"C": 0.5})
    changes, seconds = heartbeat.trying(place)
    assert changes == {"C": 0.5}
    assert 0 <= seconds < 5
    heartbeat.end_configuration(place)
    assert heartbeat.trying(place) is None
    assert [str(item) for item in heartbeat.running_trials(tmp_path)] == ["configuration 2 of 4"]
    place.write_text('{"trial": "t", "started": 1, "trying": 7}')
    assert heartbeat.trying(place) is None
