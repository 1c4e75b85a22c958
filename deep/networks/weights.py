"""Pretrained weights: a file, or those of the Hugging Face hub that can be had quickly.

A study asks once, by `TimmClassifier.resolve_weights`, and gives all its trainings that file.
"""

import threading
import urllib.request
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import timm

from deep.networks.network import OWN_ARCHITECTURES
from deep.networks.planning import check_architecture

CHECK_SECONDS = 4.0
_FILES = ("model.safetensors", "pytorch_model.bin")


@dataclass(frozen=True)
class Weights:
    """Pretrained weights on this machine.

    Attributes:
        name: architecture and tag, such as "resnet18.a1_in1k", of the hub's; else the file's.
        file: where they are.
        source: "hub cache", "hub" or "file".
    """

    name: str
    file: str
    source: str


class WeightsUnavailableError(ValueError):
    """Pretrained weights that are insisted on cannot be had."""


def obtain_weights(architecture: str, pretrained: bool | Literal["auto"] | str) -> Weights | None:
    """The weights to start from, None to start from scratch.

    Args:
        architecture: timm's name.
        pretrained: False never asks, "auto" takes what the hub's cache or the hub have, True
            insists on it; anything else is the path of a file (.safetensors, .pth or .bin) with
            the state dictionary of timm's model.

    Raises:
        WeightsUnavailableError: if weights are insisted on and cannot be had.
        ValueError: if timm has no such architecture.
    """
    check_architecture(architecture)
    if pretrained is False:
        return None
    if isinstance(pretrained, str) and pretrained != "auto":
        return _weights_in(Path(pretrained))
    weights = find_weights(architecture)
    if weights is None and pretrained is True:
        raise WeightsUnavailableError(
            f"there are no pretrained weights of {architecture} in the local hub cache, and none "
            "can be downloaded now; pretrained can be the path of a file too, and "
            "pretrained='auto' goes on without"
        )
    return weights


def _weights_in(path: Path) -> Weights:
    """Those of a file, which may be one of the hub's cache."""
    if not path.is_file():
        raise WeightsUnavailableError(
            f"pretrained must be True, False or 'auto', or a file of weights: there is no {path}"
        )
    for part in path.parts[:-1]:
        if part.startswith("models--"):  # models--timm--resnet18.a1_in1k
            return Weights(part.rpartition("--")[2], str(path), "hub cache")
    return Weights(path.name, str(path), "file")


def find_weights(architecture: str) -> Weights | None:
    """timm's weights for `architecture`, downloaded if need be, or None.

    The cache is looked at first. The network is asked only if `HF_HUB_OFFLINE` is not set, and
    given up after 4 seconds without an answer, once for the whole process.
    """
    from huggingface_hub import constants, hf_hub_download, try_to_load_from_cache
    from huggingface_hub.errors import EntryNotFoundError

    config = None if architecture in OWN_ARCHITECTURES else timm.get_pretrained_cfg(architecture)
    if not config or not config.hf_hub_id:
        return None
    files = (config.hf_hub_filename,) if config.hf_hub_filename else _FILES
    name = ".".join(filter(None, (config.architecture, config.tag)))
    for file in files:
        path = try_to_load_from_cache(config.hf_hub_id, file)
        if isinstance(path, str):
            return Weights(name, path, "hub cache")
    if constants.HF_HUB_OFFLINE or not hub_answers(constants.ENDPOINT):
        return None
    for file in files:
        try:
            return Weights(name, str(hf_hub_download(config.hf_hub_id, file)), "hub")
        except EntryNotFoundError:
            continue
        except Exception:  # the hub client's transports, requests and httpx, share no base class
            return None
    return None


@lru_cache(maxsize=4)
def hub_answers(endpoint: str, seconds: float = CHECK_SECONDS) -> bool:
    """Whether the hub at the address `endpoint` answers within `seconds`.

    The question is asked in a thread of its own, since looking up a host's name has no time limit.
    """
    answered = threading.Event()

    def ask() -> None:
        request = urllib.request.Request(endpoint, method="HEAD")
        try:
            urllib.request.urlopen(request, timeout=seconds).close()
        except (OSError, ValueError):  # no answer, a refusal, or no address at all
            return
        answered.set()

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(seconds)
    return answered.is_set()
