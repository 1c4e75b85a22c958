import json

import pytest

from bench.cli.main import run_command
from bench.deploy.serve.audit import BEGINNING, AuditLog, verify
from bench.protocol.errors import DataError


@pytest.fixture
def log(tmp_path):
    """A log of six lines."""
    path = tmp_path / "audit.jsonl"
    with AuditLog(path) as opened:
        for i in range(3):
            opened.append([{"event": "a", "n": i}, {"event": "b", "text": "ä\u2028<"}])
    return path


def lines(path):
    return path.read_bytes().splitlines(keepends=True)


def test_a_log_as_it_was_written_is_whole(log, capsys):
    found = verify(log)
    rows = [json.loads(line) for line in lines(log)]
    assert (found.lines, found.head, found.torn) == (6, rows[-1]["digest"], 0)
    assert rows[0]["before"] == BEGINNING
    assert run_command(["audit", "verify", str(log)]) == 0
    assert "6 lines as they were written" in capsys.readouterr().out


def test_it_goes_on_where_it_ended(log):
    with AuditLog(log) as opened:
        opened.append([{"event": "c"}])
    assert verify(log).lines == 7


@pytest.mark.parametrize("number", range(6))
def test_every_changed_byte_is_found_with_its_line(log, number):
    whole = lines(log)
    for place in range(0, len(whole[number]) - 1, 7):  # without its end: see torn lines
        line = bytearray(whole[number])
        line[place] ^= 1
        log.write_bytes(b"".join([*whole[:number], bytes(line), *whole[number + 1 :]]))
        with pytest.raises(DataError, match=rf"line {number + 1}: (was changed|does not follow)"):
            verify(log)


@pytest.mark.parametrize("number", range(5))
def test_a_removed_line_is_found(log, number):
    whole = lines(log)
    log.write_bytes(b"".join(whole[:number] + whole[number + 1 :]))
    with pytest.raises(DataError, match=rf"line {number + 1}: does not follow the line before"):
        verify(log)


def test_lines_that_were_moved_or_put_in_are_found(log):
    whole = lines(log)
    log.write_bytes(b"".join([*whole[:2], whole[3], whole[2], *whole[4:]]))
    with pytest.raises(DataError, match="line 3: does not follow"):
        verify(log)
    log.write_bytes(b"".join([*whole[:2], whole[1], *whole[2:]]))
    with pytest.raises(DataError, match="line 3: does not follow"):
        verify(log)


def test_the_same_content_written_otherwise_is_found(log):
    whole = lines(log)
    log.write_bytes(b"".join([*whole[:3], json.dumps(json.loads(whole[3])).encode() + b"\n"]))
    with pytest.raises(DataError, match="line 4: was changed"):
        verify(log)


def test_a_cut_end_shows_by_a_receipt(log, capsys):
    whole = lines(log)
    receipt = json.loads(whole[-1])["digest"]
    assert verify(log, [receipt]).receipts == {receipt: 6}
    log.write_bytes(b"".join(whole[:-1]))
    assert verify(log).lines == 5
    assert run_command(["audit", "verify", str(log), "--receipt", receipt]) == 2
    assert "cut off behind line 5" in capsys.readouterr().err


def test_a_torn_last_line_is_told_taken_away_and_written_down(log, capsys):
    whole = log.read_bytes()
    log.write_bytes(whole[:-10])
    torn = len(lines(log)[-1])
    assert run_command(["audit", "verify", str(log)]) == 0
    assert f"{torn} bytes of a line that was not written to its end" in capsys.readouterr().out
    with AuditLog(log) as opened:
        assert opened.repaired == torn
    rows = [json.loads(line) for line in lines(log)]
    assert [row["event"] for row in rows] == [*"abab", "a", "repaired"]
    assert rows[-1]["bytes"] == torn
    assert verify(log).torn == 0


