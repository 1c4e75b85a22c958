"""Section "Answer": what is the answer, on which data, and was the protocol kept."""

from collections.abc import Mapping

from reports.document.blocks import (
    AuditMark,
    AuditStrip,
    Bar,
    Block,
    Bullets,
    Code,
    Facts,
    Heading,
    Paragraph,
    Statement,
    TableBlock,
    Tone,
    VerdictCard,
    Verdicts,
    Words,
)
from reports.document.document import TitlePage
from reports.document.figures.forest import forest
from reports.document.parts.elsewhere import elsewhere_at_a_glance
from reports.document.parts.image_size import sizes_at_a_glance
from reports.document.parts.lesion_masks import masks_at_a_glance
from reports.document.parts.training_size import at_a_glance
from reports.document.parts.verdict_table import verdict_table
from reports.document.plots import Figure
from reports.evidence import (
    AuditItem,
    DatasetEvidence,
    Estimate,
    Evidence,
    OverallVerdict,
    PairTest,
    Verdict,
)
from reports.evidence.pair import DICE, primary_symbol
from reports.formatting import p_value, plural, probability, score, signed
from reports.verdicts.transport.lights import TITLES

_POSTERIOR = (
    "Bars: the probability that the true {what} lies there, given these test cases and a flat "
    "prior (no value of {what} is preferred beforehand). They stand beside the tests and decide "
    "nothing, and are not adjusted for the number of data sets. A p value is not such a "
    "probability."
)

_BEYOND = (
    " The last checks are about other images than the verdict's and withhold none: what they found "
    "is told in Transport."
)

_LONG = 400  # letters of an audit sentence that still make a line of a strip


def answer(evidence: Evidence, stems: Mapping[str, str]) -> list[Block]:
    """The section's blocks.

    Args:
        evidence: what is shown.
        stems: data set → the stem of its anchors.
    """
    overall = evidence.overall
    blocks: list[Block] = [Heading(1, "Answer", "answer"), _statement(evidence)]
    caveats = [*overall.caveats]
    if evidence.entry.study.budget == "quick":
        caveats.append(
            "The budget was “quick”, which is for trying things out: networks above all do better "
            "with more."
        )
    if caveats:
        blocks.append(Bullets(tuple((caveat,) for caveat in caveats)))
    blocks.append(Facts(_at_a_glance(evidence)))
    if evidence.datasets:
        cards = tuple(_card(data, stems[data.card.name]) for data in evidence.datasets)
        blocks += [Heading(2, "Verdict on each data set", "verdicts"), Verdicts(cards)]
        if any(card.bars for card in cards):
            blocks.append(Paragraph((_POSTERIOR.format(what=difference_of(evidence)),), note=True))
        blocks += [*at_a_glance(evidence), *sizes_at_a_glance(evidence)]
        blocks += masks_at_a_glance(evidence)
        blocks += elsewhere_at_a_glance(evidence)
    if evidence.audit:
        blocks += [
            Heading(2, "Audit", "audit"),
            Paragraph(
                (
                    "What could have gone wrong, and whether it did. A violated check withholds "
                    "the verdict; a caution qualifies it."
                    + (_BEYOND if any(item.key in TITLES for item in evidence.audit) else ""),
                )
            ),
            AuditStrip(tuple(_mark(item, evidence.datasets) for item in evidence.audit)),
        ]
    if evidence.datasets:
        blocks += [
            Heading(2, "Differences", "differences"),
            Figure(
                "forest",
                f"{difference_of(evidence)}: {metric_of(evidence)} of the best deep model minus "
                f"{metric_of(evidence)} of the best classical model (each "
                f"chosen on validation), with its {level(evidence)} interval. Filled markers: "
                "real images; hollow ones: generated images. A coloured marker says which side is "
                "better.",
                _forest_in_words(evidence),
                forest("forest", evidence.datasets, overall),
            ),
            TableBlock(verdict_table(evidence)),
        ]
    return blocks


def title_page(evidence: Evidence) -> TitlePage:
    """The answer on one page: overall, a line per data set, and which study it is."""
    lines = tuple(
        (
            data.card.name,
            data.verdict.heading,
            "–" if data.comparison is None else in_signs(data.comparison.pair.difference),
        )
        for data in evidence.datasets
    )
    return TitlePage(
        _statement(evidence),
        lines,
        "forest" if evidence.datasets else "",
        (
            ("Study", evidence.study_hash),
            ("First run", moment(evidence.entry.first_run)),
            ("Compared", _compared(evidence)),
            ("Hardware", hardware(evidence)),
        ),
        metric_of(evidence),
    )


def in_signs(difference: Estimate) -> str:
    """A difference with its interval.

    >>> in_signs(Estimate(-0.0312, -0.05, 0.011))
    '−0.031 [−0.050, +0.011]'
    """
    if difference.low is None or difference.high is None:
        return signed(difference.value)
    return f"{signed(difference.value)} [{signed(difference.low)}, {signed(difference.high)}]"


def _statement(evidence: Evidence) -> Statement:
    overall = evidence.overall
    return Statement(evidence.claim, overall.heading, overall.sentence, overall_tone(overall))


