"""The files that `predict` wrote → images for the watch, in the order of their first rows."""

import csv
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.deploy.description import PLAIN
from bench.deploy.manifest import Manifest
from bench.deploy.reference import DISTANCE
from bench.deploy.watch.watching import Seen
from bench.protocol.columns import BUNDLE, FAMILY, GIVEN, GROUP, is_no_class
from bench.protocol.errors import DataError, did_you_mean, nearest

_BY_HAND = {"label", GROUP}  # columns that people fill in
_SEPARATED = "columns must be separated by commas, and numbers have a decimal point."
_ROUNDING = 1e-6  # by which a probability may lie beyond 0 and 1

Row = tuple[str, Mapping[str, str]]
"""Its file and the line on which it ends, for messages; and its cells by column."""


@dataclass(frozen=True)
class Predicted:
    """The images of files of predictions, each with what all models of the files say of it.

    Attributes:
        paths: of the files, in their order.
        manifest: of the bundle.
        models: of the bundle, those of which the files have rows: one for each case.
        like_label: a column that means nothing and may have been meant as `label`, or "".
    """

    paths: tuple[Path, ...]
    manifest: Manifest
    models: tuple[str, ...]
    like_label: str = ""

    @property
    def absent(self) -> tuple[str, ...]:
        """Models of the bundle of which the file has no row."""
        names = (model.name for model in self.manifest.models)
        return tuple(name for name in names if name not in self.models)

    def __iter__(self) -> Iterator[Seen]:
        """All images; raises `DataError` where a row does not say what it should."""
        open_: OrderedDict[str, list[Row]] = OrderedDict()
        for place, cells in _rows_of(self.paths, self.manifest):
            open_.setdefault(cells["case"], []).append((place, cells))
            while open_ and len(next(iter(open_.values()))) == len(self.models):
                _, rows = open_.popitem(last=False)
                yield _seen(rows, self.manifest)


def read(paths: Path | Sequence[Path], manifest: Manifest, digest: str = "") -> Predicted:
    """The images of files of predictions, one file after the other. Rows of one case may stand
    anywhere in them.

    Args:
        paths: of the files, or of one. Their column `label` may have been filled in since.
        manifest: of the bundle that made it.
        digest: of that bundle; "" where it is not to be compared with what the file says.

    Raises:
        DataError: if it cannot be read; if it says that it is of another bundle, or has models or
            classes that this one lacks; if a model has two rows of a case, or lacks a case that
            another model has.
    """
    paths = (paths,) if isinstance(paths, Path) else tuple(paths)
    known = [model.name for model in manifest.models]
    columns: dict[str, None] = {}
    cases: dict[str, dict[str, str]] = {}  # case → model → place
    for place, cells in _rows_of(paths, manifest):
        case, model = cells["case"], cells["model"]
        columns |= dict.fromkeys(cells)
        if not case:
            raise DataError(f"{place}: column 'case' is empty.")
        if model not in known:
            raise DataError(
                f"{place}: the bundle has no model {model!r:.60}. {did_you_mean(model, known)}"
            )
        made_by = cells.get(BUNDLE) or digest
        if digest and made_by != digest:
            raise DataError(
                f"{place}: is of another bundle ({made_by:.12}…; this one is "
                f"{digest:.12}…). Name the bundle that made it, or predict anew with this one."
            )
        own = cases.setdefault(case, {})
        if model in own:
            file = place.rpartition("line ")[0]
            raise DataError(
                f"{place}: model {model!r} has case {case!r} again (before: "
                f"{own[model].removeprefix(file)}). Leave one of the two rows out, or "
                "give two images two names."
            )
        own[model] = place
    models = tuple(name for name in known if any(name in own for own in cases.values()))
    for case, own in cases.items():
        for name in models:
            if name not in own:
                raise DataError(
                    f"{[*own.values()][-1]}: case {case!r} has no row of model {name!r},"
                    " which has others. Give the file as 'predict' wrote it, or one without all "
                    "rows of a model."
                )
    named = {*GIVEN, *manifest.classes}
    others = [name for name in columns if name not in named and not is_no_class(name)]
    return Predicted(paths, manifest, models, nearest("label", others) or "")


