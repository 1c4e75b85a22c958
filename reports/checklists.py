"""Three reporting checklists, item by item, each in a few words of our own.

CLAIM 2024 has 44 items, TRIPOD+AI 27 with 52 parts, STARD-AI 40 with 48 parts. The published
wording is longer and binding; here stands what an item asks for, and which fact of a run answers
it (`reports.checklist_answers`). An item without a fact is the author's to answer.
"""

from dataclasses import dataclass
from typing import Literal

Fact = Literal[
    "goal", "sources", "preprocessing", "partition", "disjoint", "cases", "prevalence",
    "sample-size", "settings", "software", "training", "selection", "ensembles", "measures",
    "thresholds", "outputs", "uncertainty", "tests", "robustness", "relevance", "internal",
    "external", "accuracy", "confusion", "limits", "protocol", "availability", "missing",
    "blinding", "heterogeneity", "stored", "verdicts",
]  # fmt: skip


@dataclass(frozen=True)
class Item:
    """One item of a checklist.

    Attributes:
        number: as published.
        asks: what it asks for, in our words.
        fact: what of a run answers it, or None.
        lacks: what the author must add to that, or "".
    """

    number: str
    asks: str
    fact: Fact | None = None
    lacks: str = ""


@dataclass(frozen=True)
class Checklist:
    """A published checklist.

    Attributes:
        key: stem of its anchors.
        name: as it is known.
        source: citation.
        doi: of the source.
        items: all of them, in order.
    """

    key: str
    name: str
    source: str
    doi: str
    items: tuple[Item, ...]


CLAIM = Checklist(
    "claim-2024",
    "CLAIM 2024",
    "Tejani AS et al. Checklist for Artificial Intelligence in Medical Imaging (CLAIM): 2024 "
    "Update. Radiology: Artificial Intelligence 2024;6(4):e240300",
    "10.1148/ryai.240300",
    (
        Item("1", "Title: names the kind of AI"),
        Item("2", "Abstract: design, methods, results, conclusions"),
        Item("3", "Background and clinical role"),
        Item("4", "Aims and hypotheses", "goal"),
        Item("5", "Prospective or retrospective"),
        Item("6", "Goal of the study", "goal", "the intended clinical use"),
        Item("7", "Where the data come from", "sources"),
        Item("8", "Who or what was eligible"),
        Item("9", "Preprocessing of images", "preprocessing"),
        Item("10", "How subsets of the data were chosen"),
        Item("11", "De-identification"),
        Item("12", "Missing data", "missing", "data that were missing before the run"),
        Item("13", "Image acquisition"),
        Item("14", "Definition of the reference standard"),
        Item("15", "Why this reference standard"),
        Item("16", "Who annotated"),
        Item("17", "How test images were annotated"),
        Item("18", "Agreement between annotators"),
        Item("19", "How data were divided", "partition"),
        Item("20", "Level at which the parts are disjoint", "disjoint"),
        Item("21", "Intended size of the test part", "sample-size"),
        Item("22", "Description of the models", "settings"),
        Item("23", "Software with versions", "software"),
        Item("24", "Initial weights of the models", "settings"),
        Item("25", "Training and its settings", "training"),
        Item("26", "How the final model was chosen", "selection"),
        Item("27", "Ensembles", "ensembles"),
        Item("28", "Measures of performance", "measures"),
        Item("29", "Uncertainty and significance", "uncertainty"),
        Item("30", "Robustness, sensitivity analysis", "robustness"),
        Item("31", "Explanations of the models", "relevance"),
        Item("32", "Test on internal data", "internal"),
        Item("33", "Test on external data", "external", "a reason"),
        Item("34", "Registration of a clinical trial"),
        Item("35", "Numbers included and excluded", "cases", "exclusions before the run"),
        Item("36", "Demographics in each part"),
        Item("37", "Performance against the reference standard", "accuracy", "subgroups"),
        Item("38", "Accuracy with intervals", "accuracy"),
        Item("39", "Analysis of failures", "confusion", "the medical context of the errors"),
        Item("40", "Limitations", "limits", "those of the study as a whole"),
        Item("41", "Implications for practice"),
        Item("42", "Where the full protocol is", "protocol"),
        Item("43", "Availability of software, models and data", "availability", "trained models"),
        Item("44", "Funding"),
    ),
)

