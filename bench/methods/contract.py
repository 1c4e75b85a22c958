"""What every plugin must pass: named checks for methods and for data sources.

    from bench.methods.contract import check_method
    check_method(build)             # raises ContractError that names each check that fails

Each check can also be called alone, for example as the cases of a parametrised test.
"""

import json
import tempfile
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.data.dataset import Dataset
from bench.methods.own_fit import check_apart
from bench.methods.parameters import ENGINE_SETS, leaf_names, leaf_parameters
from bench.methods.probabilities import check_probabilities
from bench.methods.spec import MethodSpec
from bench.methods.toy_fits import SEED, Build, Changed, FittedOnce, fitted, on_toy, sees_one_class
from bench.methods.toys import Images, toy
from bench.methods.tuning import check_space, configurations
from bench.methods.weights import PARAMETER, can_resolve
from bench.protocol.errors import ContractError, one_line
from bench.protocol.scoring import binary_auc

_TOY_AUC = 0.9
_ROW_TOLERANCE = 1e-4  # a row alone or among others may differ by float32 rounding


@dataclass(frozen=True)
class CheckResult:
    """What came of one check.

    Attributes:
        name: of the check, as in `METHOD_CHECKS`.
        passed: whether the method keeps to the contract.
        detail: ": what is wrong", "" if passed.
    """

    name: str
    passed: bool
    detail: str = ""


def check_method(build: Build) -> None:
    """Check that what `build()` returns is a classifier over images that the engine can run.

    Raises:
        ContractError: naming every check that fails, and why.
    """
    failed = [f"{r.name}{r.detail}" for r in results(build) if not r.passed]
    if failed:
        raise ContractError("The method breaks the contract. " + "; ".join(failed))


def results(build: Build, names: Collection[str] = ()) -> list[CheckResult]:
    """Every check's result, in the order of `METHOD_CHECKS`.

    Args:
        build: of the method.
        names: of the only checks to make, () for all.
    """
    checks = {name: check for name, check in METHOD_CHECKS.items() if not names or name in names}
    return results_of(FittedOnce(build), checks)


def results_of(build: Build, checks: Mapping[str, Callable[[Build], None]]) -> list[CheckResult]:
    """The result of each of some checks, in their order."""
    found = []
    for name, check in checks.items():
        try:
            check(build)
            found.append(CheckResult(name, True))
        except (Exception, SystemExit) as error:
            found.append(CheckResult(name, False, f": {one_line(error)}"))
    return found


def check_source(load: Callable[[int | None], Dataset]) -> None:
    """Check that `load(size)` returns a data set that the engine can use, the same each time.

    Building a `Dataset` checks shapes, dtypes, classes and groups already.

    Raises:
        ContractError: if it returns something else, or differs from call to call.
        DataError: if the data set cannot be used as it is.
    """
    data = load(None)
    if not isinstance(data, Dataset):
        raise ContractError(f"load returned {type(data).__name__}, not a bench.Dataset")
    if load(None).fingerprint != data.fingerprint:
        raise ContractError("load(None) returned different data the second time")
    if not data.provenance.source:
        raise ContractError("provenance.source is empty: say what the data are")
    answer = data.known_answer
    if (
        answer
        and answer.ideal_scores is not None
        and answer.ideal_scores.shape != (len(data.test),)
    ):
        raise ContractError("known_answer.ideal_scores needs one score per test image")


def _predicted(estimator: Any, images: Images, k: int = 2) -> NDArray[np.float64]:
    classes = getattr(estimator, "classes_", None)
    return check_probabilities(estimator.predict_proba(images), len(images), classes, k)


def check_extras(build: Build) -> None:
    """What `build` says beside how it builds has the form of a `MethodSpec`."""
    MethodSpec.of(build)


def check_clone(build: Build) -> None:
    """`sklearn.base.clone` gives an estimator with the same parameters."""
    from sklearn.base import clone

    estimator = build()
    if leaf_parameters(clone(estimator)) != leaf_parameters(estimator):
        raise ContractError("clone changes the parameters: __init__ must only store its arguments")


def check_parameters(build: Build) -> None:
    """Every leaf parameter can be written as JSON and read back the same."""
    estimator = build()
    values = estimator.get_params(deep=True)
    for name in leaf_names(estimator):
        value = values[name]
        if callable(value):
            continue  # a function or type is stored by its name
        try:
            json.dumps(value, default=lambda v: v.item())
        except (TypeError, ValueError, AttributeError):
            raise ContractError(
                f"parameter {name} is a {type(value).__name__}, which JSON cannot hold"
            ) from None


def check_fit_returns_self(build: Build) -> None:
    """`fit` returns the estimator."""
    on_toy(build)


def check_classes(build: Build) -> None:
    """After `fit`, `classes_` holds the labels in ascending order.

    Of a method that is trained on one class, that one, 0, and 1 for everything else.
    """
    images, labels = toy(classes=3, per_class=8)
    classes = getattr(fitted(build, images, labels), "classes_", None)
    if sees_one_class(build):
        if classes is None or list(classes) != [0, 1]:
            raise ContractError(f"classes_ is {classes} after fitting label 0 alone, not 0 and 1")
    elif classes is None or list(classes) != [0, 1, 2]:
        raise ContractError(f"classes_ is {classes} after fitting labels 0, 1 and 2")


def check_probabilities_valid(build: Build) -> None:
    """`predict_proba` gives finite rows that sum to 1, also for images unlike the training ones."""
    estimator = on_toy(build)
    odd = np.zeros((4, 32, 32, 1), np.uint8)
    odd[1] = 255
    odd[2, 16, 16] = 255
    odd[3] = np.random.default_rng(1).integers(0, 256, (32, 32, 1))
    _predicted(estimator, odd)


