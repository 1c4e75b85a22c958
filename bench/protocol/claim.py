"""A claim beside the primary one, written down before the first trial."""

from collections.abc import Collection
from dataclasses import dataclass, fields
from typing import Literal, get_args

from bench.protocol.cards import FAMILIES
from bench.protocol.errors import StudyError, did_you_mean
from bench.protocol.plain_values import plain, refusing_unknown, several
from bench.protocol.scoring import MEASURES

Direction = Literal["superiority", "non-inferiority", "equivalence"]
DIRECTIONS: tuple[Direction, ...] = get_args(Direction)


@refusing_unknown
@dataclass(frozen=True)
class Claim:
    """A statement about two sides that is written down before the first trial and then judged.

    A side is a list of families and methods. Where it stands for several methods, the one with the
    highest mean validation AUC speaks for it, whatever the metric of the claim is. d is the metric
    of side a minus that of side b.

    Attributes:
        name: short and unique in a study.
        a, b: the two sides, sorted.
        text: the statement as the report prints it; "" for one made of the sides.
        metric: what is compared, one of `bench.protocol.scoring.MEASURES`. Of losses (Brier score,
            log loss) d is turned round, so that above 0 side a is better whatever the metric is.
        margin: the smallest difference that matters, in units of the metric; None for the study's.
        datasets: those that the claim is about, sorted; () for all of the study.
        direction: "superiority" (d > 0), "non-inferiority" (d > -margin) or "equivalence"
            (`|d|` < margin).

    Raises:
        StudyError: if a value is out of its range.
    """

    name: str
    a: tuple[str, ...]
    b: tuple[str, ...]
    text: str = ""
    metric: str = "auc"
    margin: float | None = None
    datasets: tuple[str, ...] = ()
    direction: Direction = "superiority"

    def __post_init__(self) -> None:
        object.__setattr__(self, "margin", plain(self.margin))
        for side in ("a", "b", "datasets"):
            names = several(f"claim {self.name!r}: {side}", getattr(self, side), str)
            if not all(isinstance(name, str) and name for name in names):
                raise StudyError(f"claim {self.name!r}: {side} must be a name or a list of names.")
            object.__setattr__(self, side, tuple(sorted(set(names))))
        problem = _claim_problem(self)
        if problem:
            raise StudyError(problem)

    @classmethod
    def from_json(cls, data: object) -> "Claim":
        """The claim that a JSON or TOML table describes.

        Raises:
            StudyError: on an unknown or missing key, a wrong type or a value out of range.
        """
        if not isinstance(data, dict):
            raise StudyError("a claim must be a table: [[claim]].")
        label = f"claim {data.get('name', 'without a name')!r}"
        known = {f.name for f in fields(cls)}
        for key in data:
            if key not in known:
                raise StudyError(f"{label}: unknown key {key!r}. {did_you_mean(key, known)}")
        for key in ("name", "a", "b"):
            if key not in data:
                raise StudyError(f"{label}: {key!r} is missing; a claim needs name, a and b.")
        try:
            return cls(**data)
        except TypeError as error:
            raise StudyError(f"{label}: a value has the wrong type ({error}).") from None

    def refuse_unknown(self, methods: Collection[str], datasets: Collection[str]) -> None:
        """Check the names.

        Args:
            methods: every method that is known.
            datasets: every data set that is known.

        Raises:
            StudyError: if a side names neither a family nor a method, or a data set is not known.
        """
        sides = {*FAMILIES, *methods}
        for name in self.a + self.b:
            if name not in sides:
                raise StudyError(
                    f"claim {self.name!r}: {name!r} is neither a family nor a method. "
                    f"{did_you_mean(name, sides)}"
                )
        for name in self.datasets:
            if name not in datasets:
                raise StudyError(
                    f"claim {self.name!r}: unknown data set {name!r}. "
                    f"{did_you_mean(name, datasets)}"
                )


def is_number(value: object) -> bool:
    """Whether a value of a study file is a number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _claim_problem(claim: Claim) -> str:
    label = f"claim {claim.name!r}"
    if not isinstance(claim.name, str) or not claim.name.strip():
        return "a claim must have a name."
    if not isinstance(claim.text, str):
        return f"{label}: text must be a sentence."
    if not claim.a or not claim.b:
        return f"{label}: a and b must each name a family or a method."
    if claim.a == claim.b:
        return f"{label}: both sides are {', '.join(claim.a)}."
    if not isinstance(claim.metric, str) or claim.metric not in MEASURES:
        hint = did_you_mean(str(claim.metric), MEASURES)
        return f"{label}: unknown metric {claim.metric!r}. {hint}"
    if not isinstance(claim.direction, str) or claim.direction not in DIRECTIONS:
        hint = did_you_mean(str(claim.direction), DIRECTIONS)
        return f"{label}: unknown direction {claim.direction!r}. {hint}"
    if claim.margin is not None and not (is_number(claim.margin) and 0 < claim.margin < 0.5):
        return f"{label}: margin must lie between 0 and 0.5; got {claim.margin}."
    return ""
