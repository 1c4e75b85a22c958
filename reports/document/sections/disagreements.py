"""Section "Disagreements": the test cases that only one side gets right, and confident errors."""

from collections.abc import Mapping

from reports.document.blocks import Block, CaseImage, Cases, Heading, Paragraph, TableBlock
from reports.document.tables import Column, Row, Table
from reports.evidence import Agreement, DatasetEvidence, Disagreements, Evidence, ShownCase
from reports.formatting import count, plural, score

_PRINTED = 2  # kinds of cases that are on paper, too

OPENING = (
    "What the best deep model and the best classical model (chosen on validation) of each data "
    "set say of single test cases. A case counts as decided by a method as most of its runs "
    "decide it, at the threshold that each fixed on validation; with more than two classes at the "
    "most probable class. Single cases illustrate, they prove nothing: they were chosen by their "
    "truth and by what was said of them."
)


def disagreements(evidence: Evidence, stems: Mapping[str, str]) -> list[Block]:
    """The section's blocks; none where no data set has a best model on both sides."""
    blocks: list[Block] = []
    for data in evidence.datasets:
        if data.disagreements is not None:
            blocks += _of_dataset(data, data.disagreements, stems[data.card.name])
    if not blocks:
        return []
    return [Heading(1, "Disagreements", "disagreements"), Paragraph((OPENING,)), *blocks]


def _of_dataset(data: DatasetEvidence, found: Disagreements, stem: str) -> list[Block]:
    name = data.card.name
    blocks: list[Block] = [
        Heading(2, name, f"disagreements-{stem}", listed=False),
        Paragraph((in_words(found),)),
        TableBlock(agreement_table(found, name, stem)),
    ]
    if found.trouble:
        return [*blocks, Paragraph((found.trouble,), note=True)]
    kinds = (
        (
            f"Only {found.deep} (deep) is right; those first on which both differ most",
            found.only_deep,
        ),
        (
            f"Only {found.classical} (classical) is right; those first on which both differ most",
            found.only_classical,
        ),
        (f"Further errors of {found.deep} (deep), the most confident first", found.errors_deep),
        (
            f"Further errors of {found.classical} (classical), the most confident first",
            found.errors_classical,
        ),
    )
    shown = [
        Cases(
            f"{title}. Test cases of {name}.",
            tuple(_image(case, found) for case in cases),
            on_paper=place < _PRINTED,
        )
        for place, (title, cases) in enumerate(kinds)
        if cases
    ]
    return (
        [*blocks, Paragraph((_how_to_read(data, found),), note=True), *shown] if shown else blocks
    )


def _how_to_read(data: DatasetEvidence, found: Disagreements) -> str:
    card = data.card
    of = "the class named" if card.positive is None else f"“{card.class_names[card.positive]}”"
    text = f"In brackets: mean probability of {of} over the runs."
    if found.mapped:
        text += (
            f" A second, gray picture, where there is one, shows where {found.deep} (its first "
            f"run) sees evidence for {of} (by Grad-CAM or by its own explanation), from no colour "
            "to yellow, each picture on a scale of its own."
        )
    elif errors := data.method(found.deep).explanation_errors:
        text += f" Where {found.deep} looks could not be found out: {errors[0]}"
        text += "" if errors[0].endswith(".") else "."
    if found.maps_of_others:
        text += (
            f" {plural(found.maps_of_others, 'stored map')} "
            f"{'is' if found.maps_of_others == 1 else 'are'} not shown: made for another class, "
            f"{'named by that run' if card.positive is None else 'which was positive then'}."
        )
    if found.pictured < found.whole.cases:
        text += (
            f" Pictures are kept of {count(found.pictured)} of the {count(found.whole.cases)} test "
            "cases, a sample with the same class frequencies; those shown were chosen among them."
        )
    return text


def in_words(found: Disagreements) -> str:
    """The counts in a sentence or two.

    >>> whole = Agreement("", both=90, only_deep=5, only_classical=1, neither=4)
    >>> in_words(Disagreements("cnn", "svm", whole, (), (), (), (), (), 0, ""))
    'Of 100 test cases cnn and svm both decide 90 rightly and 4 wrongly. 5 are right with cnn \
only, 1 with svm only.'
    """
    whole = found.whole
    return (
        f"Of {plural(whole.cases, 'test case')} {found.deep} and {found.classical} both decide "
        f"{count(whole.both)} rightly and {count(whole.neither)} wrongly. "
        f"{count(whole.only_deep)} {'is' if whole.only_deep == 1 else 'are'} right with "
        f"{found.deep} only, {count(whole.only_classical)} with {found.classical} only."
    )


def agreement_table(found: Disagreements, name: str, stem: str) -> Table:
    """Cases by class and by who decides them rightly."""
    return Table(
        f"agreement-{stem}",
        f"Test cases of {name} by who decides them rightly.",
        (
            Column("class", "Class"),
            Column("cases", "Cases", "count"),
            Column("both", "Both", "count"),
            Column("only_deep", f"Only {found.deep}", "count"),
            Column("only_classical", f"Only {found.classical}", "count"),
            Column("neither", "Neither", "count"),
        ),
        (
            *(_row(each.label, each) for each in found.per_class),
            _row("all classes", found.whole),
        ),
    )


def _row(label: str, each: Agreement) -> Row:
    counts = (each.both, each.only_deep, each.only_classical, each.neither)
    return Row((label, each.cases, *counts))


def _image(case: ShownCase, found: Disagreements) -> CaseImage:
    said = ", ".join(
        f"{name} says {opinion.named} ({score(opinion.probability, 2)})"
        for name, opinion in ((found.deep, case.deep), (found.classical, case.classical))
    )
    return CaseImage(case.image, case.case_id, f"{case.truth}; {said}", case.activation)
