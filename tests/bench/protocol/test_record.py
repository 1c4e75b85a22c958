import pytest

from bench.protocol.cards import MethodCard
from bench.protocol.record import Environment, Run, Trial, WeightsUsed


def run(weights=(), **info):
    card = MethodCard("net", "deep", "", "d", "1")
    machine = Environment("3", "linux", "cpu", 1, 1, "cpu")
    trial = Trial("d", "net", 0)
    return Run(trial, card, "ok", "f", "quick", machine, "", fit_info=info, weights=weights)


A, B = (WeightsUsed("net", digest, "hub") for digest in ("aa", "bb"))
A_CACHED = WeightsUsed("net", "aa", "hub cache")


@pytest.mark.parametrize(
    ("stored", "now", "same"),
    [
        (run(), (), True),
        (run((A,)), (A,), True),
        (run((A,)), (A_CACHED,), True),  # downloaded then, in the cache now
        (run((A,)), (B,), False),
        (run((A,)), (), False),
        (run(), (A,), False),
        (run(weights=(), epochs=3, step={"scheme": "from scratch", "weights": None}), (), True),
    ],
)
def test_a_run_is_of_the_same_weights_where_their_content_is_the_same(stored, now, same):
    assert stored.started_from(now) == same


def test_a_run_of_before_weights_were_stored_is_not_taken_for_one_from_scratch():
    old = Run.from_json(run().as_json() | {"fit_info": {"embedding": {"weights": "net.tag"}}})
    assert not old.started_from(())
    assert not old.started_from((A,))


def test_weights_come_back_as_they_were_stored():
    assert Run.from_json(run((A, B)).as_json()).weights == (A, B)
