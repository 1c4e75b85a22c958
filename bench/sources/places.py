"""Where files of the user's lie that are kept from one run to the next."""

import os
from pathlib import Path

from platformdirs import user_cache_path

VARIABLE = "BENCH_CACHE"
"""Environment variable that names another folder for downloads and decoded images."""


def cache() -> Path:
    """The folder of downloads, decoded images and what was found out about data sets."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else user_cache_path("classical-vs-deep", appauthor=False)
