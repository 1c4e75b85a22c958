"""The tables of all methods on one data set."""

from reports.analysis.methods.rungs import NETWORKS
from reports.document.parts import columns
from reports.document.tables import Column, Row, Table, Value
from reports.evidence import DatasetEvidence, MethodEvidence, SideContrast
from reports.formatting import count
from reports.verdicts.guards.lone_side import champions_of


def methods_table(data: DatasetEvidence, stem: str, interval: str) -> Table:
    """All methods at a glance: discrimination, decisions and time."""
    rows = []
    networks = any(method.family in NETWORKS for method in data.methods)
    for method in data.methods:
        o = method.operating
        cost = method.cost
        rows.append(
            Row(
                (
                    method.name,
                    method.family,
                    *((weights(method),) if networks else ()),
                    method.auc,
                    method.auc_sd,
                    None if o is None else o.accuracy.value,
                    None if o is None else o.sensitivity.value,
                    None if o is None else o.specificity.value,
                    None if o is None or o.precision is None else o.precision.value,
                    None if o is None else o.f1.value,
                    None if cost is None else cost.fit_seconds,
                    None if cost is None else cost.predict_seconds,
                    runs(method),
                ),
                family=method.family,
                emphasis=method.is_champion,
            )
        )
    notes = [
        f"Bold: {champions_of(data.methods)} (chosen on validation), and the best value of each "
        "column, controls aside.",
        f"AUC with {interval} intervals; SD: standard deviation of the AUC over seeds.",
        rule(data),
        f"Training: mean time of one run{_searched(data)}. Prediction: of all validation and test "
        "images.",
    ]
    c = data.comparison
    if c is not None and c.on_all is not None:
        notes.append(
            "All test images count here; the verdict, with other AUCs, is on the "
            f"{count(c.n_cases)} that decide."
        )
    if networks:
        untold = any(m.untold_weights for m in data.methods)
        notes.append(
            "Weights: those that a network started from, and where they came from; from scratch: "
            "random ones"
            + ("; not told: the method does not say which, or whether any." if untold else ".")
        )
    if len(data.card.class_names) > 2:
        notes.append(
            "AUC, sensitivity, specificity, precision and F1 are unweighted means over the "
            "classes, each against the rest."
        )
    return Table(
        f"methods-{stem}",
        f"All methods on {data.card.name}.",
        (
            Column("method", "Method"),
            Column("family", "Family", on_paper=False),
            *((Column("weights", "Weights"),) if networks else ()),
            Column("auc", "AUC", "score", better="high", estimate=True),
            Column("auc_sd", "SD over seeds", "error"),
            Column("accuracy", "Accuracy", "score", better="high", on_paper=False),
            Column("sensitivity", "Sensitivity (recall)", "score", better="high"),
            Column("specificity", "Specificity", "score", better="high"),
            Column("precision", "Precision (PPV)", "score", better="high", on_paper=False),
            Column("f1", "F1", "score", better="high", on_paper=False),
            Column("fit_seconds", "Training", "seconds", better="low", on_paper=False),
            Column("predict_seconds", "Prediction", "seconds", better="low", on_paper=False),
            Column("runs", "Runs", on_paper=False),
        ),
        tuple(rows),
        tuple(notes),
    )


_FEW = 4


def printed(data: DatasetEvidence, method: MethodEvidence) -> bool:
    """Whether a table of details has this method on paper: the best two, or all of a few."""
    return method.is_champion or len(data.methods) <= _FEW or data.comparison is None


def weights(method: MethodEvidence) -> str | None:
    """What a method with a network started from; None for a method without one, or without runs.

    A method whose runs started from different weights tells all of them.
    """
    if method.family not in NETWORKS or not method.scores:
        return None
    return ", ".join(
        " and ".join(f"{used.name} ({used.source})" for used in own)
        or ("not told" if method.untold_weights else "from scratch")
        for own in method.weights
    )


def _searched(data: DatasetEvidence) -> str:
    return ", of a tuned method with the search for its parameters" if data.tuned else ""


def contrast_table(data: DatasetEvidence, stem: str, interval: str) -> Table:
    """Every method against the best model of the other side."""
    rows = []
    withheld = data.verdict.rule in ("protocol-violated", "too-few-cases")
    for method in data.methods:
        c = method.contrast
        values: tuple[Value, ...] = (None,) * 6
        if c is not None:
            word = "no verdict" if withheld else contrast_word(c)
            values = (c.opponent, c.difference, word, c.p, c.p_holm, c.p_equivalence)
        rows.append(Row((method.name, method.auc, *values), method.family, method.is_champion))
    margin = f"{data.verdict.margin:g}"
    return Table(
        f"contrasts-{stem}",
        f"Every method on {data.card.name} against the best model of the other side (chosen on "
        "validation).",
        (
            Column("method", "Method"),
            Column("auc", "AUC", "score", "high", estimate=True),
            Column("against", "Against"),
            columns.DELTA_AUC,
            Column("word", "In words"),
            columns.P,
            columns.adjusted(columns.P),
            columns.adjusted(columns.TOST),
        ),
        tuple(rows),
        (
            _against(data),
            f"ΔAUC with {interval} intervals. Holm-adjusted: for the methods of this data set. "
            f"TOST: two one-sided tests of equivalence within the margin ±δ = {margin}; p is small "
            "where the difference is shown to lie within. In words: the first rule of the verdict "
            "that holds.",
        ),
        on_paper=False,  # secondary; the AUCs stand in the table of all methods
    )


