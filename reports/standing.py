"""Whether the report that lies in a results folder is the one that would be made now.

The same results give the same bytes, so that a run that adds nothing need not make it again.
"""

import hashlib
import json
import shlex
import sys
from collections.abc import Iterable
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from bench.results.durable import write_file
from bench.results.layout import Layout
from bench.results.store import Store

CODE = tuple(Path(sys.modules[package].__path__[0]) for package in ("bench", "reports"))
"""What makes it."""

_READ = ("study.json", "datasets/*.json")
_LOOKED_AT = ("datasets/*.parquet", "datasets/*/*.parquet", "runs/*/*/*/*")
_DRAWS = ("matplotlib", "numpy", "pandas", "pyarrow", "scikit-learn", "scipy")
_WRITES = ("jinja2", "markupsafe", "typst")


def keep(layout: Layout, answer: tuple[str, ...]) -> None:
    """Note of what the report was made that lies there now, and its answer, a line each."""
    note = {"inputs": _inputs(layout), "outputs": _outputs(layout), "answer": answer}
    with suppress(OSError):  # it is made again, then
        write_file(layout.report_note, json.dumps(note, indent=1).encode())


def standing(layout: Layout) -> tuple[str, ...] | None:
    """The answer of the report that lies there; None if another would be made now, or it is none.

    What is read of it is compared: the results, the report itself, this program and the packages
    that draw. Files that are written once are told by their size and time.
    """
    try:
        note = json.loads((layout.report_note).read_text(encoding="utf-8"))
        if (note["inputs"], note["outputs"]) != (_inputs(layout), _outputs(layout)):
            return None
        return tuple(map(str, note["answer"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def of_another_study(store: Store) -> str:
    """What to say where the report that lies there is of another study; "" where not."""
    try:
        text = (store.layout.report_folder / "evidence.json").read_text(encoding="utf-8")
        reported = json.loads(text)["study_hash"]
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    now = store.current.study.hash
    if reported == now:
        return ""
    command = shlex.join(["python", "-m", "bench", "report", str(store.root)])
    return f"The report is of the study {reported}, before {now}. Write it anew with: {command}"


def _inputs(layout: Layout) -> str:
    """Digest of everything that decides what a report shows."""
    digest = hashlib.sha256(sys.version.encode())
    for name in (*_DRAWS, *_WRITES):
        try:
            digest.update(f"\0{name} {version(name)}".encode())
        except PackageNotFoundError:  # under another name; its code decides no number
            continue
    for folder in CODE:
        digest.update(_told(folder, (p for p in folder.rglob("*") if "__pycache__" not in p.parts)))
    for pattern in _READ:
        for path in sorted(layout.root.glob(pattern)):
            digest.update(path.relative_to(layout.root).as_posix().encode() + path.read_bytes())
    for pattern in _LOOKED_AT:
        digest.update(_told(layout.root, layout.root.glob(pattern)))
    return digest.hexdigest()


def _outputs(layout: Layout) -> str:
    folder = layout.report_folder
    return hashlib.sha256(_told(folder, folder.rglob("*"))).hexdigest()


def _told(folder: Path, paths: Iterable[Path]) -> bytes:
    """Names, sizes and times of files."""
    lines = []
    for path in sorted(paths):
        status = path.stat()
        if path.is_file():
            name = path.relative_to(folder).as_posix()
            lines.append(f"{name}\0{status.st_size}\0{status.st_mtime_ns}")
    return "\n".join(lines).encode()
