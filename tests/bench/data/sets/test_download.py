"""Downloads from servers that cut, lie, refuse, crawl and send something else."""

import contextlib
import hashlib
import http.server
import re
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from bench.cli.main import run_command
from bench.data.folders.medmnist_facts import SETS, Facts
from bench.data.sets import medmnist
from bench.data.sets.download import Patience, download
from bench.protocol.errors import DataError, DataUnavailable

CONTENT = np.random.default_rng(1).bytes(400_000)
MD5 = hashlib.md5(CONTENT).hexdigest()
QUICK = Patience(attempts=3, first_wait=0.01, timeout=0.4, window=0.3, least=1000)


class Server:
    """A local server of one file, which answers as the test says.

    Attributes:
        faults: one per request, in order, then none; see `answer`.
        ranges: the Range headers that came in.
    """

    def __init__(self):
        self.faults, self.ranges = [], []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                # a client that has given up, as it should
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    outer.answer(self)

            def log_message(self, *_):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}/f.npz"
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    def answer(self, request):
        fault = self.faults.pop(0) if self.faults else ""
        asked = request.headers.get("Range", "")
        self.ranges.append(asked)
        start = int(re.fullmatch(r"bytes=(\d+)-", asked)[1]) if asked else 0
        if fault == "no answer":
            return
        if fault == "nonsense":
            request.wfile.write(b"\x00\x01\x02 nonsense\r\n\r\n")
            return
        if fault == "hang":
            time.sleep(2 * QUICK.timeout)
            return
        if fault in ("301", "302", "307", "loop"):
            request.send_response(302 if fault == "loop" else int(fault))
            request.send_header("Location", request.path if fault == "loop" else "/elsewhere")
            request.send_header("Content-Length", "0")
            request.end_headers()
            return
        if fault.isdigit():
            request.send_error(int(fault))
            return
        if start >= len(CONTENT) and asked:
            request.send_response(416)
            request.send_header("Content-Range", f"bytes */{len(CONTENT)}")
            request.send_header("Content-Length", "0")
            request.end_headers()
            return
        if fault == "no range":
            start, asked = 0, ""
        if fault == "other range":
            start -= 1000
        body = CONTENT[start:]
        if fault == "wrong":
            body = bytes(len(body))
        told = {"too long": len(body) + 500, "too short": len(body) - 500}.get(fault, len(body))
        request.send_response(206 if asked else 200)
        request.send_header("Content-Type", "text/html" if fault == "page" else "application/zip")
        if fault not in ("no length", "endless"):
            length = {"huge": 10**15, "no number": "many"}.get(fault, told)
            request.send_header("Content-Length", str(length))
        if asked:
            span = f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}"
            request.send_header("Content-Range", span)
        request.end_headers()
        if fault == "drip":
            for i in range(40):
                request.wfile.write(body[i : i + 1])
                time.sleep(0.05)
            return
        if fault == "endless":
            for _ in range(100):
                request.wfile.write(bytes(100_000))
            return
        request.wfile.write(body[: len(body) // 2] if fault == "cut" else body)

    def close(self):
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()


@pytest.fixture
def server():
    running = Server()
    yield running
    running.close()


def get(server, tmp_path, **options):
    options.setdefault("patience", QUICK)
    return download(server.url, tmp_path / "d" / "f.npz", MD5, **options)


def left(tmp_path):
    return sorted(path.name for path in (tmp_path / "d").iterdir())


def test_a_download_is_reported_checked_and_not_repeated(server, tmp_path):
    told = []
    path = get(server, tmp_path, progress=lambda *now: told.append(now))
    assert path.read_bytes() == CONTENT
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert get(server, tmp_path) == path
    assert server.ranges == [""]
    assert left(tmp_path) == ["f.npz"]


def test_a_cut_download_is_resumed_where_it_stopped(server, tmp_path):
    server.faults = ["cut", "cut"]
    assert get(server, tmp_path).read_bytes() == CONTENT
    assert server.ranges == ["", "bytes=200000-", "bytes=300000-"]


def test_a_later_command_goes_on_where_an_earlier_one_gave_up(server, tmp_path):
    server.faults = ["cut", "500", "500", "500"]
    with pytest.raises(DataUnavailable, match="goes on from the 200,000 bytes"):
        get(server, tmp_path)
    assert left(tmp_path) == ["f.npz.part"]
    assert get(server, tmp_path).read_bytes() == CONTENT
    assert server.ranges[-1] == "bytes=200000-"
    assert left(tmp_path) == ["f.npz"]


def test_a_connection_that_is_cut_often_but_brings_something_is_not_given_up(server, tmp_path):
    server.faults = ["cut"] * 10
    assert get(server, tmp_path).read_bytes() == CONTENT
    assert len(server.ranges) == 11


RECOVERED = [
    ["no answer"],
    ["nonsense"],
    ["hang"],
    ["drip"],
    ["500", "503"],
    ["429"],
    ["408"],
    ["cut", "no range"],
    ["cut", "no range", "cut", "no range"],
    ["cut", "other range"],
    ["too long"],
    ["too long", "too long", "too long"],
    ["no length"],
    ["no number"],
    ["301"],
    ["302"],
    ["307"],
    ["cut", "302"],
    ["cut", "wrong"],  # put together it is not the file, so it is got anew
    ["cut", "416"],
]


@pytest.mark.slow
@pytest.mark.parametrize("faults", RECOVERED, ids=" ".join)
def test_the_whole_file_arrives_in_spite_of(server, tmp_path, faults):
    server.faults = list(faults)
    assert get(server, tmp_path).read_bytes() == CONTENT
    assert left(tmp_path) == ["f.npz"]


GIVEN_UP = [
    (["404"], "404 Not Found. The file is not to be had there", 1),
    (["403"], "403", 1),
    (["410"], "410", 1),
    (["page"], "web page", 1),
    (["wrong"], "other bytes than those published", 1),
    (["too short"], "399,500 bytes with checksum", 1),
    (["cut", "wrong", "wrong"], "checksum", 3),
    (["huge"], "larger than it should be", 1),
    (["endless"], "does not end", 1),
    (["loop"] * 20, "redirect error", None),
    (["500"] * 3, "500 Internal Server Error. Check the connection", 3),
    (["no answer"] * 3, "cannot be reached", 3),
    (["hang"] * 3, "timed out", 3),
    (["drip"] * 20, "next to nothing", None),
]


@pytest.mark.slow
@pytest.mark.parametrize(("faults", "message", "requests"), GIVEN_UP, ids=lambda v: str(v)[:30])
def test_is_given_up_with_a_clear_message(server, tmp_path, faults, message, requests):
    server.faults = list(faults)
    largest = 5_000_000 if "endless" in faults else 10**9
    with pytest.raises(DataUnavailable) as caught:
        get(server, tmp_path, largest=largest)
    text = str(caught.value)
    assert message in text
    assert server.url in text
    assert "\n" not in text
    if requests is not None:
        assert len(server.ranges) == requests
    assert "f.npz" not in left(tmp_path)


def test_offline_the_message_says_so_and_what_to_do(server, tmp_path):
    server.close()
    with pytest.raises(DataUnavailable, match=r"offline\?.*run the same command.*\$BENCH_DATA"):
        get(server, tmp_path)
    assert left(tmp_path) == []


def test_a_server_without_a_name_is_offline_too(tmp_path):
    with pytest.raises(DataUnavailable, match=r"nowhere\.invalid cannot be reached"):
        download("http://nowhere.invalid/f", tmp_path / "f", MD5, patience=QUICK)


def test_a_part_of_another_file_is_replaced(server, tmp_path):
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "f.npz.part").write_bytes(b"another file" * 1000)
    assert get(server, tmp_path).read_bytes() == CONTENT
    assert server.ranges == ["bytes=12000-", ""]


@pytest.mark.parametrize("extra", [b"", b"and more"])
def test_a_part_that_is_complete_or_longer_is_recognised(server, tmp_path, extra):
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "f.npz.part").write_bytes(CONTENT + extra)
    assert get(server, tmp_path).read_bytes() == CONTENT
    assert len(server.ranges) == (2 if extra else 1)


