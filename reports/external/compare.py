"""Predictions made anywhere → the evidence that a study of our own would give."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np

from bench.protocol.errors import UsageError, did_you_mean
from bench.protocol.study import Study
from reports.analysis.methods.method import mean_validation
from reports.analysis.pairs.counted_classes import on_counted_classes
from reports.analysis.pairs.dataset_comparison import DatasetComparison
from reports.analysis.pairs.pair_tests import corrected, pair_tests
from reports.evidence import SIDES, AuditItem, Colour, Estimate, LeftOutClass, PairTest
from reports.evidence.comparison_file import (
    FileEvidence,
    ModelEvidence,
    PairEvidence,
    TieGroups,
)
from reports.external.plain_figures import PlainFigures
from reports.external.predicted import Model, Predictions
from reports.external.predictions import read
from reports.external.runs import as_runs
from reports.formatting import plural
from reports.statistics.contrast import FEW_CASES
from reports.statistics.many.tie_groups import tie_groups
from reports.verdicts.dataset_verdict import as_verdict
from reports.verdicts.left_out import classes_in_words, left_out_in_words, without_in_words
from reports.verdicts.rules import TOO_FEW, Ruling, Smallest, conclude
from reports.verdicts.wording import Words, heading, sentence, smallest_class


def compare(
    path: Path,
    *,
    a: str | None = None,
    b: str | None = None,
    positive: str | None = None,
    margin: float = 0.02,
    alpha: float = 0.05,
) -> FileEvidence:
    """The evidence of a file of predictions.

    With `a` and `b` this pair is compared. Else, where models of both families are there and a
    champion of each can be chosen on validation (or each has one model), those two, with the
    verdict of a study. Else every pair, with Holm's correction over the pairs.

    Args:
        path: CSV file; see `reports.external.predictions`.
        a, b: names of two models, both or neither.
        positive: of two classes the one to be found.
        margin: smallest difference that matters.
        alpha: error rate of the tests.

    Raises:
        DataError: if the file cannot be used.
        UsageError: if a model is not in the file.
        StudyError: if margin or alpha is out of range.
    """
    return judged(read(path, positive), path.name, (a, b), margin=margin, alpha=alpha)


def judged(
    found: Predictions,
    title: str,
    pair: tuple[str | None, str | None] = (None, None),
    *,
    margin: float = 0.02,
    alpha: float = 0.05,
) -> FileEvidence:
    """The evidence of predictions, as `compare` gives it of a file.

    Args:
        found: the predictions.
        title: what they are called.
        pair: names of two models, or neither.
        margin, alpha: as of `compare`.
    """
    names = [model.name for model in found.models]
    asked = _asked(*pair, names)
    study = Study((title,), tuple(names), margin=margin, alpha=alpha)
    whole = DatasetComparison(as_runs(found, title), study)
    compared = DatasetComparison(on_counted_classes(whole.data), study)
    chosen = _sides(found, compared) if asked is None else None
    audit = tuple(_audit(found, compared, asked is None, chosen is not None))
    one = asked or chosen
    pairs = [one] if one else list(combinations(names, 2))
    tested = _tested(compared, pairs, compared.candidates.n_candidates if chosen else {})
    size = compared.data.size
    smallest = Smallest.of(size)
    several = len(tested) > 1
    rulings = [conclude(pair, smallest, audit) for pair in tested]
    verdict = None
    left_out = compared.data.left_out
    if chosen is not None:
        words = Words(*SIDES, per_patient=size.per_group, adjusted=several)
        verdict = as_verdict(rulings[0], words, smallest)
        told = _on_classes(
            verdict.heading, verdict.sentence, rulings[0], found, left_out, smallest.unit
        )
        verdict = replace(verdict, heading=told[0], sentence=told[1])
    names_left_out = {one.name for one in left_out}
    plain = PlainFigures(found, 1 - alpha)
    plain_pairs = PlainFigures(found.without_classes(names_left_out), 1 - alpha)
    return FileEvidence(
        file=title,
        classes=found.classes,
        positive=None if found.positive is None else found.classes[found.positive],
        cases=whole.data.size.cases,
        patients=None if found.files else whole.data.size.groups,
        validation_cases=len(found.validation.ids),
        per_class=whole.data.size.per_class,
        left_out=left_out,
        margin=margin,
        alpha=alpha,
        models=tuple(_model(model, whole, plain) for model in found.models),
        pairs=tuple(
            _pair(
                ruling,
                Words(*names, per_patient=size.per_group, adjusted=several),
                smallest,
                plain_pairs,
                found,
                left_out,
            )
            for names, ruling in zip(pairs, rulings, strict=True)
        ),
        verdict=verdict,
        audit=audit,
        ties=None if asked else _ties(compared, names, smallest.number >= TOO_FEW),
    )


def _ties(compared: DatasetComparison, names: Sequence[str], enough: bool) -> TieGroups | None:
    """Which models cannot be told apart, by tests of all pairs; None with fewer than three."""
    if len(names) < 3 or not enough:
        return None
    values = {name: compared.auc(name) for name in names}
    order = sorted(names, key=lambda name: -(one.value if (one := values[name]) else 0.0))
    tested = _tested(compared, list(combinations(order, 2)), {})
    if not tested:
        return None
    alpha = compared.study.alpha
    apart = [
        (order.index(test.a), order.index(test.b))
        for test in tested
        if test.superiority.p_holm < alpha
    ]
    groups = tie_groups(len(order), apart)
    return TieGroups(
        models=tuple(order),
        groups=tuple(tuple(order[place] for place in group) for group in groups),
        pairs=len(tested),
        different=len(apart),
    )


def _asked(a: str | None, b: str | None, names: Sequence[str]) -> tuple[str, str] | None:
    if a is None and b is None:
        return None
    for flag, name in (("--a", a), ("--b", b)):
        if name is None:
            raise UsageError(f"{flag} is missing: a pair needs --a and --b.")
        if name not in names:
            raise UsageError(f"{flag} {name}: no such model. {did_you_mean(name, names)}")
    if a is None or b is None or a == b:
        raise UsageError(f"--a and --b are both {a}; a pair needs two models.")
    return a, b


def _sides(found: Predictions, compared: DatasetComparison) -> tuple[str, str] | None:
    """The two models that stand for the families, None where they cannot be chosen."""
    chosen = []
    for side in SIDES:
        own = [model.name for model in found.models if model.family == side]
        champion = own[0] if len(own) == 1 else compared.candidates.champions[side]
        if champion is None:
            return None
        chosen.append(champion)
    return chosen[0], chosen[1]


def _tested(
    compared: DatasetComparison, pairs: Sequence[tuple[str, str]], n_candidates: Mapping[str, int]
) -> list[PairTest]:
    if compared.paired is None or not pairs:
        return []
    found = pair_tests(
        compared.paired,
        pairs,
        margin=compared.study.margin,
        alpha=compared.study.alpha,
        n_cases=compared.data.size.cases,
        n_candidates=n_candidates,
    )
    return corrected(found)


def _on_classes(
    title: str,
    text: str,
    ruling: Ruling,
    found: Predictions,
    left_out: Sequence[LeftOutClass],
    unit: str,
) -> tuple[str, str]:
    """Heading and sentence with the classes that they are on, where a verdict is given."""
    if ruling.rule in ("protocol-violated", "too-few-cases"):
        return title, text
    names = {one.name for one in left_out}
    counted = [name for name in found.classes if name not in names]
    return (
        f"{title}{without_in_words(left_out)}",
        f"{text}{classes_in_words(counted, left_out, unit)}",
    )


def _pair(
    ruling: Ruling,
    words: Words,
    smallest: Smallest,
    plain: PlainFigures,
    found: Predictions,
    left_out: Sequence[LeftOutClass],
) -> PairEvidence:
    told = heading(ruling, words), sentence(ruling, words, smallest)
    title, text = _on_classes(*told, ruling, found, left_out, smallest.unit)
    return PairEvidence(
        test=ruling.pair,
        rule=ruling.rule,
        winner={"a": words.a, "b": words.b, None: None}[ruling.winner],
        heading=title,
        sentence=text,
        plain=plain.difference(words.a, words.b),
    )


def _model(model: Model, compared: DatasetComparison, plain: PlainFigures) -> ModelEvidence:
    scores = compared.candidates.scores[model.name]
    tests = [score.test for score in scores if score.test is not None]
    estimate = compared.auc(model.name)
    return ModelEvidence(
        name=model.name,
        family=model.family,
        seeds=model.seeds,
        auc=Estimate(float(np.mean(tests))) if estimate is None else estimate,
        auc_sd=float(np.std(tests, ddof=1)) if len(tests) > 1 else None,
        auc_per_run=tuple(tests),
        validation_auc=mean_validation(scores),
        plain=plain.auc(model.name),
    )


def _audit(
    found: Predictions, compared: DatasetComparison, sides_wanted: bool, sides_chosen: bool
) -> Iterator[AuditItem]:
    """What can be watched of predictions whose origin is not known."""
    shared = compared.data.groups_shared
    patients: tuple[Colour, str] = ("green", "Errors are per patient; no patient is in two parts.")
    if found.test.groups is None:
        patients = (
            "amber",
            ("Patients are not known: intervals are per image and probably too narrow."),
        )
    elif shared:
        patients = "red", f"{plural(shared, 'patient')} of validation are also in test."
    elif found.files:
        patients = (
            "amber",
            (
                "Patients are not known: frames of one file are taken for one patient and every "
                "other case for one of its own, so that intervals are probably too narrow."
            ),
        )
    yield AuditItem("patients", "Patients apart", *patients)
    single = [m.name for m in found.models if len(m.seeds) == 1]
    seeds: tuple[Colour, str] = ("green", "Every model has several runs.")
    if single:
        seeds = (
            "amber",
            (f"One run of {', '.join(single)}: how much depends on the seed is not known."),
        )
    yield AuditItem("seeds", "Enough seeds", *seeds)
    families = {model.family for model in found.models}
    if sides_wanted and set(SIDES) <= families:
        champions: tuple[Colour, str] = (
            "green",
            "Deep is compared with classical: the best of each on validation, or its only model.",
        )
        if not sides_chosen:
            champions = (
                "amber",
                (
                    "The best models cannot be chosen on validation, since there are no validation "
                    "rows with both classes: every pair is compared, and there is no verdict on "
                    "the families."
                ),
            )
        yield AuditItem("champions", "Best models from validation", *champions)
    if found.unlabelled:
        of = found.unlabelled + len(found.test.ids) + len(found.validation.ids)
        told = (
            f"{found.unlabelled:,} of {plural(of, 'case')} have no label and are left out: what is "
            "said holds for cases like those that have one."
        )
        yield AuditItem("labels", "Labels known", "amber", told)
    if found.empty_classes:
        named = ", ".join(f"“{name}”" for name in found.empty_classes)
        told = (
            f"There is no test case of {named}: AUCs are means over the other classes, each "
            "against the others, and say nothing of how its cases would be told from these."
        )
        yield AuditItem("classes", "Cases of every class", "amber", told)
    size = compared.data.size
    smallest = Smallest.of(size)
    colour: Colour = "green"
    if smallest.number < FEW_CASES:
        colour = "red" if smallest.number < TOO_FEW else "amber"
    told = f"{smallest_class(smallest)}, the smallest class"
    left_out = compared.data.left_out
    if left_out and colour == "green":
        colour = "amber"
    counts = " that counts" if left_out else ""
    told += f"{counts}.{left_out_in_words(left_out, smallest.unit)}"
    yield AuditItem("cases", "Enough cases", colour, told)
