"""A server in a process of its own, as its users start it, and clients of it."""

import contextlib
import http.client
import io
import json
import re
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address

import psutil
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from PIL import Image

from bench.deploy.serve import tokens
from tests.bench.deploy import small_data

PATIENCE = 1.0
"""Seconds that the server gives a request to come."""


@dataclass(frozen=True)
class Reply:
    """What the server answered."""

    status: int
    headers: dict
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


HANGUP = getattr(signal, "SIGHUP", signal.SIGTERM)


def heed_hangups():
    signal.signal(HANGUP, signal.SIG_DFL)


class Server:
    """A running `bench serve`; with a context of TLS it is asked by that."""

    def __init__(self, folder, *bundles, options=(), trusting=True, context=None):
        self.folder = folder
        self.audit = folder / "audit.jsonl"
        command = [sys.executable, "-m", "bench", "serve", *map(str, bundles), "--port", "0"]
        command += ["--patience", str(PATIENCE), *map(str, options)]
        command += ["--allow-unsigned"] if trusting else []
        self._context = context
        self.errors = folder / "errors.txt"  # no pipe, which would be full at some time
        with self.errors.open("w") as file:
            self.process = subprocess.Popen(
                command,
                cwd=folder,
                stdout=subprocess.PIPE,
                stderr=file,
                text=True,
                # where the tests run under nohup, it is ignored by all that they start
                preexec_fn=heed_hangups if HANGUP != signal.SIGTERM else None,
            )
        self.said = []
        for line in self.process.stdout:
            self.said.append(line)
            if found := re.search(r"listening on https?://.*:(\d+)$", line):
                self.port = int(found[1])
                return
        raise AssertionError(self.errors.read_text())

    def raw(self, *pieces, pause=0.0, timeout=20.0):
        """The answer to bytes that are sent as they are; None where the server broke off."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=timeout) as client:
            with contextlib.suppress(OSError):
                for piece in pieces:
                    client.sendall(piece)
                    time.sleep(pause)
            response = http.client.HTTPResponse(client)
            try:
                response.begin()
                return Reply(response.status, dict(response.headers), response.read())
            except (http.client.HTTPException, ConnectionError):
                return None

    def ask(self, method, path, body=b"", token="", **further):
        """The answer to an ordinary request; further headers have _ in the place of -."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        if self._context is not None:
            connection = http.client.HTTPSConnection(
                "127.0.0.1", self.port, timeout=30, context=self._context
            )
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers |= {name.replace("_", "-"): value for name, value in further.items()}
        with contextlib.closing(connection):  # also where the server is gone in between
            connection.request(method, path, body or None, headers)
            response = connection.getresponse()
            return Reply(response.status, dict(response.headers), response.read())

    def workers(self):
        """The processes in which bundles are asked."""
        children = psutil.Process(self.process.pid).children()
        return [child for child in children if "workers.slot" in " ".join(child.cmdline())]

    def kill(self):
        """End it as a power cut would."""
        self.process.kill()
        self._close()

    def stop(self, number=signal.SIGTERM):
        """End it as its owner does; its exit status."""
        self.process.send_signal(number)
        try:
            return self.process.wait(20)
        finally:
            self._close()

    def _close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def png(i=0):
    """The bytes of an image as the bundle was trained on."""
    pictures = small_data.images(8, seed=3)["malignant"]
    content = io.BytesIO()
    Image.fromarray(pictures[i % 8]).save(content, "PNG")
    return content.getvalue()


def certificate(folder):
    """The files of a certificate of 127.0.0.1 and of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return folder / "cert.pem", folder / "key.pem"


def make_tokens(path):
    """A file of tokens of every kind: name → token."""
    made = {role: tokens.new(path, role, role, 1)[0] for role in tokens.ROLES}
    made["expired"], short = tokens.new(path, "expired", "predict", 1e-9)
    made["revoked"], gone = tokens.new(path, "revoked", "predict", 1)
    tokens.revoke(path, gone.id)
    assert short.state(time.time()) == "expired"
    return made


def lines_of(path):
    """The lines of an audit log."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
