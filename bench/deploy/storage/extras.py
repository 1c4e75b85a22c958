"""Packages that only some of the work needs, and how to get one that is not here."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from bench.protocol.errors import UsageError

_EXTRAS = {"onnx": "onnx", "onnxruntime": "onnx", "onnxscript": "onnx"}
_EXTRAS |= {"fastapi": "serve", "uvicorn": "serve", "prometheus_client": "serve"}


def require(*packages: str) -> None:
    """Look whether packages are here before anything is begun that takes long.

    Raises:
        UsageError: if one is not.
    """
    for package in packages:
        with needed(package):
            if find_spec(package) is None:
                raise ImportError(name=package)


@contextmanager
def needed(package: str) -> Iterator[None]:
    """Around an import: one that fails says what to install.

    Raises:
        UsageError: if the package is not here.
    """
    try:
        yield
    except ImportError as error:
        name = (error.name or package).partition(".")[0]
        extra = _EXTRAS.get(package, "deploy")
        raise UsageError(
            f"This needs the package {name}, which is not installed. Install it with: "
            f"pip install 'classical-vs-deep[{extra}]'"
        ) from None
