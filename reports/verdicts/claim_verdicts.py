"""The verdict on a claim about a measure: on each data set, and over all of them."""

from collections.abc import Iterator, Mapping, Sequence

from bench.protocol.claim import Direction
from bench.protocol.study import Study
from reports.analysis.measures.by_measure import measure_pair
from reports.analysis.measures.measures import symbol
from reports.analysis.methods.tuning import tuned_unlike
from reports.analysis.origins import sources
from reports.analysis.pairs.dataset_comparison import DatasetComparison
from reports.analysis.pairs.pair_tests import corrected
from reports.evidence import (
    ClaimEvidence,
    ClaimOnDataset,
    DatasetEvidence,
    Outcome,
    PairTest,
)
from reports.evidence.pair import largest_difference
from reports.evidence.primary import standing
from reports.formatting import p_clause
from reports.verdicts import wording
from reports.verdicts.claim_wording import HEADINGS, Judged, answer, untested
from reports.verdicts.claims import Question
from reports.verdicts.dataset_verdict import limits_in_short
from reports.verdicts.guards.budget import other_budget
from reports.verdicts.guards.weights import mixed_weights
from reports.verdicts.ladder import Decision
from reports.verdicts.left_out import left_out_in_words, without_in_words
from reports.verdicts.mean import Counted, judged_mean
from reports.verdicts.mean import Judged as JudgedMean
from reports.verdicts.overall_rule import OverallDecisionRule, overall_decision
from reports.verdicts.rules import TOO_FEW, Smallest, ruled
from reports.verdicts.transport.lights import TITLES
from reports.verdicts.wording import Words, in_sentence, of_level, smallest_class

_OF_ONE_SIDE = frozenset({"cases", "failures", "weights"})
"""Guards about the primary comparison, which say nothing of other methods."""


def judged(
    question: Question,
    all_compared: Sequence[DatasetComparison],
    datasets: Sequence[DatasetEvidence],
    study: Study,
) -> ClaimEvidence:
    """A claim with its verdicts; Holm's corrections run over its data sets, generated ones apart.

    Where several pairs must bear a claim out, the one that does so least stands for it: the p
    value of an intersection-union test is the largest of its parts (Berger 1982).

    Args:
        question: the claim.
        all_compared, datasets: of every data set, in the same order.
        study: margin, alpha.
    """
    asked = [
        (compared, found)
        for compared, found in zip(all_compared, datasets, strict=True)
        if not question.datasets or found.card.name in question.datasets
    ]
    pairs: list[PairTest | str] = [_pair(question, compared, found) for compared, found in asked]
    adjusted: dict[bool, Iterator[PairTest]] = {
        kind: iter(
            corrected(
                [
                    pair
                    for (_, found), pair in zip(asked, pairs, strict=True)
                    if isinstance(pair, PairTest) and found.generated == kind
                ]
            )
        )
        for kind in (False, True)
    }
    each = []
    for (compared, found), pair in zip(asked, pairs, strict=True):
        name, generated = found.card.name, found.generated
        if isinstance(pair, str):
            each.append(ClaimOnDataset(name, generated, "not-tested", HEADINGS["not-tested"], pair))
            continue
        pair = next(adjusted[generated])
        outcome = outcome_of(pair, question.direction)
        size = compared.data.size
        what = symbol(question.measure)
        words = Words(pair.a, pair.b, symbol=what, per_patient=size.per_group)
        ruling = ruled(pair)
        left_out = compared.data.left_out
        without = without_in_words(left_out)
        heading = f"{HEADINGS[outcome]}: {in_sentence(ruling, words)}{without}"
        stands = _standing(question, compared)
        a, b = stands[pair.a], stands[pair.b]
        sentence = f"{a} against {b}: {wording.sentence(ruling, words)}"
        if question.direction == "non-inferiority":
            p = p_clause(pair.non_inferiority_a.p, "one-sided p", pair.alpha)
            interval = of_level(pair.equivalence, pair.margin)
            sentence += f" Non-inferiority: {interval}, {p}, not adjusted."
        sentence += left_out_in_words(left_out, size.unit, folds=bool(study.folds))
        sentence += limits_in_short(found.comparison, found.audit, folds=bool(study.folds))
        each.append(ClaimOnDataset(name, generated, outcome, heading, sentence, pair, a, b))
    origins = dict(
        zip(
            (found.card.name for found in datasets),
            sources([found.card for found in datasets]),
            strict=True,
        )
    )
    classes = max((len(found.card.class_names) for _, found in asked), default=2)
    largest = largest_difference(question.measure, classes)
    return _overall(question, tuple(each), origins, study, largest)


