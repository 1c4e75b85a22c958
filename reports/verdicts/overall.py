"""The answer to the claim, over all data sets of the study."""

from collections.abc import Sequence
from typing import Literal, cast

from reports.analysis.origins import sources
from reports.evidence import DatasetEvidence, OverallVerdict, Side
from reports.evidence.pair import DICE, primary_symbol
from reports.verdicts.known_answers import answer_found
from reports.verdicts.ladder import Decision, LadderRule, Position
from reports.verdicts.mean import Counted, Judged, further, judged_mean
from reports.verdicts.overall_rule import overall_decision, self_check
from reports.verdicts.overall_wording import (
    caveats,
    data_sets_by_verdict,
    overall_heading,
    overall_sentence,
    self_checked,
)

_POSITIONS: dict[Side, Position] = {"deep": "a", "classical": "b"}


def overall(datasets: Sequence[DatasetEvidence], *, margin: float, alpha: float) -> OverallVerdict:
    """The answer to the claim that deep learning is better, over the data sets.

    Real data sets only, where there are any: generated ones say nothing of medical images. Where
    all are generated, the answer is how many known answers were found.

    Args:
        datasets: of the study.
        margin, alpha: the study's.
    """
    real = [found for found in datasets if not found.generated]
    counted = real or list(datasets)
    kind: Literal["real", "generated", "none"] = (
        "none" if not counted else "real" if real else "generated"
    )
    judged = [found for found in counted if found.verdict.is_verdict]
    better = [found.verdict.winner for found in judged if found.verdict.rule.startswith("better")]
    n_deep, n_classical = better.count("deep"), better.count("classical")
    n_equivalent = sum(found.verdict.rule == "equivalent" for found in judged)
    tally = data_sets_by_verdict(n_deep, n_classical, n_equivalent, len(judged), len(counted))
    compared = _counted(real)
    segmentation = any(found.segmentation is not None for found in datasets)
    what = primary_symbol(DICE if segmentation else "auc")
    mean: Judged | None = judged_mean(compared, margin=margin, alpha=alpha)
    known = [answer for found in counted if (answer := answer_found(found)) is not None]
    if kind == "generated":
        decision = self_check(known)
        heading, sentence = self_checked(known, tally, segmentation=segmentation)
    else:
        decision = overall_decision(
            None if mean is None else mean.decision,
            [_decision(found) for found in judged],
            equivalent=mean is not None and mean.mean.equivalence.p < alpha,
            n_sources=0 if mean is None else mean.mean.n_sources,
        )
        heading = overall_heading(decision)
        sentence = overall_sentence(decision, None if mean is None else mean.mean, tally, what)
        known = []
    beyond = further(compared, alpha) if decision.further else None
    return OverallVerdict(
        rule=decision.rule,
        heading=heading,
        sentence=sentence,
        caveats=caveats(datasets, real, None if mean is None else mean.mean, beyond, what),
        mean=None if mean is None else mean.mean,
        mean_rule=None if mean is None else mean.decision.rule,
        further=beyond,
        over=kind,
        deep_better=n_deep,
        classical_better=n_classical,
        equivalent=n_equivalent,
        no_difference=len(judged) - n_deep - n_classical - n_equivalent,
        no_verdict=len(counted) - len(judged),
        counted=len(counted),
        answers_known=len(known),
        answers_found=sum(known),
    )


def _counted(real: Sequence[DatasetEvidence]) -> list[Counted]:
    """Those with a verdict; what is one source hangs together by those without one, too."""
    named = zip(real, sources([found.card for found in real]), strict=True)
    return [
        Counted(found.card.name, source, found.comparison.pair)
        for found, source in named
        if found.comparison is not None and found.verdict.is_verdict
    ]


def _decision(found: DatasetEvidence) -> Decision:
    verdict = found.verdict
    return Decision(
        cast(LadderRule, verdict.rule),
        None if verdict.winner is None else _POSITIONS[verdict.winner],
        tuple(_POSITIONS[side] for side in verdict.not_worse),
        (),
        cast(LadderRule, verdict.unadjusted or verdict.rule),
    )
