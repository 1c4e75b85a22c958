"""`python -m bench status`: how far a run is."""

from pathlib import Path

import click

from bench.cli.options import debug_tracebacks


@click.command()
@click.argument("results", type=click.Path(path_type=Path), default=Path("results"))
@debug_tracebacks
def status(results: Path) -> None:
    """Show how far the run in RESULTS is, or how the last one ended."""
    from bench.progress import status
    from bench.results.store import Store

    for line in status.lines(Store(results)):
        click.echo(line)
