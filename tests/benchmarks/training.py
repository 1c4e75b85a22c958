"""Images per second of training a ResNet-18 at 28 px, against three peers; CPU or GPU.

    python tests/benchmarks/training.py --device cpu --images 256 --epochs 2
    python tests/benchmarks/training.py --device cuda --images 8192 --epochs 20
    python tests/benchmarks/training.py --device cuda --published
    python tests/benchmarks/training.py --device cuda --path --batch 512
    python tests/benchmarks/training.py --device cuda --seeds-at-once 5

(a) A bare loop of forward, backward and optimiser step on a batch that never changes, with the same
precision and memory format: the limit. (b) The published MedMNIST training (reference.py). (c)
timm's own training script, which is not part of its wheel: `--timm-train PATH/train.py` runs it on
the same images written as PNG files; its ResNets have no small-image stem, so that both sides are
timed with the stem for photographs. All rounds are interleaved, so that a busy machine slows every
peer alike; medians are printed.

`--published` times the 100 epochs of the published recipe on random pixels of the sizes of
BreastMNIST and PneumoniaMNIST, `--path` one epoch of 90,000 RGB images, `--seeds-at-once` K
networks with stacked parameters against one.
"""

import argparse
import copy
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import reference
import torch
import torch.nn.functional as F
from PIL import Image
from torch.func import functional_call, grad, replace_all_batch_norm_modules_, stack_module_state

from deep.classifier import TimmClassifier
from deep.networks.network import NetworkPlan, build_network
from deep.training.acceleration import PRECISIONS, resolved_precision, synchronise
from deep.training.batches import batched
from deep.training.optimisation import make_optimiser

SIDE = 28
WARM_UP = 2  # steps that are not timed
PUBLISHED = {"BreastMNIST": 546, "PneumoniaMNIST": 4708}
RECIPE = {
    "schedule": "steps",
    "learning_rate": 1e-3,
    "weight_decay": 0.0,
    "label_smoothing": 0.0,
    "class_balance": 0.0,
    "clip_norm": None,
    "warm_up": 0.0,
    "augment": "none",
}
"""The published recipe in our terms; AdamW without decay is Adam."""


def random_images(n: int, channels: int = 1, classes: int = 2) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (n, SIDE, SIDE, channels), dtype=np.uint8)
    return images, (np.arange(n) % classes).astype(np.int64)


def ours(part, options, epochs: int, **changes) -> tuple[TimmClassifier, float]:
    """A fitted classifier and the seconds of its whole `fit`."""
    settings = {
        "pretrained": False,
        "epochs": epochs,
        "batch_size": options.batch,
        "precision": options.precision,
        "acceleration": options.acceleration,
        "device": options.device,
        "random_state": 0,
    }
    model = TimmClassifier("resnet18", **(settings | changes))
    start = time.perf_counter()
    model.fit(*part)
    return model, time.perf_counter() - start


