"""What a bundle says of itself: every field of `manifest.json`.

It is parsed after its signature was verified, and refused where a field is not what it should be.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

from bench.deploy.operating import Operating
from bench.deploy.storage.typed import fits
from bench.protocol.errors import BundleError
from bench.protocol.preprocessing import RESIZES, STEPS, Resize

FORMAT = 2
"""Version of the bundle's form. A newer one is refused."""

READING = 2
"""Version of the rules by which files become gray levels: see `READING_RULES`."""

READING_OF_BEFORE = 1
"""By which DICOM files of 8 bits without a window were stretched like deeper ones."""

READING_RULES = {
    "dicom": (
        "rescaled or through the modality table; then the first window that has a width, or the "
        "table of values of interest; without either 8 bits that nothing rescales as they are, and "
        "of others the 0.5 and 99.5 percentiles"
    ),
    "nifti": "the 0.5 and 99.5 percentiles of a slice; without a named slice the middle one",
    "colour": "gray where all three channels are equal",
}

_WITH_STRETCHED = 2  # the format since which it is known
_MOST_PIXELS = 4096 * 4096
_MOST_COVERAGE = 0.99999


@dataclass(frozen=True)
class InputRules:
    """How a file becomes what the method sees.

    Attributes:
        height, width: px.
        channels: 1 gray, 2 gray + mask, 3 RGB, 4 RGB + mask.
        resize: how images reach that size.
        steps: of `bench.protocol.preprocessing.STEPS`.
        bits: that the values of the training images take; of deeper images the upper 8 of these.
        reading: version of the rules for windows and depths.
        stretched: whether of any training image its own percentiles became black and white; None
            where nobody knows.
    """

    height: int
    width: int
    channels: int
    resize: Resize
    steps: tuple[str, ...] = ()
    bits: int = 8
    reading: int = READING
    stretched: bool | None = None

    @property
    def masked(self) -> bool:
        """Whether the last channel is a lesion mask."""
        return self.channels % 2 == 0

    @property
    def colour(self) -> bool:
        """Whether images are in colour."""
        return self.channels > 2


@dataclass(frozen=True)
class Model:
    """One fitted method of a bundle.

    Attributes:
        name, family, summary, distribution, version: as in `bench.protocol.cards.MethodCard`.
        parameters: every leaf parameter as it was fitted with.
        seed: random state.
        weights: pretrained weights that it started from, each as name, digest and source.
        fitted_on: "train+val" or "train".
        operating: threshold, calibration and sets, from validation cases by a fit on train alone.
        checks: numbers on the test part, of the fit on train alone and of the one in the bundle,
            and how many validation cases of each class the operating point was found with.
        estimator: tree of its parts.
    """

    name: str
    family: str
    summary: str
    distribution: str
    version: str
    parameters: dict[str, Any]
    seed: int
    weights: tuple[dict[str, str], ...]
    fitted_on: str
    operating: Operating
    checks: dict[str, Any]
    estimator: dict[str, Any]


