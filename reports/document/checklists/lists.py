"""Three reporting checklists, item by item, each in a few words of our own.

CLAIM 2024 has 44 items, TRIPOD+AI 27 with 52 parts, STARD-AI 40 with 48 parts. Numbers and order
are the published ones: those of CLAIM were held against the checklist of its authors
(github.com/RSNA/CLAIM), those of the other two against copies of their tables in public
repositories, not against the articles. The published wording is longer and binding; here stands
what an item asks for, and which answer of a run is given to it; an item without one is the
author's.

The items stand in the TOML files beside this module, the words of the answers in `answers.toml`.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

_KEYS = ("claim-2024", "tripod-ai", "stard-ai")


@dataclass(frozen=True)
class Item:
    """One item of a checklist.

    Attributes:
        number: as published.
        asks: what it asks for, in our words.
        answer: key of the answer that a run gives, or "".
        lacks: what the author must add to that, or "".
        beside: key of a further answer, which some runs give, or "".
        still: what the author must add where that is given, instead of `lacks`, or "".
    """

    number: str
    asks: str
    answer: str = ""
    lacks: str = ""
    beside: str = ""
    still: str = ""


@dataclass(frozen=True)
class Checklist:
    """A published checklist.

    Attributes:
        key: stem of its anchors.
        name: as it is known.
        source: citation.
        doi: of the source.
        items: all of them, in order.
    """

    key: str
    name: str
    source: str
    doi: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Sentence:
    """One sentence of an answer, given where its facts are known.

    Attributes:
        text: with a {name} for every fact that is filled in.
        when: name of a further fact that must be known, or "".
        unless: name of a fact that must not be known, or "".
    """

    text: str
    when: str = ""
    unless: str = ""


@cache
def checklists() -> tuple[Checklist, ...]:
    """CLAIM 2024, TRIPOD+AI and STARD-AI."""
    return tuple(_checklist(key) for key in _KEYS)


@cache
def sentences() -> Mapping[str, tuple[Sentence, ...]]:
    """Key of an answer → its sentences, in order."""
    return {
        key: tuple(
            Sentence(one) if isinstance(one, str) else Sentence(**one) for one in told["sentences"]
        )
        for key, told in _read("answers").items()
    }


def _checklist(key: str) -> Checklist:
    told = _read(key)
    items = tuple(Item(**item) for item in told.pop("items"))
    return Checklist(key, items=items, **told)


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath(f"{name}.toml").read_text("utf-8"))
