"""A run whose trials go to jobs of SLURM, where they are asked for."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from bench.protocol.errors import UsageError
from bench.run.options import RunOptions

if TYPE_CHECKING:
    from bench.cluster.slurm import SlurmJobs
    from bench.results.store import Store
    from bench.run.preparation import Request


def slurm_jobs(options: RunOptions) -> "SlurmJobs | None":
    """The jobs of SLURM that are asked for, once it is known that they can be had.

    Raises:
        UsageError: if they cannot, or a cluster is named, too.
    """
    if options.slurm is None:
        return None
    from bench.cluster.slurm import SlurmJobs, refuse_unusable

    if options.cluster:
        raise UsageError("--slurm and --cluster: give one of them.")
    jobs = SlurmJobs.of(options.slurm)
    refuse_unusable(options.out)
    return jobs


@contextmanager
def on_workers(
    request: "Request", jobs: "SlurmJobs | None", store: "Store", say: Callable[[str], object]
) -> Iterator["Request"]:
    """The request with the address of SLURM's workers; as it is where no jobs are asked for.

    Args:
        request: what is to be run.
        jobs: what `slurm_jobs` found.
        store: where results go.
        say: prints a line.

    Raises:
        BenchError: if the results cannot go there, or no worker comes.
    """
    if jobs is None:
        yield request
        return
    from bench.cluster.slurm import workers

    store.refuse_foreign()
    with workers(jobs, store.root, say) as address:
        masks = request.segmentation and replace(request.segmentation, cluster=address)
        yield replace(request, cluster=address, segmentation=masks)
