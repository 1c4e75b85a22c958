"""Log losses on images left out, kept for whoever asks the same again.

The trials of a run that differ in their seed alone ask the same of the same images. How long an
answer took is kept beside it, so that a trial that finds it can still be charged for it.
"""

import hashlib
import json
import os
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.model_selection import cross_val_predict

from baselines.classifiers.folds import StratifiedFolds

LEAST_PROBABILITY = 1e-3
"""Smaller probabilities count as this one in the log loss."""


def log_loss_left_out(
    model: BaseEstimator, X: NDArray[np.float64], codes: NDArray[np.intp], folds: int
) -> float:
    """Mean log loss of the images of each of a few stratified folds, fitted without these.

    Parameters
    ----------
    model : estimator
        A classifier with `predict_proba`; it stays unfitted.
    X, codes : arrays of shape (n, d) and (n,)
        Features and class indices.
    folds : int
        At least 2.
    """
    p = cross_val_predict(model, X, codes, cv=StratifiedFolds(folds), method="predict_proba")
    own = np.maximum(p[np.arange(len(codes)), codes], LEAST_PROBABILITY)
    return -float(np.log(own).mean())


class LossCache:
    """`log_loss_left_out` with its answers in a folder that several processes may use at once.

    Parameters
    ----------
    folder : Path or None
        Made if it is not there; None to keep nothing.

    Attributes
    ----------
    seconds : float
        What the answers that were found had taken.
    """

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self.seconds = 0.0

    def loss(
        self, model: BaseEstimator, X: NDArray[np.float64], codes: NDArray[np.intp], folds: int
    ) -> float:
        """As `log_loss_left_out`."""
        if self.folder is None:
            return log_loss_left_out(model, X, codes, folds)
        path = self.folder / f"loss-{_key(model, X, codes, folds)}.json"
        with suppress(OSError, ValueError, KeyError, TypeError):
            told = json.loads(path.read_text(encoding="ascii"))
            loss, seconds = float(told["loss"]), float(told["seconds"])
            self.seconds += seconds
            return loss
        start = time.perf_counter()
        loss = log_loss_left_out(model, X, codes, folds)
        self._store(path, json.dumps({"loss": loss, "seconds": time.perf_counter() - start}))
        return loss

    def _store(self, path: Path, text: str) -> None:
        """A file appears only when it is complete, and a full disk is no error."""
        temporary = path.with_name(f".{path.name}-{os.getpid()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_text(text, encoding="ascii")
            temporary.replace(path)
        except OSError:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)


def _key(model: BaseEstimator, X: NDArray[np.float64], codes: NDArray[np.intp], folds: int) -> str:
    parameters = sorted((name, repr(value)) for name, value in model.get_params().items())
    digest = hashlib.blake2b(f"{parameters} {X.shape} {folds};".encode(), digest_size=20)
    digest.update(np.ascontiguousarray(X).tobytes())
    digest.update(np.ascontiguousarray(codes, dtype=np.int64).tobytes())
    return digest.hexdigest()
