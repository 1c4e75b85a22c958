"""Versions, processor, threads and device, for the run record."""

import ctypes
import os
import platform
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import metadata

from bench.protocol.errors import UsageError
from bench.protocol.record import Environment

PACKAGES = (
    "classical-vs-deep",
    "numpy",
    "scipy",
    "scikit-learn",
    "scikit-image",
    "numba",
    "xgboost",
    "torch",
    "timm",
    "pandas",
)

_THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMBA_NUM_THREADS",
)

GPU_FILES = ("/dev/nvidiactl", "/dev/kfd", "/dev/dxg")
"""Signs of NVIDIA's driver, AMD's and WSL's."""

_BACKGROUND = 10  # niceness


def limit_threads(threads: int) -> None:
    """Limit OpenMP, BLAS and Numba in this process and its children.

    Works for libraries that are loaded afterwards, so it must be called first.
    """
    os.environ.update(thread_limits(threads))


def thread_limits(threads: int) -> dict[str, str]:
    """The environment variables that limit OpenMP, BLAS and Numba."""
    return dict.fromkeys(_THREAD_VARIABLES, str(threads))


def work_in_the_background() -> None:
    """Have this thread, and no other, give way to processes that compute, where the system can."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _BACKGROUND)


def usable_cores() -> int:
    """Number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(frozen=True)
class Device:
    """Where networks run.

    Attributes:
        kind: the torch device, "cpu" or "cuda".
        name: "cpu", or the name of the GPU.
        count: number of GPUs.
    """

    kind: str = "cpu"
    name: str = "cpu"
    count: int = 0


def find_device(wanted: str) -> Device:
    """The torch device to use; imports torch where there may be a GPU.

    Args:
        wanted: "auto", "cpu" or "cuda". A GPU is used only if it is there.
    """
    if wanted == "cpu" or not may_have_gpu():
        return Device()
    import torch

    if torch.cuda.is_available():
        return Device("cuda", torch.cuda.get_device_name(0), torch.cuda.device_count())
    return Device()


def refuse_missing_gpu(wanted: str) -> None:
    """Refuse a device that is none, or a GPU that is not here; imports torch as `find_device`.

    Args:
        wanted: "cpu" or "cuda".

    Raises:
        UsageError: if networks cannot run there.
    """
    if wanted not in ("cpu", "cuda"):
        raise UsageError(f"There is no device {wanted!r}. Devices: cpu, cuda.")
    if wanted == "cuda" and find_device(wanted).kind != "cuda":
        raise UsageError("No GPU is here for the device cuda. Use cpu.")


def may_have_gpu() -> bool:
    """Whether torch might see a GPU; False only on Linux without any sign of a driver of one."""
    if sys.platform != "linux" or any(map(os.path.exists, GPU_FILES)):
        return True
    try:
        ctypes.CDLL("libcuda.so.1")
    except OSError:
        return False
    return True


@cache
def describe(threads: int, device: str) -> Environment:
    """The environment of this process.

    Args:
        threads: what one trial is allowed.
        device: "cpu", or the name of the GPU.
    """
    return Environment(
        python=platform.python_version(),
        platform=f"{platform.system()} {platform.release()} {platform.machine()}",
        processor=_processor(),
        cores=os.cpu_count() or 1,
        threads=threads,
        device=device,
        packages=packages(),
        commit=_commit(),
    )


def packages() -> dict[str, str]:
    """Versions of the packages that decide the results, of those that are installed."""
    return {name: version for name in PACKAGES if (version := _version(name))}


def versions() -> dict[str, str]:
    """Those, and that of Python."""
    return {"python": platform.python_version(), **packages()}


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            names = [
                line.split(":", 1)[1].strip() for line in file if line.startswith("model name")
            ]
    except OSError:
        names = []
    return names[0] if names else platform.processor() or platform.machine()


def _commit() -> str:
    try:
        done = subprocess.run(
            ["git", "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, timeout=5
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
