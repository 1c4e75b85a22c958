"""Section "Secondary claims": what becomes of the claims beside the primary one."""

from reports.analysis.measures.measures import BRIER, NAMES
from reports.document.blocks import Block, Bullets, Heading, Paragraph, Strong, TableBlock
from reports.document.parts import columns
from reports.document.tables import Column, Row, Table
from reports.evidence import ClaimEvidence, Estimate, Evidence


def secondary_claims(evidence: Evidence) -> list[Block]:
    """The section's blocks."""
    blocks: list[Block] = [
        Heading(1, "Secondary claims", "claims"),
        Paragraph(
            (
                "None of these changes the answer above. Each is tested by itself: a side is "
                "represented by its best model (chosen on validation), and Holm's adjustment "
                "runs over the data sets of the claim (real and generated ones "
                "apart), not over the claims.",
            )
        ),
        Bullets(
            tuple(
                (Strong(f"{claim.heading}."), f" {claim.text} {claim.sentence}")
                for claim in evidence.claims
            )
        ),
    ]
    accuracy = [claim for claim in evidence.claims if claim.measure != "time"]
    tables = [overall_table(accuracy), pair_table(accuracy), time_table(evidence.claims)]
    blocks += [TableBlock(table) for table in tables if table.rows]
    reasons = [
        (Strong(f"{claim.name}, {one.dataset}: "), one.sentence)
        for claim in evidence.claims
        for one in claim.datasets
        if one.pair is None and one.time is None and claim.effect is not None
    ]
    if reasons:
        blocks += [Heading(2, "Not tested", "not-tested"), Bullets(tuple(reasons))]
    return blocks


_TURNED = (
    "Of losses (Brier score, log loss) the sign is reversed, so that above 0 the first is better."
)


def _scale(claims: list[ClaimEvidence]) -> tuple[str, ...]:
    """What a Brier score is and of what its intervals are, where a claim is about it."""
    about = any(claim.measure == "brier" for claim in claims)
    return (BRIER, columns.BRIER_INTERVALS) if about else ()


def _metric(claim: ClaimEvidence) -> str:
    return "time" if claim.measure == "time" else NAMES[claim.measure]


def overall_table(claims: list[ClaimEvidence]) -> Table:
    """The answer to every claim that is not about time."""
    several = any(len(claim.pooled_over) > 1 for claim in claims)
    over = ", mean over the data sets (those of one source count once)" if several else ""
    return Table(
        "claims-table",
        "The secondary claims over all data sets.",
        (
            Column("claim", "Claim"),
            Column("origin", "Written in"),
            Column("direction", "Type of claim"),
            Column("measure", "Metric"),
            Column("margin", "Margin", "score"),
            Column("verdict", "Verdict"),
            Column("effect", "Difference", "signed", estimate=True),
            Column("effect_one_sided", "Difference, one-sided level", "signed", estimate=True),
            columns.P,
            columns.TOST,
            columns.NON_INFERIORITY,
            Column("datasets", "Data sets", "count"),
        ),
        tuple(
            Row(
                (
                    claim.name,
                    "the study" if claim.declared else "every report",
                    claim.direction,
                    _metric(claim),
                    claim.margin,
                    claim.heading,
                    claim.effect,
                    Estimate(claim.effect.value, claim.low_one_sided, claim.high_one_sided),
                    claim.p,
                    claim.p_equivalence,
                    claim.p_non_inferiority,
                    len(claim.pooled_over),
                )
            )
            for claim in claims
            if claim.effect is not None
        ),
        (
            f"Difference: first side − second side{over}. {_TURNED} TOST: two one-sided tests of "
            "equivalence. The p are not adjusted.",
            *_scale(claims),
        ),
    )


def pair_table(claims: list[ClaimEvidence]) -> Table:
    """The same on every data set on which it is tested."""
    rows = []
    for claim in claims:
        for one in claim.datasets:
            pair = one.pair
            if pair is not None:
                rows.append(
                    Row(
                        (
                            claim.name,
                            one.dataset,
                            one.heading,
                            one.stands_for_a,
                            one.stands_for_b,
                            _metric(claim),
                            pair.difference,
                            pair.superiority.p,
                            pair.superiority.p_holm,
                            pair.equivalence.p_holm,
                            pair.margin_superiority.p_holm,
                            pair.non_inferiority_a.p,
                            pair.cases_for_difference,
                            pair.cases_for_interval,
                        ),
                        on_paper=claim.declared,
                    )
                )
    return Table(
        "claims-datasets",
        "The secondary claims on each data set.",
        (
            Column("claim", "Claim"),
            Column("dataset", "Data set"),
            Column("verdict", "Verdict", wraps=True),
            Column("a", "First", wraps=True),
            Column("b", "Second", wraps=True),
            Column("measure", "Metric"),
            columns.DIFFERENCE,
            columns.P,
            columns.adjusted(columns.P),
            columns.adjusted(columns.TOST),
            columns.adjusted(columns.SUPERIORITY_BY_MARGIN),
            columns.NON_INFERIORITY,
            columns.CASES_FOR_DIFFERENCE,
            columns.CASES_FOR_INTERVAL,
        ),
        tuple(rows),
        (
            f"Difference: first − second. {_TURNED} Where a claim is about several pairs, the one "
            "that supports it least is shown. Non-inferiority: one-sided test that the first is "
            "not worse by the margin. Holm-adjusted: over the data sets of the claim, real and "
            f"generated ones apart. {columns.NO_CASES}",
            *_scale(claims),
        ),
        on_paper=any(row.on_paper for row in rows),
    )


def time_table(claims: tuple[ClaimEvidence, ...]) -> Table:
    """Times of training and prediction of the best model of each side."""
    rows = []
    for claim in claims:
        for one in claim.datasets:
            time = one.time
            if time is not None:
                rows.append(
                    Row(
                        (
                            one.dataset,
                            one.heading,
                            time.a,
                            time.seconds_a,
                            time.runs_a,
                            time.b,
                            time.seconds_b,
                            time.runs_b,
                            time.ratio,
                            time.p_holm,
                            time.devices,
                        )
                    )
                )
        if claim.measure == "time" and claim.effect is not None:
            blanks = (None,) * 6
            rows.append(
                Row(("all", claim.heading, *blanks, claim.effect, claim.p, None), emphasis=True)
            )
    last = ", that of the last row on the spread between data sets"
    if not any(_over_datasets(claim) for claim in claims):
        last = ""
    return Table(
        "claims-times",
        "Time of training and prediction of the best classical and the best deep model (chosen on "
        "validation).",
        (
            Column("dataset", "Data set"),
            Column("verdict", "Verdict", wraps=True),
            Column("classical", "Classical"),
            Column("classical_seconds", "Time", "seconds"),
            Column("classical_runs", "Runs", "count"),
            Column("deep", "Deep"),
            Column("deep_seconds", "Time", "seconds"),
            Column("deep_runs", "Runs", "count"),
            Column("ratio", "Classical / deep", "ratio", estimate=True),
            columns.adjusted(columns.P),
            Column("devices", "Device", wraps=True),
        ),
        tuple(rows),
        (
            "Geometric means over runs; the interval of a ratio rests on the spread between "
            f"runs{last}.",
        ),
    )


def _over_datasets(claim: ClaimEvidence) -> bool:
    """Whether its effect is a mean over several data sets; generated ones never mix with real."""
    timed = [one for one in claim.datasets if one.time is not None]
    real = [one for one in timed if not one.generated]
    return claim.effect is not None and len(real or timed) > 1
