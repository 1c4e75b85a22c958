"""A results folder → an RO-Crate: its files, what made them of what, and who answers for it.

RO-Crate 1.1 (w3id.org/ro/crate/1.1), with its profile for the provenance of runs in mind: every
trial is an action whose instruments are this program and the method, whose object is the data set,
and whose results are the files that it left.
"""

import json
import mimetypes
import os
import shutil
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bench import __version__
from bench.protocol.cards import DatasetCard, MethodCard
from bench.protocol.errors import ResultsError, UsageError
from bench.protocol.record import Run, Trial
from bench.results.durable import TEMPORARY, sha256
from bench.results.other_data import left_out
from bench.results.store import Store

METADATA = "ro-crate-metadata.json"
_VERSION = "https://w3id.org/ro/crate/1.1"
_GIVEN = ("study.json", "datasets", "runs", "report")
"""What of a results folder goes into a crate."""
_PROGRAM = "#classical-vs-deep"
_ORCID = "https://orcid.org/"
_TYPES = {".parquet": "application/vnd.apache.parquet", ".json": "application/json"}

Entity = dict[str, Any]


@dataclass(frozen=True)
class Authorship:
    """Who answers for a crate.

    Attributes:
        authors: each a name, or a name and an ORCID as "Jane Doe <0000-0002-1825-0097>".
        licence: of the results, as a name or an address; "" where none is given.
        title: of the crate; "" for one that is made of the study.
    """

    authors: tuple[str, ...] = ()
    licence: str = ""
    title: str = ""


def write_crate(store: Store, out: Path, about: Authorship) -> tuple[int, frozenset[Trial]]:
    """Copy a results folder, with its description, into a new folder or a zip file.

    Args:
        store: the results folder.
        out: a path that does not exist yet; a name that ends in .zip is a zip file.
        about: who answers for it.

    Returns:
        The number of files, the description left out; and the trials that are left out, since they
        saw other images or parts than their data set has by now.

    Raises:
        BenchError: if something stored is damaged, an author is written otherwise, or `out` is
            there, lies in the results or cannot be written.
    """
    authors = [_author(text) for text in about.authors]
    if os.path.lexists(out):
        raise UsageError(f"{out} exists and is not overwritten. Name another.")
    if out.resolve().is_relative_to(store.root.resolve()):
        raise UsageError(f"{out}: lies in the results folder itself. Name another place.")
    store.studies()
    stale = left_out(store)
    files = _files(store, stale)
    described = description(store, files, stale, authors, about)
    text = json.dumps(described, indent=2, ensure_ascii=False).encode() + b"\n"
    made = out.with_name(f"{TEMPORARY}{out.name}")
    try:
        made.parent.mkdir(parents=True, exist_ok=True)
        write = _write_zip if out.suffix.lower() == ".zip" else _write_folder
        write(made, store.root, files, text)
        made.rename(out)
    except OSError as error:
        raise UsageError(f"{out}: cannot be written ({error.strerror or error}).") from None
    finally:
        if made.is_dir():
            shutil.rmtree(made, ignore_errors=True)
        else:
            made.unlink(missing_ok=True)
    return len(files), stale


def _write_folder(out: Path, root: Path, files: Sequence[Path], text: bytes) -> None:
    for file in files:
        place = out / file.relative_to(root)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, place)
    (out / METADATA).write_bytes(text)


def _write_zip(out: Path, root: Path, files: Sequence[Path], text: bytes) -> None:
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(METADATA, text)
        for file in files:
            archive.write(file, file.relative_to(root).as_posix())


def _files(store: Store, stale: frozenset[Trial]) -> list[Path]:
    """The files that go into a crate; links, what is being written and stale trials are left
    out."""
    root, found = store.root, []
    passed_over = {store.layout.run_folder(trial) for trial in stale}
    for name in _GIVEN:
        place = root / name
        below = [place] if place.is_file() else sorted(place.rglob("*"))
        for path in below:
            inside = path.relative_to(root).parts
            unfinished = any(part.startswith(TEMPORARY) for part in inside)
            if passed_over.intersection(path.parents):
                continue
            if path.is_file() and not path.is_symlink() and not unfinished:
                found.append(path)
    return found


def _author(text: str) -> Entity:
    name, bracket, orcid = text.partition("<")
    name, orcid = name.strip(), orcid.rstrip("> ").removeprefix(_ORCID)
    if not name or (bracket and not _is_orcid(orcid)):
        raise UsageError(
            f'--author {text}: write a name, or with an ORCID "Jane Doe <0000-0002-1825-0097>".'
        )
    return {
        "@id": f"{_ORCID}{orcid}" if orcid else f"#author-{quote(name, safe='')}",
        "@type": "Person",
        "name": name,
    }


def _is_orcid(text: str) -> bool:
    """Whether text is an ORCID, by its check digit (ISO 7064, MOD 11-2).

    >>> _is_orcid("0000-0002-1825-0097"), _is_orcid("0000-0002-1825-0098")
    (True, False)
    """
    digits = text.replace("-", "")
    form = [len(part) for part in text.split("-")] == [4, 4, 4, 4]
    if not form or not digits[:-1].isascii() or not digits[:-1].isdigit():
        return False
    total = 0
    for digit in digits[:-1]:
        total = (total + int(digit)) * 2
    return digits[-1] == "0123456789X"[(12 - total % 11) % 11]


