"""A bundle that is ready to answer: verified here, put together and asked in watched processes."""

import hashlib
import weakref
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from numbers import Integral
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from bench.deploy import asking, contents, onnx_file
from bench.deploy.asking import AnswersOfFiles, Target
from bench.deploy.manifest import Manifest
from bench.deploy.pictures import Place
from bench.deploy.reference import Reference
from bench.deploy.storage import keys
from bench.machine import environment, limits
from bench.machine.limits import PROCESSES, Limits
from bench.protocol.errors import BundleError, DataError, UsageError
from bench.workers.pool import Outcome, Workers

FloatArray = NDArray[np.float64]
Images = NDArray[np.uint8]

_SECONDS = 600.0
"""Limit of one call."""


@dataclass(frozen=True, eq=False)
class Answer:
    """What one model of a bundle says of n images.

    Attributes:
        model: its name.
        probabilities: `(n, k)`.
        calibrated: `(n, k)` by the map that was found on validation.
        decisions: `(n,)` by the threshold that was found on validation; with more than two classes
            the most probable before calibration.
        sets: `(n, k)` bool, the classes in the conformal set of each image.
        distances: `(n,)` from the training images, 1 is usual.
        percentiles: `(n,)` the share of held-out images that lie nearer, percent.
        families: feature family → `(n,)` how far its features lie from their mean.
    """

    model: str
    probabilities: FloatArray
    calibrated: FloatArray
    decisions: NDArray[np.int64]
    sets: NDArray[np.bool_]
    distances: FloatArray
    percentiles: FloatArray
    families: dict[str, FloatArray]


