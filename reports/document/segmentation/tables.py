"""Tables of label maps on one data set."""

from reports.document.segmentation.names import CONVENTIONS, how_measured, kind, named
from reports.document.tables import Column, Row, Table
from reports.evidence import DatasetEvidence
from reports.evidence.segmentation import Segmentation
from reports.formatting import plural, score
from reports.statistics.segmentation.measures import LOWER_IS_BETTER, REGION_MEASURES
from reports.verdicts.guards.lone_side import champions_of


def dice_table(data: DatasetEvidence, found: Segmentation, stem: str, interval: str) -> Table:
    """All methods at a glance: Dice with its interval and quartiles, misses, means of the rest."""
    empty = any(method.false_alarms is not None for method in found.methods)
    twice = any(method.both_empty > 0 for method in found.methods)
    rows = [
        Row(
            (
                method.name,
                method.family,
                method.dice.mean,
                method.seed_sd,
                *((method.present, method.both_empty) if twice else ()),
                method.dice.q25,
                method.dice.median,
                method.dice.q75,
                method.misses,
                *((method.false_alarms,) if empty else ()),
                *(one.mean.value for one in method.measures[1:]),
                method.validation,
            ),
            family=method.family,
            emphasis=method.is_champion,
        )
        for method in found.methods
    ]
    notes = [
        f"Bold: {champions_of(found.methods)} (chosen on validation), and the best value of each "
        "column, controls aside.",
        f"Mean Dice with {interval} intervals; SD: standard deviation of the mean Dice over seeds. "
        "Of a case the Dice is the mean over seeds. Total misses: share of the test cases with "
        "something to find in which nothing of it was found (Dice 0).",
        how_measured(found),
        CONVENTIONS,
    ]
    if empty:
        notes.append(
            f"False alarms: share of the {plural(found.empty, 'test case')} with nothing to find "
            "in which something was found."
        )
    if twice:
        what = "pairs of a test case and a class" if len(found.classes) > 1 else "test cases"
        notes.append(
            "Of what is there: mean Dice over the test cases with something to find. Both empty: "
            f"share of the {what} in which neither truth nor prediction has anything, each of "
            "which counts as 1 in the mean Dice."
        )
    notes += [
        f"The {one.family} side of the verdict is the best method of each fold, {one.name}: mean "
        f"Dice {score(one.dice.mean.value)}, on these test cases."
        for one in found.sides
        if found.method(one.name) is None
    ]
    c = data.comparison
    if c is not None and c.on_all is not None:
        notes.append(f"All test images count here; the verdict is on the {c.n_cases} that decide.")
    return Table(
        f"dice-{stem}",
        f"All methods on {data.card.name}, over its test cases.",
        (
            Column("method", "Method"),
            Column("family", "Family", on_paper=False),
            Column("dice", "Mean Dice", "score", better="high", estimate=True),
            Column("dice_sd", "SD over seeds", "error"),
            *(
                (
                    Column("dice_present", "Of what is there", "score", "high", estimate=True),
                    Column("both_empty", "Both empty", "percent"),
                )
                if twice
                else ()
            ),
            Column("dice_q25", "Lower quartile", "score"),
            Column("dice_median", "Median", "score", better="high"),
            Column("dice_q75", "Upper quartile", "score"),
            Column("misses", "Total misses", "percent", better="low"),
            *((Column("false_alarms", "False alarms", "percent", better="low"),) if empty else ()),
            *(
                Column(
                    measure,
                    named(measure, found),
                    kind(measure),
                    better="low" if measure in LOWER_IS_BETTER else "high",
                )
                for measure in REGION_MEASURES[1:]
            ),
            Column("validation", "Validation Dice", "score", on_paper=False),
        ),
        tuple(rows),
        tuple(notes),
    )


def condition_tables(
    data: DatasetEvidence, found: Segmentation, stem: str, interval: str
) -> list[Table]:
    """Mean Dice of every method by share of the training part and by image size."""
    by_share = [one for one in found.conditions if one.size is None]
    by_side = [one for one in found.conditions if one.size is not None]
    tables = []
    for name, what, own, key, title in (
        ("learning", "share of the training part", by_share, "fraction", _share),
        ("resolution", "side of the images", by_side, "size", "{} px".format),
    ):
        values = sorted({getattr(one, key) for one in own})
        if not values:
            continue
        dice = {(one.method, getattr(one, key)): one.dice for one in own}
        tables.append(
            Table(
                f"{name}-{stem}",
                f"Mean Dice of all methods on {data.card.name} by {what}, with {interval} "
                "intervals, over its test cases.",
                (
                    Column("method", "Method"),
                    *(
                        Column(f"dice_{v:g}", title(v), "score", "high", estimate=True)
                        for v in values
                    ),
                ),
                tuple(
                    Row(
                        (m.name, *(dice.get((m.name, v)) for v in values)),
                        family=m.family,
                        emphasis=m.is_champion,
                    )
                    for m in found.methods
                ),
            )
        )
    return tables


def _share(fraction: float) -> str:
    return f"{100 * fraction:g} %"


