"""Labels that are lacking: what to do about them, and the files in which they may lack."""

from bench.protocol.columns import classes_of_predict
from reports.external.csv_columns import Columns

LABEL = "Give every row the truth of its case, or leave out all rows of a case without a known one."
"""What to do about a row without a label."""


def labelled(table: Columns) -> int:
    """Leave out the cases without a label of a file that `predict` wrote; how many they are.

    Raises:
        DataError: if no case has a label, or one has it in some of its rows only.
    """
    if not classes_of_predict(table.columns) or all(table.columns["label"]):
        return 0
    cases, labels = table.text("case"), table.columns["label"]
    rows = [row for row, label in enumerate(labels) if label]
    if not rows:
        raise table.wrong(
            "no case has a label. Fill in the column 'label' where the truth is known."
        )
    known = {cases[row]: table.lines[row] for row in reversed(rows)}
    for row, label in enumerate(labels):
        if not label and cases[row] in known:
            raise table.wrong_row(
                f"case {cases[row]!r} has no label here and one in line {known[cases[row]]}. Fill "
                "it in in every row of the case.",
                row,
            )
    unlabelled = len(set(cases)) - len(known)
    table.keep(rows)
    return unlabelled
