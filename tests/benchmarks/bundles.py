"""What a bundle costs beside the bare estimator, and how soon it gives its first answer.

    python tests/benchmarks/bundles.py MODEL.bench IMAGES [ROUNDS]

Seconds are those of processors (user and system, all processes together), with one thread; of the
first answer the wall time, too. The bundle's are of `python -m bench predict` in a process of its
own: of one image, and of all of them less that. The bare estimator's are of `predict_proba` on
images that are decoded already; what reading files takes is shown apart, since both need it. Every
round measures all of them one after the other, and medians of rounds are printed. Modules are
compiled before, as pip does when it installs them.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[_name] = "1"

import numpy as np  # noqa: E402 - after the numbers of threads

from bench.deploy import contents  # noqa: E402
from bench.deploy.listing import places  # noqa: E402
from bench.deploy.pictures import ReadImage, images_of  # noqa: E402
from bench.deploy.storage.parts import put_together  # noqa: E402


def of_children(command):
    """Processor and wall seconds of a command and all that it starts."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env=environment)
    wall, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall


def of_this(function, *arguments):
    """Processor seconds of a call, and what it returns."""
    start = time.process_time()
    found = function(*arguments)
    return time.process_time() - start, found


def main():
    bundle, folder = Path(sys.argv[1]), Path(sys.argv[2])
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    found = contents.read(bundle, allow_unsigned=True)
    (model,) = found.manifest.models
    estimator = put_together(model.estimator, found.files_of(model.name), model.name)
    every = places([folder])

    def read():
        return [image for place in every for image in images_of(place, found.manifest.input)]

    images = np.stack([image.pixels for image in read() if isinstance(image, ReadImage)])
    estimator.predict_proba(images[:2])
    taken = []
    with tempfile.TemporaryDirectory() as scratch:
        command = [sys.executable, "-m", "bench", "predict", str(bundle), "--allow-unsigned"]
        command.append("--out")
        one = every[0].root / every[0].case.path
        of_children([*command, f"{scratch}/first.csv", str(one)])  # compiles
        for turn in range(rounds):
            bare, _ = of_this(estimator.predict_proba, images)
            reading, _ = of_this(read)
            first, wall = of_children([*command, f"{scratch}/one{turn}.csv", str(one)])
            whole, _ = of_children([*command, f"{scratch}/all{turn}.csv", str(folder)])
            taken.append((bare, reading, first, wall, whole, bare / (whole - first - reading)))
    bare, reading, first, wall, whole, ratio = np.median(taken, axis=0)
    each = 1000 / len(images)
    print(f"{bundle.name}: {len(images)} images, medians of {rounds} rounds")
    print(f"  first answer after {wall:.2f} s, {first:.2f} s of processors")
    print(f"  reading files {each * reading:.2f} ms an image")
    print(f"  bare {model.name} {each * bare:.2f} ms an image")
    asked = whole - first - reading
    print(f"  bundle {each * asked:.2f} ms an image beside reading: {ratio:.2f} of the bare speed")
    each_round = ", ".join(f"{value:.2f}" for value in sorted(row[-1] for row in taken))
    print(f"  ratios of the rounds: {each_round}")


if __name__ == "__main__":
    main()
