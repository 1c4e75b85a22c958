"""timm's smallest CNNs with a stem of fewer channels, for images that one CPU core is to learn.

Most of the arithmetic of these networks lies in the stem, where the map is largest; with half of
its channels they learn as much (docs/measurements/deep.md). They are registered with timm, so that
`timm.create_model` and everything here builds them by name.
"""

from typing import Any

from timm.models import generate_default_cfgs, register_model
from timm.models.byobnet import ByobNet, test_byobnet
from timm.models.resnet import ResNet, test_resnet

_SIDE = 64  # px


def _card(classifier: str) -> dict[str, Any]:
    return {
        "num_classes": 1000,
        "input_size": (3, _SIDE, _SIDE),
        "pool_size": None,
        "mean": (0.5, 0.5, 0.5),
        "std": (0.5, 0.5, 0.5),
        "classifier": classifier,
    }


default_cfgs = generate_default_cfgs(
    {"compact_resnet.untrained": _card("fc"), "compact_se_cnn.untrained": _card("head.fc")}
)


@register_model
def compact_resnet(pretrained: bool = False, **changes: Any) -> ResNet:
    """`test_resnet` with a stem of 8, 8 and 16 channels in place of 16, 16 and 32."""
    model: ResNet = test_resnet(pretrained=pretrained, **{"stem_width": 8, **changes})
    return model


@register_model
def compact_se_cnn(pretrained: bool = False, **changes: Any) -> ByobNet:
    """`test_byobnet` with a stem of 16 channels in place of 24."""
    model: ByobNet = test_byobnet(pretrained=pretrained, **{"stem_chs": 16, **changes})
    return model
