"""`bench.run`: a study run from Python."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypedDict, Unpack

from bench.api import arguments
from bench.api.results import Results
from bench.protocol.errors import UsageError
from bench.protocol.study import Study
from bench.run.options import RunOptions


class HowToRun(TypedDict, total=False):
    """How trials are run, which changes no result; see `run`."""

    jobs: int | None
    device: str
    trackers: str | Sequence[str]
    slurm: str | None


def run(
    study: Study | str | Path,
    *,
    data: str | Path | Sequence[str | Path] = (),
    external: Mapping[str, str | Path] | None = None,
    plugins: str | Sequence[str] = (),
    mask_methods: str | Sequence[str] = (),
    out: str | Path = "results",
    **how: Unpack[HowToRun],
) -> Results:
    """Run methods on data sets and store their predictions, as `python -m bench run` does.

    What is stored already and still holds is not run again, so that the same call goes on after an
    interruption. Where the study names neither data sets nor methods, all that are here are run.

    Args:
        study: the protocol, or a TOML file with it.
        data: folders of images, beside the data sets that the study names.
        external: name → folder of further test parts, for one data set.
        plugins: methods in files, each a text "FILE.py:build", beside those that the study names.
        mask_methods: segmenters of which the best makes the masks that the study asks for, () for
            all.
        out: the results folder.
        how: how trials are run, which changes no result. `jobs`: side by side, None for one per
            core. `device`: where networks run, "auto", "cpu" or "cuda". `trackers`: where trials
            are logged as they end, "mlflow", "tensorboard", "wandb"; each needs the extra of its
            name, and keeps what it hears in `trackers/` of the results folder unless its
            environment variables say otherwise. `slurm`: jobs of SLURM that run the trials, as
            "partition=gpu gres=gpu:1 jobs=4", None to run them on this machine; needs the extra
            "slurm" and the command sbatch.

    Returns:
        What is stored; trials that failed are among its runs.

    Raises:
        UsageError: if an argument is of another kind, `jobs` less than 1, or `device` unknown.
        BenchError: if something that was named cannot be used, a tracker or SLURM is not there, or
            the results cannot be written.

    >>> study = Study(datasets=["phantom-texture"], methods=["svm", "resnet18"], seeds=5)
    >>> results = run(study, out="texture")  # doctest: +SKIP
    >>> results.verdicts()  # doctest: +SKIP
    """
    from bench.progress import display
    from bench.results.store import Store
    from bench.run import engine
    from bench.run.on_slurm import on_workers, slurm_jobs
    from bench.run.request import resolve
    from bench.trackers.telling import Trackers

    unknown = how.keys() - HowToRun.__annotations__.keys()
    if unknown:
        raise TypeError(f"run() got an unexpected keyword argument {min(unknown)!r}")
    if not isinstance(study, Study | str | Path):
        raise UsageError("study: give a bench.Study, or the path of a study file.")
    folders = arguments.paths("data", data)
    place = arguments.path("out", out)
    options = RunOptions(
        study=Path(study) if isinstance(study, str) else study,
        everything=isinstance(study, Study) and not (study.datasets or study.methods or folders),
        folders=folders,
        external=arguments.external(external),
        plugins=arguments.texts("plugins", plugins, arguments.PLUGINS),
        mask_methods=arguments.texts("mask_methods", mask_methods, arguments.SEGMENTERS),
        out=place,
        jobs=arguments.jobs(how.get("jobs")),
        device=arguments.device(how.get("device", "auto")),
        trackers=arguments.texts("trackers", how.get("trackers", ()), arguments.TRACKERS),
        slurm=arguments.text("slurm", how.get("slurm"), arguments.SLURM),
    )
    progress = display.for_output()
    wanted = slurm_jobs(options)
    telling = Trackers(options.trackers, options.out, progress.say)
    request = resolve(options, "bench.run(…) from Python")
    store = Store(place)
    with on_workers(request, wanted, store, progress.say) as located, telling:
        tracked = telling.ended if options.trackers else None
        engine.run(located, store, progress, tracked=tracked)
    return Results(place)
