"""Each command is a module, and hands on one typed object."""

import ast
import inspect
from dataclasses import fields
from pathlib import Path

import click
import pytest

import bench
from bench.cli.compare import CompareOptions, compare
from bench.cli.data_check import CheckOptions, check
from bench.cli.init import init
from bench.cli.main import cli, run_command
from bench.cli.run import run
from bench.cli.train import train
from bench.run.options import RunOptions


@pytest.mark.parametrize(
    ("command", "options"),
    [(run, RunOptions), (compare, CompareOptions), (check, CheckOptions)],
    ids=["run", "compare", "data check"],
)
def test_every_parameter_of_a_command_is_a_field_and_the_other_way_round(command, options):
    given = {p.name for p in command.params if p.expose_value}
    assert given == {field.name for field in fields(options)}


@pytest.mark.parametrize("command", [run, init, train, check], ids=lambda command: command.name)
def test_what_a_refused_manifest_is_told_to_add_every_command_that_reads_one_has(command):
    flags = {flag for parameter in command.params for flag in parameter.opts}
    told = {"--allow-outside", "--column", "--drop-unlabelled", "--keep-column", "--drop-column"}
    assert told <= flags


@pytest.mark.parametrize(
    ("command", "option"),
    [
        (["train", "--data", "d", "--method", "a", "--out", "x", "--method", "b"], "--method"),
        (["run", "--margin", "0.1", "--margin", "0.2"], "--margin"),
        (["data", "check", "d", "--size", "32", "--size=64"], "--size"),
    ],
)
def test_an_option_of_one_value_that_is_given_two_is_refused(command, option, capsys):
    assert run_command(command) == 2
    said = capsys.readouterr().err
    assert said == f"Error: {option} takes one value and is given 2 times.\n"


def test_options_that_may_be_given_again_and_flags_are_not(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    command = ["run", "--method", "class-prior", "--method", "svm", "--offline", "--offline"]
    assert run_command([*command, "--dataset", "phantom-null", "--dry-run"]) == 0


def test_options_without_arguments_are_what_the_command_line_says_without_flags():
    context = run.make_context("run", [])
    assert RunOptions(**context.params) == RunOptions()


def commands(group):
    for command in group.commands.values():
        if isinstance(command, click.Group):
            yield from commands(command)
        else:
            yield command


def test_every_command_has_a_module_of_its_own():
    """Those of bundles and keys share one, as do those of tokens."""
    homes = [inspect.unwrap(command.callback).__module__ for command in commands(cli)]
    assert {home for home in homes if homes.count(home) > 1} == {
        "bench.cli.bundle",
        "bench.cli.serving.tokens",
    }
    assert all(home.startswith("bench.cli.") for home in homes)
    assert "bench.cli.main" not in homes


@pytest.mark.parametrize("command", [*commands(cli)], ids=lambda command: command.name)
def test_every_command_can_show_tracebacks(command):
    assert "--debug" in {flag for parameter in command.params for flag in parameter.opts}


@pytest.mark.slow
def test_no_function_of_the_engine_has_more_than_seven_parameters():
    """Constructors of estimators may, but there is none in the engine."""
    many = []
    for path in sorted(Path(bench.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name != "__init__":
                names = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
                if len([n for n in names if n.arg not in ("self", "cls")]) > 7:
                    many.append(f"{path.name}: {node.name}")
    assert many == []
