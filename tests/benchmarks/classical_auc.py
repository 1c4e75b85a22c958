"""AUC and cost of the classical methods and controls on the MedMNIST sets at hand.

    BENCH_DATA=... python tests/benchmarks/classical_auc.py [--sets breastmnist] [--seeds 3]

Reads `$BENCH_DATA/medmnist/*.npz` (official splits), fits every method on the training split, once
per seed where it is random, and prints what validation and test split say. The method with the best
validation AUC is named; the test split decides nothing. Everything runs on one thread.
"""

import argparse
import os
import statistics
import sys
import time
from pathlib import Path

import numpy as np
from sklearn.metrics import accuracy_score, roc_auc_score
from threadpoolctl import threadpool_limits

from baselines import controls, methods
from baselines.family import ImageBatch, batches
from baselines.features import FAMILIES, HandcraftedFeatures

METHODS = {
    "svm": methods.svm,
    "decision-tree": methods.decision_tree,
    "random-forest": methods.random_forest,
    "xgboost": methods.xgboost,
    "class-prior": controls.class_prior,
    "mean-brightness": controls.mean_brightness,
    "raw-pixel-svm": controls.raw_pixel_svm,
}
CLASSICAL = ("svm", "decision-tree", "random-forest", "xgboost")


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


def milliseconds_per_image(images):
    """Time of each family by itself, gray levels and lesions given, and of all together."""
    HandcraftedFeatures().fit_transform(images[:2])  # compiled or read from the cache
    times = {}
    batch = ImageBatch(images)
    for name in ("gray", "lesions"):
        start = time.perf_counter()
        getattr(batch, name)
        times[name] = time.perf_counter() - start
    for name, family in FAMILIES.items():
        start = time.perf_counter()
        family().describe(batch)
        times[name] = time.perf_counter() - start
    start = time.perf_counter()
    for part in batches(images):
        HandcraftedFeatures().describe(part)
    times["all"] = time.perf_counter() - start
    return {name: 1000 * seconds / len(images) for name, seconds in times.items()}


def run(build, seed, splits):
    """One fit: validation AUC, test AUC, test accuracy, seconds to fit and to predict both."""
    model = build()
    names = [key for key in model.get_params() if key.split("__")[-1] == "random_state"]
    model.set_params(**dict.fromkeys(names, seed))
    start = time.perf_counter()
    model.fit(*splits["train"])
    fitted = time.perf_counter()
    val, test = (model.predict_proba(splits[name][0]) for name in ("val", "test"))
    predicted = time.perf_counter()
    return (
        auc(splits["val"][1], val),
        auc(splits["test"][1], test),
        accuracy_score(splits["test"][1], test.argmax(axis=1)),
        fitted - start,
        predicted - fitted,
    )


def report(path, seeds):
    """Print the tables of one data set."""
    splits = load(path)
    sizes = "/".join(str(len(y)) for _, y in splits.values())
    shape = "x".join(map(str, splits["train"][0].shape[1:]))
    times = milliseconds_per_image(splits["train"][0][:500])
    n_features = len(HandcraftedFeatures().names(splits["train"][0].shape[3]))
    print(f"\n{path.stem}: train/val/test {sizes}, {shape}, {n_features} features")
    print("ms per image: " + ", ".join(f"{name} {ms:.3f}" for name, ms in times.items()))
    print(f"{'method':16} {'runs':>4} {'val AUC':>15} {'test AUC':>15} {'test acc':>8}", end="")
    print(f" {'fit s':>7} {'predict s':>9}")
    chosen, best = None, -1.0
    for name, build in METHODS.items():
        stochastic = any(key.endswith("random_state") for key in build().get_params())
        runs = [run(build, seed, splits) for seed in range(seeds if stochastic else 1)]
        val, test, accuracy, fit, predict = zip(*runs, strict=True)
        print(f"{name:16} {len(runs):4}", end="")
        for values in (val, test):
            spread = f" ±{statistics.stdev(values):.4f}" if len(values) > 1 else ""
            print(f" {f'{statistics.mean(values):.4f}{spread}':>15}", end="")
        print(f" {statistics.mean(accuracy):8.4f}", end="")
        print(f" {statistics.mean(fit):7.2f} {statistics.mean(predict):9.2f}", flush=True)
        if name in CLASSICAL and statistics.mean(val) > best:
            chosen, best = (name, statistics.mean(test)), statistics.mean(val)
    print(f"chosen on validation: {chosen[0]}, test AUC {chosen[1]:.4f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", nargs="*", help="names of npz files; default: all that are there")
    parser.add_argument("--seeds", type=int, default=3)
    arguments = parser.parse_args()
    folders = [Path(part) for part in os.environ.get("BENCH_DATA", "").split(os.pathsep) if part]
    paths = [path for folder in folders for path in sorted(folder.glob("medmnist/*.npz"))]
    if arguments.sets:
        paths = [path for path in paths if path.stem in arguments.sets]
    if not paths:
        sys.exit("no MedMNIST file found: set BENCH_DATA to the folder that holds medmnist/*.npz")
    with threadpool_limits(1):
        for path in paths:
            report(path, arguments.seeds)


if __name__ == "__main__":
    main()
