"""The file that `predict` wrote → images for the watch, in the order of the file."""

import csv
from collections.abc import Iterator
from pathlib import Path

from bench.deploy.description import PLAIN
from bench.deploy.manifest import Manifest
from bench.deploy.reference import DISTANCE
from bench.deploy.watch.watching import Seen
from bench.protocol.columns import FAMILY, GROUP
from bench.protocol.errors import DataError, did_you_mean


def read(path: Path, manifest: Manifest) -> Iterator[Seen]:
    """The images of a file of predictions, each with what all models say of it.

    Args:
        path: of the file. Its column `label` may have been filled in since.
        manifest: of the bundle that made it.

    Raises:
        DataError: if it cannot be read, or is of another bundle.
    """
    models = {model.name for model in manifest.models}
    rows: list[dict[str, str]] = []
    for number, row in enumerate(_rows(path, manifest), 2):
        if row["model"] not in models:
            known = sorted(models)
            raise DataError(
                f"{path}, line {number}: the bundle has no model {row['model']!r}. "
                f"{did_you_mean(row['model'], known)}"
            )
        if rows and row["case"] != rows[0]["case"]:
            yield _seen(path, number - 1, rows, manifest)
            rows = []
        rows.append(row)
    if rows:
        yield _seen(path, number, rows, manifest)


def _rows(path: Path, manifest: Manifest) -> Iterator[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            table = csv.DictReader(file, strict=True)
            absent = {"case", "model", "decision", *manifest.classes} - set(table.fieldnames or ())
            if absent:
                raise DataError(
                    f"{path} has no column {sorted(absent)[0]!r}: it is not what "
                    f"'python -m bench predict' writes for the bundle of {manifest.name!r}."
                )
            yield from table
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror or error}).") from None
    except (csv.Error, UnicodeDecodeError) as error:
        raise DataError(f"{path} is no CSV file: {error}.") from None


def _seen(path: Path, line: int, rows: list[dict[str, str]], manifest: Manifest) -> Seen:
    values: dict[str, float] = {}
    decisions: dict[str, int] = {}
    for row in rows:
        model = row["model"]
        told = {f"{model}/probability:{name}": row[name] for name in manifest.classes}
        told |= {name: row.get(name) or "" for name in PLAIN}
        told[f"{model}/{DISTANCE}"] = row.get("unlike_training") or ""
        for column, value in row.items():
            if column is not None and column.startswith(FAMILY):
                told[f"{model}/family:{column.removeprefix(FAMILY)}"] = value or ""
        for name, text in told.items():
            if text:
                values[name] = _number(path, line, name, text)
        decisions[model] = _class(path, line, row["decision"], manifest)
    labels = {row.get("label") or "" for row in rows} - {""}
    if len(labels) > 1:
        raise DataError(f"{path}, line {line}: case {rows[0]['case']!r} has two labels.")
    label = _class(path, line, labels.pop(), manifest) if labels else None
    patients = {row.get(GROUP) or "" for row in rows}
    if len(patients) > 1:
        raise DataError(f"{path}, line {line}: case {rows[0]['case']!r} is of two groups.")
    return Seen(rows[0]["case"], values, decisions, label, patients.pop())


def _number(path: Path, line: int, name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise DataError(f"{path}, line {line}: {name} is {text!r:.60}, not a number.") from None


def _class(path: Path, line: int, name: str, manifest: Manifest) -> int:
    if name not in manifest.classes:
        raise DataError(
            f"{path}, line {line}: the bundle knows no class {name!r:.60}. "
            f"{did_you_mean(name, list(manifest.classes))}"
        )
    return manifest.classes.index(name)
