"""Why trials that have a stored result are run once more."""

from collections.abc import Mapping

from bench.progress.display import plural
from bench.progress.run_plan import RunPlan
from bench.protocol.record import Trial
from bench.results.store import Store
from bench.workers.job import Job


def reasons(plan: RunPlan, jobs: Mapping[Trial, Job], store: Store) -> list[str]:
    """Why trials that have a stored result are run once more, where the study asks for more."""
    changed = drawn = lacking = 0
    for trial in plan.before:
        stored = store.record(trial) if trial not in plan.reused else None
        if stored is None or stored.status != "ok":
            continue
        changed += stored.data_fingerprint != jobs[trial].fingerprint
        if not jobs[trial].is_drawn_as(stored):
            drawn += 1
            continue
        lacking += jobs[trial].is_like(stored) and stored.tune == jobs[trial].tune
    lines = []
    if changed:
        lines.append(
            f"{plural(changed, 'stored trial')} run again: images, parts or external parts are "
            "others than they were"
        )
    if drawn:
        lines.append(
            f"{plural(drawn, 'stored trial')} run again: bootstrap samples or corruptions were not "
            "drawn with this split_seed"
        )
    if lacking:
        lines.append(
            f"{plural(lacking, 'stored trial')} run again: without predictions of all corruptions"
        )
    return lines
