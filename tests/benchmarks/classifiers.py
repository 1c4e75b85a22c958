"""The classical methods on the same features: AUC, log loss and processor time of each classifier.

    BENCH_DATA=... python tests/benchmarks/classifiers.py [--dataset NAME]... [--method NAME]...
        [--seeds 3] [--store FILE] [--against FILE]
    BENCH_DATA=... python tests/benchmarks/classifiers.py --descriptions [--dataset NAME]...

Features are computed once per data set; then every classifier is fitted to those of the training
part and asked about validation and test. Prints Markdown, means over seeds; `--store` keeps the
numbers as JSON, and `--against` prints another version's beside them. `--descriptions` compares
instead what stands before the `svm`: features with and without those that know the position, pixels
at several resolutions, standardised or as principal components, a finer grid of gradients. Below
stands the method with the best validation AUC on each set against the raw pixels. Masks are not
given to anybody; chest-x-rays-624 are the test images of PneumoniaMNIST, dealt 3 : 1 : 1, as a
small set of X-rays.
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
from sklearn.decomposition import PCA
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from baselines import controls, methods
from baselines.classifiers.folds import StratifiedFolds
from baselines.classifiers.pipelines import CLASSIFIERS
from baselines.features.channels import colour_channels
from baselines.features.handcrafted import HandcraftedFeatures, compile_kernels
from baselines.features.hog import HOG
from baselines.features.pixels import RawPixels
from bench.data.dataset import Split
from bench.data.folders.reading import Reading
from bench.data.sets import local

CHEST = "chest-x-rays-624"
DATASETS = ("breastmnist", "busi", "pneumoniamnist", "skin-lesions", "white-blood-cells",
            "brain-mri-lgg", "thyroid-nodules", CHEST)  # fmt: skip
ON_IMAGES = {"patch_svm": methods.patch_svm, "raw_pixel_svm": controls.raw_pixel_svm}
METHODS = (*CLASSIFIERS, "soft_vote", *ON_IMAGES)
LEAST = 1e-3  # smaller probabilities count as this one in the log loss

PEER = "raw_pixel_svm"
Row = dict[str, float]
Values = dict[str, np.ndarray]


def mean(values: Iterable[float]) -> float:
    return float(np.mean(list(values)))


def parts_of(name: str) -> dict[str, Split]:
    """Train, val and test of a data set, without masks."""
    if name == CHEST:
        x = local.load("pneumoniamnist").test
        held_out = [fold for _, fold in StratifiedFolds(5).split(None, x.labels)]
        rows = {"train": np.concatenate(held_out[:3]), "val": held_out[3], "test": held_out[4]}
        return {k: Split(x.images[i], x.labels[i], x.case_ids[i]) for k, i in rows.items()}
    data = local.load(name, reading=Reading(drop_unlabelled=True))
    found = {"train": data.train, "val": data.val, "test": data.test}
    return {
        key: Split(colour_channels(np.asarray(part.images)), part.labels, part.case_ids)
        for key, part in found.items()
    }


def descriptions(parts: dict[str, Split], values: Values, names: list[str]) -> dict[str, Values]:
    """What may stand before the machine → features of each part."""

    def pixels(side: int) -> Values:
        return {key: RawPixels(side).fit_transform(part.images) for key, part in parts.items()}

    def beside(*some: Values) -> Values:
        return {key: np.hstack([each[key] for each in some]) for key in parts}

    raw, coarse = pixels(32), pixels(16)
    alike = {
        key: (x - x.mean(axis=1, keepdims=True)) / (x.std(axis=1, keepdims=True) + 1e-6)
        for key, x in raw.items()
    }
    fine = {key: HOG(9, 8, 2).fit_transform(part.images) for key, part in parts.items()}
    scale = StandardScaler().fit(raw["train"])
    components = PCA(min(100, len(raw["train"]) - 1), svd_solver="randomized", random_state=0)
    components.fit(scale.transform(raw["train"]))
    projected = {key: components.transform(scale.transform(x)) for key, x in raw.items()}
    anywhere = np.array([not name.startswith(("hog_", "zone_")) for name in names])
    return {
        "features": values,
        "features without position": {key: x[:, anywhere] for key, x in values.items()},
        "features of position only": {key: x[:, ~anywhere] for key, x in values.items()},
        "pixels, 32 a side": raw,
        "pixels, 16 a side": coarse,
        "pixels, each image standardised": alike,
        "100 principal components of pixels": projected,
        "gradients, 8 x 8 cells, blocks of 2": fine,
        "features, pixels 16 a side": beside(values, coarse),
        "features, pixels 32 a side": beside(values, raw),
        "features, finer gradients": beside(values, fine),
    }


def chosen(results: dict[str, dict[str, Row]]) -> str:
    """The best classical method on validation against raw pixels, as Markdown."""
    lines = [
        f"| data set | best on validation | test AUC | {PEER} | difference |",
        "|---" * 5 + "|",
    ]
    differences = []
    for dataset, found in results.items():
        best = max((n for n in found if n != PEER), key=lambda n, f=found: f[n]["val"])
        own, peer = found[best]["test"], found[PEER]["test"]
        differences.append(own - peer)
        lines.append(f"| {dataset} | {best} | {own:.3f} | {peer:.3f} | {own - peer:+.3f} |")
    lines.append(f"| mean | | | | {np.mean(differences):+.3f} |")
    return "\n".join(lines)


def auc(labels: np.ndarray, p: np.ndarray, classes: int) -> float:
    """Of class 1, or the mean of one against the rest."""
    if classes == 2:
        return float(roc_auc_score(labels, p[:, 1]))
    return mean(float(roc_auc_score(labels == k, p[:, k])) for k in range(classes))


def build(name: str, seed: int) -> Pipeline:
    """What follows the features, or the whole method where it has features of its own."""
    if name not in METHODS:
        model = Pipeline(CLASSIFIERS["svm"]())  # on another description
    elif name in ON_IMAGES:
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
    parser.add_argument("--descriptions", action="store_true")
    parser.add_argument("--store", type=Path)
    parser.add_argument("--against", type=Path)
    options = parser.parse_args()
    other = json.loads(options.against.read_text()) if options.against else {}
    compile_kernels()
    results: dict[str, dict[str, Row]] = {}
    for dataset in options.dataset or DATASETS:
        parts = parts_of(dataset)
        features = HandcraftedFeatures().fit(parts["train"].images[:2])
        values = {key: features.transform(part.images) for key, part in parts.items()}
        results[dataset] = {}
        before = dict.fromkeys(options.method or METHODS, values)
        if options.descriptions:
            before = descriptions(parts, values, list(features.get_feature_names_out()))
        for name, described in before.items():
            chance = any(key.endswith("random_state") for key in build(name, 0).get_params())
            seeds = 1 if options.descriptions else options.seeds
            rows = [measured(name, parts, described, s) for s in range(seeds if chance else 1)]
            results[dataset][name] = {key: mean(row[key] for row in rows) for key in rows[0]}
        print(table(dataset, results[dataset], other.get(dataset, {})), end="\n\n", flush=True)
        if options.store:
            options.store.write_text(json.dumps(results, indent=1), encoding="utf-8")
    if all(PEER in found and len(found) > 1 for found in results.values()):
        print(chosen(results))


if __name__ == "__main__":
    main()
