"""`python -m bench tokens`: who may ask a server."""

from datetime import UTC, datetime
from pathlib import Path

import click

from bench.cli.options import FiniteRange, debug_tracebacks

FILE = Path("tokens.json")

_file = click.option(
    "--file",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    default=FILE,
    show_default=True,
    help="The file of tokens, for --tokens of 'serve'.",
)


@click.command()
@click.argument("name", metavar="NAME")
@click.option(
    "--role",
    type=click.Choice(["predict", "read", "admin"]),
    default="predict",
    show_default=True,
    help="Ask about images; read cards and metrics; or everything.",
)
@click.option(
    "--days",
    type=FiniteRange(0, 3650, min_open=True),
    default=90,
    show_default=True,
    help="How long it is valid.",
)
@_file
@debug_tracebacks
def new(name: str, role: str, days: float, file: Path) -> int:
    """Make a token for NAME. It is shown once: the file keeps only its SHA-256."""
    from bench.deploy.serve import tokens

    secret, made = tokens.new(file, name, role, days)  # type: ignore[arg-type]
    click.echo(secret)
    click.echo(
        f"{made.id}: for {made.name}, {made.role}, until {_day(made.expires)}; kept in {file} as a "
        "digest. It is shown only now.",
        err=True,
    )
    return 0


@click.command("list")
@_file
@debug_tracebacks
def list_(file: Path) -> int:
    """List the tokens of a file."""
    from bench.deploy.serve import tokens

    now = datetime.now(UTC).timestamp()
    found = tokens.read(file)
    for one in found:
        click.echo(
            f"{one.id}  {one.role:<7}  {one.state(now):<7}  until {_day(one.expires)}  {one.name}"
        )
    if not found:
        click.echo(f"{file} has no tokens")
    return 0


@click.command()
@click.argument("id", metavar="ID")
@_file
@debug_tracebacks
def revoke(id: str, file: Path) -> int:
    """Have the token ID refused from now on, by a running server too."""
    from bench.deploy.serve import tokens

    one = tokens.revoke(file, id)
    click.echo(f"{one.id}: of {one.name}, revoked")
    return 0


def _day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
