"""How long a plan takes, in words, before its first trial."""

from bench.progress import history
from bench.progress.display import duration
from bench.progress.eta import Eta
from bench.progress.run_plan import RunPlan
from bench.results.store import Store

_ENOUGH = 0.5  # of the methods


def estimated(plan: RunPlan, store: Store) -> Eta:
    """The estimate of the time left, from all that is known on this machine.

    Args:
        plan: what is to be run.
        store: the results folder; what its trials took is known, too.
    """
    return plan.eta(store, history.recall(plan.planned, plan.budget))


def in_words(eta: Eta) -> str:
    """For example "about 4 min 10 s on this machine".

    Where little like it has run on this machine yet, a range is told.
    """
    seconds = eta.seconds()
    if seconds is not None and eta.known > _ENOUGH:
        return f"about {duration(seconds)} on this machine"
    low, high = eta.rough()
    return (
        f"roughly {duration(low)} to {duration(high)}, better known once trials have run on this "
        "machine"
    )