class Bundle:
    """Fitted methods with everything that new images need. Made by `load_bundle`.

    It holds worker processes, which end with `close`, or with the block of a `with`.

    Attributes:
        path: of its file.
        digest: SHA-256 that stands for its whole content.
        signer: fingerprint of the key that signed it, "" where it is unsigned.
        manifest: what it says of itself.
        reference: what images of the same kind look like to its models.
    """

    def __init__(self, target: Target, found: contents.Contents, jobs: int, given: Limits) -> None:
        self.path = target.path
        self.digest = found.digest
        self.signer = "" if found.signer is None else keys.fingerprint(found.signer)
        self.manifest: Manifest = found.manifest
        self.reference: Reference = found.reference()
        self.card = found.parts.get("card.html", b"").decode("utf-8", "replace")
        self._target = target
        self._limits = given
        self._workers = Workers(jobs, 1)
        self._end = weakref.finalize(self, self._workers.__exit__, None, None, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End its worker processes; it answers nothing more."""
        self._end()

    @property
    def asked(self) -> str:
        """What answers depend on besides the images: the bundle, a graph, the device."""
        return self._target.asked

    def _run(
        self, function: Callable[..., Any], tasks: Sequence[tuple[Any, ...]], given: Limits
    ) -> Iterator[Outcome]:
        """What comes of the tasks in its workers.

        Raises:
            BundleError: if it is closed.
        """
        if not self._end.alive:
            raise BundleError(
                f"{self.path}: this bundle is closed and answers nothing more. Ask it within the "
                "block of its 'with', or load it again."
            )
        return self._workers.run(function, tasks, given)

    def check(self) -> dict[str, float]:
        """Model → largest difference of its known answers from those where it was trained.

        Raises:
            BundleError: if it cannot be put together, or gives other probabilities.
        """
        found: dict[str, float] = self._value(asking.check, (self._target,))
        return found

    def predict(self, images: Images, model: str | None = None) -> FloatArray:
        """Probabilities `(n, k)` of images `(n, h, w, c)` uint8.

        Args:
            images: of the size and channels of the bundle, see `manifest.input`.
            model: one of several; the first without a name.

        Raises:
            DataError: if the images have another form.
            BundleError: if the worker fails.
        """
        return self.answer(images)[self.manifest.model(model)].probabilities

    def answer(self, images: Images) -> tuple[Answer, ...]:
        """Everything that each model says of images `(n, h, w, c)` uint8; as `predict`."""
        found: asking.Answers = self._value(asking.ask, (self._target, self._checked(images)))
        return self.answers_of(found)

    def answers_of(self, found: asking.Answers) -> tuple[Answer, ...]:
        """Probabilities with everything that follows from them, in the order of the models."""
        answers = []
        for model in self.manifest.models:
            told, frozen = found.models[model.name], model.operating
            answers.append(
                Answer(
                    model=model.name,
                    probabilities=told.probabilities,
                    calibrated=frozen.calibrated(told.probabilities),
                    decisions=frozen.decisions(told.probabilities),
                    sets=frozen.sets(told.probabilities),
                    distances=told.distances,
                    percentiles=self.reference.novelty[model.name].percentiles(told.distances),
                    families=told.families,
                )
            )
        return tuple(answers)

    def explain(self, images: Images) -> dict[str, FloatArray]:
        """Model → maps `(n, gh, gw)` of where it looks in each image, of those that can say."""
        found: dict[str, FloatArray] = self._value(
            asking.explain, (self._target, self._checked(images))
        )
        return found

    def can_explain(self) -> list[str]:
        """Names of the models that can say where they look."""
        found: list[str] = self._value(asking.can_explain, (self._target,))
        return found

    def to_onnx(self, model: str, more: Images | None = None) -> tuple[bytes, float]:
        """The ONNX graph of a model, and how far its probabilities lie from the model's at most, on
        the known answers and on more images.

        Raises:
            BundleError: if it has none, or gives other probabilities.
        """
        self.manifest.model(model)
        checked = None if more is None else self._checked(more)
        found: tuple[bytes, float] = self._value(asking.to_onnx, (self._target, model, checked))
        return found

    def ask_files(
        self, batches: Sequence[list[Place]], with_maps: bool = False
    ) -> Iterator[tuple[int, Outcome]]:
        """What it says of the files of each batch, as `AnswersOfFiles`, in any order."""
        tasks = [(self._target, batch, with_maps) for batch in batches]
        for outcome in self._run(asking.ask_files, tasks, self._limits):
            yield outcome.index, outcome

    def call(
        self, function: Callable[..., Any], arguments: tuple[Any, ...], seconds: float
    ) -> Outcome:
        """What comes of `function(target, *arguments)` in a worker process.

        Args:
            function: importable by name; its first argument is a `bench.deploy.asking.Target`.
            arguments: picklable.
            seconds: that it may take.
        """
        given = replace(self._limits, seconds=seconds)
        (outcome,) = self._run(function, [(self._target, *arguments)], given)
        return outcome

    def _checked(self, images: Images) -> Images:
        rules = self.manifest.input
        wanted = (rules.height, rules.width, rules.channels)
        images = np.asarray(images)
        if images.ndim != 4 or images.shape[1:] != wanted or images.dtype != np.uint8:
            raise DataError(
                f"{self.path}: images must be uint8 (n, {', '.join(map(str, wanted))}); got "
                f"{images.dtype} {images.shape}."
            )
        if not len(images):
            raise DataError(f"{self.path}: there are no images.")
        return np.ascontiguousarray(images)

    def _value(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        (outcome,) = self._run(function, [arguments], self._limits)
        if outcome.status != "ok":
            raise BundleError(told(self.path, outcome))
        return outcome.value


def told(path: Path, outcome: Outcome) -> str:
    """What a worker says went wrong, in a sentence."""
    text = outcome.error
    return text if text.startswith(str(path)) else f"{path} cannot answer: {text.rstrip('.')}."


def load_bundle(
    path: str | Path,
    trust: str | Path | None = None,
    allow_unsigned: bool = False,
    *,
    device: str = "cpu",
    jobs: int = 1,
    memory: int | None = None,
    onnx: str | Path | None = None,
) -> Bundle:
    """Verify a bundle, put it together in a watched process and compare its known answers.

    Args:
        path: of the bundle.
        trust: the file of the public key whose signature it has to have.
        allow_unsigned: whether it is taken without that.
        device: "cpu" or "cuda", for networks.
        jobs: worker processes.
        memory: limit of one process, bytes.
        onnx: a file of `python -m bench export`, with which onnxruntime is asked, and not torch.

    Raises:
        BundleError: if it is not trusted, damaged, of a newer format, or gives other probabilities
            than where it was trained.
        UsageError: if there is no such device, or no worker.
    """
    if not isinstance(jobs, Integral) or jobs < 1:
        raise UsageError(f"A bundle needs a worker process or more; jobs is {jobs}.")
    environment.refuse_missing_gpu(device)
    path = Path(path)
    trusted = None if trust is None else keys.public_key(Path(trust))
    found = contents.read(path, trusted, allow_unsigned)
    given = Limits(_SECONDS, memory or limits.memory_share(jobs), PROCESSES)
    graph = None
    if onnx is not None:
        content = onnx_file.read(Path(onnx), trusted, allow_unsigned)
        graph = (Path(onnx), hashlib.sha256(content).hexdigest())
    bundle = Bundle(Target(path, found.digest, device, graph), found, jobs, given)
    try:
        bundle.check()
    except BaseException:
        bundle.close()
        raise
    return bundle


__all__ = ["Answer", "AnswersOfFiles", "Bundle", "load_bundle", "told"]