def _mark(item: AuditItem, datasets: tuple[DatasetEvidence, ...]) -> AuditMark:
    """One light; what would fill a page is told where the data sets are."""
    if len(item.sentence) <= _LONG:
        return AuditMark(item.colour, item.title, item.sentence)
    names = [
        data.card.name
        for data in datasets
        if any(own.key == item.key and own.colour == item.colour for own in data.audit)
    ]
    return AuditMark(
        item.colour,
        item.title,
        f"{plural(len(names), 'data set')} of {len(datasets)}: {', '.join(names)}. What was found "
        "is told with the results of each.",
    )


def overall_tone(overall: OverallVerdict) -> Tone:
    """Which way the overall verdict goes."""
    if overall.rule == "supported":
        return "deep"
    if overall.rule == "classical-better":
        return "classical"
    if overall.rule == "no-advantage":
        return "equal"
    return "withheld" if overall.rule == "no-verdict" else "open"


def tone(verdict: Verdict) -> Tone:
    """Which way the verdict on one data set goes."""
    if not verdict.is_verdict:
        return "withheld"
    if verdict.rule == "equivalent":
        return "equal"
    if verdict.rule.startswith("better") and verdict.winner is not None:
        return verdict.winner
    return "open"


def difference_of(evidence: Evidence) -> str:
    """What the study's primary difference is called, for example "ΔAUC"."""
    return primary_symbol(DICE if evidence.entry.study.task == "segmentation" else "auc")


def metric_of(evidence: Evidence) -> str:
    """What the two sides are compared by, for example "AUC"."""
    return "mean Dice" if evidence.entry.study.task == "segmentation" else "AUC"


def level(evidence: Evidence) -> str:
    """The level of the intervals, for example "95 %"."""
    return f"{100 * (1 - evidence.entry.study.alpha):g} %"


def _card(data: DatasetEvidence, stem: str) -> VerdictCard:
    verdict = data.verdict
    figures = []
    if data.comparison is not None:
        c = data.comparison
        figures = [
            (primary_symbol(c.pair.measure), signed(c.pair.difference.value)),
            _p(c.pair, verdict),
            (f"deep: {c.stands_for_deep}", score(c.pair.value_a.value)),
            (f"classical: {c.stands_for_classical}", score(c.pair.value_b.value)),
        ]
    title = f"{data.card.name} (generated)" if data.generated else data.card.name
    return VerdictCard(
        title,
        verdict.heading,
        verdict.sentence,
        tone(verdict),
        f"set-{stem}",
        tuple(figures),
        _bars(data),
    )


def _p(pair: PairTest, verdict: Verdict) -> tuple[str, str]:
    """The p of the card: that of a data set without a verdict is adjusted for no others."""
    if verdict.is_verdict:
        return "Holm-adjusted p", p_value(pair.superiority.p_holm)
    return "p, not adjusted", p_value(pair.superiority.p)


def _bars(data: DatasetEvidence) -> tuple[Bar, ...]:
    """Where the difference probably lies, from deep to classical; () without a verdict."""
    if data.comparison is None or not data.verdict.is_verdict:
        return ()
    found, margin = data.comparison.pair.posterior, f"{data.verdict.margin:g}"
    parts: tuple[tuple[str, float, Tone], ...] = (
        (f"deep better by more than {margin}", found.above, "deep"),
        (f"difference within ±{margin}", found.within, "equal"),
        (f"classical better by more than {margin}", found.below, "classical"),
    )
    return tuple(Bar(label, probability(p), p, tone) for label, p, tone in parts)


def _at_a_glance(evidence: Evidence) -> tuple[tuple[str, Words], ...]:
    return (
        ("Study", (Code(evidence.study_hash), f", first run {moment(evidence.entry.first_run)}")),
        ("Compared", (_compared(evidence),)),
        ("Hardware", (hardware(evidence),)),
    )


def _compared(evidence: Evidence) -> str:
    """How many methods of which families, on how many data sets, in how many runs."""
    families = {m.name: m.family for d in evidence.datasets for m in d.methods}
    per_family = ", ".join(
        f"{n} {family}"
        for family in ("deep", "classical", "hybrid", "control")
        if (n := sum(f == family for f in families.values()))
    )
    return (
        f"{plural(len(evidence.entry.study.methods), 'method')} "
        f"({per_family or 'none with results'}) on "
        f"{plural(len(evidence.datasets), 'data set')}, {plural(evidence.n_runs, 'run')}"
    )


def hardware(evidence: Evidence) -> str:
    """Processor and device of each environment, in a line."""
    seen = dict.fromkeys(
        f"{e.environment.processor} ({e.environment.cores} cores), "
        + ("no GPU" if e.environment.device == "cpu" else e.environment.device)
        for e in evidence.environments
    )
    return "; ".join(seen) or "none: nothing has run yet"


def moment(iso: str) -> str:
    """An ISO 8601 time to the minute.

    >>> moment("2026-01-02T03:04:05+00:00")
    '2026-01-02 03:04 UTC'
    """
    return f"{iso[:10]} {iso[11:16]} UTC"


def _forest_in_words(evidence: Evidence) -> str:
    parts = []
    for data in evidence.datasets:
        d = data.verdict.d
        parts.append(f"{data.card.name}: {'no comparison' if d is None else signed(d)}")
    return (
        f"Forest plot of the difference in {metric_of(evidence)}, best deep minus best classical "
        "model. " + "; ".join(parts) + "."
    )
