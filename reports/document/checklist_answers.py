"""What a run has to say to the items of a reporting checklist."""

from collections.abc import Callable

from reports.analysis.methods.tuning import not_tuned
from reports.document.checklists import Fact
from reports.evidence import DatasetEvidence, Evidence, MethodEvidence
from reports.formatting import count, percent, plural, score, signed

_NAMES = 4  # of data sets or methods that are written out

_ALWAYS: dict[Fact, str] = {
    "selection": "The champion of a family is the method with the highest mean validation AUC; the "
    "test part is not used.",
    "ensembles": "Predictions of seeds are never averaged: each is a run of one method. What a "
    "method combines inside itself stands in its summary.",
    "measures": "Primary: AUC (more than two classes: mean of one against the rest). Beside it the "
    "measures of each decision and of the probabilities, and those of the sensitivity analysis.",
    "outputs": "By the fitted method, once per validation and test image; every image gets a "
    "probability for each class, so none is indeterminate.",
    "blinding": "Of the test part methods see the images alone, neither labels nor clinical data; "
    "predictions are stored before they are compared.",
    "imbalance": "No case is repeated or left out to balance classes before a method gets the "
    "training part; probabilities before and after the same recalibration of every method in "
    "Probabilities.",
}
"""What is so in every run."""


def answers(evidence: Evidence) -> dict[Fact, str]:
    """The answer to every question that the evidence can answer; the others are left out."""
    found = {fact: answer(evidence) for fact, answer in _ANSWERS.items()}
    return _ALWAYS | {fact: text for fact, text in found.items() if text}


def _named(names: list[str] | tuple[str, ...]) -> str:
    """The first few names and how many more there are."""
    if len(names) <= _NAMES:
        return ", ".join(names)
    return f"{', '.join(names[:_NAMES])} and {len(names) - _NAMES} more"


def _goal(evidence: Evidence) -> str:
    margin = evidence.entry.study.margin
    return (
        f"To examine: {evidence.claim} Models are developed and evaluated. Smallest difference of "
        f"AUC that matters: {margin:g}."
    )


def _sources(evidence: Evidence) -> str:
    stated = [d.card.name for d in evidence.datasets if d.card.source]
    if not stated:
        return ""
    others = [d.card.name for d in evidence.datasets if not d.card.source]
    told = f"Source, licence and citation of {_named(stated)} stand in the section Data."
    return f"{told} Not stated: {_named(others)}." if others else told


def _preprocessing(evidence: Evidence) -> str:
    said = [
        f"{d.card.name}: {'; '.join(d.card.preprocessing)}"
        for d in evidence.datasets
        if d.card.preprocessing
    ]
    if not said:
        return ""
    return ". ".join(said[:_NAMES]) + ("." if len(said) <= _NAMES else "; more in Data.")


def _partition(evidence: Evidence) -> str:
    study = evidence.entry.study
    if study.folds:
        return f"{study.folds}-fold stratified cross-validation with an inner validation part."
    if not evidence.datasets:
        return ""
    kinds: dict[str, list[str]] = {}
    for data in evidence.datasets:
        kinds.setdefault(data.card.split, []).append(data.card.name)
    told = "; ".join(f"{kind}: {_named(names)}" for kind, names in kinds.items())
    return f"Training, validation, test. {told}. Numbers in Data."


def _disjoint(evidence: Evidence) -> str:
    known: list[str] = []
    unknown: list[str] = []
    for data in evidence.datasets:
        (unknown if data.card.parts["test"].groups is None else known).append(data.card.name)
    parts = [f"Patients: {_named(known)}."] * bool(known)
    parts += [f"Images, since patients are not known: {_named(unknown)}."] * bool(unknown)
    return " ".join(parts)


def _cases(evidence: Evidence) -> str:
    if not evidence.datasets:
        return ""
    folds = evidence.entry.study.folds
    parts = [
        part.cases
        for data in evidence.datasets
        for name, part in data.card.parts.items()
        if folds or name == "test"
    ]
    what = "images, each tested once," if folds else "test images"
    return (
        "Images per part and class, patients per part where known, stand in Data; "
        f"{count(sum(parts))} {what} on {plural(len(evidence.datasets), 'data set')}."
    )


def _prevalence(evidence: Evidence) -> str:
    if not evidence.datasets:
        return ""
    highest = max(evidence.datasets, key=lambda data: data.no_information_rate)
    return (
        "Prevalence of each class per part in Data; at most "
        f"{percent(highest.no_information_rate)} of a test part are of one class "
        f"({highest.card.name})."
    )


