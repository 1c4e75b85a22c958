"""Findings for a terminal, and as JSON."""

import json
import textwrap

from bench.run.data_check import Checked

_LABELS = {"fine": "ok", "note": "note", "serious": "SERIOUS"}
_WIDTH = 100  # columns


def as_text(checked: Checked) -> str:
    """One aligned line per check, and below it what to do and which cases are concerned."""
    lines = [f"{checked.name}: {checked.summary}", ""]
    margin = 2 + 9 + max(len(finding.title) for finding in checked.findings) + 2
    for finding in checked.findings:
        head = f"  {_LABELS[finding.level]:9s}{finding.title}".ljust(margin)
        lines += _wrapped(finding.text, head, " " * margin)
        if finding.advice:
            lines += _wrapped(finding.advice, " " * margin + "→ ", " " * (margin + 2))
        lines += [" " * (margin + 2) + example for example in finding.examples]
    notes = sum(finding.level == "note" for finding in checked.findings)
    lines += ["", f"{checked.serious} serious, {notes} to be looked at"]
    return "\n".join(lines) + "\n"


def as_json(checked: Checked) -> str:
    """Everything, with every number."""
    table = {
        "name": checked.name,
        "summary": checked.summary,
        "fingerprint": checked.fingerprint,
        "serious": checked.serious,
        "findings": [finding.as_json() for finding in checked.findings],
    }
    return json.dumps(table, indent=2, ensure_ascii=False) + "\n"


def _wrapped(text: str, first: str, others: str) -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=first,
        subsequent_indent=others,
        break_long_words=False,
        break_on_hyphens=False,
    )
