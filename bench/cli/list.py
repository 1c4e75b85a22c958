"""`python -m bench list`: the data sets and methods there are."""

from collections.abc import Sequence

import click

from bench.cli.options import debug, plugin


@click.command("list")
@click.argument("what", type=click.Choice(["datasets", "methods"]), required=False)
@plugin
@debug
def list_(what: str | None, plugins: tuple[str, ...], debug: bool) -> None:
    """Show the data sets and methods there are."""
    if what != "methods":
        click.echo("Data sets")
        for line in datasets():
            click.echo(f"  {line}")
    if what != "datasets":
        click.echo("Methods")
        for line in methods(plugins, quiet=not debug):
            click.echo(f"  {line}")


def datasets() -> list[str]:
    """One line per data set: those that are here, then those that can be downloaded."""
    from bench.data.sets import local
    from bench.methods import sources

    lines = []
    everything = sources.sources()
    segmented = {n: s for n, s in sources.sources("segmentation").items() if s.kind == "plugin"}
    for name, source in (sources.all_sources() | segmented).items():
        plugin = source.kind == "plugin"
        origin = f"from {source.distribution}" if plugin else "found on this machine"
        if source.task == "segmentation":
            origin += " [with --task segmentation]"
        elif name not in everything:
            origin += " [where it is named]"
        lines.append(f"{name:24s} {origin}")
    for name in local.missing():
        lines.append(f"{name:24s} not here; get it with: python -m bench data get {name}")
    return lines


def methods(plugins: Sequence[str], quiet: bool = True) -> list[str]:
    """One line per method; those that cannot be built say why."""
    from bench.methods import discovery
    from bench.run.inspection import inspect_methods
    from bench.workers.pool import Workers

    own = {p.name: p for p in map(discovery.plugin, plugins)}
    found = discovery.methods() | {n: p for n, p in own.items() if p.task == "classification"}
    segmenters = discovery.methods("segmentation")
    segmenters |= {n: p for n, p in own.items() if p.task == "segmentation"}
    with Workers(1, quiet=quiet) as workers:
        facts = inspect_methods([*found.values(), *segmenters.values()], workers)
    rows = []
    for name, fact in facts.items():
        text = f"unavailable: {fact.error}" if fact.error else fact.card.summary
        note = " [with a GPU]" if fact.needs == "cuda" else ""
        note += " [with --one-class]" if fact.one_class == "only" else ""
        note += " [with --task segmentation]" if name in segmenters else ""
        rows.append((name, fact.card.family, text + note))
    for prefix, made in discovery.factories().items():
        text = f"Any NAME that {prefix} knows, from {made.distribution}."
        rows.append((f"{prefix}:NAME", made.family, text))
    for prefix, made in discovery.factories("segmentation").items():
        text = f"Any NAME that {prefix} knows, from {made.distribution}."
        rows.append((f"{prefix}:NAME", made.family, f"{text} [with --task segmentation]"))
    width = max(len(name) for name, _, _ in rows)
    return [f"{name:{width}s} {family:10s} {text}" for name, family, text in rows]
