"""`python -m bench check`: a method against the plugin contract."""

from typing import TYPE_CHECKING

import click

from bench.cli.options import debug, plugin

if TYPE_CHECKING:
    from bench.methods.discovery import Method

TIMEOUT = 600.0  # seconds that the checks of a method may take


@click.command()
@click.argument("method")
@plugin
@debug
def check(method: str, plugins: tuple[str, ...], debug: bool) -> int:
    """Check a METHOD, by name or as FILE.py:build, against the plugin contract. It may take ten
    minutes."""
    from bench.machine.limits import PROCESSES, Limits
    from bench.methods import discovery
    from bench.protocol.errors import PluginError
    from bench.run.inspection import check_contract
    from bench.workers.pool import Workers

    found = {p.name: p for p in map(discovery.plugin, plugins)}
    if method.partition(":")[0].endswith(".py"):
        chosen = discovery.plugin(method)
    else:
        chosen = _named(method, found)
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
    click.echo(f"{chosen.name}: {failed} of {len(outcome.value)} checks failed")
    return 1 if failed else 0


def _named(name: str, plugins: "dict[str, Method]") -> "Method":
    """The method of a name, whatever its task."""
    from bench.methods import discovery

    known = discovery.methods("segmentation")
    makers = discovery.factories("segmentation")
    prefix, colon, argument = name.partition(":")
    segments = name in known or (colon and argument and prefix in makers)
    own = {n: p for n, p in plugins.items() if p.task == "classification"}
    if segments and name not in {*discovery.methods(), *plugins}:
        return discovery.method(name, {}, "segmentation")
    return plugins[name] if name in plugins else discovery.method(name, own)
