"""The facts of a run that answers to checklists are made of."""

from collections.abc import Iterable

from reports.analysis.methods.tuning import not_tuned
from reports.evidence import SIDES, DatasetEvidence, Evidence, GroupGap, MethodEvidence, Transport
from reports.formatting import count, percent, plural, score, signed
from reports.verdicts.guards.lone_side import lacking, lost

_NAMES = 4  # of data sets or methods that are written out


def facts(evidence: Evidence) -> dict[str, str]:
    """Name of a fact → as it is said in `answers.toml`; what is not known is left out."""
    told = (
        _of_the_study(evidence)
        | _of_the_data(evidence)
        | _of_the_methods(evidence)
        | _of_the_results(evidence)
        | _of_transport(evidence)
    )
    return {name: text for name, text in told.items() if text}


def _of_the_study(evidence: Evidence) -> dict[str, str]:
    entry = evidence.entry
    study = entry.study
    raised = sum(item.colour != "green" for item in evidence.audit)
    environment = evidence.environments[0].environment if evidence.environments else None
    beside = [run for run in evidence.failed if run.resample is not None or run.size or run.masks]
    stored = evidence.n_runs - (len(evidence.failed) - len(beside))
    return {
        "study": evidence.study_hash,
        "first_run": entry.first_run[:10],
        "claim": evidence.claim,
        "margin": f"{study.margin:g}",
        "level": f"{100 * (1 - study.alpha):g} %",
        "budget": study.budget,
        "seeds": plural(len(study.seeds), "seed"),
        "folds": f"{study.folds}" if study.folds else "",
        "configurations": count(study.tune),
        "checks": plural(len(evidence.audit), "check"),
        "raised": f"{raised} {'is' if raised == 1 else 'are'}",
        "python": "" if environment is None else environment.python,
        "packages": "" if environment is None else plural(len(environment.packages), "package"),
        "runs": plural(evidence.n_runs, "run") if evidence.n_runs else "",
        "stored_runs": plural(stored, "run") if stored else "",
        "failed": f"{len(evidence.failed)}",
        "absent": f"{len(evidence.missing)}",
    }


def _of_the_data(evidence: Evidence) -> dict[str, str]:
    datasets = evidence.datasets
    if not datasets:
        return {}
    folds = evidence.entry.study.folds
    tested = [
        part.cases
        for data in datasets
        for name, part in data.card.parts.items()
        if folds or name == "test"
    ]
    commonest = max(datasets, key=lambda data: data.no_information_rate)
    prepared = [
        f"{d.card.name}: {'; '.join(d.card.preprocessing)}"
        for d in datasets
        if d.card.preprocessing
    ]
    here = ("automatic", "cross-validation")
    return {
        "datasets": plural(len(datasets), "data set"),
        "sourced": _names(d for d in datasets if d.card.source),
        "unsourced": _names(d for d in datasets if not d.card.source),
        "preprocessing": ". ".join(prepared[:_NAMES]),
        "more_preprocessing": f"{len(prepared) - _NAMES}" if len(prepared) > _NAMES else "",
        "splits": "; ".join(
            f"{kind}: {names}" for kind, names in _by((d.card.split, d) for d in datasets)
        ),
        "split_here": _names(d for d in datasets if d.card.split in here),
        "split_before": _names(d for d in datasets if d.card.split not in here),
        "with_patients": _names(d for d in datasets if d.card.parts["test"].groups is not None),
        "without_patients": _names(d for d in datasets if d.card.parts["test"].groups is None),
        "test_images": count(sum(tested)),
        "commonest": percent(commonest.no_information_rate),
        "commonest_in": commonest.card.name,
        "licences": _listed(
            f"{licence} ({names})"
            for licence, names in _by((d.card.licence or "not stated", d) for d in datasets)
        ),
    }


def _of_the_methods(evidence: Evidence) -> dict[str, str]:
    methods = {method.name: method for data in evidence.datasets for method in data.methods}
    all_methods = methods.values()
    tuned = sum(bool(m.tuning) for m in all_methods)
    runs = [method for data in evidence.datasets for method in data.methods]
    rules = dict.fromkeys(m.operating.rule for m in runs if m.operating is not None)
    recalibrated = any(m.probabilities and m.probabilities.recalibrated for m in runs)
    return {
        "methods": plural(len(methods), "method") if methods else "",
        "distributions": _listed(
            dict.fromkeys(f"{m.distribution} {m.version}".strip() for m in all_methods)
        ),
        "tuned": plural(tuned, "method") if tuned else "",
        "not_tuned": _listed(not_tuned(all_methods)),
        "untold_weights": _listed(m.name for m in all_methods if m.untold_weights),
        "with_importance": _listed(m.name for m in all_methods if m.importance),
        "scored": "yes" if any(m.auc for m in all_methods) else "",
        "decision_rules": "; ".join(rules),
        "recalibrated": "yes" if recalibrated else "",
    }


