"""Columns that several tables have: a test is called alike wherever it stands.

A column is named after its test, never after the null hypothesis of that test, which would read as
if it had been found.
"""

from dataclasses import replace

from reports.document.tables import Column

P = Column("p", "Two-sided p", "p")
TOST = Column("p_tost", "TOST p", "p")
SUPERIORITY_BY_MARGIN = Column("p_superiority_by_margin", "Superiority-by-margin p", "p")
NON_INFERIORITY = Column("p_noninferiority", "Non-inferiority p", "p")

MINIMUM_DETECTABLE = Column("minimum_detectable", "Minimum detectable ΔAUC (80 % power)", "score")
CASES_FOR_DIFFERENCE = Column("cases_for_difference", "Cases for a difference of δ", "count")
CASES_FOR_INTERVAL = Column("cases_for_interval", "Cases for an interval of ±δ", "count")
NO_CASES = (
    "No number of cases: with folds; for a metric that is not planned with; where both models "
    "answer all cases alike, both are perfect or one is always wrong, of which it is not worked "
    "out, although the interval, that of the least error of so many cases, narrows with more; and "
    "where no value is better by so much, or even 10,000 times as many cases would not do."
)
"""What a note says of empty cells of the two."""

BRIER_INTERVALS = (
    "The same difference of Brier scores may have another interval and p elsewhere in the report: "
    "under Probabilities they are of a paired t test over all test cases (patients); of a claim, "
    "which is decided by them, they are on the cases that decide, of the wider of a t interval "
    "with the degrees of freedom of the smallest class and a bootstrap, as of every other metric; "
    "in the sensitivity analysis they are of that t interval alone."
)
"""Why the intervals of a difference of Brier scores are not the same in all tables of a report."""

DELTA_AUC = Column("difference", "ΔAUC", "signed", estimate=True)
DIFFERENCE = Column("difference", "Difference", "signed", estimate=True)


def of(column: Column, which: str) -> Column:
    """The same of one side or of one kind.

    >>> of(NON_INFERIORITY, "deep").key, of(NON_INFERIORITY, "deep").label
    ('p_noninferiority_deep', 'Non-inferiority p, deep')
    """
    return replace(column, key=f"{column.key}_{which}", label=f"{column.label}, {which}")


def named(column: Column, difference: str) -> Column:
    """The same of another difference than that of AUCs.

    >>> named(DELTA_AUC, "ΔDice").label
    'ΔDice'
    """
    return replace(column, label=column.label.replace("ΔAUC", difference))


def adjusted(column: Column) -> Column:
    """The same with Holm's adjustment.

    >>> adjusted(TOST).key, adjusted(TOST).label
    ('p_tost_holm', 'TOST p (Holm-adjusted)')
    """
    return replace(column, key=f"{column.key}_holm", label=f"{column.label} (Holm-adjusted)")
