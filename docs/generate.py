"""Pages of the reference that are made from the code at each build, so that none can be stale."""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import click

import bench
from baselines.features.handcrafted import HandcraftedFeatures
from bench.cli.main import cli
from bench.methods import discovery
from bench.protocol.choices import TASKS
from bench.protocol.claim import Claim
from bench.protocol.scoring import MEASURES
from bench.protocol.study import Study
from bench.results import layout

FOLDER = Path(__file__).parent / "reference"
NOTE = "% made by docs/generate.py\n\n"


def write() -> None:
    """Write every generated page that differs from what is there."""
    pages = {
        "commands": _commands(),
        "methods": _methods(),
        "features": _features(),
        "study-keys": _study(),
        "files": _files(),
        "python": _python(),
    }
    FOLDER.mkdir(exist_ok=True)  # a fresh clone has none: its pages are not kept in git
    for name, text in pages.items():
        path = FOLDER / f"{name}.md"
        if not path.exists() or path.read_text(encoding="utf-8") != NOTE + text:
            path.write_text(NOTE + text, encoding="utf-8")


def _commands() -> str:
    parts = ["# Commands and flags\n"]
    for command, context in _leaves(cli, click.Context(cli, info_name="python -m bench")):
        usage = " ".join(command.collect_usage_pieces(context))
        about = inspect.cleandoc(command.help or "").replace("\b", "")
        parts.append(
            f"## `{context.command_path}`\n\n    {context.command_path} {usage}\n\n{about}\n"
        )
        rows = [
            f"| `{'`, `'.join((*option.opts, *option.secondary_opts))}` | {_cell(help_)} |"
            for option in command.params
            if isinstance(option, click.Option) and (help_ := _help(option, context))
        ]
        if rows:
            parts.append("| flag | |\n|---|---|\n" + "\n".join(rows) + "\n")
    return "\n".join(parts)


def _leaves(
    command: click.Command, context: click.Context
) -> Iterator[tuple[click.Command, click.Context]]:
    if not isinstance(command, click.Group):
        yield command, context
        return
    for name in sorted(command.commands):
        below = command.commands[name]
        yield from _leaves(below, click.Context(below, info_name=name, parent=context))


def _help(option: click.Option, context: click.Context) -> str:
    record = option.get_help_record(context)
    return record[1] if record else ""


def _methods() -> str:
    parts = ["# Methods\n"]
    for task in TASKS:
        rows = ["| name | family | needs | what |", "|---|---|---|---|"]
        for name, method in sorted(
            discovery.methods(task).items(), key=lambda item: (item[1].family, item[0])
        ):
            card = method.card(method.load())
            needs = getattr(method.load(), "needs", "") or ""
            rows.append(f"| `{name}` | {method.family} | {needs} | {_cell(card.summary)} |")
        parts.append(f"## {task.capitalize()}\n\n" + "\n".join(rows) + "\n")
    factories = [
        f"- `{name}:NAME`: {_first_line(inspect.getdoc(factory.load()) or '')}"
        for name, factory in sorted(discovery.factories().items())
    ]
    return (
        "\n".join(parts)
        + "\n## Whole families, by a name after a colon\n\n"
        + "\n".join(factories)
        + "\n"
    )


def _features() -> str:
    parts = ["# Handcrafted features\n\nOf an RGB image without a mask, by family.\n"]
    families: dict[str, list[str]] = {}
    features = HandcraftedFeatures()
    for name in features.names(3):
        families.setdefault(name.partition("_")[0], []).append(name)
    for family, names in families.items():
        listed = ", ".join(f"`{name}`" for name in names)
        parts.append(f"## {family}\n\n{len(names)} features: {listed}\n")
    return "\n".join(parts)


def _study() -> str:
    return (
        "# Keys of a study file\n\n"
        "Every key may be left out. The command line says the same by flags.\n\n"
        "## [study]\n\n"
        + _attributes(Study)
        + "\n## [[claims]]\n\n"
        + _attributes(Claim)
        + "\nMeasures of a claim: "
        + ", ".join(f"`{name}`" for name in MEASURES)
        + ".\n"
    )


def _files() -> str:
    return f"# Files of a results folder\n\n{inspect.getdoc(layout)}\n"


def _python() -> str:
    parts = ["# Python\n"]
    for name in sorted(bench.__all__):
        found = getattr(bench, name)
        kind = "class" if inspect.isclass(found) else "function"
        options = "\n:members:" if kind == "class" else ""
        home = f"{found.__module__}.{name}"
        if inspect.ismodule(found):  # the folder bench.run, which is called to run a study
            kind, home = "function", "bench.api.running.run"
        parts.append(
            f"## `bench.{name}`\n\n```{{eval-rst}}\n.. auto{kind}:: {home}"
            + options.replace("\n", "\n   ")
            + "\n```\n"
        )
    return "\n".join(parts)


def _attributes(described: type) -> str:
    """The section Attributes of a docstring as a table."""
    told = inspect.getdoc(described) or ""
    section = re.split(r"\n(?=\S)", told.partition("Attributes:\n")[2])[0]
    rows = ["| key | |", "|---|---|"]
    for entry in re.split(r"\n(?=    \S)", "\n" + section.rstrip()):
        names, _, text = entry.strip().partition(": ")
        if text:
            rows.append(f"| `{names}` | {_cell(' '.join(text.split()))} |")
    return "\n".join(rows) + "\n"


def _first_line(text: str) -> str:
    return text.partition("\n")[0]


def _cell(text: str) -> str:
    return text.replace("|", r"\|")
