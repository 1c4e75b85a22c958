"""What methods see of images, without their classifier: features by way of the registered methods.

The engine imports neither side; it takes the first step of a method's pipeline, as a plugin's.
"""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from bench.methods import discovery
from bench.methods.parameters import configure
from bench.methods.spec import MethodSpec
from bench.protocol.errors import BenchError, PluginError, one_line

Kind = Literal["handcrafted", "pretrained"]

METHODS: dict[Kind, str] = {"handcrafted": "random-forest", "pretrained": "linear-probe"}
"""The method whose pipeline begins with these features."""


def features_of(kind: Kind, images: NDArray[np.uint8]) -> NDArray[np.float64]:
    """`(n, d)` features of images `(n, h, w, c)`.

    Raises:
        PluginError: if they cannot be had on this machine.
    """
    name = METHODS[kind]
    try:
        build = discovery.method(name, {}).load()
        spec = MethodSpec.of(build)
        reason = spec.obstacle() if spec.obstacle else ""
        if reason:
            raise PluginError(f"There are no {kind} features: {reason}.")
        transformer: Any = build().steps[0][1]
        configure(transformer, 0, "cpu", "quick")
        labels = np.arange(len(images)) % 2  # of no meaning: nothing is learnt of them
        found = transformer.fit(images, labels).transform(images)
    except BenchError:
        raise
    except Exception as error:  # a plugin's code
        raise PluginError(
            f"There are no {kind} features: method {name!r}: {one_line(error)}."
        ) from None
    return np.asarray(found, np.float64)
