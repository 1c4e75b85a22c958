"""Whether the difference travels, in sentences; every one is true of the intervals that it shows.

Intervals of differences have the level 1 − α, those of equivalence 1 − 2α. Where an interval leaves
out 0 and Holm's correction does not let a change be shown, the sentence says so and does not say
that none is seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from reports.evidence import Estimate, Interaction, Place, Side, Transport
from reports.formatting import interval, joined, p_clause, score, signed
from reports.statistics.contrast import TOO_FEW

OTHER: dict[Side, Side] = {"deep": "classical", "classical": "deep"}

CHANGED = ("changed", "changed-within-margin")


@dataclass(frozen=True)
class Words:
    """What sentences need beside their numbers.

    Attributes:
        margin, alpha: of the study.
        questions: over how many Holm's correction runs.
    """

    margin: float
    alpha: float
    questions: int

    @property
    def p_name(self) -> str:
        """What the p value of a change is called."""
        return "Holm-adjusted p" if self.questions > 1 else "p"


def sentences(found: Transport, words: Words) -> tuple[str, ...]:
    """What is concluded of a data set: external parts, subgroups by column, corruptions.

    Nothing where there is no difference between the sides.
    """
    if found.apart:
        return ()
    told = [_external(found, words)]
    columns = dict.fromkeys(place.column for place in found.of_kind("subgroup"))
    told += [_column(found, column, words) for column in columns]
    told.append(corruptions(found.asked("corruption"), words))
    return tuple(text for text in told if text)


def moved(question: Interaction, here: str, there: str, words: Words) -> str:
    """The difference here, there, and whether it is another one, in one sentence.

    Args:
        question: with its rule.
        here, there: the places, with their preposition.
        words: of the study.
    """
    side = ahead(question.here)
    turn = -1 if side == "classical" else 1
    lead = "ΔAUC (deep − classical)" if side is None else f"The advantage of {side}"
    return (
        f"{lead}, {_with_limits(question.here, turn)} {here}, was "
        f"{_with_limits(question.there, turn)} {there}{_of_classes(question)}; "
        f"{change(question, turn, words)}"
    )


def _of_classes(question: Interaction) -> str:
    """Which classes count, where they are not all of the data set."""
    if len(question.classes) >= question.n_classes:
        return ""
    return f" (of {joined(question.classes)} alone, since others have too few cases)"


def change(question: Interaction, turn: int, words: Words) -> str:
    """The difference between two differences, and what is concluded of it.

    Args:
        question: with its rule.
        turn: −1 where the differences before are told as classical − deep.
        words: of the study.
    """
    test, tost = question.test, question.equivalence
    difference = f"the difference between these, {_with_limits(question.change, turn)},"
    p = p_clause(test.p_holm, words.p_name, words.alpha)
    low, high = sorted((turn * tost.low, turn * tost.high))
    within = (
        f"smaller than δ = {words.margin:g}: its {100 * tost.level:g} % interval "
        f"{interval(low, high, words.margin)} lies within ±δ "
        f"({p_clause(tost.p_holm, f'TOST, {words.p_name}', words.alpha)})"
    )
    if question.rule in CHANGED and question.favours is not None:
        gains = f"{question.favours} does better there, compared with {OTHER[question.favours]}"
        text = f"{difference} is shown ({p}): {gains}"
        return f"{text}, but it is {within}." if question.rule != "changed" else f"{text}."
    if question.rule == "same":
        return f"{difference} is {within}.{_after_all(question, words)}"
    if leaves_out_0(question):
        return (
            f"{difference} leaves out 0, but is not established after Holm's adjustment over "
            f"{words.questions} questions ({p})."
        )
    return f"{difference} is not shown ({p}{seen(question)})."


def leaves_out_0(question: Interaction) -> bool:
    """Whether the interval of the change does."""
    return question.test.low > 0 or question.test.high < 0


def seen(question: Interaction) -> str:
    """What could have been seen, "; 0.060 could have been seen", or "" where nothing varies."""
    least = question.minimum_detectable
    return "" if least is None else f"; {score(least)} could have been seen"


def ahead(difference: Estimate) -> Side | None:
    """The side whose advantage an interval shows; None where it holds 0."""
    if difference.low is not None and difference.low > 0:
        return "deep"
    return "classical" if difference.high is not None and difference.high < 0 else None


def untested(places: Sequence[Place]) -> str:
    """Which places are shown without a test, a sentence with a space before it, or ""."""
    told = [place.name for place in places if place.obstacle]
    if not told:
        return ""
    verb = "is" if len(told) == 1 else "are"
    have = "has" if len(told) == 1 else "have"
    few = [p for p in places if p.obstacle and p.n_smallest < TOO_FEW]
    if len(few) == len(told):
        what = "cases" if any(place.n_groups is None for place in few) else "patients"
        return f" {joined(told)} {have} too few {what} of a class and {verb} shown without a test."
    reasons = " ".join(dict.fromkeys(place.obstacle for place in places if place.obstacle))
    return f" {joined(told)} {verb} shown without a test. {reasons}"


def _external(found: Transport, words: Words) -> str:
    places, asked = found.of_kind("external"), found.asked("external")
    if not places:
        return ""
    together = [one for one in asked if len(one.places) > 1]
    main = together or list(asked)
    told = [moved(one, "on the test part", f"at {_others(one)}", words) for one in main]
    if together:
        told += [
            moved(one, "on the test part", f"at {one.name} alone", words)
            for one in asked
            if one not in together and one.rule in CHANGED
        ]
    return " ".join(told).strip() + (untested(places) if told else untested(places).strip())


def _others(question: Interaction) -> str:
    if len(question.places) == 1:
        return question.name
    return f"{len(question.places)} other places ({joined(question.places)})"


def _column(found: Transport, column: str, words: Words) -> str:
    places = [p for p in found.of_kind("subgroup") if p.column == column]
    names = {place.name for place in places}
    asked = [one for one in found.asked("subgroup") if one.name in names]
    told = []
    if len(places) == 2 and asked:
        other = next(name for name in sorted(names) if name != asked[0].name)
        told.append(moved(asked[0], f"in {other}", f"in {asked[0].name}", words))
    else:
        surprising = [one for one in asked if one.rule in CHANGED]
        told += [moved(one, "in the other groups", f"in {one.name}", words) for one in surprising]
        told += _unsurprising([one for one in asked if one not in surprising], words, bool(told))
    text = " ".join(told)
    return (
        f"By {column}: {_lower(text)}{untested(places)}"
        if text
        else (f"By {column}:{untested(places)}" if untested(places) else "")
    )


def _unsurprising(asked: Sequence[Interaction], words: Words, others: bool) -> list[str]:
    """Of the groups in which nothing is shown."""
    if not asked:
        return []
    told = []
    same = [one.name for one in asked if one.rule == "same"]
    open_ones = [one for one in asked if one.rule == "not-shown"]
    if same:
        told.append(
            f"In {joined(same)} ΔAUC is that of the other groups within ±δ = {words.margin:g}."
        )
    uncertain = [one.name for one in open_ones if leaves_out_0(one)]
    quiet = [one for one in open_ones if not leaves_out_0(one)]
    if uncertain:
        told.append(
            f"In {joined(uncertain)} the interval of the change leaves out 0, which Holm's "
            f"adjustment over {words.questions} questions does not let stand."
        )
    if quiet:
        more = "further " if others or same or uncertain else ""
        many = f"the {more}{len(quiet)} groups" if len(quiet) > 1 else quiet[0].name
        told.append(
            f"That ΔAUC in {many} is another one than in the rest is not shown{_could_have(quiet)}."
        )
    return told


def corruptions(asked: Sequence[Interaction], words: Words) -> str:
    """Which side loses more under what, and what is not known; "" where nothing was asked."""
    if not asked:
        return ""
    told = []
    for side in ("deep", "classical"):
        worse = [one for one in asked if one.favours == OTHER[side]]
        loses = [one for one in worse if _loss(one, side) > 0]
        gains = [one for one in worse if _loss(one, side) <= 0]
        for own, verb, first, second in (
            (loses, "loses more than", side, OTHER[side]),
            (gains, "gains more than", OTHER[side], side),
        ):
            if own:
                each = [f"{one.name} {signed(one.change.value)} {_limits(one)}" for one in own]
                told.append(
                    f"{first.capitalize()} {verb} {second} under "
                    f"{joined([one.name for one in own])} (change of ΔAUC, mean over severities: "
                    f"{'; '.join(each)}; {_largest_p(own, words)})."
                )
    same = [one.name for one in asked if one.rule == "same"]
    if same:
        told.append(f"Under {joined(same)} the change of ΔAUC lies within ±δ = {words.margin:g}.")
    open_ones = [one for one in asked if one.rule == "not-shown"]
    uncertain = [one.name for one in open_ones if leaves_out_0(one)]
    if uncertain:
        told.append(
            f"Under {joined(uncertain)} the interval of the change leaves out 0, which Holm's "
            f"adjustment over {words.questions} questions does not let stand."
        )
    quiet = [one for one in open_ones if not leaves_out_0(one)]
    if quiet:
        told.append(
            f"That one side loses more than the other under "
            f"{joined([one.name for one in quiet])} is not shown{_could_have(quiet)}."
        )
    if len(asked[0].classes) < asked[0].n_classes:
        told.append(f"All of {joined(asked[0].classes)} alone, since others have too few cases.")
    return " ".join(told)


def _loss(question: Interaction, side: Side) -> float:
    here, there = question.deep if side == "deep" else question.classical
    return here - there


def _limits(question: Interaction) -> str:
    return f"[{signed(question.test.low)}, {signed(question.test.high)}]"


def _largest_p(asked: Sequence[Interaction], words: Words) -> str:
    largest = max(one.test.p_holm for one in asked)
    clause = p_clause(largest, words.p_name, words.alpha)
    return clause if len(asked) == 1 else clause.replace(" = ", " at most ", 1)


def _could_have(asked: Sequence[Interaction]) -> str:
    known = [one.minimum_detectable for one in asked if one.minimum_detectable is not None]
    if not known:
        return ""
    low, high = score(min(known)), score(max(known))
    return f" ({low if low == high else f'{low} to {high}'} could have been seen)"


def _after_all(question: Interaction, words: Words) -> str:
    """Where equivalence is shown and the interval of the change leaves out 0."""
    if not leaves_out_0(question):
        return ""
    return (
        " That it is not 0 is not established after Holm's adjustment "
        f"({p_clause(question.test.p_holm, words.p_name, words.alpha)})."
    )


def _with_limits(estimate: Estimate, turn: int) -> str:
    value = signed(turn * estimate.value)
    if estimate.low is None or estimate.high is None:
        return value
    low, high = sorted((turn * estimate.low, turn * estimate.high))
    return f"{value} [{signed(low)}, {signed(high)}]"


def _lower(text: str) -> str:
    return text if text.startswith("Δ") else text[0].lower() + text[1:]


def inverted(places: Sequence[Place]) -> list[str]:
    """The methods that rank systematically the wrong way round, each with its place and AUC."""
    return [
        f"{row.method} {_at(place)} (AUC {score(row.auc.value)} "
        f"[{score(row.auc.low)}, {score(row.auc.high)}])"
        for place in places
        for row in place.methods
        if row.inverted and row.auc is not None
    ]


def _at(place: Place) -> str:
    if place.kind == "corruption":
        return f"under {place.name} {place.severity}"
    return f"at {place.name}" if place.kind == "external" else f"in {place.name}"
