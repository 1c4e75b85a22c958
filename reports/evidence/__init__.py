"""What the report shows, in numbers and sentences, and nothing of how it shows it.

    Evidence                     a whole results folder, seen through its current study
    ├── OverallVerdict ── MeanDifference, FurtherDataset
    ├── DatasetEvidence          one data set
    │   ├── MethodEvidence       one method on it ── SeedScore, OperatingPoint, RocCurve,
    │   │                        PrecisionRecallCurve, LowFalsePositives, ThresholdCounts,
    │   │                        Probabilities, Cost, SideContrast, LearningPoint,
    │   │                        ResolutionPoint, MaskPoint, Tuning
    │   ├── PrimaryComparison    the one primary comparison ── ControlCheck, SuggestedGroups
    │   ├── DecisionPair         the best two models' decisions
    │   ├── ProbabilityPair      their probabilities ── BrierDifference, BenefitDifference
    │   ├── FewFalseAlarms       where few false alarms are allowed ── PartialAucDifference,
    │   │                        FixedSpecificity
    │   ├── Verdict
    │   ├── TrainingSize         the best models of each share of the training part
    │   ├── ImageSize            the best models of each image size
    │   ├── MaskComparison       the best models with each source of lesion masks
    │   ├── Ladder               what each side makes use of ── LadderRung
    │   ├── Disagreements        both on single cases ── Agreement, ShownCase, Opinion
    │   ├── Transport            beyond its test part ── Place, AtPlace, Interaction, GroupGap
    │   ├── ValidationTwins      validation cases that did not choose
    │   ├── Segmentation         label maps, in a study of them ── SegmentedMethod,
    │   │                        MeasureSummary, ClassMeasures, MeasureDifference, SegmentedCase,
    │   │                        SizeGroup, SiteResult, PictureRow ── OutlinedCase
    │   ├── IdealObserver
    │   └── AuditItem
    ├── ClaimEvidence            a secondary claim ── ClaimOnDataset ── PairTest, TimeRatio
    ├── Robustness               the verdict under other choices ── Analysis, Share
    ├── ManyDatasets             ranks and tests across data sets ── MethodAcross, SignedRankTest,
    │                            RankTest
    ├── TransportOverall         whether the difference travels ── LeftOutColumn
    ├── AuditItem                the strip: the worst colour of every guard over the data sets
    ├── FailedRun, MissingTrial
    └── EnvironmentSeen

What is shown of a file of predictions stands in `comparison_file`.

A number that cannot be computed is None, never NaN. Probabilities, rates and AUCs lie in 0..1,
times are seconds, sizes bytes. "Side" is one of the two families of the claim, deep or classical.
"""

