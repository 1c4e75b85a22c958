"""`bench.Results`: what is stored of a study, as tables, as a report and as figures."""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.api import segmented
from bench.protocol.study import Study
from bench.results.dataframe import load_results
from bench.results.store import Store

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from reports.evidence import DatasetEvidence, Evidence, MethodEvidence


class Results:
    """The stored results of a study, the last one declared in a folder.

    Everything is computed from stored predictions; nothing is trained. In a notebook it shows the
    answer and a row per data set.

    Args:
        path: the results folder.

    Raises:
        ResultsError: if the folder is none, or something in it is damaged.
    """

    def __init__(self, path: str | Path = "results") -> None:
        self.path = Path(path)
        self._store = Store(self.path)
        self._entry = self._store.studies()[-1]

    @property
    def study(self) -> Study:
        """The protocol."""
        return self._entry.study

    def runs(self) -> "pd.DataFrame":
        """One row per run, of all studies in the folder; see `bench.load_results`."""
        return load_results(self.path)

    def predictions(self) -> "pd.DataFrame":
        """One row per validation and test case of each successful run; see `bench.load_results`.

        Raises:
            UsageError: if the study segments: see `measures` and `label_maps`.
        """
        return load_results(self.path, predictions=True)

    def measures(self) -> "pd.DataFrame":
        """What the label maps of a segmentation study measure, at the size of the files.

        Returns:
            One row per run, validation or test case, and class of pixels: dataset, method, family,
            seed, fold, repeat, fraction, size (side of the images in pixels where it is not that of
            the verdicts, else 0), case_id, split ("val", "test" or "external:NAME"), group (a
            patient, None where not known), counts_as, decides (what the report counts, see
            `bench.load_results`), class_name, present (whether the truth has the class), dice, iou,
            nsd (within two pixels), hd95 (mm where the spacing of every case is known, else px),
            area_error. Of validation cases Dice alone is measured.

        Raises:
            UsageError: if the study classifies.
        """
        return segmented.measures(self._store, self.study)

    def label_maps(
        self,
        dataset: str,
        method: str,
        seed: int | None = None,
        fold: int | None = None,
        repeat: int = 0,
        fraction: float | None = None,
    ) -> "dict[str, NDArray[np.uint8]]":
        """The label maps of one run of a segmentation study.

        Args:
            dataset, method, repeat: of the run.
            seed, fold: likewise; None where there is only one.
            fraction: share of the training images, None for the largest of the study.

        Returns:
            Case → `(h, w)` uint8 index of the class of every pixel, at the size of the file.

        Raises:
            UsageError: if the study classifies, or none or several runs are meant.
        """
        wanted = segmented.Wanted(dataset, method, seed, fold, repeat, fraction)
        return segmented.label_maps(self._store, self.study, wanted)

    def evidence(self) -> "pd.DataFrame":
        """One row per data set and method: what the report says of it.

        Returns:
            dataset, generated (whether the images are), method, family, best (whether validation
            chose it as the best of its side), runs, auc, auc_low, auc_high, auc_sd (over seeds),
            validation_auc, accuracy, sensitivity, specificity, f1, brier, fit_seconds,
            predict_seconds. Of segmentation, in the place of auc to brier: dice, dice_low,
            dice_high, dice_sd (over seeds), dice_median (over cases), validation_dice, iou, nsd,
            hd95, area_error, misses, false_alarms. What cannot be computed is NaN. `evidence.json`
            of a report has everything.
        """
        import pandas as pd

        told = segmented.told if self.study.task == "segmentation" else _told
        rows = [
            {
                "dataset": data.card.name,
                "generated": data.generated,
                "method": method.name,
                "family": method.family,
                "best": method.is_champion,
                "runs": len(method.scores),
                **told(data, method),
                "fit_seconds": method.cost and method.cost.fit_seconds,
                "predict_seconds": method.cost and method.cost.predict_seconds,
            }
            for data in self._evidence.datasets
            for method in data.methods
        ]
        texts = ("dataset", "generated", "method", "family", "best", "runs")
        table = pd.DataFrame(rows)
        return table.astype({name: float for name in table.columns if name not in texts})

    def verdicts(self) -> "pd.DataFrame":
        """One row per data set: the two models compared, their difference, what is concluded.

        Returns:
            dataset, generated, deep, classical (the best of each side, chosen on validation),
            difference, low, high (ΔAUC = deep − classical with its interval; ΔDice of
            segmentation), p, p_holm, p_tost_holm, verdict, sentence. Without a comparison numbers
            are NaN; without a verdict those that are adjusted, since it plays no part in them.
        """
        import pandas as pd

        rows = []
        for data in self._evidence.datasets:
            pair = data.comparison.pair if data.comparison else None
            judged = pair if data.verdict.is_verdict else None
            rows.append(
                {
                    "dataset": data.card.name,
                    "generated": data.generated,
                    "deep": data.champion_deep,
                    "classical": data.champion_classical,
                    "difference": pair and pair.difference.value,
                    "low": pair and pair.difference.low,
                    "high": pair and pair.difference.high,
                    "p": pair and pair.superiority.p,
                    "p_holm": judged and judged.superiority.p_holm,
                    "p_tost_holm": judged and judged.equivalence.p_holm,
                    "verdict": data.verdict.heading,
                    "sentence": data.verdict.sentence,
                }
            )
        numbers = ("difference", "low", "high", "p", "p_holm", "p_tost_holm")
        return pd.DataFrame(rows).astype(dict.fromkeys(numbers, float) if rows else {})

    @property
    def answer(self) -> str:
        """The answer over all data sets, in a sentence or two."""
        overall = self._evidence.overall
        return f"{overall.heading}. {overall.sentence}"

    def report(self, *, png: bool = False, word: bool = False) -> Path:
        """Write the report into the results folder, in place of an earlier one.

        Args:
            png: whether every figure is a PNG, too.
            word: whether the summary is a Word document, too.

        Returns:
            Its page; PDF, summary, tables and figures lie beside it.
        """
        from reports.report import Forms, write_report

        return write_report(self._store, Forms(png=png, word=word)).html

    def plot_roc(self, dataset: str | None = None) -> "Figure":
        """ROC curves of all methods on a data set, as in the report.

        Args:
            dataset: its name; None where there is only one.

        Raises:
            UsageError: if there is no such data set, nothing to draw, or the study segments.
        """
        from bench.protocol.errors import UsageError, did_you_mean
        from reports.document.figures.roc import roc

        if self.study.task == "segmentation":
            raise UsageError("A study that segments has no ROC curve: see measures().")
        found = {data.card.name: data for data in self._evidence.datasets}
        if dataset is None and len(found) != 1:
            raise UsageError(f"Say of which data set: {', '.join(found) or 'there is none'}.")
        name = dataset if dataset is not None else next(iter(found))
        if name not in found:
            raise UsageError(f"No data set {name!r} in {self.path}. {did_you_mean(name, found)}")
        drawn = roc("roc", found[name])
        if drawn is None or drawn.canvas is None:
            raise UsageError(f"No method on {name} has a ROC curve: it has no result.")
        drawn.canvas.set_facecolor("white")
        return drawn.canvas

    def __repr__(self) -> str:
        study = self.study
        return (
            f"Results({str(self.path)!r}): study {study.hash}, {len(study.datasets)} data set(s), "
            f"{len(study.methods)} method(s), first run {self._entry.first_run[:10]}"
        )

    def _repr_html_(self) -> str:
        from reports.document.summary import summary
        from reports.render import fragment

        return fragment.render(summary(self._evidence, repr(self)))

    @cached_property
    def _evidence(self) -> "Evidence":
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

        from reports.collect import collect

        with threadpool_limits(1):
            return collect(self._store)


def _told(_: "DatasetEvidence", method: "MethodEvidence") -> dict[str, Any]:
    """What `Results.evidence` says of a method that classifies, but for its runs and times."""
    auc, decided = method.auc, method.operating
    stored = method.probabilities.stored if method.probabilities else None
    return {
        "auc": auc and auc.value,
        "auc_low": auc and auc.low,
        "auc_high": auc and auc.high,
        "auc_sd": method.auc_sd,
        "validation_auc": method.validation_auc,
        "accuracy": decided and decided.accuracy.value,
        "sensitivity": decided and decided.sensitivity.value,
        "specificity": decided and decided.specificity.value,
        "f1": decided and decided.f1.value,
        "brier": stored and stored.brier.value,
    }
