"""What a method may say beside how it is built: every hook, in one place.

    build.spec = MethodSpec(search_space={"svc__C": loguniform(0.01, 100)}, needs="cuda")
    build.search_space = {"svc__C": loguniform(0.01, 100)}     # the same without importing bench

All of it is optional. `MethodSpec.of` reads either form, once for each process that needs it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal, Self

from bench.protocol.cards import FAMILIES, RUNGS, Rung
from bench.protocol.choices import TASKS
from bench.protocol.errors import ContractError, did_you_mean
from bench.protocol.plan import ONE_CLASS, OneClass

Space = Mapping[str, Any] | Sequence[Mapping[str, Any]]
"""Parameter → list of values or a distribution with `rvs`, or several such tables."""

NEEDS = ("", "cuda")


@dataclass(frozen=True)
class MethodSpec:
    """What a method says of itself.

    Attributes:
        family: "classical", "deep", "hybrid" or "control" of a method in a single file, "" where
            the entry-point group says it. It is read without running the file, and so must be
            written as a plain string.
        search_space: what is worth tuning; see `Space` and `docs/methods.md`.
        needs: "cuda" for a method that takes too long without a GPU: it is left out where there is
            none, unless it is named.
        obstacle: () → why the method cannot work on this machine, "" if it can. It is left out
            where there is a reason, unless it is named.
        deterministic: whether nothing is random although there is a `random_state`, as in
            scikit-learn's `SVC()`: the method is run once and not once per seed.
        warm_up: () → None. Imports and compiles what should not count as time of the method.
        importance: (fitted estimator, images, labels) → part of the description of an image → AUC
            lost where it is shuffled. Asked about the validation part.
        explain: (fitted estimator, images, targets) → maps `(n, gh, gw)` of where the image speaks
            for the target class, 0 where it does not. Asked about some test cases.
        rung: how much the method makes use of, one of `bench.protocol.cards.RUNGS`, "" for nothing
            that these words fit.
        one_class: "only" for a method that is trained on the images of one class alone and tells
            them from anything else: `fit` sees label 0, `classes_` is (0, 1), and the second column
            of `predict_proba` is that of everything else. It takes part in runs with `--one-class`
            and in no others. "too" for one that can do both, "" for one that needs two classes.
        resolve_weights: (estimator) → parameter → the pretrained weights that it stands for, an
            object with `name`, `file` and `source`, or None to start from scratch. Asked once in a
            study. Without it the estimators themselves are asked; see `bench.methods.weights`.
        task: "segmentation" of a method in a single file that segments, "" or "classification" of
            others. It is read as the family is.
    """

    family: str = ""
    search_space: Space | None = None
    needs: str = ""
    obstacle: Callable[[], str] | None = None
    deterministic: bool = False
    warm_up: Callable[[], None] | None = None
    importance: Callable[[Any, Any, Any], Mapping[str, float]] | None = None
    explain: Callable[[Any, Any, Any], Any] | None = None
    resolve_weights: Callable[[Any], Mapping[str, Any]] | None = None
    rung: Rung | Literal[""] = ""
    one_class: OneClass = ""
    task: str = ""

    def __post_init__(self) -> None:
        """Raise ContractError where a hook is none."""
        for name, known in (
            ("family", ("", *FAMILIES)),
            ("needs", NEEDS),
            ("rung", ("", *RUNGS)),
            ("one_class", ONE_CLASS),
            ("task", ("", *TASKS)),
        ):
            value = getattr(self, name)
            if value not in known:
                hint = did_you_mean(str(value), filter(None, known))
                raise ContractError(f"build.{name} is {value!r:.100}. {hint}")
        for name in ("obstacle", "warm_up", "importance", "explain", "resolve_weights"):
            value = getattr(self, name)
            if value is not None and not callable(value):
                raise ContractError(f"build.{name} is {value!r:.100}, which cannot be called.")

    @classmethod
    def of(cls, build: Any) -> Self:
        """What `build.spec` says, or attributes of `build` called as the fields are.

        Raises:
            ContractError: if one of them is not what it should be.
        """
        told = getattr(build, "spec", build)
        if isinstance(told, cls):
            return told
        said: dict[str, Any] = {
            field.name: getattr(told, field.name)
            for field in fields(cls)
            if hasattr(told, field.name)
        }
        return cls(**said)
