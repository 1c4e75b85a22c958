"""One image of each patient counts, drawn by lot.

Images of one patient are alike, so that a test which bets on each of them takes a new patient for a
change. Patients are exchangeable where images are not; so is one image of each, drawn by a lot that
does not depend on what it shows, however many images a patient has and in whatever order they come.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator

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
