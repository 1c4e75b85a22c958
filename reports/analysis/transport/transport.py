"""All that is asked of a data set beyond its test part."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bench.results.store import Store
from reports.analysis.pairs.counted_classes import without_classes
from reports.analysis.pairs.dataset_comparison import DatasetComparison
from reports.analysis.transport.gaps import group_gaps
from reports.analysis.transport.places import place
from reports.analysis.transport.questions import Asked, Question, ask, corrected
from reports.analysis.transport.sides import TEST, Sides, obstacle, of_candidates
from reports.evidence import GroupGap, Place, Transport
from reports.formatting import plural
from reports.loading.elsewhere import (
    Corrupted,
    Grouping,
    corrupted,
    external_parts,
    groupings,
    in_group,
)
from reports.loading.selection import DatasetRuns, each_case_once

ALL_PLACES = "all external parts"


@dataclass(frozen=True, eq=False)
class Travelled:
    """What was found beyond the test part, with what is needed to put data sets together.

    Attributes:
        evidence: what is shown.
        asked: the questions, in the order of `evidence.interactions`.
        sides: the two models.
    """

    evidence: Transport
    asked: tuple[Asked, ...]
    sides: Sides


def travel(compared: DatasetComparison, store: Store) -> Travelled | None:
    """Places, questions and gaps of a data set.

    Args:
        compared: the two sides on the cases that decide.
        store: the results folder.

    Returns:
        None where nothing was asked, or no method has a result on the test part. Places alone
        where the sides cannot be compared there.
    """
    study, card = compared.study, compared.data.card
    if not (card.external or study.subgroups or study.corrupt):
        return None
    if not compared.candidates.tested:
        return None
    sides = Sides.of(compared) or Sides.not_compared(compared)
    here = of_candidates(compared)
    # classes that do not count on the test part do not count elsewhere, so that AUCs are alike
    external = {
        name: without_classes(data, here.left_out)
        for name, data in external_parts(here, store).items()
    }
    divided, notes = groupings(here, store, study)
    notes += [f"No run predicted {name}." for name in card.external if name not in external]
    spoilt = corrupted(here, store, study) if study.corrupt else None
    if study.corrupt and spoilt is None:
        notes.append("No run predicted spoilt images.")
    return travelled(here, sides, external, divided, spoilt, notes)


def travelled(
    here: DatasetRuns,
    sides: Sides,
    external: dict[str, DatasetRuns],
    divided: Sequence[Grouping] = (),
    spoilt: Corrupted | None = None,
    notes: Sequence[str] = (),
) -> Travelled:
    """The same of what has been loaded.

    Args:
        here: the runs on the test cases that decide.
        sides: the two models.
        external: name → the runs on that part.
        divided: subgroups of the test cases.
        spoilt: the runs on spoilt images.
        notes: what cannot be answered.
    """
    test = place(here, sides, "test", TEST)
    parts = [
        _external(here, sides, external, test),
        *(_groups(here, sides, grouping, test) for grouping in divided),
        _spoilt(here, sides, spoilt, test) if spoilt else _Found(),
    ]
    asked = [one for part in parts for one in part.asked]
    interactions = corrected([one.interaction for one in asked])
    return Travelled(
        Transport(
            deep=sides.deep.name,
            classical=sides.classical.name,
            places=(test, *(one for part in parts for one in part.places)),
            interactions=tuple(interactions),
            gaps=tuple(gap for part in parts for gap in part.gaps),
            notes=(*notes, *(note for part in parts for note in part.notes)),
            folds_deep=sides.deep.times,
            folds_classical=sides.classical.times,
            apart=sides.apart,
        ),
        tuple(asked),
        sides,
    )


@dataclass(frozen=True, eq=False)
class _Found:
    places: tuple[Place, ...] = ()
    asked: tuple[Asked, ...] = ()
    gaps: tuple[GroupGap, ...] = ()
    notes: tuple[str, ...] = ()


def _external(
    here: DatasetRuns, sides: Sides, external: dict[str, DatasetRuns], test: Place
) -> _Found:
    places, asked, whole = [], [], {}
    for name, data in external.items():
        why = obstacle([data, here], [name, TEST]) or sides.absent(data)
        places.append(place(data, sides, "external", name, untested=why, before=test, here=here))
        if not why:
            whole[name] = data
        if not why and not sides.apart:
            asked.append(ask(Question("external", name, (name,), here, (data,)), sides, "here"))
    together = [here, *whole.values()]
    if len(whole) > 1 and not sides.apart and not obstacle(together, [TEST, *whole]):
        every = tuple(whole.values())
        asked.append(
            ask(Question("external", ALL_PLACES, tuple(whole), here, every), sides, "here")
        )
    return _Found(tuple(places), tuple(asked))


def _groups(here: DatasetRuns, sides: Sides, grouping: Grouping, test: Place) -> _Found:
    """Every group against the cases that are in the others; two groups are one question."""
    known = frozenset().union(*grouping.cases)
    places: list[Place] = []
    asked: list[Asked] = []
    enough: dict[str, DatasetRuns] = {}
    for name, cases in zip(grouping.names, grouping.cases, strict=True):
        data, rest = in_group(here, cases), in_group(here, known - cases)
        told = f"{grouping.column} = {name}" if name[0] not in "<≥" else f"{grouping.column} {name}"
        why = obstacle([data], [told])
        if not why and len(grouping.names) > 1:
            why = obstacle([data, rest], [told, f"The rest by {grouping.column}"])
        places.append(
            place(
                data,
                sides,
                "subgroup",
                told,
                column=grouping.column,
                untested=why,
                before=test,
                here=here,
            )
        )
        if why:
            continue
        enough[told] = data
        if sides.apart:
            continue
        if len(grouping.names) > 1 and not (len(grouping.names) == 2 and len(asked)):
            asked.append(ask(Question("subgroup", told, (told,), rest, (data,)), sides, "here"))
    notes = _of_grouping(here, grouping, known)
    apart = obstacle(list(enough.values()), list(enough)) if len(enough) > 1 else ""
    if apart:
        notes += (f"By {grouping.column} no worst group is named. {apart}",)
    gaps = () if apart else group_gaps(grouping.column, enough, sides)
    return _Found(tuple(places), tuple(asked), gaps, notes)


def _of_grouping(here: DatasetRuns, grouping: Grouping, known: frozenset[str]) -> tuple[str, ...]:
    """What is to be said of a column: cases that are in no group, and a group that is alone."""
    parts = each_case_once(here.tests.values())
    cases = {case for part in parts for case in part.case_ids.tolist()}
    unknown = len(cases - known)
    notes = []
    if unknown:
        are = "is" if unknown == 1 else "are"
        notes.append(
            f"Of {plural(unknown, 'test case')} no {grouping.column} is known; "
            f"{'it' if unknown == 1 else 'they'} {are} in no group."
        )
    if len(grouping.names) == 1:
        notes.append(
            f"All test cases of which {grouping.column} is known are in one group, "
            f"{grouping.names[0]!r}: there is no other to compare it with."
        )
    return tuple(notes)


def _spoilt(here: DatasetRuns, sides: Sides, spoilt: Corrupted, test: Place) -> _Found:
    """One question per corruption, of the mean over severities."""
    clean = replace(spoilt.data, resampled=here.resampled)
    why = obstacle([clean], [TEST]) or sides.absent(clean)
    places, asked = [], []
    for kind in spoilt.kinds:
        each = [spoilt.at(kind, severity) for severity in spoilt.severities]
        own = [
            place(
                data,
                sides,
                "corruption",
                kind,
                severity=s,
                untested=why,
                before=test,
                here=clean,
            )
            for s, data in zip(spoilt.severities, each, strict=True)
        ]
        places += own
        if not why and not sides.apart:
            weights = (1 / len(each),) * len(each)
            names = tuple(f"{kind} {severity}" for severity in spoilt.severities)
            question = Question("corruption", kind, names, clean, tuple(each), weights, shared=True)
            asked.append(ask(question, sides, "here"))
    return _Found(tuple(places), tuple(asked), (), (why,) if why else ())