def test_a_file_with_another_checksum_is_replaced_once_the_new_one_is_complete(server, tmp_path):
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "f.npz").write_bytes(b"damaged")
    server.faults = ["404"]
    with pytest.raises(DataUnavailable):
        get(server, tmp_path)
    assert (tmp_path / "d" / "f.npz").read_bytes() == b"damaged"
    assert get(server, tmp_path).read_bytes() == CONTENT


def test_a_folder_that_cannot_be_made_is_named(server, tmp_path):
    (tmp_path / "d").write_text("a file")
    with pytest.raises(DataError, match="cannot be written"):
        get(server, tmp_path)


def test_a_disk_without_room_is_noticed_before_anything_is_read(server, tmp_path, monkeypatch):
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr("bench.data.sets.download.shutil.disk_usage", lambda _: usage)
    with pytest.raises(DataError, match="400,000 bytes are missing, and 1,000 are free"):
        get(server, tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="no such lock there")
def test_two_processes_do_not_write_the_same_part(server, tmp_path):
    code = """
        import fcntl, sys, time
        file = open(sys.argv[1], "ab")
        fcntl.flock(file, fcntl.LOCK_EX)
        print("locked", flush=True)
        time.sleep(60)
    """
    (tmp_path / "d").mkdir()
    script = "\n".join(line.strip() for line in code.splitlines())
    other = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "d" / "f.npz.part")], stdout=subprocess.PIPE
    )
    try:
        assert other.stdout.readline() == b"locked\n"
        with pytest.raises(DataUnavailable, match="another process"):
            get(server, tmp_path)
    finally:
        other.kill()
        other.communicate()
    assert get(server, tmp_path).read_bytes() == CONTENT


