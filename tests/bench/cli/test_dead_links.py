"""A link that leads nowhere is told as such by every command that is given one."""

import pytest
from PIL import Image

from bench.cli.main import run_command
from bench.protocol.errors import dead_link, nearest_path

SAID = "is a link that leads nowhere, to gone. Correct or remove it."

RUN = "run --dataset phantom-null --method class-prior"
COMMANDS = [
    "status link",
    "report link",
    "open link",
    "crate link new",
    f"{RUN} --out link",
    f"{RUN} --out link/below",
    f"{RUN} --out link --dry-run",
    "train --dataset phantom-null --from link --champions --out new.bench",
    "run --data link --method class-prior",
    "run --data link/below --method class-prior",
    "run --dataset phantom-null --method class-prior --external here=link",
    "train --data link --method svm --out new.bench",
    "data check link",
    "data describe link --croissant",
    "init link",
    "bundle show link",
    "bundle verify link",
    "predict link images",
    "export link --onnx new.onnx",
    "serve link",
    "monitor link p.csv",
    "compare link",
    "compare p.csv --out link",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_link_that_leads_nowhere_is_told(command, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link").symlink_to("gone")
    (tmp_path / "p.csv").write_text("case,label,model,score\n")
    (tmp_path / "images").mkdir()
    Image.new("L", (8, 8)).save(tmp_path / "images" / "a.png")
    assert run_command(command.split()) == 2
    assert SAID in capsys.readouterr().err
    assert {path.name for path in tmp_path.iterdir()} <= {
        *("link", "p.csv", "images"),
        *("audit.jsonl", "audit.jsonl.lock"),
    }


def test_a_link_is_told_with_what_lies_below_it(tmp_path):
    (tmp_path / "link").symlink_to("gone")
    (tmp_path / "circle").symlink_to("circle")
    (tmp_path / "real").mkdir()
    (tmp_path / "well").symlink_to("real")
    assert dead_link(tmp_path / "link").startswith(" It is a link")
    assert nearest_path(tmp_path / "link" / "a.png").startswith(f" {tmp_path / 'link'} is a link")
    assert "to circle" in dead_link(tmp_path / "circle")
    for name in ("real", "well", "well/none", "none"):
        assert dead_link(tmp_path / name) == ""
