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


def test_every_method_is_seen_once_before_any_is_run_again():
    families = {"net": "deep", "svm": "classical", "prior": "control"}
    planned = [
        PlannedTrial(Trial(d, m, seed), families[m], size=size)
        for d, size in (("small", 10.0), ("large", 1000.0))
        for m in families
        for seed in range(3)
    ]
    ordered = [p.trial for p in order(planned)]
    assert sorted(ordered) == sorted(p.trial for p in planned)
    assert [(t.method, t.dataset) for t in ordered[:3]] == [
        ("net", "small"),
        ("svm", "small"),
        ("prior", "small"),
    ]
    # then every method on the other data sets, then the other seeds
    assert [(t.method, t.dataset) for t in ordered[3:6]] == [
        ("net", "large"),
        ("svm", "large"),
        ("prior", "large"),
    ]
    assert [(t.method, t.dataset) for t in ordered[6:10]] == [("net", "large")] * 2 + [
        ("net", "small")
    ] * 2
    known = {("net", d, 1.0) for d in ("small", "large")}
    ordered = [p.trial for p in order(planned, known)]
    assert [t.method for t in ordered[:4]] == ["svm", "prior", "svm", "prior"]
    assert ordered[4] == Trial("large", "net", 0)
