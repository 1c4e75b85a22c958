"""The verdict on one data set: deep against classical."""

from collections.abc import Sequence
from dataclasses import replace

from reports.evidence import SIDES, AuditItem, PrimaryComparison, Side, Verdict
from reports.evidence.pair import primary_symbol
from reports.formatting import count, plural, signed
from reports.verdicts.guards.rungs import HELD_BACK
from reports.verdicts.left_out import classes_in_words, without_in_words
from reports.verdicts.rules import Position, Ruling, Smallest, conclude, limits
from reports.verdicts.wording import Words, heading, sentence

_SIDES: dict[Position, Side] = {"a": SIDES[0], "b": SIDES[1]}


def decide(
    comparison: PrimaryComparison | None,
    obstacle: str,
    audit: Sequence[AuditItem],
    margin: float,
    one_class: str = "",
    *,
    adjusted: bool = True,
) -> Verdict:
    """The verdict on one data set.

    Args:
        comparison: the primary comparison with its corrected p values, or None.
        obstacle: why there is none, "" where there is one.
        audit: of the data set.
        margin: the study's.
        one_class: the class that methods were trained on alone, "" for all.
        adjusted: whether p values were adjusted for the other data sets.
    """
    if comparison is None:
        return Verdict("side-missing", None, "No verdict", obstacle, margin=margin)
    smallest = Smallest(comparison.n_smallest, comparison.smallest_class, comparison.unit)
    ruling = conclude(comparison.pair, smallest, audit)
    what = primary_symbol(comparison.pair.measure)
    each = comparison.n_cases / comparison.n_groups if comparison.n_groups else None
    words = Words(*SIDES, what, per_patient=each, adjusted=adjusted)
    verdict = as_verdict(ruling, words, smallest)
    if not verdict.is_verdict:
        return verdict
    classes = classes_in_words(
        comparison.classes,
        comparison.left_out,
        comparison.unit,
        folds=bool(comparison.folds_deep),
    )
    told = (
        f"{_subject(comparison, one_class)}: {verdict.sentence}"
        f"{classes}{_idle(comparison)}"
        f"{_weakened(comparison, audit)}{_held_back(verdict.winner, audit)}{_hidden(audit)}"
    )
    return replace(
        verdict, heading=f"{verdict.heading}{without_in_words(comparison.left_out)}", sentence=told
    )


def _subject(comparison: PrimaryComparison, one_class: str) -> str:
    """What was compared: the best of what was run, with these training images."""
    n, m = comparison.n_deep, comparison.n_classical
    if n == m == 1:
        who, chosen = "the one deep and the one classical model", ""
    else:
        who = f"{_models(n, 'deep')} and {_models(m, 'classical')}"
        chosen = ", the best of each side (chosen on validation)"
    alone = f", all of “{one_class}”" if one_class else ""
    return f"Of {who} that were run, {_trained(comparison)}{alone}{chosen}"


def _models(number: int, family: str) -> str:
    return f"the {count(number)} {family} models" if number > 1 else f"the one {family} model"


def _trained(comparison: PrimaryComparison) -> str:
    """For example "with these 546 training images"."""
    n = comparison.n_train
    if comparison.folds_deep:
        images = "the training images" if n is None else f"{count(round(n))} training images"
        return f"with {images} of each fold" if n is None else f"with {images} in each fold"
    if comparison.resamples:
        of = "" if n is None else f" of {plural(round(n), 'image')}"
        return f"with training sets like this one{of} ({_resampled(comparison)})"
    return (
        "with these training images"
        if n is None
        else (f"with these {count(round(n))} training images")
    )


def _resampled(comparison: PrimaryComparison) -> str:
    """How many trainings on samples of the training part there are, and what became of others."""
    n, lost = comparison.resamples, comparison.resamples_lost
    if not lost:
        return f"{count(n)} resampled trainings"
    return (
        f"{count(n)} of {count(n + lost)} resampled trainings; of the other {count(lost)} one "
        "side or both failed or have not run"
    )


