"""After how many images of a real set the watch finds a planted drift, and other hospitals.

    BENCH_DATA=... python tests/benchmarks/drifts.py [--images 200] [--size 64]

Two thirds of the patients of brain-mri-lgg's largest site train and test both sides (`svm` and
`compact-resnet`, quick), and make a bundle. The images of its other patients, in random order, are
then asked about as they are (three orders, in which an alarm is false), spoilt at severity 3,
inverted, and tumours alone; so are those of the other sites. All by the command line, as a user
would. Printed: the image at which `bench monitor` raised its first alarm, and which.
"""

import argparse
import csv
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bench.data.corruptions import corrupt

Pixels = NDArray[np.uint8]
Row = dict[str, str]

SPOILT = ("jpeg", "gaussian-noise", "gaussian-blur", "contrast-down", "gamma-up", "bias-field")
SEVERITY = 3
SITE = "DU"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=200)
    parser.add_argument("--size", type=int, default=64)
    given = parser.parse_args()
    root = Path(os.environ["BENCH_DATA"]) / "brain-mri-lgg"
    with (root / "manifest.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    with tempfile.TemporaryDirectory() as place:
        Drifts(root, rows, Path(place), given.images, given.size).run()
    print(f"{sum(os.times()[:4]):.0f} CPU-seconds")


class Drifts:
    """The images of a folder, the bundle that knows some of them, and its watch."""

    def __init__(self, root: Path, rows: list[Row], place: Path, images: int, size: int) -> None:
        self.root, self.rows, self.place = root, rows, place
        self.images, self.size = images, size
        random = np.random.default_rng(0)
        patients = random.permutation(sorted({r["group"] for r in rows if r["site"] == SITE}))
        cut = 2 * len(patients) // 3
        self.known, self.new = set(patients[:cut]), set(patients[cut:])

    def run(self) -> None:
        """Make the bundle, ask about every kind of new image, print."""
        self._bundle()
        new = [row for row in self.rows if row["group"] in self.new]
        for order in range(3):
            self._watch(f"as they are, order {order}", new, lambda one: one, order)
        for kind in SPOILT:
            self._watch(f"{kind}, severity {SEVERITY}", new, lambda one, k=kind: _spoilt(one, k))
        self._watch("inverted", new, lambda one: 255 - one)
        self._watch("tumours alone", [r for r in new if r["label"] == "tumour"], lambda one: one)
        for site in sorted({row["site"] for row in self.rows} - {SITE}):
            there = [row for row in self.rows if row["site"] == site]
            if len(there) >= self.images:
                self._watch(f"site {site}", there, lambda one: one)

    def _bundle(self) -> None:
        folder = self.place / "known"
        chosen = [row for row in self.rows if row["group"] in self.known]
        self._write(folder, chosen, lambda one: one)
        methods = ["--method", "svm", "--method", "compact-resnet"]
        size = ["--size", str(self.size), "--budget", "quick", "--seeds", "1"]
        self._bench("run", "--data", folder, *methods, *size, "--no-report", "--out", "results")
        self._bench("report", "results")
        self._bench(
            "train", "--data", folder, "--from", "results", "--champions", "--out", "b.bench"
        )
        print(f"trained on {len(chosen)} images of {len(self.known)} patients of site {SITE}")

    def _watch(
        self, name: str, rows: list[Row], change: Callable[[Pixels], Pixels], order: int = 0
    ) -> None:
        folder = self.place / re.sub(r"\W+", "-", name)
        random = np.random.default_rng([1, order])
        chosen = [rows[i] for i in random.permutation(len(rows))[: self.images]]
        self._write(folder, chosen, change)
        self._bench("predict", "b.bench", folder, "--allow-unsigned", "--out", "p.csv")
        said = self._bench("monitor", "b.bench", "p.csv", "--allow-unsigned", status=(0, 1))
        alarms = re.findall(r"ALARM at image ([\d,]+), \S+: ([^:.]+)", said)
        told = "; ".join(f"image {n}: {what}" for n, what in alarms) or "no alarm"
        print(f"{name} ({len(chosen)} images): {told}", flush=True)

    def _write(self, folder: Path, rows: list[Row], change: Callable[[Pixels], Pixels]) -> None:
        folder.mkdir()
        table = [["path", "label", "group"]]
        for i, row in enumerate(rows):
            pixels = np.asarray(Image.open(self.root / row["path"]).convert("RGB"))
            Image.fromarray(change(pixels)).save(folder / f"{i:04d}.png")
            table.append([f"{i:04d}.png", row["label"], row["group"]])
        with (folder / "manifest.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(table)

    def _bench(self, *words: object, status: tuple[int, ...] = (0,)) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "bench", *map(str, words)],
            cwd=self.place,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode not in status:
            sys.exit(f"{' '.join(map(str, words))}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout


def _spoilt(pixels: Pixels, kind: str) -> Pixels:
    return corrupt(pixels[None], kind, SEVERITY, int(pixels.sum()) % 2**31)[0]


if __name__ == "__main__":
    main()
