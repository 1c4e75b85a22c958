"""A CSV file with a column `decision` → accuracies, sensitivities, specificities and their pairs.

A decision is a label. There is nothing to rank, so there is no AUC.
"""

import math
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.protocol.columns import classes_of_predict
from bench.protocol.errors import did_you_mean
from reports.evidence import Estimate
from reports.external.csv_columns import Columns
from reports.external.labels import LABEL
from reports.external.predicted import Predictions
from reports.external.predictions import REQUIRED, parsed
from reports.statistics.discordance import Discordance, discordance
from reports.statistics.intervals import proportion
from reports.statistics.multiplicity import holm
from reports.statistics.rate_intervals import rate_intervals

IntArray = NDArray[np.int64]

MEASURES = ("accuracy", "balanced accuracy", "sensitivity", "specificity")
"""What is compared; of more than two classes the first two."""


@dataclass(frozen=True)
class DecidedModel:
    """One model.

    Attributes:
        name: of the model.
        runs: how many.
        measures: measure → its value with its interval; a rate of a class without cases is left
            out.
    """

    name: str
    runs: int
    measures: dict[str, Estimate]


@dataclass(frozen=True)
class DecidedPair:
    """Two models on one measure.

    Attributes:
        a, b, measure: which.
        difference: of a − of b, with its interval.
        p: two-sided, of no difference; None for balanced accuracy, which has no test of McNemar's.
        p_holm: after Holm's correction over the pairs.
        test: the procedure.
        only_a, only_b: cases that only the one decides rightly, mean over runs.
    """

    a: str
    b: str
    measure: str
    difference: Estimate
    p: float | None
    p_holm: float | None
    test: str
    only_a: float
    only_b: float


@dataclass(frozen=True)
class DecidedEvidence:
    """A whole file of decisions.

    Attributes:
        file: its name.
        classes, positive: names of the classes; the one to be found, None for more than two.
        cases, patients: how many; patients None where they are not known.
        per_class: test cases of each class.
        models: in the order of the file.
        pairs: every pair on every measure; Holm's correction over the pairs of a measure.
        alpha: error rate of the tests.
    """

    file: str
    classes: tuple[str, ...]
    positive: str | None
    cases: int
    patients: int | None
    per_class: tuple[int, ...]
    models: tuple[DecidedModel, ...]
    pairs: tuple[DecidedPair, ...]
    alpha: float


def has_decisions(path: Path) -> bool:
    """Whether a file is one of decisions; raises as `Columns` does.

    One that `predict` wrote has probabilities of every class beside its decisions: these tell more.
    """
    table = Columns(path, REQUIRED)
    if "decision" not in table.columns or classes_of_predict(table.columns):
        return False
    return not set(table.text("label", LABEL)) <= set(table.columns)


def decided(path: Path, positive: str | None = None, alpha: float = 0.05) -> DecidedEvidence:
    """The evidence of a file of decisions.

    Args:
        path: CSV file with case, label, model and decision, and, if known, seed and group.
        positive: of two labels the one to be found.
        alpha: error rate of the tests.

    Raises:
        DataError: if the file cannot be used.
    """
    table = Columns(path, (*REQUIRED, "decision"))
    said = table.text("decision")
    if "score" in table.columns:
        raise table.wrong("there are columns 'score' and 'decision': compare one at a time.")
    labels = sorted(set(table.text("label", LABEL)))
    for row, value in enumerate(said):
        if value not in labels:
            hint = did_you_mean(value, labels)
            raise table.wrong_row(f"decision {value!r} is no label of any case. {hint}", row)
    del table.columns["decision"]
    for label in labels:
        if label in table.columns:
            raise table.wrong(f"a column is called like the label {label!r}. Leave it out.")
        table.columns[label] = ["1" if value == label else "0" for value in said]
    return _evidence(parsed(table, positive), path.name, alpha)


def _evidence(found: Predictions, name: str, alpha: float) -> DecidedEvidence:
    labels, units, k = found.test.labels, None, len(found.classes)
    if found.test.groups is not None:
        units = np.unique(found.test.groups, return_inverse=True)[1].astype(np.int64)
    choices = {model.name: model.test.argmax(axis=2).astype(np.int64) for model in found.models}
    pairs = [
        _Pair(a, b, choices[a] == labels, choices[b] == labels, 1 - alpha)
        for a, b in combinations(choices, 2)
    ]
    return DecidedEvidence(
        file=name,
        classes=found.classes,
        positive=None if found.positive is None else found.classes[found.positive],
        cases=len(labels),
        patients=None if units is None else int(units.max()) + 1,
        per_class=tuple(np.bincount(labels, minlength=k).tolist()),
        models=tuple(
            DecidedModel(
                model.name,
                len(model.seeds),
                _measures(found, choices[model.name], units, 1 - alpha),
            )
            for model in found.models
        ),
        pairs=_corrected(pairs, found, units),
        alpha=alpha,
    )


