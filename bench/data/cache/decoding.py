"""The cases of a folder → pixels of one size in a file, decoded on all cores, never all at once."""

import hashlib
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from bench.data.folders.case import Case
from bench.data.folders.files import KEY, Keys, Reader, content_key
from bench.data.formats import medical
from bench.data.formats.images import gray_if_equal, read, read_mask
from bench.data.formats.picture import Part
from bench.data.preprocessing import prepare_image
from bench.machine.environment import usable_cores
from bench.protocol.errors import DataError
from bench.protocol.preprocessing import Resize

_CHUNK = 32  # images that a thread decodes at a time
_WAITING = 3  # chunks per thread that may wait to be written

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Recipe:
    """What the pixels of a case depend on beside its files.

    Attributes:
        side: px of the square.
        resize: how it is reached.
        steps: preprocessing, in order.
    """

    side: int
    resize: Resize = "letterbox"
    steps: tuple[str, ...] = ()


@dataclass(eq=False)
class Table:
    """What was found out about each of n cases while it was decoded.

    Attributes:
        content: key of what it was decoded from.
        digests: `(n,)` uint64, equal for identical images only.
        bits: `(n,)` uint8, bits that its values take, 8 or more.
        width, height: `(n,)` int32, of the file's image, px.
        size: `(n,)` int64, of the file, bytes.
        formats: `(n,)` str, for example "png".
        patients: what tells patients apart, in memory only; "" where it is not known.
        unreadable: row → why it cannot be read.
    """

    content: Keys
    digests: NDArray[np.uint64]
    bits: NDArray[np.uint8]
    width: NDArray[np.int32]
    height: NDArray[np.int32]
    size: NDArray[np.int64]
    formats: NDArray[np.str_]
    patients: list[str] = field(repr=False)
    unreadable: dict[int, str] = field(default_factory=dict)

    @classmethod
    def of(cls, n: int) -> "Table":
        """An empty one of n cases."""
        return cls(
            content=np.zeros((n, KEY), np.uint8),
            digests=np.zeros(n, np.uint64),
            bits=np.full(n, 8, np.uint8),
            width=np.zeros(n, np.int32),
            height=np.zeros(n, np.int32),
            size=np.zeros(n, np.int64),
            formats=np.zeros(n, "<U8"),
            patients=[""] * n,
        )


@dataclass(frozen=True, eq=False)
class Row:
    """A case as it was decoded before: its pixels, what the table says of it, and the bits that its
    folder used then."""

    picture: Pixels
    mask: Pixels | None
    content: bytes
    bits: int
    decoded_at: int
    width: int
    height: int
    size: int
    format: str


class Known(Protocol):
    """Cases that were decoded before by the same recipe."""

    def by_quick_key(self, key: bytes) -> Row | None:
        """The case whose files have not been touched since."""

    def by_content(self, key: bytes) -> Row | None:
        """The case that was decoded from the same bytes."""


def decode_to(
    file: Path,
    root: Path,
    cases: Sequence[Case],
    recipe: Recipe,
    quick: Keys,
    known: Known | None,
    skip_unreadable: bool,
) -> tuple[Table, tuple[int, int, int, int], int]:
    """Decode every case into a file of raw bytes, in the order of the cases.

    Images are gray if all of them are, else RGB; there is a mask channel if any case has a mask. Of
    16-bit images the upper 8 of the bits that the whole folder uses are kept.

    Args:
        file: is written.
        root: the folder of the cases.
        cases: n of them.
        recipe: what is done to each.
        quick: their quick keys.
        known: cases of which the pixels are there already.
        skip_unreadable: whether a case that cannot be read is black and noted in the table.

    Returns:
        What was found out, the shape `(n, side, side, c)`, and the bits that the folder uses.

    Raises:
        DataError: if a case cannot be read, the first of them; names it.
        OSError: if the file cannot be written.
    """
    worker = _Decoder(root, cases, recipe, quick, known, skip_unreadable)
    with _Growing(file, recipe.side, any(case.masks for case in cases)) as growing:
        for pictures in worker.in_chunks(range(len(cases))):
            growing.append(pictures)
        bits = worker.bits
        stale = [row for row, used in worker.decoded_at.items() if used != bits]
        again = (picture for chunk in worker.in_chunks(stale, afresh=True) for picture in chunk)
        for row, picture in zip(stale, again, strict=True):
            growing.overwrite(row, picture)
        return worker.table, (len(cases), *growing.shape), bits


