"""Section "Probabilities": whether they are what they say, and what acting on them is worth."""

from collections.abc import Mapping, Sequence

from reports.document.blocks import Block, Heading, Paragraph, TableBlock
from reports.document.figures.benefit import benefit
from reports.document.figures.decision_curve import decision_curve
from reports.document.figures.distribution import distribution
from reports.document.figures.reliability import drawable, reliability
from reports.document.parts.best_two_tables import benefit_table, brier_table
from reports.document.parts.method_tables import printed
from reports.document.plots import Figure
from reports.document.sections.answer import level
from reports.document.tables import Column, Row, Table, Value
from reports.evidence import DatasetEvidence, Evidence, Instability, MethodEvidence
from reports.formatting import score
from reports.verdicts.guards.lone_side import champions_of, with_reasons


def probabilities(evidence: Evidence, stems: Mapping[str, str]) -> list[Block]:
    """The section's blocks: one part per data set."""
    known = [d for d in evidence.datasets if any(m.probabilities for m in d.methods)]
    blocks: list[Block] = [Heading(1, "Probabilities", "probabilities")]
    if not known:
        return [*blocks, Paragraph((with_reasons("No probabilities are judged.", evidence),))]
    blocks.append(
        Paragraph(
            (
                "An AUC says how well cases are ranked, not whether a probability of 70 % means "
                "70 %. Everything is shown twice: as the methods gave it, and after one and the "
                "same recalibration of every run on its validation part (a logistic map with "
                "Platt's targets, for more than two classes temperature and bias), which leaves "
                "the order of the cases of two classes as it is. Figures show "
                f"{_drawn(known)}, the tables every method.",
            )
        )
    )
    for data in known:
        blocks += _dataset(data, stems[data.card.name], level(evidence))
    table = brier_table(evidence)
    if table.rows:
        blocks += [
            Heading(2, "Probabilities of the best two models compared", "briers", listed=False),
            TableBlock(table),
        ]
    return blocks


def _drawn(known: Sequence[DatasetEvidence]) -> str:
    """Which models the figures show; of what has no result nothing is said."""
    methods = [method for data in known for method in data.methods if method.probabilities]
    if not any(method.is_champion for method in methods):
        return "no method, since none could be chosen on validation"
    shown = f"{champions_of(methods)} (chosen on validation)"
    return f"{shown} and the best hybrid" if any(m.family == "hybrid" for m in methods) else shown


def _dataset(data: DatasetEvidence, stem: str, interval: str) -> list[Block]:
    name = data.card.name
    many = data.card.positive is None
    blocks: list[Block] = [
        Heading(2, name, f"probabilities-{stem}", listed=False),
        TableBlock(calibration_table(data, stem, interval)),
    ]
    if any(method.probabilities and method.probabilities.recalibrated for method in data.methods):
        blocks.append(TableBlock(calibration_table(data, stem, interval, recalibrated=True)))
    else:
        blocks.append(Paragraph(("Nothing is recalibrated: validation has no two classes.",)))
    steady = instability_in_words(data)
    if steady:
        blocks.append(Paragraph((steady,)))
    curves = reliability(f"reliability-{stem}", data)
    if curves is not None:
        what = (
            "the share of cases whose most probable class is right against its probability"
            if many
            else f"the share of {_positive(data)} against its predicted probability"
        )
        blocks.append(
            Figure(
                f"reliability-{stem}",
                f"Reliability on {name}: {what}. The line is a smooth curve without bins (loess) "
                f"with its {interval} band, the marks are bins of the same number of cases of all "
                f"runs with {interval} intervals. On the diagonal a probability is what it says; "
                "below it, it is too high.",
                _in_words(data),
                curves.svg,
                curves.panels,
            )
        )
    worth = decision_curve(f"net-benefit-{stem}", data)
    compared = _benefit(data, stem, interval)
    if worth is not None:
        blocks.append(
            Figure(
                f"net-benefit-{stem}",
                f"Decision curves on {name}: net benefit, which is true positives "
                "per case, less false positives weighted by the odds of the probability from which "
                "one would act. A method is worth using at the thresholds where it lies above both "
                "acting on every case and acting on none.",
                f"Net benefit against threshold probability on {name} of "
                f"{', '.join(style.name for style, *_ in drawable(data))}.",
                worth.svg,
                worth.panels,
                on_paper=not compared,  # there the difference of the two says what matters here
            )
        )
    blocks += compared
    spread = distribution(f"spread-{stem}", data)
    if spread is not None:
        blocks.append(
            Figure(
                f"spread-{stem}",
                f"Predicted probabilities on {name} as given. "
                + (
                    "A row for each class: the higher a bar, the more of its cases were given this "
                    "probability of their true class."
                    if many
                    else "Shares of the cases of each class; the less the two overlap, the better "
                    "they are told apart."
                ),
                f"Distribution of the predicted probabilities by true class on {name}.",
                spread,
                on_paper=False,  # what it shows of calibration stands in the reliability diagram
            )
        )
    return blocks


