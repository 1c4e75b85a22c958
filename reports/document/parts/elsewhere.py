"""Part of "Answer": whether the difference between the sides holds elsewhere, a line each."""

from reports.document.blocks import Block, Bullets, Heading, Strong, Words
from reports.evidence import Evidence


def elsewhere_at_a_glance(evidence: Evidence) -> list[Block]:
    """What is concluded of external parts, subgroups and spoilt images; nothing if not asked."""
    overall = evidence.transport
    if overall is None:
        return []
    gathered = {name for one in overall.left_out for name in one.datasets}
    lines: list[Words] = [(one.sentence,) for one in overall.left_out]
    for data in evidence.datasets:
        if data.transport is None or data.card.name in gathered:
            continue
        text = " ".join(data.transport.sentences)
        if text:
            lines.append((Strong(f"{data.card.name}: "), text))
    lines += [(text,) for text in overall.sentences]
    return [Heading(2, "Elsewhere", "elsewhere"), Bullets(tuple(lines))] if lines else []