def _idle(comparison: PrimaryComparison) -> str:
    """That no side is shown to have learnt anything."""
    if not comparison.idle:
        return ""
    return (
        " Neither side's best model is shown to be better than every control, so that it is not "
        "shown that anything was learnt."
    )


_HIDDEN = ("recall", "misses", "empties")


def _hidden(audit: Sequence[AuditItem]) -> str:
    """What the mean that is compared hides: classes and regions never found, empty images."""
    return "".join(
        f" {item.sentence}" for item in audit if item.key in _HIDDEN and item.colour == "amber"
    )


def _held_back(winner: Side | None, audit: Sequence[AuditItem]) -> str:
    """On which rung a side that was not shown to be better could have been stronger."""
    return "".join(
        f" {item.sentence}"
        for item in audit
        if item.colour == "amber" and item.key in HELD_BACK
        if winner is None or HELD_BACK[item.key] != winner
    )


def _weakened(comparison: PrimaryComparison, audit: Sequence[AuditItem]) -> str:
    """What weakens a verdict and is said with it, and not in the audit only."""
    amber = {item.key for item in audit if item.colour == "amber"}
    parts = []
    if "patients" in amber:
        parts.append(
            "patients are not known, so that the interval is probably too narrow"
            if comparison.n_groups is None
            else "patients are guesses that nobody has confirmed"
        )
    if "split" in amber:
        parts.append(
            "there are few folds, so that the training parts are small"
            if comparison.folds_deep
            else "there is one split, and another could give another answer"
        )
    if comparison.n_twins:
        has = "case has a near twin" if comparison.n_twins == 1 else "cases have a near twin"
        does = "does" if comparison.n_twins == 1 else "do"
        text = f"{count(comparison.n_twins)} test {has} in train or validation and {does} not count"
        parts.append(text)
    d = comparison.on_all
    if d is not None:
        low, high = limits(d)
        what = primary_symbol(comparison.pair.measure)
        parts.append(
            f"on all test cases {what} is {signed(d.value)} [{signed(low)}, {signed(high)}]"
        )
    if not parts:
        return ""
    told = "; ".join(parts)
    return f" {told[0].upper()}{told[1:]}."


def limits_in_short(
    comparison: PrimaryComparison | None, audit: Sequence[AuditItem], *, folds: bool
) -> str:
    """What weakens a claim on a data set as it does the verdict, one short sentence, or "".

    Args:
        comparison: the primary one, None without any.
        audit: of the data set.
        folds: whether there are folds.
    """
    amber = {item.key for item in audit if item.colour == "amber"}
    parts = []
    if "patients" in amber:
        known = comparison is not None and comparison.n_groups is not None
        parts.append("patients guessed" if known else "patients not known")
    if "split" in amber:
        parts.append("few folds" if folds else "a single split")
    if comparison is not None and comparison.n_twins:
        parts.append(f"{plural(comparison.n_twins, 'near twin')} left out of the test cases")
    return f" Limits: {', '.join(parts)}." if parts else ""


def as_verdict(ruling: Ruling, words: Words, smallest: Smallest) -> Verdict:
    """The verdict on deep (a) against classical (b)."""
    pair, decision = ruling.pair, ruling.decision
    low, high = limits(pair.difference)
    return Verdict(
        rule=ruling.rule,
        winner=None if ruling.winner is None else _SIDES[ruling.winner],
        heading=heading(ruling, words),
        sentence=sentence(ruling, words, smallest),
        margin=pair.margin,
        d=pair.difference.value,
        low=low,
        high=high,
        low_one_sided=pair.equivalence.low,
        high_one_sided=pair.equivalence.high,
        p=ruling.p,
        not_worse=tuple(_SIDES[position] for position in decision.not_worse),
        unadjusted=decision.unadjusted,
        minimum_detectable=pair.minimum_detectable,
        cases_for_difference=pair.cases_for_difference,
        cases_for_interval=pair.cases_for_interval,
    )