def bare(options, steps: int, channels: int = 1) -> float:
    """Images per second of a loop on one batch."""
    device = options.device
    plan = NetworkPlan("resnet18", channels, 2, SIDE, "small-image")
    network = build_network(plan).model.to(device).train()  # channels last
    optimiser = make_optimiser("adamw", network, 1e-3, 0.05, graphs=False)
    images = torch.randn(options.batch, channels, SIDE, SIDE, device=device)
    images = images.contiguous(memory_format=torch.channels_last)
    labels = torch.arange(options.batch, device=device) % 2
    dtype = PRECISIONS[resolved_precision(options.precision, device, network)]
    benchmark = torch.backends.cudnn.benchmark
    torch.backends.cudnn.benchmark = True
    for step in range(WARM_UP + steps):
        if step == WARM_UP:
            synchronise(device)
            start = time.perf_counter()
        with torch.autocast(device, dtype, enabled=dtype != torch.float32):
            loss = F.cross_entropy(network(images), labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    synchronise(device)
    torch.backends.cudnn.benchmark = benchmark
    return steps * options.batch / (time.perf_counter() - start)


def compare(options) -> None:
    """(a) and (b), interleaved."""
    n, epochs = options.images, options.epochs
    part = random_images(n)
    parts = {"train": part, "val": random_images(n // 8), "test": random_images(n // 4)}
    loop, whole, limit, slow, peak = [], [], [], [], None
    ours(part, options, 1)  # lazy initialisation of libraries
    for _ in range(options.rounds):
        model, seconds = ours(part, options, epochs)
        info = model.fit_info_
        peak = info["fit_peak_device_memory"]
        loop.append(info["images_per_second"])
        whole.append(n * epochs / seconds)
        limit.append(bare(options, max(2, n * epochs // options.batch)))
        published = reference.train(parts, options.device, 2, workers=options.workers)
        slow.append(n / min(published.seconds))
        print(f"  round: fit {loop[-1]:.1f}, (a) {limit[-1]:.1f}, (b) {slow[-1]:.1f}", flush=True)
    a, b, own, fit = map(np.median, (limit, slow, loop, whole))
    print(f"ResNet-18, {SIDE} px, {n} images, batch {options.batch}, {info['precision']}")
    print(f"  training loop of fit {own:10.1f} images/s   whole fit {fit:10.1f} images/s")
    print(f"  (a) bare loop        {a:10.1f} images/s   loop of fit / (a) = {own / a:.2f}")
    print(f"  (b) published loop   {b:10.1f} images/s   loop of fit / (b) = {own / b:.2f}")
    memory = peak or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(f"  peak memory of {'tensors of fit' if peak else 'the process'}: {memory / 1e9:.2f} GB")
    if options.timm_train:
        model, _ = ours(part, options, epochs, stem="original", input_size=SIDE)
        own, peer = model.fit_info_["images_per_second"], timm_script(options, part)
        print(f"  (c) timm's train.py, stem for photographs: {peer:.1f} images/s, ", end="")
        print(f"loop of fit with the same stem {own:.1f}, ratio {own / peer:.2f}")
    else:
        print("  (c) timm's train.py was not given (--timm-train); its wheel does not contain it")


def timm_script(options, part) -> float:
    """Images per second that timm's training script prints for its last epoch."""
    with tempfile.TemporaryDirectory() as folder:
        for index, (image, label) in enumerate(zip(*part, strict=True)):
            for split in ("train", "validation"):
                path = Path(folder, split, str(label), f"{index}.png")
                path.parent.mkdir(parents=True, exist_ok=True)
                if split == "train" or index < 64:
                    Image.fromarray(image.squeeze()).save(path)
        size = [str(SIDE)] * 2
        command = [sys.executable, str(Path(options.timm_train).resolve()), "--data-dir", folder]
        command += ["--model", "resnet18", "--num-classes", "2", "--input-size", "3", *size]
        command += ["--batch-size", str(options.batch), "--epochs", "2", "--warmup-epochs", "0"]
        command += ["--opt", "adamw", "--workers", str(options.workers), "--log-interval", "1"]
        command += ["--channels-last", "--device", options.device, "--output", folder]
        command += ["--amp"] if options.device == "cuda" else []
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        rates = re.findall(r"Train: .*?([\d.]+)/s\)", run.stdout + run.stderr)  # the average
        if not rates:
            sys.exit(f"timm's script printed no rate:\n{(run.stdout + run.stderr)[-2000:]}")
        return float(rates[-1])


def _two_sizes(n: int, batch: int) -> int:
    """Images that make a batch of each of the two sizes that `n` images make."""
    return sum({len(part) for part in batched(torch.arange(n), batch)})


def published_recipe(options) -> None:
    """Seconds of 100 epochs as published."""
    for name, n in PUBLISHED.items():
        ours(random_images(_two_sizes(n, options.batch)), options, 1, **RECIPE)  # untimed
        model, seconds = ours(random_images(n), options, options.recipe_epochs, **RECIPE)
        speed = model.fit_info_["images_per_second"]
        print(
            f"{name}-sized, {options.recipe_epochs} epochs: {seconds:.1f} s, {speed:.0f} images/s"
        )


def path_sized(options) -> None:
    """Images per second on random pixels of the size of PathMNIST."""
    few = random_images(_two_sizes(options.path_images, options.batch), channels=3, classes=9)
    ours(few, options, 1)  # untimed
    part = random_images(options.path_images, channels=3, classes=9)
    model, seconds = ours(part, options, options.epochs)
    info = model.fit_info_
    print(f"{len(part[0])} RGB images, {options.epochs} epochs: {seconds:.1f} s, ", end="")
    print(f"{info['images_per_second']:.0f} images/s, on the device: {info['images_on_device']}")


def seeds_at_once(options, steps: int = 10) -> None:
    """K networks with stacked parameters (torch.func), one batch for all, against one network.

    Batch normalisation keeps no running statistics here, since vmap cannot update them in place;
    this is the price of the arithmetic, not a training to be used.
    """
    device, k = options.device, options.seeds_at_once
    plan = NetworkPlan("resnet18", 1, 2, SIDE, "small-image")
    models = [replace_all_batch_norm_modules_(build_network(plan).model) for _ in range(k)]
    parameters, buffers = stack_module_state([model.to(device) for model in models])
    skeleton = copy.deepcopy(models[0]).to("meta")
    optimiser = torch.optim.AdamW(parameters.values(), lr=1e-3, fused=True)
    images = torch.randn(options.batch, 1, SIDE, SIDE, device=device)
    labels = torch.arange(options.batch, device=device) % 2

    def loss(own, state, inputs, targets):
        return F.cross_entropy(functional_call(skeleton, (own, state), (inputs,)), targets)

    step = torch.vmap(grad(loss), in_dims=(0, 0, None, None), randomness="different")
    for index in range(WARM_UP + steps):
        if index == WARM_UP:
            synchronise(device)
            start = time.perf_counter()
        gradients = step(parameters, buffers, images, labels)
        for name, parameter in parameters.items():
            parameter.grad = gradients[name]
        optimiser.step()
    synchronise(device)
    stacked = k * steps * options.batch / (time.perf_counter() - start)
    options.precision = "float32"
    one = bare(options, steps)
    print(f"{k} networks at once: {stacked:.0f} images/s in float32, one alone {one:.0f}: ", end="")
    print(f"{k} cost as much as {k * one / stacked:.2f} alone")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--images", type=int, default=256)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=0, help="of the DataLoaders of the peers")
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--acceleration", default="none")
    parser.add_argument("--timm-train", help="path of timm's train.py")
    parser.add_argument("--published", action="store_true")
    parser.add_argument("--recipe-epochs", type=int, default=100)
    parser.add_argument("--path", action="store_true")
    parser.add_argument("--path-images", type=int, default=90_000)
    parser.add_argument("--seeds-at-once", type=int, default=0)
    options = parser.parse_args()
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads, ", end="")
    print(torch.cuda.get_device_name() if options.device == "cuda" else "CPU")
    if options.published:
        published_recipe(options)
    if options.path:
        path_sized(options)
    if options.seeds_at_once:
        seeds_at_once(options)
    if not (options.published or options.path or options.seeds_at_once):
        compare(options)


if __name__ == "__main__":
    main()
