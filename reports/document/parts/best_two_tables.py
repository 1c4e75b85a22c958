"""The tables of the best deep and the best classical model beyond the AUC."""

from reports.document.parts import columns
from reports.document.tables import Column, Row, Table, Value
from reports.evidence import BenefitDifference, DatasetEvidence, Estimate, Evidence

TOLD_AT = (0.05, 0.1, 0.2, 0.3, 0.5, 0.7)
"""Threshold probabilities that the table of net benefits tells."""


def brier_table(evidence: Evidence) -> Table:
    """Whose probabilities are nearer the truth, data set by data set."""
    rows = []
    many = any(d.probability_pair and d.card.positive is None for d in evidence.datasets)
    for data in evidence.datasets:
        pair = data.probability_pair
        if pair is None:
            continue
        both = ("as given", pair.brier), ("recalibrated", pair.brier_recalibrated)
        for which, found in both:
            if found is not None:
                values = data.card.name, pair.a, pair.b, which, found.difference, found.p
                rows.append(Row(values))
    return Table(
        "brier-pairs",
        "Brier scores of the best deep and the best classical model on the same test cases.",
        (
            Column("dataset", "Data set"),
            Column("deep", "Deep"),
            Column("classical", "Classical"),
            Column("probabilities", "Probabilities"),
            columns.DIFFERENCE,
            columns.P,
        ),
        tuple(rows),
        (
            "Difference: Brier score of the classical model less that of the deep one, above 0 "
            "where the deep model's probabilities are nearer the truth; paired by case (patient), "
            "seeds included. The p are not adjusted for the number of data sets, and decide no "
            "verdict.",
            columns.BRIER_INTERVALS,
            *(("Of more than two classes the score is summed over them.",) if many else ()),
        ),
    )


def benefit_table(data: DatasetEvidence, stem: str, interval: str) -> Table | None:
    """Net benefit of deep − classical at some thresholds; None for more than two classes."""
    pair = data.probability_pair
    if pair is None or pair.benefit is None:
        return None
    rows = []
    for threshold in TOLD_AT:
        given = _benefit(pair.benefit, threshold)
        rows.append(Row((threshold, *given, *_benefit(pair.benefit_recalibrated, threshold))))
    return Table(
        f"benefit-{stem}",
        f"Net benefit on {data.card.name}: {pair.a} less {pair.b}, by the probability at which one "
        "would act.",
        (
            Column("threshold", "Threshold probability", "score"),
            columns.DIFFERENCE,
            Column("probability", "Probability of benefit", "probability"),
            Column("difference_recalibrated", "Difference, recalibrated", "signed", estimate=True),
            Column(
                "probability_recalibrated", "Probability of benefit, recalibrated", "probability"
            ),
        ),
        tuple(rows),
        (
            "Difference: in true positives per case, false positives weighted by the odds of the "
            f"threshold, with {interval} intervals threshold by threshold (Bayesian bootstrap; "
            "images of one patient, where patients are known, are kept together). "
            "Probability of benefit: that acting on the deep model does more good than acting "
            "on the classical one at this threshold. Nothing here is a test, "
            "and no threshold was chosen by it.",
        ),
        on_paper=False,  # the figure says the same
    )


def few_false_alarms_table(evidence: Evidence) -> Table:
    """The best two models where few false alarms are allowed."""
    rows = []
    for data in evidence.datasets:
        pair = data.few_false_alarms
        if pair is None:
            continue
        head = data.card.name, pair.a, pair.b
        if (area := pair.partial) is not None:
            what = f"partial AUC, specificity from {area.specificity:g}"
            values = area.a, area.b, area.difference, area.p, None, None, area.difference.method
            rows.append(Row((*head, what, *values)))
        for own in pair.fixed:
            rows.append(
                Row(
                    (
                        *head,
                        f"sensitivity, specificity {own.aimed_at:g} on validation",
                        own.sensitivity_a,
                        own.sensitivity_b,
                        own.difference,
                        own.p,
                        own.specificity_a,
                        own.specificity_b,
                        own.test,
                    )
                )
            )
    return Table(
        "few-false-alarms",
        "The best deep and the best classical model where few false alarms are allowed.",
        (
            Column("dataset", "Data set"),
            Column("deep", "Deep"),
            Column("classical", "Classical"),
            Column("measure", "Measure", wraps=True),
            Column("value_deep", "Value, deep", "score"),
            Column("value_classical", "Value, classical", "score"),
            columns.DIFFERENCE,
            columns.P,
            Column("specificity_deep", "Specificity reached, deep", "score"),
            Column("specificity_classical", "Specificity reached, classical", "score"),
            Column("test", "Test", wraps=True),
        ),
        tuple(rows),
        (
            "Partial AUC: the area where the specificity is at least that given, at most 1 less "
            "it. Sensitivity: on test, at the threshold of every run that reaches the specificity "
            "on its validation part; where the specificities reached on test differ, the "
            "sensitivities are not of the same number of false alarms; p is the larger of "
            "McNemar's and the one at whose level the interval (Bonett and Price) ends at 0. Two "
            "classes only. The p are not adjusted for the number of data sets and measures, and "
            "decide no verdict.",
        ),
    )


def _benefit(found: BenefitDifference | None, threshold: float) -> tuple[Value, ...]:
    """Difference and probability of benefit at one of the thresholds."""
    if found is None:
        return None, None
    at = min(range(len(found.thresholds)), key=lambda i: abs(found.thresholds[i] - threshold))
    return Estimate(found.difference[at], found.low[at], found.high[at]), found.probability[at]
