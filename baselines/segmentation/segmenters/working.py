"""Rules that are tried at a smaller size, since each of them takes long."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from baselines.segmentation.pixels import sizes
from baselines.segmentation.segmenters.morphology import Mask
from baselines.segmentation.segmenters.painting import PaintingSegmenter
from baselines.segmentation.segmenters.pairs import check_pairs

R = TypeVar("R")


class ScaledSegmenter(PaintingSegmenter[R]):
    """Finds masks in images of at most `most_side` px and scales them up.

    What follows says by `scaled_masks` what rules find in a small image.
    """

    most_side: int = 128

    def fit(self, X: Any, Y: Any) -> Self:
        """Choose the size, and then rules; see `PaintingSegmenter.fit`."""
        X, Y = check_pairs(X, Y)
        longer = max(X.shape[1:3])
        self.scale_ = min(1.0, self.most_side / longer, sizes.working_scale(Y))
        return super().fit(X, Y)

    @abstractmethod
    def scaled_masks(self, image: NDArray[np.uint8], rules: Sequence[R]) -> list[Mask]:
        """What each rule finds in an image ``(h, w, 1 or 3)`` at the working size."""

    def raw_masks(self, image: NDArray[np.uint8], rules: Sequence[R]) -> list[Mask]:
        """What each rule finds, at the size of the image."""
        full = image.shape[:2]
        shape = sizes.scaled_shape((full[0], full[1]), self.scale_)
        masks = self.scaled_masks(sizes.scaled_image(image, shape), rules)
        return [
            sizes.scaled_targets(mask.astype(np.uint8), (full[0], full[1])) > 0 for mask in masks
        ]
