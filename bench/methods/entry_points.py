"""What installed packages register under a name, which belongs to one of them."""

import sys
from collections.abc import Iterable
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Protocol, TypeVar

from bench.protocol.choices import Task
from bench.protocol.errors import PluginError

GROUPS: dict[Task, str] = {"classification": "bench", "segmentation": "bench.segmentation"}
"""With what the groups of a task begin."""


class Registered(Protocol):
    """What is known of a method or data set before it is imported."""

    @property
    def name(self) -> str:
        """As on the command line."""

    @property
    def distribution(self) -> str:
        """The package that it is installed with."""


_Item = TypeVar("_Item", bound=Registered)


def points(group: str) -> list[metadata.EntryPoint]:
    """The entry points of a group, by name."""
    registered = _registered(tuple(_changed(place) for place in sys.path))
    return sorted(registered.select(group=group), key=lambda point: point.name)


def package(point: metadata.EntryPoint) -> tuple[str, str]:
    """Name and version of the package that registers an entry point."""
    return ("", "") if point.dist is None else _name_and_version(point.dist)


def _changed(place: str) -> tuple[str, int]:
    """A folder of packages, and when one was last installed there or taken away."""
    try:
        return place, Path(place).stat().st_mtime_ns
    except OSError:
        return place, 0


class _All(Protocol):
    """What `metadata.entry_points` returns, whose class has another name in Python 3.12."""

    def select(self, *, group: str) -> Iterable[metadata.EntryPoint]: ...


@lru_cache(maxsize=1)
def _registered(_places: tuple[tuple[str, int], ...]) -> _All:
    """Kept, since reading what all packages register takes longer than the rest of a listing."""
    return metadata.entry_points()


@lru_cache
def _name_and_version(distribution: metadata.Distribution) -> tuple[str, str]:
    return distribution.name, distribution.version


def claim(found: dict[str, _Item], item: _Item) -> None:
    """Add an item under its name.

    Raises:
        PluginError: if the name is taken, by another distribution or by the same.
    """
    if item.name in found and found[item.name].distribution == item.distribution:
        raise PluginError(
            f"The installed package {item.distribution} claims the name {item.name!r} twice. "
            "Uninstall it, or rename one of its entry points."
        )
    if item.name in found:
        raise PluginError(
            f"Two installed packages claim the name {item.name!r}: "
            f"{found[item.name].distribution} and {item.distribution}. Uninstall one, or rename "
            "its entry point."
        )
    found[item.name] = item
