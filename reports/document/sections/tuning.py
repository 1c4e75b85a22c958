"""Section "Tuning": how the parameters of each method were searched for, and what was chosen."""

import math
from collections.abc import Mapping, Sequence

from reports.analysis.methods.tuning import CORRELATION, gain_by_chance
from reports.document.blocks import Block, Bullets, Heading, Paragraph, TableBlock
from reports.document.tables import Column, Row, Table
from reports.evidence import ChosenParameter, DatasetEvidence, Evidence, MethodEvidence, Tuning
from reports.formatting import MISSING, count, plural

MOST_VALUES = 3
"""Values of a parameter on which runs disagree, and reasons of failures, that are written out."""

# letters that are shown of an error, of a word of it and of a value; evidence.json has all
_ERROR, _WORD, _VALUE = 160, 60, 40


def tuning(evidence: Evidence, stems: Mapping[str, str]) -> list[Block]:
    """The section's blocks; none where no method was tuned."""
    measure = "mean Dice" if evidence.entry.study.metric == "dice" else "AUC"
    blocks: list[Block] = []
    for data in evidence.datasets:
        if not data.tuned:
            continue
        stem = stems[data.card.name]
        blocks += [
            Heading(2, data.card.name, f"tuned-{stem}", listed=False),
            TableBlock(tuning_table(data, stem, measure)),
            TableBlock(chosen_table(data, stem)),
        ]
        failed = _failed(data)
        if failed:
            blocks.append(Bullets(tuple((line,) for line in failed)))
    if not blocks:
        return []
    opening = (
        "In each run a method with a search space was trained with its declared parameters and "
        "with others drawn at random from that space. The configuration with the highest "
        f"validation {measure} made the predictions; the test part was not used."
    )
    stopped = (
        "“Best of n” is what a search that had stopped after n configurations would be expected to "
        "have found: it begins with the declared parameters, the others come in random order "
        "(expected validation performance, Dodge et al. 2019, without bias as in Tang et al. "
        "2020). Where what was chosen from all is still clearly above, more configurations may "
        "gain more on validation."
    )
    searched = any(m.tuning and m.tuning.expected for d in evidence.datasets for m in d.methods)
    paragraphs = [Paragraph((opening,)), *([Paragraph((stopped,))] if searched else [])]
    return [Heading(1, "Tuning", "tuning"), *paragraphs, *blocks]


def tuning_table(data: DatasetEvidence, stem: str, measure: str = "AUC") -> Table:
    """Every tuned method of a data set: how long its search was and what it found.

    Args:
        data: the data set.
        stem: of its anchors.
        measure: by which configurations are chosen on validation.
    """
    found = [(method, method.tuning) for method in data.methods if method.tuning is not None]
    sizes = sorted({one.configurations for _, tuning in found for one in tuning.expected})
    failed = any(tuning.failed for _, tuning in found)
    errors = any(tuning.standard_error is not None for _, tuning in found)
    rows = []
    for method, tuning in found:
        expected = {one.configurations: one.validation for one in tuning.expected}
        rows.append(
            Row(
                (
                    method.name,
                    method.family,
                    tuning.tried,
                    *((tuning.failed,) if failed else ()),
                    tuning.declared,
                    *(expected.get(size) for size in sizes),
                    tuning.chosen,
                    *((tuning.standard_error,) if errors else ()),
                    tuning.gain,
                    f"{count(tuning.kept)} of {count(tuning.runs)}",
                ),
                method.family,
                method.is_champion,
            )
        )
    return Table(
        f"tuning-{stem}",
        f"The search for parameters on {data.card.name}: validation {measure}, means over runs.",
        (
            Column("method", "Method"),
            Column("family", "Family"),
            Column("configurations", "Tried", "mean"),
            *((Column("failed", "Failed", "mean"),) if failed else ()),
            Column("declared", "Declared", "score"),
            *(Column(f"best_of_{size}", f"Best of {size}", "score") for size in sizes),
            Column("chosen", "Chosen", "score"),
            *((Column("standard_error", "SE", "error"),) if errors else ()),
            Column("gain", "Gain", "signed"),
            Column("kept", "Declared kept"),
        ),
        tuple(rows),
        tuple(_notes([tuning for _, tuning in found], sizes, failed, measure)),
    )


def chosen_table(data: DatasetEvidence, stem: str) -> Table:
    """What the searches chose."""
    return Table(
        f"chosen-{stem}",
        f"The parameters that were chosen on {data.card.name}.",
        (Column("method", "Method"), Column("parameters", "Parameters", wraps=True)),
        tuple(
            Row((m.name, chosen_parameters(m.tuning, m)), m.family, m.is_champion)
            for m in data.methods
            if m.tuning is not None
        ),
        (
            "The value of most runs, with how many where it is not all; where there is none, the "
            "range of the numbers or the values. Those of each run stand in its run.json.",
        ),
    )


