"""The primary comparison again, from the stored predictions, under every other choice.

measure × champion rule × seed × with and without near-duplicates; see `reports.evidence.Choice`.
Only choices that a study might have declared count: none that looks at test, and none that takes a
model for its name.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product

import numpy as np

from reports.analysis.measures.measures import IN_GRID, NAMES
from reports.analysis.measures.run_scores import RunScores, run_scores
from reports.analysis.measures.run_scores import Side as SideRuns
from reports.analysis.pairs.dataset_comparison import DatasetComparison
from reports.evidence import (
    PRIMARY,
    SIDES,
    Analysis,
    Champions,
    Choice,
    Conclusion,
    DatasetEvidence,
    Estimate,
    PrimaryComparison,
    Robustness,
    Share,
)
from reports.evidence.pair import largest_difference
from reports.statistics.multiplicity import step_down

RULES: dict[Champions, str] = {
    "validation": "best on validation",
    "second": "second best on validation",
    "median": "best by its median seed on validation",
    "mean": "mean of the family",
}
"""How the champions are chosen, in words."""

_BY_SEEDS: tuple[Champions, ...] = ("validation", "median")
_OTHERWISE: tuple[Champions, ...] = ("second", "mean")


def grid(
    choices: Sequence[Sequence[Analysis]],
    comparisons: Sequence[PrimaryComparison | None],
    families: Sequence[str | None],
    alpha: float,
) -> list[Analysis]:
    """Every choice on every data set that gets a verdict.

    The study's own choice is taken from its primary comparison. Holm's corrections run over the
    data sets of each choice and family, as in the study.

    Args:
        choices: of every data set, from `choices_on`.
        comparisons: the primary ones, corrected.
        families: over which data sets Holm's corrections run together; None where a data set gets
            no verdict.
        alpha: error rate.
    """
    found: list[Analysis] = []
    own: dict[str, Choice] = {}
    by_family: dict[str, list[Analysis]] = {}
    for analyses, comparison, family in zip(choices, comparisons, families, strict=True):
        if comparison is None or family is None:
            continue
        name = analyses[0].dataset
        primary = _own_choice(comparison)
        own[name] = primary
        by_family.setdefault(family, []).extend(
            _primary(name, comparison) if one.choice == primary else one for one in analyses
        )
    for together in by_family.values():
        found += _corrected(together, own, alpha)
    conclusions = {a.dataset: a.conclusion for a in found if a.choice == own[a.dataset]}
    return [replace(a, holds=a.conclusion == conclusions[a.dataset]) for a in found]


def _corrected(
    analyses: Sequence[Analysis], own: Mapping[str, Choice], alpha: float
) -> list[Analysis]:
    """Holm over the data sets of every choice; the study's own has it already."""
    names = list(dict.fromkeys(a.dataset for a in analyses))
    choices = list(dict.fromkeys(a.choice for a in analyses))
    column = {name: i for i, name in enumerate(names)}
    row = {choice: i for i, choice in enumerate(choices)}
    p = np.full((len(choices), len(names)), np.nan)
    for a in analyses:
        p[row[a.choice], column[a.dataset]] = a.p
    for choice, at in row.items():
        # Where no case has a twin, both ways of treating them are the same.
        other = row.get(replace(choice, without_duplicates=not choice.without_duplicates))
        if other is not None:
            p[at] = np.where(np.isnan(p[at]), p[other], p[at])
    adjusted = step_down(p)
    corrected = []
    for a in analyses:
        if a.choice != own[a.dataset]:
            p_holm = float(adjusted[row[a.choice], column[a.dataset]])
            conclusion = _conclusion(a.difference.value, p_holm, alpha)
            a = replace(a, p_holm=p_holm, conclusion=conclusion)
        corrected.append(a)
    return corrected


def choices_on(
    compared: DatasetComparison, whole: DatasetComparison, comparison: PrimaryComparison
) -> tuple[Analysis, ...]:
    """Every choice on one data set, nothing corrected yet.

    Args:
        compared: the data set, on the test cases that decide.
        whole: the same with near-duplicates.
        comparison: the primary one.
    """
    return tuple(_choices_on(compared, whole, comparison))


