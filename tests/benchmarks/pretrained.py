"""What frozen pretrained features reach, and what they cost, in CPU-seconds.

    BENCH_DATA=... python -m tests.benchmarks.pretrained speed
    BENCH_DATA=... python -m tests.benchmarks.pretrained DATA SET [DATA SET ...] [--sides 64 224]

`speed` measures images per CPU-second on one thread, block for block as the suite computes them.
With names of data sets it fits the method `linear-probe` as it is shipped ("auto") and with images
seen at other sides; without a side named, at every one of `SIDES`.
Run it with ATEN_CPU_CAPABILITY=avx2 ONEDNN_MAX_CPU_ISA=AVX2 for a CPU like a laptop's.
"""

import argparse
import os
import tempfile
from dataclasses import dataclass

import numpy as np
import torch
from sklearn.metrics import roc_auc_score

from bench.data.dataset import Dataset
from bench.methods import sources
from deep import methods
from deep.frozen_networks import freeze
from deep.networks.weights import find_weights

ARCHITECTURE = "tf_efficientnet_lite0"
SIDES = ("auto", 64, 128, 224)


def cpu_seconds() -> float:
    """User and system time of this process."""
    used = os.times()
    return used.user + used.system


def speed() -> None:
    """Images per CPU-second by side."""
    weights = find_weights(ARCHITECTURE)
    for side in (32, 64, 96, 128, 224):
        images = np.random.default_rng(0).integers(0, 256, (64, side, side, 1)).astype(np.uint8)
        frozen = freeze(images.shape[1:], weights, side, "cpu")
        frozen.features(images[:8])
        n = max(1, 2_000_000 // (len(images) * side**2))
        start = cpu_seconds()
        for _ in range(n):
            frozen.features(images)
        print(f"{side} px: {n * len(images) / (cpu_seconds() - start):.0f} images per CPU-second")


@dataclass(frozen=True)
class Reached:
    """What a method reached on one data set.

    Attributes:
        side: that the network saw, px.
        val, test: AUC, with several classes the mean of one against the rest.
        seconds: CPU-seconds of fit and both predictions.
    """

    side: int
    val: float
    test: float
    seconds: float


def auc(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Of two classes or more."""
    if probabilities.shape[1] == 2:
        return float(roc_auc_score(labels, probabilities[:, 1]))
    return float(roc_auc_score(labels, probabilities, multi_class="ovr"))


def reached(build: methods.Method, data: Dataset, side: int | str, folder: str) -> Reached:
    """Fit a method and ask it about validation and test."""
    model = build().set_params(embedding__cache_folder=folder, embedding__device="cpu")
    # the hub is not asked: what everybody has is measured
    model.set_params(embedding__architecture=ARCHITECTURE, embedding__input_size=side)
    start = cpu_seconds()
    model.fit(data.train.images, data.train.labels)
    val, test = (
        auc(part.labels, model.predict_proba(part.images)) for part in (data.val, data.test)
    )
    seconds = cpu_seconds() - start
    return Reached(model[0].fit_info_["input_size"], val, test, seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="+", help="speed, or names of data sets")
    parser.add_argument("--sides", nargs="+", default=[str(side) for side in SIDES])
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    print(f"torch {torch.__version__}, {torch.backends.cpu.get_cpu_capability()}, one thread")
    if arguments.what == ["speed"]:
        speed()
        return
    print("| data set | images | seen at | AUC, val | AUC, test | CPU-s |")
    print("|---|---|---|---|---|---|")
    for name in arguments.what:
        data = sources.source(name).load(None)
        n, own = sum(len(part) for _, part in data.parts()), data.train.images.shape[1]
        for side in arguments.sides:
            asked = int(side) if side.isdigit() else side
            with tempfile.TemporaryDirectory() as folder:
                found = reached(methods.linear_probe, data, asked, folder)
            note = " (auto)" * (side == "auto")
            print(
                f"| {name} | {n}, {own} px | {found.side} px{note} | {found.val:.3f} | "
                f"{found.test:.3f} | {found.seconds:.1f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
