"""`python -m bench check`: a method against the plugin contract."""

import click

from bench.cli.options import debug, plugin

TIMEOUT = 600.0  # seconds that the checks of a method may take


@click.command()
@click.argument("method")
@plugin
@debug
def check(method: str, plugins: tuple[str, ...], debug: bool) -> int:
    """Check a METHOD, by name or as FILE.py:build, against the plugin contract."""
    from bench.machine.limits import PROCESSES, Limits
    from bench.methods import contract, discovery
    from bench.protocol.errors import PluginError
    from bench.run.inspection import check_contract
    from bench.workers.pool import Workers

    found = {p.name: p for p in map(discovery.plugin, plugins)}
    if method.partition(":")[0].endswith(".py"):
        chosen = discovery.plugin(method)
    else:
        chosen = discovery.method(method, found)
    with Workers(1, quiet=not debug) as workers:
        limits = Limits(TIMEOUT, processes=PROCESSES)
        (outcome,) = workers.run(check_contract, [(chosen,)], limits)
    if outcome.status != "ok":
        click.echo(f"FAIL  {chosen.name}: the checks came to no end: {outcome.error}")
        return 1
    if isinstance(outcome.value, str):
        raise PluginError(outcome.value)
    failed = 0
    for result in outcome.value:
        failed += not result.passed
        click.echo(f"{'ok  ' if result.passed else 'FAIL'}  {result.name}" + result.detail)
    click.echo(f"{chosen.name}: {failed} of {len(contract.METHOD_CHECKS)} checks failed")
    return 1 if failed else 0
