"""What corrupted test parts cost: making them, and describing them by handcrafted features.

    BENCH_DATA=… python tests/benchmarks/corrupting.py [NAME] [PX] [MODALITY]

The test part of BreastMNIST at 28 px by default, every corruption that suits gray images of
ultrasound, five severities each. Processor seconds of one process, all threads together.
"""

import sys
import time

import numpy as np

from baselines.features.handcrafted import HandcraftedFeatures, compile_kernels
from bench.data.corruptions import SEVERITIES, corrupt, names
from bench.data.sets import local


def main() -> None:
    name, size, modality = [
        *sys.argv[1:],
        *("breastmnist", "28", "ultrasound")[len(sys.argv) - 1 :],
    ]
    images = np.array(local.load(name, int(size)).test.images)
    compile_kernels()
    features = HandcraftedFeatures().fit(images)
    corrupt(images[:2], "gaussian-blur", 1)  # imports
    kinds = names(modality, images.shape[3])
    making = describing = 0.0
    for kind in kinds:
        start = time.process_time()
        spoilt = np.concatenate([corrupt(images, kind, severity) for severity in SEVERITIES])
        made = time.process_time()
        features.transform(spoilt)
        making += made - start
        describing += time.process_time() - made
    n = len(images) * len(kinds) * len(SEVERITIES)
    print(f"{name}: {len(images)} images of {images.shape[1:]}, {len(kinds)} corruptions: {n:,}")
    print(f"corrupting {making:.2f} s of CPU, features {describing:.2f} s of CPU")


if __name__ == "__main__":
    main()
