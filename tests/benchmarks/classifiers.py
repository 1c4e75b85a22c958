"""The classical methods on the same features: AUC, log loss and processor time of each classifier.

    BENCH_DATA=... python tests/benchmarks/classifiers.py [--dataset NAME]... [--method NAME]...
        [--seeds 3] [--store FILE] [--against FILE]

Features are computed once per data set; then every classifier is fitted to those of the training
part and asked about validation and test. Prints Markdown, means over seeds; `--store` keeps the
numbers as JSON, and `--against` prints another version's beside them.
"""

import argparse
import json
import os
import time
from collections.abc import Iterable
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.pipeline import Pipeline

from baselines import controls, methods
from baselines.classifiers.pipelines import CLASSIFIERS
from baselines.features.handcrafted import HandcraftedFeatures, compile_kernels
from bench.data.dataset import Split
from bench.data.sets import local

DATASETS = ("breastmnist", "busi", "pneumoniamnist", "skin-lesions", "white-blood-cells")
ON_IMAGES = {"patch_svm": methods.patch_svm, "raw_pixel_svm": controls.raw_pixel_svm}
METHODS = (*CLASSIFIERS, "soft_vote", *ON_IMAGES)
LEAST = 1e-3  # smaller probabilities count as this one in the log loss

Row = dict[str, float]


def mean(values: Iterable[float]) -> float:
    return float(np.mean(list(values)))


def auc(labels: np.ndarray, p: np.ndarray, classes: int) -> float:
    """Of class 1, or the mean of one against the rest."""
    if classes == 2:
        return float(roc_auc_score(labels, p[:, 1]))
    return mean(float(roc_auc_score(labels == k, p[:, k])) for k in range(classes))


def build(name: str, seed: int) -> Pipeline:
    """What follows the features, or the whole method where it has features of its own."""
    if name in ON_IMAGES:
        model = ON_IMAGES[name]()
    elif name == "soft_vote":
        model = Pipeline(methods.soft_vote().steps[1:])
    else:
        model = Pipeline(CLASSIFIERS[name]())
    states = [key for key in model.get_params() if key.split("__")[-1] == "random_state"]
    return model.set_params(**dict.fromkeys(states, seed))


def measured(name: str, parts: dict[str, Split], values: dict[str, np.ndarray], seed: int) -> Row:
    """One fit: AUCs, log loss on test, processor seconds of the fit."""
    classes = int(parts["train"].labels.max()) + 1
    seen = {key: part.images if name in ON_IMAGES else values[key] for key, part in parts.items()}
    start = time.process_time()
    model = build(name, seed).fit(seen["train"], parts["train"].labels)
    spent = time.process_time() - start
    p = {key: model.predict_proba(seen[key]) for key in ("val", "test")}
    kept = np.maximum(p["test"], LEAST)
    kept /= kept.sum(axis=1, keepdims=True)
    return {
        "val": auc(parts["val"].labels, p["val"], classes),
        "test": auc(parts["test"].labels, p["test"], classes),
        "log_loss": float(log_loss(parts["test"].labels, kept, labels=range(classes))),
        "seconds": spent,
    }


def table(dataset: str, found: dict[str, Row], other: dict[str, Row]) -> str:
    """One data set as Markdown; what stands before an arrow is the other version's."""
    heads = ("validation AUC", "test AUC", "test log loss", "CPU s")
    lines = ["| " + " | ".join((dataset, *heads)) + " |", "|---" * 5 + "|"]
    for name, row in found.items():
        cells = [name]
        for key, digits in (("val", 3), ("test", 3), ("log_loss", 3), ("seconds", 2)):
            before = f"{other[name][key]:.{digits}f} → " if name in other else ""
            cells.append(f"{before}{row[key]:.{digits}f}")
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dataset", action="append", choices=DATASETS)
    parser.add_argument("--method", action="append", choices=METHODS)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--store", type=Path)
    parser.add_argument("--against", type=Path)
    options = parser.parse_args()
    other = json.loads(options.against.read_text()) if options.against else {}
    compile_kernels()
    results: dict[str, dict[str, Row]] = {}
    for dataset in options.dataset or DATASETS:
        data = local.load(dataset)
        parts = {"train": data.train, "val": data.val, "test": data.test}
        features = HandcraftedFeatures().fit(data.train.images[:2])
        values = {key: features.transform(part.images) for key, part in parts.items()}
        results[dataset] = {}
        for name in options.method or METHODS:
            chance = any(key.endswith("random_state") for key in build(name, 0).get_params())
            rows = [
                measured(name, parts, values, seed)
                for seed in range(options.seeds if chance else 1)
            ]
            results[dataset][name] = {key: mean(row[key] for row in rows) for key in rows[0]}
        print(table(dataset, results[dataset], other.get(dataset, {})), end="\n\n", flush=True)
        if options.store:
            options.store.write_text(json.dumps(results, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
