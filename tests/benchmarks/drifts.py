"""After how many images of a real set the watch finds a planted drift, and other hospitals.

    BENCH_DATA=... python tests/benchmarks/drifts.py [--images 200] [--size 64] [--only NAME]
        [--unchanged] [--seed 0]

Of BreastMNIST, where clusters of near-duplicates stand for patients, three fifths of the images
train and test both sides (`svm` and `compact-resnet`, quick) and make a bundle; of brain-mri-lgg,
where each patient has some thirty, two thirds of the patients of the largest site. The other
images, in random order, are then asked about as they are (three orders, in which an alarm is
false), spoilt at severity 3, inverted, and those of the positive class alone; of brain-mri-lgg
those of other sites, too. All by the command line, as a user would. Printed: the image at which
`bench monitor` raised its first alarms, and which. With `--unchanged` there is no drift and any
alarm is false; `--seed` draws the patients that are known.
"""

import argparse
import csv
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bench.data.corruptions import corrupt
from bench.data.likeness.clusters import clusters
from bench.data.likeness.near_duplicates import twins_among
from bench.data.splits import image_digests

Pixels = NDArray[np.uint8]

SPOILT = ("jpeg", "gaussian-noise", "gaussian-blur", "contrast-down", "gamma-up", "bias-field")
SEVERITY = 3
SITE = "DU"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=200)
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--only", choices=["breast", "brain"])
    parser.add_argument("--unchanged", action="store_true")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    for source in (breast, brain):
        if given.only not in (None, source.__name__):
            continue
        with tempfile.TemporaryDirectory() as place:
            Drifts(source(Path(os.environ["BENCH_DATA"]), given.seed), Path(place), given).run()
    print(f"{sum(os.times()[:4]):.0f} CPU-seconds")


@dataclass(frozen=True)
class Picture:
    """An image with its class, its patient, "" where nobody knows, and where it comes from."""

    read: Callable[[], Pixels]
    label: str
    group: str = ""


@dataclass(frozen=True)
class Source:
    """What a bundle is made of, new images of the same kind, and those of other places."""

    name: str
    positive: str
    known: list[Picture]
    new: list[Picture]
    elsewhere: dict[str, list[Picture]] = field(default_factory=dict)


def breast(data: Path, seed: int) -> Source:
    """BreastMNIST in one row, without its own parts. Near-duplicates stand for the patients whom
    nobody names: images of one patient are all known or all new, and no evidence for each other."""
    with np.load(data / "medmnist" / "breastmnist.npz") as file:
        images = np.concatenate([file[f"{part}_images"] for part in ("train", "val", "test")])
        labels = np.concatenate([file[f"{part}_labels"] for part in ("train", "val", "test")])
    names = ("malignant", "other")
    pixels = images[..., None]
    twins = twins_among([pixels], image_digests(pixels))
    if twins is None:
        sys.exit("BreastMNIST has more images than are compared")
    cluster = clusters(twins)
    turn = np.random.default_rng(seed).permutation(int(cluster.max()) + 1)
    order = np.argsort(turn[cluster], kind="stable")
    pictures = [
        Picture(lambda i=i: images[i], names[int(labels[i].item())], f"cluster {cluster[i]}")
        for i in order.tolist()
    ]
    cut = 3 * len(pictures) // 5
    while cluster[order[cut]] == cluster[order[cut - 1]]:
        cut += 1
    return Source("BreastMNIST", "malignant", pictures[:cut], pictures[cut:])


