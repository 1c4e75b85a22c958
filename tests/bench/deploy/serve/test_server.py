"""What comes before a server answers."""

import socket

import pytest

from bench.deploy.serve.audit import verify
from bench.deploy.serve.server import Serving, serve
from bench.protocol.errors import UsageError


@pytest.fixture
def free():
    """A port at which nobody listens."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        return other.getsockname()[1]


def test_another_server_that_began_to_listen_while_this_one_loaded_is_told_in_a_sentence(
    free, tmp_path
):
    def load(stack):
        other = stack.enter_context(socket.socket())
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", free))
        other.listen()
        return []

    said = []
    log = tmp_path / "audit.jsonl"
    with pytest.raises(UsageError, match=f"--port {free}: cannot listen there .*--port"):
        serve(Serving("127.0.0.1", free, None, log), load, said.append)
    assert (said, verify(log).lines) == ([], 0)
