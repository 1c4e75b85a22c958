"""What several commands share: options, and typed objects made of them."""

import functools
import math
from collections.abc import Callable
from typing import Any, TypeVar

import click

from bench.protocol.errors import UsageError

T = TypeVar("T")


class FiniteRange(click.FloatRange):
    """A number in a range; "nan", which no comparison finds outside, and "inf" are none."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """The number, or a usage error."""
        found = float(super().convert(value, param, ctx))
        if not math.isfinite(found):
            self.fail(f"{value} is no finite number.", param, ctx)
        return found


plugin = click.option(
    "--plugin", "plugins", multiple=True, metavar="FILE.py:build", help="A method in a file."
)
allow_outside = click.option(
    "--allow-outside", is_flag=True, help="A manifest may name files outside its folder."
)

columns = click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="NAME=THEIRS",
    help="A column of a manifest that is called otherwise, as path=image_path.",
)
drop_unlabelled = click.option(
    "--drop-unlabelled", is_flag=True, help="Leave out rows of a manifest without a label."
)
keep_columns = click.option(
    "--keep-column",
    "keep_columns",
    multiple=True,
    metavar="NAME",
    help="Keep a column of a manifest although it seems to tell who a person is.",
)
drop_columns = click.option(
    "--drop-column",
    "drop_columns",
    multiple=True,
    metavar="NAME",
    help="Leave a further column of a manifest out.",
)


def reading(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say how a folder is read: all that its refusals advise."""
    for option in (drop_columns, keep_columns, drop_unlabelled, columns, allow_outside):
        command = option(command)
    return command


task = click.option(
    "--task",
    metavar="classification|segmentation",
    help="What is learned. [default: segmentation of folders with masks and without labels]",
)
no_thumbnails = click.option(
    "--no-thumbnails", is_flag=True, help="No pictures of images, for what is to leave the house."
)
debug = click.option("--debug", is_flag=True, help="Show tracebacks and what methods print.")
debug_tracebacks = click.option(  # `run_command` looks for it itself
    "--debug", is_flag=True, expose_value=False, help="Show tracebacks."
)


class SeveralValues(click.Command):
    """A command of which `--sizes` takes several numbers in a row: `--sizes 28 64 128`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse, each of the numbers as if the option stood before it."""
        return super().parse_args(ctx, _spread(args, "--sizes"))


def _spread(args: list[str], option: str) -> list[str]:
    """The arguments with an option repeated before each number of those that follow it.

    >>> _spread(["--sizes", "28", "64", "study.toml"], "--sizes")
    ['--sizes', '28', '--sizes', '64', 'study.toml']
    """
    found: list[str] = []
    inside = False
    for i, argument in enumerate(args):
        inside = inside and argument.isdigit()
        if inside and args[i - 1] != option:
            found.append(option)
        found.append(argument)
        inside = inside or argument == option
    return found


def words(
    _context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]
) -> tuple[str, ...]:
    """Each word of an option whose values are separated by commas, or that is given again."""
    return tuple(word.strip() for text in given for word in text.split(","))


def only_one(
    ctx: click.Context,  # noqa: ARG001
    option: click.Parameter,
    given: tuple[str, ...],
) -> str | None:
    """Of an option that is read as if several could be given: the one, None without any.

    Raises:
        UsageError: if there are several, of which all but the last would be lost, or an empty one.
    """
    name = option.opts[0]
    if len(given) > 1:
        raise UsageError(f"{name} {given[1]}: {name} {given[0]} is given, too, and one is allowed.")
    if given and not given[0].strip():
        raise UsageError(f"{name}: nothing follows; write {name} {option.metavar}.")
    return given[0] if given else None


def as_object(kind: Callable[..., T]) -> Callable[[Callable[[T], Any]], Callable[..., Any]]:
    """Call a command with one object of a dataclass, whose fields are the command's parameters."""

    def decorate(command: Callable[[T], Any]) -> Callable[..., Any]:
        @functools.wraps(command)
        def called(**parameters: Any) -> Any:
            return command(kind(**parameters))

        return called

    return decorate
