"""Whatever is sent, there is a clear refusal, and the server answers the next one."""

import concurrent.futures
import json
import socket
import time
from collections import Counter

import psutil
import pytest

from bench.deploy.serve.app import AT_ONCE
from bench.deploy.serve.audit import verify
from tests.bench.deploy.serve import hostile_requests
from tests.bench.deploy.serve.hostile_requests import BOMB, MARK, TOKEN, get, post
from tests.bench.deploy.serve.running import PATIENCE, lines_of, png

pytestmark = [pytest.mark.slow, pytest.mark.processes]

REQUESTS = hostile_requests.requests()


def filled(content, token):
    return content.replace(TOKEN, token.encode()).replace(TOKEN[:-1], token[:-1].encode())


def test_there_are_at_least_sixty_kinds():
    assert len(REQUESTS) >= 60


@pytest.mark.parametrize("name", REQUESTS)
def test_it_is_refused_and_the_next_is_answered(server, tokens, name):
    hostile = REQUESTS[name]
    reply = server.raw(filled(hostile.content, tokens[hostile.kind]))
    assert reply is not None, "no answer"
    assert reply.status in hostile.statuses, reply
    assert MARK.encode() not in reply.body
    if reply.headers.get("content-type") == "application/json":
        assert reply.json.get("error", "").endswith(".") or reply.status == 200
    else:
        assert reply.body == b"Invalid HTTP request received."
    assert server.ask("GET", "/healthz").status == 200


@pytest.mark.parametrize("name", hostile_requests.HARMLESS)
def test_it_is_taken_for_what_it_is(server, tokens, name):
    reply = server.raw(filled(hostile_requests.HARMLESS[name], tokens["predict"]))
    assert len(reply.json["images"]) == 1


def test_an_image_that_is_large_when_unpacked_is_read_or_refused_within_its_limits(server, tokens):
    reply = server.raw(filled(post(BOMB), tokens["predict"]))
    assert reply.status in (200, 422, 503)
    assert server.ask("POST", "/predict", png(), tokens["predict"]).status == 200


def test_names_that_a_client_gives_are_used_for_nothing(server, tokens):
    name = f'Content-Disposition: form-data; filename="../../{MARK}.png"'.encode()
    before = sorted(server.folder.rglob("*"))
    reply = server.raw(filled(post(png(), name, b"X-Filename: /tmp/harm"), tokens["predict"]))
    assert reply.status == 200
    assert MARK.encode() not in reply.body
    assert MARK not in server.audit.read_text(encoding="utf-8")
    assert sorted(server.folder.rglob("*")) == before


def test_what_was_sent_once_and_is_sent_again_is_an_answer_and_a_line_of_its_own(server, tokens):
    sent = filled(post(png()), tokens["predict"])
    first, again = server.raw(sent).json, server.raw(sent).json
    assert first["images"] == again["images"]
    assert first["receipt"] != again["receipt"]
    assert verify(server.audit, [first["receipt"], again["receipt"]]).lines >= 2
    used_as_token = server.ask("POST", "/predict", png(), first["receipt"])
    assert used_as_token.status in (401, 429)


def slow(port, pieces, pause):
    """Seconds until the server breaks off or answers, and what it answered."""
    begun, got = time.monotonic(), b""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        client.settimeout(pause)
        for piece in pieces:
            try:
                client.sendall(piece)
                found = client.recv(4096)
            except TimeoutError:
                continue
            except OSError:
                break
            got += found
            if not found or b"\r\n\r\n" in got:
                break
    return time.monotonic() - begun, got


def test_who_sends_slowly_is_cut_off_while_others_are_answered(server, tokens):
    header = filled(post(b"", length=100), tokens["predict"])
    every = {
        "nothing": [b""] * 100,
        "a header byte by byte": [bytes([byte]) for byte in header[:100]],
        "a body byte by byte": [header, *[b"a"] * 100],
        "a second header": [b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nG", *[b"E"] * 100],
    }
    with concurrent.futures.ThreadPoolExecutor(32) as clients:
        asked = [clients.submit(slow, server.port, p, 0.25) for p in [*every.values()] * 8]
        time.sleep(PATIENCE / 2)
        assert server.ask("POST", "/predict", png(), tokens["predict"]).status == 200
        found = [one.result() for one in asked]
    assert max(seconds for seconds, _ in found) < 6 * PATIENCE
    assert all(got.startswith(b"HTTP/1.1 408") for _, got in found[2::4])
    assert all(not got for _, got in found[0::4] + found[1::4])


def test_uploads_that_never_end_take_no_more_memory_than_there_is_room_for(server, tokens):
    most, clients = hostile_requests.LIMIT, 20
    sent = filled(post(b"", length=most), tokens["predict"]) + bytes(most - 1)

    def upload(_):
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client:
            try:
                client.sendall(sent)
                return client.recv(12)
            except ConnectionError:  # no room, and what it sent further was not read
                return b"HTTP/1.1 429"

    with concurrent.futures.ThreadPoolExecutor(clients) as pool:
        found = Counter(pool.map(upload, range(clients)))
    assert found.keys() == {b"HTTP/1.1 429", b"HTTP/1.1 408"}
    assert found[b"HTTP/1.1 429"] >= clients - AT_ONCE
    assert server.ask("POST", "/predict", png(), tokens["predict"]).status == 200


def test_who_follows_a_link_to_the_page_sees_it_and_no_more(server):
    link = (b"Sec-Fetch-Site: cross-site", b"Sec-Fetch-Mode: navigate")
    assert server.raw(get(b"/", *link)).status == 200
    assert server.raw(get(b"/model", *link)).status == 403


def test_wrong_tokens_are_slowed_down_and_right_ones_are_not(server, tokens):
    statuses = [server.ask("POST", "/predict", png(), "wrong").status for _ in range(20)]
    assert set(statuses) <= {401, 429}
    assert statuses[-1] == 429
    assert server.ask("POST", "/predict", png(), tokens["predict"]).status == 200


def test_after_all_that_it_is_the_same_process_with_a_whole_log_and_nothing_of_a_patient(server):
    assert server.process.poll() is None
    assert psutil.Process(server.process.pid).num_fds() < 100
    assert "Traceback" not in server.errors.read_text()
    assert verify(server.audit).torn == 0
    text = json.dumps(lines_of(server.audit), ensure_ascii=False)
    assert "h4rm" not in text
    events = {row["event"] for row in lines_of(server.audit)}
    assert events <= {"started", "prediction", "refused", "label"}
