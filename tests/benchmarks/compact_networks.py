"""Test AUC and CPU-seconds of the networks that are trained from scratch on a CPU.

    export ATEN_CPU_CAPABILITY=avx2 ONEDNN_MAX_CPU_ISA=AVX2 OMP_NUM_THREADS=1
    BENCH_DATA=... python tests/benchmarks/compact_networks.py --out after.jsonl
    BENCH_DATA=... python tests/benchmarks/compact_networks.py --set epochs=20 --seeds 0
    python tests/benchmarks/compact_networks.py --compare before.jsonl after.jsonl

Trained in float32, whatever the CPU could do. The first two variables make kernels those of a
laptop without AVX-512. Seconds are of the processor, user and system, of all threads, so that other
work on the machine counts little. `--set` changes a parameter of every network, `--compare` puts
files of results beside each other: means over the seeds that they share, for every data set and
method, and the ratio of seconds and the difference of AUC from the first.
"""

import argparse
import ast
import json
import os
import sys
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from bench.data import phantoms
from bench.data.sets import local
from deep import methods

VARIABLES = ("ATEN_CPU_CAPABILITY", "ONEDNN_MAX_CPU_ISA", "OMP_NUM_THREADS")
PHANTOMS = ("texture", "shape", "context", "null")
REAL = ("breastmnist", "busi", "skin-lesions")
METHODS = ("compact_resnet", "compact_se_cnn", "row_gru")


Part = tuple[np.ndarray, np.ndarray]
"""Images (n, h, w, c) uint8 and labels (n,) int64."""


def parts_of(name: str) -> dict[str, Part]:
    data = getattr(phantoms, name)() if name in PHANTOMS else local.load(name)
    splits = {"train": data.train, "val": data.val, "test": data.test}
    return {part: (np.asarray(split.images), split.labels) for part, split in splits.items()}


def auc(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Macro average of one class against the rest where there are more than two."""
    two = probabilities.shape[1] == 2
    scores = probabilities[:, 1] if two else probabilities
    return float(roc_auc_score(labels, scores, multi_class="ovr"))


def measured(method: str, parts: dict[str, Part], seed: int, changes: dict) -> dict:
    """One training and its two predictions."""
    model = getattr(methods, method)()
    own = {"precision": "float32", "device": "cpu", "random_state": seed}
    model.set_params(**(own | changes))
    start = time.process_time()
    model.fit(*parts["train"])
    fitted = time.process_time()
    val, test = (
        auc(parts[part][1], model.predict_proba(parts[part][0])) for part in ("val", "test")
    )
    info = model.fit_info_
    told = ("input_size", "epochs", "steps", "batch_size", "learning_rate")
    return {
        "fit": round(fitted - start, 2),
        "predict": round(time.process_time() - fitted, 2),
        "val": round(val, 4),
        "test": round(test, 4),
        "loss": info["training_loss"][-1],
    } | {name: info[name] for name in told}


def compare(files: list[str]) -> None:
    """A table in Markdown."""
    tables = []
    for file in files:
        rows = defaultdict(dict)
        for line in Path(file).read_text().splitlines():
            row = json.loads(line)
            rows[row["set"], row["method"]][row["seed"]] = row
        tables.append(rows)
    keys = [key for key in tables[0] if all(key in table for table in tables)]
    groups: dict[str, list] = defaultdict(list)
    print("| data set | method | seeds | test AUC | fit, CPU-s |\n|---|---|---|---|---|")
    for key in keys:
        seeds = sorted(set.intersection(*(set(table[key]) for table in tables)))
        values = [
            [np.mean([table[key][s][what] for s in seeds]) for table in tables]
            for what in ("test", "fit")
        ]
        kind = "real" if key[0] in REAL else "phantoms"
        groups[f"{kind}, {key[1]}"].append(values)
        _line(*key, len(seeds), np.array(values))
    for group, values in groups.items():
        _line("mean", group, len(values), np.mean(values, axis=0))


def _line(name: str, method: str, n: int, values: np.ndarray) -> None:
    areas, seconds = values
    aucs = " → ".join(f"{value:.3f}" for value in areas)
    times = " → ".join(f"{value:.1f}" for value in seconds)
    change, ratio = f"{areas[-1] - areas[0]:+.3f}", f"{seconds[-1] / seconds[0]:.2f}"
    print(f"| {name} | {method} | {n} | {aucs} ({change}) | {times} ({ratio}) |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", nargs="+", default=[*REAL, *PHANTOMS])
    parser.add_argument("--methods", nargs="+", default=METHODS)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", dest="changes")
    parser.add_argument("--out", help="file to which each result is appended as a line of JSON")
    parser.add_argument("--compare", nargs="+", metavar="FILE")
    options = parser.parse_args()
    if options.compare:
        compare(options.compare)
        return
    import torch

    print(", ".join(f"{name}={os.environ.get(name, 'not set')}" for name in VARIABLES))
    print(f"torch {torch.__version__}, kernels {torch.backends.cpu.get_cpu_capability()}, ", end="")
    print(f"{torch.get_num_threads()} threads")
    changes = dict(change.split("=", 1) for change in options.changes)
    changes = {name: _value(text) for name, text in changes.items()}
    for seed in options.seeds:
        for name in options.sets:
            parts = parts_of(name)
            for method in options.methods:
                row = {"set": name, "method": method, "seed": seed}
                row |= measured(method, parts, seed, changes)
                print(row, flush=True)
                if options.out:
                    with open(options.out, "a", encoding="utf-8") as file:
                        file.write(json.dumps(row) + "\n")


def _value(text: str) -> object:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


if __name__ == "__main__":
    sys.exit(main())
