"""What the README shows works as it is written there."""

import re
import textwrap
from pathlib import Path

import pytest

from bench import contract, discovery
from bench.cli import cli
from bench.study import Study

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def block(first_line):
    """The indented block that begins with this line."""
    start = README.index(f"    {first_line}")
    lines = []
    for line in README[start:].splitlines():
        if line and not line.startswith("    "):
            break
        lines.append(line)
    return textwrap.dedent("\n".join(lines))


def test_the_plugin_keeps_to_the_contract(tmp_path):
    path = tmp_path / "row_means.py"
    path.write_text(block("# row_means.py").partition("python -m bench")[0])
    method = discovery.plugin(f"{path}:build")
    assert method.name == "row-means"
    assert method.card(method.load()).summary.startswith("Mean brightness")
    contract.check_method(method.load())


def test_the_study_file_is_a_study():
    import tomllib

    Study.from_json(tomllib.loads(block("[study]"))["study"])


@pytest.mark.parametrize(
    "line", sorted(set(re.findall(r"python -m bench (.+?)(?:  +#.*)?$", README, re.M)))
)
def test_every_command_has_known_flags(line):
    line = line.partition("#")[0].strip()
    words = line.split()
    command = cli.commands[words[0]]
    if words[0] == "data":
        command = command.commands[words[1]]
    known = {flag for parameter in command.params for flag in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= known
