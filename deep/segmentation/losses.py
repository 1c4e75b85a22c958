"""What a segmentation network is trained to make small."""

import torch
import torch.nn.functional as F
from torch import Tensor

IGNORED = 255
"""Class of pixels that count for nothing, such as those beyond the border of an image."""

_SMOOTH = 1.0  # px; softens what a pixel or two of an image cost


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
    """One minus the soft Dice of a class in an image, mean over those that the images show.

    Milletari et al. 2016 (arXiv:1606.04797) with the sum of probabilities in the denominator. Of
    each image, as Dice is judged: over a batch a small lesion beside large ones would count for
    nothing. That an image does not show a class is left to the cross entropy.

    Args:
        logits: `(b, k, h, w)` float32.
        targets: `(b, h, w)` int64, 0..k-1 or `IGNORED`.
    """
    k = logits.shape[1]
    counted = (targets != IGNORED).unsqueeze(1)  # (b, 1, h, w)
    found = torch.softmax(logits, dim=1)[:, 1:] * counted
    classes = torch.arange(1, k, device=targets.device).view(1, -1, 1, 1)
    wanted = (targets.unsqueeze(1) == classes).to(found.dtype)  # (b, k-1, h, w)
    both, areas = (found * wanted).sum((2, 3)), wanted.sum((2, 3))  # (b, k-1)
    lost = 1 - (2 * both + _SMOOTH) / (found.sum((2, 3)) + areas + _SMOOTH)
    shown = (areas > 0).to(lost.dtype)
    return (lost * shown).sum() / shown.sum().clamp(min=1)


def presence_loss(shown: Tensor, targets: Tensor) -> Tensor:
    """Cross entropy of whether images show a class at all, mean over images and classes.

    Args:
        shown: `(b, k - 1)` float32 logits of the classes but the background.
        targets: `(b, h, w)` int64, 0..k-1 or `IGNORED`.
    """
    classes = range(1, shown.shape[1] + 1)
    there = torch.stack([(targets == label).flatten(1).any(1) for label in classes], dim=1)
    return F.binary_cross_entropy_with_logits(shown, there.to(shown.dtype))
