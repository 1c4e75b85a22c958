"""From a results folder to the files of its report."""

import shutil
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from bench.protocol.errors import ResultsError
from bench.results.store import Store
from reports.collect import collect
from reports.document.anchors import Anchors
from reports.document.blocks import Block
from reports.document.document import Document
from reports.document.sections.answer import answer, moment, title_page
from reports.document.sections.checklists import checklists
from reports.document.sections.cost import cost
from reports.document.sections.data import data
from reports.document.sections.disagreements import disagreements
from reports.document.sections.discrimination import discrimination
from reports.document.sections.failures import failures
from reports.document.sections.limits import limits
from reports.document.sections.many_datasets import many_datasets, pair_table
from reports.document.sections.operating_point import operating_point
from reports.document.sections.probabilities import probabilities
from reports.document.sections.protocol import protocol
from reports.document.sections.reliance import reliance
from reports.document.sections.secondary_claims import secondary_claims
from reports.document.sections.sensitivity import grid_table, sensitivity
from reports.document.sections.training import training
from reports.document.sections.transport import transport
from reports.document.sections.tuning import tuning
from reports.document.segmentation.cost import segmentation_cost
from reports.document.segmentation.data import segmentation_data
from reports.document.segmentation.leaderboard import leaderboard
from reports.document.segmentation.pictures import pictures
from reports.document.segmentation.results import results
from reports.document.summary import summary
from reports.document.tables import Table, as_csv, as_latex
from reports.evidence import Evidence
from reports.formatting import plural
from reports.processes import rarely_collected, shared_out
from reports.render import docx, html, pdf
from reports.render.evidence_json import as_json, schema
from reports.render.unshown import unshown, with_note

TITLE = "Is deep learning better than classical machine learning here?"

Section = Callable[[Evidence, Mapping[str, str]], list[Block]]


def _of_all_data(section: Callable[[Evidence], list[Block]]) -> Section:
    """A section that has no part of its own for each data set."""
    return lambda evidence, _: section(evidence)


SECTIONS: tuple[Section, ...] = (
    answer,
    _of_all_data(secondary_claims),
    _of_all_data(protocol),
    data,
    discrimination,
    operating_point,
    probabilities,
    transport,
    cost,
    tuning,
    training,
    reliance,
    many_datasets,
    sensitivity,
    disagreements,
    _of_all_data(failures),
    _of_all_data(checklists),
    _of_all_data(limits),
)
"""In the order of the report."""

OF_SEGMENTATION: tuple[Section, ...] = (
    answer,
    _of_all_data(protocol),
    segmentation_data,
    results,
    segmentation_cost,
    tuning,
    leaderboard,
    pictures,
    _of_all_data(failures),
    _of_all_data(limits),
)
"""The same of a segmentation study."""

_MOST_DRAWN = (probabilities, discrimination, reliance, training, operating_point)
_LONGEST_FIRST = (
    *map(SECTIONS.index, _MOST_DRAWN),
    *(number for number, section in enumerate(SECTIONS) if section not in _MOST_DRAWN),
)


@dataclass(frozen=True)
class ReportFiles:
    """Where the report lies.

    Attributes:
        folder: of all of it.
        html, pdf: the report in two forms.
        summary: the summary in every form that was asked for, the page first; () where only a
            document was written.
        tables: one CSV and one LaTeX file per table.
        figures: one SVG and one PDF file per figure, and a PNG where that was asked for.
        attached: one CSV file per table that the report leaves out for its length.
        evidence: every number at full precision as JSON, and the schema of that; () where only a
            document was written.
        answer: the verdict on each data set, the overall one and those on the study's own claims,
            a line each; () where only a document was written.
        note: which words PDF and PNG cannot show for lack of a font, or "".
    """

    folder: Path
    html: Path
    pdf: Path
    tables: tuple[Path, ...]
    figures: tuple[Path, ...]
    summary: tuple[Path, ...] = ()
    attached: tuple[Path, ...] = ()
    evidence: tuple[Path, ...] = ()
    answer: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Forms:
    """In which further forms a report is written, beside HTML and PDF.

    Attributes:
        png: whether every figure is a PNG, too.
        word: whether the summary is a Word document, too.
    """

    png: bool = False
    word: bool = False


PLAIN = Forms()
"""HTML and PDF alone."""


def write_report(store: Store, forms: Forms = PLAIN) -> ReportFiles:
    """Write the report of a results folder's current study, in place of an earlier one.

    Nothing is trained: everything comes from stored predictions. The same results give the same
    bytes.

    Args:
        store: the results folder.
        forms: what is written beside HTML and PDF.

    Raises:
        ResultsError: if the results are damaged or the report cannot be written.
        UsageError: if a form needs a package that is not installed.
    """
    if forms.word:
        docx.refuse_without_package()
    with rarely_collected():
        # many small products: threads of the BLAS would only wait for each other, twice as long
        with threadpool_limits(1):
            evidence = collect(store)
        files = write_document(compose(evidence), store.layout.report_folder, evidence, forms)
    return replace(files, answer=in_lines(evidence))