def _rows_of(paths: Sequence[Path], manifest: Manifest) -> Iterator[Row]:
    for path in paths:
        yield from _rows(path, manifest)


def _rows(path: Path, manifest: Manifest) -> Iterator[Row]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = file.readline()
            file.seek(0)
            table = csv.reader(file, strict=True)
            try:
                yield from _whole(path, ((table.line_num, own) for own in table), manifest, header)
            except csv.Error as error:
                if table.line_num < 2 and _is_separated_otherwise(header):
                    raise DataError(f"{path}: {_SEPARATED}") from None
                place = f"{path}, line {table.line_num}"
                raise DataError(f"{place}: this is no row of a CSV file ({error}).") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror or error}).") from None
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is no CSV file: {error}.") from None


def _is_separated_otherwise(header: str) -> bool:
    return any(header.count(mark) > header.count(",") for mark in ";\t|")


def _whole(
    path: Path, lines: Iterator[tuple[int, list[str]]], manifest: Manifest, header: str
) -> Iterator[Row]:
    _, columns = next(lines, (0, []))
    columns = [name if name in manifest.classes else name.strip() for name in columns]
    absent = {"case", "model", "decision", *manifest.classes} - set(columns)
    if absent and _is_separated_otherwise(header):
        raise DataError(f"{path}: {_SEPARATED}")
    if absent:
        raise DataError(
            f"{path} has no column {sorted(absent)[0]!r}: it is not what "
            f"'python -m bench predict' writes for the bundle of {manifest.name!r}."
        )
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        raise DataError(f"{path}: two columns are called {twice[0]!r:.60}.")
    for line, fields in lines:
        place = f"{path}, line {line}"
        if {"case", "model", "decision"} <= {name.strip() for name in fields}:
            raise DataError(
                f"{place}: is a header again, as files that were put behind each other have it. "
                "Give them one by one, 'python -m bench monitor BUNDLE first.csv second.csv', or "
                "take the line out where the columns are the same."
            )
        if fields and len(fields) != len(columns):
            raise DataError(
                f"{place}: {len(fields)} fields instead of {len(columns)}. "
                "The row is not as 'predict' wrote it: put it right, or predict again."
            )
        if fields:
            cells = dict(zip(columns, fields, strict=True))
            yield place, cells | {name: cells[name].strip() for name in _BY_HAND & cells.keys()}


def _seen(rows: Sequence[Row], manifest: Manifest) -> Seen:
    values: dict[str, float] = {}
    decisions: dict[str, int] = {}
    label, patient = "", rows[0][1].get(GROUP, "")
    for place, cells in rows:
        model = cells["model"]
        for name in manifest.classes:
            values[f"{model}/probability:{name}"] = _probability(place, name, cells[name])
        told = {name: name for name in PLAIN} | {"unlike_training": f"{model}/{DISTANCE}"}
        told |= {column: f"{model}/{column}" for column in cells if column.startswith(FAMILY)}
        for column, name in told.items():
            if cells.get(column):
                values[name] = _number(place, column, cells[column])
        decisions[model] = _class(place, cells["decision"], manifest)
        own = cells.get("label", "")
        if own and label and own != label:
            raise DataError(f"{place}: case {cells['case']!r} has two labels.")
        label = label or own
        if cells.get(GROUP, "") != patient:
            raise DataError(f"{place}: case {cells['case']!r} is of two groups.")
    known = _class(rows[-1][0], label, manifest) if label else None
    return Seen(rows[0][1]["case"], values, decisions, known, patient)


def _number(place: str, column: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise DataError(f"{place}: column {column!r} is {text!r:.60}, not a number.") from None


def _probability(place: str, column: str, text: str) -> float:
    value = _number(place, column, text)
    if not -_ROUNDING <= value <= 1 + _ROUNDING:
        raise DataError(f"{place}: column {column!r} is {text!r:.60}, not a probability.")
    return value


def _class(place: str, name: str, manifest: Manifest) -> int:
    if name not in manifest.classes:
        raise DataError(
            f"{place}: the bundle knows no class {name!r:.60}. "
            f"{did_you_mean(name, list(manifest.classes))}"
        )
    return manifest.classes.index(name)