def check_channels(build: Build) -> None:
    """Gray, RGB, and both with a lesion mask are accepted."""
    for channels in (1, 2, 3, 4):
        images, labels = toy(channels)
        try:
            estimator = on_toy(build) if channels == 1 else fitted(build, images, labels)
            _predicted(estimator, images[:4])
        except Exception as error:
            raise ContractError(f"{channels} channel(s): {error}") from error


def check_one_image(build: Build) -> None:
    """A batch of one image gives the same probabilities as the image among others."""
    images, _ = toy()
    estimator = on_toy(build)
    together = _predicted(estimator, images[:5])
    alone = np.concatenate([_predicted(estimator, images[i : i + 1]) for i in range(5)])
    _same(alone, together, "an image alone and among others")


def check_row_order(build: Build) -> None:
    """The order of the images to be predicted does not matter."""
    images, _ = toy()
    estimator = on_toy(build)
    order = np.random.default_rng(3).permutation(len(images))
    _same(
        _predicted(estimator, images[order]), _predicted(estimator, images)[order], "another order"
    )


def check_memory_map(build: Build) -> None:
    """Read-only memory maps are accepted, and neither pixels nor labels are changed."""
    images, labels = toy()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "images.npy"
        np.save(path, images)
        mapped = np.load(path, mmap_mode="r")
        fixed = labels.copy()
        fixed.flags.writeable = False
        estimator = fitted(build, mapped, fixed)
        _predicted(estimator, mapped)
        if not np.array_equal(np.load(path), images):
            raise ContractError("the images were changed")
        del mapped


def check_same_seed(build: Build) -> None:
    """The same seed gives the same result on the CPU, and leaves NumPy's global state alone.

    Any seed does, of a method that says that it is deterministic.
    """
    images, labels = toy()
    before = global_state()
    first = _predicted(fitted(build, images, labels), images)
    if global_state() != before:
        raise ContractError("fit draws from NumPy's global generator; use random_state")
    second = _predicted(on_toy(build), images)
    if not np.array_equal(first, second):
        worst = np.abs(first - second).max()
        raise ContractError(f"two fits with the same seed differ by up to {worst:.2g}")
    if MethodSpec.of(build).deterministic:
        other = _predicted(fitted(build, images, labels, SEED + 1), images)
        if not np.array_equal(first, other):
            raise ContractError("it says that it is deterministic, but the seed changes the result")


def check_own_fit(build: Build) -> None:
    """What an instance predicts stays the same when another one is fitted."""
    images, labels = toy()
    some = np.arange(len(labels)) % 6 > 0  # fewer of one class, for those that only count them
    check_apart(
        lambda: fitted(build, images, labels),
        lambda: fitted(build, images[some], 1 - labels[some], SEED + 1),
        lambda estimator: _predicted(estimator, images),
    )


def check_few_images(build: Build) -> None:
    """Seven classes of which one has three images can be learned."""
    images, labels = toy(classes=7, per_class=6)
    rare = np.flatnonzero(labels == 6)[3:]
    keep = np.setdiff1d(np.arange(len(labels)), rare)
    _predicted(fitted(build, images[keep], labels[keep]), images[:3], k=7)


def check_search_space(build: Build) -> None:
    """The search space, if there is one, names parameters; what is drawn can be fitted."""
    spec, estimator = MethodSpec.of(build), build()
    if not spec.search_space:
        return
    declared = estimator.get_params(deep=True)
    if can_resolve(spec, estimator):
        check_space(spec.search_space, declared, (*ENGINE_SETS, PARAMETER))
    images, labels = toy(per_class=10)
    drawn = configurations(spec.search_space, declared, 3, SEED)
    for changes in drawn[1:]:
        told = ", ".join(f"{name}={value!r}" for name, value in changes.items())
        try:
            _predicted(fitted(Changed(build, changes), images, labels), images)
        except Exception as error:
            raise ContractError(f"with {told}: {error}") from error


def check_learns(build: Build) -> None:
    """A separable toy is learned: AUC above 0.9 on new images."""
    images, labels = toy(per_class=40)
    new, truth = toy(per_class=40, seed=1)
    value = binary_auc(truth == 1, _predicted(fitted(build, images, labels), new)[:, 1])
    if value < _TOY_AUC:
        raise ContractError(f"AUC {value:.3f} on an easy task; {_TOY_AUC} is the least")


def global_state() -> str:
    """What NumPy's global generator stands at."""
    name, keys, position, *_ = np.random.get_state()  # noqa: NPY002 - it is looked at, not used
    return f"{name} {np.asarray(keys).tobytes().hex()} {position}"


def _same(a: NDArray[np.float64], b: NDArray[np.float64], what: str) -> None:
    worst = float(np.abs(a - b).max())
    if worst > _ROW_TOLERANCE:
        raise ContractError(f"{what} changes the probabilities by up to {worst:.2g}")


METHOD_CHECKS: dict[str, Callable[[Build], None]] = {
    "extras": check_extras,
    "clone": check_clone,
    "parameters": check_parameters,
    "fit-returns-self": check_fit_returns_self,
    "classes": check_classes,
    "probabilities": check_probabilities_valid,
    "channels": check_channels,
    "one-image": check_one_image,
    "row-order": check_row_order,
    "memory-map": check_memory_map,
    "same-seed": check_same_seed,
    "own-fit": check_own_fit,
    "few-images": check_few_images,
    "search-space": check_search_space,
    "learns": check_learns,
}
"""Every check of a method by its name."""
