"""Whether verdicts are valid: false claims, coverage of intervals, power, all on simulated data.

    python tests/benchmarks/validity.py [--part null|coverage|measures|power|all]
        [--experiments 2000] [--jobs 1] [--interval NAME]...

The functions that make a report are given arrays with a known truth. Random states are fixed: the
same number of experiments gives the same figures, whatever the number of jobs. With 2,000
experiments all of it takes more than an hour of processor time, most of it the first two parts.
"""

import argparse
import multiprocessing
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

os.environ.setdefault("OMP_NUM_THREADS", "1")
# Modules beside this one are imported by their whole name; this folder has a `statistics` of its
# own, which would hide the standard library's.
sys.path[0] = str(Path(__file__).parents[2])

from tests.benchmarks.binormal import Design  # noqa: E402
from tests.benchmarks.interval_coverage import (  # noqa: E402
    NOTHING,
    PROCEDURES,
    applies,
    covered,
)
from tests.benchmarks.measure_differences import (  # noqa: E402
    COMPARED,
    alike,
    designs,
)
from tests.benchmarks.measure_differences import covered as covered_differences  # noqa: E402
from tests.benchmarks.null_verdicts import NullCount, allowed, false_verdicts  # noqa: E402
from tests.benchmarks.reached_power import kept, promises  # noqa: E402

_PARTS = ("null", "coverage", "measures", "power")
_CHUNK = 125  # experiments that one process does at a time
_DATASETS = 4
_LEAST = 0.93  # of samples that an interval of 95 % should cover
_SIZES, _SHARES = (40, 100, 400, 1000), (0.1, 0.3, 0.5)
_AUCS = ((0.6, 0.55), (0.8, 0.75), (0.9, 0.85), (0.95, 0.9), (0.98, 0.95))  # deep, classical
_TABLES = PROCEDURES[:3]  # those shown cell by cell

Result = TypeVar("Result")


@dataclass(frozen=True)
class Row:
    """One line of the table of null data."""

    title: str
    design: Design
    datasets: int


def null_rows() -> Iterator[Row]:
    """What has no difference to be found."""
    sizes = (60, 200, 1000)
    for seeds, words in ((1, "1 seed"), (5, "5 seeds")):
        for images, kind in ((1, "independent"), (4, "4 per patient")):
            for n in sizes:
                design = Design(n, images=images, candidates=3, seeds=seeds)
                yield Row(f"{n}, {kind}, {words}", _varying(design), _DATASETS)
    for n in sizes:
        design = Design(n, images=4, mixed=True, candidates=3, seeds=5)
        yield Row(f"{n}, 4 per patient, both classes in one, 5 seeds", _varying(design), 1)
    for auc, share, n in ((0.95, 0.4, 60), (0.95, 0.4, 200), (0.8, 0.1, 200), (0.95, 0.1, 1000)):
        design = Design(n, share=share, deep=auc, classical=auc, candidates=3, seeds=5)
        yield Row(f"{n}, independent, 5 seeds, AUC {auc}, {share:.0%} pos.", _varying(design), 1)
    for sd, seeds, candidates in (
        (0.05, 5, 1), (0.05, 3, 1), (0.05, 5, 3), (0.05, 3, 3), (0.02, 5, 10), (0.02, 3, 10),
        (0.05, 3, 10),
    ):  # fmt: skip
        design = Design(1000, candidates=candidates, seeds=seeds, seed_sd=sd)
        title = f"1000, independent, {seeds} seeds of SD {sd}, {candidates} candidate(s)"
        yield Row(title, design, 1)
    design = Design(1000, images=4, candidates=10, seeds=3, seed_sd=0.05)
    yield Row("1000, 4 per patient, 3 seeds of SD 0.05, 10 candidate(s)", design, 1)


def _varying(design: Design) -> Design:
    return replace(design, seed_sd=0.02) if design.seeds > 1 else design


def print_null(pool: Executor, experiments: int) -> None:
    """A line per design."""
    print("\nfalse verdicts on null data, % (four data sets a study where Holm's are shown)")
    head = f"{'test cases':62}{'studies':>8}{'better':>8}{'deep':>7}{'class.':>7}{'margin':>8}"
    print(head + f"{'limit':>7}{'Holm':>7}{'limit':>7}{'pooled':>8}{'naive':>8}{'its Holm':>9}")
    rows = list(null_rows())
    waiting = [
        _spread(pool, false_verdicts, experiments, i, row.design, row.datasets)
        for i, row in enumerate(rows)
    ]
    for row, chunks in zip(rows, waiting, strict=True):
        found = NullCount(0, row.datasets, 0, 0, 0, 0, 0, 0, 0)
        for chunk in chunks:
            found += chunk.result()
        each, whole = 100 / (found.experiments * row.datasets), 100 / found.experiments
        line = f"{row.title:62}{found.experiments:8}{(found.deep + found.classical) * each:8.2f}"
        line += f"{found.deep * each:7.2f}{found.classical * each:7.2f}"
        line += f"{found.by_margin * each:8.2f}"
        line += f"{100 * allowed(found.experiments * row.datasets):7.2f}"
        if row.datasets > 1:
            line += f"{found.any_better * whole:7.2f}{100 * allowed(found.experiments):7.2f}"
            line += f"{found.pooled * whole:8.2f}"
        else:
            line += " " * 22
        line += f"{found.naive * each:8.2f}"
        print(line + (f"{found.any_naive * whole:9.2f}" if row.datasets > 1 else ""), flush=True)


