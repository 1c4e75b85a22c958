"""Which of timm's architectures can be trained on small gray images: one of every family, or all.

    OMP_NUM_THREADS=1 python tests/benchmarks/architectures.py
    OMP_NUM_THREADS=1 python tests/benchmarks/architectures.py --only resnet18 vit_tiny_patch16_224
    OMP_NUM_THREADS=1 python tests/benchmarks/architectures.py --every --most 30e6

Of every module of timm the architecture with the fewest parameters is trained for one epoch on
eight images, gray with a mask, from scratch, and asked about them. Prints what each saw, how long
it took, and the error of those that cannot.
"""

import argparse
import time
import warnings
from collections.abc import Iterator

import numpy as np
import timm
import torch

from deep.classifier import TimmClassifier
from deep.networks.network import count_parameters


def parameters(name: str) -> float:
    """Number of parameters, without room for them; infinite where timm cannot build it so."""
    try:
        with torch.device("meta"):
            return count_parameters(timm.create_model(name))
    except Exception:
        return float("inf")


def smallest_of_each_family() -> Iterator[str]:
    for module in timm.list_modules():
        names = timm.list_models(module=module)
        if names:
            yield min(names, key=parameters)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--side", type=int, default=28, help="of the images, px")
    parser.add_argument("--every", action="store_true", help="all architectures")
    parser.add_argument("--only", nargs="+", help="these architectures")
    parser.add_argument("--most", type=float, default=60e6, help="parameters; larger are left out")
    options = parser.parse_args()
    warnings.filterwarnings("ignore")
    names = options.only or (timm.list_models() if options.every else smallest_of_each_family())
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (8, options.side, options.side, 2), dtype=np.uint8)
    images[..., 1] = 255 * (images[..., 1] > 127)
    labels = np.arange(8) % 2
    good = bad = 0
    for name in names:
        if not options.only and parameters(name) > options.most:
            print(f"{name:40} left out: {parameters(name) / 1e6:.0f} M parameters", flush=True)
            continue
        start = time.perf_counter()
        model = TimmClassifier(name, pretrained=False, epochs=1, batch_size=4, random_state=0)
        try:
            found = model.fit(images, labels).predict_proba(images)
            info = model.fit_info_
            outcome = f"{info['input_size']} px, {info['stem']} stem, patch {info['patch_size']}"
            outcome += f", {info['parameters'] / 1e6:.2f} M parameters"
            if not np.isfinite(found).all() or np.abs(found.sum(1) - 1).max() > 1e-6:
                raise ArithmeticError(f"probabilities {found[0]}")
            good += 1
        except Exception as error:
            outcome = f"FAILED {type(error).__name__}: {' '.join(str(error).split())[:300]}"
            bad += 1
        print(f"{name:40} {time.perf_counter() - start:6.1f} s  {outcome}", flush=True)
    print(f"{good} of {good + bad} can be trained")


if __name__ == "__main__":
    main()
