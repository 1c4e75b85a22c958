"""What tuning brings: two runs of the same methods, without and with `--tune`, side by side.

    python -m bench run --dataset breastmnist ... --out untuned
    python -m bench run --dataset breastmnist ... --tune 20 --out tuned
    python tests/benchmarks/tuning.py untuned tuned

Prints Markdown: validation and test AUC of every method in both runs, means over seeds, the hours
that training took, and the verdict of each run.
"""

import sys
from pathlib import Path

from bench.results.store import Store
from reports.collect import collect
from reports.evidence import DatasetEvidence, MethodEvidence
from reports.formatting import seconds, signed


def spent(store: Store, data: DatasetEvidence, method: MethodEvidence) -> float:
    """Seconds of training, all runs together."""
    runs = (store.record(trial) for trial in store.trials() if trial.dataset == data.card.name)
    return sum(run.fit_seconds or 0.0 for run in runs if run.method.name == method.name)


def table(stores: list[Store], pair: list[DatasetEvidence]) -> str:
    """One data set as Markdown."""
    lines = [
        f"| {pair[0].card.name} | validation AUC | tuned | test AUC | tuned | gain on test "
        "| training | tuned |",
        "|---|---|---|---|---|---|---|---|",
    ]
    tuned = {method.name: method for method in pair[1].methods}
    for plain in pair[0].methods:
        other = tuned.get(plain.name)
        if plain.auc and other and other.auc:
            cells = [plain.name, f"{plain.validation_auc:.3f}", f"{other.validation_auc:.3f}"]
            cells += [f"{plain.auc.value:.3f}", f"{other.auc.value:.3f}"]
            cells.append(signed(other.auc.value - plain.auc.value))
            cells += [
                seconds(spent(store, data, method))
                for store, data, method in zip(stores, pair, (plain, other), strict=True)
            ]
            lines.append("| " + " | ".join(cells) + " |")
    for name, data in zip(("without tuning", "tuned"), pair, strict=True):
        told = data.verdict.sentence if data.verdict else "none"
        lines.append(f"\nVerdict {name}: {told}")
    return "\n".join(lines)


def main() -> None:
    stores = [Store(Path(folder)) for folder in sys.argv[1:3]]
    found = [{data.card.name: data for data in collect(store).datasets} for store in stores]
    for name in sorted({*found[0]} & {*found[1]}):
        print(table(stores, [each[name] for each in found]), end="\n\n")


if __name__ == "__main__":
    main()
