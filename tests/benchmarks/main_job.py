"""Time and memory of `python -m bench run --all`, cold and again, in an empty folder.

    export ATEN_CPU_CAPABILITY=avx2 ONEDNN_MAX_CPU_ISA=AVX2
    python tests/benchmarks/main_job.py [further arguments of run]

The two variables make torch's kernels those of a laptop without AVX-512 and bfloat16 units; both
are printed. Processor seconds are user and system of all processes. The time to the first finished
trial is that of its `run.json`. Modules are compiled before, as pip does when it installs them.

The peer is the methods' own time: the sum of all fit and predict seconds, less what was found in
the cache, divided by the number of workers, which is what the run would take if the engine and the
report cost nothing.
"""

import compileall
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil

from bench.results.store import Store

VARIABLES = ("ATEN_CPU_CAPABILITY", "ONEDNN_MAX_CPU_ISA")
_NOT_COMPILED = "PYTHONDONTWRITEBYTECODE"
_PACKAGES = ("bench", "baselines", "deep", "reports")
_INTERVAL = 1.0  # seconds between two looks at the memory


def spent() -> float:
    """Processor seconds of all processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def watched(command: list[str], folder: Path) -> tuple[float, int, str]:
    """Seconds, peak memory of the whole process tree in bytes, and the last lines printed."""
    start = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={name: value for name, value in os.environ.items() if name != _NOT_COMPILED},
    )
    peak = 0

    def watch() -> None:
        nonlocal peak
        root = psutil.Process(process.pid)
        while process.poll() is None:
            try:
                tree = [root, *root.children(recursive=True)]
                # proportional set size counts pages that processes share once
                peak = max(peak, sum(p.memory_full_info().pss for p in tree))
            except psutil.Error:
                pass
            time.sleep(_INTERVAL)

    thread = threading.Thread(target=watch)
    thread.start()
    out, _ = process.communicate()
    thread.join()
    seconds = time.perf_counter() - start
    if process.returncode:
        sys.exit(out)
    return seconds, peak, "\n".join(out.splitlines()[-12:])


def main() -> None:
    command = [sys.executable, "-m", "bench", "run", "--all", *sys.argv[1:]]
    print(", ".join(f"{name}={os.environ.get(name, 'not set')}" for name in VARIABLES))
    for package in _PACKAGES:
        compileall.compile_dir(Path(__file__).parents[2] / package, quiet=1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for turn in ("cold", "again"):
            before, begun = spent(), time.time()
            seconds, peak, tail = watched(command, folder)
            print(
                f"{turn}: {seconds:.0f} s of wall time, {spent() - before:.0f} of the processor, "
                f"peak memory {peak / 1e9:.2f} GB"
            )
            print(tail)
            if turn == "cold":
                ended = [f.stat().st_mtime for f in folder.rglob("runs/**/run.json")]
                print(f"first finished trial after {min(ended) - begun:.0f} s")
                store = Store(folder / "results")
                runs = [run for t in store.trials() if (run := store.run(t))]
                own = sum(
                    (r.fit_seconds or 0) + (r.predict_seconds or 0) - r.cached_seconds for r in runs
                )
                jobs = len(os.sched_getaffinity(0))
                print(f"{len(runs)} trials; methods' own time / {jobs} workers: {own / jobs:.0f} s")
                print(f"wall time / methods' own time: {seconds / (own / jobs):.2f}")


if __name__ == "__main__":
    main()