@pytest.fixture
def published(server, tmp_path, monkeypatch):
    """BreastMNIST is what the local server has."""
    facts = SETS["breastmnist"]
    known = Facts(facts.class_names, 0, 1, facts.cases, facts.licence, {28: MD5, 64: MD5})
    monkeypatch.setitem(SETS, "breastmnist", known)
    monkeypatch.setattr(medmnist, "BASE", server.url.removesuffix("/f.npz"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "d"))
    return server


def test_the_command_gets_a_set_by_name_and_size_and_tells_how_far_it_is(
    published, tmp_path, capsys
):
    assert run_command(["data", "get", "breastmnist", "--size", "64"]) == 0
    told = capsys.readouterr().out.splitlines()
    (path,) = (tmp_path / "d").rglob("breastmnist_64.npz")
    assert path.read_bytes() == CONTENT
    assert told[-1] == f"breastmnist: {path}"
    assert "breastmnist: 100 % of 0.4 MB" in told


def test_on_a_terminal_a_bar_shows_how_far_it_is(published, monkeypatch, capsys):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "100")
    assert run_command(["data", "get", "breastmnist"]) == 0
    told = capsys.readouterr()
    assert "400.0/400.0 kB" in told.err
    assert len(told.out.splitlines()) == 1


def test_all_names_are_looked_at_before_the_first_is_downloaded(published, capsys):
    assert run_command(["data", "get", "breastmnist", "chestmnist"]) == 2
    assert "multi-label" in capsys.readouterr().err
    assert published.ranges == []


def test_a_download_that_fails_ends_with_status_2_and_one_line(published, capsys):
    published.faults = ["404"]
    assert run_command(["data", "get", "breastmnist"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("Error: http")
    assert "404" in line
