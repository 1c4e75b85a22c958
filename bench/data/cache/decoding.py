"""The cases of a folder → pixels of one size in a file, decoded on all cores, never all at once."""

import hashlib
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np

from bench.data.cache.growing import Growing
from bench.data.cache.masks import MASKS_ARE_OPTIONAL, by_value, joined, two_readings
from bench.data.cache.table import Known, Pixels, Recipe, Row, Table
from bench.data.folders.case import Case
from bench.data.folders.files import Keys, Reader, content_key
from bench.data.formats.dicom_files import patient
from bench.data.formats.images import gray_if_equal, read
from bench.data.formats.label_values import read_label_values
from bench.data.formats.masks import read_mask
from bench.data.formats.picture import Part, Picture
from bench.data.preprocessing import prepare_image
from bench.machine.environment import usable_cores
from bench.protocol.errors import DataError

_CHUNK = 32  # images that a thread decodes at a time
_WAITING = 3  # chunks per thread that may wait to be written


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
    with Growing(file, recipe.side, any(case.masks for case in cases)) as growing:
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
        table.coarseness[row], table.stretched[row] = seen.coarseness, seen.stretched
        table.width[row], table.height[row], table.size[row] = seen.width, seen.height, seen.size
        self._note_bits(row, seen.bits, seen.decoded_at)
        table.mask_share[row], table.mask_border[row] = seen.mask_share, seen.mask_border
        table.mask_digest[row] = seen.mask_digest
        table.remarks[row] = seen.remarks
        if self._with_patients and seen.format == "dicom":
            table.patients[row] = patient(self._reader.content(case.path, False)[0])
        return seen.picture, seen.mask

    def _decoded(
        self, row: int, case: Case, key: bytes, data: bytes, masks: Sequence[bytes]
    ) -> tuple[Pixels, Pixels | None]:
        part = Part(case.frame, case.axis, case.index)
        picture = read(self._root / case.path, data, part)
        table = self.table
        table.content[row] = np.frombuffer(key, np.uint8)
        table.bits[row], table.formats[row] = picture.bits, picture.format
        table.coarseness[row], table.stretched[row] = picture.coarseness, picture.stretched
        table.height[row], table.width[row] = picture.pixels.shape[:2]
        table.size[row] = len(data)
        table.patients[row] = picture.patient if self._with_patients else ""
        bits = max(self.bits, picture.bits)
        self._note_bits(row, picture.bits, bits)
        pixels = gray_if_equal(picture.levels(bits))
        mark = self._inside if self._recipe.task == "classification" else self._labels(row)
        inside, remarks = mark(case, part, masks, picture)
        table.remarks[row] = "\n".join(dict.fromkeys([*picture.remarks, *remarks]))
        if inside is not None:
            table.note_mask(row, inside)
        recipe = self._recipe
        return prepare_image(
            pixels, inside, recipe.steps, (recipe.side, recipe.side), recipe.resize
        )

    def _note_bits(self, row: int, used: int, decoded_at: int) -> None:
        if used > 8:
            with self._lock:
                self.bits = max(self.bits, used)
                self.decoded_at[row] = decoded_at

    def _labels(self, row: int) -> Callable[..., tuple[Pixels, list[str]]]:
        """The values of masks in place of their inside, noted as they are in the files."""

        def labels(
            case: Case, part: Part, masks: Sequence[bytes], picture: Picture
        ) -> tuple[Pixels, list[str]]:
            each = [
                read_label_values(self._root / name, data, part, picture)
                for name, data in zip(case.masks, masks, strict=True)
            ]
            known = self.table.masks
            each = [
                replace(one, values=known.segments.noted(name, one)) if one.names else one
                for name, one in zip(case.masks, each, strict=True)
            ]
            values = joined([one.values for one in each])
            known.paths[row] = case.masks[0]
            known.note(row, values)
            if len(each) > 1:
                known.sources[row] = by_value(case.masks, each)
            for one in each:
                if one.colours:
                    known.colours[row] = {**known.colours.get(row, {}), **one.colours}
            readings = two_readings(each)
            if picture.spacing is not None:
                known.spacings[row] = picture.spacing
            with self._lock:
                if readings is not None:
                    known.readings[row] = readings
            return values, [remark for one in each for remark in one.remarks]

        return labels

    def _inside(
        self, case: Case, part: Part, masks: Sequence[bytes], picture: Picture
    ) -> tuple[Pixels | None, list[str]]:
        """255 inside any of the lesions, None without masks; and what is said of the masks."""
        if not masks:
            return None, []
        inside = np.zeros(picture.pixels.shape[:2], np.uint8)
        said: list[str] = []
        for name, data in zip(case.masks, masks, strict=True):
            try:
                mask = read_mask(self._root / name, data, part, picture)
            except DataError as error:
                if "crop-to-mask" in self._recipe.steps:
                    raise
                raise DataError(f"{error} {MASKS_ARE_OPTIONAL}") from None
            inside[mask.inside] = 255
            said += mask.remarks
        return inside, said
