"""What is said of the best models where a side has none: it was not run, or all of it failed."""

from collections.abc import Collection, Iterable, Sequence

from reports.evidence import SIDES, DatasetEvidence, Evidence, MethodEvidence, Side
from reports.evidence.segmentation import SegmentedMethod


def best_models(families: Collection[str]) -> str:
    """The best models of the sides among these families, as a sentence names them.

    >>> best_models(("classical", "deep")), best_models(("deep", "control"))
    ('the best deep and the best classical model', 'the best deep model')
    """
    named = " and ".join(f"the best {side}" for side in SIDES if side in families)
    return f"{named} model" if named else "the best model"


def champions_of(methods: Iterable[MethodEvidence | SegmentedMethod]) -> str:
    """As `best_models`, of those of these methods that are the best of their side."""
    return best_models({method.family for method in methods if method.is_champion})


def drawn_best(data: DatasetEvidence, what: str) -> str:
    """As `best_models`, of the best models of a data set of which this is known.

    Args:
        data: the data set.
        what: an attribute of its methods, for example "roc".
    """
    return champions_of(method for method in data.methods if getattr(method, what) is not None)


def lost(evidence: Evidence, data: DatasetEvidence) -> frozenset[str]:
    """Methods of the study that have no stored run on a data set, for `lacking`."""
    missing = {one.method for one in evidence.missing if one.dataset == data.card.name}
    return frozenset(missing - {method.name for method in data.methods})


def why_none(methods: Sequence[MethodEvidence], lost: Collection[str], side: Side) -> str:
    """Why a side has no result, a clause without its end; "" where it has one.

    Args:
        methods: all that were run on the data set.
        lost: methods of the study that have no stored run there, of whatever side.
        side: which.
    """
    own = [method for method in methods if method.family == side]
    if any(method.scores for method in own):
        return ""
    if not own:
        results = f", or its results are lost ({', '.join(sorted(lost))})" if lost else ""
        return f"no {side} method was run{results}"
    failed = ", ".join(sorted(method.name for method in own))
    return f"no {side} method has a result ({failed} failed)"


def lacking(data: DatasetEvidence, lost: Collection[str]) -> str:
    """Why each side without a result has none, clauses without an end; "" where both have one.

    Where both have one and none could be chosen, why that is so.
    """
    told = [one for side in SIDES if (one := why_none(data.methods, lost, side))]
    if not told and not any(method.is_champion for method in data.methods):
        told = [data.verdict.sentence[:1].lower() + data.verdict.sentence[1:].rstrip(".")]
    return " and ".join(told)


def with_reasons(told: str, evidence: Evidence) -> str:
    """A sentence that nothing is shown of any data set, with why there is no verdict on them."""
    reasons = dict.fromkeys(
        d.verdict.sentence for d in evidence.datasets if not d.verdict.is_verdict
    )
    return " ".join([told, *reasons])


def as_sentence(clause: str) -> str:
    """A clause with a capital letter and a full stop; "" for none.

    >>> as_sentence("no deep method was run")
    'No deep method was run.'
    """
    return f"{clause[0].upper()}{clause[1:]}." if clause else ""
