"""Each data set of a request → one for each value of a column, which is left out of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bench.data.folders.manifest import cases
from bench.data.folders.metadata import refusal
from bench.data.transport.leave_out import values_of
from bench.methods.sources import Source
from bench.protocol.errors import BenchError, DataError, StudyError, did_you_mean, one_line
from bench.protocol.metadata import Columns
from bench.protocol.study import Study
from bench.protocol.subgroups import Subgroups
from bench.run.loading import Prepared
from bench.workers.pool import Workers


@dataclass(frozen=True)
class Expanded:
    """Data sets that leave out a value each.

    Attributes:
        sources: those.
        left_out: a line for each data set that has no such column.
    """

    sources: tuple[Source, ...]
    left_out: tuple[str, ...] = ()


def expanded(
    sources: Sequence[Source], study: Study, required: frozenset[str], workers: Workers
) -> Expanded:
    """The data sets with each value of the study's column left out once; as they are without one.

    Args:
        sources: data sets.
        study: names the column.
        required: data sets that were asked for by name.
        workers: look at them.

    Raises:
        DataError: if a data set that is required has no such column, or one value only.
    """
    if not study.leave_out:
        return Expanded(tuple(sources))
    found: dict[int, tuple[Source, ...]] = {}
    left_out = []
    for outcome in workers.run(column_values, [(source, study) for source in sources]):
        source = sources[outcome.index]
        values = outcome.value if outcome.status == "ok" else outcome.error
        if isinstance(values, str):
            if source.name in required:
                raise DataError(values)
            left_out.append(f"data set {source.name}: {values}")
            continue
        found[outcome.index] = tuple(source.without(study.leave_out, value) for value in values)
    if not found:
        raise DataError("No data set can be used. " + " ".join(left_out))
    return Expanded(tuple(s for i in sorted(found) for s in found[i]), tuple(left_out))


def column_values(source: Source, study: Study) -> tuple[str, ...] | str:
    """The values of the study's column in a data set, or why it cannot be left out."""
    where = f"Data set {source.name!r}"
    try:
        return values_of(where, _metadata(source, study, where), study.leave_out)
    except BenchError as error:
        return str(error)
    except (Exception, SystemExit) as error:
        return f"{where} cannot be loaded: {one_line(error)}"


def _metadata(source: Source, study: Study, where: str) -> Columns:
    """The columns of the cases that are of no external part."""
    root = source.folder
    if root is not None:
        listing = cases(root, source.reading.to_learn(source.task))
        if study.leave_out in listing.identifying:
            raise refusal(f"{where}, folder {root}", listing.identifying)
        inside = np.array([not case.external for case in listing.cases])
        return {name: values[inside] for name, values in listing.metadata.items()}
    data = source.load(study.size, study.split_seed)
    return {
        name: np.concatenate([part.metadata[name] for _, part in data.parts()])
        for name in data.train.metadata
    }


def refuse_unknown_subgroups(study: Study, data: Mapping[str, Prepared]) -> None:
    """Refuse a subgroup by a column that no data set has, or that cannot be divided so.

    Raises:
        StudyError: names the column, and those that there are.
    """
    known = {name: ready.metadata.columns for name, ready in data.items() if ready.metadata}
    names = {column for columns in known.values() for column in columns}
    for text in study.subgroups:
        subgroups = Subgroups.parse(text)
        if subgroups.column not in names:
            raise StudyError(
                f"subgroup {text!r}: no data set has a column {subgroups.column!r}. "
                f"{did_you_mean(subgroups.column, names)}"
            )
        for name, columns in known.items():
            problem = ""
            if subgroups.column in columns:
                problem = subgroups.problem(columns[subgroups.column])
            if problem:
                raise StudyError(f"subgroup {text!r}: in the data set {name!r} {problem}.")
