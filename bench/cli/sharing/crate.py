"""`python -m bench crate`: results with their description, to be deposited."""

from pathlib import Path

import click

from bench.cli.options import debug_tracebacks


@click.command()
@click.argument("results", type=click.Path(path_type=Path))
@click.argument("out", type=click.Path(path_type=Path))
@click.option(
    "--author",
    "authors",
    multiple=True,
    metavar="NAME",
    help='Who answers for it, as "Jane Doe <0000-0002-1825-0097>" with an ORCID.',
)
@click.option("--licence", default="", metavar="TEXT", help="Of the results, as CC-BY-4.0.")
@click.option("--title", default="", metavar="TEXT", help="Its title. [default: of the study]")
@debug_tracebacks
def crate(results: Path, out: Path, authors: tuple[str, ...], licence: str, title: str) -> None:
    """Write RESULTS as an RO-Crate: a new folder OUT, or a file OUT.zip.

    Every file with its SHA-256, and what made it of what: study, data sets, methods, software.
    """
    from bench.results.crate import METADATA, Authorship, write_crate
    from bench.results.other_data import in_words
    from bench.results.store import Store
    from reports.standing import of_another_study

    store = Store(results)
    number, stale = write_crate(store, out, Authorship(authors, licence, title))
    click.echo(f"{out}: {number:,} files and {METADATA}")
    if told := of_another_study(store):
        click.echo(told)
    for line in in_words(stale):
        click.echo(line)
    if not licence:
        click.echo("Without --licence nobody may use it; say which, as CC-BY-4.0.")
    if not authors:
        click.echo("Without --author it says nobody's name.")