def _own_choice(comparison: PrimaryComparison) -> Choice:
    return replace(PRIMARY, without_duplicates=comparison.n_twins > 0)


def _choices_on(
    compared: DatasetComparison, whole: DatasetComparison, comparison: PrimaryComparison
) -> Iterator[Analysis]:
    name = compared.data.card.name
    primary = _own_choice(comparison)
    twins = primary.without_duplicates
    candidates = compared.candidates
    runs = [scored.run for own in candidates.runs.values() for scored in own]
    used = sorted({seed for run in runs if (seed := run.trial.seed) is not None})
    seeds: list[int | None] = [None, *(used if len(used) > 1 else ())]
    chosen_of = {
        member: candidates.n_candidates[champion]
        for side in SIDES
        if (champion := candidates.champions[side]) is not None
        for member in candidates.members(side)
    }
    for measure, without in product(IN_GRID, (False, True) if twins else (False,)):
        scores = run_scores(compared if without == twins else whole, measure)
        if scores is None:
            continue
        cells: dict[Choice, Analysis] = {}
        for seed in seeds:
            # The seeds chose the champions of these rules only; the tests of the others are not
            # widened for it.
            for rules, n_candidates in ((_BY_SEEDS, chosen_of), (_OTHERWISE, None)):
                choices = [Choice(measure, rule, seed, without) for rule in rules]
                choices = [c for c in choices if c != primary and _asks(c, len(seeds))]
                cells |= _of_seed(scores, compared, choices, seed, n_candidates)
        for rule, seed in product(RULES, seeds):
            choice = Choice(measure, rule, seed, without)
            if choice == primary:
                yield _primary(name, comparison)
            elif choice in cells:
                yield cells[choice]


def _asks(choice: Choice, seeds: int) -> bool:
    """Whether a choice differs from others: a single seed is its own median."""
    return choice.champions != "median" or (choice.seed is None and seeds > 1)


def _of_seed(
    scores: RunScores,
    compared: DatasetComparison,
    choices: Sequence[Choice],
    seed: int | None,
    n_candidates: Mapping[str, int] | None,
) -> dict[Choice, Analysis]:
    """Cells of one seed, Holm's correction still to be made; without those of an empty side."""
    members = [
        scores.rows([n for n, family in compared.candidates.family.items() if family == side], seed)
        for side in SIDES
    ]
    sides = {}
    for choice in choices:
        deep, classical = (_chosen(scores, rows, choice.champions) for rows in members)
        if deep and classical:
            sides[choice] = deep, classical
    found = {}
    tested = scores.tested(list(sides.values()), seed, n_candidates)
    for (choice, (deep, classical)), one in zip(sides.items(), tested, strict=True):
        if one is None or np.isnan(one.difference.d):
            continue
        low, high = one.difference.interval(compared.level)
        most = largest_difference(choice.measure, len(compared.data.card.class_names))
        found[choice] = Analysis(
            dataset=compared.data.card.name,
            choice=choice,
            deep=_called(deep, choice.champions),
            classical=_called(classical, choice.champions),
            difference=Estimate(one.difference.d, max(-most, low), min(most, high), one.test),
            p=one.p,
            p_holm=one.p,
            conclusion="none",
            holds=False,
        )
    return found


def _called(side: SideRuns, rule: Champions) -> str:
    return f"mean of {len(side)}" if rule == "mean" else next(iter(side))


def _ranked(scores: RunScores, rows: SideRuns, rule: Champions) -> list[str]:
    """The methods by validation, the best first; without those of which it is not known."""
    middle = np.median if rule == "median" else np.mean
    value = {name: float(middle(scores.validation[list(rows[name])])) for name in sorted(rows)}
    known = [name for name in value if not np.isnan(value[name])]
    return sorted(known, key=lambda name: -value[name])  # ties stay in the order of names


