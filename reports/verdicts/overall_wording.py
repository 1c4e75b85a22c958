"""What the answer over all data sets is called, its sentence, and what belongs to it always."""

from collections.abc import Sequence

from reports.evidence import DatasetEvidence, FurtherDataset, MeanDifference
from reports.formatting import interval, p_clause, plural, score, signed
from reports.verdicts.overall_rule import BEYOND, OverallDecision
from reports.verdicts.rules import limits
from reports.verdicts.wording import alpha_of, of_level

NEXT = (
    "What to do next: put your own images into a folder with a sub-folder for each class, look for "
    "what is wrong with them by “python -m bench data check FOLDER”, and compare on them by "
    "“python -m bench run --data FOLDER”."
)
"""What follows a self-check, which says nothing of the reader's images."""

NEXT_OF_SEGMENTATION = (
    "What to do next: put your own images and their masks into the folders images/ and masks/, and "
    "compare on them by “python -m bench run --task segmentation --data FOLDER”."
)
"""The same of a segmentation study."""


def overall_heading(decision: OverallDecision) -> str:
    """The answer in a few words."""
    heading = {
        "supported": "Supported",
        "classical-better": "Refuted: classical better",
        "no-advantage": "No advantage: equivalent within ±δ",
        "mixed": "Mixed",
        "not-substantiated": "Not substantiated",
    }.get(decision.rule, "No verdict")
    if decision.mean is None or decision.rule not in ("supported", "classical-better"):
        return heading
    if decision.mean.rule == "better-beyond-margin":
        return f"{heading}, by more than the margin"
    if decision.mean.rule == "better-but-equivalent":
        return f"{heading}, but equivalent within ±δ"
    return heading


def overall_sentence(
    decision: OverallDecision, mean: MeanDifference | None, tally: str, what: str = "ΔAUC"
) -> str:
    """The answer with its numbers; `tally` of the data sets ends it.

    Args:
        decision: the rule that holds.
        mean: difference, None where no data set has a verdict.
        tally: how many data sets say what.
        what: the difference is called.
    """
    if mean is None or decision.mean is None:
        return f"No verdict could be given on any of the data sets. {tally}".strip()
    answer = {
        "supported": lambda: _better("better", decision, mean, what),
        "classical-better": lambda: _better("worse", decision, mean, what),
        "no-advantage": lambda: (
            f"On these images both are equivalent within ±δ: {_within(mean, what)}."
            f"{_contradicted(decision, mean, what)}"
        ),
        "mixed": lambda: _mixed(decision, mean, what),
        "not-substantiated": lambda: _not_shown(decision, mean, what),
    }[decision.rule]()
    return f"{answer} {tally}"


_FOUND_CLASSES = (
    "a model is shown to be better than chance and none better than the best possible, or, where "
    "there is nothing to find, where no side is called better and both AUCs are compatible with "
    "chance"
)
_FOUND_LESIONS = (
    "deep learning is called better if it must be and not if it cannot be, and where a model "
    "reaches, within the margin, the Dice that the best threshold is known to reach"
)


def self_checked(
    found: Sequence[bool], tally: str, *, segmentation: bool = False
) -> tuple[str, str]:
    """Heading and sentence where all data sets are generated.

    Args:
        found: of each data set with a known answer, whether it was found.
        tally: of the data sets.
        segmentation: whether it is a segmentation study.
    """
    following = NEXT_OF_SEGMENTATION if segmentation else NEXT
    if not found:
        return "No verdict", (
            "All data sets are generated, and of none with a verdict is the answer known, so that "
            f"nothing is answered. {tally} {following}"
        )
    n, m = sum(found), len(found)
    when = _FOUND_LESIONS if segmentation else _FOUND_CLASSES
    return f"Self-check: {n} of {m} known answers found", (
        "All data sets are generated: this says whether the machinery finds what is known, and "
        f"nothing of medical images. An answer is found where {when}. {tally} {following}"
    )


def data_sets_by_verdict(
    deep: int, classical: int, equivalent: int, judged: int, counted: int
) -> str:
    """How many data sets say what."""
    none = judged - deep - classical - equivalent
    parts = [
        f"{number} {words}"
        for number, words in (
            (deep, "deep better"),
            (classical, "classical better"),
            (equivalent, "equivalent"),
            (none, "no difference shown"),
            (counted - judged, "no verdict"),
        )
        if number
    ]
    sets = "data set" if counted == 1 else "data sets"
    return f"{counted} {sets}: {', '.join(parts)}." if parts else "There is no data set."


def caveats(
    datasets: Sequence[DatasetEvidence],
    real: Sequence[DatasetEvidence],
    mean: MeanDifference | None,
    further: FurtherDataset | None,
    what: str = "ΔAUC",
) -> tuple[str, ...]:
    """What limits the answer, a sentence each.

    Args:
        datasets: all of the study.
        real: those of real images.
        mean, further: what was concluded of them.
        what: the difference is called.
    """
    found = []
    n_real = len(real)
    if datasets and not real:
        found.append(
            "All data sets are generated. They show what each method can find in images made for "
            "the purpose, and say nothing about medical images."
        )
    elif n_real < len(datasets):
        found.append(
            f"Only real images count here ({n_real} of {len(datasets)} data sets); the generated "
            "data sets are shown beside them and say nothing about medical images."
        )
    trained = sorted({data.card.one_class for data in datasets if data.card.one_class})
    if trained:
        named = " or ".join(f"“{name}”" for name in trained)
        found.append(
            f"Methods saw one class only: they were trained on images of {named} alone, and "
            "compared is how well they tell all others from these. Methods that learn from both "
            "are not part of this answer."
        )
    if mean is not None:
        found += _of_sources(mean)
    if further is not None:
        found.append(_of_further(further, what))
    counted = real or datasets
    idle = [
        data.card.name for data in counted if data.comparison is not None and data.comparison.idle
    ]
    if idle:
        found.append(
            "Neither side's best model is shown to be better than every control, so that it is not "
            f"shown that anything was learnt: {', '.join(idle)}."
        )
    silent = [data.card.name for data in counted if not data.verdict.is_verdict]
    if silent:
        found.append(f"Without a verdict, and left out here: {', '.join(silent)}.")
    return tuple(found)


