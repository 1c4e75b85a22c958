"""The command line, and the only place that knows both the engine and the report."""

import os
import shlex
import sys
from pathlib import Path
from typing import Any

import click

from bench import __version__
from bench.protocol.errors import BenchError, UsageError, did_you_mean

_INTERRUPTED = 130
_LONGEST = 1500  # characters of a message
_CHECKED = 600.0  # seconds that the checks of a method may take


class _Group(click.Group):
    """A group that names the nearest command for a mistyped one."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            hint = did_you_mean(args[0], self.commands)
            raise UsageError(f"Unknown command {args[0]!r}. {hint}")
        return super().resolve_command(ctx, args)


def main() -> None:
    """Run the command line and end the process with its exit status."""
    status = run_command(sys.argv[1:])
    if status == _INTERRUPTED:  # an interrupt in the midst of an import would change the status
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    sys.exit(status)


def run_command(arguments: list[str]) -> int:
    """Run one command line.

    Returns:
        0 all trials ok, 1 some failed, 2 wrong usage or input, 130 interrupted.
    """
    debug = "--debug" in arguments
    try:
        status = cli.main(arguments, prog_name="python -m bench", standalone_mode=False)
        return status if isinstance(status, int) else 0
    except click.ClickException as error:
        error.show()
        return 2
    except BenchError as error:
        if debug:
            raise
        click.echo(f"Error: {_message(error)}", err=True)
        return 2
    except (KeyboardInterrupt, click.Abort):
        click.echo(
            "Interrupted. What had ended is kept; the same command goes on from there.",
            err=True,
        )
        return _INTERRUPTED


def _message(error: BenchError) -> str:
    """What it says; of a very long quotation the middle is left out."""
    text = str(error)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 300]} … {text[-300:]}"


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, package_name="classical-vs-deep", message="%(version)s")
def cli() -> None:
    """Is deep learning really better than classical machine learning on these images?

    \b
    python -m bench run --all                 every method on every data set, then the report
    python -m bench run --data FOLDER         your own images: a sub-folder per class
    python -m bench list                      what there is
    """
    from bench.machine import cache_folder

    cache_folder.lend()


_plugin = click.option(
    "--plugin", "plugins", multiple=True, metavar="FILE.py:build", help="A method in a file."
)
_debug = click.option("--debug", is_flag=True, help="Show tracebacks and what methods print.")


@cli.command()
@click.argument("study", type=click.Path(path_type=Path), required=False)
@click.option("--all", "everything", is_flag=True, help="Every data set and method there is.")
@click.option("--dataset", "datasets", multiple=True, metavar="NAME", help="A data set.")
@click.option(
    "--data",
    "folders",
    multiple=True,
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help="A folder of images: a sub-folder per class, or a manifest.csv (or .parquet).",
)
@click.option("--method", "methods", multiple=True, metavar="NAME", help="A method.")
@_plugin
@click.option("--seeds", type=int, metavar="N", help="Seeds per stochastic method. [default: 3]")
@click.option("--folds", type=int, metavar="K", help="Cross-validation instead of one split.")
@click.option("--size", type=int, metavar="PX", help="Side of the images. [default: the set's]")
@click.option(
    "--resize",
    metavar="letterbox|squash|crop",
    help="How images of a folder reach it. [default: letterbox]",
)
@click.option(
    "--preprocess",
    multiple=True,
    metavar="NAME",
    help="A step for all images: crop-to-mask, gray, denoise or clahe.",
)
@click.option(
    "--positive",
    multiple=True,
    metavar="CLASS",
    help="Of two classes the one to be found. [default: names tell]",
)
@click.option("--allow-outside", is_flag=True, help="A manifest may name files outside its folder.")
@click.option(
    "--budget", metavar="quick|standard|full", help="How long networks train. [default: standard]"
)
@click.option(
    "--tune",
    type=int,
    metavar="N",
    help="Configurations every method is tried with, chosen on validation. [default: none]",
)
@click.option("--margin", type=float, help="Smallest AUC difference that matters. [default: 0.02]")
@click.option("--alpha", type=float, help="Error rate of the tests. [default: 0.05]")
@click.option(
    "--fraction",
    "fractions",
    multiple=True,
    type=float,
    help="Share of the training images; several show from how many on it pays.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("results"),
    show_default=True,
    help="Results folder.",
)
@click.option("--jobs", type=click.IntRange(min=1), help="Trials side by side. [default: cores]")
@click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda"]),
    default="auto",
    show_default=True,
    help="Where networks run.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=3600,
    show_default=True,
    metavar="SECONDS",
    help="Limit of one trial; N times as much with --tune N.",
)
@click.option("--memory", metavar="SIZE", help="Limit of one trial, as 4GB. [default: a share]")
@click.option(
    "--gpu-jobs",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="N",
    help="Trials at a time on each GPU.",
)
@click.option("--cluster", metavar="tcp://HOST:PORT", help="Run trials on a Dask cluster.")
@click.option("--offline", is_flag=True, help="Download nothing, pretrained weights included.")
@click.option("--dry-run", is_flag=True, help="Show the plan and stop.")
@click.option("--no-report", is_flag=True, help="Store predictions only.")
@_debug
def run(**options: Any) -> int:
    """Run methods on data sets, store their predictions, and write the report.

    STUDY is a TOML file with the protocol, claims included; flags override it.
    """
    from bench.progress import display
    from bench.results.store import Store
    from bench.run import engine, request

    wanted = request.resolve(options, _command())
    store = Store(options["out"])
    if options["dry_run"]:
        from reports.analysis.planning import in_words

        for line in request.dry_run(wanted, store, in_words):
            click.echo(line)
        return 0
    result = engine.run(wanted, store, display.choose())
    click.echo(
        f"{result.executed} trial(s) run, {result.reused} reused, {result.failed} failed"
        f"; stored in {store.root}"
    )
    if not options["no_report"]:
        _write_report(store)
    return 1 if result.failed or result.setting.broken else 0


@cli.command()
@click.argument("results", type=click.Path(path_type=Path), default=Path("results"))
@_debug
def status(results: Path, debug: bool) -> None:  # noqa: ARG001 - see report
    """Show how far the run in RESULTS is, or how the last one ended."""
    from bench.progress import status as status_of
    from bench.results.store import Store

    for line in status_of.lines(Store(results)):
        click.echo(line)


@cli.command("list")
@click.argument("what", type=click.Choice(["datasets", "methods"]), required=False)
@_plugin
@_debug
def list_(what: str | None, plugins: tuple[str, ...], debug: bool) -> None:
    """Show the data sets and methods there are."""
    from bench.cli import listing

    if what != "methods":
        click.echo("Data sets")
        for line in listing.datasets():
            click.echo(f"  {line}")
    if what != "datasets":
        click.echo("Methods")
        for line in listing.methods(plugins, quiet=not debug):
            click.echo(f"  {line}")


@cli.command()
@click.argument("results", type=click.Path(path_type=Path), default=Path("results"))
@_debug
def report(results: Path, debug: bool) -> None:  # noqa: ARG001 - read from the command line by run_command
    """Write the report again from the predictions stored in RESULTS."""
    from bench.results.store import Store

    store = Store(results)
    store.studies()
    _write_report(store)


@cli.command()
@click.argument("predictions", type=click.Path(path_type=Path))
@click.option("--a", metavar="MODEL", help="Compare this model ...")
@click.option("--b", metavar="MODEL", help="... with this one only.")
@click.option("--positive", metavar="LABEL", help="The positive of two labels. [default: 1]")
@click.option("--margin", type=float, default=0.02, show_default=True, help="Smallest ΔAUC.")
@click.option("--alpha", type=float, default=0.05, show_default=True, help="Error rate.")
@click.option("--json", "json_", is_flag=True, help="Every number, at full precision.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Write files too.")
@_debug
def compare(predictions: Path, json_: bool, out: Path | None, debug: bool, **options: Any) -> None:  # noqa: ARG001 - see report
    """Compare models by PREDICTIONS, a CSV file made anywhere.

    Its columns are case,label,model,score, or one column per class instead of score, and, if
    known, family,seed,group,split.
    """
    from reports.external import output
    from reports.external.compare import compare as evidence_of

    evidence = evidence_of(predictions, **options)
    text = output.as_json(evidence) if json_ else output.as_text(evidence)
    click.echo(text, nl=False)
    if out is not None:
        output.write(evidence, out)


@cli.group(cls=_Group)
def data() -> None:
    """Download data sets, or look for what is wrong with them."""


@data.command("check")
@click.argument("target", metavar="FOLDER|NAME")
@click.option("--size", type=int, metavar="PX", help="Side of the images. [default: the set's]")
@click.option("--resize", metavar="letterbox|squash|crop", help="How images reach it.")
@click.option("--preprocess", multiple=True, metavar="NAME", help="A step for all images.")
@click.option("--allow-outside", is_flag=True, help="A manifest may name files outside its folder.")
@click.option("--json", "json_", is_flag=True, help="Every number, as JSON.")
@_debug
def check_data(target: str, json_: bool, allow_outside: bool, debug: bool, **options: Any) -> int:  # noqa: ARG001 - see report
    """Look for what is wrong with a FOLDER of images, or with a data set by NAME.

    Unreadable files, copies, patients in several parts, shortcuts. Exit status: 0 nothing serious,
    1 something serious, 2 it cannot be read.
    """
    from bench.cli import findings
    from bench.data.folders.reading import Reading
    from bench.protocol.study import Study
    from bench.run.data_check import check_target

    wanted = {name: value for name, value in options.items() if value}
    checked = check_target(target, Study.from_json(wanted, "Command line"), Reading(allow_outside))
    click.echo(findings.as_json(checked) if json_ else findings.as_text(checked), nl=False)
    return 1 if checked.serious else 0


@data.command("get")
@click.argument("names", nargs=-1, required=True)
@click.option(
    "--size",
    type=click.Choice(["28", "64", "128", "224"]),
    default="28",
    show_default=True,
    help="Side of the images, px.",
)
@_debug
def get(names: tuple[str, ...], size: str, debug: bool) -> None:  # noqa: ARG001 - see report
    """Download MedMNIST data sets by NAME into the user's cache."""
    from bench.cli import listing

    listing.download(names, int(size), click.echo)


@cli.command()
@click.argument("method")
@_plugin
@_debug
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
        limits = Limits(_CHECKED, processes=PROCESSES)
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


def _write_report(store: Any) -> None:
    from reports.report import write_report

    files = write_report(store)
    for line in files.answer:
        click.echo(line)
    click.echo(f"report: {files.html}")
    click.echo(f"        {files.pdf}")


def _command() -> str:
    return shlex.join(["python", "-m", "bench", *sys.argv[1:]])
