"""Images in files → a file of predictions, a batch at a time."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from bench.deploy.asking import AnswersOfFiles, joined
from bench.deploy.bundle import Bundle, told
from bench.deploy.explaining import write_heatmap
from bench.deploy.manifest import InputRules
from bench.deploy.naming import Names
from bench.deploy.pictures import Place, Unread
from bench.deploy.prediction_file import PredictionFile, columns_of, rows_of
from bench.protocol.errors import BundleError, UsageError
from bench.results.durable import stamp

BATCH = 256
"""Files that are asked about at a time: as many as a network predicts at once."""

LARGEST_BATCH = 1024
BATCH_PIXELS = 2**20
"""Of small images more, up to so many pixels: an estimator takes some milliseconds a call."""

FIRST_BATCH = 16
"""The first are fewer, so that something is to be seen soon."""

UNLIKE = 99.0
"""Percentile of the distance from the training images, from which a line is said."""


class Bar(Protocol):
    """What shows how far it is."""

    def __call__(self, done: int, of: int, /) -> None:
        """Is told how many files are done, of how many."""


@dataclass
class Summary:
    """What came of it, of an interrupted command that it went on with included.

    Attributes:
        predicted: number of images.
        unread: what could not be read.
        unlike: number of images at or above the percentile `UNLIKE` for some model.
        remarks: what was said → of how many images.
        resumed: number of files that had been asked about before.
        unknown: what a manifest calls a class and the bundle knows nothing of → of how many images.
    """

    predicted: int = 0
    unread: list[Unread] = field(default_factory=list)
    unlike: int = 0
    remarks: dict[str, int] = field(default_factory=dict)
    resumed: int = 0
    unknown: dict[str, int] = field(default_factory=dict)

    @classmethod
    def noted(cls, told: dict[str, Any]) -> "Summary":
        """The same from what `asdict` made of it and was stored as JSON."""
        return cls(**told | {"unread": [Unread(**one) for one in told["unread"]]})


def predict(
    bundle: Bundle,
    places: Sequence[Place],
    out: Path,
    bar: Bar,
    heatmaps: Path | None = None,
) -> Summary:
    """Ask about every image and write the answers.

    Args:
        bundle: that is asked.
        places: of the images.
        out: the file; see `PredictionFile`.
        bar: is told how far it is, in files.
        heatmaps: folder for a picture of each image and model that can say where it looks.

    Raises:
        BundleError: if the bundle cannot answer.
        DataError: if the file cannot be written.
    """
    if heatmaps is not None and not bundle.can_explain():
        names = " and ".join(model.name for model in bundle.manifest.models)
        raise UsageError(f"--explain: {names} cannot say where it looks. Leave it out.")
    batches = _batches(places, bundle.manifest.input)
    families = _families(bundle)
    naming = Names(bundle.manifest.classes, places)
    of = _of(bundle, batches, heatmaps)
    with PredictionFile(out, columns_of(bundle.manifest, families), of) as file:
        summary = Summary.noted(file.told) if file.told else Summary(unknown=naming.unknown)
        naming.unknown = summary.unknown
        todo = batches[file.done :]
        done = sum(map(len, batches[: file.done]))
        summary.resumed = done
        bar(done, len(places))
        waiting: dict[int, AnswersOfFiles] = {}
        following = 0
        for index, outcome in bundle.ask_files(todo, heatmaps is not None):
            waiting[index] = (
                outcome.value
                if outcome.status == "ok"
                else _one_by_one(bundle, todo[index], told(bundle.path, outcome))
            )
            while following in waiting:
                found = waiting.pop(following)
                rows = _rows(bundle, found, families, naming, summary)
                if heatmaps is not None:
                    _draw(heatmaps, found)
                file.append(rows, asdict(summary))
                done += len(todo[following])
                following += 1
                bar(done, len(places))
        file.finish(naming.settled if naming.named or summary.resumed else None)
    return summary


def _rows(
    bundle: Bundle,
    found: AnswersOfFiles,
    families: Sequence[str],
    naming: Names,
    summary: Summary,
) -> list[list[str]]:
    summary.unread += found.unread
    if found.answers is None:
        return []
    answers = bundle.answers_of(found.answers)
    summary.predicted += len(found.names)
    far = np.stack([answer.percentiles >= UNLIKE for answer in answers]).any(axis=0)
    summary.unlike += int(far.sum())
    for said in found.remarks:
        for remark in said:
            summary.remarks[remark] = summary.remarks.get(remark, 0) + 1
    labels = [naming.label(label) for label in found.labels]
    groups = [naming.group(patient) for patient in found.patients]
    return rows_of(bundle.manifest, bundle.digest, found, answers, families, labels, groups)


def _draw(folder: Path, found: AnswersOfFiles) -> None:
    if found.pixels is None:
        return
    for model, maps in found.maps.items():
        for name, image, grid in zip(found.names, found.pixels, maps, strict=True):
            write_heatmap(folder, f"{name} {model}", image, grid)


def _one_by_one(bundle: Bundle, batch: list[Place], error: str) -> AnswersOfFiles:
    """The answers to a batch that ended its process: every file alone, so that it costs itself.

    Raises:
        BundleError: if none of several can be asked about.
    """
    outcomes = sorted(bundle.ask_files([[place] for place in batch]), key=lambda each: each[0])
    if len(batch) > 1 and all(outcome.status != "ok" for _, outcome in outcomes):
        raise BundleError(error)
    found, unread = [], []
    for index, outcome in outcomes:
        if outcome.status == "ok":
            found.append(outcome.value)
        else:
            unread.append(Unread(batch[index].name, told(bundle.path, outcome)))
    return _joined(found, unread)


def _joined(found: Sequence[AnswersOfFiles], unread: Sequence[Unread]) -> AnswersOfFiles:
    answered = [each.answers for each in found if each.answers is not None]
    return AnswersOfFiles(
        names=tuple(name for each in found for name in each.names),
        sha256=tuple(digest for each in found for digest in each.sha256),
        remarks=tuple(said for each in found for said in each.remarks),
        labels=tuple(label for each in found for label in each.labels),
        patients=tuple(patient for each in found for patient in each.patients),
        answers=joined(answered) if answered else None,
        unread=(*(one for each in found for one in each.unread), *unread),
    )


def _batches(places: Sequence[Place], rules: InputRules) -> list[list[Place]]:
    size = min(max(BATCH_PIXELS // (rules.height * rules.width), BATCH), LARGEST_BATCH)
    ends = [0, FIRST_BATCH] if len(places) > BATCH else [0]
    ends += range(ends[-1] + size, len(places), size)
    starts = [end for end in ends if end < len(places)]
    return [
        list(places[start:end])
        for start, end in zip(starts, [*starts[1:], len(places)], strict=True)
    ]


def _families(bundle: Bundle) -> list[str]:
    """The feature families of all models, in the order of the reference."""
    names = [name.partition("/family:")[2] for name in bundle.reference.statistics]
    return sorted({name for name in names if name})


def _of(bundle: Bundle, batches: Sequence[Sequence[Place]], heatmaps: Path | None) -> str:
    """Who is asked, and about which batches of images: what an interrupted file has to be of."""
    digest = hashlib.sha256()
    for batch in batches:
        for place in batch:
            files = [stamp(place.root / name) for name in (place.case.path, *place.case.masks)]
            line = f"{place.root}\0{place.name}\0{place.case}\0{files}\n"
            digest.update(line.encode("utf-8", "backslashreplace"))
        digest.update(b"\n")
    pictures = "" if heatmaps is None else heatmaps.absolute()
    return f"{bundle.asked} {digest.hexdigest()} {pictures}"
