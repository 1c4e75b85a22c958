"""A data set as uint8 on the device, and the order in which its images are trained on."""

import math
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Generator, Tensor

from deep.training.acceleration import exact_convolutions

_CHUNK_PIXELS = 4_000_000  # pixels that are converted or predicted at once
_CHUNK_IMAGES = 256
_BLOCK = 16  # images that go through a network together where every bit counts, on a CPU
_BLOCK_OF_GPU = 64


def check_images(X: NDArray[np.uint8], channels: int | None = None) -> NDArray[np.uint8]:
    """The images `(n, h, w, c)` as an array, not copied.

    Args:
        X: the images.
        channels: that a network was trained for, None for any.

    Raises:
        ValueError: if they are not 4-dimensional uint8 with 1 to 4 channels, have other channels
            than a network was trained for, or there are none.
    """
    X = np.asarray(X)
    if X.ndim != 4 or X.dtype != np.uint8 or not 1 <= X.shape[3] <= 4:
        raise ValueError(
            f"images must be (n, h, w, c) uint8 with 1 to 4 channels, got {X.shape} {X.dtype}"
        )
    if 0 in X.shape:
        raise ValueError(f"there are no images or no pixels in {X.shape}")
    if channels not in (None, X.shape[3]):
        raise ValueError(f"the network was trained for {channels} channels, not {X.shape[3]}")
    return X


def has_mask(channels: int) -> bool:
    """Whether the last channel is a lesion mask: an even count, as in Pillow's LA and RGBA."""
    return channels % 2 == 0