def test_a_whole_last_line_without_its_newline_is_counted_and_completed(log, capsys):
    with AuditLog(log) as opened:
        (receipt,) = opened.append([{"event": "prediction", "answer": [{"frame": None}]}])
    whole = log.read_bytes()
    log.write_bytes(whole[:-1])
    assert run_command(["audit", "verify", str(log), "--receipt", receipt]) == 0
    said = capsys.readouterr().out
    assert "7 lines as they were written" in said
    assert "line 7 is whole, only its newline is missing" in said
    assert "not written to its end" not in said
    with AuditLog(log) as opened:
        assert (opened.repaired, opened.ended, opened.lines) == (0, True, 7)
        assert log.read_bytes() == whole
        opened.append([{"event": "c"}])
    found = verify(log, [receipt])
    assert (found.lines, found.unended, found.receipts) == (8, False, {receipt: 7})


@pytest.mark.parametrize("end", [b"", b" ", b"\r", b"my notes", b"\xc3"])
def test_a_whole_last_line_that_was_changed_is_not_taken_for_torn(log, end):
    with AuditLog(log) as opened:
        opened.append([{"event": "prediction", "answer": [{"frame": None}]}])
    whole = log.read_bytes()[:-1]
    before = whole + end if end else whole.replace(b"prediction", b"predictiom")
    log.write_bytes(before)
    for look in (lambda: verify(log), lambda: AuditLog(log).__enter__()):
        with pytest.raises(DataError, match="line 7: was changed"):
            look()
    assert log.read_bytes() == before


@pytest.mark.parametrize("end", [1, 9, 40, 120])
def test_a_first_line_that_is_torn_anywhere_is_taken_away(log, end):
    log.write_bytes(log.read_bytes()[:end])
    with AuditLog(log) as opened:
        assert (opened.repaired, opened.lines) == (end, 1)


def test_an_answer_that_is_torn_is_taken_away(log):
    with AuditLog(log) as opened:
        opened.append([{"event": "prediction", "answer": [{"frame": None, "models": []}]}])
    log.write_bytes(log.read_bytes()[:-200])
    with AuditLog(log) as opened:
        assert (opened.repaired > 0, opened.lines) == (True, 7)


@pytest.mark.parametrize(
    "content",
    [b"my private notes", b'{"notes":"my only copy"}', b'{"answer":"my only copy"}', b"\0" * 9],
)
@pytest.mark.parametrize("kept", [0, 6])
def test_what_does_not_begin_as_a_line_is_not_taken_away(log, content, kept):
    before = b"".join(lines(log)[:kept]) + content
    log.write_bytes(before)
    for look in (lambda: verify(log), lambda: AuditLog(log).__enter__()):
        with pytest.raises(DataError, match=f"line {kept + 1}: is no line of an audit log, nor"):
            look()
    assert log.read_bytes() == before


def test_a_torn_line_of_another_log_is_not_taken_away(log, tmp_path):
    with AuditLog(tmp_path / "other") as other:
        other.append([{"event": "a"}])
    before = log.read_bytes() + (tmp_path / "other").read_bytes()[:-9]
    log.write_bytes(before)
    with pytest.raises(DataError, match="line 7: is no line"), AuditLog(log):
        pass
    assert log.read_bytes() == before


def test_a_log_that_was_changed_is_not_written_on(log):
    whole = lines(log)
    log.write_bytes(b"".join(whole[1:]))
    with pytest.raises(DataError, match="line 1"), AuditLog(log):
        pass
    assert lines(log) == whole[1:]


def test_two_servers_do_not_write_the_same_log(log):
    with (
        AuditLog(log),
        pytest.raises(DataError, match="another server writes to it"),
        AuditLog(log),
    ):
        pass


@pytest.mark.parametrize(
    "content", [b"[]\n", b"{}\n", b"\xff\n", b"null\n", b'{"number":1}\n', b"[" * 9999 + b"\n"]
)
def test_what_is_no_log_is_said_to_be_none(tmp_path, content):
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(DataError, match="line 1: was changed, it is no line of an audit log"):
        verify(tmp_path / "x")


def test_a_line_without_end_is_refused(tmp_path):
    (tmp_path / "x").write_bytes(b"a" * 1_100_000)
    with pytest.raises(DataError, match="line 1"):
        verify(tmp_path / "x")


def test_what_cannot_be_written_leaves_nothing_behind(log):
    before = log.read_bytes()
    with AuditLog(log) as opened:
        with pytest.raises(TypeError):
            opened.append([{"event": "a"}, {"event": object()}])
        assert log.read_bytes() == before
        opened.append([{"event": "c"}])
    assert verify(log).lines == 7
