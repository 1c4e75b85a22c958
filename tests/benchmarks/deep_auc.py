"""AUC of ResNet-18 on official MedMNIST splits: the published recipe and our default recipe.

    BENCH_DATA=... python tests/benchmarks/deep_auc.py --device cuda
    BENCH_DATA=... python tests/benchmarks/deep_auc.py --device cpu --sets breastmnist --epochs 5
    BENCH_DATA=... python tests/benchmarks/deep_auc.py --folder busi --size 128 --device cuda

Reads `$BENCH_DATA/medmnist/*.npz`, or a folder with a manifest as the product does. "published" is
reference.py, its epoch chosen on validation; "ours" is the method that `bench run` offers, which
sees the training part only. Prints mean and standard deviation over seeds, and how far the
published numbers are. `--architecture` names another network for our side.
"""

import argparse
import os
import sys
import time
from pathlib import Path

import numpy as np
import reference
import torch

from deep.classifier import TimmClassifier

PUBLISHED = {"breastmnist": 0.901, "pneumoniamnist": 0.944}
"""ResNet-18 at 28 px, test AUC (Yang et al. 2023, Scientific Data 10:41, table 3)."""


def official(path: Path) -> dict[str, reference.Part]:
    parts = {}
    with np.load(path) as archive:
        for name in ("train", "val", "test"):
            images = archive[f"{name}_images"]
            images = images[..., None] if images.ndim == 3 else images
            parts[name] = images, archive[f"{name}_labels"].ravel().astype(np.int64)
    return parts


def data_sets(options) -> dict[str, dict[str, reference.Part]]:
    if options.folder:
        from bench.data.sets.folder import load as load_folder  # needs more than the archives do
    roots = [Path(part) for part in os.environ.get("BENCH_DATA", "").split(os.pathsep) if part]
    found = {}
    for root in roots:
        if options.folder:
            if (root / options.folder).is_dir():
                data = load_folder(root / options.folder, options.size)
                found[options.folder] = {
                    name: (split.images, split.labels)
                    for name, split in (
                        ("train", data.train),
                        ("val", data.val),
                        ("test", data.test),
                    )
                }
            continue
        for path in sorted(root.glob("medmnist/*.npz")):
            if path.stem in options.sets:
                found[path.stem] = official(path)
    if not found:
        sys.exit("no data found: set BENCH_DATA to the folder that holds them")
    return found


def ours(parts, options, seed: int) -> tuple[float, float]:
    """Validation and test AUC of our recipe."""
    model = TimmClassifier(
        options.architecture,
        pretrained=options.pretrained,
        epochs=options.epochs or "auto",
        augment=options.augment,
        budget=options.budget,
        device=options.device,
        random_state=seed,
    ).fit(*parts["train"])
    if seed == options.seeds[0]:
        info = model.fit_info_
        told = ("scheme", "weights", "input_size", "stem", "epochs", "precision")
        print("   ours:", ", ".join(f"{name} {info[name]}" for name in told))
    val, test = (
        reference.auc(parts[name][1], model.predict_proba(parts[name][0]))
        for name in ("val", "test")
    )
    return val, test


def published(parts, options, seed: int) -> tuple[float, float]:
    """Validation and test AUC of the published recipe."""
    outcome = reference.train(parts, options.device, options.epochs or 100, seed, options.workers)
    return outcome.validation, outcome.test


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--sets", nargs="*", default=list(PUBLISHED))
    parser.add_argument("--folder", help="a data set of one's own, in the place of --sets")
    parser.add_argument("--size", type=int, default=128, help="of the images of --folder, px")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument(
        "--epochs", type=int, help="of both recipes; default: 100, and the budget's"
    )
    parser.add_argument("--budget", default="standard")
    parser.add_argument("--augment", default="standard")
    parser.add_argument("--architecture", default="resnet18")
    parser.add_argument("--pretrained", default=False, nargs="?", const="auto")
    parser.add_argument("--only", choices=["ours", "published"])
    parser.add_argument("--workers", type=int, default=0)
    options = parser.parse_args()
    print(f"torch {torch.__version__}, {options.device}, {torch.get_num_threads()} threads")
    for name, parts in data_sets(options).items():
        sizes = "/".join(str(len(labels)) for _, labels in parts.values())
        print(f"{name} {sizes} {parts['train'][0].shape[1:]}")
        for recipe, run in (("published", published), ("ours", ours)):
            if options.only not in (None, recipe):
                continue
            start = time.perf_counter()
            runs = []
            for seed in options.seeds:
                runs.append(run(parts, options, seed))
                print(f"   {recipe}, seed {seed}: validation, test {runs[-1]}", flush=True)
            seconds = (time.perf_counter() - start) / len(runs)
            line = f"   {recipe:10}"
            for part, values in zip(("validation", "test"), zip(*runs, strict=True), strict=True):
                spread = np.std(values, ddof=1) if len(values) > 1 else float("nan")
                line += f" {part} AUC {np.mean(values):.3f} ± {spread:.3f}"
            target = f", published {PUBLISHED[name]}" if name in PUBLISHED else ""
            print(f"{line}, {seconds:.0f} s per seed{target}", flush=True)


if __name__ == "__main__":
    main()
