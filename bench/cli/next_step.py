"""`python -m bench` without a command: what to do next, by what lies in the current folder."""

import csv
import itertools
import json
import os
import shlex
from collections.abc import Iterator
from pathlib import Path

from bench.protocol.columns import classes_of_predict

_LOOKED_AT = 300  # entries of a folder
_ROWS = 200_000  # characters of predictions, in which both labels are sought
_IMAGES = frozenset(
    ".png .jpg .jpeg .tif .tiff .bmp .webp .gif .jp2 .dcm .nii .gz".split()  # noqa: SIM905
)
_MANIFESTS = ("manifest.csv", "manifest.parquet")
_BENCH = "python -m bench"


def lines(here: Path) -> list[str]:
    """What there is, and the commands that go on from it; the most likely one first.

    Args:
        here: the folder to be looked at; nothing in it is changed.
    """
    found = [*_results(here), *_studies(here), *_predictions(here), *_folders(here)]
    if not found:
        found = [
            "Nothing of a benchmark is here yet.",
            *_do(f"{_BENCH} run --all", "every method on the embedded data: a self-check"),
            *_do(f"{_BENCH} init FOLDER", "look at your own images, and write a study for them"),
            *_do(f"{_BENCH} compare FILE.csv", "predictions that were made elsewhere"),
        ]
    return [*found, "", f"All commands: {_BENCH} --help"]


def _do(command: str, why: str) -> list[str]:
    return [f"    {command}", f"        {why}"]


def _results(here: Path) -> Iterator[str]:
    for folder in _several([here, *_entries(here)]):
        plan = _json(folder / ".running" / "plan.json")
        declared = os.path.isfile(folder / "study.json") and _is_study(folder / "study.json")
        if not declared and plan.get("masks_first") is not True:
            continue
        name = _told(folder, here)
        yield f"Results: {name}"
        name = shlex.quote(name)
        if plan.get("ended", "complete") != "complete":
            yield from _do(f"{_BENCH} status {name}", "how far the run is, or how to go on")
        if not declared:  # the masks of its methods are made first
            continue
        if os.path.isfile(folder / "report" / "index.html"):
            yield from _do(f"{_BENCH} open {name}", "the report in the browser")
        else:
            yield from _do(f"{_BENCH} report {name}", "write the report")


def _is_study(path: Path) -> bool:
    return isinstance(_json(path).get("studies"), list)


def _studies(here: Path) -> Iterator[str]:
    for path in _several(_entries(here)):
        if path.suffix != ".toml" or path.name == "pyproject.toml":
            continue
        text = _beginning(path)
        if "[study]" in text:
            command = _command(text, path)
            yield f"A study: {path.name}"
            yield from _do(command, "run it")
            yield from _do(f"{command} --dry-run", "the plan, and how long it takes")


def _command(text: str, path: Path) -> str:
    """The command that the comment of a study file names, about the file as it is called now."""
    for line in text.splitlines():
        if line.startswith("#") and f"{_BENCH} run " in line:
            try:
                words = shlex.split(line.strip("# "))
            except ValueError:  # a quotation that does not end
                continue
            match words:
                case ["python", "-m", "bench", "run", file, *rest] if file.endswith(".toml"):
                    return shlex.join([*words[:4], path.name, *rest])
    return f"{_BENCH} run {shlex.quote(path.name)}"


def _predictions(here: Path) -> Iterator[str]:
    for path in _several(_entries(here)):
        if path.suffix == ".csv" and path.name not in _MANIFESTS:
            header = {name.strip() for name in _beginning(path).partition("\n")[0].split(",")}
            if {"case", "label", "model"} <= header:
                yield f"Predictions: {path.name}"
                yield from _comparison(path)


def _comparison(path: Path) -> Iterator[str]:
    """What can be done with predictions; labels lack where `predict` has just written them."""
    rows = csv.DictReader(_beginning(path, _ROWS).splitlines(), skipinitialspace=True)
    classes = set(classes_of_predict(rows.fieldnames or ()))
    labels = {(row.get("label") or "").strip() for row in rows} - {""}
    name = shlex.quote(path.name)
    if classes and not labels:
        yield from _do(f"{_BENCH} monitor BUNDLE {name}", "new images against those of a bundle")
    if not labels:
        yield "    where the column 'label' has been filled in, as far as the truth is known:"
    positive = " --positive CLASS" * _must_be_told(labels or classes)
    yield from _do(f"{_BENCH} compare {name}{positive}", "measures of the models in it")


def _must_be_told(classes: set[str]) -> bool:
    """Whether `compare` has to be told which of two classes is to be found."""
    from reports.external.predictions import NEGATIVE, POSITIVE

    sides = [any(name.lower() in side for name in classes) for side in (POSITIVE, NEGATIVE)]
    return 0 < len(classes) <= 2 and not (any(sides) if len(classes) == 1 else all(sides))


def _folders(here: Path) -> Iterator[str]:
    candidates = [here, *(path for path in _entries(here) if os.path.isdir(path))]
    for folder in _several(candidates):
        if not _holds_images(folder) or os.path.exists(folder / "study.json"):
            continue
        name = _told(folder, here)
        yield f"Images: {name}"
        name = shlex.quote(name)
        yield from _do(f"{_BENCH} init {name}", "look at them, and write a study for them")
        yield from _do(f"{_BENCH} data check {name}", "what is wrong with them")
        if folder == here:
            return


def _holds_images(folder: Path) -> bool:
    """Whether there is a manifest, or there are two sub-folders with images."""
    if any(os.path.isfile(folder / name) for name in _MANIFESTS):
        return True
    inside = [path for path in _entries(folder) if os.path.isdir(path)]
    return sum(any(p.suffix.lower() in _IMAGES for p in _entries(own)) for own in inside) > 1


def _several(paths: list[Path]) -> list[Path]:
    return paths[:_LOOKED_AT]


def _entries(folder: Path) -> list[Path]:
    """Some of what lies in a folder, by name; nothing where it cannot be read."""
    try:
        return sorted(itertools.islice(folder.iterdir(), _LOOKED_AT))
    except OSError:
        return []


def _beginning(path: Path, characters: int = 4000) -> str:
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            return file.read(characters)
    except OSError:
        return ""


def _json(path: Path) -> dict[str, object]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _told(folder: Path, here: Path) -> str:
    return "." if folder == here else folder.name
