"""What every segmenter must pass: the checks of a method that says of which class each pixel is.

They are named and called as those of `bench.methods.contract`.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from bench.methods.contract import (
    CheckResult,
    check_clone,
    check_extras,
    check_parameters,
    global_state,
    results_of,
)
from bench.methods.label_maps import check_label_maps, mean_dice
from bench.methods.own_fit import check_apart
from bench.methods.parameters import configure
from bench.methods.spec import MethodSpec
from bench.methods.toy_fits import Build
from bench.methods.toys import Images, Maps, toy_maps
from bench.protocol.errors import ContractError

_SEED = 7
_SAME = 0.999  # of pixels, that are alike for an image alone and among others
_SOFTMAX = 1e-3  # what float32 rounding of probabilities over classes can reach


def segmentation_results(build: Build, learns: bool = True) -> list[CheckResult]:
    """Every check's result, in the order of `SEGMENTATION_CHECKS`.

    Args:
        build: of the method.
        learns: False for a control, which need not find anything.
    """
    checks = {n: c for n, c in SEGMENTATION_CHECKS.items() if learns or c is not check_learns}
    return results_of(build, checks)


def _fitted(build: Build, images: Images, maps: Maps, seed: int = _SEED) -> Any:
    estimator = configure(build(), seed, "cpu", "quick")
    if estimator.fit(images, maps) is not estimator:
        raise ContractError("fit must return self")
    return estimator


def _predicted(estimator: Any, images: Images, k: int = 2) -> Maps:
    return check_label_maps(estimator.predict(images), images, k)


def check_fit_returns_self(build: Build) -> None:
    """`fit(X, Y)` returns the estimator."""
    _fitted(build, *toy_maps())


def check_label_map(build: Build) -> None:
    """`predict` gives the class of every pixel, also of images unlike the training ones."""
    estimator = _fitted(build, *toy_maps())
    odd = np.zeros((4, 48, 48, 1), np.uint8)
    odd[1] = 255
    odd[2, 16, 16] = 255
    odd[3] = np.random.default_rng(1).integers(0, 256, (48, 48, 1))
    _predicted(estimator, odd)


def check_probabilities(build: Build) -> None:
    """`predict_proba`, if there is one, gives `(n, h, w, k)` finite values that sum to 1."""
    images, maps = toy_maps()
    estimator = _fitted(build, images, maps)
    if not hasattr(estimator, "predict_proba"):
        return
    found = np.asarray(estimator.predict_proba(images[:3]))
    if found.shape != (3, 48, 48, 2):
        raise ContractError(f"predict_proba returned shape {found.shape}, not (3, 48, 48, 2)")
    if not np.isfinite(found).all() or found.min() < 0:
        raise ContractError("predict_proba returned values that are no probabilities")
    if np.abs(found.sum(axis=-1) - 1).max() > _SOFTMAX:
        raise ContractError("predict_proba returned values that do not sum to 1")


def check_channels(build: Build) -> None:
    """Gray and RGB are accepted."""
    for channels in (1, 3):
        images, maps = toy_maps(channels)
        try:
            _predicted(_fitted(build, images, maps), images[:4])
        except Exception as error:
            raise ContractError(f"{channels} channel(s): {error}") from error


def check_several_classes(build: Build) -> None:
    """Three classes of pixels beside the background can be learned."""
    images, maps = toy_maps(classes=4)
    _predicted(_fitted(build, images, maps), images[:4], k=4)


def check_empty_masks(build: Build) -> None:
    """Training images with nothing but background are accepted, also if all of them are such."""
    images, maps = toy_maps()
    _predicted(_fitted(build, images, np.where(np.arange(12) < 9, 0, maps.T).T), images[:3])
    _predicted(_fitted(build, images, np.zeros_like(maps)), images[:3])


def check_absent_class(build: Build) -> None:
    """A class that no training image shows does no harm, as in a small share of them."""
    images, maps = toy_maps(classes=4)
    maps[maps == 2] = 0
    _predicted(_fitted(build, images, maps), images[:4], k=4)


def check_one_image(build: Build) -> None:
    """A batch of one image gives the same label map as the image among others."""
    images, maps = toy_maps()
    estimator = _fitted(build, images, maps)
    together = _predicted(estimator, images[:4])
    alone = np.concatenate([_predicted(estimator, images[i : i + 1]) for i in range(4)])
    _alike(alone, together, "an image alone and among others")


def check_row_order(build: Build) -> None:
    """The order of the images to be predicted does not matter."""
    images, maps = toy_maps()
    estimator = _fitted(build, images, maps)
    order = np.random.default_rng(3).permutation(len(images))
    _alike(
        _predicted(estimator, images[order]), _predicted(estimator, images)[order], "another order"
    )


def check_other_sides(build: Build) -> None:
    """Images that are no squares, and whose sides are odd, are accepted."""
    images, maps = toy_maps()
    images, maps = images[:, :45, :37], maps[:, :45, :37]
    _predicted(_fitted(build, images, maps), images[:3])


def check_memory_map(build: Build) -> None:
    """Read-only memory maps are accepted, and neither images nor targets are changed."""
    images, maps = toy_maps()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        places = [Path(folder) / name for name in ("images.npy", "targets.npy")]
        for place, array in zip(places, (images, maps), strict=True):
            np.save(place, array)
        mapped = [np.load(place, mmap_mode="r") for place in places]
        _predicted(_fitted(build, mapped[0], mapped[1]), mapped[0])
        for place, array in zip(places, (images, maps), strict=True):
            if not np.array_equal(np.load(place), array):
                raise ContractError(f"{place.stem} were changed")
        del mapped
    before = images.copy(), maps.copy()
    _predicted(_fitted(build, images, maps), images)
    if not (np.array_equal(before[0], images) and np.array_equal(before[1], maps)):
        raise ContractError("images or targets in memory were changed")


def check_same_seed(build: Build) -> None:
    """The same seed gives the same result on the CPU, and leaves NumPy's global state alone.

    Any seed does, of a method that says that it is deterministic.
    """
    images, maps = toy_maps()
    before = global_state()
    first = _predicted(_fitted(build, images, maps), images)
    if global_state() != before:
        raise ContractError("fit draws from NumPy's global generator; use random_state")
    if not np.array_equal(first, _predicted(_fitted(build, images, maps), images)):
        raise ContractError("two fits with the same seed differ")
    if MethodSpec.of(build).deterministic:
        other = _predicted(_fitted(build, images, maps, _SEED + 1), images)
        if not np.array_equal(first, other):
            raise ContractError("it says that it is deterministic, but the seed changes the result")


def check_own_fit(build: Build) -> None:
    """The label maps of an instance stay the same when another one is fitted."""
    images, maps = toy_maps()
    check_apart(
        lambda: _fitted(build, images, maps),
        lambda: _fitted(build, images, 1 - maps, _SEED + 1),
        lambda estimator: _predicted(estimator, images),
    )


def check_pickles(build: Build) -> None:
    """A fitted method that can be pickled gives the same label maps when it is read back."""
    import pickle

    images, maps = toy_maps()
    estimator = _fitted(build, images, maps)
    try:
        stored = pickle.dumps(estimator)
    except Exception:  # it need not be; then the size of the model is not known
        return
    back = pickle.loads(stored)  # of this process
    if not np.array_equal(_predicted(back, images), _predicted(estimator, images)):
        raise ContractError("read back from a pickle it gives other label maps")


def check_learns(build: Build) -> None:
    """Bright discs on a dark ground are found better than by an empty map."""
    images, maps = toy_maps(n=16)
    new, truth = toy_maps(n=16, seed=1)
    value = mean_dice(truth, _predicted(_fitted(build, images, maps), new), 2)
    empty = mean_dice(truth, np.zeros_like(truth), 2)
    if value <= empty:
        raise ContractError(
            f"mean Dice {value:.3f} on an easy task, where an empty map has {empty:.3f}"
        )


def _alike(a: Maps, b: Maps, what: str) -> None:
    share = float((a == b).mean())
    if share < _SAME:
        raise ContractError(f"{what} changes {1 - share:.1%} of the pixels")


SEGMENTATION_CHECKS: dict[str, Callable[[Build], None]] = {
    "extras": check_extras,
    "clone": check_clone,
    "parameters": check_parameters,
    "fit-returns-self": check_fit_returns_self,
    "label-maps": check_label_map,
    "probabilities": check_probabilities,
    "channels": check_channels,
    "several-classes": check_several_classes,
    "empty-masks": check_empty_masks,
    "absent-class": check_absent_class,
    "one-image": check_one_image,
    "row-order": check_row_order,
    "other-sides": check_other_sides,
    "memory-map": check_memory_map,
    "same-seed": check_same_seed,
    "own-fit": check_own_fit,
    "pickles": check_pickles,
    "learns": check_learns,
}
"""Every check of a segmenter by its name."""
