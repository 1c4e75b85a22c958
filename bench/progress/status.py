"""How far a run is, or how it ended: what `python -m bench status` shows."""

from collections import Counter
from pathlib import Path

from bench.progress.display import duration
from bench.progress.run_plan import Outlook
from bench.protocol.errors import ResultsError
from bench.protocol.record import Run
from bench.results import lock
from bench.results.lock import Holder
from bench.results.store import Store
from bench.workers.heartbeat import running

_SHOWN = 20  # failed trials


def lines(store: Store) -> list[str]:
    """The state of a results folder in lines.

    Raises:
        ResultsError: if it is none.
    """
    holder = lock.holder(store.root)
    active = holder is not None and holder.is_running
    outlook = _outlook(store.root)
    if outlook is None:
        if active:
            return [f"{store.root}: a run is starting ({holder})"]
        store.studies()
        return [f"{store.root}: no run has left word of its plan", *_stored(store)]
    results, trouble = _results(outlook, store)
    counts = Counter(run.status for run in results)
    done = sum(counts.values())
    told = ", ".join(f"{counts[status]} {status}" for status in sorted(counts))
    told = f" ({told})" if told else ""
    total = len(outlook.planned)
    text = [f"{store.root}: study {outlook.study}, {done} of {total} trials done{told}"]
    text += trouble
    text += _activity(outlook, store, holder if active else None, total - done)
    failed = [run for run in results if run.status != "ok"]
    text += [f"  {run.trial}: {run.status}: {run.error}" for run in failed[:_SHOWN]]
    if len(failed) > _SHOWN:
        text.append(f"  and {len(failed) - _SHOWN} more that failed")
    return text


def _outlook(root: Path) -> Outlook | None:
    plan = lock.read_plan(root)
    try:
        return None if plan is None else Outlook.from_json(plan)
    except (KeyError, TypeError):
        return None


def _results(outlook: Outlook, store: Store) -> tuple[list[Run], list[str]]:
    """What came of the planned trials so far, and a line for each that cannot be read."""
    found, trouble = [], []
    for each in outlook.planned:
        try:
            run = outlook.result(each.trial, store)
        except ResultsError as error:
            trouble.append(f"  {error}")
            continue
        if run is not None:
            found.append(run)
    return found, trouble


def _activity(outlook: Outlook, store: Store, holder: Holder | None, waiting: int) -> list[str]:
    if holder is None:
        if outlook.ended == "complete":
            return ["not running: the last run came to its end"]
        how = "was cut short" if outlook.ended else "was cut off"
        return [f"not running: the last run {how}; the same command goes on from there"]
    where = f", trials on {outlook.cluster}" if outlook.cluster else ""
    text = [f"running ({holder}{where})"]
    if not holder.is_here:
        return text
    items = running(Path(outlook.live))
    for item in items:
        told = f"  {item}" if str(item) else ""
        text.append(f"  {item.trial}  {duration(item.seconds)}{told}")
    left = outlook.remaining(store).seconds(items) if waiting else None
    if left is not None:
        text.append(f"about {duration(left)} left")
    return text


def _stored(store: Store) -> list[str]:
    counts = Counter(run.status for t in store.trials() if (run := store.record(t)) is not None)
    return [f"  {number} {status}" for status, number in sorted(counts.items())]
