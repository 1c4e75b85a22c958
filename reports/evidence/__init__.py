"""What the report shows, in numbers and sentences, and nothing of how it shows it.

    Evidence                     a whole results folder, seen through its current study
    ├── OverallVerdict ── Pooled
    ├── DatasetEvidence          one data set
    │   ├── MethodEvidence       one method on it ── SeedScore, OperatingPoint, RocCurve, Cost,
    │   │                        SideContrast, LearningPoint
    │   ├── Comparison           the one primary comparison ── ControlCheck
    │   ├── Verdict
    │   ├── IdealObserver
    │   └── AuditItem
    ├── ClaimEvidence            a secondary claim ── ClaimOnDataset ── PairTest, TimeRatio
    ├── Robustness               the verdict under other choices ── Analysis, Share
    ├── AuditItem                the strip: the worst colour of every guard over the data sets
    ├── FailedRun, MissingTrial
    └── EnvironmentSeen

What is shown of a file of predictions stands in `comparison_file`.

A number that cannot be computed is None, never NaN. Probabilities, rates and AUCs lie in 0..1,
times are seconds, sizes bytes. "Side" is one of the two families of the claim, deep or classical.
"""

from reports.evidence.claim import ClaimEvidence, ClaimOnDataset, Outcome, TimeRatio
from reports.evidence.dataset import (
    NO_VERDICT,
    AuditItem,
    Colour,
    Comparison,
    ControlCheck,
    DatasetEvidence,
    IdealObserver,
    Rule,
    Side,
    Verdict,
)
from reports.evidence.method import (
    Cost,
    Estimate,
    FailedRun,
    LearningPoint,
    MethodEvidence,
    MissingTrial,
    OperatingPoint,
    RocCurve,
    SeedScore,
    SideContrast,
)
from reports.evidence.pair import PairTest
from reports.evidence.robustness import (
    PRIMARY,
    Analysis,
    Champions,
    Choice,
    Conclusion,
    Measure,
    Robustness,
    Share,
)
from reports.evidence.whole import EnvironmentSeen, Evidence, OverallRule, OverallVerdict, Pooled

__all__ = [
    "NO_VERDICT",
    "PRIMARY",
    "Analysis",
    "AuditItem",
    "Champions",
    "Choice",
    "ClaimEvidence",
    "ClaimOnDataset",
    "Colour",
    "Comparison",
    "Conclusion",
    "ControlCheck",
    "Cost",
    "DatasetEvidence",
    "EnvironmentSeen",
    "Estimate",
    "Evidence",
    "FailedRun",
    "IdealObserver",
    "LearningPoint",
    "Measure",
    "MethodEvidence",
    "MissingTrial",
    "OperatingPoint",
    "Outcome",
    "OverallRule",
    "OverallVerdict",
    "PairTest",
    "Pooled",
    "Robustness",
    "RocCurve",
    "Rule",
    "SeedScore",
    "Share",
    "Side",
    "SideContrast",
    "TimeRatio",
    "Verdict",
]
