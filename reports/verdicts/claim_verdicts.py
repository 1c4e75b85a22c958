"""The verdict on a claim about a measure: on each data set, and over all of them."""

from collections.abc import Sequence
from typing import Literal

from bench.protocol.study import Direction, Study
from reports.analysis.measures.by_measure import measure_pair
from reports.analysis.measures.measures import symbol
from reports.analysis.methods.tuning import tuned_unlike
from reports.analysis.pairs.dataset_comparison import Contest
from reports.analysis.pairs.tests import corrected
from reports.evidence import (
    ClaimEvidence,
    ClaimOnDataset,
    DatasetEvidence,
    Outcome,
    PairTest,
    Pooled,
)
from reports.formatting import p_clause, plural, signed
from reports.verdicts.claims import Question
from reports.verdicts.guards.budget import other_budget
from reports.verdicts.overall import BEYOND, pool
from reports.verdicts.rules import TOO_FEW, Ruling, Smallest, limits, ruled

HEADINGS: dict[Outcome, str] = {
    "supported": "Supported",
    "refuted": "Refuted",
    "mixed": "Mixed",
    "not-substantiated": "Not substantiated",
    "not-tested": "Not tested",
}

_OF_ONE_SIDE = frozenset({"cases", "failures"})
"""Guards about the primary comparison, which say nothing of other methods."""

Judged = tuple[ClaimOnDataset, ...]


def judged(
    question: Question,
    contests: Sequence[Contest],
    datasets: Sequence[DatasetEvidence],
    study: Study,
) -> ClaimEvidence:
    """A claim with its verdicts; Holm's corrections run over its data sets.

    Where several pairs must bear a claim out, the one that does so least stands for it: the p
    value of an intersection-union test is the largest of its parts (Berger 1982).

    Args:
        question: the claim.
        contests, datasets: of every data set, in the same order.
        study: margin, alpha.
    """
    asked = [
        (contest, found)
        for contest, found in zip(contests, datasets, strict=True)
        if not question.datasets or found.card.name in question.datasets
    ]
    pairs: list[PairTest | str] = [_pair(question, contest, found) for contest, found in asked]
    adjusted = iter(corrected([pair for pair in pairs if isinstance(pair, PairTest)]))
    each = []
    for (contest, found), pair in zip(asked, pairs, strict=True):
        name, generated = found.card.name, found.generated
        if isinstance(pair, str):
            each.append(ClaimOnDataset(name, generated, "not-tested", HEADINGS["not-tested"], pair))
            continue
        pair = next(adjusted)
        outcome = outcome_of(pair, question.direction)
        patients = contest.data.size.groups is not None
        ruling = ruled(pair, pair.a, pair.b, patients=patients, symbol=symbol(question.measure))
        heading = f"{HEADINGS[outcome]}: {_lowered(ruling)}"
        sentence = f"{pair.a} against {pair.b}: {ruling.sentence}"
        if question.direction == "non-inferiority":
            sentence += f" Non-inferiority: {p_clause(pair.p_a_not_worse_holm, 'Holm p')}."
        each.append(ClaimOnDataset(name, generated, outcome, heading, sentence, pair))
    return _overall(question, tuple(each), study)


def _pair(question: Question, contest: Contest, found: DatasetEvidence) -> PairTest | str:
    """What stands for the claim on a data set, or why there is nothing."""
    passed_over = _OF_ONE_SIDE
    if not other_budget(contest.data.runs, contest.study.budget):
        passed_over |= {"budget"}  # then it is about how the champions were tuned; pairs see below
    red = [i for i in found.audit if i.colour == "red" and i.key not in passed_over]
    if red:
        return f"The protocol was violated: {' '.join(item.sentence for item in red)}"
    try:
        names = question.pairs(contest)
    except LookupError as reason:
        return str(reason.args[0])
    if contest.paired is None:
        return "The test part has cases of one class only, so that no AUC is defined."
    if contest.data.size.smallest < TOO_FEW:
        size = contest.data.size
        smallest = Smallest(size.smallest, size.smallest_class, size.groups is not None)
        return f"{smallest} cannot support a comparison (at least {TOO_FEW} are needed)."
    apart = [f"{a.name} and {b.name}" for a, b in names if not contest.comparable(a.name, b.name)]
    if apart:
        return f"{apart[0]} have fewer than two folds in common."
    methods = {method.name: method for method in found.methods}
    unlike = [tuned_unlike(methods[a.name], methods[b.name]) for a, b in names]
    if any(unlike):
        return f"The two were not tuned alike: {next(filter(None, unlike))}"
    if question.measure == "auc":
        pairs = [contest.pair(a, b, question.margin) for a, b in names]
    else:
        measure, margin = question.measure, question.margin
        pairs = [measure_pair(contest, measure, a, b, margin) for a, b in names]
    return max(pairs, key=_doubt)


def _doubt(pair: PairTest) -> float:
    """One-sided p of d ≤ 0, for choosing between pairs."""
    return pair.p / 2 if pair.difference.value > 0 else 1 - pair.p / 2


