"""One image of each patient counts, drawn by lot.

Images of one patient are alike, so that a test which bets on each of them takes a new patient for a
change. Patients are exchangeable where images are not; so is one image of each, drawn by a lot that
does not depend on what it shows, however many images a patient has and in whatever order they come.
"""

import hashlib
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from bench.deploy.watch.watching import Seen


def lot(case: str) -> bytes:
    """The lot of an image, by its name: of a patient's images the lowest counts."""
    return hashlib.blake2b(case.encode("utf-8", "surrogatepass"), digest_size=8).digest()


class OneOfEach:
    """Goes through images twice: to draw one of each patient, and to give these out.

    An image whose patient is not known counts for itself.

    Args:
        images: gives all images anew each time it is called, in the same order.

    Attributes:
        images: number of images.
    """

    def __init__(self, images: Callable[[], Iterable[Seen]]) -> None:
        self._again = images
        self.images = 0
        self._drawn: dict[str, tuple[bytes, int]] = {}
        for place, image in enumerate(images()):
            self.images += 1
            if image.patient:
                own = (lot(image.case), place)
                self._drawn[image.patient] = min(own, self._drawn.get(image.patient, own))

    @property
    def patients(self) -> int:
        """Number of patients that are known."""
        return len(self._drawn)

    def __iter__(self) -> Iterator[tuple[int, Seen]]:
        """Those that count, each with its place among all images, from 1."""
        for place, image in enumerate(self._again()):
            if not image.patient or self._drawn[image.patient][1] == place:
                yield place + 1, image


@dataclass
class _Open:
    """A patient of whom more images may come."""

    lot: float
    image: Seen
    last: float


class Stream:
    """The same of images that come one after the other and never end.

    A patient counts when no image of him came for a while; images that come later do not count.

    Args:
        pause: seconds.
        most: patients that may be open at a time; of more the one that waits longest counts early.
    """

    def __init__(self, pause: float, most: int = 4096) -> None:
        self._pause = pause
        self._most = most
        self._open: dict[str, _Open] = {}
        self._closed: set[str] = set()
        self._random = random.Random()

    def take(self, image: Seen, now: float) -> Iterator[Seen]:
        """Take the next image; those that count now.

        Args:
            image: that was answered.
            now: seconds of a clock that does not go back.
        """
        if not image.patient:
            yield image
        elif image.patient not in self._closed:
            own = _Open(self._random.random(), image, now)
            before = self._open.pop(image.patient, own)
            if before.lot < own.lot:
                own = _Open(before.lot, before.image, now)
            self._open[image.patient] = own  # behind all others
        yield from self.due(now)

    def due(self, now: float) -> Iterator[Seen]:
        """Those that count by now."""
        while self._open:
            patient, first = next(iter(self._open.items()))
            if now - first.last < self._pause and len(self._open) <= self._most:
                return
            del self._open[patient]
            self._closed.add(patient)
            yield first.image

    def begin_anew(self) -> None:
        """Let those who counted count again, as a watch that begins anew does."""
        self._closed.clear()
