import csv
from pathlib import Path

import pytest

from bench.protocol.record import Trial
from bench.workers.schedule import Capacity, PlannedTrial, makespan, order, pick


def simulated(waiting, seconds, capacity):
    """(start, end, place) of each trial, in a run of the schedule without any process."""
    clock, running, waiting = 0.0, [], list(enumerate(waiting))
    done = {}
    while waiting or running:
        while True:
            at = pick([p for _, p in waiting], [p for _, _, p in running], capacity)
            if at is None:
                break
            i, place = waiting.pop(at)
            running.append((clock + seconds[i], i, place))
            done[i] = (clock, clock + seconds[i], place)
        running.sort()
        clock = running.pop(0)[0]
    return done


def most_at_once(done, place):
    times = [start for start, _, p in done.values() if p == place]
    return max(sum(s <= t < e for s, e, p in done.values() if p == place) for t in times)


def test_one_network_at_a_time_on_each_gpu_and_classical_methods_meanwhile():
    places = ["gpu"] * 4 + ["cpu"] * 8
    done = simulated(places, [5.0] * 4 + [1.0] * 8, Capacity(jobs=2, gpus=1))
    assert most_at_once(done, "gpu") == 1
    assert [done[i][0] for i in range(4)] == [0, 5, 10, 15]
    assert max(done[i][1] for i in range(4, 12)) == 8  # all beside the networks


def test_the_cores_are_all_used_when_the_gpu_has_nothing_left_to_do():
    places = ["gpu"] + ["cpu"] * 7
    done = simulated(places, [1.0] * 8, Capacity(jobs=4, gpus=1))
    assert most_at_once(done, "cpu") == 4


def test_several_gpus_and_several_networks_on_each():
    done = simulated(["gpu"] * 12, [1.0] * 12, Capacity(jobs=8, gpus=2, per_gpu=3))
    assert max(end for _, end, _ in done.values()) == 2


def test_one_job_is_one_trial_at_a_time_on_a_gpu_or_not():
    done = simulated(["gpu", "cpu", "gpu", "cpu"], [1.0] * 4, Capacity(jobs=1, gpus=1))
    assert sorted(start for start, _, _ in done.values()) == [0, 1, 2, 3]


def test_a_classical_trial_can_always_go_on_beside_networks():
    capacity = Capacity(jobs=2, gpus=1, per_gpu=2)
    assert pick(["cpu"], ["gpu", "gpu"], capacity) == 0
    assert pick(["cpu"], ["gpu", "gpu", "cpu"], capacity) is None


def test_nothing_that_needs_a_gpu_starts_without_one():
    assert pick(["gpu"], [], Capacity(jobs=2)) is None


def test_the_makespan_is_that_of_the_schedule():
    capacity = Capacity(jobs=2, gpus=1)
    places = ["gpu", "gpu", "cpu", "cpu", "cpu", "gpu", "cpu"]
    seconds = [3.0, 2.0, 4.0, 1.0, 5.0, 2.5, 0.5]
    done = simulated(places, seconds, capacity)
    assert makespan([], list(zip(places, seconds, strict=True)), capacity) == max(
        end for _, end, _ in done.values()
    )


FAMILIES = {"net": "deep", "forest": "hybrid", "svm": "classical", "prior": "control"}


def plan(sizes, seeds=3):
    return [
        PlannedTrial(Trial(dataset, method, seed), family, size=size)
        for dataset, size in sizes.items()
        for method, family in FAMILIES.items()
        for seed in range(seeds)
    ]


def names(ordered):
    return [(p.trial.method, p.trial.dataset) for p in ordered]


def test_every_method_is_seen_once_before_any_is_run_again():
    planned = plan({"small": 10.0, "large": 1000.0})
    ordered = order(planned, jobs=2)
    assert sorted(p.trial for p in ordered) == sorted(p.trial for p in planned)
    assert {method for method, _ in names(ordered)[:4]} == set(FAMILIES)
    assert {dataset for _, dataset in names(ordered)[:4]} == {"small"}
    # then every method on the other data sets, the slowest first, then the other seeds
    assert names(ordered)[4:8] == [(method, "large") for method in FAMILIES]


def test_all_workers_but_one_begin_with_the_slowest_and_that_one_with_the_quickest():
    planned = plan({"small": 10.0, "large": 1000.0})
    assert [m for m, _ in names(order(planned, jobs=1))[:4]] == ["prior", "svm", "forest", "net"]
    assert [m for m, _ in names(order(planned, jobs=2))[:4]] == ["net", "prior", "svm", "forest"]
    assert [m for m, _ in names(order(planned, jobs=3))[:4]] == ["net", "forest", "prior", "svm"]
    assert [m for m, _ in names(order(planned, jobs=9))[:4]] == ["net", "forest", "svm", "prior"]


def test_the_other_seeds_come_one_data_set_after_the_other_the_smallest_first():
    planned = plan({"middle": 100.0, "large": 1000.0, "small": 10.0, "same": 100.0})
    last = names(order(planned, jobs=2))[4 + 3 * 4 :]
    sets = [dataset for _, dataset in last]
    assert list(dict.fromkeys(sets)) == ["small", "middle", "same", "large"]
    assert sets == sorted(sets, key=["small", "middle", "same", "large"].index)  # none in between
    assert [method for method, _ in last[:8]] == [m for m in FAMILIES for _ in range(2)]


def test_what_is_known_of_an_earlier_run_is_not_found_out_again():
    known = {("net", d, 1.0, 0, "") for d in ("small", "large")}
    ordered = order(plan({"small": 10.0, "large": 1000.0}), known, jobs=2)
    found_out = ordered[:6]
    assert {p.trial.method for p in found_out} == set(FAMILIES) - {"net"}
    assert len({(p.trial.method, p.trial.dataset) for p in found_out}) == 6


RECORDED = Path(__file__).parents[1] / "progress" / "recorded"


def recorded(name):
    """The trials of a run on two cores, and what each took."""
    with (RECORDED / f"durations-{name}.csv").open() as file:
        for row in csv.DictReader(file):
            seed = int(row["seed"]) if row["seed"] else None
            trial = Trial(row["dataset"], row["method"], seed)
            yield (
                PlannedTrial(trial, row["family"], "cpu", float(row["size"])),
                float(row["seconds"]),
            )


@pytest.mark.parametrize("name", ["phantoms", "real"])
@pytest.mark.parametrize("jobs", [1, 2, 4])
def test_something_is_seen_at_once_and_data_sets_are_complete_early_at_no_cost(name, jobs):
    rows = dict(recorded(name))
    capacity = Capacity(jobs)
    ordered = order(list(rows), jobs=jobs)
    seconds = [rows[p] for p in ordered]
    done = simulated(["cpu"] * len(ordered), seconds, capacity)
    ends = {ordered[i].trial: end for i, (_, end, _) in done.items()}
    last = max(ends.values())
    assert min(ends.values()) < 1
    assert sorted(ends.values())[4] < 3
    complete = sorted(
        max(e for t, e in ends.items() if t.dataset == d)
        for d in dict.fromkeys(t.dataset for t in ends)
    )
    assert complete[0] < last / 2
    assert complete[-2] < 0.85 * last
    # longest first, on all places, is what takes the least, but for a few per cent
    longest = sorted(rows.values(), reverse=True)
    assert last < 1.05 * makespan([], [("cpu", s) for s in longest], capacity)
