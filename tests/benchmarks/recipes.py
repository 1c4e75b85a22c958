"""Which recipe trains a network best, by cross-validation on what is not the official test part.

    BENCH_DATA=... OMP_NUM_THREADS=1 python tests/benchmarks/recipes.py --jobs 2
    BENCH_DATA=... python tests/benchmarks/recipes.py --device cuda --sets breastmnist busi

Training and validation part are joined and cut into folds; every candidate is trained on all but
one of them and asked about that one. Each training is also asked with moving averages of its
weights and with test-time augmentation, which do not change it. Prints, for each candidate and way
of asking, the mean AUC over the folds and its paired difference from the first candidate asked
plainly, with the standard error over the folds. Folds share training images, so that this error is
too small; it says which candidates are worth three seeds on the official split (deep_auc.py).
"""

import argparse
import multiprocessing
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import numpy as np
import reference
import torch
from sklearn.model_selection import StratifiedKFold

from deep.classifier import TimmClassifier
from deep.training import loop
from deep.training.optimisation import WeightAverage

CANDIDATES = {
    "default": {},
    "rate 0.001": {"learning_rate": 1e-3},
    "90 epochs": {"epochs": 90},
    "strong": {"augment": "strong"},
    "strong, 90 epochs": {"augment": "strong", "epochs": 90},
    "ultrasound": {"augment": "ultrasound"},
    "cutout": {"augment": "cutout"},
    "no balance": {"class_balance": 0.0},
    "no smoothing": {"label_smoothing": 0.0},
    "sgd": {"optimiser": "sgd"},
    "decay 0.2": {"weight_decay": 0.2},
}
DECAYS = (0.98, 0.995)


class Averages:
    """Several moving averages of one training, which ends with the weights of its last step."""

    latest: "Averages"

    def __init__(self, network, _decay) -> None:
        self.averages = [WeightAverage(network, decay) for decay in DECAYS]
        Averages.latest = self

    def update(self) -> None:
        for average in self.averages:
            average.update()

    def apply(self) -> None:
        """Nothing: who asks the network applies them one after the other."""


def asked(model: TimmClassifier, part: reference.Part) -> dict[str, float]:
    """AUC without and with test-time augmentation."""
    values = {}
    for name, mirrored in (("", False), (" + mirrored", True)):
        model.set_params(test_time_augmentation=mirrored)
        values[name] = reference.auc(part[1], model.predict_proba(part[0]))
    return values


def run(
    candidate: str, train: reference.Part, held_out: reference.Part, settings: dict
) -> tuple[dict[str, float], float]:
    """AUC by way of asking, and seconds of one training."""
    torch.set_num_threads(settings.pop("threads"))
    loop.WeightAverage = Averages
    model = TimmClassifier(average_decay=0.5, **(settings | CANDIDATES[candidate]))
    start = time.perf_counter()
    model.fit(*train)
    seconds = time.perf_counter() - start
    found = {f"last step{way}": value for way, value in asked(model, held_out).items()}
    for decay, average in zip(DECAYS, Averages.latest.averages, strict=True):
        average.apply()
        found |= {f"average {decay}{way}": auc for way, auc in asked(model, held_out).items()}
    return found, seconds


def joined(name: str, size: int) -> reference.Part:
    """Training and validation part of a set, or of a folder of images."""
    from deep_auc import official

    from bench.data.sets.folder import load as load_folder

    for root in os.environ.get("BENCH_DATA", "").split(os.pathsep):
        path = Path(root, "medmnist", f"{name}.npz")
        if path.is_file():
            parts = official(path)
            pairs = [parts["train"], parts["val"]]
        elif Path(root, name).is_dir():
            data = load_folder(Path(root, name), size)
            pairs = [(part.images, part.labels) for part in (data.train, data.val)]
        else:
            continue
        images, labels = zip(*pairs, strict=True)
        return np.concatenate(images), np.concatenate(labels)
    sys.exit(f"no data set {name!r}: set BENCH_DATA to the folder that holds it")


def compare(name: str, options) -> None:
    images, labels = joined(name, options.size)
    rows = np.random.default_rng(0).permutation(len(labels))[: options.most]
    images, labels = images[rows], labels[rows]
    print(f"{name}: {len(labels)} images {images.shape[1:]}, {options.folds} folds", flush=True)
    cuts = StratifiedKFold(options.folds, shuffle=True, random_state=0)
    folds = list(cuts.split(images, labels))[: options.first]
    settings = {
        "architecture": options.architecture,
        "pretrained": False,
        "budget": options.budget,
        "device": options.device,
        "random_state": 0,
        "threads": options.threads,
    }
    context = multiprocessing.get_context("spawn")
    found: dict[str, dict[int, dict[str, float]]] = {}
    with ProcessPoolExecutor(options.jobs, mp_context=context) as pool:
        waiting = {}
        for candidate in options.candidates:
            for fold, (train, held_out) in enumerate(folds):
                parts = (images[train], labels[train]), (images[held_out], labels[held_out])
                job = pool.submit(run, candidate, *parts, dict(settings))
                waiting[job] = candidate, fold
        for job in as_completed(waiting):
            candidate, fold = waiting[job]
            values, seconds = job.result()
            found.setdefault(candidate, {})[fold] = values
            print(f"  {candidate}, fold {fold}: {values} {seconds:.0f} s", flush=True)
    numbers, plain = range(len(folds)), found[options.candidates[0]]
    first = np.array([plain[fold]["last step"] for fold in numbers])
    for candidate in options.candidates:
        for way in found[candidate][0]:
            values = np.array([found[candidate][fold][way] for fold in numbers])
            gain = values - first
            error = gain.std(ddof=1) / len(gain) ** 0.5 if len(gain) > 1 else float("nan")
            print(f"{candidate:20} {way:25} {values.mean():.4f} {gain.mean():+.4f} ± {error:.4f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--sets", nargs="+", default=["breastmnist"])
    parser.add_argument("--size", type=int, default=28, help="of the images of a folder, px")
    parser.add_argument("--most", type=int, default=None, help="images taken of a set")
    parser.add_argument("--architecture", default="resnet18")
    parser.add_argument("--candidates", nargs="+", default=list(CANDIDATES), choices=CANDIDATES)
    parser.add_argument("--budget", default="standard")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--first", type=int, default=None, help="folds that are run; default: all")
    parser.add_argument("--jobs", type=int, default=1, help="trainings at a time")
    parser.add_argument("--threads", type=int, default=1, help="of each training")
    options = parser.parse_args()
    for name in options.sets:
        compare(name, options)


if __name__ == "__main__":
    main()
