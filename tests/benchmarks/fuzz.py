"""Damaged and senseless input for everything that reads a file of the user's.

    python tests/benchmarks/fuzz.py --seconds 300 [--target manifest ...]

Whatever a file holds, reading it must end in a result or in an error of `bench.protocol.errors`
whose message is one line; and what is read of an image or of a manifest has to be what another
library reads of it (`readings.py`). Anything else (another exception, a warning of arithmetic, an
endless loop, other pixels) is a finding; it is printed with the input, made as small as hypothesis
can make it. Exit status 1 if there is one.

Inputs are sound files with a few changes (bytes flipped, cut out, put in, doubled, words of the
format exchanged), and files put together from such words.
"""

import argparse
import base64
import os
import sys
import tempfile
import time
import warnings
from dataclasses import dataclass
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # as a script it knows no tests

from bench.protocol.errors import BenchError
from tests.benchmarks import readings
from tests.benchmarks.fuzz_targets import TARGETS, Target

SECONDS_PER_INPUT = 20.0
"""What reading one small file may take at most, on a busy machine."""


@dataclass(frozen=True)
class Finding:
    """An input that was neither read nor refused.

    Attributes:
        target: who was to read it.
        content: the input.
        error: what happened instead.
    """

    target: str
    content: bytes
    error: str


class Unclear(Exception):
    """An error message that is not one line, or an input that took too long."""


def contents(target: Target) -> st.SearchStrategy[bytes]:
    """Inputs for a target."""
    word = st.one_of(st.sampled_from(target.words), st.binary(max_size=6))
    place = st.floats(0, 1)
    change = st.tuples(
        st.sampled_from(["put", "cut", "flip", "swap", "double", "end"]), place, place, word
    )

    def changed(sound: bytes, changes: list[tuple[str, float, float, bytes]]) -> bytes:
        for how, first, second, piece in changes:
            at, length = int(first * len(sound)), int(second * 40)
            rest = sound[at + length :]
            if how == "put":
                sound = sound[:at] + piece + sound[at:]
            elif how == "cut":
                sound = sound[:at] + rest
            elif how == "flip" and at < len(sound):
                sound = sound[:at] + bytes([sound[at] ^ (1 << int(second * 7))]) + sound[at + 1 :]
            elif how == "swap":
                sound = sound[:at] + piece + rest
            elif how == "double":
                sound = sound[:at] + sound[at : at + length] * 2 + rest
            elif how == "end":
                sound = sound[:at]
        return sound

    mutated = st.builds(
        changed, st.sampled_from(target.sound), st.lists(change, min_size=1, max_size=4)
    )
    composed = st.lists(word, max_size=30).map(b"".join)
    return st.one_of(mutated, mutated, mutated, composed)


def check(target: Target, content: bytes, folder: Path) -> None:
    """Read an input; nothing but a result or a clear error may come.

    Raises:
        Exception: whatever came instead.
    """
    start = time.monotonic()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what libraries say of damaged metadata
            warnings.simplefilter("error", RuntimeWarning)  # but not of arithmetic
            target.read(content, folder)
    except BenchError as error:
        text = str(error)
        if "\n" in text or not text.strip():
            raise Unclear(f"the message is not one line: {text[:300]!r}") from error
    taken = time.monotonic() - start
    if taken > SECONDS_PER_INPUT:
        raise Unclear(f"it took {taken:.1f} s")


def attack(
    name: str, seconds: float, examples: int = 200, seed: int | None = None
) -> tuple[int, Finding | None]:
    """Try inputs on a target until the time is over or one is a finding.

    Args:
        name: a key of `TARGETS`.
        seconds: how long; at least one round of examples is tried.
        examples: inputs of a round.
        seed: of the first round, None for one of the clock's.

    Returns:
        How many inputs were tried, and the finding.
    """
    target, tried, worst = TARGETS[name], 0, [b""]
    phases = [Phase.generate, Phase.shrink]
    end = time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as place:
        before = os.getcwd()

        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            report_multiple_bugs=False,
            phases=phases,
            suppress_health_check=list(HealthCheck),
        )
        @given(contents(target))
        def once(content: bytes) -> None:
            nonlocal tried
            tried += 1
            worst[0] = content
            check(target, content, Path(place))

        try:
            os.chdir(place)
            rounds = 0
            while not rounds or time.monotonic() < end:
                from hypothesis import seed as seeded

                start = seed if seed is not None else time.time_ns() % 2**32
                seeded(start + rounds)(once)()
                rounds += 1
        except Exception as error:
            text = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
            return tried, Finding(name, worst[0], text)
        finally:
            os.chdir(before)
    return tried, None


def main() -> int:
    """Attack every target, or those named."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=300.0, help="in all")
    parser.add_argument("--target", action="append", choices=sorted(TARGETS))
    chosen = parser.parse_args()
    names = chosen.target or list(TARGETS)
    found = 0
    for name in names:
        tried, finding = attack(name, chosen.seconds / len(names))
        print(f"{name:18s} {tried:7d} inputs", "no finding" if finding is None else finding.error)
        for kind in (k for k in readings.OUTCOMES if name.startswith("same-")):
            print(f"    {kind}: {dict(readings.OUTCOMES[kind])}")
        readings.OUTCOMES.clear()
        if finding is not None:
            found += 1
            print(f"    {finding.content[:400]!r}")
            print(f"    base64 {base64.b64encode(finding.content[:20_000]).decode()}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
