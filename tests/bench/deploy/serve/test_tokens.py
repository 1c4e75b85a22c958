import json
import os
import stat
import time

import pytest

from bench.cli.main import run_command
from bench.deploy.serve import tokens
from bench.protocol.errors import DataError, UsageError


@pytest.fixture
def path(tmp_path):
    return tmp_path / "tokens.json"


def test_a_token_is_shown_once_and_kept_as_a_digest(path, capsys):
    assert run_command(["tokens", "new", "Ward 3", "--role", "read", "--file", str(path)]) == 0
    secret = capsys.readouterr().out.strip()
    text = path.read_text(encoding="utf-8")
    assert secret not in text
    assert secret.removeprefix(tokens.START) not in text
    (kept,) = tokens.read(path)
    assert (kept.name, kept.role, kept.sha256) == ("Ward 3", "read", tokens.digest_of(secret))
    assert len(secret) >= len(tokens.START) + 43  # 256 bits


@pytest.mark.skipif(os.name == "nt", reason="no such modes there")
def test_only_its_owner_reads_the_file(path):
    tokens.new(path, "a", "predict", 1)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_door_knows_its_tokens_and_no_other(path):
    secret, made = tokens.new(path, "a", "predict", 1)
    door = tokens.Door(path)
    assert door.token(secret) == made
    for wrong in ("", secret[:-1], secret + "a", made.sha256, made.id, "\udcff", secret.lower()):
        assert door.token(wrong) is None


def test_what_changes_in_the_file_holds_at_once(path):
    secret, made = tokens.new(path, "a", "predict", 1)
    door = tokens.Door(path)
    later, _ = tokens.new(path, "b", "predict", 1)
    tokens.revoke(path, made.id)
    assert door.token(secret).state(time.time()) == "revoked"
    assert door.token(later).state(time.time()) == "valid"
    path.write_text("broken")
    assert door.token(later) is None


def test_a_token_expires(path):
    _, made = tokens.new(path, "a", "predict", 2)
    assert made.state(made.created + 2 * 86_400 - 1) == "valid"
    assert made.state(made.created + 2 * 86_400) == "expired"


def test_tokens_are_listed_and_revoked_by_their_id(path, capsys):
    _, made = tokens.new(path, "Ward 3", "admin", 1)
    assert run_command(["tokens", "revoke", made.id, "--file", str(path)]) == 0
    assert run_command(["tokens", "list", "--file", str(path)]) == 0
    assert f"{made.id}  admin    revoked" in capsys.readouterr().out
    near = made.id[:-1]
    assert run_command(["tokens", "revoke", near, "--file", str(path)]) == 2
    assert made.id in capsys.readouterr().err


@pytest.mark.parametrize("days", [0, -1, float("nan"), float("inf"), 1e9])
def test_a_token_is_valid_for_a_time(path, days):
    with pytest.raises(UsageError, match="--days"):
        tokens.new(path, "a", "predict", days)


@pytest.mark.parametrize("name", ["", "a\nb", "\x1b[31m", "x" * 81, "<b>"])
def test_a_name_is_one(path, name):
    with pytest.raises(UsageError, match="a name has"):
        tokens.new(path, name, "predict", 1)


@pytest.mark.parametrize(
    "field",
    [
        {"role": "root"},
        {"expires": float("nan")},
        {"expires": "never"},
        {"sha256": "abc"},
        {"revoked": "no"},
        {"more": 1},
        {"id": 7},
    ],
)
def test_a_file_that_is_not_as_it_was_written_lets_nobody_in(path, field):
    tokens.new(path, "a", "predict", 1)
    table = json.loads(path.read_text(encoding="utf-8"))
    table["tokens"][0].update(field)
    path.write_text(json.dumps(table))
    with pytest.raises(DataError, match="is no file of tokens, or is damaged"):
        tokens.read(path)


def test_a_file_that_is_not_there_is_named(path, capsys):
    tokens.new(path, "a", "predict", 1)
    assert run_command(["tokens", "list", "--file", str(path.with_name("token.json"))]) == 2
    assert "Did you mean" in capsys.readouterr().err