class _Decoder:
    """Decodes chunks of cases in threads and fills in the table."""

    def __init__(
        self,
        root: Path,
        cases: Sequence[Case],
        recipe: Recipe,
        quick: Keys,
        known: Known | None,
        skip_unreadable: bool,
    ) -> None:
        self.table = Table.of(len(cases))
        self.bits = 8
        self.decoded_at: dict[int, int] = {}
        self._root = root
        self._cases = cases
        self._recipe = recipe
        self._quick = quick
        self._known = known
        self._skip = skip_unreadable
        self._reader = Reader(root)
        self._with_patients = not cases[0].group
        self._lock = threading.Lock()

    def in_chunks(
        self, rows: Sequence[int], afresh: bool = False
    ) -> Iterator[list[tuple[Pixels, Pixels | None]]]:
        """Image and mask of each row, in order, a chunk at a time.

        Args:
            rows: of the cases.
            afresh: whether cases that were decoded before are decoded again.
        """
        if afresh:
            self._known = None
        threads = usable_cores()
        with ThreadPoolExecutor(threads) as pool:
            waiting: deque[Future[list[tuple[Pixels, Pixels | None]]]] = deque()
            try:
                for start in range(0, len(rows), _CHUNK):
                    waiting.append(pool.submit(self._chunk, rows[start : start + _CHUNK]))
                    if len(waiting) > _WAITING * threads:
                        yield waiting.popleft().result()
                while waiting:
                    yield waiting.popleft().result()
            finally:
                for future in waiting:
                    future.cancel()

    def _chunk(self, rows: Sequence[int]) -> list[tuple[Pixels, Pixels | None]]:
        found = []
        for row in rows:
            try:
                picture, mask = self._one(row)
            except DataError as error:
                if not self._skip:
                    raise
                self.table.unreadable[row] = str(error)
                picture, mask = np.zeros((self._recipe.side,) * 2, np.uint8), None
            digest = hashlib.blake2b(np.ascontiguousarray(picture).data, digest_size=8)
            if mask is not None and mask.any():
                digest.update(np.ascontiguousarray(mask).data)
            self.table.digests[row] = int.from_bytes(digest.digest(), "little")
            found.append((picture, mask))
        return found

    def _one(self, row: int) -> tuple[Pixels, Pixels | None]:
        case = self._cases[row]
        if self._known is not None:
            seen = self._known.by_quick_key(self._quick[row].tobytes())
            if seen is not None:
                return self._again(row, case, seen)
        shared = case.frame is not None or case.index is not None or case.axis is not None
        data, digest = self._reader.content(case.path, shared)
        masks = [self._reader.content(path, shared) for path in case.masks]
        key = content_key(case, [digest, *(d for _, d in masks)])
        if self._known is not None and (seen := self._known.by_content(key)) is not None:
            return self._again(row, case, seen)
        return self._decoded(row, case, key, data, [m for m, _ in masks])

    def _again(self, row: int, case: Case, seen: Row) -> tuple[Pixels, Pixels | None]:
        table = self.table
        table.content[row] = np.frombuffer(seen.content, np.uint8)
        table.bits[row], table.formats[row] = seen.bits, seen.format
        table.width[row], table.height[row], table.size[row] = seen.width, seen.height, seen.size
        self._note_bits(row, seen.bits, seen.decoded_at)
        if self._with_patients and seen.format == "dicom":
            path = self._root / case.path
            table.patients[row] = medical.patient(path, self._reader.content(case.path, False)[0])
        return seen.picture, seen.mask

    def _decoded(
        self, row: int, case: Case, key: bytes, data: bytes, masks: Sequence[bytes]
    ) -> tuple[Pixels, Pixels | None]:
        part = Part(case.frame, case.axis, case.index)
        picture = read(self._root / case.path, data, part)
        table = self.table
        table.content[row] = np.frombuffer(key, np.uint8)
        table.bits[row], table.formats[row] = picture.bits, picture.format
        table.height[row], table.width[row] = picture.pixels.shape[:2]
        table.size[row] = len(data)
        table.patients[row] = picture.patient if self._with_patients else ""
        bits = max(self.bits, picture.bits)
        self._note_bits(row, picture.bits, bits)
        pixels = gray_if_equal(picture.levels(bits))
        inside = self._inside(case, part, masks, (pixels.shape[0], pixels.shape[1]))
        recipe = self._recipe
        return prepare_image(
            pixels, inside, recipe.steps, (recipe.side, recipe.side), recipe.resize
        )

    def _note_bits(self, row: int, used: int, decoded_at: int) -> None:
        if used > 8:
            with self._lock:
                self.bits = max(self.bits, used)
                self.decoded_at[row] = decoded_at

    def _inside(
        self, case: Case, part: Part, masks: Sequence[bytes], shape: tuple[int, int]
    ) -> Pixels | None:
        """255 inside any of the lesions, None without masks."""
        if not masks:
            return None
        inside = np.zeros(shape, np.uint8)
        for name, data in zip(case.masks, masks, strict=True):
            path = self._root / name
            drawn = read_mask(path, data, part)
            if drawn.shape != shape:
                raise DataError(
                    f"{path}: the mask is {drawn.shape[1]}×{drawn.shape[0]} px, its image "
                    f"{shape[1]}×{shape[0]}."
                )
            inside[drawn] = 255
        return inside


class _Growing:
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
