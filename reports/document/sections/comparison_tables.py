"""The numbers behind the primary comparisons, data set by data set."""

from reports.document.tables import Column, Row, Table
from reports.evidence import Evidence


def detail_table(evidence: Evidence) -> Table:
    """How each difference and its error were computed, and what picking on test would have given.

    The differences themselves and their tests stand in the table of verdicts.
    """
    rows = []
    for data in evidence.datasets:
        c = data.comparison
        if c is None:
            continue
        rows.append(
            Row(
                (
                    data.card.name,
                    c.pair.test,
                    c.n_cases,
                    c.n_groups,
                    c.n_smallest,
                    c.pair.se,
                    c.pair.se_cases,
                    c.pair.se_seeds,
                    c.picked_on_test_deep,
                    c.picked_on_test_gain_deep,
                    c.picked_on_test_classical,
                    c.picked_on_test_gain_classical,
                    c.picked_on_test_difference,
                )
            )
        )
    return Table(
        "comparisons",
        "The primary comparisons in detail.",
        (
            Column("dataset", "Data set"),
            Column("test", "Test", wraps=True),
            Column("cases", "Cases", "count"),
            Column("patients", "Patients", "count"),
            Column("smallest_class", "Smallest class", "count"),
            Column("se", "SE", "error"),
            Column("se_cases", "SE of cases", "error"),
            Column("se_seeds", "SE of seeds", "error"),
            Column("deep_on_test", "Deep on test"),
            Column("deep_gain", "Gain", "signed"),
            Column("classical_on_test", "Classical on test"),
            Column("classical_gain", "Gain", "signed"),
            Column("difference_on_test", "ΔAUC", "signed"),
        ),
        tuple(rows),
        (
            "SE: standard error of ΔAUC, SE² is the sum of the squares of its two parts. On "
            "test: the champions that the test part would have chosen instead of validation, what "
            "each side would have gained by that, and ΔAUC between the two.",
        ),
    )


def control_table(evidence: Evidence) -> Table:
    """Whether the champions beat the best control."""
    rows = []
    for data in evidence.datasets:
        for check in () if data.comparison is None else data.comparison.controls:
            rows.append(
                Row(
                    (
                        data.card.name,
                        check.champion,
                        check.control,
                        check.difference,
                        check.p,
                        "yes" if check.passed else "no",
                    ),
                    check.side,
                )
            )
    return Table(
        "controls",
        "The champions against the best control.",
        (
            Column("dataset", "Data set"),
            Column("champion", "Champion"),
            Column("control", "Best control"),
            Column("difference", "ΔAUC", "signed", estimate=True),
            Column("p", "p", "p"),
            Column("passed", "Better"),
        ),
        tuple(rows),
        ("ΔAUC: champion − control; p is one-sided, that the champion is no better.",),
    )