def description(
    store: Store,
    files: Sequence[Path],
    stale: frozenset[Trial],
    authors: Sequence[Entity],
    about: Authorship,
) -> Entity:
    """The content of `ro-crate-metadata.json`.

    Raises:
        DamagedResults: if a run or a card, or a table beside it, is not as it was written.
    """
    entry = store.current
    trials = [trial for trial in store.trials() if trial not in stale]
    runs = [run for trial in trials if (run := store.run(trial)) is not None]
    cards = [store.card_at(path) for path in store.layout.card_files()]
    by_name = {card.name: card for card in cards}
    for name in by_name:
        store.refuse_damaged_tables(name)
    actions = [_action(store, run) for run in runs]
    methods = {run.method.name: run.method for run in runs}
    described = [_file(store.root, file) for file in files]
    study = entry.study
    root: Entity = {
        "@id": "./",
        "@type": "Dataset",
        "name": about.title
        or f"Classical and deep methods compared on {', '.join(study.datasets) or 'images'}",
        "description": (
            f"Predictions of {len(methods)} methods on {len(by_name)} data sets, "
            f"{len(runs)} runs, under the study {study.hash}, which was written down before its "
            "first trial; every measure can be computed of them."
        ),
        "datePublished": max((run.started for run in runs), default=entry.first_run)[:10],
        "identifier": study.hash,
        "hasPart": [{"@id": each["@id"]} for each in described],
        "mentions": [{"@id": each["@id"]} for each in actions],
        "mainEntity": {"@id": "study.json"},
    }
    if authors:
        root["author"] = [{"@id": author["@id"]} for author in authors]
    licences = [_licence(about.licence or "not stated", about.licence)]
    root["license"] = {"@id": licences[0]["@id"]}
    data = [_data(by_name.get(name), name) for name in sorted({run.trial.dataset for run in runs})]
    for each in data:
        card = by_name.get(each["name"])
        if card is not None and card.licence not in ("", "not stated"):
            licences.append(_licence(card.licence, card.licence))
            each["license"] = {"@id": licences[-1]["@id"]}
    unique = {each["@id"]: each for each in [*authors, *licences]}
    program: Entity = {
        "@id": _PROGRAM,
        "@type": "SoftwareApplication",
        "name": "classical-vs-deep",
        "softwareVersion": __version__,
        "license": "BSD-3-Clause",
    }
    tools = [_method(card) for card in methods.values()]
    head: Entity = {
        "@id": METADATA,
        "@type": "CreativeWork",
        "conformsTo": {"@id": _VERSION},
        "about": {"@id": "./"},
    }
    graph = [head, root, program, *unique.values(), *data, *tools, *actions, *described]
    return {"@context": f"{_VERSION}/context", "@graph": graph}


def _licence(name: str, given: str) -> Entity:
    address = given if given.startswith(("https://", "http://")) else ""
    text = "No licence was stated; ask the authors before you use it." if not given else ""
    found = {
        "@id": address or f"#licence-{quote(name, safe='')}",
        "@type": "CreativeWork",
        "name": name,
    }
    return found | ({"description": text} if text else {})


def _data(card: DatasetCard | None, name: str) -> Entity:
    found: Entity = {"@id": f"#data-{quote(name, safe='')}", "@type": "Dataset", "name": name}
    if card is not None:
        counted = ", ".join(f"{part.cases:,} in {title}" for title, part in card.parts.items())
        found |= {
            "description": f"{card.source}; {counted}; split {card.split}",
            "identifier": card.fingerprint,
        }
        if card.citation:
            found["citation"] = card.citation
    return found


def _method(card: MethodCard) -> Entity:
    found = {
        "@id": f"#method-{quote(card.name, safe='')}",
        "@type": "SoftwareApplication",
        "name": card.name,
        "description": card.summary,
        "applicationCategory": card.family,
    }
    return found | ({"softwareVersion": card.version} if card.version else {})


def _action(store: Store, run: Run) -> Entity:
    """What a trial used, and what it left."""
    trial = run.trial
    place = store.layout.run_folder(trial)
    found: Entity = {
        "@id": f"#run-{quote(str(trial), safe='')}",
        "@type": "CreateAction",
        "name": str(trial),
        "instrument": [{"@id": _PROGRAM}, {"@id": f"#method-{quote(trial.method, safe='')}"}],
        "object": [{"@id": f"#data-{quote(trial.dataset, safe='')}"}, {"@id": "study.json"}],
        "result": [{"@id": _id(store.root, path)} for path in sorted(place.iterdir())],
        "startTime": run.started,
        "actionStatus": {
            "@id": "http://schema.org/"
            + ("CompletedActionStatus" if run.status == "ok" else "FailedActionStatus")
        },
    }
    known = 0.0 if not run.tuning and run.known_seconds is None else run.known_seconds
    if run.seconds is not None and known is not None:
        ended = datetime.fromisoformat(run.started) + timedelta(seconds=run.seconds - known)
        found["endTime"] = ended.isoformat(timespec="seconds")
    if run.error:
        found["error"] = run.error
    return found


def _file(root: Path, path: Path) -> Entity:
    try:
        digest, size = sha256(path), path.stat().st_size
    except OSError as error:
        raise ResultsError(f"{path}: cannot be read ({error.strerror or error}).") from None
    kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
    found: Entity = {
        "@id": _id(root, path),
        "@type": "File",
        "name": path.relative_to(root).as_posix(),
        "contentSize": str(size),
        "sha256": digest,
    }
    return found | ({"encodingFormat": kind} if kind else {})


def _id(root: Path, path: Path) -> str:
    """The path of a file in the crate as a relative address."""
    return quote(path.relative_to(root).as_posix())