from bench.protocol.scoring import Measure
from reports.evidence.best_two import (
    BenefitDifference,
    BrierDifference,
    FewFalseAlarms,
    FixedSpecificity,
    PartialAucDifference,
    ProbabilityPair,
)
from reports.evidence.cases import Agreement, Disagreements, Opinion, ShownCase
from reports.evidence.claim import ClaimEvidence, ClaimOnDataset, Outcome, TimeRatio
from reports.evidence.curves import (
    ConfidenceBand,
    LowFalsePositives,
    PrecisionRecallCurve,
    RocCurve,
)
from reports.evidence.dataset import (
    NO_VERDICT,
    AuditItem,
    Colour,
    DatasetEvidence,
    IdealObserver,
    ImageSize,
    MaskComparison,
    Rule,
    TrainingSize,
    ValidationTwins,
    Verdict,
)
from reports.evidence.decisions import AtPrevalence, DecisionPair, OperatingPoint, ThresholdCounts
from reports.evidence.estimate import Estimate
from reports.evidence.many import ManyDatasets, MethodAcross, RankTest, SignedRankTest
from reports.evidence.method import (
    ContrastRule,
    Cost,
    FailedRun,
    Instability,
    LearningPoint,
    MaskPoint,
    MethodEvidence,
    MissingTrial,
    ResolutionPoint,
    SeedScore,
    SideContrast,
)
from reports.evidence.pair import HypothesisTest, PairTest, Posterior
from reports.evidence.primary import (
    SIDES,
    ControlCheck,
    LeftOutClass,
    PrimaryComparison,
    Side,
    SuggestedGroups,
)
from reports.evidence.probabilities import (
    Calibration,
    Probabilities,
    ReliabilityBin,
    SmoothCurve,
)
from reports.evidence.robustness import (
    PRIMARY,
    Analysis,
    Champions,
    Choice,
    Conclusion,
    Robustness,
    Share,
)
from reports.evidence.rungs import Ladder, LadderRung, Step
from reports.evidence.segmentation import (
    ClassMeasures,
    MeasureDifference,
    MeasureSummary,
    OutlinedCase,
    PictureRow,
    Segmentation,
    SegmentedCase,
    SegmentedMethod,
    SiteResult,
    SizeGroup,
)
from reports.evidence.transport import (
    AtPlace,
    ChangeRule,
    GroupGap,
    Interaction,
    LeftOutColumn,
    Place,
    PlaceKind,
    Transport,
    TransportOverall,
)
from reports.evidence.tuning import ChosenParameter, ExpectedBest, Tuning
from reports.evidence.whole import (
    EnvironmentSeen,
    Evidence,
    FurtherDataset,
    MeanDifference,
    OverallRule,
    OverallVerdict,
)

__all__ = [
    "NO_VERDICT",
    "PRIMARY",
    "SIDES",
    "Agreement",
    "Analysis",
    "AtPlace",
    "AtPrevalence",
    "AuditItem",
    "BenefitDifference",
    "BrierDifference",
    "Calibration",
    "Champions",
    "ChangeRule",
    "Choice",
    "ChosenParameter",
    "ClaimEvidence",
    "ClaimOnDataset",
    "ClassMeasures",
    "Colour",
    "Conclusion",
    "ConfidenceBand",
    "ContrastRule",
    "ControlCheck",
    "Cost",
    "DatasetEvidence",
    "DecisionPair",
    "Disagreements",
    "EnvironmentSeen",
    "Estimate",
    "Evidence",
    "ExpectedBest",
    "FailedRun",
    "FewFalseAlarms",
    "FixedSpecificity",
    "FurtherDataset",
    "GroupGap",
    "HypothesisTest",
    "IdealObserver",
    "ImageSize",
    "Instability",
    "Interaction",
    "Ladder",
    "LadderRung",
    "LearningPoint",
    "LeftOutClass",
    "LeftOutColumn",
    "LowFalsePositives",
    "ManyDatasets",
    "MaskComparison",
    "MaskPoint",
    "MeanDifference",
    "Measure",
    "MeasureDifference",
    "MeasureSummary",
    "MethodAcross",
    "MethodEvidence",
    "MissingTrial",
    "OperatingPoint",
    "Opinion",
    "Outcome",
    "OutlinedCase",
    "OverallRule",
    "OverallVerdict",
    "PairTest",
    "PartialAucDifference",
    "PictureRow",
    "Place",
    "PlaceKind",
    "Posterior",
    "PrecisionRecallCurve",
    "PrimaryComparison",
    "Probabilities",
    "ProbabilityPair",
    "RankTest",
    "ReliabilityBin",
    "ResolutionPoint",
    "Robustness",
    "RocCurve",
    "Rule",
    "SeedScore",
    "Segmentation",
    "SegmentedCase",
    "SegmentedMethod",
    "Share",
    "ShownCase",
    "Side",
    "SideContrast",
    "SignedRankTest",
    "SiteResult",
    "SizeGroup",
    "SmoothCurve",
    "Step",
    "SuggestedGroups",
    "ThresholdCounts",
    "TimeRatio",
    "TrainingSize",
    "Transport",
    "TransportOverall",
    "Tuning",
    "ValidationTwins",
    "Verdict",
]