def chosen_parameters(tuning: Tuning, method: MethodEvidence) -> str:
    """What the runs chose, parameter by parameter, for the reader.

    A value that more than half of the runs chose stands alone, with how many where it is not all;
    of other numbers the range is told, of anything else the values.
    """
    names = [name for name, _ in method.parameters]
    return ", ".join(
        f"{short_name(parameter.name, names)} = {_values(parameter)}"
        for parameter in tuning.parameters
    )


def short_name(name: str, names: Sequence[str]) -> str:
    """A parameter without the steps of its pipeline that no other parameter makes necessary.

    >>> short_name("vote__svm__C", ["vote__svm__C", "vote__svm__gamma", "vote__lr__C"])
    'svm__C'
    >>> short_name("vote__svm__gamma", ["vote__svm__C", "vote__svm__gamma", "vote__lr__C"])
    'gamma'
    """
    parts = name.split("__")
    others = [other.split("__") for other in names if other != name]
    for length in range(1, len(parts)):
        if all(other[-length:] != parts[-length:] for other in others):
            return "__".join(parts[-length:])
    return name


def _values(parameter: ChosenParameter) -> str:
    runs = sum(n for _, n in parameter.values)
    most, times = parameter.values[0]
    if times == runs:
        return _brief(most)
    if 2 * times > runs:
        return f"{_brief(most)} ({count(times)} of {count(runs)})"
    numbers = [_number(text) for text, _ in parameter.values]
    known = [number for number in numbers if number is not None]
    if len(known) == len(numbers):
        return f"{_shown(min(known))} to {_shown(max(known))}"
    shown = [_brief(text) for text, _ in parameter.values[:MOST_VALUES]]
    more = len(parameter.values) - len(shown)
    return " or ".join([*shown, *([f"{count(more)} more"] if more else [])])


def _brief(text: str) -> str:
    """A number as it is read, all else as it is, but for its length."""
    number = _number(text)
    return _cut(text, _VALUE) if number is None else _shown(number)


def _shown(number: float) -> str:
    """Three digits, of a whole number all."""
    return f"{number:.0f}" if number.is_integer() and abs(number) < 1e6 else f"{number:.3g}"


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[:length].rstrip()}…"


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _notes(found: Sequence[Tuning], sizes: Sequence[int], failed: bool, measure: str) -> list[str]:
    fewer = any(tuning.tried < tuning.asked for tuning in found)
    asked = max(tuning.asked for tuning in found)
    tried = f"Tried: configurations of a run, the declared one among them, of {count(asked)} asked"
    notes = [
        f"The validation {measure} of what was chosen on validation is too high by that choice, "
        "and so is the gain.",
        f"{tried} for (fewer where a search space holds no more)." if fewer else f"{tried} for.",
    ]
    if failed:
        notes.append(
            "Failed: those of them that could not be trained, ended their process or went beyond "
            "a limit of time or memory."
        )
    if sizes:
        text = " and ".join(count(size) for size in sizes)
        notes.append(f"Best of {text}: expected of a search that had stopped there.")
    if any(tuning.standard_error is not None for tuning in found):
        notes.append(
            "SE: standard error of the chosen AUC in one run on these validation cases (DeLong, "
            f"images taken as independent). Of {count(asked)} configurations that are equally good "
            f"the best would seem {gain_by_chance(asked):.1f} SE better than the declared one by "
            f"chance, if their AUCs are correlated by {CORRELATION:g}: a gain of that size shows "
            "nothing."
        )
    if any(tuning.declared is None or tuning.chosen is None for tuning in found):
        notes.append(f"{MISSING}: failed, or validation has cases of one class only.")
    notes.append("Declared kept: runs in which no other configuration was better.")
    return notes


def _failed(data: DatasetEvidence) -> list[str]:
    """Why configurations failed, a line per method."""
    lines = []
    for method in data.methods:
        if method.tuning is None or not method.tuning.errors:
            continue
        n = sum(times for _, times in method.tuning.errors)
        shown = method.tuning.errors[:MOST_VALUES]
        told = [f"{count(times)} with “{_brief_error(text)}”" for text, times in shown]
        rest = n - sum(times for _, times in shown)
        told += [f"{count(rest)} otherwise"] if rest else []
        lines.append(
            f"{method.name}: {plural(n, 'configuration')} failed in all runs together: "
            f"{', '.join(told)}."
        )
    return lines


def _brief_error(text: str) -> str:
    return _cut(" ".join(_cut(word, _WORD) for word in text.split()), _ERROR)
