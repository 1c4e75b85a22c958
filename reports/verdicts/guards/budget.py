"""The guard of equal care: the same budget, and as much tuning, for both families."""

from collections.abc import Mapping, Sequence

from bench.protocol.record import Run
from reports.analysis.methods.tuning import not_tuned, searched_less, tuned_unlike
from reports.evidence import SIDES, Colour, MethodEvidence, Side
from reports.formatting import count, plural, seconds
from reports.verdicts.guards.found import Finding, Found
from reports.verdicts.guards.lone_side import why_none

MORE_CHOICE = 1.5
"""With so many times the methods or configurations to choose from, a champion is pointed out."""


def budget(found: Found) -> Finding:
    """The same budget for every method, and as much to choose from on both sides.

    Training takes a network longer than a tree, so that hours are shown and decide nothing. What
    decides is the number of configurations that a champion was chosen from: one against several is
    red. Where a search space holds fewer than were offered, the method has had all that it asks
    for, which a reader should know. A champion is the best of several methods too.
    """
    study = found.study
    wrong = other_budget(found.data.runs, study.budget)
    if wrong:
        return "red", (
            f"Not all methods had the study's budget “{study.budget}”: {', '.join(wrong)} "
            "had another."
        )
    choice = {
        side: sum(bool(m.scores) for m in found.methods if m.family == side) for side in SIDES
    }
    spent = ", ".join(_spent(found, side, choice[side]) for side in SIDES if choice[side])
    spent = "; ".join(
        told
        for told in (
            f"training took {spent}" if spent else "",
            *(why_none(found.methods, found.lost, side) for side in SIDES),
        )
        if told
    )
    if study.tune:
        sentence = f"{_offer(found)}; {spent}."
        contrast = _champions_unlike(found)
        if contrast:
            return "red", f"{contrast} {sentence}"
    else:
        sentence = (
            f"Every method had its declared parameters, none of them tuned, and every network the "
            f"budget “{study.budget}”; {spent}."
        )
    notes = [*(_tuning_notes(found) if study.tune else ()), *_more_choice(choice)]
    colour: Colour = "amber" if notes else "green"
    return colour, " ".join((sentence, *notes))


def other_budget(runs: Sequence[Run], budget: str) -> list[str]:
    """Names of the methods with runs of another budget, sorted."""
    return sorted({run.method.name for run in runs if run.budget != budget})


def _spent(found: Found, side: Side, methods: int) -> str:
    """Hours, runs and, where there is tuning, configurations of a side."""
    runs = [run for run in found.data.runs if run.method.family == side]
    took = [run.fit_seconds for run in runs if run.fit_seconds is not None]
    told = f"{plural(methods, f'{side} method')} {seconds(sum(took))} in {plural(len(took), 'run')}"
    if not found.study.tune:
        return told
    tried = sum(max(1, len(run.tuning)) for run in runs if run.fit_seconds is not None)
    return f"{told} with {plural(tried, 'configuration')} in all"


def _offer(found: Found) -> str:
    """What tuned methods were offered, a sentence without its end."""
    fewer = any(run.tuning and len(run.tuning) < run.tune for run in found.data.runs)
    return (
        f"Every method with a search space was offered {count(found.study.tune)} configurations"
        f"{' (fewer where the space holds no more)' if fewer else ''}, of which the best on "
        f"validation was taken, and every network the budget “{found.study.budget}”"
    )


def _champions(found: Found) -> tuple[MethodEvidence, MethodEvidence] | None:
    champions = {method.family: method for method in found.methods if method.is_champion}
    if not {*SIDES} <= {*champions}:
        return None
    return champions["deep"], champions["classical"]


def _champions_unlike(found: Found) -> str:
    """What is wrong where one champion was tuned and the other was not, else ""."""
    champions = _champions(found)
    contrast = tuned_unlike(*champions) if champions else ""
    return f"The best models of the two sides were not tuned alike: {contrast}" if contrast else ""


def _tuning_notes(found: Found) -> list[str]:
    """What a reader should know of a search that was not the same for all, a sentence each."""
    notes = []
    champions = _champions(found)
    less = searched_less(*champions, ratio=MORE_CHOICE) if champions else ""
    if less:
        notes.append(less)
    plain = not_tuned(m for m in found.methods if m.family in SIDES)
    if plain:
        notes.append(
            f"Not tuned, since no search space is given: {', '.join(plain)}. What is tuned has an "
            "advantage over what is not; a search_space would tell what is worth tuning."
        )
    failed = {
        side: sum(
            n for m in found.methods if m.family == side and m.tuning for _, n in m.tuning.errors
        )
        for side in SIDES
    }
    if any(failed.values()):
        parts = " and ".join(
            f"{plural(n, 'configuration')} of {side} methods" for side, n in failed.items() if n
        )
        notes.append(
            f"{parts} failed, and with them a part of the search; why is told in Tuning. The "
            "search_space should leave out what cannot be trained."
        )
    return notes


def _more_choice(choice: Mapping[Side, int]) -> list[str]:
    """That a champion is the best of many more methods than the other, if it is."""
    fewer, more = sorted(SIDES, key=lambda side: choice[side])
    if not 0 < choice[fewer] * MORE_CHOICE < choice[more]:
        return []
    return [
        f"The best {more} model was chosen from {count(choice[more])}, the {fewer} one from "
        f"{count(choice[fewer])}: more methods to choose from are an advantage."
    ]
