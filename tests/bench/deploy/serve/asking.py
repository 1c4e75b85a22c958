"""A guarded application that is asked in this process, without workers and without a port."""

import asyncio
import re
from types import SimpleNamespace

import numpy as np

from bench.deploy import contents
from bench.deploy.reference import Reference
from bench.deploy.serve.app import application
from bench.deploy.serve.dispatcher import Dispatcher
from bench.deploy.serve.drift import EndlessWatch
from bench.deploy.serve.guard import Guard, Rules
from bench.deploy.serve.metrics import Metrics
from bench.deploy.serve.tokens import Door
from tests.bench.deploy.serve.running import Reply

HOST = "clinic.example"


class Inside:
    """A server of a bundle that is described and never asked about an image.

    Args:
        bundle_path: of the bundle.
        tokens: the file of tokens, None for none.
    """

    def __init__(self, bundle_path, tokens=None):
        manifest = contents.read(bundle_path, allow_unsigned=True).manifest
        remembered = Reference({"x": np.arange(100.0)}, {}, {})
        bundle = SimpleNamespace(
            manifest=manifest, digest="a" * 64, signer="", reference=remembered
        )
        dispatcher = Dispatcher([bundle], list, [EndlessWatch(bundle)])
        metrics = Metrics(dispatcher)
        door = None if tokens is None else Door(tokens)
        app = application(dispatcher, metrics, 1_000_000, 1.0, door is not None)
        self._guard = Guard(app, Rules(names=(HOST,)), door, metrics)

    def ask(self, method, path, body=b"", **headers):
        """The answer to a request; headers have _ in the place of -."""
        named = {"host": HOST, "content_length": str(len(body))} | headers
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [(k.replace("_", "-").encode(), v.encode()) for k, v in named.items()],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }
        told = []

        async def receive():
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message):
            told.append(message)

        asyncio.run(self._guard(scope, receive, send))
        first, *more = told
        headers = {name.decode(): value.decode() for name, value in first["headers"]}
        return Reply(first["status"], headers, b"".join(part.get("body", b"") for part in more))


def addresses(page, script):
    """All that a page and its script ask for, as it stands there."""
    found = re.findall(r'(?:href|src)="([^"]*)"', page)
    found += re.findall(r'(?:request|fetch)\("([^"]*)"', script)
    return [one for one in (*found, *re.findall(r"place = `([^`]*)`", script)) if one != "data:,"]
