"""Where runs were made."""

import json
from collections import Counter
from collections.abc import Sequence

from bench.protocol.record import Environment, Run
from reports.evidence import EnvironmentSeen


def environments(runs: Sequence[Run]) -> tuple[EnvironmentSeen, ...]:
    """Every environment once, the most frequent first."""
    seen: dict[str, Environment] = {}
    count: Counter[str] = Counter()
    for run in runs:
        key = json.dumps(run.environment.as_json(), sort_keys=True)
        seen[key] = run.environment
        count[key] += 1
    order = sorted(seen, key=lambda key: (-count[key], key))
    return tuple(EnvironmentSeen(seen[key], count[key]) for key in order)
