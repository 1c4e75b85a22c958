"""Training images at the size a network sees them, and the pieces it is trained on."""

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Generator, Tensor

from deep.segmentation.losses import IGNORED
from deep.training.batches import chunk_length, free_memory

_ON_A_CLASS = 0.5  # share of patches whose centre is no background


class PatchStore:
    """Images and classes of pixels at the working size, as uint8, from which patches are cut.

    They are on the device, or where that is too small in the computer's memory.

    Parameters
    ----------
    X : (n, h, w, c) uint8
    Y : (n, h, w) uint8
    rows : (m,) int
        Which of them.
    shape : (int, int)
        Working height and width, px.
    patch : int
        Side of a patch, px. Where images are smaller, their border is repeated, and its classes
        count for nothing.
    classes : int
        Of pixels.
    device : str
    """

    def __init__(
        self,
        X: NDArray[np.uint8],
        Y: NDArray[np.uint8],
        rows: NDArray[np.intp],
        shape: tuple[int, int],
        patch: int,
        classes: int,
        device: str,
    ) -> None:
        self.patch, self._device = patch, device
        height, width = (max(side, patch) for side in shape)
        n, channels = len(rows), X.shape[3]
        fits = n * (channels + 1) * height * width < free_memory(device) // 2
        place = device if fits else "cpu"
        self.images = torch.empty((n, channels, height, width), dtype=torch.uint8, device=place)
        self.targets = torch.empty((n, height, width), dtype=torch.uint8, device=place)
        length = chunk_length(max(*X.shape[1:3], *shape))
        for start in range(0, n, length):
            some, here = rows[start : start + length], slice(start, start + length)
            self.images[here] = _padded(resized_images(X[some], shape), (height, width))
            self.targets[here] = _padded_classes(
                resized_classes(Y[some], shape, classes), (height, width)
            )
        self._places = None if self.whole else self._class_places()

    def __len__(self) -> int:
        return len(self.images)

    @property
    def whole(self) -> bool:
        """Whether a patch is a whole image."""
        return max(self.images.shape[2:]) == self.patch

    def pairs(self, rows: Tensor, generator: Generator) -> tuple[Tensor, Tensor]:
        """One patch of each of the images `rows`: `(b, c, p, p)` and `(b, p, p)` uint8."""
        if self.whole:
            rows = rows.to(self.images.device)
            return self.images[rows].to(self._device), self.targets[rows].to(self._device)
        corners = self._corners(rows, generator)
        p, images, targets = self.patch, [], []
        for row, (top, left) in zip(rows.tolist(), corners, strict=True):
            images.append(self.images[row, :, top : top + p, left : left + p])
            targets.append(self.targets[row, top : top + p, left : left + p])
        return torch.stack(images).to(self._device), torch.stack(targets).to(self._device)

    def _corners(self, rows: Tensor, generator: Generator) -> list[tuple[int, int]]:
        """Where patches begin: anywhere, or around a pixel that is no background."""
        height, width = self.images.shape[2:]
        drawn = torch.rand((len(rows), 4), generator=generator, device=generator.device).tolist()
        corners = []
        for row, (a, b, c, d) in zip(rows.tolist(), drawn, strict=True):
            places = self._places[row] if self._places else None
            if places is not None and len(places) and c < _ON_A_CLASS:
                y, x = divmod(int(places[int(d * len(places))]), width)
                top = y - self.patch // 2 + round((a - 0.5) * self.patch / 2)
                left = x - self.patch // 2 + round((b - 0.5) * self.patch / 2)
            else:
                top = int(a * (height - self.patch + 1))
                left = int(b * (width - self.patch + 1))
            top = min(max(top, 0), height - self.patch)
            left = min(max(left, 0), width - self.patch)
            corners.append((top, left))
        return corners

    def _class_places(self) -> list[NDArray[np.int64]]:
        """Of every image some pixels that are no background, as positions in its rows."""
        found = []
        for target in self.targets:
            values = target.flatten()
            places = ((values > 0) & (values != IGNORED)).nonzero().flatten().cpu().numpy()
            found.append(places[:: max(1, len(places) // 512)])
        return found


def resized_images(X: NDArray[np.uint8], shape: tuple[int, int]) -> Tensor:
    """`(n, c, h, w)` uint8: bilinear, with an antialiasing filter where images shrink."""
    images = torch.from_numpy(np.array(X)).permute(0, 3, 1, 2)  # a copy: X may be read-only
    if images.shape[2:] != shape:
        values = F.interpolate(
            images.float(), shape, mode="bilinear", antialias=True, align_corners=False
        )
        images = values.round_().clamp_(0, 255).to(torch.uint8)
    return images.contiguous()


def resized_classes(Y: NDArray[np.uint8], shape: tuple[int, int], classes: int) -> Tensor:
    """`(n, h, w)` uint8: the class with the largest share of each new pixel."""
    targets = torch.from_numpy(np.array(Y))
    if targets.shape[1:] == shape:
        return targets
    shares = torch.stack(
        [
            F.interpolate(
                (targets == label).float().unsqueeze(1),
                shape,
                mode="bilinear",
                antialias=True,
                align_corners=False,
            ).squeeze(1)
            for label in range(classes)
        ]
    )  # (k, n, h, w)
    return shares.argmax(0).to(torch.uint8)


def _padded(images: Tensor, shape: tuple[int, int]) -> Tensor:
    below, right = shape[0] - images.shape[2], shape[1] - images.shape[3]
    if not below and not right:
        return images
    return F.pad(images.float(), (0, right, 0, below), mode="replicate").to(torch.uint8)


def _padded_classes(targets: Tensor, shape: tuple[int, int]) -> Tensor:
    below, right = shape[0] - targets.shape[1], shape[1] - targets.shape[2]
    return F.pad(targets, (0, right, 0, below), value=IGNORED)
