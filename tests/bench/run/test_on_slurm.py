"""Where a run's trials go with `--slurm`; no job is sent."""

from contextlib import contextmanager

import numpy as np
from PIL import Image

from bench.cluster import slurm
from bench.results.store import Store
from bench.run.on_slurm import on_workers, slurm_jobs
from bench.run.options import RunOptions
from bench.run.request import resolve


def test_the_study_that_makes_masks_goes_to_the_same_workers(tmp_path, monkeypatch):
    @contextmanager
    def workers(jobs, root, say):
        yield "tls://10.0.0.1:1234"

    monkeypatch.setattr(slurm, "workers", workers)
    monkeypatch.setattr(slurm, "refuse_unusable", lambda out: None)
    rng = np.random.default_rng(0)
    for name in ("benign", "malignant"):
        (tmp_path / "set" / name).mkdir(parents=True)
        for i in range(12):
            place = tmp_path / "set" / name / f"{i}.png"
            Image.fromarray(rng.integers(0, 255, (16, 16), np.uint8)).save(place)
            Image.fromarray(np.full((16, 16), 255, np.uint8)).save(place.with_stem(f"{i}_mask"))
    options = RunOptions(
        folders=(tmp_path / "set",),
        methods=("mean-brightness",),
        masks=("truth", "classical"),
        mask_methods=("otsu-morphology",),
        out=tmp_path / "results",
        slurm="jobs=2",
    )
    request = resolve(options, "flags")
    with on_workers(request, slurm_jobs(options), Store(options.out), print) as located:
        assert located.cluster == "tls://10.0.0.1:1234"
        assert located.segmentation is not None
        assert located.segmentation.cluster == "tls://10.0.0.1:1234"
