"""What a run has to say to the items of a reporting checklist."""

from collections.abc import Mapping
from string import Formatter

from reports.document.checklists.facts import facts
from reports.document.checklists.lists import Sentence, sentences
from reports.evidence import Evidence


def answers(evidence: Evidence) -> dict[str, str]:
    """Key of an answer → its text; what the evidence cannot answer is left out."""
    known = facts(evidence)
    found: dict[str, str] = {}
    for key, told in sentences().items():
        text = " ".join(one.text.format_map(known) for one in told if _is_given(one, known))
        if text:
            known[key] = found[key] = text
    return found


def _is_given(sentence: Sentence, known: Mapping[str, str]) -> bool:
    asked = {name for _, name, _, _ in Formatter().parse(sentence.text) if name}
    asked |= {sentence.when} - {""}
    return sentence.unless not in known and asked <= known.keys()
