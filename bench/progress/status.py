"""How far a run is, or how it ended: what `python -m bench status` shows."""

from collections import Counter
from collections.abc import Collection
from pathlib import Path

from bench.progress.display import duration
from bench.progress.run_plan import RunPlan
from bench.protocol.errors import ResultsError
from bench.protocol.record import Run, Trial
from bench.results import lock, other_data
from bench.results.lock import LockOwner
from bench.results.store import Store
from bench.workers.heartbeat import running_trials

_SHOWN = 20  # failed trials


def lines(store: Store) -> list[str]:
    """The state of a results folder in lines.

    Raises:
        ResultsError: if it is none.
    """
    owner = lock.lock_owner(store.root)
    active = owner is not None and owner.is_running
    if lock.is_masks_first(store.root):
        return _masks_first(store, owner if active else None)
    plan = _plan(store.root)
    if plan is None:
        if active:
            return [f"{store.root}: a run is starting ({owner})"]
        store.studies()
        stored = [*_stored(store), *_left_out(store, ())]
        return [f"{store.root}: there is no plan of a run here", *stored]
    results, trouble = _results(plan, store)
    counts = Counter(run.status for run in results)
    done = sum(counts.values())
    told = ", ".join(f"{counts[status]} {status}" for status in sorted(counts))
    told = f" ({told})" if told else ""
    total = len(plan.planned)
    text = [f"{store.root}: study {plan.study}, {done} of {total} trials done{told}"]
    text += trouble
    text += _activity(plan, store, owner if active else None, total - done)
    failed = [run for run in results if run.status != "ok"]
    text += [f"  {run.trial}: {run.status}: {run.error}" for run in failed[:_SHOWN]]
    if len(failed) > _SHOWN:
        text.append(f"  and {len(failed) - _SHOWN} more that failed")
    return text + _left_out(store, {each.trial for each in plan.planned})


def _masks_first(store: Store, owner: LockOwner | None) -> list[str]:
    """The state of a run that has no plan yet, since it makes masks or has just made them."""
    masks = Store(store.layout.masks_folder, store.pictures)
    text = [f"{store.root}: first the masks, by a segmentation study in {masks.root}"]
    plan, maker = _plan(masks.root), lock.lock_owner(masks.root)
    begun = maker is not None and maker.is_running
    if owner is not None:
        return text + (lines(masks) if begun else [f"running ({owner})"])
    if plan is not None and plan.ended != "complete":
        return text + lines(masks)
    return [*text, "not running: the last run was cut off; the same command goes on from there"]


def _plan(root: Path) -> RunPlan | None:
    plan = lock.read_plan(root)
    try:
        return None if plan is None else RunPlan.from_json(plan)
    except (KeyError, TypeError):
        return None


def _results(plan: RunPlan, store: Store) -> tuple[list[Run], list[str]]:
    """What came of the planned trials so far, and a line for each that cannot be read."""
    found, trouble = [], []
    for each in plan.planned:
        try:
            run = plan.result(each.trial, store)
        except ResultsError as error:
            trouble.append(f"  {error}")
            continue
        if run is not None:
            found.append(run)
    return found, trouble


def _activity(plan: RunPlan, store: Store, owner: LockOwner | None, waiting: int) -> list[str]:
    if owner is None:
        if plan.ended == "complete":
            return ["not running: the last run came to its end"]
        how = "was cut short" if plan.ended else "was cut off"
        return [f"not running: the last run {how}; the same command goes on from there"]
    where = f", trials on {plan.cluster}" if plan.cluster else ""
    text = [f"running ({owner}{where})"]
    if not owner.is_here:
        return text
    items = running_trials(Path(plan.heartbeats))
    for item in items:
        told = f"  {item}" if str(item) else ""
        text.append(f"  {item.trial}  {duration(item.seconds)}{told}")
    left = plan.eta(store).seconds(items) if waiting else None
    if left is not None:
        text.append(f"about {duration(left)} left")
    return text


def _stored(store: Store) -> list[str]:
    counts = Counter(run.status for t in store.trials() if (run := store.record(t)) is not None)
    return [f"  {number} {status}" for status, number in sorted(counts.items())]


def _left_out(store: Store, planned: Collection[Trial]) -> list[str]:
    """A line that names the stored runs of other images that the plan does not run again."""
    try:
        return other_data.in_words(other_data.left_out(store).difference(planned))
    except ResultsError:  # what is damaged is named by the next run
        return []