def _effect(mean: MeanDifference, what: str) -> str:
    low, high = limits(mean.effect)
    return f"{_symbol(mean, what)} {signed(mean.effect.value)} {interval(low, high, -mean.margin)}"


def _p(mean: MeanDifference, p: float, name: str = "p") -> str:
    return p_clause(p, name, alpha_of(mean.superiority))


def _symbol(mean: MeanDifference, what: str) -> str:
    return what if len(mean.datasets) == 1 else f"mean {what}"


def _within(mean: MeanDifference, what: str) -> str:
    return (
        f"{_symbol(mean, what)} {signed(mean.effect.value)}, whose "
        f"{of_level(mean.equivalence, mean.margin)} lies "
        f"within ±δ = {mean.margin:g} ({_p(mean, mean.equivalence.p, 'TOST p')})"
    )


def _better(word: str, decision: OverallDecision, mean: MeanDifference, what: str) -> str:
    text = (
        f"Deep learning is {word} than classical learning on these images: {_effect(mean, what)}, "
        f"{_p(mean, mean.superiority.p)}"
    )
    rule = None if decision.mean is None else decision.mean.rule
    if rule == "better-but-equivalent":
        return (
            f"{text}; the difference is smaller than the margin δ = {mean.margin:g} that the study "
            f"declared: its {of_level(mean.equivalence, mean.margin)} lies "
            f"within ±δ ({_p(mean, mean.equivalence.p, 'TOST p')})."
        )
    if rule == "better":
        return f"{text}; a difference smaller than δ = {mean.margin:g} is not excluded."
    return f"{text}."


def _mixed(decision: OverallDecision, mean: MeanDifference, what: str) -> str:
    if decision.contradiction == "beyond-margin":
        return (
            f"The mean is equivalent within ±δ, and a data set is not: {_within(mean, what)}, "
            "while on one data set or more a difference beyond the margin is shown."
        )
    return f"The data sets contradict each other: {_effect(mean, what)}."


def _contradicted(decision: OverallDecision, mean: MeanDifference, what: str) -> str:
    """Where the mean has a winner that a data set contradicts: the sentence on both, else ""."""
    winner = None if decision.mean is None else decision.mean.winner
    if winner is None:
        return ""
    better, other = ("deep", "classical") if winner == "a" else ("classical", "deep")
    return (
        f" The mean difference favours {better} learning, {_effect(mean, what)}, "
        f"{_p(mean, mean.superiority.p)}, but on a data set {other} learning is shown to be better."
    )


def _not_shown(decision: OverallDecision, mean: MeanDifference, what: str) -> str:
    contradicted = _contradicted(decision, mean, what)
    if contradicted:
        return contradicted.strip()
    low, high = limits(mean.effect)
    effect = f"{_effect(mean, what)}, {_p(mean, mean.superiority.p)}"
    text = f"That deep learning is better is not shown: {effect}"
    if low > 0 or high < 0:
        text += "; the interval leaves out 0, but the permutation test does not show a difference"
    else:
        text += "; any difference between these limits is compatible with the data"
    shown = () if decision.mean is None else decision.mean.not_worse
    if shown:
        tests = {"a": mean.non_inferiority_a, "b": mean.non_inferiority_b}
        names = {"a": "deep learning", "b": "classical learning"}
        who = names[shown[0]] if len(shown) == 1 else "either"
        p = max(tests[side].p for side in shown)
        text += (
            f". That {who} is worse by δ = {mean.margin:g} or more is excluded "
            f"({of_level(mean.equivalence, mean.margin)}, "
            f"{_p(mean, p, 'one-sided p')})"
        )
    if mean.minimum_detectable is not None:
        text += (
            f". The smallest difference that would have been found in 80 % of repetitions is "
            f"{score(mean.minimum_detectable)}"
        )
    return f"{text}."


def _of_sources(mean: MeanDifference) -> list[str]:
    found = []
    for source in dict.fromkeys(mean.sources):
        pairs = zip(mean.datasets, mean.sources, strict=True)
        own = [name for name, of in pairs if of == source]
        if len(own) > 1:
            found.append(
                f"{', '.join(own)} show the same photographs or patients: they count as one source."
            )
    if mean.n_sources < BEYOND:
        what = "sources" if mean.n_sources < len(mean.datasets) else "data sets"
        found.append(f"Fewer than {BEYOND} {what}: no inference beyond these data sets.")
    return found


def _of_further(further: FurtherDataset, what: str) -> str:
    low, high = limits(further.effect)
    return (
        f"A further data set is another question. By random effects over "
        f"{plural(further.n_sources, 'independent source')} the mean over such data sets is {what} "
        f"{signed(further.effect.value)} [{signed(low)}, {signed(high)}]; with "
        f"{100 * further.level:g} % probability the difference on a further one would lie between "
        f"{signed(further.prediction_low)} and {signed(further.prediction_high)}."
    )