def in_lines(evidence: Evidence) -> tuple[str, ...]:
    """The verdict on each data set, the overall one, then the study's own claims, as plain text."""
    verdicts = [(d.card.name, d.verdict) for d in evidence.datasets]
    lines = [f"{name}: {v.heading}. {v.sentence}" for name, v in verdicts]
    lines.append(f"Overall: {evidence.overall.heading}. {evidence.overall.sentence}")
    declared = [claim for claim in evidence.claims if claim.declared]
    return (*lines, *(f"Claim {c.name}: {c.heading}. {c.sentence}" for c in declared))


def compose(evidence: Evidence) -> Document:
    """The report of some evidence, section by section."""
    anchors = Anchors()
    stems = {d.card.name: anchors.new(d.card.name) for d in evidence.datasets}
    whole = _sections(evidence)
    order = _LONGEST_FIRST if whole is SECTIONS else tuple(range(len(whole)))
    made = shared_out(_section, (evidence, stems), order)
    sections = dict(zip(order, made, strict=True))
    return Document(
        title=TITLE,
        subtitle=f"{plural(len(evidence.datasets), 'data set')}, "
        f"{plural(len(evidence.entry.study.methods), 'method')}, study {evidence.study_hash}, "
        f"first run {moment(evidence.entry.first_run)}",
        study_hash=evidence.study_hash,
        date=evidence.entry.first_run,
        blocks=tuple(block for number in range(len(whole)) for block in sections[number]),
        attached=_attached(evidence),
        title_page=title_page(evidence),
    )


def _sections(evidence: Evidence) -> tuple[Section, ...]:
    return OF_SEGMENTATION if evidence.entry.study.task == "segmentation" else SECTIONS


def _section(subject: tuple[Evidence, Mapping[str, str]], number: int) -> list[Block]:
    return _sections(subject[0])[number](*subject)


def _attached(evidence: Evidence) -> tuple[Table, ...]:
    """Tables that are too long to be read."""
    grid = (grid_table(evidence),) if evidence.robustness.analyses else ()
    return (*grid, *((pair_table(evidence.many, whole=True),) if evidence.many.pairs else ()))


def write_document(
    document: Document,
    folder: Path,
    evidence: Evidence | None = None,
    forms: Forms = PLAIN,
) -> ReportFiles:
    """Write a document in all its forms; an earlier report in the folder is replaced as a whole.

    Args:
        document: what is shown.
        folder: where to.
        evidence: what it rests on, written beside it as JSON with its schema, and as a summary.
        forms: what is written beside HTML and PDF.

    Raises:
        ResultsError: if it cannot be written.
    """
    note = unshown(document)
    if note:
        document = with_note(document, note)
    files: dict[str, bytes] = {}
    with ThreadPoolExecutor(2) as typesetters:  # Typst works without the interpreter's lock
        pages = typesetters.submit(pdf.prepared(document))  # the longest, so it begins first
        sheets = typesetters.submit(pdf.figures, document.figures, document.date)
        drawn = typesetters.submit(pdf.pngs, document.figures) if forms.png else None
        files["index.html"] = html.render(document).encode()
        if evidence is not None:
            files["evidence.json"] = as_json(evidence).encode()
            files["evidence.schema.json"] = schema().encode()
            brief = summary(evidence, document.title)
            files["summary.html"] = html.render(brief).encode()
            files["summary.pdf"] = pdf.render(brief)
            if forms.word:
                files["summary.docx"] = docx.render(brief)
        for table in document.tables:
            files[f"tables/{table.name}.csv"] = as_csv(table).encode()
            files[f"tables/{table.name}.tex"] = as_latex(table).encode()
        for table in document.attached:
            files[f"data/{table.name}.csv"] = as_csv(table).encode()
        for figure in document.figures:
            files[f"figures/{figure.name}.svg"] = figure.svg.encode()
        files["report.pdf"] = pages.result()
        for name, content in sheets.result().items():
            files[f"figures/{name}.pdf"] = content
        for name, content in drawn.result().items() if drawn else ():
            files[f"figures/{name}.png"] = content
    try:
        _replace(folder, files)
    except OSError as error:
        raise ResultsError(
            f"Report {folder} cannot be written ({error.strerror or error})."
        ) from None

    def under(start: str) -> tuple[Path, ...]:
        return tuple(folder / name for name in files if name.startswith(start))

    return ReportFiles(
        folder,
        html=folder / "index.html",
        pdf=folder / "report.pdf",
        tables=under("tables/"),
        figures=under("figures/"),
        summary=under("summary."),
        attached=under("data/"),
        evidence=under("evidence."),
        note=note,
    )


def _replace(folder: Path, files: dict[str, bytes]) -> None:
    """Write the files beside the folder and exchange the two, so that none is half written."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=".incomplete-", dir=folder.parent))
    try:
        for name, content in files.items():
            path = fresh / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
        fresh.chmod(0o755)
        if folder.exists():
            shutil.rmtree(folder)
        fresh.rename(folder)
    except OSError:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
