"""One image of each patient counts, drawn by lot, and the mean of a few.

Images of one patient are alike, so that a test which bets on each of them takes a new patient for a
change. Patients are exchangeable where images are not; so is one image of each, drawn by a lot that
does not depend on what it shows, however many images a patient has and in whatever order they come,
and so is the mean of a number of images that is the same for all.
"""

import bisect
import hashlib
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from operator import itemgetter

from bench.deploy.watch.watching import Seen, SeveralOfOne, together


def lot(case: str) -> bytes:
    """The lot of an image, by its name: of a patient's images the lowest counts."""
    return hashlib.blake2b(case.encode("utf-8", "surrogatepass"), digest_size=8).digest()


class OneOfEach:
    """Goes through images twice: to draw some of each patient, and to give these out.

    An image whose patient is not known counts for itself.

    Args:
        images: gives all images anew each time it is called, in the same order.
        several: how many of a patient are given out together, 1 for none; a patient who has fewer
            is not among these.

    Attributes:
        images: number of images.
        unknown: of how many the patient is not known.
    """

    def __init__(self, images: Callable[[], Iterable[Seen]], several: int = 1) -> None:
        self._again = images
        self._several = several
        self.images = self.unknown = 0
        self._drawn: dict[str, list[tuple[bytes, int]]] = {}
        for place, image in enumerate(images()):
            self.images += 1
            self.unknown += not image.patient
            if image.patient:
                own = self._drawn.setdefault(image.patient, [])
                bisect.insort(own, (lot(image.case), place))
                del own[several:]

    @property
    def patients(self) -> int:
        """Number of patients that are known."""
        return len(self._drawn)

    def __iter__(self) -> Iterator[tuple[int, Seen | SeveralOfOne]]:
        """Those that count, each with its place among all images, from 1; those of a patient
        together with the place of the last."""
        open_: dict[str, list[Seen]] = {}
        for place, image in enumerate(self._again()):
            places = [own for _, own in self._drawn.get(image.patient, [])]
            if not image.patient or places[0] == place:
                yield place + 1, image
            if 1 < self._several == len(places) and place in places:
                own = open_.setdefault(image.patient, [])
                own.append(image)
                if len(own) == self._several:
                    yield place + 1, together(open_.pop(image.patient))


@dataclass
class _Open:
    """A patient of whom more images may come.

    Attributes:
        drawn: (lot, image) of those that count by now, the lowest lot first.
        last: when the last image came.
    """

    drawn: list[tuple[float, Seen]]
    last: float


class Stream:
    """The same of images that come one after the other and never end.

    A patient counts when no image of him came for a while; images that come later do not count.

    Args:
        pause: seconds.
        most: patients that may be open at a time; of more the one that waits longest counts early.
        several: as in `OneOfEach`.
    """

    def __init__(self, pause: float, most: int = 4096, several: int = 1) -> None:
        self._pause = pause
        self._most = most
        self._several = several
        self._open: dict[str, _Open] = {}
        self._closed: set[str] = set()
        self._random = random.Random()

    def take(self, image: Seen, now: float) -> Iterator[Seen | SeveralOfOne]:
        """Take the next image; those that count now.

        Args:
            image: that was answered.
            now: seconds of a clock that does not go back.
        """
        if not image.patient:
            yield image
        elif image.patient not in self._closed:
            own = self._open.pop(image.patient, None) or _Open([], now)
            bisect.insort(own.drawn, (self._random.random(), image), key=itemgetter(0))
            own.drawn[1:] = [(x, replace(y, picture=None)) for x, y in own.drawn[1 : self._several]]
            own.last = now
            self._open[image.patient] = own  # behind all others
        yield from self.due(now)

    def due(self, now: float) -> Iterator[Seen | SeveralOfOne]:
        """Those that count by now."""
        while self._open:
            patient, first = next(iter(self._open.items()))
            if now - first.last < self._pause and len(self._open) <= self._most:
                return
            del self._open[patient]
            self._closed.add(patient)
            images = [image for _, image in first.drawn]
            yield images[0]
            if 1 < self._several == len(images):
                yield together(images)

    def begin_anew(self) -> None:
        """Let those who counted count again, as a watch that begins anew does."""
        self._closed.clear()
