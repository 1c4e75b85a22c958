"""A file of raw images that grows as they are decoded."""

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]


class Growing:
    """A file of images that are gray until the first one in colour comes."""

    def __init__(self, path: Path, side: int, masked: bool) -> None:
        self._path = path
        self._side = side
        self._masked = masked
        self._colours = 1
        self._file = path.open("w+b")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()

    @property
    def shape(self) -> tuple[int, int, int]:
        """Of one image."""
        return self._side, self._side, self._colours + self._masked

    def append(self, pictures: Sequence[tuple[Pixels, Pixels | None]]) -> None:
        """Write images at the end."""
        self._make_room(pictures)
        self._file.seek(0, 2)
        self._file.write(self._block(pictures).data)

    def overwrite(self, row: int, picture: tuple[Pixels, Pixels | None]) -> None:
        """Write an image in the place of an earlier one."""
        self._make_room([picture])
        self._file.seek(row * int(np.prod(self.shape)))
        self._file.write(self._block([picture]).data)

    def _make_room(self, pictures: Sequence[tuple[Pixels, Pixels | None]]) -> None:
        if self._colours == 1 and any(picture.ndim == 3 for picture, _ in pictures):
            self._to_colour()

    def _block(self, pictures: Sequence[tuple[Pixels, Pixels | None]]) -> Pixels:
        block = np.zeros((len(pictures), *self.shape), np.uint8)
        for image, (picture, mask) in zip(block, pictures, strict=True):
            image[..., : self._colours] = picture if picture.ndim == 3 else picture[..., None]
            if mask is not None:
                image[..., -1] = mask
        return block

    def _to_colour(self) -> None:
        """Write what is there already as RGB."""
        gray = self.shape
        before = self._path.with_suffix(".gray")
        self._file.close()
        self._path.rename(before)
        self._colours = 3
        self._file = self._path.open("w+b")
        few = max(1, (1 << 24) // int(np.prod(gray)))
        with before.open("rb") as old:
            while data := old.read(few * int(np.prod(gray))):
                images = np.frombuffer(data, np.uint8).reshape(-1, *gray)
                coloured = np.concatenate([images[..., :1].repeat(3, 3), images[..., 1:]], axis=3)
                self._file.write(np.ascontiguousarray(coloured).data)
        before.unlink()
