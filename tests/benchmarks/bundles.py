"""What a bundle costs beside the bare estimator, and how soon it gives its first answer.

    python tests/benchmarks/bundles.py MODEL.bench IMAGES

Seconds are those of processors (user and system, all processes together), with one thread. The
bundle's are of `python -m bench predict` in a process of its own: of one image, and of all of them
less that. The bare estimator's are of `predict_proba` on images that are decoded already; what
reading files takes is shown apart, since both need it.
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
    """Processor seconds of a command and all that it starts."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    bundle, folder = Path(sys.argv[1]), Path(sys.argv[2])
    found = contents.read(bundle, allow_unsigned=True)
    every = places([folder])
    start = time.process_time()
    read = [image for place in every for image in images_of(place, found.manifest.input)]
    images = np.stack([image.pixels for image in read if isinstance(image, ReadImage)])
    reading = time.process_time() - start

    with tempfile.TemporaryDirectory() as scratch:
        command = [sys.executable, "-m", "bench", "predict", str(bundle), "--allow-unsigned"]
        one = every[0].root / every[0].case.path
        out = ["--out", f"{scratch}/p.csv"]
        first = min(of_children([*command, str(one), *out]) for _ in range(3))
        whole = min(of_children([*command, str(folder), *out]) for _ in range(3))
    print(f"{bundle.name}: {len(images)} images; first answer {first:.2f} s")
    print(f"  reading files {1000 * reading / len(images):.2f} ms an image")
    for model in found.manifest.models:
        estimator = put_together(model.estimator, found.files_of(model.name), model.name)
        estimator.predict_proba(images[:2])
        taken = []
        for _ in range(3):
            start = time.process_time()
            estimator.predict_proba(images)
            taken.append(time.process_time() - start)
        bare = min(taken)
        print(f"  bare {model.name} {1000 * bare / len(images):.2f} ms an image")
        if len(found.manifest.models) == 1:
            asked = max(whole - first - reading, 1e-9)
            print(f"  bundle {1000 * asked / len(images):.2f} ms an image beside reading", end="")
            print(f": {bare / asked:.2f} of the bare speed")


if __name__ == "__main__":
    main()