def _of_the_results(evidence: Evidence) -> dict[str, str]:
    datasets = evidence.datasets
    compared = [(d.card.name, d.comparison) for d in datasets if d.comparison is not None]
    verdicts = [_verdict(data) for data in datasets]
    total = evidence.robustness.total
    told = {
        "overall": evidence.overall.heading,
        "verdicts": "; ".join(verdicts[:_NAMES]),
        "more_verdicts": f"{len(verdicts) - _NAMES}" if len(verdicts) > _NAMES else "",
        "tests": "; ".join(dict.fromkeys(c.pair.test for _, c in compared)),
        "detectable": _listed(
            f"{d.card.name} {score(d.detectable)}" for d in datasets if d.detectable is not None
        ),
        "best_aucs": _listed(
            f"{name} {score(c.pair.value_a.value)} and {score(c.pair.value_b.value)}"
            for name, c in compared
        ),
        "alone_aucs": _listed(
            f"{data.card.name} {score(method.auc.value)} ({method.name})"
            for data, method in _alone(datasets)
            if method.auc is not None
        ),
        "alone_in": _listed(
            f"{data.card.name}, since {lacking(data, lost(evidence, data))}"
            for data, _ in _alone(datasets)
        ),
        "with_decisions": _names(
            d for d in datasets if sum(map(_decides, d.methods)) == len(SIDES)
        ),
        "with_one_decided": _listed(
            f"{data.card.name} ({method.name})"
            for data, method in _alone(datasets)
            if _decides(method)
        ),
        "with_disagreements": _names(d for d in datasets if d.disagreements),
        "with_maps": _names(d for d in datasets if d.disagreements and d.disagreements.mapped),
    }
    if total is not None:
        told |= {
            "holds": count(total.holds),
            "analyses": count(total.analyses),
            "holds_share": percent(total.share),
        }
    further = evidence.overall.further
    if further is not None:
        told |= {"tau": score(further.tau), "i_squared": percent(further.i_squared)}
    return told


def _of_transport(evidence: Evidence) -> dict[str, str]:
    """What was asked beyond the test parts; empty where nothing was."""
    found = [(data.card.name, data.transport) for data in evidence.datasets if data.transport]
    external = [
        f"{', '.join(place.name for place in places)} ({name})"
        for name, one in found
        if (places := one.of_kind("external"))
    ]
    asked = [
        f"{question.name} ({name}) {signed(question.there.value)} against "
        f"{signed(question.here.value)}"
        for name, one in found
        for question in one.asked("external")
        if len(question.places) == 1
    ]
    groups = [
        f"{', '.join(dict.fromkeys(place.column for place in places))} ({name})"
        for name, one in found
        if (places := one.of_kind("subgroup"))
    ]
    worst = [
        f"{gap.worst} ({name}, {gap.method}, AUC{_of_classes(gap)} {score(gap.worst_auc.value)} "
        f"[{score(gap.worst_auc.low)}, {score(gap.worst_auc.high)}])"
        for name, one in found
        for gap in one.gaps
    ]
    spoilt = [
        f"{plural(len(dict.fromkeys(p.name for p in places)), 'corruption')} at "
        f"{len({p.severity for p in places})} severities ({name})"
        for name, one in found
        if (places := one.of_kind("corruption"))
    ]
    overall = evidence.transport
    return {
        "predicted_elsewhere": _listed(d.card.name for d in evidence.datasets if d.card.external),
        "external_parts": _listed(external),
        "elsewhere_and_here": _listed(asked),
        "left_out": _listed(f"{one.name} by {one.column}" for one in overall.left_out)
        if overall
        else "",
        "groups": _listed(groups),
        "worst_groups": _listed(worst),
        "spoilt_images": _listed(spoilt),
        "loses_more": _loses_more(found) if spoilt else "",
    }


def _loses_more(found: Iterable[tuple[str, Transport]]) -> str:
    """How many corruptions cost which side more."""
    asked = [question for _, one in found for question in one.asked("corruption")]
    deep, classical = (
        sum(one.favours == other for one in asked) for other in ("classical", "deep")
    )
    return (
        f"Of {plural(len(asked), 'corruption')} tested {deep or 'none'} "
        f"{'is' if deep < 2 else 'are'} shown to move ΔAUC towards classical, "
        f"{classical or 'none'} towards deep"
    )


def _alone(datasets: Iterable[DatasetEvidence]) -> list[tuple[DatasetEvidence, MethodEvidence]]:
    """The data sets on which one side alone has a result, each with its best model."""
    found = ((data, [m for m in data.methods if m.is_champion]) for data in datasets)
    return [(data, best[0]) for data, best in found if len(best) == 1]


def _decides(method: MethodEvidence) -> bool:
    return method.is_champion and method.operating is not None


def _verdict(data: DatasetEvidence) -> str:
    d = "" if data.verdict.d is None else f", ΔAUC {signed(data.verdict.d)}"
    return f"{data.card.name}: {data.verdict.heading.rstrip('.')}{d}"


def _names(datasets: Iterable[DatasetEvidence]) -> str:
    return _listed(data.card.name for data in datasets)


def _by(pairs: Iterable[tuple[str, DatasetEvidence]]) -> list[tuple[str, str]]:
    """Each kind with the names of its data sets."""
    found: dict[str, list[DatasetEvidence]] = {}
    for kind, data in pairs:
        found.setdefault(kind, []).append(data)
    return [(kind, _names(datasets)) for kind, datasets in found.items()]


def _listed(words: Iterable[str]) -> str:
    """The first few and how many more there are."""
    names = list(words)
    if len(names) <= _NAMES:
        return ", ".join(names)
    return f"{', '.join(names[:_NAMES])} and {len(names) - _NAMES} more"


def _of_classes(gap: GroupGap) -> str:
    """The classes of which the AUCs of groups are, where they are not all of the data set."""
    return f" of {' and '.join(gap.classes)}" if len(gap.classes) < gap.n_classes else ""