TRIPOD = Checklist(
    "tripod-ai",
    "TRIPOD+AI",
    "Collins GS et al. TRIPOD+AI statement: updated guidance for reporting clinical prediction "
    "models that use regression or machine learning methods. BMJ 2024;385:e078378",
    "10.1136/bmj-2023-078378",
    (
        Item("1", "Title: develops or evaluates a model, for whom, of what outcome"),
        Item("2", "Abstract"),
        Item("3a", "Clinical context, earlier models"),
        Item("3b", "Target population, purpose, users"),
        Item("3c", "Known inequalities of health"),
        Item("4", "Objectives", "goal"),
        Item("5a", "Sources of data", "sources", "how representative they are"),
        Item("5b", "Dates of the data"),
        Item("6a", "Setting, centres"),
        Item("6b", "Eligibility of participants"),
        Item("6c", "Treatments"),
        Item("7", "Preparation of data", "preprocessing", "whether it was alike in all groups"),
        Item("8a", "Definition of the outcome"),
        Item("8b", "Who assessed the outcome"),
        Item("8c", "Blinding of that assessment"),
        Item("9a", "Choice of predictors", "settings"),
        Item("9b", "Definition of predictors", "settings"),
        Item("9c", "Who assessed predictors"),
        Item("10", "Size of the study", "sample-size"),
        Item("11", "Missing data", "missing", "data that were missing before the run"),
        Item("12a", "How data were used and divided", "partition"),
        Item("12b", "Handling of predictors", "settings"),
        Item("12c", "Kind of model, building, tuning, internal validation", "training"),
        Item("12d", "Differences between clusters", "heterogeneity"),
        Item("12e", "Measures of performance and comparison", "measures"),
        Item("12f", "Updating of models, recalibration"),
        Item("12g", "How predictions were calculated", "outputs"),
        Item("13", "Class imbalance", "prevalence"),
        Item("14", "Fairness"),
        Item("15", "Output and thresholds", "thresholds"),
        Item("16", "Differences of development and evaluation data", "external"),
        Item("17", "Ethical approval"),
        Item("18a", "Funding"),
        Item("18b", "Conflicts of interest"),
        Item("18c", "Protocol", "protocol"),
        Item("18d", "Registration"),
        Item("18e", "Sharing of data", "availability"),
        Item("18f", "Sharing of code", "availability", "code of the analysis around this run"),
        Item("19", "Involvement of patients and public"),
        Item("20a", "Flow of participants", "cases", "exclusions before the run"),
        Item("20b", "Characteristics of participants"),
        Item("20c", "Evaluation beside development data", "prevalence", "demographics"),
        Item("21", "Numbers in each analysis", "cases"),
        Item("22", "Full specification of the models", "settings", "access to trained models"),
        Item("23a", "Performance with intervals", "accuracy", "subgroups"),
        Item("23b", "Performance by cluster", "heterogeneity"),
        Item("24", "Results of updating"),
        Item("25", "Interpretation", "verdicts", "in the light of earlier studies"),
        Item("26", "Limitations", "limits", "those of the study as a whole"),
        Item("27a", "Poor or missing input in use"),
        Item("27b", "What users must do and know"),
        Item("27c", "Next steps"),
    ),
)

STARD = Checklist(
    "stard-ai",
    "STARD-AI",
    "Sounderajah V et al. The STARD-AI reporting guideline for diagnostic accuracy studies using "
    "artificial intelligence. Nature Medicine 2025;31:3283-3289",
    "10.1038/s41591-025-03953-8",
    (
        Item("1", "Title or abstract: AI, and a measure of accuracy"),
        Item("2", "Abstract, structured"),
        Item("3", "Background, use of the index test, workflow"),
        Item("4", "Objectives and hypotheses", "goal"),
        Item("5", "Data before or after the tests"),
        Item("6", "Ethics"),
        Item("7", "Eligibility of participants and data"),
        Item("8", "How participants were identified"),
        Item("9", "Where and when"),
        Item("10", "Consecutive, random or convenience series"),
        Item("11", "Source of the data", "sources"),
        Item("12", "Annotation: by whom and how"),
        Item("13", "Devices and software", "software", "the imaging devices"),
        Item("14", "Acquisition and preprocessing", "preprocessing", "acquisition"),
        Item("15a", "Index test, to be repeated", "settings"),
        Item("15b", "Development of the index test", "training"),
        Item("15c", "Cut-offs of the index test", "thresholds"),
        Item("15d", "Its users and their expertise"),
        Item("16a", "Reference standard, to be repeated"),
        Item("16b", "Why this reference standard"),
        Item("16c", "Cut-offs of the reference standard"),
        Item("17a", "What was known when the index test was read", "blinding"),
        Item("17b", "What was known when the reference standard was set"),
        Item("18", "Statistical methods", "tests"),
        Item("19", "Indeterminate results", "outputs"),
        Item("20", "Missing data", "missing", "of the reference standard"),
        Item("21", "Variability of accuracy, planned or not", "robustness"),
        Item("22", "Intended sample size", "sample-size"),
        Item("23", "Analysis of errors, bias and fairness", "confusion", "fairness"),
        Item("24", "Flow of participants", "cases", "a diagram"),
        Item("25", "Characteristics of each part", "prevalence", "demographics, devices"),
        Item("26a", "Severity of disease"),
        Item("26b", "Other diagnoses"),
        Item("27", "Time between the tests"),
        Item("28", "Whether test data represent the intended population"),
        Item("29", "How external data differ", "external"),
        Item("30", "Cross-tabulation of results", "confusion"),
        Item("31", "Accuracy with intervals", "accuracy"),
        Item("32", "Adverse events"),
        Item("33", "Limitations", "limits", "those of the study as a whole"),
        Item("34", "Implications for practice"),
        Item("35", "Ethics and fairness of use"),
        Item("36", "Registration"),
        Item("37", "Full protocol", "protocol"),
        Item("38", "Funding"),
        Item("39", "Commercial interests"),
        Item("40a", "Availability of data and code", "availability"),
        Item("40b", "Whether outputs are stored for audit", "stored"),
    ),
)

CHECKLISTS = (CLAIM, TRIPOD, STARD)
