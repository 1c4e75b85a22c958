"""What is shown of a file of predictions: every model, the pairs, the verdict."""

from dataclasses import dataclass

from reports.evidence.dataset import AuditItem, Rule, Verdict
from reports.evidence.estimate import Estimate
from reports.evidence.pair import PairTest
from reports.evidence.primary import LeftOutClass
from reports.statistics.delong import PlainAuc, PlainDifference


@dataclass(frozen=True)
class ModelEvidence:
    """One model.

    Attributes:
        name: of the model.
        family: "deep", "classical", "hybrid", "control" or "".
        seeds: of its runs; (None,) for a single one.
        auc: mean over runs with its interval.
        auc_sd: standard deviation over runs, None with one.
        auc_per_run: in the order of `seeds`.
        validation_auc: mean over runs, None without validation cases.
        plain: DeLong's figures for the mean over runs, cases taken as independent and runs as
            fixed, with the linear interval.
    """

    name: str
    family: str
    seeds: tuple[int | None, ...]
    auc: Estimate
    auc_sd: float | None
    auc_per_run: tuple[float, ...]
    validation_auc: float | None
    plain: PlainAuc


@dataclass(frozen=True)
class PairEvidence:
    """One pair of models.

    Attributes:
        test: every test of it; Holm over the pairs shown.
        rule, winner, heading, sentence: the conclusion; `winner` is a model or None.
        plain: DeLong's figures, as in `ModelEvidence`.
    """

    test: PairTest
    rule: Rule
    winner: str | None
    heading: str
    sentence: str
    plain: PlainDifference


@dataclass(frozen=True)
class TieGroups:
    """Which models cannot be told apart, by two-sided tests of all pairs with Holm's correction.

    Attributes:
        models: highest AUC first.
        groups: two models are in a group together exactly where they are not shown to differ.
        pairs, different: how many pairs were tested and shown to differ.
    """

    models: tuple[str, ...]
    groups: tuple[tuple[str, ...], ...]
    pairs: int
    different: int


@dataclass(frozen=True)
class FileEvidence:
    """A whole file.

    Attributes:
        file: its name.
        classes, positive: names of the classes; the one to be found, None for more than two.
        cases, patients, validation_cases: how many; patients None where they are not known.
        per_class: test cases of each class.
        left_out: classes with too few test cases; pairs and verdict are on the others, while
            `cases`, `patients`, `per_class` and `models` are of all.
        margin, alpha: smallest difference that matters, error rate.
        models: in the order of the file.
        pairs: the differences that were tested.
        verdict: deep against classical, None where the file does not allow or ask for it.
        audit: what was watched and found.
        ties: which models cannot be told apart; None with fewer than three, where two were asked
            for, and with too few cases.
    """

    file: str
    classes: tuple[str, ...]
    positive: str | None
    cases: int
    patients: int | None
    validation_cases: int
    per_class: tuple[int, ...]
    left_out: tuple[LeftOutClass, ...]
    margin: float
    alpha: float
    models: tuple[ModelEvidence, ...]
    pairs: tuple[PairEvidence, ...]
    verdict: Verdict | None
    audit: tuple[AuditItem, ...]
    ties: TieGroups | None = None
