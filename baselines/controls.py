"""Controls: what a method must beat before its result means anything.

The class prior knows nothing of the image, mean brightness knows one number of it (and distance in
brightness the same of one class alone), and the raw pixel machine shows what the handcrafted
features add. None is random.
"""

from functools import partial
from typing import TYPE_CHECKING

from baselines.method import Method

if TYPE_CHECKING:
    from sklearn.dummy import DummyClassifier
    from sklearn.pipeline import Pipeline


def _prior() -> "DummyClassifier":
    from sklearn.dummy import DummyClassifier

    return DummyClassifier(strategy="prior", random_state=0)


def _brightness() -> "Pipeline":
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import StandardScaler

    from baselines.features.pixels import Brightness

    classifier = LogisticRegression(class_weight="balanced", random_state=0)
    return Pipeline(
        [("brightness", Brightness()), ("scale", StandardScaler()), ("classifier", classifier)]
    )


def _brightness_distance() -> "Pipeline":
    from sklearn.pipeline import Pipeline

    from baselines.classifiers.one_class import AnomalyClassifier, MahalanobisDistance
    from baselines.features.pixels import Brightness

    classifier = AnomalyClassifier(MahalanobisDistance())
    return Pipeline([("brightness", Brightness()), ("classifier", classifier)])


def _raw_pixels() -> "Pipeline":
    from sklearn.pipeline import Pipeline

    from baselines.classifiers.pipelines import svm
    from baselines.features.pixels import RawPixels

    return Pipeline([("pixels", RawPixels()), *svm()])


_control = partial(Method, deterministic=True)

class_prior = _control(
    _prior,
    "Class frequencies of the training images, whatever the image.",
    None,
    rung="",
    one_class="too",
)

mean_brightness = _control(_brightness, "Logistic regression on the mean gray level.", None)

brightness_distance = _control(
    _brightness_distance,
    "How far the mean gray level is from that of the one class that was seen.",
    None,
    one_class="only",
)

raw_pixel_svm = _control(
    _raw_pixels,
    "Raw pixels, at most 32 a side, into an RBF support vector machine.",
    {
        "classifier__estimator__estimator__C": [0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0],
        "classifier__estimator__estimator__gamma": ["scale", 1e-4, 3e-4, 1e-3, 3e-3, 1e-2],
        "scale__limit": [2.0, 3.0, 4.0, 6.0],
    },
    rung="pixels",
)
