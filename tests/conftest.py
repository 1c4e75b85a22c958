"""What holds for every test, set before a heavy library is loaded.

One thread per library, as in the engine's workers: with two, OpenMP's threads wait for each other
on a busy machine and a fit of a second can take a minute. No model hub, and an empty cache of it:
no test may depend on weights that happen to be at hand. Nothing waits for the disk: no test can cut
the power, and what a killed process has written is in the system's memory.
"""

import os
import tempfile

import pytest
from hypothesis import settings

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[_name] = "1"
os.environ["LOKY_MAX_CPU_COUNT"] = "1"  # tests run beside each other
os.fsync = lambda file: None
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HUB_CACHE"] = os.path.join(tempfile.gettempdir(), "bench-tests-have-no-hub")

settings.register_profile("suite", deadline=None)  # no test asserts a time: machines are shared
settings.load_profile("suite")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that starts processes is none of the quick part."""
    for item in items:
        if item.get_closest_marker("processes"):
            item.add_marker("slow")
