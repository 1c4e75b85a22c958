"""What installed packages register under a name, which belongs to one of them."""

from importlib import metadata
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
    return sorted(metadata.entry_points(group=group), key=lambda point: point.name)


def claim(found: dict[str, _Item], item: _Item) -> None:
    """Add an item under its name.

    Raises:
        PluginError: if another distribution has claimed the name.
    """
    if item.name in found:
        raise PluginError(
            f"Two installed packages claim the name {item.name!r}: "
            f"{found[item.name].distribution} and {item.distribution}. Uninstall one, or rename "
            "its entry point."
        )
    found[item.name] = item
