"""External parts that lie in folders of their own: brought to the form of the training images."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bench.data.chunks import chunks
from bench.data.dataset import Dataset, Split
from bench.data.folders.names.spelling import key_of
from bench.data.memory_maps import write_images
from bench.protocol.errors import DataError
from bench.protocol.metadata import is_number


def with_external(data: Dataset, parts: Mapping[str, Split], folder: Path) -> Dataset:
    """The data set with further test parts, in the channels of its training images.

    Gray becomes RGB with equal channels, RGB becomes luma; in a part with masks an image without
    one has an empty one, and a mask that the training images do not have is left out. Columns of
    the metadata that a part does not have are missing there, and others are left out.

    Args:
        data: the data set, its groups as the manifest gives them.
        parts: name → part, its images of the same size.
        folder: for images whose channels change.

    Raises:
        DataError: if a name is taken, a patient is in another part, too, or a part has no masks
            and the training images have.
    """
    where = f"Data set {data.name!r}"
    made: dict[str, Split] = dict(data.external)
    for number, (name, part) in enumerate(parts.items()):
        if name in made:
            raise DataError(f"{where}: it has an external part {name!r} of its own. Rename one.")
        _refuse_shared(where, data, name, part)
        if part.images.shape[3] % 2 and data.image_shape[2] % 2 == 0:
            raise DataError(
                f"{where}: the external part {name!r} has no masks, and the training images have: "
                "methods would look at the lesion here and at whole images there. Add masks there, "
                "or take those here away."
            )
        alike = _like(part, data.train, folder / f"external-{number}-images.npy")
        made[name] = replace(alike, metadata=_known_like(part, data.train))
    joined = replace(data, external=made)
    if data.files is not None:
        joined = joined.with_files(data.files)
    digest = hashlib.blake2b(data.fingerprint.encode(), digest_size=16)
    for name in parts:
        _add(digest, name, made[name])
    joined.recall(digest.hexdigest())
    return joined


def _add(digest: "hashlib.blake2b", name: str, part: Split) -> None:
    digest.update(f"{name}{part.images.shape}".encode())
    for images in chunks(part.images):
        digest.update(np.ascontiguousarray(images).data)
    digest.update(np.ascontiguousarray(part.labels).data)
    for words in (part.case_ids, part.groups):
        digest.update(b"" if words is None else "\0".join(words).encode())


def _refuse_shared(where: str, data: Dataset, name: str, part: Split) -> None:
    if part.groups is None:
        return
    theirs = {key_of(group): group for group in np.unique(part.groups).tolist()}
    for other, own in data.all_parts():
        ours = [] if own.groups is None else np.unique(own.groups).tolist()
        shared = sorted(theirs[key] for key in map(key_of, ours) if key in theirs)
        if shared:
            raise DataError(
                f"{where}: patient {shared[0]!r} is in {other} and in the external part {name!r}. "
                "Leave the images of one of them out; if these are two people with one number, "
                "write the groups of one folder otherwise."
            )


def _like(part: Split, train: Split, path: Path) -> Split:
    """The part with the channels of the training images."""
    wanted, has = train.images.shape[3], part.images.shape[3]
    if has == wanted:
        return part
    n, h, w, _ = part.images.shape

    def batches() -> Iterator[NDArray[np.uint8]]:
        for images in chunks(part.images):
            yield _converted(images, wanted)

    path.parent.mkdir(parents=True, exist_ok=True)
    write_images(path, (n, h, w, wanted), batches())
    return replace(part, images=np.load(path, mmap_mode="r", allow_pickle=False))


def _converted(images: NDArray[np.uint8], wanted: int) -> NDArray[np.uint8]:
    """Images `(n, h, w, c)` with another number of channels."""
    has = images.shape[3]
    made = np.zeros((*images.shape[:3], wanted), np.uint8)
    colours, given = wanted - (wanted % 2 == 0), has - (has % 2 == 0)
    if colours < given:
        for image, gray in zip(images, made, strict=True):
            picture = Image.fromarray(np.ascontiguousarray(image[..., :3]))
            gray[..., 0] = np.asarray(picture.convert("L"))
    else:
        made[..., :colours] = images[..., :given]  # gray is repeated
    if wanted % 2 == 0 and has % 2 == 0:
        made[..., -1] = images[..., -1]
    return made


def _known_like(part: Split, train: Split) -> dict[str, NDArray[np.generic]]:
    """The columns that the training images have; what is of another kind counts as missing."""
    found: dict[str, NDArray[np.generic]] = {}
    for name, values in train.metadata.items():
        own = part.metadata.get(name)
        if own is None or is_number(own) != is_number(values):
            missing = np.nan if is_number(values) else ""
            own = np.full(len(part), missing, values.dtype if is_number(values) else np.str_)
        found[name] = own
    return found
