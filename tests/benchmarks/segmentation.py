"""Dice and CPU-seconds of segmentation methods on real images, patients kept apart.

    export ATEN_CPU_CAPABILITY=avx2 ONEDNN_MAX_CPU_ISA=AVX2 OMP_NUM_THREADS=2
    BENCH_DATA=... python tests/benchmarks/segmentation.py --out results.jsonl
    BENCH_DATA=... python tests/benchmarks/segmentation.py --data busi-lesions --method unet-compact
    BENCH_DATA=... python tests/benchmarks/segmentation.py --method unet-compact --set epochs=20
    python tests/benchmarks/segmentation.py --table results.jsonl

Trained in float32, whatever the CPU could do; the first two variables make kernels those of a
laptop without AVX-512. Seconds are of the processor, user and system, of all threads, so that other
work on the machine counts little. Dice is taken at the size of the files, of every class but the
background, and is 1 where truth and mask are both empty; `with truth` leaves out cases without it,
`misses` is the share of those of which nothing was found. Of brain-mri-lgg only the slices that
show a tumour are used. Without `--method` all methods for a CPU are run.
"""

import argparse
import ast
import json
import os
import sys
import time
from importlib.metadata import entry_points

import numpy as np

from bench.data.dataset import Dataset, Split
from bench.data.folders.reading import Reading
from bench.data.sets import folder, local
from bench.protocol.label_maps import decode, to_original

VARIABLES = ("ATEN_CPU_CAPABILITY", "ONEDNN_MAX_CPU_ISA", "OMP_NUM_THREADS")
SIDES = {
    "busi-lesions": 256,
    "thyroid-nodules": 256,
    "brain-mri-lgg": 256,
    "retina-vessels": 512,
    "white-blood-cells": 256,
}
FAMILIES = ("control", "classical", "deep")
FIXED = {"precision": "float32", "device": "cpu"}


def methods() -> dict:
    """Name → what the entry point names."""
    found = {}
    for family in FAMILIES:
        for point in entry_points(group=f"bench.segmentation.{family}"):
            found[point.name] = point
    return found


def loaded(name: str) -> tuple[Dataset, dict[str, list[bytes]]]:
    """A data set, and of its parts the true label maps at the size of the files."""
    root = next(r / name for r in local.folders() if (r / name).is_dir())
    data = folder.load(root, SIDES[name], reading=Reading(task="segmentation"))
    pngs, start = {}, 0
    for part, split in list(data.parts())[:3]:
        if data.originals is not None:
            pngs[part] = list(data.originals.pngs[start : start + len(split)])
        start += len(split)
    return data, pngs


def with_truth(split: Split) -> np.ndarray:
    """Rows of the cases that show something."""
    return np.flatnonzero(np.asarray(split.targets).any((1, 2)))


def dice(found: np.ndarray, truth: np.ndarray, k: int) -> list[float]:
    """Of every class but the background; 1 where both are empty."""
    values = []
    for label in range(1, k):
        a, b = found == label, truth == label
        total = int(a.sum()) + int(b.sum())
        values.append(2 * int((a & b).sum()) / total if total else 1.0)
    return values


def scored(model, split: Split, pngs: list[bytes] | None, rows: np.ndarray, k: int) -> dict:
    """Means over the cases of a part, `(k - 1)` each."""
    found = model.predict(np.asarray(split.images)[rows])
    each, seen = [], []
    for label_map, row in zip(found, rows, strict=True):
        truth = split.targets[row] if pngs is None else decode(pngs[row])
        if label_map.shape != truth.shape:
            label_map = to_original(label_map, *truth.shape)
        each.append(dice(label_map, truth, k))
        seen.append([bool((truth == label).any()) for label in range(1, k)])
    each, seen = np.array(each), np.array(seen)
    own = [each[there, i] for i, there in enumerate(seen.T)]
    return {
        "cases": len(rows),
        "dice": [round(float(value), 4) for value in each.mean(0)],
        "with truth": [round(float(values.mean()), 4) if len(values) else None for values in own],
        "misses": [
            round(float((values == 0).mean()), 4) if len(values) else None for values in own
        ],
    }


def measured(name: str, data: Dataset, pngs: dict, method: str, seed: int, changes: dict) -> dict:
    """One training and its two predictions."""
    build = methods()[method].load()
    warm_up = getattr(build, "warm_up", None)
    if warm_up:
        warm_up()
    model = build()
    own = {key: value for key, value in FIXED.items() if key in model.get_params()}
    if "random_state" in model.get_params():
        own["random_state"] = seed
    model.set_params(**(own | changes))
    rows = {
        part: with_truth(split) if name == "brain-mri-lgg" else np.arange(len(split))
        for part, split in list(data.parts())[:3]
    }
    train = data.train
    X, Y = np.asarray(train.images)[rows["train"]], np.asarray(train.targets)[rows["train"]]
    cpu, wall = time.process_time(), time.perf_counter()
    model.fit(X, Y)
    fitted = time.process_time()
    told = {"fit": round(fitted - cpu, 1), "wall": round(time.perf_counter() - wall, 1)}
    k = len(data.target_names)
    for part, split in (("val", data.val), ("test", data.test)):
        told[part] = scored(model, split, pngs.get(part), rows[part], k)
    told["predict"] = round(time.process_time() - fitted, 1)
    told["training images"] = len(X)
    info = getattr(model, "fit_info_", {})
    for key in ("input_size", "working_size", "epochs", "steps", "held_out_dice"):
        if key in info:
            told[key] = info[key]
    return told


def table(file: str) -> None:
    """The results in Markdown."""
    print("| data | method | seed | Dice | with truth | misses | fit, CPU-s | predict, CPU-s |")
    print("|---|---|---|---|---|---|---|---|")
    with open(file, encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            test = row["test"]
            cells = [
                ", ".join("–" if value is None else f"{value:.3f}" for value in test[key])
                for key in ("dice", "with truth", "misses")
            ]
            print(
                f"| {row['data']} | {row['method']} | {row['seed']} | {' | '.join(cells)} "
                f"| {row['fit']:.0f} | {row['predict']:.0f} |"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--data", nargs="*", default=list(SIDES), choices=list(SIDES))
    parser.add_argument("--method", nargs="*", default=[])
    parser.add_argument("--seed", type=int, nargs="*", default=[0])
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE")
    parser.add_argument("--out", metavar="FILE")
    parser.add_argument("--table", metavar="FILE")
    arguments = parser.parse_args()
    if arguments.table:
        table(arguments.table)
        return
    import torch

    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    changes = {}
    for change in arguments.set:
        key, _, value = change.partition("=")
        try:
            changes[key] = ast.literal_eval(value)
        except (SyntaxError, ValueError):
            changes[key] = value
    wanted = arguments.method or [
        name for name, point in methods().items() if getattr(point.load(), "needs", "") == ""
    ]
    machine = {name: os.environ.get(name) for name in VARIABLES}
    for name in arguments.data:
        data, pngs = loaded(name)
        for method in wanted:
            for seed in arguments.seed:
                row = {"data": name, "method": method, "seed": seed, "set": changes}
                row |= measured(name, data, pngs, method, seed, changes) | machine
                line = json.dumps(row)
                print(line, flush=True)
                if arguments.out:
                    with open(arguments.out, "a", encoding="utf-8") as file:
                        file.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
