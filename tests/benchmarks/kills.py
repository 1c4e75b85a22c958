"""Runs that are killed at random moments, by the command line, for as long as one likes.

    python tests/benchmarks/kills.py [--minutes 60] [--kind segmentation --kind masks] [--seed 0]

A small folder of generated images with masks and classes is segmented (`segmentation`), or
classified with masks that segmenters draw (`masks`), once undisturbed and then again and again in
new results folders, where the main process, a worker, all of them, or the main process with a
SIGTERM or SIGINT is killed at any moment. After each kill every trial that had ended must be there
with what it had, and no message may be a traceback; a run that comes to its end must have the same
content, predictions and label maps to the byte, as the undisturbed one. Exit status 1 if not.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import numpy as np
from PIL import Image

from bench.machine import processes
from bench.results import lock
from bench.results.store import Store

KINDS = {
    "segmentation": [
        "--task=segmentation",
        "--method=otsu-morphology",
        "--method=pixel-forest",
        "--method=mean-mask",
        "--seeds=2",
    ],
    "masks": [
        "--masks=none,truth,classical",
        "--mask-method=otsu-morphology",
        "--method=decision-tree",
        "--method=class-prior",
        "--seeds=1",
    ],
}
_TOLD = (0, 1, 130, 143, -signal.SIGKILL, -signal.SIGINT, -signal.SIGTERM)


def scenes(folder: Path, n: int = 36, side: int = 32) -> None:
    """Bright lesions of two sizes, which are the classes, on noise."""
    rng = np.random.default_rng(0)
    rows = ["path,label,mask"]
    y, x = np.mgrid[:side, :side]
    for place in ("images", "masks"):
        (folder / place).mkdir(parents=True)
    for i in range(n):
        middle = rng.uniform(10, side - 10, 2)
        inside = np.hypot(y - middle[0], x - middle[1]) < (4 + 4 * (i % 2))
        image = 60 + 80 * inside + rng.normal(0, 20, (side, side))
        Image.fromarray(image.clip(0, 255).astype(np.uint8)).save(folder / "images" / f"{i}.png")
        Image.fromarray(np.uint8(inside * 255)).save(folder / "masks" / f"{i}.png")
        rows.append(f"images/{i}.png,{('small', 'large')[i % 2]},masks/{i}.png")
    (folder / "manifest.csv").write_text("\n".join(rows) + "\n")


def start(data: Path, kind: str, results: Path) -> subprocess.Popen[str]:
    """The command, in the background."""
    command = [sys.executable, "-m", "bench", "run", "--data", str(data), "--out", str(results)]
    command += [*KINDS[kind], "--size=32", "--budget=quick", "--no-report", "--jobs=2"]
    return subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=data.parent
    )


def content(root: Path) -> dict[str, object]:
    """What is left of ended trials, those of the folder of masks included, without times."""
    found: dict[str, object] = {}
    for place in (root, root / "masks"):
        if not (place / "study.json").exists():
            continue
        store = Store(place)
        for trial in store.trials():
            if store.run(trial).status != "ok":  # raises if a file is half-written
                continue  # its worker was killed; it is tried again
            folder = store.layout.run_folder(trial)
            told = json.loads((folder / "run.json").read_text())
            told = {
                name: value
                for name, value in told.items()
                if not name.endswith("seconds")
                and name not in ("started", "peak_memory", "content_sha256", "watts", "watts_by")
            }
            tables = {f.name: f.read_bytes() for f in sorted(folder.glob("*.parquet"))}
            found[str(folder.relative_to(root))] = (json.dumps(told, sort_keys=True), tables)
    return found


def kill(main: int, token: str, rng: random.Random) -> str:
    """Kill some of the processes of a run; how, in a word."""
    workers = processes.marked(token) if token else []
    how = rng.choice(["main", "worker", "all", "SIGTERM", "SIGINT"])
    with suppress(ProcessLookupError):
        if how == "worker" and workers:
            os.kill(rng.choice(workers), signal.SIGKILL)
        elif how == "all":
            for one in (main, *workers):
                os.kill(one, signal.SIGKILL)
        elif how in ("SIGTERM", "SIGINT"):
            os.kill(main, getattr(signal, how))
        else:
            how = "main"
            os.kill(main, signal.SIGKILL)
    return how


def differences(whole: dict[str, object], found: dict[str, object]) -> list[str]:
    """The runs that are not what they are in the undisturbed results."""
    return [name for name, made in found.items() if whole.get(name) != made]


def main() -> int:
    """Kill until the time is over, and tell what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--kind", action="append", choices=list(KINDS))
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    faults: list[str] = []
    kills: Counter[str] = Counter()
    ended = 0
    with tempfile.TemporaryDirectory() as made:
        root = Path(made)
        scenes(root / "scenes")
        whole, took = {}, {}
        for kind in options.kind or list(KINDS):
            begun = time.monotonic()
            run = start(root / "scenes", kind, root / f"{kind}-whole")
            _, said = run.communicate()
            if run.returncode != 0:
                print(f"{kind}: status {run.returncode}: {said}")
                return 1
            took[kind] = time.monotonic() - begun
            whole[kind] = content(root / f"{kind}-whole")
            print(f"{kind}: {len(whole[kind])} trials in {took[kind]:.0f} s", flush=True)
        limit = time.monotonic() + 60 * options.minutes
        number = 0
        while time.monotonic() < limit:
            kind = rng.choice(list(whole))
            number += 1
            results = root / str(number)
            for attempt in range(9):
                before = content(results)
                run = start(root / "scenes", kind, results)
                how = "none"
                if attempt < 8:  # the last may come to its end
                    with suppress(subprocess.TimeoutExpired):
                        run.wait(rng.uniform(0.1, took[kind]))
                    if run.poll() is None:
                        owner = lock.lock_owner(results) if results.exists() else None
                        token = owner.token if owner and owner.pid == run.pid else ""
                        how = kill(run.pid, token, rng)
                        kills[how] += 1
                _, said = run.communicate()
                found = content(results)
                where = f"{kind}, folder {number}, killed: {how}, status {run.returncode}"
                if "Traceback" in said or run.returncode not in _TOLD:
                    faults.append(f"{where}: {said[-2000:]}")
                lost = [name for name, had in before.items() if found.get(name) != had]
                faults += [f"{where}: lost or changed {name}" for name in lost]
                if run.returncode == 0:
                    ended += 1
                    if found.keys() != whole[kind].keys():
                        faults.append(f"{where}: trials {found.keys() ^ whole[kind].keys()}")
                    faults += [f"{where}: differs {n}" for n in differences(whole[kind], found)]
                    break
            for fault in faults:
                print(fault, flush=True)
            if faults:
                break
    told = ", ".join(f"{how} {n}" for how, n in sorted(kills.items()))
    print(f"{kills.total()} kills ({told}), {ended} runs came to their end: {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