@dataclass(frozen=True)
class Manifest:
    """What a bundle says of itself.

    Attributes:
        name: of the data set it was trained on.
        classes: names.
        positive: of two classes the one to be found, None for more.
        input: how a file becomes what the methods see.
        models: one method, or the champions of both sides.
        fingerprint: of the training data.
        cases: number of images of each part.
        patients: number of patients of the test part, None where they are not known.
        source, licence, citation: of the data.
        versions: of Python and of the packages that decide the result.
        evidence: what a results folder says of the models; {} without one.
        disagreement: of two models the test cases on which they decide otherwise, and all; or {}.
        parts: name of a part → its SHA-256 and number of bytes.
        format: see `FORMAT`.
    """

    name: str
    classes: tuple[str, ...]
    positive: int | None
    input: InputRules
    models: tuple[Model, ...]
    fingerprint: str
    cases: dict[str, int]
    source: str
    licence: str
    citation: str
    versions: dict[str, str]
    evidence: dict[str, Any] = field(default_factory=dict)
    disagreement: dict[str, int] = field(default_factory=dict)
    patients: int | None = None
    parts: dict[str, dict[str, Any]] = field(default_factory=dict)
    format: int = FORMAT

    @property
    def images_of_one_patient(self) -> str:
        """What several images of one patient do to the watch, one sentence; "" where each patient
        has one, or nobody knows."""
        tested = self.cases.get("test", 0)
        if self.patients is None or self.patients >= tested:
            return ""
        return (
            f"The {tested:,} test images are of {self.patients:,} patients. Images of one patient "
            "are alike: the watch takes one of each where new images name their patients; else it "
            "takes each for itself, and false alarms are more frequent than said."
        )

    @property
    def in_every_set(self) -> tuple[str, ...]:
        """Classes that no set leaves out, since validation has too few of their cases, a sentence
        each."""
        told: list[str] = []
        for model in self.models:
            found = model.checks.get("validation")  # bundles of before have none
            cases = tuple(found) if isinstance(found, list) else ()
            known = len(cases) == len(self.classes) and fits(cases, tuple[int, ...])
            told += model.operating.unbounded(self.classes, cases if known else ())
        return tuple(dict.fromkeys(told))

    def with_parts(self, parts: Mapping[str, dict[str, Any]]) -> "Manifest":
        """The same with the digests of all parts."""
        return replace(self, parts=dict(parts))

    def model(self, name: str | None) -> int:
        """The index of a model; the first one without a name.

        Raises:
            BundleError: if it has no model of that name.
        """
        names = [model.name for model in self.models]
        if name is not None and name not in names:
            raise BundleError(f"The bundle has no model {name!r}. It has {', '.join(names)}.")
        return 0 if name is None else names.index(name)

    def encoded(self) -> bytes:
        """The bytes of `manifest.json` in its format; the same for the same content."""
        table = asdict(self)
        for row, model in zip(table["models"], self.models, strict=True):
            row["operating"] = model.operating.as_json()
        if self.format < _WITH_STRETCHED:
            del table["input"]["stretched"]
        text = json.dumps(table, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False)
        return text.encode() + b"\n"

    @classmethod
    def decoded(cls, data: bytes, what: str) -> Self:
        """The manifest that `encoded` wrote.

        Raises:
            BundleError: if it is of a newer form, or not what it should be.
        """
        try:
            table = json.loads(data)
            if table["format"] > FORMAT:
                raise BundleError(
                    f"{what} is of format {table['format']}; this version reads up to {FORMAT}. "
                    "Update classical-vs-deep."
                )
            return cls._of(table)
        except BundleError:
            raise
        except (
            ValueError,
            LookupError,
            TypeError,
            AttributeError,
            ArithmeticError,
            RecursionError,
        ):
            raise BundleError(f"{what} is damaged: its manifest cannot be understood.") from None

    @classmethod
    def _of(cls, table: Mapping[str, Any]) -> Self:
        rules = InputRules(**{**table["input"], "steps": tuple(table["input"]["steps"])})
        models = tuple(
            Model(
                **{
                    **row,
                    "operating": Operating.from_json(row["operating"]),
                    "weights": tuple(row["weights"]),
                }
            )
            for row in table["models"]
        )
        found = cls(
            **{**table, "classes": tuple(table["classes"]), "input": rules, "models": models}
        )
        k = len(found.classes)
        sound = (
            fits(found, cls)
            and k >= 2
            and len(set(found.classes)) == k
            and models
            and len({model.name for model in models}) == len(models)
            and rules.channels in (1, 2, 3, 4)
            and 1 <= rules.height * rules.width <= _MOST_PIXELS
            and rules.resize in RESIZES
            and set(rules.steps) <= set(STEPS)
            and 8 <= rules.bits <= 16
            and rules.reading in (READING_OF_BEFORE, READING)
            and all(len(m.operating.intercepts) == k == len(m.operating.quantiles) for m in models)
            and (found.positive is None or found.positive in range(k))
            and all(m.operating.positive == found.positive for m in models)
            and all(0 < m.operating.coverage < _MOST_COVERAGE for m in models)
        )
        if not sound:
            raise ValueError("a field is out of its range")
        return found
