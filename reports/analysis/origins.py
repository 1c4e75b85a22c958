"""Which data sets are one source: the same photographs or patients do not count twice."""

from collections.abc import Sequence

from bench.protocol.cards import DatasetCard


def sources(cards: Sequence[DatasetCard]) -> tuple[str, ...]:
    """The source of each data set, named after the first data set of it.

    Two data sets are of one source where both declare the same origin, or where images of one were
    found in the other; and so are all that hang together by such pairs.

    Args:
        cards: of the data sets that are to count.
    """
    found = list(range(len(cards)))

    def root(place: int) -> int:
        while found[place] != place:
            place = found[place]
        return place

    for later, card in enumerate(cards):
        for earlier, other in enumerate(cards[:later]):
            if _share(card, other):
                low, high = sorted((root(earlier), root(later)))
                found[high] = low
    return tuple(cards[root(place)].name for place in range(len(cards)))


def _share(a: DatasetCard, b: DatasetCard) -> bool:
    declared = bool(a.origin) and a.origin == b.origin
    return declared or b.name in a.shares_images_with or a.name in b.shares_images_with
