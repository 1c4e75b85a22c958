"""A tuned trial goes on: behind a configuration that ended its process, and after the run was."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from bench.machine.memory import PeakMemory
from bench.protocol.record import Tried
from bench.results.searches import SearchRecords
from bench.workers import heartbeat
from bench.workers.job import Job
from bench.workers.pool import Outcome
from bench.workers.slot import new_part


class TunedTrial:
    """The configurations of a trial as they begin and end, told and kept.

    Args:
        job: the trial.
        memory: of this process, which is watched.

    Attributes:
        known: what came of configurations before.
    """

    def __init__(self, job: Job, memory: PeakMemory) -> None:
        self._job = job
        self._memory = memory
        self._records = records(job)
        found = {tried.changes_key: tried for tried in job.known}
        if self._records is not None:
            found |= {tried.changes_key: tried for tried in self._records.read()}
        self.known = tuple(found.values())

    def begin(self, number: int, of: int, changes: Mapping[str, Any]) -> None:
        """Tell which configuration is tried now, from 1, and give it a time limit of its own."""
        heartbeat.start_configuration(self._job.heartbeat_file, number, of, dict(changes))
        new_part()

    def keep(self, tried: Tried) -> Tried:
        """Keep what came of a configuration, with the memory that was needed up to its end."""
        told = replace(tried, peak_memory=self._memory.peak)
        if self._records is not None:
            with suppress(OSError):  # a full disk ends the run when the trial is to be stored
                self._records.write(told)
        heartbeat.end_configuration(self._job.heartbeat_file)
        return told

    def end(self) -> None:
        """Tell that what comes now is no configuration's, and give it a time limit of its own."""
        heartbeat.end_configuration(self._job.heartbeat_file)
        new_part()


def records(job: Job) -> SearchRecords | None:
    """Where a trial's configurations are kept; None where it has none."""
    if not job.tune or job.search_folder is None:
        return None
    return SearchRecords(job.search_folder, conditions(job))


def conditions(job: Job) -> str:
    """Everything on which the outcome of a configuration depends, but the configuration itself."""
    card = job.facts.card
    told = {
        "trial": job.trial.as_json(),
        "data": job.fingerprint,
        "budget": job.budget,
        "metric": job.metric,
        "split_seed": job.split_seed,
        "val_twins": job.val_twins,
        "method": [card.name, card.distribution, card.version],
        "parameters": job.facts.parameters,
        "weights": [weights.digest for weights in job.facts.weights_used],
    }
    return json.dumps(told, sort_keys=True)


def goes_on(arguments: tuple[Any, ...], outcome: Outcome) -> bool:
    """Whether a trial whose process was ended by a configuration can go on with the next one.

    That configuration is then kept as one that failed, and the trial takes it from there.

    Args:
        arguments: of `bench.run.execute.execute`.
        outcome: what became of it.
    """
    (job,) = arguments
    kept, trying = records(job), heartbeat.trying(job.heartbeat_file)
    if kept is None or trying is None:
        return False
    changes, seconds = trying
    heartbeat.end_configuration(job.heartbeat_file)
    try:
        kept.write(Tried(changes, None, seconds, outcome.error, status=outcome.status))
    except OSError:  # it would be tried again without end
        return False
    return True
