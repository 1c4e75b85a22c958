"""A file of predictions of any kind → its evidence: scores, decisions, or scores of readers."""

import json
from dataclasses import dataclass
from pathlib import Path

from bench.protocol.errors import ResultsError, UsageError
from reports.document.tables import Table, as_csv
from reports.evidence.comparison_file import FileEvidence
from reports.external import decided_output, output, reader_output
from reports.external.compare import compare
from reports.external.decided import DecidedEvidence, decided, has_decisions
from reports.external.reader_study import ReaderEvidence, has_readers, reader_study
from reports.statistics.many.readers import Generalisation

Found = FileEvidence | DecidedEvidence | ReaderEvidence
"""The evidence of a file of any kind."""

FIXED: dict[str, Generalisation] = {"": "readers-and-cases", "readers": "cases", "cases": "readers"}
"""What is fixed → to whom a reader study carries over."""

FILES = (
    *("comparison.txt", "comparison.json", "models.csv", "comparisons.csv"),
    *("decided-models.csv", "decided-pairs.csv", "readers.csv", "reader-pairs.csv"),
)
"""Names of all files that `write` may write."""


@dataclass(frozen=True)
class Asked:
    """What is asked of a file.

    Attributes:
        a, b: two models of a file of scores, or None.
        positive: of two labels the one to be found, None for 1 of 0 and 1.
        margin, alpha: smallest difference of AUC that matters, error rate.
        fixed: of a reader study "readers", "cases" or "" for neither.
    """

    a: str | None = None
    b: str | None = None
    positive: str | None = None
    margin: float = 0.02
    alpha: float = 0.05
    fixed: str = ""


def evidence_of(path: Path, asked: Asked) -> Found:
    """The evidence of a file, by its columns.

    Raises:
        DataError: if the file cannot be used.
        UsageError: if what is asked does not go with it.
        StudyError: if margin or alpha is out of range.
    """
    if not 0 < asked.alpha < 0.5:
        raise UsageError(f"--alpha {asked.alpha:g}: alpha must lie between 0 and 0.5.")
    pair_asked = asked.a is not None or asked.b is not None
    if has_readers(path):
        if pair_asked:
            raise UsageError("--a and --b do not go with readers: every pair is compared.")
        return reader_study(path, asked.positive, FIXED[asked.fixed], asked.alpha)
    if asked.fixed:
        raise UsageError(f"--fixed {asked.fixed} is for a file with a column 'reader'.")
    if has_decisions(path):
        if pair_asked:
            raise UsageError("--a and --b do not go with decisions: every pair is compared.")
        return decided(path, asked.positive, asked.alpha)
    return compare(
        path,
        a=asked.a,
        b=asked.b,
        positive=asked.positive,
        margin=asked.margin,
        alpha=asked.alpha,
    )


def as_text(found: Found) -> str:
    """The evidence for a terminal."""
    if isinstance(found, ReaderEvidence):
        return reader_output.as_text(found)
    if isinstance(found, DecidedEvidence):
        return decided_output.as_text(found)
    return output.as_text(found)


def as_json(found: Found) -> str:
    """Every number at full precision; what cannot be computed is null."""
    if isinstance(found, ReaderEvidence):
        return _json(reader_output.plain(found))
    if isinstance(found, DecidedEvidence):
        return _json(decided_output.plain(found))
    return output.as_json(found)


def write(found: Found, folder: Path) -> list[Path]:
    """Write text, JSON and tables.

    Raises:
        ResultsError: if the folder cannot be written.
    """
    if isinstance(found, ReaderEvidence):
        tables = [reader_output.reader_table(found), reader_output.pair_table(found)]
    elif isinstance(found, DecidedEvidence):
        tables = [decided_output.model_table(found), decided_output.pair_table(found)]
    else:
        return output.write(found, folder)
    return _write_all(found, folder, tables)


def _write_all(found: Found, folder: Path, tables: list[Table]) -> list[Path]:
    files = {"comparison.txt": as_text(found), "comparison.json": as_json(found)}
    files |= {f"{table.name}.csv": as_csv(table) for table in tables}
    for name, content in files.items():
        _put(folder / name, content.encode())
    return [folder / name for name in files]


def write_page(found: Found, path: Path, page: Path | None, paper: Path | None) -> str:
    """Write the evidence as a page, as a PDF, or both.

    Args:
        found: the evidence.
        path: the file that it is of.
        page, paper: where to, None for not.

    Returns:
        Which words the PDF cannot show for lack of a font, or "".

    Raises:
        ResultsError: if they cannot be written.
    """
    # drawing and typesetting are not loaded, nor need be installed, for text and JSON
    from reports.external.document import compose
    from reports.render import html, pdf
    from reports.render.unshown import unshown, with_note

    document = compose(found, path)
    note = "" if paper is None else unshown(document)
    if note:
        document = with_note(document, note)
    if page is not None:
        _put(page, html.render(document).encode())
    if paper is not None:
        _put(paper, pdf.render(document))
    return note


def _put(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise ResultsError(f"{path} cannot be written ({error.strerror or error}).") from None


def _json(value: object) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