def print_coverage(pool: Executor, experiments: int, wanted: Sequence[str] = PROCEDURES) -> None:
    """A line per interval with its worst cells, and the tables of those of AUCs.

    With only some of the intervals other samples are drawn than with all of them.
    """
    grid = [
        Design(n, share=share, images=images, deep=deep, classical=classical)
        for images in (1, 4)
        for n in _SIZES
        for share in _SHARES
        for deep, classical in _AUCS
    ]
    kept = [d for d in grid if any(applies(name, d) for name in wanted)]
    waiting = [
        _spread(pool, partial(covered, wanted=wanted), experiments, i, design)
        for i, design in enumerate(grid)
        if design in kept
    ]
    found = {
        design: sum((chunk.result() for chunk in chunks), NOTHING)
        for design, chunks in zip(kept, waiting, strict=True)
    }
    for images in (1, 4):
        kind = "independent images" if images == 1 else f"{images} images per patient"
        print(f"\ncoverage of 95 % intervals, {kind}, %")
        print(f"{'interval':30}{'cells':>6}{'mean':>7}{'lowest':>8}{'short':>6}  cells below 93 %")
        for name in wanted:
            share = {
                design: result.hits.get(name, 0) / result.experiments
                for design, result in found.items()
                if design.images == images and applies(name, design)
            }
            if not share:
                continue
            short = {design: value for design, value in share.items() if value < _LEAST}
            mean, lowest = sum(share.values()) / len(share), min(share.values())
            print(f"{name:30}{len(share):6}{mean:7.1%}{lowest:8.1%}{len(short):6}  " + "; ".join(
                f"n {d.cases}, {d.share:.0%}, AUC {d.deep}: {v:.1%}" for d, v in short.items()
            ))  # fmt: skip
        for name in (table for table in _TABLES if table in wanted):
            print(f"\n{name}, {kind}: rows n and share of positive, columns AUC")
            print(" " * 12 + "".join(f"{deep:8}" for deep, _ in _AUCS))
            for n in _SIZES:
                for part in _SHARES:
                    row = [
                        result.hits.get(name, 0) / result.experiments
                        for d, result in found.items()
                        if (d.images, d.cases, d.share) == (images, n, part) and applies(name, d)
                    ]
                    if row:
                        print(f"{n:5}{part:7.0%}" + "".join(f"{value:8.1%}" for value in row))
        used: Counter[str] = Counter()
        for design, result in found.items():
            if design.images == images:
                used.update(result.procedures)
        print("procedures of the AUC's interval:", dict(used), flush=True)


def print_measures(pool: Executor, experiments: int) -> None:
    """A line per design with the coverage of differences of every measure, then their means."""
    print("\ncoverage of 95 % intervals of differences of measures, %")
    print(f"{'cases':>5}{'pos.':>6}{'images':>7}{'seeds':>6}{'AUCs':>11} " + "".join(
        f"{measure[:11]:>12}" for measure in COMPARED
    ))  # fmt: skip
    grid = list(designs())
    waiting = [
        pool.submit(covered_differences, design, experiments, [i]) for i, design in enumerate(grid)
    ]
    found = {}
    for design, future in zip(grid, waiting, strict=True):
        counts = future.result()
        found[design] = {measure: counts[measure] / experiments for measure in COMPARED}
        aucs = f"{design.deep:.2f} {design.classical:.2f}"
        line = f"{design.cases:5}{design.share:6.0%}{design.images:7}{design.seeds:6}{aucs:>11} "
        print(line + "".join(f"{found[design][m]:12.1%}" for m in COMPARED), flush=True)
    for title, some in (
        ("all, mean", grid),
        ("all, lowest", grid),
        ("alike, independent, mean", [d for d in grid if alike(d) and d.images == 1]),
        ("alike, patients, mean", [d for d in grid if alike(d) and d.images > 1]),
    ):
        line = f"{title:36}"
        for measure in COMPARED:
            each = [found[design][measure] for design in some]
            line += f"{min(each) if 'lowest' in title else sum(each) / len(each):12.1%}"
        print(line)


def print_power(pool: Executor, experiments: int) -> None:
    """A line per promise."""
    print("\npower, %")
    print(f"{'statement':75}{'predicted':>10}{'reached':>9}{'off by':>8}")
    rows = list(promises())
    waiting = [_spread(pool, kept, experiments, i, row) for i, row in enumerate(rows)]
    for row, chunks in zip(rows, waiting, strict=True):
        reached = sum(chunk.result() for chunk in chunks) / experiments
        line = f"{row.statement:75}{row.predicted:10.0%}{reached:9.1%}"
        print(f"{line}{100 * (reached - row.predicted):+8.1f}", flush=True)


def _spread(
    pool: Executor,
    task: Callable[..., Result],
    experiments: int,
    number: int,
    *arguments: object,
) -> Sequence[Future[Result]]:
    """The task in chunks of experiments, each with a random state of its own."""
    return [
        pool.submit(task, *arguments, min(_CHUNK, experiments - start), [number, start])
        for start in range(0, experiments, _CHUNK)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--experiments", type=int, default=2000)
    parser.add_argument("--part", choices=(*_PARTS, "all"), default="all")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--interval", choices=PROCEDURES, action="append", metavar="NAME")
    arguments = parser.parse_args()
    coverage = partial(print_coverage, wanted=tuple(arguments.interval or PROCEDURES))
    parts = dict(zip(_PARTS, (print_null, coverage, print_measures, print_power), strict=True))
    start = time.perf_counter()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(arguments.jobs, mp_context=context) as pool:
        for name, part in parts.items():
            if arguments.part in (name, "all"):
                part(pool, arguments.experiments)
    print(f"\n{time.perf_counter() - start:.0f} s with {arguments.jobs} process(es)")


if __name__ == "__main__":
    main()
