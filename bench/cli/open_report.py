"""`python -m bench open`: the report in the browser."""

from pathlib import Path

import click

from bench.cli.options import debug_tracebacks


@click.command("open")
@click.argument("results", type=click.Path(path_type=Path), default=Path("results"))
@click.option("--summary", is_flag=True, help="The summary of two pages instead.")
@debug_tracebacks
def open_report(results: Path, summary: bool) -> None:
    """Show the report of RESULTS in the browser."""
    import shlex
    import webbrowser

    from bench.protocol.errors import UsageError
    from bench.results.store import Store
    from reports.standing import of_another_study

    store = Store(results)
    store.studies()
    page = store.layout.report_folder / ("summary.html" if summary else "index.html")
    if not page.exists():
        command = shlex.join(["python", "-m", "bench", "report", str(results)])
        raise UsageError(f"There is no report in {results} yet. Write it with: {command}")
    if told := of_another_study(store):
        click.echo(told)
    if not webbrowser.open(page.resolve().as_uri()):
        click.echo("No browser was found. Open this file in one:")
    click.echo(str(page))
