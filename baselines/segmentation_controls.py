"""Controls of segmentation: what a method must beat before its result means anything."""

from functools import partial
from typing import TYPE_CHECKING

from baselines.method import Method

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator


def _empty() -> "BaseEstimator":
    from baselines.segmentation.segmenters.controls import EmptyMask

    return EmptyMask()


def _mean() -> "BaseEstimator":
    from baselines.segmentation.segmenters.controls import MeanMask

    return MeanMask()


def _otsu() -> "BaseEstimator":
    from baselines.segmentation.segmenters.controls import UntrainedOtsu

    return UntrainedOtsu()


_control = partial(Method, search_space=None, deterministic=True)

empty_mask = _control(_empty, "Nothing anywhere: all pixels are background.", rung="")

mean_mask = _control(_mean, "Where the classes of the training images usually lie.", rung="")

otsu = _control(_otsu, "Otsu's threshold and its main component, nothing of it trained.", rung="")