def measure_table(data: DatasetEvidence, found: Segmentation, stem: str, interval: str) -> Table:
    """Every measure of every method: mean with its interval, median, quartiles, misses.

    Rows of one unit have one column of numbers each, so that distances stand among the others with
    their unit in the name.
    """
    rows = []
    for method in found.methods:
        for one in method.measures:
            rows.append(
                Row(
                    (
                        method.name,
                        named(one.measure, found),
                        one.mean,
                        one.q25,
                        one.median,
                        one.q75,
                        method.misses,
                    ),
                    family=method.family,
                    emphasis=method.is_champion,
                    on_paper=method.is_champion,
                )
            )
    return Table(
        f"measures-{stem}",
        f"Every measure of every method on {data.card.name}.",
        (
            Column("method", "Method"),
            Column("measure", "Measure"),
            Column("mean", "Mean", "distance", estimate=True),
            Column("q25", "Lower quartile", "distance"),
            Column("median", "Median", "distance"),
            Column("q75", "Upper quartile", "distance"),
            Column("misses", "Total misses", "percent"),
        ),
        tuple(rows),
        (f"Over the test cases; means with {interval} intervals. {CONVENTIONS}",),
    )


def class_table(data: DatasetEvidence, found: Segmentation, stem: str, interval: str) -> Table:
    """A row for each method and class of pixels."""
    rows = []
    for method in found.methods:
        for own in method.per_class:
            rows.append(
                Row(
                    (
                        method.name,
                        own.name,
                        own.present,
                        own.measures[0].mean,
                        own.measures[0].median,
                        own.misses,
                        *(one.mean.value for one in own.measures[1:]),
                    ),
                    family=method.family,
                    emphasis=method.is_champion,
                    on_paper=method.is_champion,
                )
            )
    return Table(
        f"pixel-classes-{stem}",
        f"Every class of pixels of {data.card.name}.",
        (
            Column("method", "Method"),
            Column("class", "Class"),
            Column("present", "Test cases with it", "count"),
            Column("dice", "Mean Dice", "score", estimate=True),
            Column("median", "Median Dice", "score"),
            Column("misses", "Total misses", "percent"),
            *(Column(m, named(m, found), kind(m)) for m in REGION_MEASURES[1:]),
        ),
        tuple(rows),
        (
            f"Means over all test cases, with {interval} intervals of Dice; a case without the "
            "class counts as 1 where nothing of it was found, else as 0. Total misses: of the "
            "cases that have it.",
        ),
    )


def difference_table(data: DatasetEvidence, found: Segmentation, stem: str, interval: str) -> Table:
    """The best two by every measure."""
    c = data.comparison
    names = "" if c is None else f", {c.stands_for_deep} and {c.stands_for_classical}"
    rows = [
        Row((named(one.measure, found), one.deep, one.classical, one.difference, one.p))
        for one in found.differences
    ]
    return Table(
        f"differences-{stem}",
        f"The best two models on {data.card.name}{names}, by every measure.",
        (
            Column("measure", "Measure"),
            Column("deep", "Deep", "distance"),
            Column("classical", "Classical", "distance"),
            Column("difference", "Deep better by", "distance", estimate=True),
            Column("p", "Two-sided p", "p"),
        ),
        tuple(rows),
        (
            "A secondary look, not adjusted for several measures: the verdict is on Dice. Deep "
            "better by: difference of the means with its "
            f"{interval} interval, above 0 where deep is better, whether more or less is better.",
        ),
    )


def size_table(data: DatasetEvidence, found: Segmentation, stem: str, interval: str) -> Table:
    """The best two on small, middle and large regions."""
    rows = tuple(
        Row((one.low, one.high, one.cases, one.deep, one.classical, one.difference))
        for one in found.sizes
    )
    return Table(
        f"region-sizes-{stem}",
        f"The best two models on {data.card.name} by the size of what is to be found.",
        (
            Column("from", "From", "percent"),
            Column("to", "To", "percent"),
            Column("cases", "Cases", "count"),
            Column("deep", "Deep, mean Dice", "score"),
            Column("classical", "Classical, mean Dice", "score"),
            Column("difference", "ΔDice", "signed", estimate=True),
        ),
        rows,
        (
            "From and to: share of the image that is to be found. A secondary look with "
            f"{interval} intervals, not adjusted for several groups.",
        ),
    )


def site_table(data: DatasetEvidence, found: Segmentation, stem: str, interval: str) -> Table:
    """The best two at each site, in each subgroup, and on further test parts."""
    columns = dict.fromkeys(one.column for one in found.sites)
    by = ["further test part" if name == "external" else name for name in columns]
    rows = tuple(
        Row(
            (
                "further test part" if one.column == "external" else one.column,
                one.value,
                one.cases,
                one.groups,
                one.deep,
                one.classical,
                one.difference,
            )
        )
        for one in found.sites
    )
    return Table(
        f"sites-{stem}",
        f"The best two models on {data.card.name} by {', '.join(by)}.",
        (
            Column("column", "By"),
            Column("value", "Value"),
            Column("cases", "Cases", "count"),
            Column("patients", "Patients", "count"),
            Column("deep", "Deep, mean Dice", "score", estimate=True),
            Column("classical", "Classical, mean Dice", "score", estimate=True),
            Column("difference", "ΔDice", "signed", estimate=True),
        ),
        rows,
        (f"A secondary look with {interval} intervals, not adjusted for several rows.",),
    )
