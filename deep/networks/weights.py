"""Pretrained weights: a file, those of a package, or of the Hugging Face hub if quickly had.

A study asks once, by `TimmClassifier.resolve_weights`, and gives all its trainings that file.
"""

import threading
import urllib.request
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Literal

from deep.networks import hub_models
from deep.networks.packaged_weights import PACKAGED, package_of, packaged_file

CHECK_SECONDS = 4.0
_FILES = ("model.safetensors", "pytorch_model.bin")


@dataclass(frozen=True)
class Weights:
    """Pretrained weights on this machine.

    Attributes:
        name: architecture and tag, such as "resnet18.a1_in1k", of the hub's and of packages; else
            the file's.
        file: where they are.
        source: "hub cache", "hub", "package" or "file".
        architecture: of which they are, as `deep.networks.network.build_network` takes it.
    """

    name: str
    file: str
    source: str
    architecture: str


class WeightsUnavailableError(ValueError):
    """Pretrained weights that are insisted on cannot be had."""


def obtain_weights(architecture: str, pretrained: bool | Literal["auto"] | str) -> Weights | None:
    """The weights to start from, None to start from scratch.

    torch and timm are not loaded for those of a package.

    Args:
        architecture: timm's name, or `hf-hub:OWNER/MODEL`.
        pretrained: False never asks, "auto" takes what the hub's cache, a package or the hub have,
            True insists on it; anything else is the path of a file (.safetensors, .pth or .bin)
            with the state dictionary of timm's model.

    Raises:
        WeightsUnavailableError: if weights are insisted on and cannot be had.
        ValueError: if timm has no such architecture, or a file is not the one it should be.
    """
    if hub_models.is_hub_name(architecture):
        hub_models.repository(architecture)
    elif architecture not in PACKAGED:
        from deep.networks.planning import check_architecture

        check_architecture(architecture)
    if pretrained is False:
        return None
    if isinstance(pretrained, str) and pretrained != "auto":
        return _weights_in(Path(pretrained), architecture)
    weights = find_weights(architecture)
    if weights is None and pretrained is True:
        raise WeightsUnavailableError(
            f"there are no pretrained weights of {architecture} in the local hub cache, and none "
            "can be downloaded now; pretrained can be the path of a file too, and "
            "pretrained='auto' goes on without"
        )
    return weights


def _weights_in(path: Path, architecture: str) -> Weights:
    """Those of a file, which may be one of the hub's cache or of a package."""
    if not path.is_file():
        raise WeightsUnavailableError(
            f"pretrained must be True, False or 'auto', or a file of weights: there is no {path}"
        )
    if packaged := package_of(str(path)):
        if packaged.architecture != architecture.partition(".")[0]:
            raise ValueError(f"{path} holds weights of {packaged.architecture}, not {architecture}")
        return Weights(packaged.name, str(path), "package", packaged.architecture)
    if hub_models.is_hub_name(architecture):
        architecture = hub_models.downloaded(str(path))
    for part in path.parts[:-1]:
        if part.startswith("models--"):  # models--timm--resnet18.a1_in1k
            return Weights(part.rpartition("--")[2], str(path), "hub cache", architecture)
    return Weights(path.name, str(path), "file", architecture)


def find_weights(architecture: str) -> Weights | None:
    """timm's weights for `architecture`, downloaded if need be, or None.

    A package is looked at first, then the hub's cache. The network is asked only if
    `HF_HUB_OFFLINE` is not set, and given up after 4 seconds without an answer, once for the whole
    process.

    Raises:
        ValueError: if a package's file is not the one it should be, or timm cannot build a model
            of the hub.
    """
    if found := _in_package(architecture):
        return found
    if hub_models.is_hub_name(architecture):
        name = hub_models.repository(architecture)
        found = _of_hub(name, name.partition("/")[2], ("config.json",), architecture)
        if found is None:
            return None
        hub_models.told_of(Path(found.file).parent, architecture)
        weights = _of_hub(name, name.partition("/")[2], _FILES, architecture)
        if weights is None:
            return None
        return replace(weights, architecture=hub_models.downloaded(weights.file))
    import timm

    from deep.networks.network import OWN_ARCHITECTURES

    config = None if architecture in OWN_ARCHITECTURES else timm.get_pretrained_cfg(architecture)
    if not config or not config.hf_hub_id:
        return None
    files = (config.hf_hub_filename,) if config.hf_hub_filename else _FILES
    name = ".".join(filter(None, (config.architecture, config.tag)))
    return _of_hub(config.hf_hub_id, name, files, architecture)


def _in_package(architecture: str) -> Weights | None:
    file = packaged_file(architecture)
    if file is None:
        return None
    return Weights(PACKAGED[architecture].name, str(file), "package", architecture)


def _of_hub(
    repository: str, name: str, files: tuple[str, ...], architecture: str
) -> Weights | None:
    """The first of some files of a repository that its cache has, or the hub."""
    from huggingface_hub import constants, hf_hub_download, try_to_load_from_cache
    from huggingface_hub.errors import EntryNotFoundError

    for file in files:
        path = try_to_load_from_cache(repository, file)
        if isinstance(path, str):
            return Weights(name, path, "hub cache", architecture)
    if constants.HF_HUB_OFFLINE or not hub_answers(constants.ENDPOINT):
        return None
    for file in files:
        try:
            return Weights(name, str(hf_hub_download(repository, file)), "hub", architecture)
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
