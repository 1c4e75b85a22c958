"""The evidence of `bench compare` as a document: page and PDF, by the blocks of a report."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from reports.document.blocks import (
    AuditMark,
    AuditStrip,
    Block,
    Bullets,
    Heading,
    Paragraph,
    Statement,
    TableBlock,
    Tone,
)
from reports.document.document import Document
from reports.document.sections.answer import tone
from reports.document.tables import Table
from reports.evidence.comparison_file import FileEvidence
from reports.external import decided_output, output, reader_output
from reports.external.decided import DecidedEvidence
from reports.external.pictures import drawn
from reports.external.reader_study import ReaderEvidence

TITLE = "Models compared on the same cases"
Found = FileEvidence | DecidedEvidence | ReaderEvidence


def compose(evidence: Found, path: Path) -> Document:
    """The document.

    Args:
        evidence: of a file.
        path: the file: its content is the document's identity, its time the document's date, so
            that the same file gives the same bytes.
    """
    blocks: list[Block] = []
    if isinstance(evidence, FileEvidence):
        about, *_ = output.as_text(evidence).splitlines()
        blocks = [*_of_scores(evidence), *drawn(evidence, path)]
    elif isinstance(evidence, DecidedEvidence):
        about = decided_output.about(evidence)
        tables = [decided_output.model_table(evidence), decided_output.pair_table(evidence)]
        blocks = _plain(decided_output.findings(evidence), tables)
    else:
        about = reader_output.about(evidence)
        tables = [reader_output.reader_table(evidence), reader_output.pair_table(evidence)]
        blocks = _plain(reader_output.findings(evidence), tables)
    stamp = datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
    return Document(
        title=TITLE,
        subtitle=about,
        study_hash=hashlib.sha256(path.read_bytes()).hexdigest()[:12],
        date=stamp.isoformat(timespec="seconds"),
        blocks=tuple(blocks),
        brief=True,
    )


def _of_scores(evidence: FileEvidence) -> list[Block]:
    blocks: list[Block] = [Heading(1, "Answer", "answer")]
    verdict = evidence.verdict
    if verdict is not None:
        claim = "Deep learning is better than classical machine learning on these images."
        way: Tone = tone(verdict)
        blocks.append(Statement(claim, verdict.heading, verdict.sentence, way))
    else:
        blocks.append(Bullets(tuple((line,) for line in output.said(evidence))))
    if evidence.ties is not None:
        first, *groups = output.ties_in_words(evidence.ties)
        blocks += [Paragraph((first,)), Bullets(tuple((group.strip(),) for group in groups))]
    marks = tuple(AuditMark(i.colour, i.title, i.sentence) for i in evidence.audit)
    blocks += [Heading(1, "Audit", "audit"), AuditStrip(marks)]
    level = output.level(evidence)
    tables = [output.model_table(evidence, level), output.pair_table(evidence, level)]
    return [*blocks, *_tables(tables)]


def _plain(findings: Sequence[str], tables: Sequence[Table]) -> list[Block]:
    said = tuple((line,) for line in findings) or (("There is one model.",),)
    return [Heading(1, "Answer", "answer"), Bullets(said), *_tables(tables)]


def _tables(tables: Sequence[Table]) -> list[Block]:
    shown = [TableBlock(table) for table in tables if table.rows]
    return [Heading(1, "Discrimination and decisions", "results"), *shown]
