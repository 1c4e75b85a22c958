"""Is deep learning really better than classical machine learning on these images?

`bench.run(study)` runs methods on data sets, `bench.Results(folder)` is what is stored of it, and
`bench.compare(y, scores)` compares predictions made anywhere. Importing this package loads no heavy
library; each name below is imported on first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bench.api.comparing import Comparison, compare
    from bench.api.results import Results
    from bench.api.running import run
    from bench.data.dataset import Dataset, Provenance, Split
    from bench.data.formats.images import read_image
    from bench.deploy.bundle import load_bundle
    from bench.methods.contract import check_method, check_source
    from bench.methods.spec import MethodSpec
    from bench.protocol.claim import Claim
    from bench.protocol.errors import BenchError
    from bench.protocol.study import Study
    from bench.results.dataframe import load_results

__version__ = "0.2.0"

_HOME = {
    "BenchError": "bench.protocol.errors",
    "Claim": "bench.protocol.claim",
    "Comparison": "bench.api.comparing",
    "Dataset": "bench.data.dataset",
    "MethodSpec": "bench.methods.spec",
    "Provenance": "bench.data.dataset",
    "Results": "bench.api.results",
    "Split": "bench.data.dataset",
    "Study": "bench.protocol.study",
    "check_method": "bench.methods.contract",
    "check_source": "bench.methods.contract",
    "compare": "bench.api.comparing",
    "load_bundle": "bench.deploy.bundle",
    "load_results": "bench.results.dataframe",
    "read_image": "bench.data.formats.images",
}

__all__ = [
    "BenchError",
    "Claim",
    "Comparison",
    "Dataset",
    "MethodSpec",
    "Provenance",
    "Results",
    "Split",
    "Study",
    "check_method",
    "check_source",
    "compare",
    "load_bundle",
    "load_results",
    "read_image",
    "run",
]


def __getattr__(name: str) -> Any:
    if name == "run":  # the folder of that name, which can be called
        return import_module("bench.run")
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
