"""The table of verdicts: the primary comparison of every data set, and their mean."""

from collections.abc import Sequence

from reports.document.parts import columns
from reports.document.tables import Column, Row, Table
from reports.evidence import SIDES, DatasetEvidence, Estimate, Evidence, HypothesisTest, Side
from reports.evidence.pair import DICE, primary_symbol
from reports.formatting import plural


def verdict_table(evidence: Evidence) -> Table:
    """The primary comparison of every data set, with every number of its verdict's sentence."""
    rows = []
    segmentation = evidence.entry.study.task == "segmentation"
    what = primary_symbol(DICE if segmentation else "auc")
    key, value = ("dice", "Mean Dice") if segmentation else ("auc", "AUC")
    margin = f"{evidence.entry.study.margin:g}"
    one_sided = f"{100 * (1 - 2 * evidence.entry.study.alpha):g} %"
    for data in evidence.datasets:
        c = data.comparison
        v = data.verdict
        rows.append(
            Row(
                (
                    data.card.name,
                    v.heading,
                    None if c is None else c.pair.difference,
                    None if c is None else _one_sided(c.pair.difference, c.pair.equivalence),
                    None if c is None else c.pair.superiority.p,
                    *_adjusted(data),
                    None if c is None else c.pair.non_inferiority_a.p,
                    None if c is None else c.pair.non_inferiority_b.p,
                    data.champion_deep if c is None else c.stands_for_deep,
                    value_of(data, "deep"),
                    data.champion_classical if c is None else c.stands_for_classical,
                    value_of(data, "classical"),
                    v.minimum_detectable,
                    v.cases_for_difference,
                    v.cases_for_interval,
                )
            )
        )
    mean = evidence.overall.mean
    if mean is not None and len(mean.datasets) > 1:
        values = (
            "mean (real images)",
            evidence.overall.heading,
            mean.effect,
            _one_sided(mean.effect, mean.equivalence),
            mean.superiority.p,
            None,
            mean.equivalence.p,
            mean.margin_superiority.p,
            mean.non_inferiority_a.p,
            mean.non_inferiority_b.p,
            *(None for _ in range(4)),
            mean.minimum_detectable,
            None,
            None,
        )
        rows.append(Row(values, emphasis=True))
    return Table(
        "verdicts-table",
        "The primary comparison of every data set.",
        (
            Column("dataset", "Data set"),
            Column("verdict", "Verdict", wraps=True),
            columns.named(columns.DELTA_AUC, what),
            Column("d_one_sided", f"{what}, {one_sided}", "signed", estimate=True),
            columns.P,
            columns.adjusted(columns.P),
            columns.adjusted(columns.TOST),
            columns.adjusted(columns.SUPERIORITY_BY_MARGIN),
            columns.of(columns.NON_INFERIORITY, "deep"),
            columns.of(columns.NON_INFERIORITY, "classical"),
            Column("deep", "Best deep model"),
            Column(f"{key}_deep", f"{value}, deep", "score", estimate=True),
            Column("classical", "Best classical model"),
            Column(f"{key}_classical", f"{value}, classical", "score", estimate=True),
            columns.named(columns.MINIMUM_DETECTABLE, what),
            columns.CASES_FOR_DIFFERENCE,
            columns.CASES_FOR_INTERVAL,
        ),
        tuple(rows),
        (
            f"{what} is the best deep − the best classical model, each chosen on validation. Each "
            f"p is small where its test shows something: the two-sided one that there is a "
            "difference, the TOST (two one-sided tests of equivalence) that the difference lies "
            f"within the margin ±δ = {margin}, the superiority-by-margin test that it lies beyond, "
            "the non-inferiority test (one-sided, not adjusted) that this side is not worse by δ. "
            "Holm-adjusted: for the number of data sets with a verdict. The second interval, of "
            f"level {one_sided}, is the one that belongs to TOST and to non-inferiority.",
            f"Minimum detectable {what}: the smallest true |{what}| that this comparison would "
            "find in 80 % of repetitions. Cases for a difference of δ: about how many test cases "
            "like these find a difference of the margin in 80 % of repetitions; cases for an "
            "interval of ±δ: about how many give one as narrow as that. Where patients are known, "
            "that is a number of images, with as many of each patient as here; the verdict says "
            "how many patients that is, of whom there have to be more. Neither rests on the "
            "difference that was seen, nor on which side was better."
            f" {columns.NO_CASES}",
            *alone_notes(evidence.datasets, value),
            *_mean_notes(evidence),
        ),
    )


def alone_notes(datasets: Sequence[DatasetEvidence], value: str) -> list[str]:
    """Of what the values of models are that are compared with none, if there are any.

    Args:
        datasets: of the table.
        value: name of the metric.
    """
    apart = [data for data in datasets if data.comparison is None]
    if not any(value_of(data, side) is not None for data in apart for side in SIDES):
        return []
    return [f"Without a comparison the {value} of a best model is that on all test cases."]


def value_of(data: DatasetEvidence, side: Side) -> Estimate | None:
    """The primary metric of the best model of a side: that of the comparison, where there is one.

    Else that of the table of all methods, on all test cases; None where the side has no result.
    """
    c = data.comparison
    if c is not None:
        return c.pair.value_a if side == "deep" else c.pair.value_b
    name = data.champion_deep if side == "deep" else data.champion_classical
    if name is None:
        return None
    if data.segmentation is None:
        return data.method(name).auc
    means = {method.name: method.dice.mean for method in data.segmentation.methods}
    return means.get(name)


def _adjusted(data: DatasetEvidence) -> tuple[float | None, float | None, float | None]:
    """The adjusted p values; none without a verdict, since that plays no part in Holm's family."""
    if data.comparison is None or not data.verdict.is_verdict:
        return None, None, None
    pair = data.comparison.pair
    return pair.superiority.p_holm, pair.equivalence.p_holm, pair.margin_superiority.p_holm


def _one_sided(difference: Estimate, test: HypothesisTest) -> Estimate:
    """A difference with the interval that belongs to equivalence and to one-sided tests."""
    return Estimate(difference.value, test.low, test.high)


def _mean_notes(evidence: Evidence) -> list[str]:
    mean = evidence.overall.mean
    if mean is None or len(mean.datasets) < 2:
        return []
    return [
        f"Mean: {mean.method}, over {plural(len(mean.datasets), 'data set')} with a verdict. The p "
        "of this row are not adjusted."
    ]
