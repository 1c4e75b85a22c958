"""Speed of the handcrafted features, one core, against scikit-image, mahotas, pyradiomics, pyfeats.

    python tests/benchmarks/features.py [--sides 28 64 128 224] [--rounds 5] [--many 100000]
    python tests/benchmarks/features.py --against FOLDER

Prints processor milliseconds per image of each family and of the whole set (gray and RGB), the
ratio to each peer on the same gray images in the same process, the gain of two cores over one, the
first and the second compilation in fresh processes, and, with `--many`, time and memory of that
many images of 28 px. With `--against`, a checkout of another version, each family of both versions,
in turns, instead. Peers: `pip install -e '.[peers]'`; pyradiomics builds only with
`pip install --no-build-isolation versioneer pyradiomics` where numpy is installed already.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
from numba import config
from peers import Peer, peers
from scipy.ndimage import gaussian_filter
from threadpoolctl import threadpool_limits

from baselines.features.family import ImageBatch
from baselines.features.handcrafted import FAMILIES, HandcraftedFeatures, compile_kernels

OF_OURS = 2**20  # pixels that are described per round
OF_PEERS = 3  # images that a peer describes per round
COLD = """import time
from baselines.features.handcrafted import compile_kernels
start = time.perf_counter()
compile_kernels()
print(time.perf_counter() - start)"""


def tissue(n: int, side: int, channels: int, seed: int = 0) -> np.ndarray:
    """``(n, side, side, channels) uint8``: smooth noise, brighter in the middle."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=(n, side, side, channels))
    noise = gaussian_filter(noise, (0, 1.2, 1.2, 0)) + gaussian_filter(noise, (0, 4, 4, 0)) * 2
    row, col = np.mgrid[:side, :side] / side - 0.5
    spot = np.exp(-((row**2 + col**2) * 30))[None, :, :, None]
    image = noise / noise.std() * 30 + 80 + 90 * spot
    return np.clip(image, 0, 255).astype(np.uint8)


def seconds(call: Callable[[], object]) -> float:
    """Processor seconds, which other work on the machine hardly changes."""
    start = time.process_time()
    call()
    return time.process_time() - start


def ours(images: np.ndarray, rounds: int) -> dict[str, float]:
    """Family → ms per image; "derived" is what families share: gray levels, colours, lesions."""
    shared = ("gray", "lesions") + (("hue_saturation",) if images.shape[3] >= 3 else ())
    times: dict[str, list[float]] = {name: [] for name in ("derived", *FAMILIES, "whole set")}
    whole = HandcraftedFeatures().fit(images[:2])
    for _ in range(rounds):
        batch = ImageBatch(images)
        times["derived"].append(seconds(lambda b=batch: [getattr(b, name) for name in shared]))
        for name, family in FAMILIES.items():
            times[name].append(seconds(lambda f=family, b=batch: f().describe(b)))
        times["whole set"].append(seconds(lambda: whole.transform(images)))
    return {name: 1e3 * np.median(each) / len(images) for name, each in times.items()}


def against(peer: Peer, images: np.ndarray, rounds: int) -> tuple[float, float, float]:
    """Ours and the peer's ms per image, and the median ratio of both over the rounds.

    Ours includes gray levels; the lesion is given to both.
    """
    families = [FAMILIES[name]() for name in peer.families]
    for family in families:
        if "distances" in family.get_params():
            family.set_params(distances=peer.distances)
    lesions = ImageBatch(images[:OF_PEERS]).lesions.mask
    peer.call(images[0, :, :, 0], lesions[0])  # imports, tables
    own, other = [], []
    for _ in range(rounds):
        batch = ImageBatch(images)
        if peer.families in (("shape",), ("zernike",)):
            batch.lesions  # noqa: B018 - the peer is given the mask as well
        spent = seconds(lambda b=batch: [family.describe(b) for family in families])
        own.append(1e3 * spent / len(images))
        spent = seconds(
            lambda: [peer.call(images[i, :, :, 0], lesions[i]) for i in range(OF_PEERS)]
        )
        other.append(1e3 * spent / OF_PEERS)
    ratios = [b / a for a, b in zip(own, other, strict=True)]
    return np.median(own), np.median(other), np.median(ratios)


