"""From the verdict to use: bundles of fitted methods, and new images. Not a medical device.

Importing this package loads no heavy library; each name below is imported on first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bench.deploy.bundle import Answer, Bundle, load_bundle
    from bench.deploy.manifest import Manifest
    from bench.deploy.reference import Reference

_HOME = {
    "Answer": "bench.deploy.bundle",
    "Bundle": "bench.deploy.bundle",
    "Manifest": "bench.deploy.manifest",
    "Reference": "bench.deploy.reference",
    "load_bundle": "bench.deploy.bundle",
}

__all__ = ["Answer", "Bundle", "Manifest", "Reference", "load_bundle"]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
