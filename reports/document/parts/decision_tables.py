"""The tables of decisions: all methods on one data set, and the best two on every one."""

from reports.document.parts import columns
from reports.document.parts.method_tables import printed, rule
from reports.document.tables import Column, Row, Table, Value
from reports.evidence import DatasetEvidence, Evidence
from reports.verdicts.guards.lone_side import champions_of

MEASURES = (
    "accuracy",
    "sensitivity",
    "specificity",
    "precision",
    "npv",
    "f1",
    "balanced_accuracy",
    "mcc",
)
"""Fields of an operating point, in the order of the table."""


def operating_table(data: DatasetEvidence, stem: str, interval: str) -> Table:
    """All methods at the decision rule that was fixed on validation, with intervals."""
    rows = []
    for method in data.methods:
        values: list[Value] = [getattr(method.operating, name, None) for name in MEASURES]
        on_paper = printed(data, method)
        rows.append(Row((method.name, *values), method.family, method.is_champion, on_paper))
    notes = [rule(data), f"Intervals are of level {interval}{_procedures(data)}."]
    if len(data.card.class_names) > 2:
        notes.append(
            "Sensitivity, specificity, precision, NPV and F1 are unweighted means over the "
            "classes, each against the rest."
        )
    return Table(
        f"decisions-{stem}",
        f"Decisions on the test part of {data.card.name}.",
        (
            Column("method", "Method"),
            Column("accuracy", "Accuracy", "score", "high", estimate=True, on_paper=False),
            Column("sensitivity", "Sensitivity (recall)", "score", "high", estimate=True),
            Column("specificity", "Specificity", "score", "high", estimate=True),
            Column("precision", "Precision (PPV)", "score", "high", estimate=True),
            Column("npv", "NPV", "score", "high", estimate=True),
            Column("f1", "F1", "score", "high", estimate=True, on_paper=False),
            Column(
                "balanced_accuracy",
                "Balanced accuracy",
                "score",
                "high",
                estimate=True,
                on_paper=False,
            ),
            Column("mcc", "MCC", "signed", "high", estimate=True, on_paper=False),
        ),
        tuple(rows),
        tuple(notes),
    )


def prevalence_table(data: DatasetEvidence, stem: str, interval: str) -> Table | None:
    """PPV and NPV of the best models at stated prevalences; None for more than two classes."""
    best = [
        (method, method.operating.at_prevalence)
        for method in data.methods
        if method.is_champion and method.operating is not None and method.operating.at_prevalence
    ]
    if not best or data.card.positive is None:
        return None
    rows = tuple(
        Row(
            (
                at[0].prevalence,
                *(value for one in at for value in (one.ppv, one.npv)),
            )
        )
        for at in zip(*(own for _, own in best), strict=True)
    )
    named = [
        Column(
            f"{value}_{method.family}", f"{value.upper()}, {method.name}", "score", estimate=True
        )
        for method, _ in best
        for value in ("ppv", "npv")
    ]
    positive = data.card.class_names[data.card.positive]
    return Table(
        f"prevalence-{stem}",
        f"What an answer of {champions_of(method for method, _ in best)} would mean where "
        f"“{positive}” is as frequent as stated.",
        (Column("prevalence", "Prevalence", "percent"), *named),
        rows,
        (
            f"PPV: probability of “{positive}” after a positive answer; NPV: probability of its "
            "absence after a negative one. By Bayes' theorem from sensitivity and specificity at "
            "the threshold that validation fixed, which are taken to be the same at every "
            f"prevalence; with {interval} intervals that combine those of the two (Zou and Donner "
            "2008). The prevalence is taken to be known.",
        ),
    )


def recall_table(data: DatasetEvidence, stem: str, interval: str) -> Table | None:
    """Recall of every class; None for two classes or without decisions."""
    classes = data.card.class_names
    if not any(m.operating is not None and m.operating.class_recalls for m in data.methods):
        return None
    rows = []
    for method in data.methods:
        found = () if method.operating is None else method.operating.class_recalls
        values: tuple[Value, ...] = found or (None,) * len(classes)
        rows.append(Row((method.name, *values), method.family, method.is_champion))
    named = [m.operating for m in data.methods if m.operating is not None]
    how = dict.fromkeys(r.method for o in named for r in o.class_recalls if r is not None)
    return Table(
        f"recall-{stem}",
        f"Recall of every class of {data.card.name}: the share of its test cases that are decided "
        "rightly, mean over runs.",
        (
            Column("method", "Method"),
            *(
                Column(f"recall_{k}", name, "score", "high", estimate=True)
                for k, name in enumerate(classes)
            ),
        ),
        tuple(rows),
        (
            f"With {interval} intervals ({', '.join(how)}). A class may rank well, as its AUC "
            "says, and never be decided for, where others are more frequent.",
        ),
    )


def pair_table(evidence: Evidence) -> Table:
    """The decisions of the best two models on the same cases, data set by data set."""
    rows = []
    for data in evidence.datasets:
        pair = data.decisions
        if pair is None:
            continue
        rows.append(
            Row(
                (
                    data.card.name,
                    pair.a,
                    pair.b,
                    pair.accuracy_a,
                    pair.accuracy_b,
                    pair.difference,
                    _number(pair.only_a),
                    _number(pair.only_b),
                    pair.test,
                    pair.p,
                    pair.ahead or "neither",
                    None if pair.ahead is None else pair.claim_false,
                )
            )
        )
    return Table(
        "decision-pairs",
        "Decisions of the best deep and the best classical model on the same test cases.",
        (
            Column("dataset", "Data set"),
            Column("deep", "Deep"),
            Column("classical", "Classical"),
            Column("accuracy_deep", "Accuracy, deep", "score"),
            Column("accuracy_classical", "Accuracy, classical", "score"),
            columns.DIFFERENCE,
            Column("only_deep", "Only deep right"),
            Column("only_classical", "Only classical right"),
            Column("test", "Test", wraps=True),
            columns.P,
            Column("ahead", "Higher accuracy"),
            Column("claim_false", "Probability of a false claim", "probability"),
        ),
        tuple(rows),
        (
            "Only … right: cases that one model decides rightly and the other does not, mean "
            "over all pairs of a run of each. p is the larger of McNemar's and the one at whose "
            "level the interval (Bonett and Price) ends at 0, and not adjusted for the number of "
            "data sets.",
            "Probability of a false claim: that the model with the higher accuracy here is not the "
            "more accurate one; of single runs without patients from the discordant cases alone "
            "with a uniform prior (Christodoulou et al. 2025), else half of p. Like p it looks at "
            "this one comparison and is not adjusted; it decides no verdict.",
        ),
    )


def _number(cases: float) -> str:
    """A mean of counts: whole where it is whole."""
    return f"{cases:.1f}".removesuffix(".0")


def _procedures(data: DatasetEvidence) -> str:
    """The procedures behind the intervals of the decisions, each with its measures, in brackets."""
    found: dict[str, dict[str, None]] = {}
    for method in data.methods:
        if method.operating is None:
            continue
        for measure in MEASURES:
            estimate = getattr(method.operating, measure)
            if estimate is not None and estimate.method:
                name = measure.replace("_", " ").replace("mcc", "MCC").replace("f1", "F1")
                found.setdefault(estimate.method, {})[name.replace("npv", "NPV")] = None
    told = (f"{procedure}: {', '.join(measures)}" for procedure, measures in found.items())
    return f" ({'; '.join(told)})" if found else ""