def cores(side: int, rounds: int) -> float:
    """How many times faster two threads are than one."""
    images = tissue(2 * OF_OURS // side**2, side, 1)
    whole = HandcraftedFeatures().fit(images[:2])
    ratios = []
    for _ in range(rounds):
        spent = {}
        for threads in (1, 2):
            config.NUMBA_NUM_THREADS = threads
            start = time.perf_counter()
            whole.transform(images)
            spent[threads] = time.perf_counter() - start
        ratios.append(spent[1] / spent[2])
    config.NUMBA_NUM_THREADS = 1
    return np.median(ratios)


def compilation() -> tuple[float, float]:
    """Seconds of `compile_kernels` in a fresh process without and with a cache on disk."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "NUMBA_CACHE_DIR": folder}
        first, second = (
            float(subprocess.check_output([sys.executable, "-c", COLD], env=environment))
            for _ in range(2)
        )
    return first, second


def versions(other: Path, sides: list[int], rounds: int) -> None:
    """Each family of another checkout and of this one, processes of both in turns, one thread."""
    here = Path(__file__).resolve().parents[2]
    found: dict[tuple[int, str], list[tuple[float, float]]] = {}
    with tempfile.TemporaryDirectory() as cache:
        for turn in range(rounds + 1):
            both = []
            for place, root in enumerate((other.resolve(), here)):
                environment = os.environ | {
                    "PYTHONPATH": str(root),
                    "NUMBA_CACHE_DIR": f"{cache}/{place}",
                }
                command = [sys.executable, __file__, "--family-times", "--sides", *map(str, sides)]
                both.append(json.loads(subprocess.check_output(command, env=environment)))
            for (side, name), pair in _pairs(*both).items():
                if turn:  # the first only fills the cache of compiled kernels
                    found.setdefault((side, name), []).append(pair)
    print("family       side  before ms   after ms   ratio")
    for (side, name), pairs in found.items():
        before, after = (float(np.median(values)) for values in zip(*pairs, strict=True))
        ratio = np.median([old / new for old, new in pairs])
        print(f"{name:12} {side:4} {before:10.4f} {after:10.4f} {ratio:7.2f}")


def _pairs(
    before: dict[str, dict[str, float]], after: dict[str, dict[str, float]]
) -> dict[tuple[int, str], tuple[float, float]]:
    """(side, family) → both times, of families that both versions have and that took any."""
    return {
        (int(side), name): (before[side][name], spent)
        for side, times in after.items()
        for name, spent in times.items()
        if before[side].get(name) and spent
    }


def many(n: int) -> None:
    """Time and memory of n images of 28 px on two cores, read from a memory map."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "images.npy"
        images = np.lib.format.open_memmap(path, mode="w+", dtype=np.uint8, shape=(n, 28, 28, 1))
        for start in range(0, n, 5000):
            images[start : start + 5000] = tissue(min(5000, n - start), 28, 1, seed=start)
        del images
        mapped = np.load(path, mmap_mode="r")
        whole = HandcraftedFeatures().fit(mapped[:2])
        config.NUMBA_NUM_THREADS = 2
        process = psutil.Process()
        before = process.memory_info().rss
        start = time.perf_counter()
        values = whole.transform(mapped)
        spent = time.perf_counter() - start
        grown = process.memory_info().rss - before
        config.NUMBA_NUM_THREADS = 1
    print(f"{n} images of 28 px, 2 threads: {spent:.1f} s; memory grew by {grown / 2**20:.0f} MiB, "
          f"of which the matrix of features {values.nbytes / 2**20:.0f}")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sides", nargs="*", type=int, default=[28, 64, 128, 224])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--many", type=int, default=0)
    parser.add_argument("--against", type=Path)
    parser.add_argument("--family-times", action="store_true", help="as JSON, for --against")
    arguments = parser.parse_args()

    if arguments.against:
        versions(arguments.against, arguments.sides, arguments.rounds)
        return
    config.NUMBA_NUM_THREADS = 1
    threadpool_limits(1)
    if arguments.family_times:
        compile_kernels()
        parts = {s: tissue(max(4, OF_OURS // 4 // s**2), s, 1) for s in arguments.sides}
        print(json.dumps({side: ours(images, 2) for side, images in parts.items()}))
        return
    first, second = compilation()
    print(f"compile_kernels: {first:.1f} s without a cache, {second:.2f} s with it")
    tables = {}
    for side in arguments.sides:
        for channels, name in ((1, "gray"), (3, "RGB")):
            images = tissue(max(4, OF_OURS // side**2), side, channels)
            tables[f"{side} {name}"] = ours(images, arguments.rounds)
    print("\nms per image" + "".join(f"{head:>10}" for head in tables))
    for row in ("derived", *FAMILIES, "whole set"):
        print(f"{row:12}" + "".join(f"{table[row]:10.4f}" for table in tables.values()))

    present, notes = peers()
    print("\npeer       side    ours ms    peer ms   ratio  what")
    for side in arguments.sides:
        images = tissue(max(4, OF_OURS // side**2), side, 1)
        for peer in present:
            if set(peer.families) <= set(FAMILIES):
                mine, theirs, ratio = against(peer, images, arguments.rounds)
                print(f"{peer.package:10} {side:4} {mine:10.4f} {theirs:10.3f} {ratio:7.1f}  "
                      f"{peer.what}", flush=True)  # fmt: skip
    print("\n".join(notes))
    for side in (28, 128):
        print(f"two threads over one, {side} px: {cores(side, arguments.rounds):.2f} times as fast")
    if arguments.many:
        many(arguments.many)


if __name__ == "__main__":
    main()
