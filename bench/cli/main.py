"""The command line, and the only place that knows both the engine and the report."""

import errno
import os
import signal
import sys
from collections import Counter
from pathlib import Path

import click

from bench import __version__
from bench.cli import bundle as bundles
from bench.cli import data_check, data_get, next_step
from bench.cli.check import check
from bench.cli.compare import compare
from bench.cli.export import export
from bench.cli.init import init
from bench.cli.list import list_
from bench.cli.monitor import monitor
from bench.cli.open_report import open_report
from bench.cli.output import guarded
from bench.cli.predict import predict
from bench.cli.report import report
from bench.cli.run import run
from bench.cli.serving import audit as audits
from bench.cli.serving import tokens as token_files
from bench.cli.serving.serve import serve
from bench.cli.sharing.crate import crate
from bench.cli.sharing.describe import describe
from bench.cli.status import status
from bench.cli.train import train
from bench.data.folders.tree import is_utf8, shown
from bench.machine import ending
from bench.protocol.errors import BenchError, UsageError, did_you_mean

_UNTOLD = 3
_BY_SIGNAL = 128  # and the number of the signal, as shells have it
_OF_THE_SYSTEM = frozenset(
    {errno.EACCES, errno.EPERM, errno.ELOOP, errno.ENAMETOOLONG, errno.EIO, errno.EROFS}
)  # why a file that was named cannot be used, wherever that is noticed
_LONGEST = 1500  # characters of a message


class _Group(click.Group):
    """A group that names the nearest command for a mistyped one."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            hint = did_you_mean(args[0], self.commands)
            raise UsageError(f"Unknown command {args[0]!r}. {hint}")
        name, command, rest = super().resolve_command(ctx, args)
        if command is not None:
            _refuse_repeated(click.Context(command, parent=ctx, info_name=name), rest)
        return name, command, rest


def _refuse_repeated(context: click.Context, arguments: list[str]) -> None:
    """Refuse an option that takes one value and is given two, of which the last would count."""
    if isinstance(context.command, click.Group):
        return
    try:
        order = context.command.make_parser(context).parse_args([*arguments])[2]
    except click.ClickException:  # parsing says what is wrong
        return
    single = [
        option
        for option in order
        if isinstance(option, click.Option) and not (option.multiple or option.is_flag)
    ]
    for option, times in Counter(single).items():
        if times > 1 and not option.count:
            raise UsageError(f"{option.opts[0]} takes one value and is given {times} times.")


def main() -> None:
    """Run the command line and end the process with its exit status.

    It is that of `run_command`, or 3 where a command ended and its output could not be written.
    """
    out = guarded()
    ending.heed()
    code = run_command(sys.argv[1:])
    sys.stdout.flush()
    if out is not None and out.lost is not None and code in (0, 1):
        if out.lost.errno != errno.EPIPE:  # who closes a pipe, as `head` does, wants no more
            click.echo(f"Error: {_untold(out.lost)}", err=True)
        code = _UNTOLD
    if code > _BY_SIGNAL:  # an interrupt in the midst of an import would change the status
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def run_command(arguments: list[str]) -> int:
    """Run one command line.

    Returns:
        0 all trials ok, 1 some failed, 2 wrong usage or input; 130 interrupted, 143 or 129 ended by
        SIGTERM or SIGHUP.
    """
    debug = "--debug" in arguments
    try:
        _refuse_no_folder()
        _refuse_other_encodings(arguments)
        code = cli.main(arguments, prog_name="python -m bench", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except click.ClickException as error:
        error.show()
        return 2
    except BenchError as error:
        if debug:
            raise
        click.echo(f"Error: {_message(error)}", err=True)
        return 2
    except OSError as error:
        if debug or error.filename is None or error.errno not in _OF_THE_SYSTEM:
            raise
        click.echo(
            f"Error: {shown(str(error.filename))}: the system refuses it ({error.strerror}). Make "
            "it and its folders accessible, or name another.",
            err=True,
        )
        return 2
    except (KeyboardInterrupt, click.Abort):
        number = ending.received()
        how = "Interrupted" if number == signal.SIGINT else f"Ended by {number.name}"
        click.echo(f"{how}. What had ended is kept; the same command goes on from there.", err=True)
        return _BY_SIGNAL + number


def _untold(error: OSError) -> str:
    return (
        f"Standard output cannot be written ({error.strerror or error}), and part of it is lost. "
        "The command went on to its end all the same, and what it stores is stored."
    )


def _refuse_no_folder() -> None:
    """Refuse to work in a folder that was removed, where no path has a meaning."""
    try:
        os.getcwd()
    except OSError as error:
        raise UsageError(
            f"The current folder cannot be used ({error.strerror}): it was removed or moved. "
            "Change into a folder that is there."
        ) from None


def _refuse_other_encodings(arguments: list[str]) -> None:
    """Refuse an argument that is not UTF-8, which no results folder could hold."""
    for argument in arguments:
        if not is_utf8(argument):
            raise UsageError(
                f"The argument {shown(argument)} is not UTF-8. Rename the file or folder; if it is "
                "named rightly, set a UTF-8 locale, such as LC_ALL=C.UTF-8."
            )


def _message(error: BenchError) -> str:
    """What it says; of a very long quotation the middle is left out."""
    text = str(error)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 300]} … {text[-300:]}"


@click.group(
    cls=_Group,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, package_name="classical-vs-deep", message="%(version)s")
@click.pass_context
def cli(context: click.Context) -> None:
    """Is deep learning really better than classical machine learning on these images?

    \b
    python -m bench run --all                 every method on every data set, then the report
    python -m bench run --data FOLDER         your own images: a sub-folder per class
    python -m bench init FOLDER               look at them first, and write a study
    python -m bench list                      what there is
    python -m bench                           what to do next in this folder

    Exit status: 0 all is well, 1 trials failed or a check found something, 2 wrong usage or input,
    3 standard output could not be written, 130 interrupted, 143 or 129 ended by SIGTERM or SIGHUP.
    """
    from bench.machine import cache_folder

    cache_folder.redirect_library_caches()
    if context.invoked_subcommand is None:
        for line in next_step.lines(Path.cwd()):
            click.echo(line)


@cli.group(cls=_Group)
def data() -> None:
    """Download data sets, or look for what is wrong with them."""


@cli.group(cls=_Group)
def bundle() -> None:
    """Look at a bundle, verify or sign it."""


@cli.group(cls=_Group)
def keys() -> None:
    """Make keys to sign bundles with."""


@cli.group(cls=_Group)
def tokens() -> None:
    """Say who may ask a server."""


@cli.group(cls=_Group)
def audit() -> None:
    """Look at the audit log of a server."""


for command in (
    *(init, run, status, list_, report, open_report, compare, check),
    *(train, predict, export, crate, monitor, serve),
):
    cli.add_command(command)
for command in (bundles.show, bundles.verify, bundles.sign):
    bundle.add_command(command)
keys.add_command(bundles.new)
for command in (token_files.new, token_files.list_, token_files.revoke):
    tokens.add_command(command)
audit.add_command(audits.verify)
for command in (data_get.get, data_check.check, describe):
    data.add_command(command)
