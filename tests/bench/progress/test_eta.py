"""The time left, against runs whose trials were timed.

`recorded/` holds what the trials of two runs took on two cores: four phantoms and five real sets.
"""

import csv
import heapq
import time
from pathlib import Path

import pytest

from bench.progress.eta import Eta
from bench.protocol.record import Trial
from bench.workers.heartbeat import RunningTrial
from bench.workers.schedule import Capacity, PlannedTrial, cell_of, order

RECORDED = Path(__file__).parent / "recorded"


def recorded(name):
    with (RECORDED / f"durations-{name}.csv").open() as file:
        for row in csv.DictReader(file):
            seed = int(row["seed"]) if row["seed"] else None
            trial = Trial(row["dataset"], row["method"], seed)
            size, seconds = float(row["size"]), float(row["seconds"])
            yield PlannedTrial(trial, row["family"], "cpu", size), seconds + 0.1  # and what is ours


def replayed(rows, capacity, earlier=()):
    """(share of the time that had passed, estimate, truth) at the end of each trial."""
    took = {planned.trial: seconds for planned, seconds in rows}
    known = {cell_of(planned.trial) for planned, _ in earlier}
    planned = order([planned for planned, _ in rows], known, capacity.jobs)
    estimate = Eta([*planned, *(p for p, _ in earlier)], capacity)
    for one, seconds in earlier:
        estimate.learn(one.trial, seconds)
    clock, starts, ends, events = 0.0, {}, [], []
    todo = list(planned)
    while todo or ends:
        while todo and len(ends) < capacity.jobs:
            trial = todo.pop(0).trial
            starts[trial] = clock
            heapq.heappush(ends, (clock + took[trial], str(trial), trial))
        clock, _, trial = heapq.heappop(ends)
        events.append((clock, trial))
    ended = set()
    for now, trial in events:
        estimate.learn(trial, took[trial])
        ended.add(trial)
        running = [
            RunningTrial(str(t), now - begun)
            for t, begun in starts.items()
            if t not in ended and begun <= now
        ]
        yield now / clock, estimate.seconds(running), clock - now


@pytest.mark.slow
@pytest.mark.parametrize("name", ["phantoms", "real"])
@pytest.mark.parametrize("jobs", [1, 2, 4])
def test_after_a_tenth_the_time_left_is_right_within_a_third(name, jobs):
    moments = [
        (guess, truth)
        for share, guess, truth in replayed(list(recorded(name)), Capacity(jobs))
        if share > 0.1 and truth > 2
    ]
    errors = sorted(abs(guess - truth) / truth for guess, truth in moments)
    assert len(errors) > 100
    assert errors[int(0.97 * len(errors))] < 1 / 3
    assert errors[len(errors) // 2] < 0.25


@pytest.mark.slow
@pytest.mark.parametrize("name", ["phantoms", "real"])
def test_a_run_whose_like_was_stored_before_is_foretold_from_the_start(name):
    rows = list(recorded(name))
    first = [row for row in rows if row[0].trial.seed in (None, 0)]
    later = [row for row in rows if row[0].trial.seed in (1, 2)]
    moments = [m for m in replayed(later, Capacity(2), earlier=first) if m[2] > 2]
    right = [abs(guess - truth) < truth / 3 for _, guess, truth in moments]
    assert sum(right) / len(right) > 0.9
    assert right[0]


def test_nothing_is_said_before_anything_is_known():
    assert Eta([PlannedTrial(Trial("a", "m"), "deep")], Capacity(1)).seconds() is None


def test_the_epochs_of_a_training_tell_how_long_it_takes():
    planned = [PlannedTrial(Trial("a", "m", seed), "deep") for seed in range(2)]
    estimate = Eta(planned, Capacity(1))
    estimate.learn(planned[0].trial, 5.0)
    running = [RunningTrial(str(planned[1].trial), 60.0, epoch=3, epochs=9)]
    assert estimate.seconds(running) == pytest.approx(120)


@pytest.mark.parametrize(
    ("told", "left"),
    [
        ({"configuration": 3, "configurations": 6}, 120),
        ({"configuration": 3, "configurations": 6, "epoch": 1, "epochs": 2}, 84),
        ({"configuration": 1, "configurations": 6, "epoch": 5, "epochs": 10}, 660),
    ],
)
def test_the_configurations_of_a_search_tell_how_long_it_takes(told, left):
    planned = [PlannedTrial(Trial("a", "m", seed), "deep") for seed in range(2)]
    estimate = Eta(planned, Capacity(1))
    estimate.learn(planned[0].trial, 5.0)
    running = [RunningTrial(str(planned[1].trial), 60.0, **told)]
    assert estimate.seconds(running) == pytest.approx(left)


def test_a_trial_that_takes_longer_than_expected_makes_its_like_longer_too():
    planned = [PlannedTrial(Trial("a", m, seed), "deep") for m in ("m", "n") for seed in range(4)]
    estimate = Eta(planned, Capacity(1))
    estimate.learn(planned[0].trial, 5.0)
    late = [RunningTrial(str(planned[4].trial), 100.0)]
    assert estimate.seconds(late) > 3 * 100


def test_trials_that_need_not_be_run_take_no_time():
    planned = [PlannedTrial(Trial("a", "m", seed), "deep") for seed in range(4)]
    estimate = Eta(planned, Capacity(1))
    estimate.learn(planned[0].trial, 5.0)
    for one in planned[1:]:
        estimate.skip(one.trial)
    assert estimate.seconds() == 0


def test_ten_thousand_trials_are_estimated_in_a_moment():
    planned = [
        PlannedTrial(Trial(f"d{d}", f"m{m}", seed), "classical", size=1e6)
        for d in range(20)
        for m in range(50)
        for seed in range(10)
    ]
    estimate = Eta(planned, Capacity(8))
    start = time.perf_counter()
    estimate.learn(planned[0].trial, 1.0)
    assert estimate.seconds() > 0
    assert time.perf_counter() - start < 3
