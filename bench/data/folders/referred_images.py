"""DICOM segmentation objects of a folder → the images that they refer to."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from bench.data.formats.dicom_files import instance_of
from bench.data.formats.dicom_seg import referred
from bench.data.formats.images import file_bytes
from bench.data.formats.kinds import START, kind_of
from bench.protocol.errors import DataError


def masks_by_reference(root: Path, paths: Sequence[str]) -> tuple[dict[str, list[str]], int]:
    """Image → the segmentation objects that refer to it, and how many of these there are.

    Args:
        root: of the folder.
        paths: of its files, relative to it.

    Raises:
        DataError: if a file cannot be opened, or two images have one instance that is referred to.
    """
    objects: dict[str, set[str]] = {}
    images: dict[str, list[str]] = defaultdict(list)
    for path in filter(lambda path: _is_dicom(root / path), paths):
        data = file_bytes(root / path)
        if (instances := referred(root / path, data)) is not None:
            objects[path] = instances
        elif instance := instance_of(data):
            images[instance].append(path)
    masks: dict[str, list[str]] = defaultdict(list)
    for path, instances in objects.items():
        for instance in instances:
            owners = images.get(instance, [])
            if len(owners) > 1:
                raise DataError(
                    f"{root / path}: refers to an image that is there twice, as {owners[0]} and "
                    f"{owners[1]}. Remove one of them."
                )
            if owners:
                masks[owners[0]].append(path)
    return masks, len(objects)


def _is_dicom(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return kind_of(path, file.read(START)) == "dicom"
    except OSError:  # it is told as unreadable where it is decoded
        return False
