"""Section "Segmentation": how well every method outlines what is there, and the comparison."""

from collections.abc import Mapping

from reports.document.blocks import (
    AuditMark,
    AuditStrip,
    Block,
    Bullets,
    FamilyKey,
    Heading,
    Paragraph,
    Strong,
    TableBlock,
)
from reports.document.figures.dice.boxes import dice_boxes
from reports.document.figures.dice.by_size import dice_by_size
from reports.document.figures.dice.slopes import dice_slopes, thinned
from reports.document.parts import image_size, training_size
from reports.document.plots import Figure
from reports.document.sections.answer import level
from reports.document.sections.discrimination import picked_on_test, standard_error, with_p
from reports.document.segmentation.published import published_blocks
from reports.document.segmentation.tables import (
    class_table,
    condition_tables,
    dice_table,
    difference_table,
    measure_table,
    site_table,
    size_table,
)
from reports.evidence import DatasetEvidence, Evidence, PrimaryComparison
from reports.evidence.segmentation import Segmentation
from reports.formatting import count, score, signed
from reports.verdicts.guards.lone_side import champions_of


def results(evidence: Evidence, stems: Mapping[str, str]) -> list[Block]:
    """The section's blocks: one part per data set."""
    blocks: list[Block] = [Heading(1, "Segmentation", "results")]
    if not evidence.datasets:
        return [*blocks, Paragraph(("There is nothing to show yet.",))]
    families = dict.fromkeys(m.family for d in evidence.datasets for m in d.methods)
    blocks.append(FamilyKey(tuple(families)))
    for data in evidence.datasets:
        size = evidence.entry.study.size
        blocks += _dataset(data, stems[data.card.name], level(evidence), size)
    return blocks


def _dataset(data: DatasetEvidence, stem: str, interval: str, size: int | None) -> list[Block]:
    verdict, found = data.verdict, data.segmentation
    blocks: list[Block] = [
        Heading(2, data.card.name, f"set-{stem}"),
        Paragraph((Strong(verdict.heading.rstrip(".") + "."), f" {verdict.sentence}")),
    ]
    if data.comparison is not None:
        lines = _comparison(data, data.comparison, interval)
        blocks.append(Bullets(tuple((line,) for line in lines)))
    seen = tuple(
        AuditMark(a.colour, a.title, a.sentence) for a in data.audit if a.colour != "green"
    )
    if seen:
        blocks.append(AuditStrip(seen))
    if found is None or not found.methods:
        return [*blocks, Paragraph(("No method has a result on every test case.",))]
    blocks.append(TableBlock(dice_table(data, found, stem, interval)))
    boxes = dice_boxes(f"boxes-{stem}", found.methods)
    if boxes is not None:
        blocks.append(
            Figure(f"boxes-{stem}", _boxes_caption(data), _boxes_in_words(data, found), boxes)
        )
    blocks += _best_two(data, found, stem, interval)
    if len(found.classes) > 1:
        blocks.append(TableBlock(class_table(data, found, stem, interval)))
    blocks.append(TableBlock(measure_table(data, found, stem, interval)))
    if found.sites:
        blocks.append(TableBlock(site_table(data, found, stem, interval)))
    blocks += _conditions(data, stem, interval, size)
    blocks += map(TableBlock, condition_tables(data, found, stem, interval))
    return blocks + published_blocks(data, found, stem)


def _conditions(data: DatasetEvidence, stem: str, interval: str, size: int | None) -> list[Block]:
    """By number of training images and by image size; nothing where the study has one of each."""
    blocks: list[Block] = []
    if data.sizes:
        told = training_size.in_words(data.sizes)
        blocks.append(Paragraph((Strong("By number of training images. "), told)))
        blocks.append(TableBlock(training_size.sizes_table(data, stem, interval, "Dice")))
    if data.image_sizes:
        told = f"{image_size.in_words(data.image_sizes)} The verdict is about {size} px."
        blocks.append(Paragraph((Strong("By image size. "), told)))
        table = image_size.image_sizes_table(data, stem, interval, size, "Dice")
        blocks.append(TableBlock(table))
    return blocks


