"""What a watch did not look at: where that is not said, "no change" is more than is known."""

from collections.abc import Sequence

from bench.deploy.reference import DISTANCE
from bench.deploy.watch.sequential import Capital
from bench.deploy.watch.watching import Watch
from bench.protocol.columns import FAMILY

_MOST = 10_000  # images, to look how many are needed


def limits(
    watch: Watch, models: Sequence[str], absent: Sequence[str], like_label: str = ""
) -> list[str]:
    """What was not watched of the images of a file, sentences; [] where nothing is lacking.

    Args:
        watch: that has seen all of them.
        models: of the bundle, those that the file has rows of.
        absent: the others.
        like_label: a column of the file that may have been meant as `label`.
    """
    told = [
        f"Not watched: {name}, of which the file has no row; so neither how often the models "
        "disagree nor which of them is right more often."
        for name in absent
    ]
    names = [name for name in watch.statistics if not watch.is_of_several(name)]
    names = [name for name in names if not any(name.startswith(f"{each}/") for each in absent)]
    seen = {name: watch.counted(name) for name in names}
    if never := [name for name, number in seen.items() if not number]:
        told.append(
            f"Not watched, since the file does not have it: {_in_words(never, names, models)}."
        )
    if parts := [name for name, number in seen.items() if 0 < number < watch.seen]:
        least = min(seen[name] for name in parts)
        told.append(
            f"Watched on some of the {watch.seen:,} images only (the least on {least:,}), since "
            f"the file does not have it of the others: {_in_words(parts, names, models)}."
        )
    if watch.verdict.watched and not absent and not watch.labelled:
        near = f" Its column {like_label!r} is not read: did you mean 'label'?"
        told.append(
            "Not watched, since no image that counts has a label (column 'label'): which of the "
            f"two models is right more often.{near if like_label else ''}"
        )
    needed = fewest(watch)
    if watch.seen < needed:
        told.append(
            f"{watch.seen:,} images that count are too few: no change, however great, raises an "
            f"alarm before the {needed:,}th."
        )
    return told


def labels(watch: Watch) -> list[str]:
    """How many images have labels and what was done with these, a sentence; [] without labels."""
    if not watch.labelled:
        return []
    found = f"{watch.labelled:,} of the {watch.seen:,} images that count have a label"
    if not watch.verdict.seen:
        return [f"{found}, by which nothing was watched: that takes answers of two models."]
    return [f"{found}; on {watch.verdict.apart:,} of these only one of the two models is right."]


def fewest(watch: Watch) -> int:
    """How many images that count the greatest change takes to raise an alarm, at the least."""
    bets = {(one.share, one.rises): Capital(one.rises) for one in watch.statistics.values()}
    for number in range(1, _MOST):
        if any(capital.bet(1.0) * share >= watch.level for (share, _), capital in bets.items()):
            return number
    return _MOST


def _in_words(lacking: Sequence[str], names: Sequence[str], models: Sequence[str]) -> str:
    """Statistics named for people, the feature families of a model together."""
    words = {f"{m}/{DISTANCE}": f"the distance of {m} from its training images" for m in models}
    for model in models:
        start = f"{model}/{FAMILY}"
        own = [name for name in lacking if name.startswith(start)]
        every = [name for name in names if name.startswith(start)]
        number = "all" if len(own) == len(every) else f"{len(own)} of {len(every)}"
        words |= dict.fromkeys(own, f"{number} feature families of {model}")
    told = dict.fromkeys(words.get(name, name) for name in lacking)
    return ", ".join(told)
