"""What a worker does for `predict`: put the estimators together, and answer.

The parts of a bundle are data, but data can be wrong in a way that crashes a library. So this runs
in a watched process with limits of time and memory, and the main process only hands over images or
paths and takes numbers.
"""

import gc
import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.deploy import contents, onnx_file
from bench.deploy.description import describe, family_statistics, plain_statistics
from bench.deploy.explaining import hook_of, maps_of
from bench.deploy.known_answers import TOLERANCE
from bench.deploy.manifest import InputRules, Manifest
from bench.deploy.novelty import Novelty
from bench.deploy.onnx_file import OnnxModel
from bench.deploy.pictures import Place, ReadImage, Unread, images_of
from bench.deploy.storage.parts import put_together
from bench.machine import environment
from bench.methods.probabilities import check_probabilities
from bench.protocol.errors import BundleError

FloatArray = NDArray[np.float64]
Images = NDArray[np.uint8]

_KEPT = 2  # bundles


@dataclass(frozen=True)
class Target:
    """A bundle that was verified, and where its networks run.

    Attributes:
        path: of the bundle.
        digest: of its content.
        device: "cpu" or "cuda".
        graph: an ONNX file and its SHA-256, where onnxruntime is asked in the place of torch.
    """

    path: Path
    digest: str
    device: str = "cpu"
    graph: tuple[Path, str] | None = None

    @property
    def asked(self) -> str:
        """What answers depend on besides the images."""
        return f"{self.digest} {self.device} {'' if self.graph is None else self.graph[1]}"


@dataclass(frozen=True, eq=False)
class ModelAnswers:
    """What one model says of n images.

    Attributes:
        probabilities: `(n, k)`.
        distances: `(n,)` from the training images.
        families: feature family → `(n,)` how far its features lie from their mean.
    """

    probabilities: FloatArray
    distances: FloatArray
    families: dict[str, FloatArray]


@dataclass(frozen=True, eq=False)
class Answers:
    """What all models say of n images.

    Attributes:
        models: name → what it says.
        statistics: name → `(n,)`, of the images themselves.
    """

    models: dict[str, ModelAnswers]
    statistics: dict[str, FloatArray]


@dataclass(frozen=True, eq=False)
class AnswersOfFiles:
    """What was read of some files, and the answers.

    Attributes:
        names, sha256, remarks, labels, patients: of each of n images, in order; see `ReadImage`.
        answers: of these.
        unread: what could not be read.
        pixels: `(n, h, w, c)`, where maps were asked for.
        maps: model → `(n, gh, gw)`, where it looks.
    """

    names: tuple[str, ...]
    sha256: tuple[str, ...]
    remarks: tuple[tuple[str, ...], ...]
    labels: tuple[str, ...]
    patients: tuple[str, ...] = field(repr=False)
    answers: Answers | None
    unread: tuple[Unread, ...]
    pixels: Images | None = None
    maps: dict[str, FloatArray] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class _Loaded:
    manifest: Manifest
    estimators: dict[str, Any]
    novelty: dict[str, Novelty]


_loaded: dict[Target, _Loaded] = {}


def check(target: Target) -> dict[str, float]:
    """Put a bundle together and compare its known answers.

    Returns:
        model → the largest difference.

    Raises:
        BundleError: if it cannot be put together, or a probability is another.
    """
    with _no_collection():
        return _checked(target)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Libraries make some hundred thousand objects as they are imported, and keep them: looking
    again and again whether they can go takes a tenth of the time to the first answer."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if before:
            gc.enable()


def _checked(target: Target) -> dict[str, float]:
    loaded = _load(target)
    known = contents.read_known(target.path, target.digest)
    images, answers = known.known_answers()
    apart = {}
    for name, estimator in loaded.estimators.items():
        found = _probabilities(estimator, images, len(loaded.manifest.classes))[0]
        apart[name] = float(np.abs(found - answers[name]).max())
        if apart[name] > TOLERANCE:
            raise BundleError(
                f"{target.path}: {name} gives other probabilities here than where it was trained, "
                f"by up to {apart[name]:.2g}. {_other_versions(loaded.manifest)}"
            )
    return apart


def _other_versions(manifest: Manifest) -> str:
    here = environment.versions()
    other = [
        f"{name} {version} (here {here.get(name, 'none')})"
        for name, version in sorted(manifest.versions.items())
        if here.get(name) != version
    ]
    if not other:
        return "The versions are the same, so it was changed, or this processor computes otherwise."
    return f"Install the versions it was trained with: {', '.join(other)}."


def ask(target: Target, images: Images) -> Answers:
    """What a bundle says of images `(n, h, w, c)` of its own shape."""
    return _answers(_load(target), images)


