"""What `data check` is asked to look at → its findings."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench.data.cache.near_duplicates import twins_of
from bench.data.checks import clusters
from bench.data.checks.audit import check
from bench.data.checks.cluster_picture import picture
from bench.data.checks.contact_sheet import write_contact_sheet
from bench.data.checks.probes import Sample
from bench.data.checks.protected import protected
from bench.data.checks.suggestions import contact_sheet, manifest, suggested, write_new
from bench.data.dataset import Dataset
from bench.data.folders.listing import refuse_without_table
from bench.data.folders.manifest import cases, is_for_segmentation
from bench.data.folders.reading import AS_IT_IS, Reading
from bench.data.folders.tree import with_closed
from bench.data.likeness import suggested_groups
from bench.data.likeness.near_duplicates import Twins
from bench.data.sets import folder
from bench.data.sets.problems import Problems
from bench.methods import sources
from bench.methods.features import Kind, features_of
from bench.protocol.cards import CheckFinding
from bench.protocol.choices import Task
from bench.protocol.errors import BenchError, DataError, one_line
from bench.protocol.study import Study
from bench.run import loading


@dataclass(frozen=True)
class DatasetCheck:
    """A data set that was looked at.

    Attributes:
        name: of the data set.
        summary: what it is, in one line.
        fingerprint: of what was read.
        findings: of every check.
    """

    name: str
    summary: str
    fingerprint: str
    findings: tuple[CheckFinding, ...]

    @property
    def serious(self) -> int:
        """How many findings are serious."""
        return sum(finding.level == "serious" for finding in self.findings)


@dataclass(frozen=True)
class GroupSuggestion:
    """Whether patients are to be suggested by the images, and what is made of them.

    Attributes:
        pictures: a PNG file to be written with the pictures of some of them, None for none.
        manifest: a manifest.csv to be written with them, None for none.
    """

    pictures: Path | None = None
    manifest: Path | None = None


@dataclass(frozen=True)
class ClusterPicture:
    """Which features images are clustered by, and where the picture of it goes.

    Attributes:
        kind: of the features.
        file: a PNG file, which is overwritten.
    """

    kind: Kind
    file: Path


def check_target(
    target: str,
    study: Study,
    reading: Reading = AS_IT_IS,
    show: tuple[int, Path] | None = None,
    suggest: GroupSuggestion | None = None,
    clustered: Sequence[ClusterPicture] = (),
    task: Task | None = None,
) -> DatasetCheck:
    """Look at a folder, or at a data set by name.

    Images of a folder that cannot be read are listed, not refused, and so are patients in several
    parts.

    Args:
        target: a path or a name.
        study: for size, resizing and preprocessing.
        reading: how a folder's manifest is to be read.
        show: images of each class on a contact sheet, and its file; None for none.
        suggest: whether patients are suggested, too.
        clustered: by which features images are clustered, too.
        task: what is to be learned; None for segmentation of a folder that has masks and no labels,
            and classification else.

    Raises:
        BenchError: if there is no such data set, or it cannot be read at all.
    """
    path = Path(target)
    described = path.name == "croissant.json"
    looks_like_path = (
        path.is_dir()
        or path.is_symlink()
        or described
        or "/" in target
        or "\\" in target
        or target in (".", "..")
    )
    asked: Task = task or "classification"
    source = sources.folder(path, task=asked) if looks_like_path else sources.source(target, asked)
    refuse_without_table([source.folder] if source.folder else [], reading)
    problems = Problems()
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as scratch:
        if source.folder is None:
            try:
                data = loading.load(source, study, Path(scratch))
            except BenchError:
                raise
            except Exception as error:  # a plugin's code
                text = f"Data set {target!r} cannot be loaded: {one_line(error)}."
                raise DataError(text) from None
        else:
            if task is None and is_for_segmentation(source.folder, reading):
                task = "segmentation"
            reading = reading.to_learn(task or "classification")
            study = replace(study, task=reading.task)
            try:
                data = folder.load(
                    source.folder,
                    study.size,
                    study.split_seed,
                    study.resize,
                    study.preprocess,
                    reading,
                    problems,
                )
            except DataError as error:
                raise with_closed(source.folder, error) from None
        if show is not None:
            write_contact_sheet(data, *show)
        twins = twins_of(data)
        findings = check(
            data,
            twins,
            problems.unreadable,
            problems.shared,
            resize=study.resize,
            mend_split=problems.mend_split,
        )
        if source.folder is not None:
            findings += (protected(source.folder, cases(source.folder, reading).cases),)
        if suggest is not None:
            findings += (_suggested(data, twins, source.folder, reading, suggest),)
        findings += tuple(_clustered(data, wanted) for wanted in clustered)
    return DatasetCheck(source.name, _summary(data), data.fingerprint, findings)


def _clustered(data: Dataset, wanted: ClusterPicture) -> CheckFinding:
    """What images cluster by; writes the picture of it."""
    sample = Sample.of(data)
    features = features_of(wanted.kind, sample.pooled.images(sample.rows))
    found = clusters.clusters(data, sample, features)
    if found is not None:
        title = f"{data.name}: {wanted.kind} features of {len(sample.rows):,} images"
        try:
            wanted.file.write_bytes(picture(found, title))
        except OSError as error:
            raise DataError(
                f"{wanted.file}: cannot be written ({error.strerror or error})."
            ) from None
    return clusters.finding(found, wanted.kind)


def _suggested(
    data: Dataset,
    twins: Twins | None,
    root: Path | None,
    reading: Reading,
    wanted: GroupSuggestion,
) -> CheckFinding:
    """What the images suggest of patients; writes what is wanted of it."""
    found = suggested_groups.suggest([part.images for _, part in data.parts()], twins, data.files)
    if wanted.manifest is not None and root is None:
        raise DataError(f"--write-manifest: {data.name} is no folder of images.")
    if found is not None and wanted.manifest is not None and root is not None:
        write_new(wanted.manifest, manifest(root, data, found, reading))
    shows = found is not None and len(found.several) > 0
    if found is not None and shows and wanted.pictures is not None:
        write_new(wanted.pictures, contact_sheet(data, found))
    said = suggested(data, found)
    lacking = {} if shows else {"--pictures": wanted.pictures}
    if found is None:
        lacking["--write-manifest"] = wanted.manifest
    options = [option for option, file in lacking.items() if file is not None]
    if options:
        text = f"{said.text} Nothing is written for {' and '.join(options)}."
        return replace(said, text=text)
    return said


def _summary(data: Dataset) -> str:
    h, w, c = data.image_shape
    kind = {1: "gray", 2: "gray + mask", 3: "RGB", 4: "RGB + mask"}[c]
    total = sum(len(part) for _, part in data.parts())
    classes = f"{len(data.class_names)} classes"
    if data.task == "segmentation":
        classes = f"masks of {', '.join(data.target_names[1:])}"
    split = {"given": "split as given", "official": "official split"}
    return (
        f"{total:,} images, {classes}, {h}×{w} px {kind}, "
        f"{split.get(data.provenance.split, 'split made here')}"
    )