def _sample_size(evidence: Evidence) -> str:
    said = [
        f"{data.card.name} {score(data.detectable)}"
        for data in evidence.datasets
        if data.detectable is not None
    ]
    if not said:
        return ""
    return f"ΔAUC that was expected to be found with 80 % power: {_named(said)}."


def _methods(evidence: Evidence) -> dict[str, MethodEvidence]:
    return {method.name: method for data in evidence.datasets for method in data.methods}


def _settings(evidence: Evidence) -> str:
    methods = _methods(evidence)
    if not methods:
        return ""
    return (
        f"{plural(len(methods), 'method')} with package, version and every parameter (weights, "
        "features, architecture among them) in the table of methods."
    )


def _software(evidence: Evidence) -> str:
    if not evidence.environments:
        return ""
    seen = evidence.environments[0].environment
    return (
        f"Python {seen.python} and {plural(len(seen.packages), 'package')} with versions in "
        "Limits and environment."
    )


def _training(evidence: Evidence) -> str:
    study = evidence.entry.study
    seeds = plural(len(study.seeds), "seed")
    return (
        f"Training part only, sizes of all parts in Data; budget “{study.budget}”, the same for "
        f"every method; {seeds}; kind and parameters of each method in the table of methods, "
        f"{_tuned(evidence)}; champions and thresholds are chosen on validation."
    )


def _tuned(evidence: Evidence) -> str:
    """What was tuned, half a sentence."""
    asked = evidence.entry.study.tune
    methods = _methods(evidence).values()
    tuned = sorted({m.name for m in methods if m.tuning})
    if not tuned:
        return "none tuned"
    told = (
        f"as declared; {plural(len(tuned), 'method')} tuned by a random search of up to "
        f"{count(asked)} configurations per run, the best on validation, what was chosen in Tuning"
    )
    plain = not_tuned(methods)
    return f"{told}; not tuned, without a search space: {_named(plain)}" if plain else told


def _selection(evidence: Evidence) -> str:
    if not any(data.tuned for data in evidence.datasets):
        return ""
    return (
        "Of a tuned method's configurations the one with the highest validation AUC makes the "
        f"run's predictions. {_ALWAYS['selection']}"
    )


def _thresholds(evidence: Evidence) -> str:
    rules = dict.fromkeys(
        method.operating.rule
        for data in evidence.datasets
        for method in data.methods
        if method.operating is not None
    )
    if not rules:
        return ""
    return f"Class probabilities. Decision, by a rule without test labels: {'; '.join(rules)}."


def _uncertainty(evidence: Evidence) -> str:
    level = f"{100 * (1 - evidence.entry.study.alpha):g} %"
    return (
        f"{level} intervals of AUCs and of differences, from cases (patients where known) and "
        f"seeds; Holm's correction over data sets. {_tests(evidence)} Computed by this suite, "
        "version in Limits and environment."
    )


def _tests(evidence: Evidence) -> str:
    used = dict.fromkeys(d.comparison.pair.test for d in evidence.datasets if d.comparison)
    told = f" Used: {'; '.join(used)}." if used else ""
    return f"One primary comparison per data set; equivalence by two one-sided tests.{told}"


def _robustness(evidence: Evidence) -> str:
    total = evidence.robustness.total
    if total is None:
        return ""
    return (
        f"Same conclusion in {count(total.holds)} of {count(total.analyses)} analyses "
        f"({percent(total.share)}): metrics, rules for champions, seeds. Planned: the primary one."
    )


def _relevance(evidence: Evidence) -> str:
    told = [name for name, method in _methods(evidence).items() if method.importance]
    mapped = [d.card.name for d in evidence.datasets if d.disagreements and d.disagreements.mapped]
    parts = [f"Permutation importance of parts of the description: {_named(told)}."] * bool(told)
    parts += [f"What the deep champion looks at, in Disagreements: {_named(mapped)}."] * bool(
        mapped
    )
    return " ".join(parts)


def _internal(evidence: Evidence) -> str:
    if not any(method.auc for method in _methods(evidence).values()):
        return ""
    return "Validation and test AUC of every method in Discrimination; test was predicted once."


def _external(evidence: Evidence) -> str:
    drawn: list[str] = []
    fixed: list[str] = []
    for data in evidence.datasets:
        here = data.card.split in ("automatic", "cross-validation")
        (drawn if here else fixed).append(data.card.name)
    parts = ["No method is tested on another data set."] * bool(drawn or fixed)
    parts += [f"Test part drawn from the same images: {_named(drawn)}."] * bool(drawn)
    parts += [f"Test part fixed beforehand: {_named(fixed)}."] * bool(fixed)
    return " ".join(parts)


