"""`bench.compare`: models compared by predictions that were made anywhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike

    from reports.document.tables import Table
    from reports.evidence.comparison_file import FileEvidence


def compare(
    y: "ArrayLike",
    scores: "Mapping[str, ArrayLike] | pd.DataFrame",
    *,
    groups: "ArrayLike | None" = None,
    seeds: Sequence[int] | None = None,
    families: Mapping[str, str] | None = None,
    positive: Any = None,
    margin: float = 0.02,
) -> "Comparison":
    """Compare models by what they say of the same test cases.

    The tests are those of `python -m bench compare`: DeLong's, Obuchowski's where patients are
    known, with the variance between seeds included, corrected by Holm over all pairs. Nothing is
    trained.

    Args:
        y: `(n,)` the truth: numbers or names.
        scores: of each model `(n,)`, higher means positive, or `(s, n)` of s runs that differ in
            their seed; for any number of classes `(n, k)` or `(s, n, k)`, columns in the order of
            the sorted labels. A DataFrame holds a model in every column. Values are taken by
            their place; an index with the cases of y in another order is refused.
        groups: `(n,)` the patient of each case, none missing: errors are then per patient.
        seeds: of the s runs; None for 0, 1, ….
        families: model → "deep", "classical", "hybrid" or "control". With one deep and one
            classical model there is a verdict on the two.
        positive: of two labels the one to be found; None for 1 of 0 and 1.
        margin: the smallest difference of AUC that matters.

    Raises:
        DataError: if something does not fit together.
        StudyError: if the margin is out of its range.

    >>> y = [0, 1] * 20
    >>> found = compare(y, {"good": [0.1, 0.9] * 20, "poor": [0.3, 0.2, 0.4, 0.5] * 10})
    >>> found.models()[["model", "auc"]].to_dict("records")
    [{'model': 'good', 'auc': 1.0}, {'model': 'poor', 'auc': 0.5}]
    """
    from reports.external.arrays import from_arrays
    from reports.external.compare import judged

    found = from_arrays(y, scores, groups=groups, seeds=seeds, families=families, positive=positive)
    return Comparison(judged(found, "predictions", margin=margin))


@dataclass(frozen=True, eq=False)
class Comparison:
    """What the comparison of several models came to; printed, it is the evidence as text.

    Attributes:
        evidence: every number, typed; see `reports.evidence.comparison_file.FileEvidence`.
    """

    evidence: "FileEvidence"

    def models(self) -> "pd.DataFrame":
        """One row per model: its AUC with its interval, runs, procedure of the interval."""
        from reports.external.output import model_table

        return _as_frame(model_table(self.evidence, self._level))

    def pairs(self) -> "pd.DataFrame":
        """One row per pair: difference with interval, p, Holm-adjusted p, TOST p, procedure."""
        from reports.external.output import pair_table

        return _as_frame(pair_table(self.evidence, self._level))

    @property
    def groups(self) -> tuple[tuple[str, ...], ...]:
        """Groups of models that cannot be told apart, highest AUC first; () for fewer than three.

        Two models are in one together exactly where they are not shown to differ.
        """
        return () if self.evidence.ties is None else self.evidence.ties.groups

    @property
    def verdict(self) -> str:
        """Deep against classical in a sentence; "" where that was not asked for."""
        found = self.evidence.verdict
        return "" if found is None else f"{found.heading}. {found.sentence}"

    def as_json(self) -> str:
        """Every number at full precision, as `python -m bench compare --json` prints it."""
        from reports.external.output import as_json

        return as_json(self.evidence)

    def __repr__(self) -> str:
        from reports.external.output import as_text

        return as_text(self.evidence).rstrip("\n")

    def _repr_html_(self) -> str:
        from markupsafe import Markup

        from reports.external.output import model_table, pair_table, said, ties_in_words
        from reports.render.fragment import table

        parts = [table(model_table(self.evidence, self._level))]
        if self.evidence.pairs:
            parts.append(table(pair_table(self.evidence, self._level)))
        parts += [Markup("<p>{}</p>").format(line) for line in said(self.evidence)]
        if self.evidence.ties is not None:
            lines = Markup("<br>").join(ties_in_words(self.evidence.ties))
            parts.append(Markup("<p>{}</p>").format(lines))
        return str(Markup("<div>{}</div>").format(Markup().join(parts)))

    @property
    def _level(self) -> str:
        from reports.external.output import level

        return level(self.evidence)


def _as_frame(shown: "Table") -> "pd.DataFrame":
    """A table of the report with its numbers at full precision."""
    import io

    import pandas as pd

    from reports.document.tables import as_csv

    texts = {column.key: str for column in shown.columns if column.kind == "text"}
    return pd.read_csv(io.StringIO(as_csv(shown)), dtype=texts, keep_default_na=False,
                       na_values={c.key: [""] for c in shown.columns})  # fmt: skip
