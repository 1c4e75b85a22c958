"""Time, memory and size of a large report: 12 data sets × 12 methods × 5 seeds × 5,000 test cases.

    python tests/benchmarks/report.py [data sets]

Writes the simulated predictions of `evidence.py` to a temporary folder, then makes the report of
them in a process of its own, step by step, and prints each figure beside its target. Wall times
depend on what else the machine does; CPU times hardly do.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from evidence import simulate

from bench.results.store import Store


def main(count: int) -> None:
    """Write, measure in a fresh process, print."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "results"
        simulate(root, count)
        told = subprocess.run(
            [sys.executable, __file__, "--measure", str(root)],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
    show(json.loads(told.stdout.splitlines()[-1]))


def measure(root: Path) -> dict[str, float]:
    """Seconds of each step, bytes of the files, peak memory of this process in bytes."""
    from threadpoolctl import threadpool_limits

    from reports.collect import collect
    from reports.render import html, pdf
    from reports.report import compose, write_document

    found: dict[str, float] = {}
    store = Store(root)

    def timed(name, step):
        cpu, wall = time.process_time(), time.perf_counter()
        value = step()
        found[f"{name} wall"] = time.perf_counter() - wall
        found[f"{name} cpu"] = time.process_time() - cpu
        return value

    with threadpool_limits(1):  # as `write_report` does
        evidence = timed("evidence", lambda: collect(store))
    found["memory of evidence"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    document = timed("drawing", lambda: compose(evidence))
    files = timed("files", lambda: write_document(document, store.layout.report_folder, evidence))
    found["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    found["html bytes"] = files.html.stat().st_size
    found["pdf bytes"] = files.pdf.stat().st_size
    found["json bytes"] = files.evidence[0].stat().st_size
    found["figures"] = len(document.figures)
    found["tables"] = len(document.tables)
    timed("of which html", lambda: html.render(document))
    timed("of which pdf", lambda: pdf.render(document))
    timed("of which figure pdfs", lambda: pdf.figures(document.figures, document.date))
    return found


def show(found: dict[str, float]) -> None:
    """Each figure beside its target."""
    report = found["drawing wall"] + found["files wall"]
    rows = [
        ("report: HTML, PDF, all files", report, 60, "s"),
        ("the same with the evidence", report + found["evidence wall"], 120, "s"),
        ("peak memory", found["memory"] / 1e6, 1500, "MB"),
        ("HTML", found["html bytes"] / 1e6, 5, "MB"),
    ]
    for name, value, target, unit in rows:
        met = "met" if value <= target else "MISSED"
        print(f"{name:32} {value:8.1f} {unit:3} (target {target} {unit}: {met})")
    print()
    for name in ("evidence", "drawing", "files", "of which html", "of which pdf"):
        print(f"{name:32} {found[f'{name} wall']:8.1f} s, CPU {found[f'{name} cpu']:.1f} s")
    name = "of which figure pdfs"
    print(f"{name:32} {found[f'{name} wall']:8.1f} s, CPU {found[f'{name} cpu']:.1f} s")
    print(f"{found['figures']:.0f} figures, {found['tables']:.0f} tables")
    print(f"PDF {found['pdf bytes'] / 1e6:.1f} MB, JSON {found['json bytes'] / 1e6:.1f} MB")
    print(f"peak memory after the evidence {found['memory of evidence'] / 1e6:.0f} MB")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        print(json.dumps(measure(Path(sys.argv[2]))))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 12)
