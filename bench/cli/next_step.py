"""`python -m bench` without a command: what to do next, by what lies in the current folder."""

import itertools
import json
from collections.abc import Iterator
from pathlib import Path

_LOOKED_AT = 300  # entries of a folder
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
        if not (folder / "study.json").is_file() or not _is_study(folder / "study.json"):
            continue
        name = _told(folder, here)
        yield f"Results: {name}"
        plan = _json(folder / ".running" / "plan.json")
        if plan.get("ended", "complete") != "complete":
            yield from _do(f"{_BENCH} status {name}", "how far the run is, or how to go on")
        if (folder / "report" / "index.html").is_file():
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
            command = next(
                (part.strip("# ").strip() for part in text.splitlines() if "bench run" in part),
                f"{_BENCH} run {path.name}",
            )
            yield f"A study: {path.name}"
            yield from _do(command, "run it")
            yield from _do(f"{command} --dry-run", "the plan, and how long it takes")


def _predictions(here: Path) -> Iterator[str]:
    for path in _several(_entries(here)):
        if path.suffix == ".csv" and path.name not in _MANIFESTS:
            header = {name.strip() for name in _beginning(path).partition("\n")[0].split(",")}
            if {"case", "label", "model"} <= header:
                yield f"Predictions: {path.name}"
                yield from _do(f"{_BENCH} compare {path.name}", "compare the models in it")


def _folders(here: Path) -> Iterator[str]:
    candidates = [here, *(path for path in _entries(here) if path.is_dir())]
    for folder in _several(candidates):
        if not _holds_images(folder) or (folder / "study.json").exists():
            continue
        name = _told(folder, here)
        yield f"Images: {name}"
        yield from _do(f"{_BENCH} init {name}", "look at them, and write a study for them")
        yield from _do(f"{_BENCH} data check {name}", "what is wrong with them")
        if folder == here:
            return


def _holds_images(folder: Path) -> bool:
    """Whether there is a manifest, or there are two sub-folders with images."""
    if any((folder / name).is_file() for name in _MANIFESTS):
        return True
    inside = [path for path in _entries(folder) if path.is_dir()]
    return sum(any(p.suffix.lower() in _IMAGES for p in _entries(own)) for own in inside) > 1


def _several(paths: list[Path]) -> list[Path]:
    return paths[:_LOOKED_AT]


def _entries(folder: Path) -> list[Path]:
    """Some of what lies in a folder, by name; nothing where it cannot be read."""
    try:
        return sorted(itertools.islice(folder.iterdir(), _LOOKED_AT))
    except OSError:
        return []


def _beginning(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.read(4000)
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
