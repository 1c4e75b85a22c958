"""What a run takes of electrical energy: its mean power times its time.

The power was measured in the worker where the processor's counters can be read (RAPL, shared out by
CPU time, see `bench.machine.power`). In most virtual machines there are none: then a stated power
is assumed of every thread and every GPU that a trial was allowed.
"""

from collections.abc import Sequence

from bench.protocol.record import Run

WATTS_PER_THREAD = 10.0
"""Of a busy core of a server, its share of memory and package included: 250 W over 24 cores."""

WATTS_OF_GPU = 300.0
"""Of a busy data-centre GPU."""

ASSUMED = (
    f"estimated, not measured: {WATTS_PER_THREAD:g} W for every thread that a trial was allowed "
    f"and {WATTS_OF_GPU:g} W for a GPU, times wall time; cooling left out"
)
"""The assumption, for the reader."""

MEASURED = (
    "measured: mean power while a trial trained and predicted, of the processor's counters (RAPL) "
    "shared out by CPU time, with a GPU all of its own (NVML), times wall time; cooling left out"
)
"""What was measured, for the reader."""


def watts(run: Run) -> float:
    """The power of a run, measured or assumed."""
    if run.watts is not None:
        return run.watts
    own = WATTS_PER_THREAD * max(run.environment.threads, 1)
    return own if run.environment.device == "cpu" else own + WATTS_OF_GPU


def fit_energy(run: Run) -> float | None:
    """Wh of training; of a tuned method of the whole search. None where no time was noted."""
    return None if run.fit_seconds is None else run.fit_seconds * watts(run) / 3600


def energy_per_1000(run: Run) -> float | None:
    """Wh of predicting 1,000 images; None where no time was noted."""
    if run.predict_seconds is None or not run.n_predicted:
        return None
    return run.predict_seconds / run.n_predicted * 1000 * watts(run) / 3600


def source(runs: Sequence[Run]) -> str:
    """How the power of runs is known: "measured", "estimated", or, of several, "both"."""
    kinds = {"estimated" if run.watts is None else "measured" for run in runs}
    return "both" if len(kinds) > 1 else "".join(kinds)


def in_words(sources: Sequence[str]) -> str:
    """What numbers of these sources are, for the reader."""
    kinds = set(sources) - {""}
    if kinds == {"measured"}:
        return MEASURED
    if kinds <= {"estimated"}:
        return ASSUMED
    return f"some {MEASURED}; the others {ASSUMED}"