def ask_files(target: Target, places: list[Place], with_maps: bool = False) -> AnswersOfFiles:
    """What a bundle says of the images in files, frame by frame.

    Args:
        target: the bundle.
        places: of the files.
        with_maps: whether it is asked where it looks, too.
    """
    loaded = _load(target)
    found: list[ReadImage] = []
    unread: list[Unread] = []
    for place in places:
        for image in images_of(place, loaded.manifest.input):
            if isinstance(image, ReadImage):
                found.append(image)
            else:
                unread.append(image)
    pixels = np.stack([image.pixels for image in found]) if found else None
    answers = None if pixels is None else _answers(loaded, pixels)
    asked = with_maps and pixels is not None and answers is not None
    return AnswersOfFiles(
        names=tuple(image.name for image in found),
        sha256=tuple(image.sha256 for image in found),
        remarks=tuple(image.remarks for image in found),
        labels=tuple(image.label for image in found),
        patients=tuple(image.patient for image in found),
        answers=answers,
        unread=tuple(unread),
        pixels=pixels if asked else None,
        maps=_maps(loaded, pixels, answers) if asked else {},  # type: ignore[arg-type]
    )


def rules_of(target: Target) -> InputRules:
    """How files become what the models of a bundle see."""
    return _load(target).manifest.input


def explain(target: Target, images: Images) -> dict[str, FloatArray]:
    """Model → maps `(n, gh, gw)` of where it looks, of those that can say."""
    loaded = _load(target)
    return _maps(loaded, images, _answers(loaded, images))


def can_explain(target: Target) -> list[str]:
    """Names of the models that can say where they look."""
    return [model.name for model in _load(target).manifest.models if hook_of(model) is not None]


def _maps(loaded: _Loaded, images: Images, answers: Answers) -> dict[str, FloatArray]:
    found = {}
    for model in loaded.manifest.models:
        p = answers.models[model.name].probabilities
        maps = maps_of(model, loaded.manifest, loaded.estimators[model.name], images, p)
        if maps is not None:
            found[model.name] = maps
    return found


def joined(answers: Sequence[Answers]) -> Answers:
    """Answers to some images after the other as those to all of them."""
    first = answers[0]
    models = {}
    for name, told in first.models.items():
        own = [each.models[name] for each in answers]
        models[name] = ModelAnswers(
            np.concatenate([each.probabilities for each in own]),
            np.concatenate([each.distances for each in own]),
            {f: np.concatenate([each.families[f] for each in own]) for f in told.families},
        )
    statistics = {
        n: np.concatenate([each.statistics[n] for each in answers]) for n in first.statistics
    }
    return Answers(models, statistics)


def _load(target: Target) -> _Loaded:
    if target not in _loaded:
        found = contents.read_known(target.path, target.digest)
        graph = _graph(target, found.manifest)
        estimators = {
            model.name: graph
            if graph is not None and model.name == graph.model
            else put_together(
                model.estimator, found.files_of(model.name), str(target.path), target.device
            )
            for model in found.manifest.models
        }
        while len(_loaded) >= _KEPT:
            _loaded.pop(next(iter(_loaded)))
        _loaded[target] = _Loaded(found.manifest, estimators, found.reference().novelty)
    return _loaded[target]


def _graph(target: Target, manifest: Manifest) -> OnnxModel | None:
    """The graph in the place of one of the models."""
    if target.graph is None:
        return None
    file, digest = target.graph
    data = file.read_bytes()
    if hashlib.sha256(data).hexdigest() != digest:
        raise BundleError(f"{file}: is another file than the one that was verified.")
    graph = OnnxModel(data, str(file))
    if graph.bundle != target.digest or graph.model not in {m.name for m in manifest.models}:
        raise BundleError(f"{file}: was not exported from this bundle. Export it anew.")
    return graph


def to_onnx(target: Target, model: str, more: Images | None) -> tuple[bytes, float]:
    """The ONNX graph of a model, and the largest difference of its probabilities on the known
    answers and on more images.

    Raises:
        BundleError: if it has none, or gives other probabilities.
    """
    loaded = _load(target)
    estimator, rules = loaded.estimators[model], loaded.manifest.input
    shape = (rules.height, rules.width, rules.channels)
    data = onnx_file.export(estimator, shape, target.digest, model)
    images = contents.read_known(target.path, target.digest).known_answers()[0]
    apart = 0.0
    for some in [images] if more is None else [images, more]:
        p = _probabilities(estimator, some, len(loaded.manifest.classes))[0]
        apart = max(apart, onnx_file.largest_difference(data, some, p, model))
    if not apart <= onnx_file.TOLERANCE:
        raise BundleError(
            f"{model} cannot be exported: the graph gives other probabilities, by up to "
            f"{apart:.2g}; {onnx_file.TOLERANCE:g} is the most."
        )
    return data, apart


def _answers(loaded: _Loaded, images: Images) -> Answers:
    k = len(loaded.manifest.classes)
    models = {}
    for name, estimator in loaded.estimators.items():
        p, described = _probabilities(estimator, images, k)
        novelty = loaded.novelty[name]
        families = family_statistics(described, novelty.mean, novelty.scale)
        models[name] = ModelAnswers(p, novelty.distances(described.features), families)
    return Answers(models, plain_statistics(images))


def _probabilities(estimator: Any, images: Images, k: int) -> tuple[FloatArray, Any]:
    described = describe(estimator, images)
    classes = getattr(estimator, "classes_", None)
    return check_probabilities(described.raw, len(images), classes, k), described
