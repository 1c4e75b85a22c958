"""How quickly a folder of images is decoded, opened again, and with how much memory.

    python tests/benchmarks/decoding.py [N] [SIDE] [--slices]

makes N (50,000) different gray JPEG files of SIDE (224) px, or with --slices N slices of NIfTI
volumes listed in a manifest, in a temporary folder, and prints a table in Markdown: images per
second of a plain Pillow loop and of `folder.load`, seconds until the data are ready the second
time and after one file was changed, and the highest resident memory above that of the imports,
pages of mapped files included, over loading, fingerprint, split and handover. Near-duplicates are
measured in a step of their own.
"""

import argparse
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image

_LOOP = 3_000  # files of the plain loop
_VOLUME = 1_000  # slices of a volume


def make_files(root: Path, n: int, side: int) -> None:
    """Gray JPEG files in two class folders, each of two random patches over a background."""
    rng = np.random.default_rng(0)
    shape = (side // 4, side // 4)
    for label in "ab":
        (root / label).mkdir(parents=True)
    for i in range(n):
        coarse = Image.fromarray(rng.integers(0, 256, (8, 8)).astype(np.uint8))
        pixels = np.array(coarse.resize((side, side), Image.Resampling.BILINEAR))
        for top, left in rng.integers(0, side * 3 // 4, (2, 2)):
            pixels[top : top + side // 4, left : left + side // 4] = rng.integers(0, 256, shape)
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, "JPEG", quality=85)
        (root / "ab"[i % 2] / f"{i}.jpg").write_bytes(buffer.getvalue())


def make_slices(root: Path, n: int, side: int) -> None:
    """Volumes of 1,000 random slices, and a manifest that lists them."""
    import nibabel

    rng = np.random.default_rng(0)
    root.mkdir()
    with (root / "manifest.csv").open("w") as manifest:
        manifest.write("path,label,axis,index\n")
        for start in range(0, n, _VOLUME):
            deep = min(_VOLUME, n - start)
            volume = rng.integers(0, 256, (side, side, deep)).astype(np.uint8)
            nibabel.save(nibabel.Nifti1Image(volume, np.eye(4)), root / f"{start}.nii")
            for i in range(deep):
                manifest.write(f"{start}.nii,{'ab'[i % 2]},2,{i}\n")


def plain_loop(root: Path, side: int) -> float:
    """Images per second of Pillow alone."""
    paths = sorted(root.rglob("*.jpg"))[:_LOOP]
    images = np.empty((len(paths), side, side), np.uint8)
    start = time.perf_counter()
    for i, path in enumerate(paths):
        images[i] = np.asarray(Image.open(path).convert("L").resize((side, side)))
    return len(paths) / (time.perf_counter() - start)


STEPS = ("load", "again", "changed", "twins")


def step(name: str, root: Path, side: int, scratch: Path) -> Iterator[float]:
    """Seconds and MB of one step, in this process."""
    import nibabel  # noqa: F401 - what the step loads anyway does not count as its memory
    import scipy.ndimage  # noqa: F401
    import sklearn.model_selection  # noqa: F401

    from bench.data import memory_maps
    from bench.data.checks.card import duplicates_across_parts
    from bench.data.likeness.clusters import marks_of_split
    from bench.data.likeness.near_duplicates import find_twins
    from bench.data.sets import folder

    Path("/proc/self/clear_refs").write_text("5")  # forgets the highest resident memory
    before = _resident()
    start = time.perf_counter()
    data = folder.load(root, side)
    _ = data.fingerprint
    memory_maps.write_memory_maps(data, scratch / name)
    ready = time.perf_counter() - start
    if name == "load":
        duplicates_across_parts(data)
    if name == "twins":
        start = time.perf_counter()
        marks_of_split(data, find_twins(data))
        ready = time.perf_counter() - start
    yield ready
    yield _resident() - before


def _resident() -> float:
    status = Path("/proc/self/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+)", status)
    return int(found[1]) / 1024 if found else float("nan")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("n", type=int, nargs="?", default=50_000)
    parser.add_argument("side", type=int, nargs="?", default=224)
    parser.add_argument("--slices", action="store_true")
    parser.add_argument("--step", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step:
        name, root, scratch = options.step
        print(*step(name, Path(root), options.side, Path(scratch)))
        return
    scratch = Path(tempfile.mkdtemp(prefix="bench-decoding-"))
    try:
        measure(options.n, options.side, options.slices, scratch)
    finally:
        shutil.rmtree(scratch)


def measure(n: int, side: int, slices: bool, scratch: Path) -> None:
    """Make the files, run each step in a process of its own, and print the table."""
    root = scratch / "set"
    make: Callable[[Path, int, int], None] = make_slices if slices else make_files
    make(root, n, side)
    print(f"{n:,} images of {side} px, {os.cpu_count()} cores\n")
    print("| step | | memory, MB |\n|---|---|---|")
    if not slices:
        print(f"| plain Pillow loop | {plain_loop(root, side):,.0f} images/s | |", flush=True)
    environment = {**os.environ, "BENCH_CACHE": str(scratch / "cache")}
    for name in STEPS:
        if name == "changed" and not slices:
            path = root / "a" / "0.jpg"
            path.write_bytes((root / "a" / "2.jpg").read_bytes() + b"\0")
        elif name == "changed":
            continue
        command = [sys.executable, __file__, str(n), str(side)]
        command += ["--step", name, str(root), str(scratch)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        seconds, memory = map(float, done.stdout.split())
        speed = f", {n / seconds:,.0f} images/s" if name == "load" else ""
        title = {
            "load": "first start: decode, split, fingerprint, hand over",
            "again": "second start",
            "changed": "start after one file was changed",
            "twins": "near-duplicates among all",
        }[name]
        print(f"| {title} | {seconds:.1f} s{speed} | {memory:.0f} |", flush=True)


if __name__ == "__main__":
    main()