def brain(data: Path, seed: int) -> Source:
    """The largest site of brain-mri-lgg by patient, and the others."""
    root = data / "brain-mri-lgg"
    with (root / "manifest.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    sites: dict[str, list[Picture]] = {}
    for row in rows:
        read = partial(_opened, root / row["path"])
        sites.setdefault(row["site"], []).append(Picture(read, row["label"], row["group"]))
    own = sites.pop(SITE)
    patients = np.random.default_rng(seed).permutation(sorted({one.group for one in own}))
    known = set(patients[: 2 * len(patients) // 3].tolist())
    return Source(
        f"brain-mri-lgg, site {SITE}",
        "tumour",
        [one for one in own if one.group in known],
        [one for one in own if one.group not in known],
        dict(sorted(sites.items())),
    )


def _opened(path: Path) -> Pixels:
    return np.asarray(Image.open(path).convert("RGB"))


class Drifts:
    """A bundle of some images, and its watch over others."""

    def __init__(self, source: Source, place: Path, given: argparse.Namespace) -> None:
        self.source, self.place = source, place
        self.images, self.size, self.changed = given.images, given.size, not given.unchanged

    def run(self) -> None:
        """Make the bundle, ask about every kind of new image, print."""
        self._bundle()
        new = self.source.new
        for order in range(3):
            self._watch(f"as they are, order {order}", new, lambda one: one, order)
        if not self.changed:
            return
        for kind in SPOILT:
            self._watch(f"{kind}, severity {SEVERITY}", new, lambda one, k=kind: _spoilt(one, k))
        self._watch("inverted", new, lambda one: 255 - one)
        positive = [one for one in new if one.label == self.source.positive]
        self._watch(f"{self.source.positive} alone", positive, lambda one: one)
        for site, there in self.source.elsewhere.items():
            if len(there) >= self.images:
                self._watch(f"site {site}", there, lambda one: one)

    def _bundle(self) -> None:
        folder, known = self.place / "known", self.source.known
        self._write(folder, known, lambda one: one)
        methods = ["--method", "svm", "--method", "compact-resnet"]
        size = ["--size", str(self.size), "--budget", "quick", "--seeds", "1"]
        self._bench("run", "--data", folder, *methods, *size, "--no-report", "--out", "results")
        self._bench("report", "results")
        self._bench(
            "train", "--data", folder, "--from", "results", "--champions", "--out", "b.bench"
        )
        patients = len({one.group for one in known} - {""}) or "unknown"
        print(f"{self.source.name}: a bundle of {len(known)} images, {patients} patients")

    def _watch(
        self, name: str, images: list[Picture], change: Callable[[Pixels], Pixels], order: int = 0
    ) -> None:
        folder = self.place / re.sub(r"\W+", "-", name)
        random = np.random.default_rng([1, order])
        chosen = [images[i] for i in random.permutation(len(images))[: self.images]]
        self._write(folder, chosen, change)
        (self.place / "p.csv").unlink(missing_ok=True)  # predict replaces no labels
        self._bench("predict", "b.bench", folder, "--allow-unsigned", "--out", "p.csv")
        said = self._bench("monitor", "b.bench", "p.csv", "--allow-unsigned", status=(0, 1))
        alarms = re.findall(r"ALARM at (.+), \S+\.png: (.+)", said)
        told = "; ".join(f"{where}: {what}" for where, what in alarms) or "no alarm"
        patients = len({one.group for one in chosen} - {""})
        of = f" of {patients} patients" if patients else ""
        print(f"  {name} ({len(chosen)} images{of}): {told}", flush=True)

    def _write(
        self, folder: Path, images: list[Picture], change: Callable[[Pixels], Pixels]
    ) -> None:
        folder.mkdir()
        grouped = any(one.group for one in images)
        table = [["path", "label", *(["group"] if grouped else [])]]
        for i, one in enumerate(images):
            Image.fromarray(change(one.read())).save(folder / f"{i:04d}.png")
            table.append([f"{i:04d}.png", one.label, *([one.group] if grouped else [])])
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
    seed = int(pixels.sum()) % 2**31
    image = pixels[None, ..., None] if pixels.ndim == 2 else pixels[None]
    return corrupt(image, kind, SEVERITY, seed)[0].squeeze()


if __name__ == "__main__":
    main()
