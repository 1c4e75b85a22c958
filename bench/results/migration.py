"""Results of earlier versions, read as if they had been written by this one.

    version 1   a card had no version; a run had `borrowed_seconds`; generated images were told by
                the beginning of their source
    version 2   `cached_seconds`; weights, and why there is no explanation or importance; of a card
                `generated` and `origin`

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
    return data


def migrated_card(data: dict[str, Any]) -> dict[str, Any]:
    """The content of a data set's card as this version writes it."""
    if data.get("schema", 1) == 1 and "generated" not in data:
        data = {**data, "generated": str(data["source"]).startswith(_GENERATED)}
    return data