def _measures(
    found: Predictions, choice: IntArray, units: IntArray | None, level: float
) -> dict[str, Estimate]:
    labels = found.test.labels
    right = (choice == labels).mean(axis=0)
    whole = rate_intervals(labels, choice, len(found.classes), found.positive, units, level)
    every = np.ones(len(labels))
    counted = {"accuracy": every, **_classes(found)}
    rates = {
        name: Estimate(rate[0], rate[1], rate[2])
        for name, trials in counted.items()
        if (rate := proportion(right * trials, trials, units, level)) is not None
    }
    low, high = whole.low.balanced_accuracy, whole.high.balanced_accuracy
    rates["balanced accuracy"] = Estimate(whole.value.balanced_accuracy, low, high)
    return {name: rates[name] for name in MEASURES if name in rates}


def _classes(found: Predictions) -> dict[str, NDArray[np.float64]]:
    """The cases that a sensitivity and a specificity are of; none for more than two classes."""
    if found.positive is None:
        return {}
    positive = found.test.labels == found.positive
    return {"sensitivity": positive.astype(float), "specificity": (~positive).astype(float)}


class _Pair:
    """Two models' right decisions, `(s, n)` and `(t, n)`."""

    def __init__(
        self,
        a: str,
        b: str,
        right_a: NDArray[np.bool_],
        right_b: NDArray[np.bool_],
        level: float,
    ) -> None:
        self.a, self.b = a, b
        self._right_a, self._right_b, self._level = right_a, right_b, level

    def on(self, cases: NDArray[np.bool_], units: IntArray | None) -> Discordance:
        """The comparison on some of the cases."""
        own = None if units is None else np.unique(units[cases], return_inverse=True)[1]
        return discordance(self._right_a[:, cases], self._right_b[:, cases], own, self._level)


def _corrected(
    pairs: list[_Pair], found: Predictions, units: IntArray | None
) -> tuple[DecidedPair, ...]:
    labels = found.test.labels
    wanted = {"accuracy": np.ones(len(labels), bool)}
    wanted |= {name: trials > 0 for name, trials in _classes(found).items()}
    rows: list[DecidedPair] = []
    for measure, cases in wanted.items():
        tests = [pair.on(cases, units) for pair in pairs]
        adjusted = holm([test.p for test in tests])
        for pair, test, p_holm in zip(pairs, tests, adjusted, strict=True):
            d = Estimate(test.accuracy_a - test.accuracy_b, test.low, test.high)
            rows.append(
                DecidedPair(
                    pair.a, pair.b, measure, d, test.p, p_holm, test.test, test.only_a, test.only_b
                )
            )
    for pair in pairs:
        each = [pair.on(labels == k, units) for k in np.unique(labels)]
        rows.append(_balanced(pair, each, known=units is None or units.max() > 0))
    order = {name: place for place, name in enumerate(MEASURES)}
    names = [(pair.a, pair.b) for pair in pairs]
    return tuple(sorted(rows, key=lambda row: (names.index((row.a, row.b)), order[row.measure])))


def _balanced(pair: _Pair, each: list[Discordance], *, known: bool) -> DecidedPair:
    """The mean difference of the recalls, half widths squared and added (Zou & Donner 2008).

    Args:
        pair: the models.
        each: the comparison on every class.
        known: whether there are several patients, so that something is known of others.
    """
    gaps = [one.accuracy_a - one.accuracy_b for one in each]
    d, k = sum(gaps) / len(each), len(each)
    below = math.sqrt(sum((gap - one.low) ** 2 for gap, one in zip(gaps, each, strict=True))) / k
    above = math.sqrt(sum((one.high - gap) ** 2 for gap, one in zip(gaps, each, strict=True))) / k
    if not known:
        below = above = math.inf
    return DecidedPair(
        pair.a,
        pair.b,
        "balanced accuracy",
        Estimate(d, max(-1.0, d - below), min(1.0, d + above)),
        None,
        None,
        "the recalls' intervals combined (Zou and Donner)",
        sum(one.only_a for one in each),
        sum(one.only_b for one in each),
    )
