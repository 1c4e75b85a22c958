"""What the same runs said beyond the test part: of external parts, and of spoilt test images.

Either is the runs of a data set again, with other cases or other probabilities, so that whatever
can be asked of the test part can be asked of it. Cases are those that decide: an external case with
a near twin in train or validation does not, as a test case does not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bench.protocol.choices import RANDOM_CORRUPTIONS
from bench.protocol.metadata import EXTERNAL
from bench.protocol.record import Trial
from bench.protocol.study import Study
from bench.protocol.subgroups import Subgroups
from bench.results.store import Store
from reports.loading.selection import DatasetRuns, ScoredRun, TestPart
from reports.loading.units import counting_together


@dataclass(frozen=True, eq=False)
class Grouping:
    """The test cases dealt into groups by a column of the metadata.

    Attributes:
        column: its name.
        names: of the groups, in order.
        cases: ids of the cases of each; those without a value are in none.
    """

    column: str
    names: tuple[str, ...]
    cases: tuple[frozenset[str], ...]


@dataclass(frozen=True, eq=False)
class Corrupted:
    """The runs that predicted spoilt test images.

    Attributes:
        data: these runs, as they predicted the images as they are.
        kinds: names of the corruptions.
        severities: how strong each was, ascending.
        probabilities: trial → `(kinds, severities, n, k)` float32, in the order of its test part.
    """

    data: DatasetRuns
    kinds: tuple[str, ...]
    severities: tuple[int, ...]
    probabilities: Mapping[Trial, NDArray[np.float32]]

    def at(self, kind: str, severity: int) -> DatasetRuns:
        """The same runs, as they predicted the images with this corruption."""
        i, j = self.kinds.index(kind), self.severities.index(severity)
        scored = tuple(
            replace(run, test=self.probabilities[run.run.trial][i, j].astype(np.float64))
            for run in self.data.scored
        )
        return replace(self.data, scored=scored)


def external_parts(data: DatasetRuns, store: Store) -> dict[str, DatasetRuns]:
    """Name → the same runs on an external part, those with its cases.

    The models of all folds predict all of an external part: each is one training more, as another
    seed is, and there is a single part.

    Args:
        data: the runs that count.
        store: the results folder.
    """
    found: dict[str, DatasetRuns] = {}
    members: dict[str, list[ScoredRun]] = {}
    for number, run in enumerate(data.scored if data.card.external else ()):
        stored = store.run(run.run.trial)
        told = None if stored is None else stored.predictions
        for name in data.card.external if told is not None else ():
            own = told.part(f"{EXTERNAL}{name}") if told is not None else None
            if own is None or not len(own.labels):
                continue
            order = np.argsort(own.case_ids, kind="stable")
            groups = None if own.groups is None else own.groups[order]
            part = TestPart(None, own.case_ids[order], own.labels[order], groups)
            there = found.setdefault(name, _bare(data, part))
            if np.array_equal(there.tests[None].case_ids, part.case_ids):
                training = _as_training(run, number)
                told_there = own.probabilities[order]
                members.setdefault(name, []).append(replace(training, test=told_there))
    return {
        name: deciding(replace(there, scored=tuple(members[name])), name)
        for name, there in found.items()
    }


def groupings(data: DatasetRuns, store: Store, study: Study) -> tuple[list[Grouping], list[str]]:
    """The subgroups that the study asks for, and why some cannot be had, a sentence each.

    Args:
        data: the runs that count.
        store: the results folder.
        study: its current study.
    """
    if not study.subgroups:
        return [], []
    known = store.metadata(data.card.name)
    found, notes = [], []
    cases = {case for part in data.tests.values() for case in part.case_ids.tolist()}
    for text in study.subgroups:
        asked = Subgroups.parse(text)
        test = None if known is None else known.part("test")
        values = None if test is None else test.columns.get(asked.column)
        if test is None or values is None:
            notes.append(f"No {asked.column} is known of the test cases.")
            continue
        if problem := asked.problem(values):
            notes.append(f"The subgroups by {asked.column} cannot be formed: {problem}.")
            continue
        names, group = asked.of(values)
        ids = test.case_ids
        members = [frozenset(ids[group == g].tolist()) & cases for g in range(len(names))]
        kept = [g for g, own in enumerate(members) if own]
        if not kept:
            notes.append(f"No {asked.column} is known of the test cases.")
            continue
        found.append(
            Grouping(
                asked.column,
                tuple(names[g] for g in kept),
                tuple(members[g] for g in kept),
            )
        )
    return found, notes


def in_group(data: DatasetRuns, cases: frozenset[str]) -> DatasetRuns:
    """The same runs on these test cases alone."""
    others = {
        case for part in data.tests.values() for case in part.case_ids.tolist() if case not in cases
    }
    return data.without(others)


def corrupted(data: DatasetRuns, store: Store, study: Study) -> Corrupted | None:
    """The runs that predicted spoilt test images, by those corruptions that all of them have.

    What was not drawn with the study's seed is left out.

    Args:
        data: the runs that count, on the cases that do.
        store: the results folder.
        study: its current study.

    Returns:
        None where no run did.
    """
    told: list[tuple[ScoredRun, NDArray[np.float32], tuple[str, ...], tuple[int, ...]]] = []
    for run in data.scored:
        own = store.corrupted(run.run.trial)
        if own is None:
            continue
        wanted = data.tests[run.part].case_ids
        order = np.argsort(own.case_ids, kind="stable")
        where = np.searchsorted(own.case_ids, wanted, sorter=order)
        rows = order[np.minimum(where, len(order) - 1)]
        drawn_so = run.run.split_seed == study.split_seed
        kinds = tuple(k for k in own.kinds if drawn_so or k not in RANDOM_CORRUPTIONS)
        if kinds and np.array_equal(own.case_ids[rows], wanted):
            there = own.probabilities[_places(own.kinds, kinds)][:, :, rows]
            told.append((run, there, kinds, own.severities))
    if not told:
        return None
    kinds = tuple(k for k in told[0][2] if all(k in kinds for _, _, kinds, _ in told))
    severities = tuple(s for s in told[0][3] if all(s in each for _, _, _, each in told))
    if not kinds or not severities:
        return None
    found = {
        run.run.trial: probabilities[
            np.ix_(_places(own_kinds, kinds), _places(own_severities, severities))
        ]
        for run, probabilities, own_kinds, own_severities in told
    }
    return Corrupted(data.of(run for run, _, _, _ in told), kinds, severities, found)


def _places(own: Sequence[object], wanted: Sequence[object]) -> list[int]:
    return [list(own).index(one) for one in wanted]


def _bare(data: DatasetRuns, part: TestPart) -> DatasetRuns:
    return replace(data.of(()), tests={None: part})


def _as_training(run: ScoredRun, number: int) -> ScoredRun:
    """A run without a test part of its own; with folds its number stands for its seed."""
    trial = run.run.trial
    if trial.fold is None:
        return run
    bare = replace(trial, fold=None, repeat=0, seed=number)
    own = replace(run.run, trial=bare)
    return replace(run, run=own, folds_before=0, trained_in=run.part)


def deciding(data: DatasetRuns, name: str) -> DatasetRuns:
    """The runs on an external part without cases that have a near twin in train or validation;
    twins of each other count as one."""
    twins = (data.card.external_near_duplicates or {}).get(name, ())
    together = (data.card.external_twin_groups or {}).get(name, ())
    return counting_together(data.without(twins) if twins else data, together, "near-duplicates")
