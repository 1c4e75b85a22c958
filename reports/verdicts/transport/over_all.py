"""Whether the difference travels, over all data sets of which it was asked."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bench.protocol.cards import DatasetCard
from bench.protocol.study import Study
from reports.analysis.origins import sources
from reports.analysis.transport.questions import corrected
from reports.analysis.transport.together import OnDataset, divided, over_datasets, over_left_out
from reports.analysis.transport.transport import Travelled
from reports.evidence import (
    SIDES,
    Interaction,
    LeftOutColumn,
    PlaceKind,
    Transport,
    TransportOverall,
)
from reports.formatting import joined, plural
from reports.verdicts.transport.rule import ruled, with_rules
from reports.verdicts.transport.wording import (
    CHANGED,
    OTHER,
    Words,
    moved,
    sentences,
)


def concluded(
    found: Sequence[Travelled | None], datasets: Sequence[str], study: Study
) -> list[Transport | None]:
    """Of every data set its questions, corrected, with rules and sentences.

    Holm's correction runs over the questions of a data set; those that leave out a value of one
    column each are one family.

    Args:
        found: of the data sets.
        datasets: what each was made by leaving out, for example "lgg by site"; its own name else.
        study: alpha and margin.
    """
    told: list[Transport | None] = [None if one is None else one.evidence for one in found]
    for family in dict.fromkeys(datasets):
        own = [
            (i, one)
            for i, (one, name) in enumerate(zip(told, datasets, strict=True))
            if name == family and one is not None
        ]
        asked = [question for _, one in own for question in one.interactions]
        adjusted = iter(corrected(asked))
        words = Words(study.margin, study.alpha, len(asked))
        for i, one in own:
            questions = tuple(next(adjusted) for _ in one.interactions)
            judged = with_rules(
                replace(one, interactions=questions), margin=study.margin, alpha=study.alpha
            )
            told[i] = replace(judged, sentences=sentences(judged, words))
    return told


@dataclass(frozen=True, eq=False)
class Answered:
    """A data set of which something was asked beyond its test part.

    Attributes:
        card: the data set.
        found: places, questions and gaps, with what is needed to put data sets together.
        transport: the same with rules and sentences.
    """

    card: DatasetCard
    found: Travelled
    transport: Transport

    def external(self) -> tuple[OnDataset, Interaction] | None:
        """Its question about all external parts together; None without an answer."""
        pairs = [
            (asked, told)
            for asked, told in zip(self.found.asked, self.transport.interactions, strict=True)
            if told.kind == "external"
        ]
        if not pairs:
            return None
        asked, told = max(pairs, key=lambda pair: len(pair[1].places))
        return OnDataset(self.card, asked, self.found.sides), told


def family_of(card: DatasetCard) -> str:
    """Over which data sets Holm's correction runs: those made by leaving out one column."""
    return " by ".join(divided(card)) if card.left_out else card.name


def over_all(
    judged: Sequence[Answered], cards: Sequence[DatasetCard], study: Study
) -> TransportOverall | None:
    """What is said over data sets; None where none was asked.

    Generated data sets count only where all are.

    Args:
        judged: those of which something was asked, and could be.
        cards: of all data sets.
        study: alpha and margin.
    """
    if not judged:
        return None
    real = [one for one in judged if not one.card.generated]
    left_out = _columns(judged, cards, study)
    told: list[str] = []
    for kind in ("external", "subgroup"):
        told += _counted(real or judged, left_out, kind, study)
    told += _pooled([one for one in real or judged if not one.card.left_out], study)
    told += _corruptions(real or judged)
    return TransportOverall(tuple(left_out), tuple(told))


