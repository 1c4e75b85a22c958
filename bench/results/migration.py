"""Results of earlier versions, read as if they had been written by this one.

    version 1   a card had no version; a run had `borrowed_seconds`; generated images were told by
                the beginning of their source
    version 2   `cached_seconds`; weights, and why there is no explanation or importance; of a card
                `generated` and `origin`; the seed draws which share of the training part is used,
                so that runs on a share of version 1 are run again

A field that is new and not made from others has its default, which says that nothing is known.
"""

from typing import Any

from bench.protocol.record import SCHEMA

OLDEST = 1

_GENERATED = "generated: "  # how the sources of our phantoms began


def is_readable(version: object) -> bool:
    """Whether what has this version can be read.

    >>> is_readable(1), is_readable(99), is_readable(None)
    (True, False, False)
    """
    return isinstance(version, int) and OLDEST <= version <= SCHEMA


def migrated_run(data: dict[str, Any]) -> dict[str, Any]:
    """The content of a run.json as this version writes it."""
    if data["schema"] == 1 and "borrowed_seconds" in data:
        data = {**data, "cached_seconds": data["borrowed_seconds"]}
        del data["borrowed_seconds"]
    if data["schema"] == 1 and data["trial"].get("fraction", 1.0) != 1.0:
        # every seed had the same share of the training part then: not to be mixed with shares drawn
        data = {**data, "data_fingerprint": ""}
    return data


def migrated_card(data: dict[str, Any]) -> dict[str, Any]:
    """The content of a data set's card as this version writes it."""
    if data.get("schema", 1) == 1 and "generated" not in data:
        data = {**data, "generated": str(data["source"]).startswith(_GENERATED)}
    return data
