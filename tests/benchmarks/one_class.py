"""What detectors of anomalies find on the validation parts, by scaling and by distance.

    BENCH_DATA=… python tests/benchmarks/one_class.py

prints the table of docs/measurements/one-class.md. Methods see at most 1,500 training images of one
class; no test part is looked at.
"""

import warnings
from collections.abc import Iterator

import numpy as np
from sklearn.base import clone
from sklearn.ensemble import IsolationForest
from sklearn.svm import OneClassSVM

from baselines.classifiers.one_class import MahalanobisDistance, NeighbourDistance, PCAResidual
from baselines.classifiers.scaling import ClippedScores
from baselines.features.handcrafted import HandcraftedFeatures
from baselines.features.pixels import RawPixels
from bench.data.sets import local
from bench.protocol.scoring import binary_auc
from deep.embedding import TimmEmbedding

SETS = {
    "breastmnist": ("normal, benign", 28),
    "pneumoniamnist": ("normal", 28),
    "busi-lesions": ("benign", 64),
    "white-blood-cells": ("neutrophil", 64),
    "skin-lesions": ("akiec", 64),
}
MOST, MOST_JUDGED = 1_500, 600


def detectors() -> dict[str, dict[str, list]]:
    """Features → name → scaling, if any, and detector."""
    forest = IsolationForest(random_state=0)
    hand = {"isolation forest": [forest]}
    for limit in (2.0, 4.0, 8.0):
        scale = ClippedScores(limit)
        hand[f"one-class SVM, ±{limit:g}"] = [scale, OneClassSVM(nu=0.1)]
        hand[f"PCA residual, ±{limit:g}"] = [scale, PCAResidual(0.9)]
    return {
        "handcrafted": hand,
        "pixels": {"PCA residual": [PCAResidual(0.9)]},
        "embedding": {
            "Mahalanobis": [MahalanobisDistance()],
            "5 neighbours": [NeighbourDistance()],
            "5 neighbours, cosine": [NeighbourDistance(metric="cosine")],
        },
    }


def transformers() -> dict[str, object]:
    embedding = TimmEmbedding("tf_efficientnet_lite0", pretrained=True)
    return {
        "handcrafted": HandcraftedFeatures(),
        "pixels": RawPixels(),
        "embedding": embedding,
    }


def aucs(name: str) -> Iterator[tuple[str, float]]:
    normal, size = SETS[name]
    data = local.load(name, size)
    label = data.class_names.index(normal)
    rows = np.flatnonzero(data.train.labels == label)[:MOST]
    train, judged = data.train.images[rows], data.val.images[:MOST_JUDGED]
    other = data.val.labels[:MOST_JUDGED] != label
    for kind, transformer in transformers().items():
        seen = transformer.fit(train, np.zeros(len(train), int)).transform(train)
        asked = transformer.transform(judged)
        for words, steps in detectors()[kind].items():
            x, t = seen, asked
            for step in steps[:-1]:
                fitted = clone(step).fit(x)
                x, t = fitted.transform(x), fitted.transform(t)
            score = -clone(steps[-1]).fit(x).score_samples(t)
            yield f"{kind}: {words}", binary_auc(other, score)


def main() -> None:
    warnings.simplefilter("ignore")
    found = {name: dict(aucs(name)) for name in SETS}
    print("| | " + " | ".join(SETS) + " |")
    print("|---" * (len(SETS) + 1) + "|")
    for words in next(iter(found.values())):
        cells = [f"{found[name][words]:.3f}" for name in SETS]
        print(f"| {words} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
