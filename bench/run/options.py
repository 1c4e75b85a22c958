"""What `python -m bench run` can be told."""

from dataclasses import dataclass
from pathlib import Path

from bench.protocol.study import Study

DEVICES = ("auto", "cpu", "cuda")
"""Where networks can be told to run."""


@dataclass(frozen=True)
class RunOptions:
    """The options of `run`; those that are None or empty leave the study file, or the default.

    Attributes:
        study: a TOML file with the protocol, or the protocol itself.
        everything: every data set and method there is (`--all`).
        datasets, folders: data sets by name, and folders of images (`--data`).
        methods, plugins: methods by name, and as "FILE.py:build".
        seeds: number of seeds.
        folds, repeats, resample, size, sizes, resize, preprocess, positive, one_class, budget,
            tune, margin, alpha, fractions: as in `bench.protocol.study.Study`.
        allow_outside: whether a manifest may name files outside its folder.
        columns: names of a manifest's columns, each as "NAME=THEIRS".
        drop_unlabelled: whether rows of a manifest without a label are left out.
        external: external parts, each as "NAME=FOLDER".
        leave_out, subgroups, corrupt, masks: as in `bench.protocol.study.Study`.
        modality: how the images of folders were made, in a word.
        keep_columns, drop_columns: further columns of a manifest that are kept although they seem
            to tell who a person is, or left out.
        hash_ids: whether salted hashes take the place of paths as ids of the cases.
        out: the results folder.
        jobs: trials side by side, None for one per core.
        device: "auto", "cpu" or "cuda".
        timeout: seconds that one trial may take, or each configuration of one that is tuned.
        memory: the same in words, such as "4GB".
        gpu_jobs: trials at a time on each GPU.
        cluster: address of a Dask scheduler.
        slurm: jobs of SLURM whose workers run the trials, as "partition=gpu gres=gpu:1".
        trackers: where trials are logged as they end, as "mlflow".
        offline: whether nothing is downloaded.
        dry_run: whether the plan is shown and nothing run.
        no_report: whether only predictions are stored.
        no_thumbnails: whether no picture of an image is stored or shown.
        debug: whether tracebacks and what methods print are shown.
        task: as in `bench.protocol.study.Study`, None to infer it of the data.
        mask_methods: segmenters of which the best makes the masks, () for all.
    """

    study: Path | Study | None = None
    everything: bool = False
    datasets: tuple[str, ...] = ()
    folders: tuple[Path, ...] = ()
    methods: tuple[str, ...] = ()
    plugins: tuple[str, ...] = ()
    seeds: int | None = None
    folds: int | None = None
    repeats: int | None = None
    resample: int | None = None
    size: int | None = None
    sizes: tuple[int, ...] = ()
    resize: str | None = None
    preprocess: tuple[str, ...] = ()
    positive: tuple[str, ...] = ()
    one_class: str | None = None
    allow_outside: bool = False
    columns: tuple[str, ...] = ()
    drop_unlabelled: bool = False
    external: tuple[str, ...] = ()
    leave_out: str | None = None
    subgroups: tuple[str, ...] = ()
    corrupt: tuple[str, ...] = ()
    modality: str | None = None
    keep_columns: tuple[str, ...] = ()
    drop_columns: tuple[str, ...] = ()
    hash_ids: bool = False
    budget: str | None = None
    tune: int | None = None
    margin: float | None = None
    alpha: float | None = None
    fractions: tuple[float, ...] = ()
    out: Path = Path("results")
    jobs: int | None = None
    device: str = "auto"
    timeout: float = 3600
    memory: str | None = None
    gpu_jobs: int = 1
    cluster: str | None = None
    slurm: str | None = None
    trackers: tuple[str, ...] = ()
    offline: bool = False
    dry_run: bool = False
    no_report: bool = False
    no_thumbnails: bool = False
    debug: bool = False
    task: str | None = None
    masks: tuple[str, ...] = ()
    mask_methods: tuple[str, ...] = ()