def _accuracy(evidence: Evidence) -> str:
    best = [
        f"{d.card.name} {score(d.comparison.pair.value_a.value)} and "
        f"{score(d.comparison.pair.value_b.value)}"
        for d in evidence.datasets
        if d.comparison is not None
    ]
    if not best:
        return ""
    return (
        "Intervals in Discrimination. AUC of the best deep and the best classical method: "
        f"{_named(best)}."
    )


def _confusion(evidence: Evidence) -> str:
    shown = [
        data.card.name
        for data in evidence.datasets
        if any(m.is_champion and m.operating is not None for m in data.methods)
    ]
    if not shown:
        return ""
    told = f"Confusion matrices of the champions in Operating point: {_named(shown)}."
    if any(data.disagreements for data in evidence.datasets):
        told += " Cases that they decide wrongly, with pictures where known, in Disagreements."
    return told


def _limits(evidence: Evidence) -> str:
    raised = sum(item.colour != "green" for item in evidence.audit)
    return (
        f"Limits and environment; an audit of {plural(len(evidence.audit), 'guard')}, of which "
        f"{raised} {'is' if raised == 1 else 'are'} not in order, in Answer."
    )


def _protocol(evidence: Evidence) -> str:
    return (
        f"Declared and hashed before the first trial: {evidence.study_hash}, "
        f"{evidence.entry.first_run[:10]}; in full in Protocol."
    )


def _availability(evidence: Evidence) -> str:
    under: dict[str, list[str]] = {}
    for data in evidence.datasets:
        under.setdefault(data.card.licence or "not stated", []).append(data.card.name)
    licences = [f"{licence} ({_named(names)})" for licence, names in under.items()]
    packages = dict.fromkeys(
        f"{method.distribution} {method.version}".strip() for method in _methods(evidence).values()
    )
    parts = [f"Licences of the data: {_named(licences)}."] * bool(licences)
    parts += [f"Code of the methods: {_named(tuple(packages))}."] * bool(packages)
    return " ".join(parts)


def _missing(evidence: Evidence) -> str:
    if not evidence.n_runs:
        return ""
    return (
        "A trial predicts every validation and test image or counts as failed: "
        f"{len(evidence.failed)} failed, {len(evidence.missing)} missing, listed in Failures."
    )


def _heterogeneity(evidence: Evidence) -> str:
    pooled = evidence.overall.pooled
    if pooled is None or len(pooled.datasets) < 2:
        return ""
    return (
        f"Between data sets: τ {score(pooled.tau)}, I² {percent(pooled.i_squared)} of ΔAUC; AUC "
        "and rank of each method on each in Many data sets."
    )


def _updating(evidence: Evidence) -> str:
    told = [m.probabilities for data in evidence.datasets for m in data.methods if m.probabilities]
    if not any(each.recalibrated for each in told):
        return ""
    return (
        "No method is changed after its test. Beside the probabilities as given stand those after "
        "one recalibration on validation, the same for every method, in Probabilities."
    )


def _stored(evidence: Evidence) -> str:
    if not evidence.n_runs:
        return ""
    runs = plural(evidence.n_runs, "run")
    return f"Yes: class probabilities of every image in {runs}, with checksums."


def _verdicts(evidence: Evidence) -> str:
    told = [_verdict(data) for data in evidence.datasets]
    return f"Overall: {evidence.overall.heading}. {'; '.join(told[:_NAMES])}" + (
        f"; {len(told) - _NAMES} more in Answer." if len(told) > _NAMES else "." * bool(told)
    )


def _verdict(data: DatasetEvidence) -> str:
    d = "" if data.verdict.d is None else f", ΔAUC {signed(data.verdict.d)}"
    return f"{data.card.name}: {data.verdict.heading.rstrip('.')}{d}"


_ANSWERS: dict[Fact, Callable[[Evidence], str]] = {
    "goal": _goal,
    "sources": _sources,
    "preprocessing": _preprocessing,
    "partition": _partition,
    "disjoint": _disjoint,
    "cases": _cases,
    "prevalence": _prevalence,
    "sample-size": _sample_size,
    "settings": _settings,
    "selection": _selection,
    "software": _software,
    "training": _training,
    "thresholds": _thresholds,
    "uncertainty": _uncertainty,
    "tests": _tests,
    "robustness": _robustness,
    "relevance": _relevance,
    "internal": _internal,
    "external": _external,
    "accuracy": _accuracy,
    "confusion": _confusion,
    "limits": _limits,
    "protocol": _protocol,
    "availability": _availability,
    "missing": _missing,
    "heterogeneity": _heterogeneity,
    "stored": _stored,
    "verdicts": _verdicts,
    "updating": _updating,
}
