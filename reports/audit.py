"""The guards of the protocol, each a light: green, amber, or red, which forbids a verdict."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.record import DatasetCard
from bench.study import Study
from reports.evidence import AuditItem, Colour, Comparison, DatasetEvidence, MethodEvidence
from reports.formatting import count, seconds
from reports.paired import FEW_CASES
from reports.selection import DatasetRuns
from reports.verdict import TOO_FEW

ENOUGH_SEEDS = 3

_WORSE: dict[Colour, int] = {"green": 0, "amber": 1, "red": 2}


@dataclass(frozen=True, eq=False)
class Found:
    """What a guard looks at.

    Attributes:
        data: the study's runs on the data set.
        methods: what is shown of its methods.
        comparison: the primary one, or None.
        study: the study.
        studies: how many studies of the folder score this data set.
    """

    data: DatasetRuns
    methods: Sequence[MethodEvidence]
    comparison: Comparison | None
    study: Study
    studies: int

    @property
    def card(self) -> DatasetCard:
        """The data set."""
        return self.data.card


Finding = tuple[Colour, str]


def _budget(found: Found) -> Finding:
    wrong = sorted({run.method.name for run in found.data.runs if run.budget != found.study.budget})
    if wrong:
        return "red", (
            f"Not all methods had the study's budget “{found.study.budget}”: {', '.join(wrong)} "
            "had another."
        )
    hours = []
    for side in ("deep", "classical"):
        spent = [
            run.fit_seconds
            for run in found.data.runs
            if run.method.family == side and run.fit_seconds is not None
        ]
        hours.append(f"{side} {count(len(spent))} runs in {seconds(sum(spent))}")
    return "green", (
        f"Every method had the budget “{found.study.budget}”; training took {', '.join(hours)}."
    )


def _inputs(found: Found) -> Finding:
    """Same content for all; folds and shares of the training part change it by design."""
    seen: dict[tuple[int | None, float], set[str]] = {}
    for run in found.data.runs:
        key = run.trial.fold, run.trial.fraction
        seen.setdefault(key, set()).add(run.data_fingerprint)
    # What the card describes is the whole data set, as a run on its one split sees it.
    if (None, 1.0) in seen:
        seen[None, 1.0].add(found.card.fingerprint)
    if any(len(fingerprints) > 1 for fingerprints in seen.values()):
        return "red", "Not all runs saw the same data: their fingerprints differ."
    if found.data.misfits:
        names = ", ".join(found.data.misfits)
        return "red", f"Not all methods were asked about the same test cases: {names} had others."
    h, w, c = found.card.image_shape
    channels = "1 channel" if c == 1 else f"{c} channels"
    return "green", f"Every method saw the same images, {h} × {w} px with {channels}."


def _patients(found: Found) -> Finding:
    if found.data.groups_shared:
        return "red", (
            f"{count(found.data.groups_shared)} patients have images in both validation and test."
        )
    if not found.data.tests or any(part.groups is None for part in found.data.tests.values()):
        return "amber", (
            "Patients are not known: intervals are per image and probably too narrow, and leakage "
            "between parts cannot be excluded."
        )
    return "green", "No patient is in two parts; errors are per patient."


def _duplicates(found: Found) -> Finding:
    n = found.card.duplicates_across_parts
    if n:
        images = "image has" if n == 1 else "images have"
        return "amber", f"{count(n)} validation or test {images} an identical twin in another part."
    return "green", "No image is in two parts."


def _split(found: Found) -> Finding:
    if found.study.folds:
        return "green", f"Cross-validation with {found.study.folds} folds."
    if found.card.split == "official":
        return "green", "The split is the one published with the data."
    origin = "was given with the data" if found.card.split == "given" else "was made automatically"
    return "amber", f"One split, which {origin}: another could give another answer."


def _checksum(found: Found) -> Finding:
    if found.card.checksum == "differs":
        return "amber", "An unofficial copy: its checksum is not the published one."
    if found.card.checksum == "matched":
        return "green", "The published checksum is matched."
    return "green", "There is no published checksum."


def _seeds(found: Found) -> Finding:
    few = sorted(
        method.name
        for method in found.methods
        if method.family in ("deep", "classical")
        and method.seeds
        and method.seeds != (None,)
        and len(method.seeds) < ENOUGH_SEEDS
    )
    if few:
        return "amber", (
            f"Fewer than {ENOUGH_SEEDS} seeds of {', '.join(few)}: seed luck is badly estimated."
        )
    return "green", f"Every stochastic method has at least {ENOUGH_SEEDS} seeds."


def _failures(found: Found) -> Finding:
    parts = []
    colour: Colour = "green"
    for side in ("deep", "classical"):
        own = [method for method in found.methods if method.family == side]
        failed = sum(len(method.failures) for method in own)
        if not any(method.scores for method in own):
            colour = "red"
            parts.append(f"no {side} method has a result")
        elif failed:
            colour = max(colour, "amber", key=lambda c: _WORSE[c])
            parts.append(f"{count(failed)} {side} {'run' if failed == 1 else 'runs'} failed")
    elsewhere = sum(
        len(method.failures) for method in found.methods if method.family in ("hybrid", "control")
    )
    if elsewhere:
        colour = max(colour, "amber", key=lambda c: _WORSE[c])
        parts.append(f"{count(elsewhere)} other {'run' if elsewhere == 1 else 'runs'} failed")
    if found.data.missing:
        colour = max(colour, "amber", key=lambda c: _WORSE[c])
        n = len(found.data.missing)
        parts.append(f"{count(n)} planned {'trial has' if n == 1 else 'trials have'} no result")
    if not parts:
        return "green", "Every planned trial has a result."
    sentence = f"{'; '.join(parts)}."
    return colour, sentence[0].upper() + sentence[1:]


def _controls(found: Found) -> Finding:
    names = [method.name for method in found.methods if method.family == "control" and method.auc]
    if not names:
        return "amber", "No control was run: nothing shows that the champions learnt anything."
    checks = found.comparison.controls if found.comparison else ()
    weak = [check.sentence for check in checks if not check.passed]
    if weak:
        return "amber", " ".join(weak)
    if not checks:
        return "green", f"Controls in the run: {', '.join(sorted(names))}."
    return "green", f"Both champions are better than the best control, {checks[0].control}."


def _reuse(found: Found) -> Finding:
    if found.studies > 1:
        return "amber", (
            f"The test part was scored under {count(found.studies)} different studies; what was "
            "seen in one may have shaped the next."
        )
    return "green", "The test part was scored under this study only, once per trial."


def _cases(found: Found) -> Finding:
    if found.comparison is None:
        return "green", "No comparison is made."
    n, name = found.comparison.n_smallest, found.comparison.smallest_class
    sentence = f"{count(n)} test {'case' if n == 1 else 'cases'} in the smallest class, “{name}”"
    if n < TOO_FEW:
        return "red", f"{sentence}: too few for a comparison."
    if n < FEW_CASES:
        return "amber", f"{sentence}: a small one."
    return "green", f"{sentence}."


GUARDS: dict[str, tuple[str, Callable[[Found], Finding]]] = {
    "budget": ("Same budget", _budget),
    "inputs": ("Same input", _inputs),
    "patients": ("Patients apart", _patients),
    "duplicates": ("No duplicates", _duplicates),
    "split": ("Split", _split),
    "checksum": ("Official copy", _checksum),
    "seeds": ("Enough seeds", _seeds),
    "failures": ("Nothing failed", _failures),
    "controls": ("Controls beaten", _controls),
    "reuse": ("Test part fresh", _reuse),
    "cases": ("Enough cases", _cases),
}
"""Key → title and guard, in the order of the strip."""


def audit(
    data: DatasetRuns,
    methods: Sequence[MethodEvidence],
    comparison: Comparison | None,
    study: Study,
    studies: int,
) -> tuple[AuditItem, ...]:
    """Every guard's finding on one data set.

    Args:
        data: the study's runs on it.
        methods: what is shown of its methods.
        comparison: the primary one, or None.
        study: the study.
        studies: how many studies of the folder score this data set, this one included.
    """
    found = Found(data, methods, comparison, study, studies)
    return tuple(AuditItem(key, title, *guard(found)) for key, (title, guard) in GUARDS.items())


def strip(datasets: Sequence[DatasetEvidence]) -> tuple[AuditItem, ...]:
    """Every guard once: its worst colour, and what it found where it is that colour."""
    items = []
    for position, (key, (title, _)) in enumerate(GUARDS.items()):
        each = [(found.card.name, found.audit[position]) for found in datasets]
        if not each:
            continue
        colour = max((item.colour for _, item in each), key=lambda c: _WORSE[c])
        worst = [(name, item.sentence) for name, item in each if item.colour == colour]
        sentences = list(dict.fromkeys(sentence for _, sentence in worst))
        if len(each) == 1 or (len(sentences) == 1 and len(worst) == len(each)):
            sentence = sentences[0]
        elif colour == "green":
            sentence = f"In order on all {len(each)} data sets."
        else:
            sentence = " ".join(
                f"{', '.join(name for name, s in worst if s == text)}: {text}" for text in sentences
            )
        items.append(AuditItem(key, title, colour, sentence))
    return tuple(items)
