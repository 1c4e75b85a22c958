"""What a segmentation network is trained to make small."""

import torch
import torch.nn.functional as F
from torch import Tensor

IGNORED = 255
"""Class of pixels that count for nothing, such as those beyond the border of an image."""

_SMOOTH = 1.0  # px; a batch without a class would divide by zero


def segmentation_loss(logits: Tensor, targets: Tensor, dice_share: float) -> Tensor:
    """Soft Dice loss and cross entropy, weighted.

    Args:
        logits: `(b, k, h, w)` float32.
        targets: `(b, h, w)` int64, 0..k-1 or `IGNORED`.
        dice_share: weight of the Dice loss, 0..1; the cross entropy has the rest.
    """
    entropy = F.cross_entropy(logits, targets, ignore_index=IGNORED, reduction="sum")
    entropy = entropy / (targets != IGNORED).sum().clamp(min=1)
    return dice_share * soft_dice_loss(logits, targets) + (1 - dice_share) * entropy


def soft_dice_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """One minus the mean soft Dice of the classes but the background, over a batch.

    Milletari et al. 2016 (arXiv:1606.04797) with the sum of probabilities in the denominator. Over
    the batch, not the image, so that images without a class do not ask for an exact nothing.
    """
    k = logits.shape[1]
    counted = (targets != IGNORED).unsqueeze(1)  # (b, 1, h, w)
    found = torch.softmax(logits, dim=1)[:, 1:] * counted
    classes = torch.arange(1, k, device=targets.device).view(1, -1, 1, 1)
    wanted = (targets.unsqueeze(1) == classes).to(found.dtype)  # (b, k-1, h, w)
    both = (found * wanted).sum((0, 2, 3))
    sizes = found.sum((0, 2, 3)) + wanted.sum((0, 2, 3))
    return 1 - ((2 * both + _SMOOTH) / (sizes + _SMOOTH)).mean()
