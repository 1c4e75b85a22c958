"""AUC and cost of the deep methods on the MedMNIST sets at hand.

    BENCH_DATA=... python tests/benchmarks/deep_auc.py [--sets breastmnist] [--seeds 3]
                   [--methods compact-resnet cnn-svm timm:resnet10t] [--budget standard]

Reads `$BENCH_DATA/medmnist/*.npz` (official splits), fits every method on the training split, once
per seed, and prints what validation and test split say. Nothing is chosen on the test split. Fit
seconds are of the processor, those of a wall clock beside them; set OMP_NUM_THREADS=1 for one core.
"""

import argparse
import os
import statistics
import sys
import time
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from deep import methods

METHODS = {
    "compact-resnet": methods.compact_resnet,
    "compact-se-cnn": methods.compact_se_cnn,
    "cnn-svm": methods.cnn_svm,
    "resnet18": methods.resnet18,
}


def load(path):
    """Splits of an npz file: name -> (images (n, h, w, c) uint8, labels (n,) int64)."""
    splits = {}
    with np.load(path) as archive:
        for split in ("train", "val", "test"):
            images = archive[f"{split}_images"]
            images = images[..., None] if images.ndim == 3 else images
            splits[split] = images, archive[f"{split}_labels"].ravel().astype(np.int64)
    return splits


def auc(y, p):
    """Area under the ROC curve; macro average of one class against the rest beyond two classes."""
    if p.shape[1] == 2:
        return roc_auc_score(y, p[:, 1])
    return roc_auc_score(y, p, multi_class="ovr", average="macro")


def builder(name):
    """The build function of a method of the suite, or of `timm:NAME`."""
    return methods.timm(name.removeprefix("timm:")) if name.startswith("timm:") else METHODS[name]


def run(build, seed, budget, splits):
    """One fit: validation AUC, test AUC, processor and wall seconds, what fit decided."""
    model = build()
    settings = {"random_state": seed, "budget": budget}
    names = {key: key.split("__")[-1] for key in model.get_params()}
    model.set_params(**{key: settings[last] for key, last in names.items() if last in settings})
    processor, wall = time.process_time(), time.perf_counter()
    model.fit(*splits["train"])
    processor, wall = time.process_time() - processor, time.perf_counter() - wall
    val, test = (auc(splits[s][1], model.predict_proba(splits[s][0])) for s in ("val", "test"))
    info = model.fit_info_ if hasattr(model, "fit_info_") else model[0].fit_info_
    return val, test, processor, wall, info


def summary(values):
    """Mean, spread over the seeds, and every value."""
    spread = f" ±{statistics.stdev(values):.3f}" if len(values) > 1 else ""
    return f"{statistics.mean(values):.3f}{spread} ({' '.join(f'{v:.3f}' for v in values)})"


def report(path, names, seeds, budget):
    """Print the table of one data set."""
    splits = load(path)
    sizes = "/".join(str(len(y)) for _, y in splits.values())
    shape = "x".join(map(str, splits["train"][0].shape[1:]))
    print(f"\n{path.stem}: train/val/test {sizes}, {shape}, budget {budget}")
    print(f"{'method':16} {'val AUC':36} {'test AUC':36} {'cpu s':>6} {'wall s':>6}", end="")
    print(f" {'parameters':>10} {'px':>4} {'epochs':>6} {'steps':>6}  weights")
    for name in names:
        runs = [run(builder(name), seed, budget, splits) for seed in range(seeds)]
        val, test, processor, wall, infos = zip(*runs, strict=True)
        info = infos[0]
        print(f"{name:16} {summary(val):36} {summary(test):36}", end="")
        print(f" {statistics.mean(processor):6.1f} {statistics.mean(wall):6.1f}", end="")
        print(f" {info['parameters']:10} {info['input_size']:4}", end="")
        print(f" {info.get('epochs', 0):6} {info.get('steps', 0):6}  {info['weights']}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", nargs="*", help="names of npz files; default: all that are there")
    default = [name for name, build in METHODS.items() if not hasattr(build, "needs")]
    parser.add_argument("--methods", nargs="*", default=default, help="or timm:NAME")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--budget", default="standard")
    arguments = parser.parse_args()
    folders = [Path(part) for part in os.environ.get("BENCH_DATA", "").split(os.pathsep) if part]
    paths = [path for folder in folders for path in sorted(folder.glob("medmnist/*.npz"))]
    if arguments.sets:
        paths = [path for path in paths if path.stem in arguments.sets]
    if not paths:
        sys.exit("no MedMNIST file found: set BENCH_DATA to the folder that holds medmnist/*.npz")
    unknown = [n for n in arguments.methods if n not in METHODS and not n.startswith("timm:")]
    if unknown:
        sys.exit(f"no method {', '.join(unknown)}: choose from {', '.join(METHODS)} or timm:NAME")
    for path in paths:
        report(path, arguments.methods, arguments.seeds, arguments.budget)


if __name__ == "__main__":
    main()
