"""The numbers behind the primary comparisons, data set by data set."""

from reports.document.tables import Column, Row, Table
from reports.evidence import Evidence
from reports.statistics.contrast import TOO_FEW


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
            Column("se_cases", "SE from cases", "error"),
            Column("se_seeds", "SE from seeds", "error"),
            Column("deep_on_test", "Best deep on test"),
            Column("deep_gain", "Gain, deep", "signed"),
            Column("classical_on_test", "Best classical on test"),
            Column("classical_gain", "Gain, classical", "signed"),
            Column("difference_on_test", "ΔAUC if chosen on test", "signed"),
        ),
        tuple(rows),
        (
            "Test: p, SE and interval are those of the procedure that is named. The least error of "
            "so many cases is that of two further cases of each class, one that only the one model "
            "ranks rightly and one that only the other does (Bonett and Price 2012); it stands in "
            "the place of the cases' own error where that is smaller. Zou and Donner's interval "
            "(2008) follows from those of the two AUCs; where a limit of it lies further away than "
            "that of the SE, it is the limit, and p turns where the interval ends.",
            "Smallest class: its test cases, where patients are known the patients who have one. "
            "SE: standard error of ΔAUC, SE² is the sum of the squares of its two parts; that from "
            "seeds is that from training sets, too, where the test names resampled trainings. Best "
            "on test: the models that a choice on the test part would have given instead of those "
            "chosen on validation, what each side would have gained by it, and ΔAUC between the "
            "two.",
        ),
    )


def control_table(evidence: Evidence) -> Table:
    """Whether the best model of each side beats every control."""
    one_sided = f"{100 * (1 - 2 * evidence.entry.study.alpha):g} %"
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
                        "not tested" if check.p is None else "yes" if check.passed else "no",
                    ),
                    check.side,
                )
            )
    return Table(
        "controls",
        "The best deep and the best classical model (chosen on validation) against the control "
        "that each beats least clearly, or is not shown to beat.",
        (
            Column("dataset", "Data set"),
            Column("model", "Model"),
            Column("control", "Control"),
            Column("difference_one_sided", f"ΔAUC, {one_sided}", "signed", estimate=True),
            Column("p", "Superiority p (one-sided)", "p"),
            Column("passed", "Better"),
        ),
        tuple(rows),
        (
            f"ΔAUC: model − control, with its {one_sided} interval, which is that of the one-sided "
            "test: p is small where the model is better. Fewer than "
            f"{TOO_FEW} test cases (patients) of a class support no test. Each control of the run "
            "is tested; a model is better where it is better than every one, so that no adjustment "
            "is needed.",
        ),
    )