def _best_two(data: DatasetEvidence, found: Segmentation, stem: str, interval: str) -> list[Block]:
    """The best deep and the best classical model, case by case; nothing where one is missing."""
    c = data.comparison
    if c is None or not found.cases:
        return []
    blocks: list[Block] = [
        Figure(
            f"slopes-{stem}",
            _slopes_caption(data, c, found),
            _slopes_in_words(found),
            dice_slopes(f"slopes-{stem}", *c.labels, found.cases),
        )
    ]
    if found.differences:
        blocks.append(TableBlock(difference_table(data, found, stem, interval)))
    by_size = dice_by_size(f"size-{stem}", found.cases, found.sizes)
    if by_size is not None:
        caption = (
            f"Dice of the deep side, {c.stands_for_deep}, and of the classical side, "
            f"{c.stands_for_classical}, on {data.card.name} against the size of what is to be "
            "found, on a logarithmic scale."
        )
        if found.sizes:
            caption += " Lines: means over small, middle and large regions."
        blocks.append(Figure(f"size-{stem}", caption, _sizes_in_words(data, found), by_size))
    if found.sizes:
        blocks.append(TableBlock(size_table(data, found, stem, interval)))
    return blocks


def _comparison(data: DatasetEvidence, c: PrimaryComparison, interval: str) -> list[str]:
    """What the verdict rests on, a sentence each."""
    pair, d = c.pair, c.pair.difference
    limits = "" if d.low is None else f" [{signed(d.low)}, {signed(d.high)}]"
    patients = "" if c.n_groups is None else f" of {count(c.n_groups)} patients"
    lines = [
        f"Best deep model (chosen on validation): {c.stands_for_deep}, mean Dice "
        f"{score(pair.value_a.value)}. Best classical model: {c.stands_for_classical}, "
        f"mean Dice {score(pair.value_b.value)}. ΔDice "
        f"{signed(d.value)}{limits} ({interval} interval) on {count(c.n_cases)} test "
        f"cases{patients}; {with_p(data)}.",
        standard_error(data, c),
        picked_on_test(c),
    ]
    return [*lines, *(check.sentence for check in c.controls)]


def _boxes_caption(data: DatasetEvidence) -> str:
    return (
        f"Dice over the test cases of {data.card.name}: the box from quartile to quartile, "
        "whiskers to 5 and 95 %, the upright line at the median, the small mark at the mean. Names "
        f"in bold: {champions_of(data.segmentation.methods if data.segmentation else ())} (chosen "
        "on validation)."
    )


def _boxes_in_words(data: DatasetEvidence, found: Segmentation) -> str:
    parts = [f"{m.name} {score(m.dice.median)}" for m in found.methods]
    return f"Box plots of Dice on {data.card.name}; medians: {', '.join(parts)}."


def _slopes_caption(data: DatasetEvidence, c: PrimaryComparison, found: Segmentation) -> str:
    return (
        f"Every test case of {data.card.name}: from its Dice by the classical side, "
        f"{c.stands_for_classical}, to that by the deep side, {c.stands_for_deep}. Solid lines "
        f"rise, dashed ones fall; boxes as above.{thinned(found.cases)}"
    )


def _slopes_in_words(found: Segmentation) -> str:
    deep = sum(case.deep > case.classical for case in found.cases)
    classical = sum(case.deep < case.classical for case in found.cases)
    return (
        f"Of {count(len(found.cases))} test cases the deep side has the higher Dice on "
        f"{count(deep)}, the classical side on {count(classical)}."
    )


def _sizes_in_words(data: DatasetEvidence, found: Segmentation) -> str:
    groups = [
        f"{count(one.cases)} cases: deep {score(one.deep)}, classical {score(one.classical)}"
        for one in found.sizes
    ]
    told = f"; from small to large, {'; '.join(groups)}" if groups else ""
    return f"Dice against the size of what is to be found on {data.card.name}{told}."
