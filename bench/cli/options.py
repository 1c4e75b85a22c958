"""What several commands share: options, and typed objects made of them."""

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import click

T = TypeVar("T")

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


debug = click.option("--debug", is_flag=True, help="Show tracebacks and what methods print.")
debug_tracebacks = click.option(  # `run_command` looks for it itself
    "--debug", is_flag=True, expose_value=False, help="Show tracebacks."
)


def as_object(kind: Callable[..., T]) -> Callable[[Callable[[T], Any]], Callable[..., Any]]:
    """Call a command with one object of a dataclass, whose fields are the command's parameters."""

    def decorate(command: Callable[[T], Any]) -> Callable[..., Any]:
        @functools.wraps(command)
        def called(**parameters: Any) -> Any:
            return command(kind(**parameters))

        return called

    return decorate