def _columns(
    judged: Sequence[Answered], cards: Sequence[DatasetCard], study: Study
) -> list[LeftOutColumn]:
    families: dict[tuple[str, str], list[Answered]] = {}
    for one in judged:
        if one.card.left_out:
            families.setdefault(divided(one.card), []).append(one)
    found = []
    for (name, column), members in families.items():
        asked = [(one, pair[0]) for one in members if (pair := one.external()) is not None]
        if len(asked) < 2:
            continue
        question = ruled(
            over_left_out([own for _, own in asked]), margin=study.margin, alpha=study.alpha
        )
        there = {one.card.name for one, _ in asked}
        family = [card for card in cards if card.left_out and divided(card) == (name, column)]
        without = tuple(card.name for card in family if card.name not in there)
        text = moved(
            question,
            f"on test cases of the other values of {column}",
            f"at those left out ({joined(question.places)})",
            Words(study.margin, study.alpha, 1),
        )
        less = (
            f" {plural(len(without), 'value')} with too few cases not counted." if without else ""
        )
        each = f"{name}, each of {len(asked)} values of {column} left out once: "
        found.append(
            LeftOutColumn(
                name, column, tuple(there_in_order(asked)), without, question, each + text + less
            )
        )
    return found


def there_in_order(asked: Sequence[tuple[Answered, OnDataset]]) -> list[str]:
    """Names of the data sets that count."""
    return [one.card.name for one, _ in asked]


def _counted(
    judged: Sequence[Answered], left_out: Sequence[LeftOutColumn], kind: PlaceKind, study: Study
) -> list[str]:
    """On how many data sets a change is shown, and on how many it is excluded."""
    asked: list[tuple[str, list[Interaction]]] = []
    if kind == "external":
        asked += [(one.name, [one.change]) for one in left_out]
    for one in judged:
        if kind == "external" and one.card.left_out:
            continue
        own = list(one.transport.asked(kind))
        if own:
            asked.append((one.card.name, own))
    if len(asked) < 2:
        return []
    changed = [name for name, own in asked if any(q.rule in CHANGED for q in own)]
    same = [name for name, own in asked if all(q.rule == "same" for q in own)]
    rest = [name for name, _ in asked if name not in (*changed, *same)]
    what = "in other places" if kind == "external" else "in subgroups"
    parts = [
        f"shown on {len(changed)} ({joined(changed)})" if changed else "shown on none",
        f"excluded within ±δ = {study.margin:g} on {len(same)} ({joined(same)})" if same else "",
        f"open on {len(rest)} ({joined(rest)})" if rest else "",
    ]
    return [
        f"Asked {what} on {plural(len(asked), 'data set')}, a change of the difference between the "
        f"sides is {'; '.join(part for part in parts if part)}."
    ]


def _pooled(judged: Sequence[Answered], study: Study) -> list[str]:
    """The mean change over data sets that share no images, where there are several."""
    found: dict[str, OnDataset] = {}
    for one, source in zip(judged, sources([one.card for one in judged]), strict=True):
        pair = one.external()
        if pair is not None:
            found.setdefault(source, pair[0])
    if len(found) < 2:
        return []
    question = ruled(over_datasets(list(found.values())), margin=study.margin, alpha=study.alpha)
    text = moved(
        question,
        "on the test parts",
        "at the other places",
        Words(study.margin, study.alpha, 1),
    )
    return [f"Mean over {len(found)} data sets ({joined(question.places)}): {_lower(text)}"]


def _lower(text: str) -> str:
    return text if text.startswith("Δ") else text[0].lower() + text[1:]


def _corruptions(judged: Sequence[Answered]) -> list[str]:
    """Under which corruptions a side loses more, and on which data sets."""
    asked = [one for one in judged if one.transport.asked("corruption")]
    if len(asked) < 2:
        return []
    told = []
    for side in SIDES:
        where: dict[str, list[str]] = {}
        for one in asked:
            for question in one.transport.asked("corruption"):
                here, there = question.deep if side == "deep" else question.classical
                if question.favours == OTHER[side] and here > there:
                    where.setdefault(question.name, []).append(one.card.name)
        if where:
            each = joined([f"{kind} ({', '.join(names)})" for kind, names in where.items()])
            told.append(f"{side.capitalize()} is shown to lose more under {each}.")
    if not told:
        told = ["That one side loses more than the other under a corruption is shown nowhere."]
    return [f"Spoilt images, {plural(len(asked), 'data set')}: {' '.join(told)}"]
