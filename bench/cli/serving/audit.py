"""`python -m bench audit`: is the log of a server as it was written?"""

from pathlib import Path

import click

from bench.cli.options import debug_tracebacks


@click.command()
@click.argument("log", metavar="LOG", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--receipt",
    "receipts",
    metavar="DIGEST",
    multiple=True,
    help="What an answer named as its line: has to stand in the log. May be given again.",
)
@debug_tracebacks
def verify(log: Path, receipts: tuple[str, ...]) -> int:
    """Look whether every line of LOG is as it was written, and in its place.

    A line that was changed, removed, put in or moved is named; exit status 2. That the end was cut
    off shows only where a later receipt is given.
    """
    from bench.deploy.serve import audit
    from bench.progress.display import plural

    found = audit.verify(log, receipts)
    period = f", {found.first} to {found.last}" if found.lines else ""
    click.echo(f"{log}: {plural(found.lines, 'line')} as they were written{period}")
    for digest, number in (found.receipts or {}).items():
        click.echo(f"receipt {digest[:16]}…: line {number}")
    if found.unended:
        click.echo(
            f"line {found.lines} is whole, only its newline is missing; the next server adds it"
        )
    if found.torn:
        click.echo(
            f"behind them {plural(found.torn, 'byte')} of a line that was not written to its end, "
            "as a server that was killed leaves it; the next one takes it away"
        )
    click.echo(f"head: {found.head}")
    return 0
