"""The engine: data sets and methods in, stored predictions out.

Importing this package loads no heavy library; each name below is imported on first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bench.data.dataset import Dataset, Provenance, Split
    from bench.data.formats.images import read_image
    from bench.deploy.bundle import load_bundle
    from bench.methods.contract import check_method, check_source
    from bench.methods.spec import MethodSpec
    from bench.protocol.errors import BenchError
    from bench.results.dataframe import load_results

__version__ = "0.1.0"

_HOME = {
    "BenchError": "bench.protocol.errors",
    "Dataset": "bench.data.dataset",
    "MethodSpec": "bench.methods.spec",
    "Provenance": "bench.data.dataset",
    "Split": "bench.data.dataset",
    "check_method": "bench.methods.contract",
    "check_source": "bench.methods.contract",
    "load_bundle": "bench.deploy.bundle",
    "load_results": "bench.results.dataframe",
    "read_image": "bench.data.formats.images",
}

__all__ = [
    "BenchError",
    "Dataset",
    "MethodSpec",
    "Provenance",
    "Split",
    "check_method",
    "check_source",
    "load_bundle",
    "load_results",
    "read_image",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
