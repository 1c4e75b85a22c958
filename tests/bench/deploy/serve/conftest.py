"""One bundle and one server with tokens for all tests of this folder."""

import pytest

from tests.bench.deploy import small_data
from tests.bench.deploy.serve.running import Server, make_tokens


@pytest.fixture(scope="session")
def bundle_path(tmp_path_factory):
    root = tmp_path_factory.mktemp("served")
    return small_data.train(small_data.write_folder(root / "lumps"), root / "a.bench")


@pytest.fixture(scope="session")
def kinds(tmp_path_factory):
    """The file of tokens, and name → token."""
    path = tmp_path_factory.mktemp("tokens") / "tokens.json"
    return path, make_tokens(path)


@pytest.fixture(scope="session")
def server(bundle_path, kinds, tmp_path_factory):
    options = ("--tokens", kinds[0], "--most", "1MB", "--rate", "10000")
    running = Server(tmp_path_factory.mktemp("server"), bundle_path, options=options)
    yield running
    assert running.stop() == 0


@pytest.fixture(scope="session")
def tokens(kinds):
    return kinds[1]