def _pair(
    question: Question, compared: DatasetComparison, found: DatasetEvidence
) -> PairTest | str:
    """What stands for the claim on a data set, or why there is nothing."""
    passed_over = _OF_ONE_SIDE | TITLES.keys()  # which speak of other images
    if not other_budget(compared.data.runs, compared.study.budget):
        passed_over |= {"budget"}  # then it is about how the champions were tuned; pairs see below
    red = [i for i in found.audit if i.colour == "red" and i.key not in passed_over]
    if red:
        return f"The protocol was violated: {' '.join(item.sentence for item in red)}"
    try:
        names = question.pairs(compared.candidates)
    except LookupError as reason:
        return str(reason.args[0])
    if compared.paired is None:
        return compared.one_class
    if compared.data.size.smallest < TOO_FEW:
        fewest = smallest_class(Smallest.of(compared.data.size))
        return f"{fewest} cannot support a comparison (at least {TOO_FEW} are needed)."
    if compared.thin_fold:
        return compared.thin_fold
    auc = question.measure == "auc"
    apart = [
        f"{a.name} and {b.name}"
        for a, b in names
        if not (compared.can_pair(a, b) if auc else compared.comparable(a.name, b.name))
    ]
    if apart:
        return f"{apart[0]} have fewer than two folds in common."
    methods = {method.name: method for method in found.methods}
    mixed = mixed_weights(methods[one.name] for pair in names for one in pair)
    if mixed:
        return mixed
    unlike = [tuned_unlike(methods[a.name], methods[b.name]) for a, b in names]
    if any(unlike):
        return f"The two were not tuned alike: {next(filter(None, unlike))}"
    margin = question.margin
    if not auc:
        return max(
            (measure_pair(compared, question.measure, a, b, margin) for a, b in names), key=_doubt
        )
    if len(names) > 1:  # what could have been found is asked of the one that stands for them alone
        tested = [compared.pair(a, b, margin, prospects=False) for a, b in names]
        names = [names[max(range(len(names)), key=lambda i: _doubt(tested[i]))]]
    ((a, b),) = names
    return compared.pair(a, b, margin)


def _standing(question: Question, compared: DatasetComparison) -> dict[str, str]:
    """Method → itself, or all that stand where it is named, with their numbers of folds."""
    chosen = [one for pair in question.pairs(compared.candidates) for one in pair]
    return {one.name: standing(one.name, one.times) for one in chosen}


def _doubt(pair: PairTest) -> float:
    """One-sided p of d ≤ 0, for choosing between pairs."""
    p = pair.superiority.p
    return p / 2 if pair.difference.value > 0 else 1 - p / 2


def outcome_of(pair: PairTest, direction: Direction) -> Outcome:
    """What a pair with its corrected p values says of a claim, by the ladder of every verdict."""
    return _outcome(ruled(pair).decision, direction, equivalent=_equivalent(pair))


def _equivalent(pair: PairTest) -> bool:
    low, high = pair.equivalence.low, pair.equivalence.high
    return pair.equivalence.p_holm < pair.alpha and -pair.margin < low and high < pair.margin


def _outcome(decision: Decision, direction: Direction, *, equivalent: bool) -> Outcome:
    """What the ladder says of a claim; `equivalent`, whatever else is shown."""
    beyond = decision.winner if decision.rule == "better-beyond-margin" else None
    if direction == "superiority":
        if decision.winner is not None:
            return "supported" if decision.winner == "a" else "refuted"
        return "refuted" if equivalent else "not-substantiated"
    if direction == "non-inferiority":
        if "a" in decision.not_worse:
            return "supported"
        return "refuted" if beyond == "b" else "not-substantiated"
    if equivalent:
        return "supported"
    return "not-substantiated" if beyond is None else "refuted"


def _overall(
    question: Question, each: Judged, origins: Mapping[str, str], study: Study, largest: float
) -> ClaimEvidence:
    counted = counted_data_sets(each)
    tested = [
        Counted(one.dataset, origins[one.dataset], one.pair)
        for one in counted
        if one.pair is not None
    ]
    found = judged_mean(tested, margin=question.margin, alpha=study.alpha, largest=largest)
    outcome: Outcome = "not-tested"
    if found is not None:
        outcome = _outcome_over(question, [one.pair for one in tested], found)
    mean = None if found is None else found.mean
    heading = HEADINGS[outcome]
    if found is not None and outcome == "refuted" and question.direction == "superiority":
        better = f"{question.b} is better"
        heading += f": {better if found.decision.winner == 'b' else 'equivalent within ±δ'}"
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
        heading=heading,
        sentence=answer(mean, counted, question) if mean else untested(each),
        effect=None if mean is None else mean.effect,
        p=None if mean is None else mean.superiority.p,
        p_equivalence=None if mean is None else mean.equivalence.p,
        low_one_sided=None if mean is None else mean.equivalence.low,
        high_one_sided=None if mean is None else mean.equivalence.high,
        p_non_inferiority=None if mean is None else mean.non_inferiority_a.p,
        pooled_over=() if mean is None else mean.datasets,
    )


def counted_data_sets(each: Judged) -> Judged:
    """Real ones only, where a real one was tested: generated images say nothing of medical ones."""
    real = tuple(one for one in each if not one.generated)
    return real if any(one.outcome != "not-tested" for one in real) else each


def _outcome_over(question: Question, pairs: Sequence[PairTest], found: JudgedMean) -> Outcome:
    """Over the data sets: that of the mean, unless a data set shows the opposite of it.

    The same rules as those of the primary comparison over all data sets.
    """
    decisions = [ruled(pair).decision for pair in pairs]
    beyond = {one.winner for one in decisions if one.rule == "better-beyond-margin"}
    of_mean = _outcome(
        found.decision,
        question.direction,
        equivalent=found.mean.equivalence.p < pairs[0].alpha,
    )
    if question.direction == "superiority":
        rule = overall_decision(
            found.decision,
            decisions,
            equivalent=found.mean.equivalence.p < pairs[0].alpha,
            n_sources=found.mean.n_sources,
        ).rule
        outcomes: dict[OverallDecisionRule, Outcome] = {
            "supported": "supported",
            "classical-better": "refuted",
            "no-advantage": "refuted",
            "mixed": "mixed",
        }
        return outcomes.get(rule, "not-substantiated")
    pro = of_mean == "supported"
    contra = bool(beyond & {"a", "b"})
    if question.direction == "non-inferiority":
        pro = pro or any("a" in one.not_worse for one in decisions)
        contra = "b" in beyond
    return "mixed" if pro and contra else of_mean
