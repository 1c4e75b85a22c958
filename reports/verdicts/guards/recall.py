"""The guard of classes that are never found, which a mean over classes hides."""

from collections.abc import Sequence

from reports.evidence import MethodEvidence
from reports.formatting import score
from reports.statistics.decisions.class_recall import never_found
from reports.verdicts.guards.found import Finding, Found
from reports.verdicts.guards.lone_side import champions_of


def recall(found: Found) -> Finding:
    """Every class is found by the best two models.

    Amber where a class ranks well (so that it could be found) and is hardly ever decided for.
    """
    if len(found.card.class_names) < 3:
        return "green", "With two classes sensitivity and specificity tell what is found."
    best = [method for method in found.methods if method.is_champion]
    if not any(m.operating is not None and m.operating.class_recalls for m in best):
        return "green", "No model has decided all cases."
    missed = {method.name: hardly_found(method, found.card.class_names) for method in best}
    told = [
        f"{name} hardly ever decides for {', '.join(own)}" for name, own in missed.items() if own
    ]
    if told:
        return "amber", (
            f"{'; '.join(told)}. Its cases rank well and are called something else, which a mean "
            "over classes hides."
        )
    return "green", f"No class that ranks well is missed by {champions_of(best)}."


def hardly_found(method: MethodEvidence, class_names: Sequence[str]) -> tuple[str, ...]:
    """The classes of a method whose AUC is high and whose recall is near 0, each with both."""
    recalls = () if method.operating is None else method.operating.class_recalls
    return tuple(
        f"“{name}” (AUC {score(auc)}, recall {score(one.value)})"
        for name, auc, one in zip(class_names, method.auc_per_class, recalls, strict=False)
        if auc is not None and one is not None and never_found(auc, one.value)
    )
