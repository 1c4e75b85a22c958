"""The claim that classical methods are slower, judged on recorded times of training and prediction.

Times are compared on the logarithmic scale, where a ratio is a difference. On one data set the
spread between runs is the error (Welch's t test); over data sets the spread between them. One run
shows no spread, so that it gives a ratio and no test.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from bench.protocol.record import Run
from bench.protocol.study import Study
from reports.analysis.pairs.dataset_comparison import DatasetComparison
from reports.evidence import SIDES, ClaimEvidence, ClaimOnDataset, Estimate, Outcome, TimeRatio
from reports.formatting import p_clause, seconds
from reports.formatting import ratio as as_text
from reports.statistics.contrast import Difference, degrees_of_freedom
from reports.statistics.multiplicity import holm
from reports.verdicts.claim_wording import HEADINGS, tally, untested

NAME = "classical-is-slower"
TEXT = "Classical methods are slower than deep ones."

_ZERO = 1e-12  # an error below this is rounding


def slower(
    all_compared: Sequence[DatasetComparison], generated: Sequence[bool], study: Study
) -> ClaimEvidence:
    """The claim with its verdicts: fit + predict time of the best classical and deep model.

    Holm's corrections run over real and generated data sets apart.

    Args:
        all_compared: one per data set.
        generated: whether the images of each are generated.
        study: alpha.
    """
    found = [_ratio(compared, study.alpha) for compared in all_compared]
    adjusted = {
        kind: iter(
            holm(
                [
                    time.p
                    for artificial, time in zip(generated, found, strict=True)
                    if isinstance(time, TimeRatio) and time.p is not None and artificial == kind
                ]
            )
        )
        for kind in (False, True)
    }
    each = []
    for compared, artificial, time in zip(all_compared, generated, found, strict=True):
        name = compared.data.card.name
        if isinstance(time, TimeRatio) and time.p is not None:
            time = replace(time, p_holm=next(adjusted[artificial]))
        each.append(_judged(name, artificial, time, study.alpha))
    return _overall(tuple(each), study.alpha)


def _ratio(compared: DatasetComparison, alpha: float) -> TimeRatio | str:
    """Classical / deep on one data set, or why there is none."""
    if compared.obstacle:
        return compared.obstacle
    candidates = compared.candidates
    deep, classical = (candidates.champions[side] for side in SIDES)
    if deep is None or classical is None:
        return "A side has no best model."
    logs, devices = {}, {}
    for method in (classical, deep):
        runs = [scored.run for scored in candidates.runs[method]]
        logs[method] = [math.log(took) for run in runs if (took := _took(run)) is not None]
        devices[method] = ", ".join(sorted({run.environment.device for run in runs}))
        if not logs[method]:
            return f"No time of {method} is recorded."
    both = [np.array(logs[method]) for method in (classical, deep)]
    d = float(both[0].mean() - both[1].mean())
    ratio, p = Estimate(math.exp(d)), None
    if min(map(len, both)) > 1:
        parts = tuple((float(x.var(ddof=1)) / len(x), len(x)) for x in both)
        error = math.sqrt(sum(part for part, _ in parts))
        difference = Difference(d, 0.0, error, degrees_of_freedom(0.0, math.inf, parts))
        if error > _ZERO:
            p = difference.p()
            low, high = difference.interval(1 - alpha)
            ratio = Estimate(math.exp(d), math.exp(low), math.exp(high), "Welch's t on logarithms")
    same = devices[classical] == devices[deep]
    return TimeRatio(
        a=classical,
        b=deep,
        seconds_a=float(np.exp(both[0].mean())),
        seconds_b=float(np.exp(both[1].mean())),
        runs_a=len(both[0]),
        runs_b=len(both[1]),
        ratio=ratio,
        p=p,
        p_holm=None,
        devices=(
            f"both on {devices[deep]}"
            if same
            else f"{classical} on {devices[classical]}, {deep} on {devices[deep]}"
        ),
        searched=any(
            scored.run.tuning for name in (classical, deep) for scored in candidates.runs[name]
        ),
    )


def _took(run: Run) -> float | None:
    if run.fit_seconds is None or run.predict_seconds is None:
        return None
    total = run.fit_seconds + run.predict_seconds
    return total if total > 0 else None


def _judged(name: str, generated: bool, time: TimeRatio | str, alpha: float) -> ClaimOnDataset:
    if isinstance(time, str):
        return ClaimOnDataset(name, generated, "not-tested", HEADINGS["not-tested"], time)
    ratio = time.ratio
    took = (
        f"{time.a} took {seconds(time.seconds_a)}, {time.b} {seconds(time.seconds_b)} "
        f"({time.devices}{'; the search for parameters included' if time.searched else ''})"
    )
    if ratio.low is None or ratio.high is None or time.p_holm is None:
        fewest = time.a if time.runs_a < 2 else time.b
        why = f"{fewest} has one run" if min(time.runs_a, time.runs_b) < 2 else "no run differs"
        sentence = (
            f"{took}: {as_text(ratio.value)}. Not testable, since {why}, which shows no spread."
        )
        heading = HEADINGS["not-tested"]
        return ClaimOnDataset(name, generated, "not-tested", heading, sentence, time=time)
    outcome: Outcome = "not-substantiated"
    words = "no difference shown"
    if time.p_holm < alpha:
        outcome = "supported" if ratio.value > 1 else "refuted"
        words = f"{time.a} takes {'longer' if ratio.value > 1 else 'less time'}"
    sentence = f"{took}: {_interval(ratio)}, {p_clause(time.p_holm, 'Holm-adjusted p')}."
    heading = f"{HEADINGS[outcome]}: {words}"
    return ClaimOnDataset(name, generated, outcome, heading, sentence, time=time)


def _overall(each: tuple[ClaimOnDataset, ...], alpha: float) -> ClaimEvidence:
    """Geometric mean of the ratios with a t interval over data sets, where there are several."""
    timed = [one for one in each if one.time is not None]
    real = [one for one in timed if not one.generated]
    counted = real or timed
    ratios = [one.time.ratio for one in counted if one.time is not None]
    effect, p = _pooled(ratios, alpha)
    if len(counted) == 1 and counted[0].time is not None:
        p = counted[0].time.p
    outcome: Outcome = "not-tested"
    if effect is not None and effect.low is not None and effect.high is not None:
        outcome = "not-substantiated"
        if effect.low > 1:
            outcome = "supported"
        elif effect.high < 1:
            outcome = "refuted"
    if effect is None:
        sentence = untested(each)
    elif outcome == "not-tested":
        sentence = f"Classical / deep {as_text(effect.value)}. {counted[0].sentence}"
    else:
        alone = len(counted) == 1
        what = "Classical / deep" if alone else "Geometric mean of classical / deep"
        clause = "" if p is None else f", {p_clause(p)}"
        told = tally(
            tuple(counted), untested="with one run, which shows no spread", used=len(counted)
        )
        sentence = f"{what} {_interval(effect)}{clause}. {told}"
    return ClaimEvidence(
        name=NAME,
        text=TEXT,
        declared=False,
        direction="superiority",
        measure="time",
        margin=None,
        a="the best classical method",
        b="the best deep method",
        datasets=each,
        outcome=outcome,
        heading=HEADINGS[outcome],
        sentence=sentence,
        effect=effect,
        p=p,
        p_equivalence=None,
        pooled_over=tuple(one.dataset for one in counted),
    )


def _pooled(ratios: Sequence[Estimate], alpha: float) -> tuple[Estimate | None, float | None]:
    if not ratios:
        return None, None
    if len(ratios) == 1:
        return ratios[0], None
    logs = np.log([ratio.value for ratio in ratios])
    mean, error = float(logs.mean()), float(logs.std(ddof=1)) / math.sqrt(len(logs))
    if error < _ZERO:
        return Estimate(math.exp(mean)), None
    difference = Difference(mean, error, df=len(logs) - 1)
    low, high = difference.interval(1 - alpha)
    name = "t interval of the logarithms over data sets"
    return Estimate(math.exp(mean), math.exp(low), math.exp(high), name), difference.p()


def _interval(ratio: Estimate) -> str:
    if ratio.low is None or ratio.high is None:
        return as_text(ratio.value)
    return f"{as_text(ratio.value)} [{as_text(ratio.low)}, {as_text(ratio.high)}]"
