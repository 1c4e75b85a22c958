"""The guard of pretrained weights: all runs of a method start from the same ones."""

from collections.abc import Iterable

from bench.protocol.record import WeightsUsed
from reports.analysis.methods.rungs import NETWORKS
from reports.evidence import SIDES, Colour, MethodEvidence
from reports.verdicts.guards.found import Finding, Found


def weights(found: Found) -> Finding:
    """One set of weights per method.

    A run that continues where another ended, but finds other weights than that one or none, would
    average seeds of two methods under one name. Red where a side is concerned, whose champion is
    chosen by these means; amber where only hybrids or controls are.
    """
    mixed = [method for method in found.methods if method.has_mixed_weights]
    if mixed:
        colour: Colour = "red" if any(method.family in SIDES for method in mixed) else "amber"
        return colour, (
            f"{mixed_weights(mixed)} Remove the runs that started from the wrong ones, and run "
            "again."
        )
    pretrained = sorted(m.name for m in found.methods if any(m.weights))
    untold = sorted(m.name for m in found.methods if m.untold_weights)
    told = []
    if pretrained:
        told.append(f"All runs of a method had the same weights: {', '.join(pretrained)}.")
    elif any(m.weights and m.name not in untold for m in found.methods if m.family in NETWORKS):
        others = "other " if untold else ""
        told.append(f"No {others}run started from pretrained weights.")
    if untold:
        told.append(f"What weights {', '.join(untold)} started from is not told.")
    return "green", " ".join(told) or "No network has a result."


def mixed_weights(methods: Iterable[MethodEvidence]) -> str:
    """Which methods had runs that started from different weights, a sentence; "" for none."""
    told = [
        f"{method.name} ({' and '.join(_called(own) for own in method.weights)})"
        for method in methods
        if method.has_mixed_weights
    ]
    return f"Runs of one method started from different weights: {', '.join(told)}." if told else ""


def _called(own: tuple[WeightsUsed, ...]) -> str:
    return " with ".join(f"{one.name}, {one.digest[:8]}" for one in own) or "none"
