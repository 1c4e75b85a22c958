"""Cases of earlier entries of the cache, found by what they were decoded from."""

import numpy as np

from bench.data.cache.decoded import Entry
from bench.data.cache.table import Row
from bench.data.chunks import BYTES, release
from bench.data.folders.files import KEY


class Before:
    """Cases of earlier entries, found by their keys."""

    def __init__(self, entries: list[Entry]) -> None:
        self._entries = entries
        self._images = [np.load(e.folder / "images.npy", mmap_mode="r") for e in entries]
        self._places = [np.argsort(e.order) for e in entries]
        self._read = 0  # bytes since memory was given back
        self._quick: dict[bytes, tuple[int, int]] = {}
        self._content: dict[bytes, tuple[int, int]] = {}
        for number, entry in reversed(list(enumerate(entries))):
            for found, keys in ((self._quick, entry.quick), (self._content, entry.content)):
                flat = keys.tobytes()
                for row in range(len(keys)):
                    found[flat[row * KEY : (row + 1) * KEY]] = (number, row)

    def by_quick_key(self, key: bytes) -> Row | None:
        """The case whose files have not been touched since."""
        return self._row(self._quick.get(key))

    def by_content(self, key: bytes) -> Row | None:
        """The case that was decoded from the same bytes."""
        return self._row(self._content.get(key))

    def _row(self, place: tuple[int, int] | None) -> Row | None:
        if place is None:
            return None
        number, row = place
        entry = self._entries[number]
        image = np.array(self._images[number][self._places[number][row]])
        self._read += image.nbytes
        if self._read > BYTES:
            self._read = 0
            release(self._images[number])
        c = image.shape[2]
        picture = image[..., :3] if c > 2 else image[..., 0]
        if c > 2 and (picture == picture[..., :1]).all():
            picture = picture[..., 0]
        return Row(
            picture=np.ascontiguousarray(picture),
            mask=np.ascontiguousarray(image[..., -1]) if c % 2 == 0 else None,
            content=entry.content[row].tobytes(),
            bits=int(entry.facts["bits"][row]),
            decoded_at=entry.bits,
            width=int(entry.facts["width"][row]),
            height=int(entry.facts["height"][row]),
            size=int(entry.facts["size"][row]),
            format=str(entry.facts["formats"][row]),
            coarseness=int(entry.facts["coarseness"][row]),
            stretched=bool(entry.facts["stretched"][row]),
            mask_share=float(entry.facts["mask_share"][row]),
            mask_border=bool(entry.facts["mask_border"][row]),
            mask_digest=int(entry.facts["mask_digest"][row]),
            remarks=str(entry.facts["remarks"][row]),
        )
