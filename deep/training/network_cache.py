"""A network is trained once in a run, with the same seed on the same images.

A hybrid without pretrained weights takes the features of a compact network, which a deep method
trains too. What was trained is kept in a folder that lives as long as the run, with the seconds
that it took, so that whoever finds it can still be charged for them.
"""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from deep.networks.network import Network, NetworkPlan, rebuild_network
from deep.training.settings import TrainingSettings

_LARGEST = 10**9  # bytes of images that are read to find a network
_WITHOUT_INFLUENCE = ("cache_folder", "progress_file", "resident_limit", "test_time_augmentation")


@dataclass(frozen=True)
class CachedNetwork:
    """A network that was found.

    Attributes:
        network: on the device, in evaluation mode.
        info: as it was told after the training.
        seconds: that the training took.
    """

    network: Network
    info: dict[str, Any]
    seconds: float


class NetworkCache:
    """The networks of a folder that several processes may use at once.

    Parameters
    ----------
    folder : str
        Made if it is not there.
    """

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder) / "networks"

    def find(self, key: str, device: str) -> CachedNetwork | None:
        """The network under a key, None where there is none."""
        path = self._folder / key
        if not path.exists():
            return None
        stored = torch.load(path, map_location="cpu", weights_only=True)
        about = json.loads(stored["about"])
        network = rebuild_network(NetworkPlan(**about["plan"]), stored["state"]).to(device)
        return CachedNetwork(network, about["info"], about["seconds"])

    def store(self, key: str, network: Network, info: dict[str, Any], seconds: float) -> None:
        """Store a network; a file appears only when it is complete, and a full disk is no error."""
        about = {"plan": asdict(network.plan), "info": info, "seconds": seconds}
        state = {name: value.cpu() for name, value in network.state_dict().items()}
        content = BytesIO()  # torch's own writer knows no OSError
        torch.save({"about": json.dumps(about), "state": state}, content)
        temporary = self._folder / f".{uuid.uuid4().hex}"
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            temporary.write_bytes(content.getbuffer())
            os.replace(temporary, self._folder / key)
            return
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def key_of(
    settings: TrainingSettings, X: NDArray[np.uint8], labels: NDArray[np.intp], device: str
) -> str | None:
    """What a training depends on, as a file name; None where it should not be stored.

    That is so with pretrained weights, which make large networks, with a random state that is no
    number, and with more images than are quickly read.
    """
    settled = settings.pretrained is False and isinstance(settings.random_state, int)
    if not settled or X.nbytes > _LARGEST:
        return None
    parameters = {
        field.name: getattr(settings, field.name)
        for field in fields(settings)
        if field.name not in _WITHOUT_INFLUENCE
    }
    parameters |= {"device": device, "threads": torch.get_num_threads(), "shape": X.shape}
    digest = hashlib.blake2b(
        json.dumps(parameters, sort_keys=True, default=repr).encode(), digest_size=16
    )
    digest.update(np.ascontiguousarray(labels).data)
    digest.update(np.ascontiguousarray(X).data)
    return digest.hexdigest()