def chunk_length(side: int) -> int:
    """How many images of `side` px are converted or predicted at once."""
    return max(1, min(_CHUNK_IMAGES, _CHUNK_PIXELS // side**2))


def resized_chunks(X: NDArray[np.uint8], side: int, device: str) -> Iterator[Tensor]:
    """The images in order, as `(b, c, side, side)` uint8 on the device, a few at a time.

    Bilinear, with an antialiasing filter where the image shrinks. A mask becomes 0 or 255 before.
    """
    length = chunk_length(max(side, *X.shape[1:3]))
    for start in range(0, len(X), length):
        # a copy, since torch refuses to wrap read-only memory
        chunk = torch.from_numpy(np.array(X[start : start + length])).to(device)
        chunk = chunk.permute(0, 3, 1, 2)  # (b, c, h, w)
        if has_mask(chunk.shape[1]):
            chunk[:, -1] = (chunk[:, -1] > 0).to(torch.uint8) * 255
        if chunk.shape[2:] != (side, side):
            values = F.interpolate(
                chunk.float(), (side, side), mode="bilinear", antialias=True, align_corners=False
            )
            chunk = values.round_().clamp_(0, 255).to(torch.uint8)
        yield chunk.contiguous()


class ImageStore:
    """The images of a training, as uint8: all on the device, or read anew for every batch.

    Parameters
    ----------
    X : (n, h, w, c) uint8
        Maybe a read-only memory map, which is not read as a whole unless it fits.
    side : int
        To which images are resized, px.
    device : str
        Where batches are wanted.
    limit : int or None
        Bytes that the images may take there, None for half of what is free. It has no influence on
        the pixels, only on speed.
    """

    def __init__(
        self, X: NDArray[np.uint8], side: int, device: str, limit: int | None = None
    ) -> None:
        self._X, self._side, self._device = X, side, device
        self._all: Tensor | None = None
        wanted = len(X) * X.shape[3] * side**2
        fits = wanted <= (free_memory(device) // 2 if limit is None else limit)
        if fits:
            self._all = self._loaded()

    def __len__(self) -> int:
        return len(self._X)

    @property
    def resident(self) -> bool:
        """Whether all images are on the device."""
        return self._all is not None

    def chunks(self) -> Iterator[Tensor]:
        """All images in order, a few at a time."""
        if self._all is not None:
            return iter(torch.split(self._all, chunk_length(self._side)))
        return resized_chunks(self._X, self._side, self._device)

    def each(self, groups: Iterable[Tensor]) -> Iterator[Tensor]:
        """The images `(b, c, side, side)` of every group of indices in turn, on the device.

        What is read anew is read by a thread while the group before it is trained on.
        """
        if self._all is not None:
            yield from (self._all[group] for group in groups)
            return
        with ThreadPoolExecutor(1) as reader:
            waiting = None
            for group in groups:
                coming = reader.submit(self._read, group.cpu().numpy())
                if waiting is not None:
                    yield waiting.result()
                waiting = coming
            if waiting is not None:
                yield waiting.result()

    def _loaded(self) -> Tensor:
        n, _, _, channels = self._X.shape
        images = torch.empty(
            (n, channels, self._side, self._side), dtype=torch.uint8, device=self._device
        )
        done = 0
        for chunk in self.chunks():
            images[done : done + len(chunk)] = chunk
            done += len(chunk)
        return images

    def _read(self, rows: NDArray[np.int64]) -> Tensor:
        return torch.cat(list(resized_chunks(self._X[rows], self._side, self._device)))


def free_memory(device: str) -> int:
    """Bytes that can still be had on a device."""
    if device.startswith("cuda"):
        return int(torch.cuda.mem_get_info(device)[0])
    import psutil

    return int(psutil.virtual_memory().available)


def apply_in_chunks(
    function: Callable[[Tensor], Tensor], X: NDArray[np.uint8], side: int, device: str
) -> NDArray[Any]:
    """`function` of all images, a few at a time and without gradients, rows in order."""
    with torch.no_grad(), exact_convolutions():
        parts = [function(chunk).cpu().numpy() for chunk in resized_chunks(X, side, device)]
    return np.concatenate(parts)


def apply_in_blocks(
    function: Callable[[Tensor], Tensor], X: NDArray[np.uint8], side: int, device: str
) -> NDArray[Any]:
    """Like `apply_in_chunks`, always to as many images, so that each row is the same bit for bit.

    Sums are rounded differently in batches of different sizes. A tree compares with thresholds that
    are values of training images, so that the last bit may decide.
    """

    length = _BLOCK_OF_GPU if device.startswith("cuda") else _BLOCK

    def blockwise(chunk: Tensor) -> Tensor:
        parts = []
        for block in torch.split(chunk, length):
            padding = block[-1:].expand(length - len(block), -1, -1, -1)
            parts.append(function(torch.cat([block, padding]))[: len(block)])
        return torch.cat(parts)

    return apply_in_chunks(blockwise, X, side, device)


def channel_statistics(chunks: Iterable[Tensor]) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation of every channel, `(1, c, 1, 1)` float32, in gray levels.

    A mask is 0 or 255 in every data set, so it is mapped to -1..1 whatever its area. A deviation
    below one gray level counts as one.

    Args:
        chunks: uint8 images `(b, c, h, w)`, at least one.
    """
    histograms = [
        torch.stack([torch.bincount(pixels.flatten(), minlength=256) for pixels in chunk.unbind(1)])
        for chunk in chunks
    ]
    counts = torch.stack(histograms).sum(0).double()  # (c, 256)
    levels = torch.arange(256, dtype=torch.float64, device=counts.device)
    share = counts / counts.sum(1, keepdim=True)  # (c, 256)
    mean = (share * levels).sum(1)
    deviation = (share * (levels - mean[:, None]) ** 2).sum(1).sqrt().clamp(min=1.0)
    if has_mask(len(counts)):
        mean[-1] = deviation[-1] = 127.5
    return mean.float().view(1, -1, 1, 1), deviation.float().view(1, -1, 1, 1)


def epoch_order(n: int, generator: Generator, draw: Tensor | None = None) -> Tensor:
    """Which image comes when in one epoch, `(n,)`: each once, or drawn with replacement.

    Args:
        n: number of images.
        generator: of the order.
        draw: chance of every image `(n,)` in proportion, None for each image once.
    """
    if draw is None:
        return torch.randperm(n, generator=generator, device=generator.device)
    return torch.multinomial(draw, n, replacement=True, generator=generator)


def batched(order: Tensor, size: int) -> tuple[Tensor, ...]:
    """The indices of one epoch in batches of about `size`, none of a single image.

    The batches are equally large but for one image, so that none is left over that batch
    normalisation cannot be computed on.
    """
    return torch.tensor_split(order, batches_per_epoch(len(order), size))


def batches_per_epoch(n: int, size: int) -> int:
    """How many batches `batched` makes of `n` images."""
    return max(1, min(math.ceil(n / size), n // 2))
