"""Networks as plain values and arrays, for whoever stores a fitted estimator without pickle."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from deep.networks.network import Network

_OF_A_MACHINE = {"cache_folder": None, "progress_file": None, "resident_limit": None}
_MEASURED = ("images_per_second", "fit_peak_device_memory")


class NotStorableError(ValueError):
    """A network that cannot be built again from what can be stored of it."""


def parameters_of(estimator: Any) -> dict[str, Any]:
    """The parameters of an estimator without what belongs to the machine it was fitted on."""
    values: dict[str, Any] = estimator.get_params(deep=False)
    values |= {name: value for name, value in _OF_A_MACHINE.items() if name in values}
    if isinstance(values.get("pretrained"), str):  # the path of a file
        values["pretrained"] = "auto"
    return values | {"device": "auto"}


def without_measurements(info: dict[str, Any]) -> dict[str, Any]:
    """What is to be known of a fit, without what differs from one fit to the next."""
    return {name: value for name, value in info.items() if name not in _MEASURED}


def network_parts(network: Network) -> dict[str, Any]:
    """The plan of a network and its state, `{name: array}`.

    Raises:
        NotStorableError: if its architecture is described by a file of this machine.
    """
    from deep.networks.hub_models import LOCAL

    if network.plan.architecture.startswith(LOCAL):
        raise NotStorableError(
            "its architecture is described by a file of the hub's cache, which a bundle does not "
            "hold; take an architecture that timm knows by name"
        )
    state: dict[str, NDArray[Any]] = {
        name: np.ascontiguousarray(value.detach().cpu().numpy()).reshape(tuple(value.shape))
        for name, value in network.state_dict().items()
    }
    return {"plan": asdict(replace(network.plan, weights=None)), "state": state}


def network_from(parts: dict[str, Any], device: str) -> Network:
    """The network again, in evaluation mode, on a device."""
    import torch

    from deep.networks.network import NetworkPlan, rebuild_network
    from deep.training.acceleration import resolved_device

    state = {name: torch.from_numpy(np.array(value)) for name, value in parts["state"].items()}
    return rebuild_network(NetworkPlan(**parts["plan"]), state).to(resolved_device(device))
