"""Workers of a Dask cluster as jobs of SLURM, for as long as a run lasts."""

import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from bench.machine.limits import parse_bytes
from bench.protocol.errors import UsageError, did_you_mean, one_line

_VALUE = re.compile(r"[A-Za-z0-9_.:,/@%+\-\[\]&|]+", re.ASCII)
_SHELL = re.compile(r"[|&]")  # of constraints only, which stand behind #SBATCH and in no command
_PATH = re.compile(r"[\w./@%+,=-]+", re.ASCII)
_TIME = re.compile(r"\d+(-\d+(:\d+){0,2})?|\d+(:\d+){1,2}", re.ASCII)
_GPU = re.compile(r"gpu(:[A-Za-z][A-Za-z0-9_.-]*)?(:1)?", re.ASCII)
_MOST = 10_000  # jobs, and cores of one
_INTERVAL = 2.0  # seconds between looks at the queue
_QUESTION = 60.0  # seconds that sbatch and squeue have
_KEYS = ("cert", "key")
_DIRECTIVES = ("qos", "constraint", "reservation", "nodelist", "exclude", "gres")


@dataclass(frozen=True)
class SlurmJobs:
    """What `--slurm` asks for; names are those of sbatch, but for `jobs` and `interface`.

    Attributes:
        partition, account, qos, constraint, reservation, nodelist, exclude: as sbatch has them, ""
            for its default.
        gres: "gpu:1", "gpu:a100:1" or "" for no GPU; networks go to jobs that have one.
        time: limit of each job.
        mem: memory of each job, "" for 4 GB per core.
        cpus: cores of each job, as many trials run in it.
        jobs: how many.
        interface: network interface by which workers reach this machine, "" for the usual one.
    """

    partition: str = ""
    account: str = ""
    qos: str = ""
    constraint: str = ""
    reservation: str = ""
    nodelist: str = ""
    exclude: str = ""
    gres: str = ""
    time: str = "08:00:00"
    mem: str = ""
    cpus: int = 4
    jobs: int = 1
    interface: str = ""

    @classmethod
    def of(cls, text: str) -> "SlurmJobs":
        """What a text such as "partition=gpu gres=gpu:1 jobs=4" asks for.

        Raises:
            UsageError: if it is written otherwise, has an unknown key or a value that sbatch would
                not understand; nothing of it ever reaches a shell unchecked.

        >>> SlurmJobs.of("partition=gpu gres=gpu:1").partition
        'gpu'
        """
        told: dict[str, Any] = {}
        for word in text.split(" "):
            if word:
                name, value = _pair(word, [field.name for field in fields(cls)])
                if name in told:
                    raise UsageError(f"--slurm: {name} is given twice.")
                told[name] = value
        for name in ("cpus", "jobs"):
            if name in told:
                told[name] = _count(name, told[name])
        wanted = cls(**told)
        if not _TIME.fullmatch(wanted.time):
            raise UsageError(
                f"--slurm time={wanted.time}: write it as sbatch does: MINUTES, HH:MM:SS or "
                "DAYS-HH:MM:SS."
            )
        if wanted.gres and not _GPU.fullmatch(wanted.gres):
            raise UsageError(
                f"--slurm gres={wanted.gres}: a job has one GPU, gres=gpu:1 or gres=gpu:TYPE:1; "
                "with jobs=N there are N."
            )
        if wanted.mem:
            parse_bytes(wanted.mem, "--slurm mem=")
        return wanted

    @property
    def bytes(self) -> int:
        """Memory of a job."""
        return parse_bytes(self.mem) if self.mem else 4 * 10**9 * self.cpus


def _pair(word: str, names: list[str]) -> tuple[str, str]:
    name, equals, value = word.partition("=")
    name = name.removeprefix("--")
    shown = word[:60].encode("unicode_escape").decode()
    if not equals or not value:
        raise UsageError(f'--slurm {shown}: write KEY=VALUE pairs, as "partition=gpu gres=gpu:1".')
    if name not in names:
        raise UsageError(f"--slurm {shown}: unknown key. {did_you_mean(name[:60], names)}")
    allowed = _VALUE.fullmatch(value) and (name == "constraint" or not _SHELL.search(value))
    if not allowed or value.startswith("-"):
        raise UsageError(
            f"--slurm {shown}: a value has letters, digits and _ . : , / @ % + - [ ] only."
        )
    return name, value


def _count(name: str, text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text[:9]) <= _MOST:
        raise UsageError(f"--slurm {name}={text}: must be a whole number from 1 to {_MOST:,}.")
    return int(text)


def refuse_unusable(results: Path) -> None:
    """Check that jobs can be sent from here.

    Raises:
        UsageError: if there is no sbatch, a package is missing, or the results folder has a name
            that directives of sbatch cannot hold.
    """
    if shutil.which("sbatch") is None:
        raise UsageError(
            "--slurm: there is no command sbatch on this machine. Run this on a login node of the "
            "cluster, or leave --slurm out."
        )
    try:
        import cryptography  # noqa: F401
        import dask_jobqueue  # noqa: F401
    except ImportError as error:
        raise UsageError(
            f"--slurm needs the package {error.name}: pip install 'classical-vs-deep[slurm]'."
        ) from None
    if not _PATH.fullmatch(str(results.absolute())):
        raise UsageError(
            f"--slurm: logs of the jobs go to {results.absolute()}, and sbatch takes letters, "
            "digits and _ . / @ % + , = - in a path only. Choose another folder with --out."
        )


