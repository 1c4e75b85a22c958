"""The tables of all methods on one data set."""

from reports.evidence import DatasetEvidence, Estimate, MethodEvidence
from reports.tables import Column, Row, Table, Value


def methods_table(data: DatasetEvidence, stem: str, interval: str) -> Table:
    """All methods: discrimination, decisions, time and the contrast with the other family."""
    rows = []
    for method in data.methods:
        o = method.operating
        cost = method.cost
        contrast = method.contrast
        rows.append(
            Row(
                (
                    method.name,
                    method.family,
                    method.auc,
                    None if o is None else o.accuracy.value,
                    None if o is None else o.sensitivity.value,
                    None if o is None else o.specificity.value,
                    None if o is None or o.precision is None else o.precision.value,
                    None if o is None else o.f1.value,
                    None if contrast is None else contrast.difference,
                    None if contrast is None else contrast.p,
                    None if contrast is None else contrast.p_holm,
                    None if cost is None else cost.fit_seconds,
                    None if cost is None else cost.predict_seconds,
                    runs(method),
                ),
                family=method.family,
                emphasis=method.is_champion,
            )
        )
    notes = [
        "Bold: the champion of each family, chosen on validation, and the best value of each "
        "column, controls aside.",
        f"AUC and ΔAUC with {interval} intervals. ΔAUC: against the champion of the other side "
        "(hybrids: the classical one; controls: the better one), with p and, corrected for the "
        "methods of this data set, Holm p. These are secondary looks, not verdicts.",
        _rule(data),
        "Fit: mean time of one training run. Predict: all validation and test images.",
    ]
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
            Column("family", "Family"),
            Column("auc", "AUC", "score", better="high", estimate=True),
            Column("accuracy", "Accuracy", "score", better="high"),
            Column("sensitivity", "Sensitivity (recall)", "score", better="high"),
            Column("specificity", "Specificity", "score", better="high"),
            Column("precision", "Precision", "score", better="high"),
            Column("f1", "F1", "score", better="high"),
            Column("difference", "ΔAUC", "signed", estimate=True),
            Column("p", "p", "p"),
            Column("p_holm", "Holm\u00a0p", "p"),
            Column("fit_seconds", "Fit", "seconds", better="low"),
            Column("predict_seconds", "Predict", "seconds", better="low"),
            Column("runs", "Runs"),
        ),
        tuple(rows),
        tuple(notes),
    )


def operating_table(data: DatasetEvidence, stem: str, interval: str) -> Table:
    """All methods at the decision rule that was fixed on validation, with intervals."""
    rows = []
    for method in data.methods:
        o = method.operating
        values: tuple[Value, ...] = (None,) * 8
        if o is not None:
            values = (
                o.accuracy,
                o.sensitivity,
                o.specificity,
                o.precision,
                o.npv,
                o.f1,
                o.balanced_accuracy,
                o.mcc,
            )
        rows.append(Row((method.name, *values), method.family, method.is_champion))
    intervals = _interval_name(data)
    return Table(
        f"decisions-{stem}",
        f"Decisions on the test part of {data.card.name}.",
        (
            Column("method", "Method"),
            Column("accuracy", "Accuracy", "score", "high", estimate=True),
            Column("sensitivity", "Sensitivity (recall)", "score", "high", estimate=True),
            Column("specificity", "Specificity", "score", "high", estimate=True),
            Column("precision", "Precision (PPV)", "score", "high", estimate=True),
            Column("npv", "NPV", "score", "high", estimate=True),
            Column("f1", "F1", "score", "high", estimate=True),
            Column("balanced_accuracy", "Balanced accuracy", "score", "high", estimate=True),
            Column("mcc", "MCC", "signed", "high", estimate=True),
        ),
        tuple(rows),
        (
            _rule(data),
            f"Intervals are of level {interval}{intervals}.",
        ),
    )


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


def learning_table(data: DatasetEvidence, stem: str) -> Table | None:
    """AUC by share of the training part, or None for a study with a single share."""
    shares = sorted({point.fraction for m in data.methods for point in m.learning_curve})
    if len(shares) < 2:
        return None
    rows = []
    for method in data.methods:
        auc = {point.fraction: point.auc for point in method.learning_curve}
        values = tuple(auc.get(share) for share in shares)
        rows.append(Row((method.name, *values), method.family, method.is_champion))
    return Table(
        f"learning-{stem}",
        f"AUC on {data.card.name} by share of the training part, mean over runs.",
        (
            Column("method", "Method"),
            *(Column(f"auc_{share:g}", f"{100 * share:g} %", "score", "high") for share in shares),
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


def _rule(data: DatasetEvidence) -> str:
    rules = dict.fromkeys(m.operating.rule for m in data.methods if m.operating is not None)
    return f"Decisions: {'; '.join(rules)}." if rules else "No method has made a decision."


def _interval_name(data: DatasetEvidence) -> str:
    """The procedures behind the intervals of the decisions, in brackets."""
    found: dict[str, None] = {}
    for method in data.methods:
        if method.operating is None:
            continue
        for item in (method.operating.accuracy, method.operating.sensitivity):
            if isinstance(item, Estimate) and item.method:
                found[item.method] = None
    return f" ({', '.join(found)})" if found else ""
