"""The plan of a run in words, for `--dry-run`."""

import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.progress import expected
from bench.progress.display import ProgressLines, plural
from bench.progress.eta import Eta
from bench.progress.run_plan import RunPlan, pixel_count
from bench.protocol.cards import DatasetCard
from bench.protocol.study import Study
from bench.results.store import Store
from bench.run.corrupted import kinds_of
from bench.run.preparation import PreparedStudy, Request, as_read, prepare_study, untested
from bench.workers.pool import Workers
from bench.workers.schedule import Capacity, PlannedTrial, order


def plan_in_words(
    request: Request, store: Store, detectable: Callable[[DatasetCard, Study], str]
) -> list[str]:
    """The plan of a request in lines: what would be run, what not, and why.

    Args:
        request: what was asked for.
        store: where results would go.
        detectable: what a data set could show, in words.

    Raises:
        BenchError: if something that was named cannot be used.
    """
    store.refuse_foreign()
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        with Workers(request.jobs, request.threads, request.quiet) as workers:
            prepared = prepare_study(request, workers, folder, ProgressLines(lambda _: None))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    takes = expected.in_words(how_long(prepared, request, store))
    return [*_lines(prepared, store, detectable), takes]


def how_long(prepared: PreparedStudy, request: Request, store: Store) -> Eta:
    """How long the trials of a study take that are not stored yet."""
    planned = [
        PlannedTrial(
            trial,
            prepared.facts[trial.method].card.family,
            "gpu"
            if prepared.device == "cuda" and prepared.facts[trial.method].uses_device
            else "cpu",
            pixel_count(prepared.data[trial.dataset].card, trial.size),
            prepared.study.tune if prepared.facts[trial.method].tunable else 0,
        )
        for trial in prepared.trials
    ]
    plan = RunPlan(
        study=prepared.study.hash,
        budget=prepared.study.budget,
        planned=tuple(order(planned, jobs=request.jobs)),
        before={},
        reused=frozenset(store.trials() if store.layout.study_file.exists() else ()),
        capacity=Capacity(request.jobs, int(prepared.device == "cuda"), request.gpu_jobs),
        heartbeats="",
    )
    return expected.estimated(plan, store)


def _lines(
    prepared: PreparedStudy, store: Store, detectable: Callable[[DatasetCard, Study], str]
) -> list[str]:
    study = prepared.study
    lines = [f"study {study.hash}, not run; results would go to {store.root}", "", "data sets"]
    for ready in prepared.data.values():
        card = ready.card
        if card is not None:
            cases = ", ".join(f"{part} {card.parts[part].cases}" for part in card.parts)
            h, w, c = card.image_shape
            lines.append(f"  {card.name}: {h}×{w}×{c} px, {cases}; classes {_classes(card)}")
            lines.append(f"    {detectable(card, study)}")
    read = as_read({ready.name: ready for ready in prepared.data.values()})
    if read:
        lines += ["", "as read", *(f"  {line}" for line in read)]
    lines += _transport(prepared)
    lines += ["", "methods"]
    for name, fact in prepared.facts.items():
        times = sum(t.method == name for t in prepared.trials)
        state = f"unavailable: {fact.error}" if fact.error else plural(times, "trial")
        if study.tune and not fact.error:
            most = f" of up to {study.tune} configurations"
            state += most if fact.tunable else ", nothing to tune"
        lines.append(f"  {name} ({fact.card.family}): {state}")
    if study.repeats > 1 or study.resample:
        lines += ["", "draws"]
    if study.repeats > 1:
        lines.append(f"  {study.folds} folds, drawn {study.repeats} times")
    if study.resample:
        lines.append(f"  the training part, and {study.resample} bootstrap samples of it")
    if study.claims:
        lines += ["", "claims", *(f"  {claim.name}: {claim.direction}" for claim in study.claims)]
        lines += [f"  {line}" for line in untested(study, prepared.facts)]
    if prepared.left_out:
        lines += ["", "left out", *(f"  {line}" for line in prepared.left_out)]
    return [*lines, "", f"{plural(len(prepared.trials), 'trial')} in all"]


def _transport(prepared: PreparedStudy) -> list[str]:
    """What is asked about other places, subgroups and corrupted images."""
    study, lines = prepared.study, []
    if study.subgroups:
        lines += ["", "subgroups", *(f"  {text}" for text in study.subgroups)]
    cards = [ready.card for ready in prepared.data.values() if ready.card is not None]
    if study.corrupt:
        lines += ["", "corruptions of the test images, 5 severities each"]
        for card in cards:
            kinds = kinds_of(study.corrupt, card.modality, card.image_shape[2])
            lines.append(f"  {card.name}: {', '.join(kinds) or 'none suits'}")
    return lines


def positives(cards: Sequence[DatasetCard]) -> list[str]:
    """A line that says which class of each data set of two is positive; none without such a set."""
    sets: dict[str, list[str]] = {}
    for card in cards:
        if card.positive is not None and card.task == "classification":
            name = card.class_names[card.positive]
            sets.setdefault(f"“{name}”" if "," in name else name, []).append(card.name)
    if len(cards) == 1:
        return [f"positive: {name}" for name in sets]
    told = [f"{name} ({', '.join(names)})" for name, names in sets.items()]
    return [f"positive: {', '.join(told)}"] if told else []


def _classes(card: DatasetCard) -> str:
    """Of segmentation those of pixels, the background first: its `class_names` are strata."""
    own = card.target_names if card.task == "segmentation" else card.class_names
    names = [f"“{name}”" if "," in name else name for name in own]
    if card.positive is not None:
        names[card.positive] += " (positive)"
    return ", ".join(names)
