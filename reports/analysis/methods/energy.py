"""What a run takes of electrical energy, estimated from its time: nothing is measured.

The counters that processors have (RAPL) are of a whole package, on which other trials run at the
same time, and in most virtual machines there are none. So a stated power is assumed of every thread
and every GPU that a trial was allowed, for as long as it took.
"""

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


def watts(run: Run) -> float:
    """The power that is assumed of a run."""
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