def _chosen(scores: RunScores, rows: SideRuns, rule: Champions) -> SideRuns:
    """What stands for a side, chosen in every fold anew; empty where nothing does.

    With folds its name is that of the method most often chosen, of equally many the first.
    """
    if rule == "mean" or not rows:
        return rows
    place = 1 if rule == "second" else 0
    found: list[int] = []
    times: Counter[str] = Counter()
    for part in sorted({scores.parts[row] for own in rows.values() for row in own}, key=_number):
        here = {name: [r for r in own if scores.parts[r] == part] for name, own in rows.items()}
        ranked = _ranked(scores, {name: own for name, own in here.items() if own}, rule)
        if len(ranked) > place:
            found += here[ranked[place]]
            times[ranked[place]] += 1
    if not found:
        return {}
    return {max(sorted(times), key=lambda name: times[name]): found}


def _number(part: int | None) -> int:
    return part or 0


def _primary(dataset: str, c: PrimaryComparison) -> Analysis:
    conclusion = _conclusion(c.pair.difference.value, c.pair.superiority.p_holm, c.pair.alpha)
    return Analysis(
        dataset=dataset,
        choice=_own_choice(c),
        deep=c.deep,
        classical=c.classical,
        difference=c.pair.difference,
        p=c.pair.superiority.p,
        p_holm=c.pair.superiority.p_holm,
        conclusion=conclusion,
        holds=True,
    )


def _conclusion(d: float, p: float, alpha: float) -> Conclusion:
    if p >= alpha:
        return "none"
    return "deep" if d > 0 else "classical"


def robustness(
    analyses: Sequence[Analysis], datasets: Sequence[DatasetEvidence], duplicates_known: bool
) -> Robustness:
    """The grid in shares; data sets without a verdict are left out, since none could hold.

    Args:
        analyses: of all data sets.
        datasets: what is shown of them.
        duplicates_known: whether near-duplicates were searched for.
    """
    judged = [found.card.name for found in datasets if found.verdict.is_verdict]
    shown = [analysis for analysis in analyses if analysis.dataset in judged]
    notes = []
    unknown = [
        found.card.name
        for found in datasets
        if found.card.name in judged and found.card.near_duplicates is None
    ]
    if len(unknown) == len(judged):
        notes.append(
            "Near-duplicates were not searched for, so that leaving them out is not part of it."
        )
    else:
        if unknown:
            notes.append(f"Near-duplicates were not searched for on {', '.join(unknown)}.")
        if shown and not any(a.choice.without_duplicates for a in shown):
            notes.append(_no_twins(found for found in datasets if found.card.name in judged))
    if shown and all(a.choice.seed is None for a in shown):
        notes.append("There is one seed, so that seeds are not part of it.")
    dimensions: tuple[tuple[str, Callable[[Choice], str]], ...] = (
        ("Measure", lambda choice: NAMES[choice.measure]),
        ("Best models", lambda choice: RULES[choice.champions]),
        ("Seeds", lambda choice: "all" if choice.seed is None else f"seed {choice.seed} alone"),
        ("Near-duplicates", lambda choice: "left out" if choice.without_duplicates else "kept"),
    )
    by_choice = []
    for dimension, label in dimensions:
        labels = list(dict.fromkeys(label(a.choice) for a in shown))
        by_choice += [
            (dimension, share(name, [a for a in shown if label(a.choice) == name]))
            for name in labels
            if len(labels) > 1
        ]
    return Robustness(
        analyses=tuple(shown),
        by_dataset=tuple(
            share(name, own) for name in judged if (own := [a for a in shown if a.dataset == name])
        ),
        by_choice=tuple(by_choice),
        total=share("all", shown) if shown else None,
        duplicates_known=duplicates_known,
        notes=tuple(notes),
    )


def _no_twins(datasets: Iterable[DatasetEvidence]) -> str:
    """That nothing is left out; near-duplicates within a test part are never left out."""
    told = (
        "No test image has a near-duplicate in another part, so that leaving such images out "
        "changes nothing."
    )
    if any(found.card.test_twin_groups for found in datasets):
        told += (
            " Test images that are near-duplicates of each other count as one in every analysis."
        )
    return told


def share(label: str, analyses: Sequence[Analysis]) -> Share:
    """How many of some analyses conclude what."""
    conclusions = [analysis.conclusion for analysis in analyses]
    return Share(
        label=label,
        holds=sum(analysis.holds for analysis in analyses),
        deep=conclusions.count("deep"),
        classical=conclusions.count("classical"),
        none=conclusions.count("none"),
    )
