"""What a run is to do, as other processes and the estimate of the time left see it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bench.progress.eta import Eta
from bench.progress.history import Took
from bench.protocol.cards import DatasetCard
from bench.protocol.errors import ResultsError
from bench.protocol.record import Run, Trial
from bench.results.store import Store
from bench.workers.schedule import Capacity, Cell, PlannedTrial, cell_of


@dataclass(frozen=True)
class RunPlan:
    """The plan of a run, in the order in which trials are started.

    Attributes:
        study: hash of the study.
        budget: of the study.
        planned: every trial.
        before: of each trial that has a stored run already, when that was started.
        reused: those whose stored run is used again.
        capacity: what there is to run them on.
        heartbeats: folder of the files in which running trials write how far they are.
        cluster: address of the scheduler, "" for this machine.
        ended: how the run ended, "" while it goes on or if it was cut off.
    """

    study: str
    budget: str
    planned: tuple[PlannedTrial, ...]
    before: Mapping[Trial, str]
    reused: frozenset[Trial]
    capacity: Capacity
    heartbeats: str
    cluster: str = ""
    ended: str = ""

    def as_json(self) -> dict[str, Any]:
        """The plan as a JSON-able dictionary."""
        rows = [
            {
                "trial": each.trial.as_json(),
                "family": each.family,
                "resource": each.resource,
                "size": each.size,
                "tune": each.tune,
                "corrupted": each.corrupted,
                "before": self.before.get(each.trial),
                "reused": each.trial in self.reused,
            }
            for each in self.planned
        ]
        plain = {name: getattr(self, name) for name in _PLAIN}
        return {**plain, "capacity": asdict(self.capacity), "planned": rows}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "RunPlan":
        """The plan that `as_json` described.

        Raises:
            KeyError, TypeError: if it is none.
        """
        counts = [{n: row.get(n, 0) for n in ("tune", "corrupted")} for row in data["planned"]]
        trials = [Trial.from_json(row["trial"]) for row in data["planned"]]
        pairs = list(zip(trials, data["planned"], strict=True))
        return cls(
            planned=tuple(
                PlannedTrial(t, r["family"], r["resource"], r["size"], **counted)
                for (t, r), counted in zip(pairs, counts, strict=True)
            ),
            before={t: r["before"] for t, r in pairs if r["before"] is not None},
            reused=frozenset(t for t, r in pairs if r["reused"]),
            capacity=Capacity(**data["capacity"]),
            **{name: data[name] for name in _PLAIN},
        )

    def result(self, trial: Trial, store: Store) -> Run | None:
        """What came of a planned trial, without predictions; None if it is still to be run.

        Raises:
            ResultsError: if the stored run is damaged.
        """
        run = store.record(trial)
        if run is None or (trial not in self.reused and self.before.get(trial) == run.started):
            return None
        return run

    def eta(self, store: Store, beside: Sequence[tuple[PlannedTrial, float]] = ()) -> Eta:
        """The estimate of the time left, from what stored trials took.

        Those of other plans in the same folder tell something of their methods too.

        Args:
            store: the results folder.
            beside: trials that ran elsewhere on this machine, with their seconds.
        """
        earlier, tunes = _earlier(self.planned, store), configurations_by_method(self.planned)
        others = [*(planned for planned, _ in earlier), *(planned for planned, _ in beside)]
        estimate = Eta([*self.planned, *others], self.capacity)
        for planned, seconds in beside:
            estimate.learn(planned.trial, seconds)
        for planned, run in earlier:
            _learn(estimate, planned, run, self.budget, tunes)
        for each in self.planned:
            result = self.result(each.trial, store)
            if result is not None:
                _learn(estimate, each, result, self.budget, tunes)
        return estimate


_PLAIN = ("study", "budget", "heartbeats", "cluster", "ended")


def pixel_count(card: DatasetCard | None, side: int = 0) -> float:
    """Pixel values of all images of a data set, with another side where one is given."""
    if card is None:
        return 1.0
    h, w, c = card.image_shape
    if side:
        h = w = side
    return float(h * w * c * sum(part.cases for part in card.parts.values()))


def known_cells(store: Store, budget: str, tunes: Mapping[str, int]) -> set[Cell]:
    """Cells of which some stored trial tells how long one takes.

    Args:
        store: with trials of this and of other plans.
        budget: of the study.
        tunes: see `configurations_by_method`.
    """
    runs = _records(store)
    return {cell_of(run.trial) for run in runs if _seconds(run, budget, tunes) is not None}


def configurations_by_method(planned: Sequence[PlannedTrial]) -> dict[str, int]:
    """Method → how many configurations are tried."""
    return {each.trial.method: each.tune for each in planned}


def _earlier(planned: Sequence[PlannedTrial], store: Store) -> list[tuple[PlannedTrial, Run]]:
    trials = {each.trial for each in planned}
    found = []
    sizes: dict[str, float] = {}
    for run in _records(store):
        name = run.trial.dataset
        if run.trial not in trials:
            if name not in sizes:
                sizes[name] = _stored_size(store, name)
            found.append((PlannedTrial(run.trial, run.method.family, size=sizes[name]), run))
    return found


def _records(store: Store) -> list[Run]:
    try:
        return [run for trial in store.trials() if (run := store.record(trial)) is not None]
    except ResultsError:
        return []


def _stored_size(store: Store, dataset: str) -> float:
    try:
        return pixel_count(store.card(dataset))
    except ResultsError:
        return 1.0


def _learn(
    estimate: Eta, planned: PlannedTrial, run: Run, budget: str, tunes: Mapping[str, int]
) -> None:
    seconds = _seconds(run, budget, tunes)
    if seconds is not None and planned.corrupted and run.corrupted_seconds is None:
        seconds = None  # of a trial that had less to predict
    if seconds is not None and not planned.corrupted:
        seconds = max(0.0, seconds - (run.corrupted_seconds or 0.0))
    if seconds is None:
        estimate.skip(planned.trial)
    else:
        estimate.learn(planned.trial, seconds)


def _seconds(run: Run, budget: str, tunes: Mapping[str, int]) -> float | None:
    """What a trial took of a worker's time, as far as that says what another one will take."""
    tuned_alike = run.tune == tunes.get(run.trial.method, run.tune)
    if run.status != "ok" or run.budget != budget or not tuned_alike:
        return None
    if run.seconds_when_warm is not None:
        return run.seconds_when_warm
    if run.fit_seconds is None or run.predict_seconds is None:
        return None
    return run.fit_seconds + run.predict_seconds - run.cached_seconds


def took(run: Run, planned: PlannedTrial, budget: str) -> Took | None:
    """What a trial took, for the plans of other folders; None where it says nothing of another."""
    seconds = _seconds(run, budget, {run.trial.method: planned.tune})
    if seconds is None:
        return None
    trial = run.trial
    own = (trial.method, planned.family, trial.dataset, trial.fraction)
    return Took(*own, size=planned.size, tune=planned.tune, budget=budget, seconds=seconds)
