"""The classical methods of a stored run as tables: AUC, accuracy, and against the raw pixels.

    BENCH_DATA=... python -m bench run --dataset breastmnist ... --method svm ... --out results
    python tests/benchmarks/classical.py results

Prints Markdown: validation and test AUC, test accuracy, and the difference to scikit-learn's SVM on
raw pixels with its interval and p (DeLong, seeds included, not corrected), for each method; the
method with the best validation AUC is named, and published results stand below.
"""

import sys
from pathlib import Path

from bench.results.store import Store
from reports.analysis.pairs.dataset_comparison import DatasetComparison
from reports.analysis.published import published
from reports.collect import collect
from reports.evidence import DatasetEvidence
from reports.formatting import p_value, signed
from reports.loading.selection import load
from reports.loading.trials import trials_of_study

PEER = "raw-pixel-svm"


def table(data: DatasetEvidence, compared: DatasetComparison) -> str:
    """One data set as Markdown."""
    cases = "/".join(str(data.card.parts[name].cases) for name in ("train", "val", "test"))
    shape = " × ".join(map(str, data.card.image_shape))
    lines = [
        f"| {data.card.name} ({cases}; {shape}) | validation AUC | test AUC [95 %] | seeds' sd "
        f"| test accuracy | − {PEER} [95 %] | p |",
        "|---|---|---|---|---|---|---|",
    ]
    shown = [m for m in data.methods if m.family in ("classical", "control") and m.auc]
    for method in shown:
        cells = [method.name, f"{method.validation_auc:.3f}"]
        cells.append(f"{method.auc.value:.3f} [{method.auc.low:.3f}, {method.auc.high:.3f}]")
        cells.append("" if method.auc_sd is None else f"{method.auc_sd:.3f}")
        cells.append(f"{method.operating.accuracy.value:.3f}" if method.operating else "")
        if method.name == PEER:
            cells += ["", ""]
        else:
            (found,) = compared.paired.tested([(method.name, PEER)])
            low, high = found.difference.interval(0.95)
            cells.append(f"{signed(found.difference.d)} [{signed(low)}, {signed(high)}]")
            cells.append(p_value(found.p))
        lines.append("| " + " | ".join(cells) + " |")
    best = max((m for m in shown if m.family == "classical"), key=lambda m: m.validation_auc)
    lines.append(f"\nBest on validation: {best.name}, test AUC {best.auc.value:.3f}.")
    known = published(data.card.name)
    if known and known.test_cases == data.card.parts["test"].cases:
        told = [f"{r.method} {r.auc:.3f} ({r.accuracy:.3f})" for r in known.results]
        lines.append("Published, AUC (accuracy): " + ", ".join(told) + ".")
    return "\n".join(lines)


def main() -> None:
    store = Store(Path(sys.argv[1] if len(sys.argv) > 1 else "results"))
    study = store.studies()[-1].study
    ours, _ = trials_of_study(study, store.trials())
    for data in collect(store).datasets:
        own = {trial for trial in ours if trial.dataset == data.card.name}
        compared = DatasetComparison(load(store, study, store.card(data.card.name), own), study)
        print(table(data, compared), end="\n\n")


if __name__ == "__main__":
    main()
