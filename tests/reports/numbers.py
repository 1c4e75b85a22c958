"""The numbers of sentences, and those that a piece of evidence allows."""

import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from reports import formatting
from reports.document.blocks import AuditStrip, Bullets, Paragraph, Statement, Verdicts
from reports.document.document import Document

LONG = 60  # a longer list is a curve, of which no sentence tells a vertex


PRINTERS = (
    formatting.score, formatting.error, formatting.signed, partial(formatting.signed, digits=4),
    formatting.p_value, formatting.percent,
    formatting.seconds, formatting.ratio, formatting.rank, "{:g}".format, "{:.2f}".format,
    "{:.1f}".format, "{:.4g}".format,
)  # fmt: skip


def decimals(sentence: str) -> set[str]:
    """The decimal numbers of a sentence with their signs; versions and DOIs are none."""
    return set(re.findall(r"(?<![\w.+−])[+−]?\d+\.\d+(?![\w.]*\.\d|[\w/])", sentence))


def scalars(value: Any) -> Iterator[float]:
    if isinstance(value, bool | str) or value is None:
        return
    if isinstance(value, int | float):
        yield float(value)
    elif isinstance(value, dict):
        for item in value.values():
            yield from scalars(item)
    elif len(value) <= LONG or isinstance(value[0], dict):
        for item in value:
            yield from scalars(item)


def forms(*pieces: Any) -> set[str]:
    """Every decimal number that a sentence about these pieces may hold."""
    found: set[str] = set()
    for number in scalars(pieces):
        for value in (number, -number, abs(number), 100 * number):
            for show in PRINTERS:
                try:
                    found |= decimals(show(value))
                except (OverflowError, ValueError):
                    continue  # for example the logarithm of a negative ratio
    return found


def sentences(document: Document) -> Iterator[str]:
    """All prose of a document: what is neither a table nor a drawing nor a list of facts."""
    for block in document.blocks:
        if isinstance(block, Paragraph):
            yield "".join(w if isinstance(w, str) else w.text for w in block.words)
        elif isinstance(block, Bullets):
            for item in block.items:
                yield "".join(w if isinstance(w, str) else w.text for w in item)
        elif isinstance(block, Statement):
            yield from (block.headline, block.detail)
        elif isinstance(block, Verdicts):
            for card in block.cards:
                yield from (card.headline, card.detail, *(value for _, value in card.figures))
                yield from (f"{bar.label} {bar.number}" for bar in card.bars)
        elif isinstance(block, AuditStrip):
            yield from (mark.detail for mark in block.marks)


def derived(stored: dict[str, Any]) -> list[float]:
    """What is told of a data set and follows from several of its numbers.

    Right decisions, seconds of training of each side, the seeds' share of the variance, images of a
    patient.
    """
    matrices = [m["operating"]["confusion"] for m in stored["methods"] if m["operating"]]
    found = [float(sum(row[k] for k, row in enumerate(matrix))) for matrix in matrices]
    for side in ("deep", "classical"):
        own = [m for m in stored["methods"] if m["family"] == side and m["cost"] is not None]
        found.append(sum(m["cost"]["fit_seconds"] * len(m["scores"]) for m in own))
    if stored["comparison"] is not None:
        pair = stored["comparison"]["pair"]
        found.append((pair["se_seeds"] / pair["se"]) ** 2)
        if stored["comparison"]["n_groups"]:
            found.append(stored["comparison"]["n_cases"] / stored["comparison"]["n_groups"])
    return found
