"""Models of the Hugging Face hub that timm can build: `hf-hub:OWNER/MODEL`.

Such a model says itself of which architecture it is, in a `config.json` beside its weights. What
was downloaded is built from the folder of the hub's cache, `local-dir:FOLDER`, without asking the
hub again.
"""

import json
import re
from pathlib import Path
from typing import Any

PREFIX = "hf-hub:"
LOCAL = "local-dir:"
_CONFIG = "config.json"


def is_hub_name(architecture: str) -> bool:
    """Whether it names a model of the hub and not an architecture."""
    return architecture.startswith(PREFIX)


def repository(architecture: str) -> str:
    """`OWNER/MODEL` of `hf-hub:OWNER/MODEL`.

    Raises:
        ValueError: if it is written otherwise.
    """
    name = architecture.removeprefix(PREFIX)
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", name):
        raise ValueError(f"a model of the hub is written hf-hub:OWNER/MODEL, not {architecture!r}")
    return name


def downloaded(file: str) -> str:
    """The name of the model whose weights are this file."""
    return f"{LOCAL}{Path(file).parent}"


def told_of(folder: Path, files_of: str) -> dict[str, Any]:
    """What `config.json` in a folder says: architecture, and how it was pretrained.

    Args:
        folder: of the model.
        files_of: whose files they are, for messages.

    Raises:
        ValueError: if timm cannot build it.
    """
    import timm

    try:
        told = json.loads((folder / _CONFIG).read_text(encoding="utf-8"))
        architecture = told.get("architecture", "")
    except (OSError, ValueError, AttributeError):
        architecture = ""
    if not isinstance(architecture, str) or not timm.is_model(architecture):
        raise ValueError(
            f"{files_of} is no model that timm can build: its config.json names "
            f"{f'the architecture {architecture!r}' if architecture else 'no architecture of timm'}"
        )
    found: dict[str, Any] = told
    return found
