"""What is known of each case of a folder once it was decoded."""

import hashlib
from dataclasses import dataclass, field
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from bench.data.cache.masks import Masks
from bench.data.folders.files import KEY, Keys
from bench.protocol.choices import Task
from bench.protocol.preprocessing import Resize

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Recipe:
    """What the pixels of a case depend on beside its files.

    Attributes:
        side: px of the square.
        resize: how it is reached.
        steps: preprocessing, in order.
        task: whether masks show a lesion to methods, or are what they have to find.
    """

    side: int
    resize: Resize = "letterbox"
    steps: tuple[str, ...] = ()
    task: Task = "classification"


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
        coarseness: `(n,)` int32, of JPEG files the sum of their quantisation tables, else 0.
        stretched: `(n,)` bool, whether its own percentiles became black and white.
        mask_share: `(n,)` float32, of the image that is inside its masks, NaN without masks.
        mask_border: `(n,)` bool, whether its masks touch the border of the image.
        mask_digest: `(n,)` uint64, equal for masks that are identical in their files only.
        remarks: what has to be said of how it was read, separated by line breaks.
        patients: what tells patients apart, in memory only; "" where it is not known.
        unreadable: row → why it cannot be read.
        masks: for segmentation what was found out about the masks.
    """

    content: Keys
    digests: NDArray[np.uint64]
    bits: NDArray[np.uint8]
    width: NDArray[np.int32]
    height: NDArray[np.int32]
    size: NDArray[np.int64]
    formats: NDArray[np.str_]
    coarseness: NDArray[np.int32]
    stretched: NDArray[np.bool_]
    mask_share: NDArray[np.float32]
    mask_border: NDArray[np.bool_]
    mask_digest: NDArray[np.uint64]
    remarks: list[str]
    patients: list[str] = field(repr=False)
    unreadable: dict[int, str] = field(default_factory=dict)
    masks: Masks = field(default_factory=lambda: Masks.of(0))

    @classmethod
    def of(cls, n: int) -> Self:
        """An empty one of n cases."""
        return cls(
            content=np.zeros((n, KEY), np.uint8),
            digests=np.zeros(n, np.uint64),
            bits=np.full(n, 8, np.uint8),
            width=np.zeros(n, np.int32),
            height=np.zeros(n, np.int32),
            size=np.zeros(n, np.int64),
            formats=np.zeros(n, "<U8"),
            coarseness=np.zeros(n, np.int32),
            stretched=np.zeros(n, np.bool_),
            mask_share=np.full(n, np.nan, np.float32),
            mask_border=np.zeros(n, np.bool_),
            mask_digest=np.zeros(n, np.uint64),
            remarks=[""] * n,
            patients=[""] * n,
            masks=Masks.of(n),
        )

    def facts(self, groups: NDArray[np.str_] | None) -> dict[str, NDArray[np.generic]]:
        """What an entry of the cache keeps of it."""
        names = ("digests", "bits", "width", "height", "size", "formats", "coarseness", "stretched")
        masks = ("mask_share", "mask_border", "mask_digest")
        facts = {name: getattr(self, name) for name in (*names, *masks)}
        facts["remarks"] = np.array(self.remarks)
        return facts if groups is None else {**facts, "groups": groups}

    def note_mask(self, row: int, inside: NDArray[np.uint8]) -> None:
        """Note where the masks of a case lie; `inside` is `(h, w)` at the size of its file."""
        self.mask_share[row] = (inside > 0).mean()
        edges = (inside[0], inside[-1], inside[:, 0], inside[:, -1])
        self.mask_border[row] = any(edge.any() for edge in edges)
        digest = hashlib.blake2b(f"{inside.shape}".encode(), digest_size=8)
        digest.update(np.ascontiguousarray(inside).data)
        self.mask_digest[row] = int.from_bytes(digest.digest(), "little")


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
    coarseness: int
    stretched: bool
    mask_share: float
    mask_border: bool
    mask_digest: int
    remarks: str


class Known(Protocol):
    """Cases that were decoded before by the same recipe."""

    def by_quick_key(self, key: bytes) -> Row | None:
        """The case whose files have not been touched since."""

    def by_content(self, key: bytes) -> Row | None:
        """The case that was decoded from the same bytes."""
