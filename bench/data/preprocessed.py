"""A data set that has its size already, after the steps of a study."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from bench.data import preprocessing, resizing
from bench.data.chunks import chunks
from bench.data.dataset import Dataset, Split
from bench.data.memory_maps import write_images
from bench.data.preprocessing import Pixels, prepare_batch
from bench.protocol.errors import DataError
from bench.protocol.preprocessing import Resize


def preprocessed(data: Dataset, steps: tuple[str, ...], resize: Resize, folder: Path) -> Dataset:
    """The data set with its images changed, in files of a folder as memory maps.

    Args:
        data: the data set.
        steps: of `bench.data.preprocessing`, in order.
        resize: how a cropped image comes back to its size.
        folder: is made if need be.

    Raises:
        DataError: if there is nothing that a step could work on.
    """
    h, w, c = data.image_shape
    if "crop-to-mask" in steps and c % 2:
        raise DataError(
            f"Data set {data.name!r}: the step 'crop-to-mask' needs masks, and there is none."
        )
    folder.mkdir(parents=True, exist_ok=True)
    train, val, test, *others = (
        _changed(part, steps, resize, folder / f"{i}-preprocessed.npy")
        for i, (_, part) in enumerate(data.all_parts())
    )
    external = dict(zip(data.external, others, strict=True))
    said = [preprocessing.DONE[step] for step in steps]
    if "crop-to-mask" in steps:
        said.insert(1, f"{resizing.DONE[resize]} to {h}×{w} px")
    about = replace(data.provenance, preprocessing=(*data.provenance.preprocessing, *said))
    return replace(data, train=train, val=val, test=test, external=external, provenance=about)


def _changed(part: Split, steps: tuple[str, ...], resize: Resize, path: Path) -> Split:
    def batches() -> Iterator[Pixels]:
        for images in chunks(part.images):
            yield prepare_batch(images, steps, resize)

    n, h, w, c = part.images.shape
    channels = 1 + (c % 2 == 0) if "gray" in steps else c
    write_images(path, (n, h, w, channels), batches())
    return replace(part, images=np.load(path, mmap_mode="r", allow_pickle=False))
