"""A deep ensemble: the same network trained from several seeds, probabilities averaged."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from deep.classifier import TimmClassifier
from deep.stored import without_measurements
from deep.training.progress import Progress


class DeepEnsemble(ClassifierMixin, BaseEstimator):
    """Members that differ in their seed only (Lakshminarayanan et al. 2017, arXiv:1612.01474).

    Parameters
    ----------
    estimator : TimmClassifier
        What each member is a copy of; its own seed is replaced by one drawn from `random_state`.
    members : int
        At least 1.
    random_state : int, RandomState or None
        Of the members' seeds.

    Attributes
    ----------
    classes_ : (k,) int64
    members_ : list of TimmClassifier
    fit_info_ : dict
        The seeds, the mean training loss of every epoch, the parameters of all members together,
        and what the first member has to say.
    cached_seconds_ : float
        Sum of those of the members.
    """

    def __init__(
        self, estimator: TimmClassifier, *, members: int = 5, random_state: Any = None
    ) -> None:
        self.estimator = estimator
        self.members = members
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> Self:
        """Train every member on images ``(n, h, w, c)`` uint8 and labels ``(n,)``.

        Raises
        ------
        ValueError
            If there is not at least one member, or a member cannot be trained.
        """
        if self.members < 1:
            raise ValueError(f"members must be at least 1, not {self.members}")
        seeds = check_random_state(self.random_state).randint(2**31, size=self.members).tolist()
        progress = Progress(self.estimator.progress_file)
        self.members_ = [
            clone(self.estimator)
            .set_params(random_state=seed)
            .fit(X, y, progress.part(index, self.members))
            for index, seed in enumerate(seeds)
        ]
        self.classes_ = self.members_[0].classes_
        self.cached_seconds_ = sum(member.cached_seconds_ for member in self.members_)
        infos = [member.fit_info_ for member in self.members_]
        curves = np.array([info["training_loss"] for info in infos])
        speeds = [info["images_per_second"] for info in infos]
        self.fit_info_ = infos[0] | {
            "seeds": seeds,
            "parameters": sum(info["parameters"] for info in infos),
            "training_loss": curves.mean(axis=0).round(5).tolist(),
            "images_per_second": float(np.mean(speeds).round(1)),
        }
        return self

    def to_parts(self) -> dict[str, Any]:
        """Everything fitted as plain values, the members as estimators."""
        check_is_fitted(self)
        return {
            "members": list(self.members_),
            "random_state": self.random_state,
            "info": without_measurements(self.fit_info_),
        }

    @classmethod
    def from_parts(cls, parts: dict[str, Any]) -> Self:
        """The fitted ensemble again, as `to_parts` took it apart."""
        members: list[TimmClassifier] = parts["members"]
        restored = cls(clone(members[0]), members=len(members), random_state=parts["random_state"])
        restored.members_, restored.classes_ = members, members[0].classes_
        restored.fit_info_, restored.cached_seconds_ = parts["info"], 0.0
        return restored

    def to_onnx(self, image_shape: tuple[int, int, int]) -> bytes:
        """As `TimmClassifier.to_onnx`, with the mean of the members' probabilities."""
        check_is_fitted(self)
        from deep.exported import as_onnx

        return as_onnx(
            [
                (m.network_, m.augment if m.test_time_augmentation else "none")
                for m in self.members_
            ],
            image_shape,
        )

    def predict_and_describe(self, X: Any) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
        """Probabilities as by `predict_proba`, and what the first member's last layer sees."""
        check_is_fitted(self)
        told = [member.predict_and_describe(X) for member in self.members_]
        mean: NDArray[np.float64] = np.mean([p for p, _ in told], axis=0)
        return mean, told[0][1]

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Mean of the members' probabilities ``(n, k)`` of images ``(n, h, w, c)``."""
        check_is_fitted(self)
        mean: NDArray[np.float64] = np.mean([m.predict_proba(X) for m in self.members_], axis=0)
        return mean

    def predict(self, X: Any) -> NDArray[Any]:
        """The most probable class ``(n,)`` of images ``(n, h, w, c)``."""
        labels: NDArray[Any] = self.classes_[self.predict_proba(X).argmax(axis=1)]
        return labels