def outcome_of(pair: PairTest, direction: Direction) -> Outcome:
    """What a pair with its corrected p values says of a claim."""
    low, high = limits(pair.difference)
    if direction == "superiority":
        if pair.p_holm < pair.alpha:
            return "supported" if pair.difference.value > 0 else "refuted"
        return "refuted" if pair.p_equivalence_holm < pair.alpha else "not-substantiated"
    if direction == "non-inferiority":
        if pair.p_a_not_worse_holm < pair.alpha:
            return "supported"
        beyond = high < -pair.margin and pair.p_margin_holm < pair.alpha
        return "refuted" if beyond else "not-substantiated"
    if pair.p_equivalence_holm < pair.alpha:
        return "supported"
    beyond = (low > pair.margin or high < -pair.margin) and pair.p_margin_holm < pair.alpha
    return "refuted" if beyond else "not-substantiated"


def _overall(question: Question, each: Judged, study: Study) -> ClaimEvidence:
    counted = counted_data_sets(each)
    tested = [(one.dataset, one.pair) for one in counted if one.pair is not None]
    pooled = pool(tested, margin=question.margin, alpha=study.alpha)
    outcome = _outcome_over(question, counted, pooled, study.alpha)
    return ClaimEvidence(
        name=question.name,
        text=question.text,
        declared=question.declared,
        direction=question.direction,
        measure=question.measure,
        margin=question.margin,
        a=question.a,
        b=question.b,
        datasets=each,
        outcome=outcome,
        heading=HEADINGS[outcome],
        sentence=_answer(pooled, counted, question) if pooled else untested(each),
        effect=None if pooled is None else pooled.effect,
        p=None if pooled is None else pooled.p,
        p_equivalence=None if pooled is None else pooled.p_equivalence,
        pooled_over=() if pooled is None else pooled.datasets,
    )


def counted_data_sets(each: Judged) -> Judged:
    """Real ones only, where a real one was tested: generated images say nothing of medical ones."""
    real = tuple(one for one in each if not one.generated)
    return real if any(one.outcome != "not-tested" for one in real) else each


def _outcome_over(
    question: Question, counted: Judged, pooled: Pooled | None, alpha: float
) -> Outcome:
    if pooled is None:
        return "not-tested"
    low, high = limits(pooled.effect)
    outcomes = [one.outcome for one in counted if one.outcome != "not-tested"]
    pro, contra = outcomes.count("supported"), outcomes.count("refuted")
    within = pooled.p_equivalence < alpha
    side: Literal["for", "against", "neither"] = "neither"
    if question.direction == "superiority":
        worse = sum(_is_worse(one.pair) for one in counted)
        if low > 0 and 2 * pro > len(outcomes) and not worse:
            side = "for"
        elif high < 0 or within:
            side = "against"
        contra = worse
    elif question.direction == "non-inferiority":
        if low > -question.margin and not contra:
            side = "for"
        elif high < -question.margin:
            side = "against"
    elif within and not contra:
        side = "for"
    elif low > question.margin or high < -question.margin:
        side = "against"
    if side == "neither":
        return "mixed" if pro and contra else "not-substantiated"
    return "supported" if side == "for" else "refuted"


def _is_worse(pair: PairTest | None) -> bool:
    return pair is not None and pair.p_holm < pair.alpha and pair.difference.value < 0


def _answer(pooled: Pooled, counted: Judged, question: Question) -> str:
    low, high = limits(pooled.effect)
    what = symbol(question.measure)
    if len(pooled.datasets) > 1:
        what = f"pooled {what}"
    effect = f"{what[0].upper()}{what[1:]} {signed(pooled.effect.value)} "
    effect += f"[{signed(low)}, {signed(high)}]"
    if question.direction == "non-inferiority":
        where = "lies above" if low > -question.margin else "does not lie above"
        return f"{effect}, which {where} −δ = −{question.margin:g}. {tally(counted)}"
    effect += f", {p_clause(pooled.p)}, {p_clause(pooled.p_equivalence, 'equivalence p')}"
    return f"{effect}. {tally(counted)}"


def tally(counted: Judged, untested: str = "not tested", used: int | None = None) -> str:
    """How many data sets say what, and how far that goes.

    Args:
        counted: the data sets.
        untested: what is said of those that were not tested on their own.
        used: how many the pooled answer rests on, None for those that were tested.
    """
    words: dict[Outcome, str] = {
        "supported": "supported",
        "refuted": "refuted",
        "not-substantiated": "not substantiated",
        "not-tested": untested,
    }
    parts = [
        f"{n} {word}"
        for outcome, word in words.items()
        if (n := sum(one.outcome == outcome for one in counted))
    ]
    text = f"{plural(len(counted), 'data set')}: {', '.join(parts)}."
    if all(one.generated for one in counted):
        text += " All are generated and say nothing about medical images."
    if used is None:
        used = sum(one.outcome != "not-tested" for one in counted)
    if 0 < used < BEYOND:
        text += f" Fewer than {BEYOND} data sets: no inference beyond them."
    return text


def untested(each: Judged) -> str:
    """Why a claim is tested nowhere, in one line."""
    if not each:
        return "None of its data sets is in this study."
    reasons = list(dict.fromkeys(one.sentence for one in each))
    if len(reasons) == 1:
        return reasons[0]
    return " ".join(
        f"{', '.join(one.dataset for one in each if one.sentence == reason)}: {reason}"
        for reason in reasons
    )


def _lowered(ruling: Ruling) -> str:
    """A heading inside a sentence; names of methods keep their letters."""
    heading = ruling.heading
    named = ruling.rule.startswith("better")
    return heading if named else heading[0].lower() + heading[1:]
