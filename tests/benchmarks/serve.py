"""How a server of a bundle holds under load: errors, latency, memory, processor seconds.

    python tests/benchmarks/serve.py MODEL.bench… IMAGES [--clients 64] [--tls PEM PEM]

The server runs as its users start it; the clients are connections of this process, so that both
share the cores. Three parts: all clients ask again as soon as they are answered; then they ask half
as often as that, at random times (Poisson); and memory is read while 20,000 requests are answered.
Latency is from the time at which a request was due, so that one that waits for a free connection
counts with its wait. Memory is what the server and its workers hold alone (USS).
"""

import argparse
import asyncio
import os
import re
import ssl
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np
import psutil

SETTLED = 2_000


class Running:
    """A server, and what it holds."""

    def __init__(self, bundles: list[Path], folder: Path, more: list[str]) -> None:
        command = [sys.executable, "-m", "bench", "serve", *map(str, bundles), *more]
        command += ["--allow-unsigned", "--port", "0", "--rate", "1000000"]
        self.process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if found := re.search(r":(\d+)$", line):
                self.port = int(found[1])
                return
        raise SystemExit("the server did not begin")

    def memory(self) -> tuple[float, float]:
        """MB of the server, and of what it started."""
        return held_alone(self.process.pid)

    def cpu(self) -> float:
        return sum(p.cpu_times().user + p.cpu_times().system for p in family(self.process.pid))


def family(pid: int) -> list[psutil.Process]:
    """A process and all that it started."""
    own = psutil.Process(pid)
    return [own, *own.children(recursive=True)]


def held_alone(pid: int) -> tuple[float, float]:
    """MB of a process, and of what it started, that no other holds (USS)."""
    own, *others = [p.memory_full_info().uss / 1e6 for p in family(pid)]
    return own, sum(others)


class Client:
    """One connection that is used again and again."""

    def __init__(self, port: int, trusted: ssl.SSLContext | None = None) -> None:
        self._port = port
        self._trusted = trusted
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, content: bytes) -> int:
        """The status of an answer; 0 where the connection broke."""
        try:
            if self._streams is None:
                self._streams = await asyncio.open_connection(
                    "127.0.0.1", self._port, ssl=self._trusted
                )
            reader, writer = self._streams
            head = f"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(content)}"
            writer.write(f"{head}\r\n\r\n".encode() + content)
            start = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = re.search(r"content-length: (\d+)", start)
            await reader.readexactly(int(length[1]) if length else 0)
            return int(start.split()[1])
        except (OSError, asyncio.IncompleteReadError):
            self.close()
            return 0

    def close(self) -> None:
        """Give the connection up."""
        if self._streams is not None:
            self._streams[1].transport.abort()
        self._streams = None


async def flat_out(
    port: int,
    images: list[bytes],
    clients: int,
    seconds: float,
    trusted: ssl.SSLContext | None = None,
) -> Counter[int]:
    """Statuses while every client asks again as soon as it is answered."""
    statuses: Counter[int] = Counter()
    until = time.monotonic() + seconds

    async def one(number: int) -> None:
        client, i = Client(port, trusted), number
        while time.monotonic() < until:
            statuses[await client.ask(images[i % len(images)])] += 1
            i += clients
        client.close()

    await asyncio.gather(*(one(number) for number in range(clients)))
    return statuses


async def at_rate(
    port: int,
    images: list[bytes],
    clients: int,
    seconds: float,
    rate: float,
    trusted: ssl.SSLContext | None,
) -> tuple[Counter[int], list[float]]:
    """Statuses, and seconds from when each request was due."""
    random = np.random.default_rng(0)
    due = np.cumsum(random.exponential(1 / rate, int(rate * seconds))).tolist()
    statuses: Counter[int] = Counter()
    waits: list[float] = []
    begun = time.monotonic()
    queue = iter(enumerate(due))

    async def one() -> None:
        client = Client(port, trusted)
        for i, at in queue:
            await asyncio.sleep(max(0.0, begun + at - time.monotonic()))
            statuses[await client.ask(images[i % len(images)])] += 1
            waits.append(time.monotonic() - begun - at)
        client.close()

    await asyncio.gather(*(one() for _ in range(clients)))
    return statuses, waits


async def measured(
    running: Running,
    images: list[bytes],
    clients: int,
    seconds: float,
    requests: int,
    trusted: ssl.SSLContext | None,
) -> None:
    port = running.port
    await flat_out(port, images, clients, 3, trusted)  # whatever is done once is done
    cpu = running.cpu()
    statuses = await flat_out(port, images, clients, seconds, trusted)
    n = sum(statuses.values())
    print(
        f"{clients} clients, {seconds:g} s: {statuses[200] / seconds:.0f} answers/s; statuses "
        f"{dict(statuses)}; {1000 * (running.cpu() - cpu) / n:.2f} CPU-ms per request"
    )
    rate = statuses[200] / seconds / 2
    statuses, waits = await at_rate(port, images, clients, seconds, rate, trusted)
    low, high, highest = np.percentile(waits, [50, 95, 99]) * 1000
    print(
        f"half load, {rate:.0f} requests/s: median {low:.0f} ms, p95 {high:.0f} ms, p99 "
        f"{highest:.0f} ms; statuses {dict(statuses)}"
    )
    done, held = 0, []
    while done < requests + SETTLED:
        done += sum((await flat_out(port, images, clients, 2, trusted)).values())
        if done >= SETTLED:
            held.append((done, *running.memory()))
    for name, column in (("server", 1), ("workers", 2), ("together", 0)):
        values = [row[column] if column else row[1] + row[2] for row in held]
        print(
            f"memory of {name}: {values[0]:.1f} MB after {held[0][0]:,} requests, {values[-1]:.1f} "
            f"after {held[-1][0]:,}, at most {max(values):.1f}: {values[-1] / values[0] - 1:+.1%}"
        )


def _whole(path: str) -> Path:
    return Path(path).resolve()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("bundles", nargs="+", type=Path, help="one or two, and a folder of images")
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--requests", type=int, default=20_000, help="while memory is read")
    parser.add_argument(
        "--tls", nargs=2, type=_whole, metavar="PEM", help="certificate of localhost, its key"
    )
    options = parser.parse_args()
    *bundles, folder = [path.resolve() for path in options.bundles]
    images = [path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()]
    with tempfile.TemporaryDirectory() as scratch:
        more, trusted = [], None
        if options.tls:
            more = ["--tls-cert", str(options.tls[0]), "--tls-key", str(options.tls[1])]
            trusted = ssl.create_default_context(cafile=options.tls[0])
        running = Running(bundles, Path(scratch), more)
        try:
            print(f"load of the machine before: {os.getloadavg()[0]:.1f}")
            asyncio.run(
                measured(
                    running,
                    images,
                    options.clients,
                    options.seconds,
                    options.requests,
                    trusted,
                )
            )
            log = Path(scratch, "audit.jsonl")
            lines = sum(1 for _ in log.open("rb"))
            size = log.stat().st_size / 1e6
        finally:
            running.process.terminate()
            running.process.wait()
        command = [sys.executable, "-m", "bench", "audit", "verify", str(log)]
        begun = time.monotonic()
        subprocess.run(command, check=True, capture_output=True)
        print(f"log: {lines:,} lines, {size:.0f} MB; verified in {time.monotonic() - begun:.1f} s")


if __name__ == "__main__":
    main()
