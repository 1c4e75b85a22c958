"""The evidence of a file of predictions as text, as JSON and as files."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.protocol.errors import ResultsError
from reports.document.tables import Column, Row, Table, as_csv
from reports.evidence import Estimate, PairTest
from reports.evidence.comparison_file import (
    FileEvidence,
    ModelEvidence,
    PairEvidence,
    TieGroups,
)
from reports.external.plain_text import aligned
from reports.formatting import count, percent, plural
from reports.statistics.delong import PlainAuc, PlainDifference

SCHEMA = 2
"""Version of the JSON form; `docs/compare.md` describes it."""

_COLOURS = {"green": "ok     ", "amber": "caution", "red": "WRONG  "}


def as_json(evidence: FileEvidence) -> str:
    """Every number at full precision; what cannot be computed is null."""
    table = {
        "schema": SCHEMA,
        "file": evidence.file,
        "classes": list(evidence.classes),
        "positive": evidence.positive,
        "cases": evidence.cases,
        "patients": evidence.patients,
        "validation_cases": evidence.validation_cases,
        "cases_per_class": dict(zip(evidence.classes, evidence.per_class, strict=True)),
        "left_out": [asdict(one) for one in evidence.left_out],
        "margin": evidence.margin,
        "alpha": evidence.alpha,
        "models": [_model(model) for model in evidence.models],
        "comparisons": [_pair(pair) for pair in evidence.pairs],
        "verdict": None if evidence.verdict is None else asdict(evidence.verdict),
        "audit": [asdict(item) for item in evidence.audit],
        "ties": None if evidence.ties is None else asdict(evidence.ties),
    }
    return json.dumps(table, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _model(model: ModelEvidence) -> dict[str, Any]:
    return {
        "name": model.name,
        "family": model.family or None,
        "auc": model.auc.value,
        "low": model.auc.low,
        "high": model.auc.high,
        "interval": model.auc.method,
        "sd_over_runs": model.auc_sd,
        "validation_auc": model.validation_auc,
        "runs": [
            {"seed": seed, "auc": value}
            for seed, value in zip(model.seeds, model.auc_per_run, strict=True)
        ],
        "delong": _plain_auc(model.plain),
    }


def _pair(pair: PairEvidence) -> dict[str, Any]:
    test = asdict(pair.test)
    for name in ("value_a", "value_b", "difference"):
        test[name] = test[name]["value"]
    difference = pair.test.difference
    return {
        **test,
        "low": difference.low,
        "high": difference.high,
        "rule": pair.rule,
        "winner": pair.winner,
        "heading": pair.heading,
        "sentence": pair.sentence,
        "delong": _plain_difference(pair.plain),
    }


def _plain_auc(plain: PlainAuc) -> dict[str, Any]:
    low, high = plain.interval or (None, None)
    return {"auc": plain.auc, "variance": plain.variance, "low": low, "high": high}


def _plain_difference(plain: PlainDifference) -> dict[str, Any]:
    low, high = plain.interval or (None, None)
    return {
        "a": _plain_auc(plain.a),
        "b": _plain_auc(plain.b),
        "covariance": plain.covariance,
        "difference": plain.d,
        "variance": plain.variance,
        "low": low,
        "high": high,
        "z": plain.z,
        "p": plain.p,
    }


def as_text(evidence: FileEvidence) -> str:
    """The evidence for a terminal."""
    patients = "" if evidence.patients is None else f" of {plural(evidence.patients, 'patient')}"
    classes = ", ".join(
        f"{name} {count(n)}" for name, n in zip(evidence.classes, evidence.per_class, strict=True)
    )
    about = f"{evidence.file}: {plural(evidence.cases, 'test case')}{patients} ({classes})"
    if evidence.positive is not None:
        about += f"; positive: {evidence.positive}"
    lines = [about]
    lines += [f"{_COLOURS[item.colour]}  {item.title}: {item.sentence}" for item in evidence.audit]
    lines += ["", *aligned(model_table(evidence, level(evidence)))]
    if evidence.pairs:
        lines += ["", *aligned(pair_table(evidence, level(evidence)))]
    lines += ["", *said(evidence)]
    if evidence.ties is not None:
        lines += ["", *ties_in_words(evidence.ties)]
    return "\n".join(lines) + "\n"


def level(evidence: FileEvidence) -> str:
    """The level of the intervals, for example "95 %"."""
    return percent(1 - evidence.alpha).replace(".0 ", " ")


def said(evidence: FileEvidence) -> list[str]:
    """What is concluded: the verdict, or a line per pair."""
    if not evidence.pairs:
        return ["There is one model: nothing to compare."]
    if evidence.verdict is None:
        return [
            f"{pair.test.a} against {pair.test.b}: {pair.heading}. {pair.sentence}"
            for pair in evidence.pairs
        ]
    pair = evidence.pairs[0].test
    verdict = evidence.verdict
    return [f"Deep ({pair.a}) against classical ({pair.b}): {verdict.heading}. {verdict.sentence}"]


def ties_in_words(ties: TieGroups) -> list[str]:
    """Which models cannot be told apart, a line per group."""
    lines = [
        f"Models that cannot be told apart (Holm over {plural(ties.pairs, 'pair')}, of which "
        f"{ties.different} {'differs' if ties.different == 1 else 'differ'}), highest AUC first:"
    ]
    return lines + [f"  {', '.join(group)}" for group in ties.groups]


def model_table(evidence: FileEvidence, level: str) -> Table:
    """Every model with its AUC."""
    return Table(
        "models",
        "The models.",
        (
            Column("model", "Model"),
            Column("family", "Family"),
            Column("runs", "Runs", "count"),
            Column("auc", f"AUC [{level}]", "score", estimate=True),
            Column("sd", "SD of runs", "score"),
            Column("validation_auc", "Validation AUC", "score"),
            Column("interval", "Interval"),
        ),
        tuple(
            Row(
                (
                    model.name,
                    model.family or None,
                    len(model.seeds),
                    model.auc,
                    model.auc_sd,
                    model.validation_auc,
                    model.auc.method,
                )
            )
            for model in evidence.models
        ),
    )


def pair_table(evidence: FileEvidence, level: str) -> Table:
    """Every pair with its difference and p values."""
    return Table(
        "comparisons",
        "The pairs.",
        (
            Column("a", "A"),
            Column("b", "B"),
            Column("difference", f"A − B [{level}]", "signed", estimate=True),
            Column("p", "p", "p"),
            Column("p_holm", "p (Holm-adjusted)", "p"),
            Column("p_equivalence_holm", "TOST p (Holm-adjusted)", "p"),
            Column("p_plain", "Plain DeLong p", "p"),
            Column("test", "Test"),
        ),
        tuple(Row(_cells(pair.test, pair.plain)) for pair in evidence.pairs),
    )


def _cells(test: PairTest, plain: PlainDifference) -> tuple[str | float | Estimate | None, ...]:
    return (
        test.a,
        test.b,
        test.difference,
        test.superiority.p,
        test.superiority.p_holm,
        test.equivalence.p_holm,
        plain.p,
        test.test,
    )


def write(evidence: FileEvidence, folder: Path) -> list[Path]:
    """Write text, JSON and both tables as CSV.

    Raises:
        ResultsError: if the folder cannot be written.
    """
    files = {
        "comparison.txt": as_text(evidence),
        "comparison.json": as_json(evidence),
        "models.csv": as_csv(model_table(evidence, level(evidence))),
        "comparisons.csv": as_csv(pair_table(evidence, level(evidence))),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_text(content, encoding="utf-8")
    except OSError as error:
        raise ResultsError(f"{folder} cannot be written ({error.strerror or error}).") from None
    return [folder / name for name in files]
