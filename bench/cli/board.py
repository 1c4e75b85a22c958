"""The table of all methods that ends a run on a terminal, from the numbers of its report."""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

MOST_METHODS = 40
"""Rows that are shown; the report has all."""

_NAME = 24


def is_terminal() -> bool:
    """Whether standard output is a terminal that can be drawn on."""
    return sys.stdout.isatty() and os.environ.get("TERM", "") not in ("dumb", "unknown")


def show(report: Path) -> None:
    """Print the table, as wide as the terminal; without colours where `NO_COLOR` is set.

    Args:
        report: folder of the report.
    """
    from rich.console import Console

    console = Console(highlight=False)
    found = table(report, console.width)
    if found is not None:
        console.print(found)


def table(report: Path, width: int) -> Any:
    """The table for rich; None where there is nothing to show, or no report.

    Of one data set every AUC has its interval; of several each has a column, as many as fit. Of
    segmentation it is mean Dice.

    Args:
        report: folder of the report.
        width: columns of the terminal.
    """
    try:
        datasets = json.loads((report / "evidence.json").read_text(encoding="utf-8"))["datasets"]
    except (OSError, ValueError, KeyError):
        return None
    datasets = [data for data in datasets if data["methods"]]
    return _of_several(datasets, width) if len(datasets) > 1 else _of_one(datasets, width)


def _of_one(datasets: list[Any], width: int) -> Any:
    from rich.table import Table
    from rich.text import Text

    if not datasets:
        return None
    (data,) = datasets
    found = Table(title=Text(data["card"]["name"]), title_justify="left", box=None, pad_edge=False)
    found.add_column("method", no_wrap=True, max_width=max(10, width - 34))
    # brackets would be read as markup
    for name in (f"{_measure(datasets)} [interval]", "training"):
        found.add_column(Text(name), justify="right", no_wrap=True)
    estimates = _estimates(data)
    for method in data["methods"][:MOST_METHODS]:
        estimate = estimates[method["name"]]
        shown = "failed" if estimate is None else f"{estimate['value']:.3f}"
        if estimate is not None and estimate["low"] is not None:
            shown += f" [{estimate['low']:.3f}, {estimate['high']:.3f}]"
        found.add_row(_name(method), Text(shown), _time([method]))
    return found


def _of_several(datasets: list[Any], width: int) -> Any:
    from rich.table import Table
    from rich.text import Text

    methods: dict[str, dict[str, Any]] = {}
    for data in datasets:
        for method in data["methods"]:
            methods.setdefault(method["name"], {})[data["card"]["name"]] = method
    names = [data["card"]["name"] for data in datasets]
    label = min(_NAME, max(map(len, methods)) + 2)
    room = max(1, (width - label - 11) // 11)
    estimates = {data["card"]["name"]: _estimates(data) for data in datasets}
    found = Table(title=_measure(datasets), title_justify="left", box=None, pad_edge=False)
    found.add_column("method", no_wrap=True, max_width=label)
    each = max(9, (width - label - 11) // len(names[:room]) - 2)
    for name in names[:room]:
        found.add_column(Text(_short(name, each)), justify="right", no_wrap=True)
    found.add_column("training", justify="right", no_wrap=True)
    for method, own in list(methods.items())[:MOST_METHODS]:
        cells = [_cell(own.get(name), estimates[name].get(method)) for name in names[:room]]
        found.add_row(_name(next(iter(own.values()))), *cells, _time(list(own.values())))
    left_out = [
        f"{len(one) - most} more {what}"
        for one, most, what in (
            (names, room, "data set(s)"),
            (methods, MOST_METHODS, "method(s)"),
        )
        if len(one) > most
    ]
    if left_out:
        found.caption = f"{' and '.join(left_out)} in the report"
        found.caption_justify = "left"
    return found


def _name(method: Mapping[str, Any]) -> Any:
    from rich.text import Text

    colours = {"deep": "blue", "classical": "yellow", "hybrid": "green"}
    return Text(method["name"], style=colours.get(method["family"], "dim"))


def _measure(datasets: list[Any]) -> str:
    """What the numbers are; a study has one task."""
    return "mean Dice" if any(data.get("segmentation") for data in datasets) else "AUC"


def _estimates(data: Mapping[str, Any]) -> dict[str, Any]:
    """Method → AUC, or mean Dice of segmentation, with its interval; None where it has none."""
    maps = data.get("segmentation")
    if not maps:
        return {method["name"]: method["auc"] for method in data["methods"]}
    dice = {method["name"]: method["measures"][0]["mean"] for method in maps["methods"]}
    return {method["name"]: dice.get(method["name"]) for method in data["methods"]}


def _cell(method: Mapping[str, Any] | None, estimate: Mapping[str, Any] | None) -> Any:
    from rich.text import Text

    if method is None or estimate is None:
        return "–"
    return Text(f"{estimate['value']:.3f}", style="bold" if method["is_champion"] else "")


def _time(methods: list[Mapping[str, Any]]) -> str:
    from bench.progress.display import duration

    told = [m["cost"]["fit_seconds"] for m in methods if m["cost"]]
    known = [seconds for seconds in told if seconds is not None]
    return duration(sum(known) / len(known)) if known else "–"


def _short(name: str, most: int) -> str:
    return name if len(name) <= most else f"…{name[1 - most :]}"
