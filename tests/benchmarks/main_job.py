"""Wall time and memory of `python -m bench run --all`, cold and again, in an empty folder.

    python tests/benchmarks/main_job.py [further arguments of run]

The peer is the methods' own time: the sum of all fit and predict seconds, less what was found in
the cache, divided by the number of workers, which is what the run would take if the engine and the
report cost nothing.
"""

import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil

from bench.results.store import Store

_INTERVAL = 1.0  # seconds between two looks at the memory


def watched(command: list[str], folder: Path) -> tuple[float, int, str]:
    """Seconds, peak memory of the whole process tree in bytes, and the last lines printed."""
    start = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
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
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for turn in ("cold", "again"):
            seconds, peak, tail = watched(command, folder)
            print(f"{turn}: {seconds:.0f} s, peak memory {peak / 1e9:.2f} GB")
            print(tail)
            if turn == "cold":
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