@contextmanager
def workers(wanted: SlurmJobs, results: Path, say: Callable[[str], object]) -> Iterator[str]:
    """Jobs whose workers are there, until the block ends.

    What they and this machine say to each other is encrypted, by a key that is made for the run, so
    that nobody else on the cluster can send them work. A job whose time is over is replaced.

    Args:
        wanted: what jobs to ask for.
        results: the results folder; logs of the jobs go to its `.slurm`.
        say: prints a line.

    Yields:
        The address of the scheduler, for `bench.cluster.dask.Cluster`.

    Raises:
        UsageError: if sbatch refuses the job, or all jobs end before a worker is there.
    """
    import dask
    from dask_jobqueue import SLURMCluster
    from distributed import Security

    logs = results.absolute() / ".slurm"
    logs.mkdir(parents=True, exist_ok=True)
    keys = Path(tempfile.mkdtemp(prefix="keys-", dir=logs))  # for this user's eyes only
    files = _key_files(keys)
    roles = {f"tls_{r}_{k}": files[k] for r in ("scheduler", "worker", "client") for k in _KEYS}
    security = Security(require_encryption=True, tls_ca_file=files["cert"], **roles)
    client = {f"distributed.comm.tls.client.{kind}": files[kind] for kind in _KEYS} | {
        "distributed.comm.require-encryption": True,
        "distributed.comm.tls.ca-file": files["cert"],
    }
    try:
        with (
            dask.config.set(client),
            SLURMCluster(
                queue=wanted.partition or None,
                account=wanted.account or None,
                walltime=wanted.time,
                cores=wanted.cpus,
                # with a GPU one worker has all threads, since each would announce the GPU
                processes=1 if wanted.gres else wanted.cpus,
                memory=f"{wanted.bytes}B",
                interface=wanted.interface or None,
                job_extra_directives=_directives(wanted),
                worker_extra_args=["--resources", "GPU=1"] if wanted.gres else [],
                python=shlex.quote(sys.executable),
                job_name="bench",
                log_directory=str(logs),
                security=security,
                scheduler_options={"dashboard_address": None, "dashboard": False},
            ) as cluster,
        ):
            _refuse_bad_job(cluster.job_script(), keys)
            cluster.adapt(minimum_jobs=wanted.jobs, maximum_jobs=wanted.jobs)
            _wait(cluster, wanted.jobs, logs, say)
            yield cluster.scheduler_address
    finally:
        shutil.rmtree(keys, ignore_errors=True)


def _key_files(folder: Path) -> dict[str, str]:
    """A new certificate and its key, which only this user can read."""
    from distributed import Security

    made = Security.temporary()
    files = {}
    for kind, text in zip(_KEYS, (made.tls_client_cert, made.tls_client_key), strict=True):
        file = folder / f"{kind}.pem"
        file.touch(0o600)
        file.write_text(text, encoding="ascii")
        files[kind] = str(file)
    return files


def _directives(wanted: SlurmJobs) -> list[str]:
    told = [(name, getattr(wanted, name)) for name in _DIRECTIVES]
    return [f"--{name}={value}" for name, value in told if value]


def _refuse_bad_job(script: str, folder: Path) -> None:
    """Ask sbatch whether it would take the job."""
    file = folder / "job.sh"
    file.write_text(script, encoding="utf-8")
    try:
        done = subprocess.run(
            ["sbatch", "--test-only", str(file)],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_QUESTION,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UsageError(f"--slurm: sbatch does not answer ({one_line(error)}).") from None
    if done.returncode:
        told = " ".join((done.stderr or done.stdout).split())
        raise UsageError(f"--slurm: sbatch refuses the job: {told[:400] or 'it says nothing'}.")


def _wait(cluster: Any, jobs: int, logs: Path, say: Callable[[str], object]) -> None:
    """Wait for the first worker, however long the queue is."""
    said, gone = "", 0
    while not cluster.scheduler_info["workers"]:
        time.sleep(_INTERVAL)
        ids = sorted(job.job_id for job in cluster.workers.values() if job.job_id)
        states = _states(ids) if ids else None
        gone = gone + 1 if states == [] else 0
        if gone > 2 and not cluster.scheduler_info["workers"]:
            raise UsageError(
                f"--slurm: all jobs ended before a worker was there{_last_line(logs)}. Logs of the "
                f"jobs: {logs}"
            )
        where = f" ({', '.join(sorted(set(states)))})" if states else ""
        line = f"waiting for the first of {jobs} SLURM job(s) to start{where}; Ctrl-C cancels"
        if states is not None and line != said:
            say(line)
            said = line


def _states(ids: list[str]) -> list[str] | None:
    """The states of jobs that are in the queue; None where that cannot be asked."""
    if shutil.which("squeue") is None:
        return None
    command = ["squeue", "--noheader", "--format=%T", f"--jobs={','.join(ids)}"]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=_QUESTION
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode and "Invalid job id" not in done.stderr:
        return None  # the controller does not answer; it may later
    return done.stdout.split()


def _last_line(logs: Path) -> str:
    files = sorted(logs.glob("*.err"), key=lambda file: file.stat().st_mtime)
    lines = files[-1].read_text(encoding="utf-8", errors="replace").split("\n") if files else []
    told = [line.strip() for line in lines if line.strip()]
    return f": {told[-1][:200]}" if told else ""
