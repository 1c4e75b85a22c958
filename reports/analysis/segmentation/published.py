"""Dice that others published on the same images, to stand beside ours; see published.toml."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal


@dataclass(frozen=True)
class PublishedDice:
    """One number of a publication.

    Attributes:
        data_sets: names of the data sets here that show the same images.
        method: as the source calls it.
        side: "deep", "classical", or "people" of human readers.
        dice: mean.
        source: where it is written.
        differs: in what it is not the same comparison.
        site: of which part of the images, "" for all.
    """

    data_sets: tuple[str, ...]
    method: str
    side: Literal["deep", "classical", "people"]
    dice: float
    source: str
    differs: str
    site: str = ""


def published_dice(dataset: str) -> tuple[PublishedDice, ...]:
    """What was published of the images of a data set; one of a site's own split counts, too.

    >>> [result.method for result in published_dice("brain-mri-lgg")]
    ['U-Net', 'two expert readers']
    >>> published_dice("retina-vessels:site=HRF")[0].site
    'DRIVE'
    >>> published_dice("another")
    ()
    """
    name = dataset.partition(":")[0].lower()
    return tuple(result for result in _all() if name in result.data_sets)


@cache
def _all() -> tuple[PublishedDice, ...]:
    text = files("reports.analysis.segmentation").joinpath("published.toml").read_text("utf-8")
    return tuple(
        PublishedDice(**{**entry, "data_sets": tuple(entry["data_sets"])})
        for entry in tomllib.loads(text)["result"]
    )