def instability_in_words(data: DatasetEvidence) -> str:
    """How much single cases depend on the training of the best two models; "" where unknown."""
    told = [
        f"{method.name} {score(found.mean)} ({found.trainings} {_trainings(found)})"
        for method in data.methods
        if method.is_champion and (found := method.instability) is not None
    ]
    if not told:
        return ""
    return (
        "Instability, the mean absolute difference of a case’s probability between two trainings: "
        f"{'; '.join(told)}."
    )


def _trainings(found: Instability) -> str:
    """In what they differ."""
    if found.resampled:
        return "trainings on samples of the training part"
    return "trainings that differ in their seed or their draw of the folds alone"


def _benefit(data: DatasetEvidence, stem: str, interval: str) -> list[Block]:
    """The net benefit of deep − classical; [] for more than two classes or without a side."""
    drawn, table = benefit(f"benefit-curve-{stem}", data), benefit_table(data, stem, interval)
    pair = data.probability_pair
    if drawn is None or table is None or pair is None:
        return []
    return [
        Figure(
            f"benefit-curve-{stem}",
            f"Decision curves compared on {data.card.name}: net benefit of {pair.a} less that of "
            f"{pair.b}, with its {interval} band (threshold by threshold), and below it the "
            "probability that acting on the deep model does more good than acting on the classical "
            "one. The table has the numbers.",
            f"Difference of the net benefit of {pair.a} and {pair.b} on {data.card.name} against "
            "the threshold probability, and the probability that it is above 0; the table that "
            "follows tells both.",
            drawn,
        ),
        TableBlock(table),
    ]


def calibration_table(
    data: DatasetEvidence, stem: str, interval: str, *, recalibrated: bool = False
) -> Table:
    """All methods as they are, or after the same recalibration."""
    rows = [
        Row(
            (method.name, *_numbers(method, recalibrated)),
            method.family,
            method.is_champion,
            printed(data, method),
        )
        for method in data.methods
    ]
    notes = [
        "Brier score: mean squared error of the probability, lower is better. Slope 1 and "
        "intercept 0 are perfect: a slope below 1 says that probabilities are too extreme, an "
        "intercept above 0 that they are too low. O:E: observed over expected cases, 1 is perfect. "
        "ICI, E50, E90: mean, median and 90th percentile of the distance between the smooth "
        "calibration curve and the diagonal, above 0 by chance alone. ECE: expected calibration "
        "error over 15 bins of equal size, debiased: less what chance alone would give.",
        f"Means over runs, with {interval} intervals (Brier: t; slope and intercept: Wald; O:E: on "
        "the log scale; ICI, E50 and E90, of the methods that are drawn: bootstrap). With folds "
        "those of one seed and draw are one run, on the cases of all of them.",
    ]
    if data.card.positive is None:
        notes.append(
            "The Brier score is summed over the classes; all else is of the most probable class, "
            "that is of whether it is right."
        )
    if not recalibrated:
        notes.append(
            "Instability: mean absolute difference of a case’s probability between two trainings "
            "(Riley and Collins 2023): on samples of the training part where there are some, "
            "else of methods with several seeds."
        )
    what = "after recalibration on validation" if recalibrated else "as the methods gave them"
    return Table(
        f"{'recalibrated' if recalibrated else 'calibration'}-{stem}",
        f"Probabilities on the test part of {data.card.name}, {what}.",
        (
            Column("method", "Method"),
            Column("brier", "Brier", "score", "low", estimate=True),
            Column("slope", "Slope", "score", estimate=True),
            Column("intercept", "Intercept", "signed", estimate=True),
            Column("observed_to_expected", "O:E", "score", estimate=True),
            Column("ici", "ICI", "score", "low", estimate=True, on_paper=False),
            Column("e50", "E50", "score", "low", estimate=True, on_paper=False),
            Column("e90", "E90", "score", "low", estimate=True, on_paper=False),
            Column("ece", "ECE", "score", "low", on_paper=False),
            *(() if recalibrated else (Column("instability", "Instability", "score", "low"),)),
        ),
        tuple(rows),
        tuple(notes),
        on_paper=not recalibrated,
    )


def _numbers(method: MethodEvidence, recalibrated: bool) -> tuple[Value, ...]:
    told = method.probabilities
    found = None if told is None else told.recalibrated if recalibrated else told.stored
    if found is None:
        return (None,) * (8 if recalibrated else 9)
    steady = () if recalibrated else (method.instability and method.instability.mean,)
    return (
        found.brier,
        found.slope,
        found.intercept,
        found.observed_to_expected,
        found.ici,
        found.e50,
        found.e90,
        found.calibration_error,
        *steady,
    )


def _positive(data: DatasetEvidence) -> str:
    positive = data.card.positive
    return "" if positive is None else f"“{data.card.class_names[positive]}”"


def _in_words(data: DatasetEvidence) -> str:
    parts = []
    for style, _, stored, mapped in drawable(data):
        text = f"{style.name} {score(stored.calibration_error)}"
        if mapped is not None:
            text += f", recalibrated {score(mapped.calibration_error)}"
        parts.append(text)
    return (
        f"Reliability diagrams on {data.card.name}; expected calibration error: "
        + "; ".join(parts)
        + "."
    )
