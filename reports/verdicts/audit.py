"""The audit: every guard is a light: green, amber, or red, which forbids a verdict."""

from collections.abc import Callable, Sequence

from reports.evidence import AuditItem, DatasetEvidence
from reports.verdicts.guards import data, protocol, segmentation
from reports.verdicts.guards.budget import budget
from reports.verdicts.guards.found import WORSE, Finding, Found
from reports.verdicts.guards.masks import masks
from reports.verdicts.guards.recall import recall
from reports.verdicts.guards.rungs import classical_rungs, deep_rungs, image_size
from reports.verdicts.guards.weights import weights
from reports.verdicts.transport.lights import TITLES

GUARDS: dict[str, tuple[str, Callable[[Found], Finding]]] = {
    "budget": ("Same budget", budget),
    "inputs": ("Same input", protocol.inputs),
    "weights": ("Same weights", weights),
    "deep-rungs": ("Deep side not held back", deep_rungs),
    "classical-rungs": ("Classical side not held back", classical_rungs),
    "image-size": ("Images not shrunk", image_size),
    "masks": ("Masks as in use", masks),
    "patients": ("Patients apart", data.patients),
    "duplicates": ("No duplicates", data.duplicates),
    "near-duplicates": ("No near-duplicates", data.near_duplicates),
    "split": ("Split", data.split),
    "checksum": ("Official copy", data.checksum),
    "seeds": ("Enough seeds", protocol.seeds),
    "balance": ("Balance of classes", data.balance),
    "recall": ("Every class found", recall),
    "metric": ("Metric declared", protocol.metric),
    "champions": ("Best models from validation", protocol.champions),
    "failures": ("Nothing failed", protocol.failures),
    "controls": ("Controls beaten", protocol.controls),
    "reuse": ("Test part fresh", protocol.reuse),
    "cases": ("Enough cases", data.cases),
}
"""Key → title and guard, in the order of the strip."""

OF_SEGMENTATION: dict[str, tuple[str, Callable[[Found], Finding]]] = {
    **{
        key: GUARDS[key]
        for key in (
            "budget",
            "inputs",
            "weights",
            "image-size",
            "patients",
            "duplicates",
            "near-duplicates",
            "split",
            "checksum",
            "seeds",
        )
    },
    "metric": ("Metric declared", segmentation.metric),
    **{key: GUARDS[key] for key in ("champions", "failures")},
    "misses": ("Regions found at all", segmentation.misses),
    "empties": ("Score not of empty images", segmentation.empties),
    "controls": ("Controls beaten", segmentation.controls),
    "reuse": GUARDS["reuse"],
    "cases": ("Enough cases", segmentation.cases),
}
"""The same of a segmentation study."""


def audit(found: Found) -> tuple[AuditItem, ...]:
    """Every guard's finding on one data set."""
    guards = OF_SEGMENTATION if found.study.task == "segmentation" else GUARDS
    return tuple(AuditItem(key, title, *guard(found)) for key, (title, guard) in guards.items())


def strip(datasets: Sequence[DatasetEvidence]) -> tuple[AuditItem, ...]:
    """Every light once: its worst colour, and what it found where it is that colour."""
    titles = {item.key: item.title for found in datasets for item in found.audit}
    items = []
    for key, title in sorted(titles.items(), key=lambda named: _order(named[0])):
        each = [(f.card.name, item) for f in datasets for item in f.audit if item.key == key]
        colour = max((item.colour for _, item in each), key=lambda c: WORSE[c])
        worst = [(name, item.sentence) for name, item in each if item.colour == colour]
        sentences = list(dict.fromkeys(sentence for _, sentence in worst))
        if len(each) == 1:
            sentence = sentences[0]
        elif len(sentences) == 1 and len(worst) == len(each):
            told = f"On each of {len(each)} data sets: " if _counts(sentences[0]) else ""
            sentence = f"{told}{sentences[0]}"
        elif colour == "green":
            sentence = f"In order on all {len(each)} data sets."
        else:
            sentence = " ".join(
                f"{_named([name for name, s in worst if s == text], text)}: {text}"
                for text in sentences
            )
        items.append(AuditItem(key, title, colour, sentence))
    return tuple(items)


def _named(names: Sequence[str], sentence: str) -> str:
    """The data sets that a sentence is about; "each" where a number in it is that of one."""
    each = " (each)" if len(names) > 1 and _counts(sentence) else ""
    return f"{', '.join(names)}{each}"


def _counts(sentence: str) -> bool:
    return any(letter.isdigit() for letter in sentence)


def _order(key: str) -> int:
    """Guards first, in their order, then what was asked beyond the test part."""
    keys = [*GUARDS, *TITLES]
    place = keys.index("controls")
    keys[place:place] = ["misses", "empties"]
    return keys.index(key)