def _against(data: DatasetEvidence) -> str:
    """Whom each method is set against."""
    if data.champion_deep and data.champion_classical:
        return (
            "Deep methods and hybrids against the best classical model, classical methods against "
            "the best deep one, controls against the better of the two. These are secondary "
            "comparisons, not verdicts: the verdict rests on the best two models alone."
        )
    if not (data.champion_deep or data.champion_classical):
        return "No side has a best model that others could be set against."
    who = "Controls" if data.champion_deep else "Deep methods, hybrids and controls"
    return f"{who} against {champions_of(data.methods)}: the other side has no result."


def contrast_word(contrast: SideContrast) -> str:
    """What the verdict's rules say of a method, seen from it."""
    side = "better" if contrast.ahead else "worse"
    if contrast.rule == "better-beyond-margin":
        return f"{side} by more than δ"
    if contrast.rule == "better-but-equivalent":
        return f"{side}, by less than δ"
    if contrast.rule == "better":
        return side
    if contrast.rule == "equivalent":
        return "equivalent"
    if contrast.rule == "not-worse":
        if contrast.ahead is None:
            return "neither worse"
        return "not worse" if contrast.ahead else "not better"
    return "inconclusive"


def low_table(data: DatasetEvidence, stem: str) -> Table:
    """What all methods reach where false alarms are rare, and their average precision."""
    rows = []
    for method in data.methods:
        low, worth = method.low_false_positives, method.precision_recall
        rows.append(
            Row(
                (
                    method.name,
                    None if low is None else low.sensitivity_at_90,
                    None if low is None else low.sensitivity_at_95,
                    None if low is None else low.partial_auc,
                    None if low is None else low.standardised,
                    None if worth is None else worth.average_precision,
                ),
                method.family,
                method.is_champion,
            )
        )
    return Table(
        f"low-{stem}",
        f"Where false alarms are rare on {data.card.name}, and average precision.",
        (
            Column("method", "Method"),
            Column("sensitivity_at_90", "Sensitivity at 90 % specificity", "score", "high"),
            Column("sensitivity_at_95", "Sensitivity at 95 % specificity", "score", "high"),
            Column("partial_auc", "Partial AUC", "error", "high"),
            Column("partial_auc_standardised", "Partial AUC, standardised", "score", "high"),
            Column("average_precision", "Average precision", "score", "high"),
        ),
        tuple(rows),
        (
            "Means over runs"
            + (" and over the classes, each against the rest" if _many(data) else "")
            + ". Thresholds are read off the test part: this describes the curves, not a rule that "
            "could have been used. Partial AUC: over specificities from 0.9 to 1, at most 0.1; "
            "standardised after McClish, so that 0.5 is useless and 1 perfect (none where it is "
            "below useless).",
        ),
        on_paper=False,
    )


def _many(data: DatasetEvidence) -> bool:
    return len(data.card.class_names) > 2


def class_auc_table(data: DatasetEvidence, stem: str) -> Table:
    """One-against-rest AUC of every class, for more than two classes."""
    classes = data.card.class_names
    rows = []
    for method in data.methods:
        values = method.auc_per_class or (None,) * len(classes)
        rows.append(Row((method.name, *values), method.family, method.is_champion))
    return Table(
        f"perclass-{stem}",
        f"AUC of each class of {data.card.name} against the rest, mean over runs.",
        (
            Column("method", "Method"),
            *(Column(f"auc_{k}", name, "score", better="high") for k, name in enumerate(classes)),
        ),
        tuple(rows),
    )


def runs(method: MethodEvidence) -> str:
    """How many of a method's runs succeeded.

    A method of which some failed or are missing says "2 of 3".
    """
    done = len(method.scores)
    asked = done + len(method.failures) + len(method.missing)
    return f"{done}" if done == asked else f"{done} of {asked}"


def rule(data: DatasetEvidence) -> str:
    """How the methods of a data set decide, one sentence."""
    rules = dict.fromkeys(m.operating.rule for m in data.methods if m.operating is not None)
    return f"Decisions: {'; '.join(rules)}." if rules else "No decisions are counted."
