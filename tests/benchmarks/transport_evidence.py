"""CPU time of 10 groups, 8 corruptions × 5 severities, 12 methods × 5 seeds, 5,000 cases.

    python tests/benchmarks/transport_evidence.py [cases]

Writes simulated predictions to a temporary folder, then times `collect` of the whole data set and,
alone, what is made of groups, external parts and corruptions. Writing is not timed.
"""

import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from reports.analysis.transport.transport import travel
from reports.collect import collect
from reports.examine import Results, examine
from tests.reports.simulated import Data, Method
from tests.reports.travelling import Beyond, Column, Site, travelling

METHODS = tuple(
    Method(name, family, 0.8 + 0.01 * number, stochastic=True, seed_sd=0.01)
    for number, (name, family) in enumerate(
        [(f"network-{i}", "deep") for i in range(5)]
        + [(n, "classical") for n in ("svm", "random-forest", "extra-trees", "xgboost")]
        + [("cnn-svm", "hybrid"), ("pixels", "control"), ("mean-brightness", "control")]
    )
)


def main(cases: int) -> None:
    """Write, collect, print."""
    beyond = Beyond(
        (Site("elsewhere", {method.name: 0.75 for method in METHODS}, n=cases),),
        (Column("site", tuple("ABCDEFGHIJ")),),
        {f"corruption-{i}": {"network-4": 0.05, "xgboost": 0.05} for i in range(8)},
    )
    with tempfile.TemporaryDirectory() as folder:
        data = Data("breast", 2000, cases)
        root = Path(folder) / "results"
        seeds = (0, 1, 2, 3, 4)
        store = travelling(root, beyond, datasets=(data,), methods=METHODS, seeds=seeds)
        entries = store.studies()
        results = Results(store, entries, frozenset(store.trials()), (), (), 10)
        compared = examine(results, "breast").compared
        cpu = time.process_time()
        found = travel(compared, store)
        alone = time.process_time() - cpu
        assert found is not None  # it was asked for
        cpu = time.process_time()
        collect(store)
        whole = time.process_time() - cpu
    asked = len(found.evidence.interactions)
    places = len(found.evidence.places)
    print(
        f"{cases} cases, {len(METHODS)} methods, {places} places, {asked} questions: "
        f"{alone:.1f} s of CPU, {whole:.1f} s with everything else of the data set"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5000)
