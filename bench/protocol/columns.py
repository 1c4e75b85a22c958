"""The columns of the file that `predict` writes, which `compare` and `monitor` read."""

from collections.abc import Iterable

from bench.protocol.errors import DataError

GROUP = "group"
"""The patient: a salted hash, empty where nobody knows."""

FILE = "case-"
"""Begins a group that is of a file, or an image, and of no patient who is known."""

GROUP_SOURCE = "group_source"
"""In a manifest, where the group of a row is from."""

BY_IMAGES, BY_NAMES = "suggested by the images", "read from the file names"
"""What it says of groups that are guesses of `data check`."""

FIRST = ("case", "label", GROUP, "model")
"""Which image, its class (empty until it is known), whom it is of, and which model says what
follows."""

BUNDLE = "bundle"
"""The digest of the bundle that was asked."""

GIVEN = (*FIRST, "family", "seed", "split", "score")
"""Names that mean something to `compare`."""

AFTER = (
    "decision",
    "conformal_set",
    "unlike_training",
    "unlike_percentile",
    "brightness",
    "contrast",
    "border",
    "remarks",
    "sha256",
    BUNDLE,
)
"""What stands behind the probabilities of the classes, besides the columns of `PREFIXES`."""

CALIBRATED = "calibrated:"
"""Before the name of a class: its calibrated probability."""

FAMILY = "family:"
"""Before the name of a feature family: how far its features lie from their mean."""

BETWEEN = " | "
"""Between the names in a set of classes."""

NOTHING = "nothing"
"""Stands in the place of a set of classes that is empty."""

PREFIXES = (CALIBRATED, FAMILY)


def is_no_class(name: str) -> bool:
    """Whether a column stands beside the probabilities and is of no class.

    >>> is_no_class("calibrated:benign"), is_no_class("benign")
    (True, False)
    """
    return name in AFTER or name.startswith(PREFIXES)


def refuse_class_names(classes: Iterable[str]) -> None:
    """Refuse classes that are called like another column, or could be taken for a set of classes.

    Raises:
        DataError: if one is.
    """
    for name in classes:
        if name in GIVEN or is_no_class(name):
            raise DataError(
                f"A class is called {name!r}, as a column of the file of predictions is. Give it "
                "another name in the manifest, or rename its folder."
            )
        if name == NOTHING or BETWEEN in f" {name} ":
            means = "a set of no class" if name == NOTHING else "several classes"
            raise DataError(
                f"A class is called {name!r}, which in the file of predictions means {means}. Give "
                "it another name in the manifest, or rename its folder."
            )


def classes_of_predict(columns: Iterable[str]) -> tuple[str, ...]:
    """The classes of a file that `predict` wrote, which has two columns of each; () of others.

    >>> classes_of_predict(["case", "benign", "calibrated:benign"])
    ('benign',)
    """
    names = list(columns)
    found = (name.removeprefix(CALIBRATED) for name in names if name.startswith(CALIBRATED))
    return tuple(name for name in found if name in names)
