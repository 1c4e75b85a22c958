"""Three reporting checklists, item by item, each in a few words of our own.

CLAIM 2024 has 44 items, TRIPOD+AI 27 with 52 parts, STARD-AI 40 with 48 parts. Numbers and order
are the published ones: those of CLAIM were held against the checklist of its authors
(github.com/RSNA/CLAIM), those of the other two against copies of their tables in public
repositories, not against the articles. The published wording is longer and binding; here stands
what an item asks for, and which fact of a run answers it (`reports.document.checklist_answers`).
An item without a fact is the author's to answer.
"""

from dataclasses import dataclass
from typing import Literal

Fact = Literal[
    "goal", "sources", "preprocessing", "partition", "disjoint", "cases", "prevalence",
    "sample-size", "settings", "software", "training", "selection", "ensembles", "measures",
    "thresholds", "outputs", "uncertainty", "tests", "robustness", "relevance", "internal",
    "external", "accuracy", "confusion", "limits", "protocol", "availability", "missing",
    "blinding", "heterogeneity", "stored", "verdicts", "imbalance", "updating",
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
        Item("1", "Title or abstract: names the kind of AI"),
        Item("2", "Abstract: design, methods, results, conclusions"),
        Item("3", "Background and clinical role"),
        Item("4", "Aims and hypotheses", "goal"),
        Item("5", "Prospective or retrospective"),
        Item("6", "Goal of the study, intended use", "goal", "the intended clinical use"),
        Item("7", "Where the data come from", "sources", "how well they fit the intended use"),
        Item("8", "What was included and excluded, by which rules"),
        Item("9", "Preprocessing of the data", "preprocessing", "steps before the run"),
        Item("10", "Images, crops or excerpts selected from the raw data"),
        Item("11", "De-identification"),
        Item("12", "Missing data", "missing", "data that were missing before the run"),
        Item("13", "Image acquisition"),
        Item("14", "How the reference standard was obtained"),
        Item("15", "Why this reference standard"),
        Item("16", "Where its annotations come from, by whom"),
        Item("17", "How test images were annotated"),
        Item("18", "Agreement between and within annotators"),
        Item("19", "How data were divided", "partition", "why so, and how the parts differ"),
        Item("20", "Whether parts share patients or images", "disjoint"),
        Item("21", "Intended size of the test part", "sample-size", "how it was determined"),
        Item("22", "Description of the models", "settings", "references of their architectures"),
        Item("23", "Software with versions", "software"),
        Item("24", "Initial weights of the models", "settings", "how random ones are drawn"),
        Item("25", "Training and its settings", "training", "settings that are no parameters"),
        Item("26", "How the final model was chosen", "selection"),
        Item("27", "Ensembles", "ensembles"),
        Item("28", "Measures of performance", "measures", "why they fit the clinical question"),
        Item("29", "Uncertainty and significance", "uncertainty"),
        Item("30", "Robustness, sensitivity analysis", "robustness", "changes of the images"),
        Item("31", "Explanations of the models", "relevance", "how they were validated"),
        Item("32", "Test on internal data", "internal", "performance on the training part"),
        Item("33", "Test on external data", "external", "which are external, or why none"),
        Item("34", "Registration of a clinical trial"),
        Item("35", "Numbers included and excluded", "cases", "earlier exclusions, a diagram"),
        Item("36", "Demographic and clinical data of each part", "prevalence", "demographics"),
        Item("37", "Performance on every part", "accuracy", "the training part, subgroups"),
        Item("38", "Accuracy and its precision", "accuracy", "subgroups it serves best and worst"),
        Item("39", "Analysis of failures", "confusion", "the medical context of the errors"),
        Item("40", "Limitations", "limits", "those of the study as a whole"),
        Item("41", "Implications for practice, intended use"),
        Item("42", "Where the full protocol or technical details are", "protocol"),
        Item("43", "Availability of code, models, data", "availability", "access to models, data"),
        Item("44", "Funding and the role of funders"),
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
        Item("2", "Abstract, by its own checklist"),
        Item("3a", "Clinical context, reason for the model, earlier models"),
        Item("3b", "Target population, purpose, users"),
        Item("3c", "Known inequalities of health"),
        Item("4", "Objectives", "goal"),
        Item("5a", "Sources of data", "sources", "why these, and how representative they are"),
        Item("5b", "Dates of the data"),
        Item("6a", "Setting, centres"),
        Item("6b", "Eligibility of participants"),
        Item("6c", "Treatments and how they were handled"),
        Item("7", "Preparation of data", "preprocessing", "steps before the run, by group"),
        Item("8a", "Outcome and its time horizon, how assessed, why this one"),
        Item("8b", "Who assessed the outcome"),
        Item("8c", "Blinding of that assessment"),
        Item("9a", "Choice of initial predictors", "settings", "why these predictors"),
        Item("9b", "Definition of predictors", "settings", "how and when images were taken"),
        Item("9c", "Who assessed predictors"),
        Item("10", "Size of the study", "sample-size", "how it came about, and why it is enough"),
        Item("11", "Missing data", "missing", "data that were missing before the run"),
        Item("12a", "How data were used and divided", "partition"),
        Item("12b", "Handling of predictors", "settings"),
        Item("12c", "Kind of model, building, tuning, validation", "training", "why these models"),
        Item("12d", "Differences between clusters", "heterogeneity", "centres of a data set"),
        Item("12e", "Measures of performance and comparison", "measures", "why these measures"),
        Item("12f", "Updating of models, recalibration", "updating"),
        Item("12g", "How predictions were calculated", "outputs"),
        Item("13", "Methods against class imbalance", "imbalance", "weights inside a method, why"),
        Item("14", "Fairness"),
        Item("15", "Output and thresholds", "thresholds", "why this rule"),
        Item("16", "Evaluation data against development data", "external", "how they differ"),
        Item("17", "Ethical approval, consent"),
        Item("18a", "Funding and the role of funders"),
        Item("18b", "Conflicts of interest"),
        Item("18c", "Protocol", "protocol"),
        Item("18d", "Registration"),
        Item("18e", "Sharing of data", "availability", "who can get them, and where"),
        Item("18f", "Sharing of code", "availability", "code of the analysis around this run"),
        Item("19", "Involvement of patients and public"),
        Item("20a", "Flow of participants", "cases", "earlier exclusions"),
        Item("20b", "Characteristics of participants, per source"),
        Item("20c", "Evaluation beside development data", "prevalence", "demographics, predictors"),
        Item("21", "Participants and events in each analysis", "cases"),
        Item("22", "Full specification of the models", "settings", "access to trained models"),
        Item("23a", "Performance with intervals", "accuracy", "subgroups"),
        Item("23b", "Performance by cluster", "heterogeneity", "centres of a data set"),
        Item("24", "Results of updating", "updating"),
        Item("25", "Interpretation", "verdicts", "fairness, and the light of earlier studies"),
        Item("26", "Limitations", "limits", "those of the study as a whole"),
        Item("27a", "Poor or missing input in use"),
        Item("27b", "What users must do and be able to do"),
        Item("27c", "Next steps"),
    ),
)

STARD = Checklist(
    "stard-ai",
    "STARD-AI",
    "Sounderajah V et al. The STARD-AI reporting guideline for diagnostic accuracy studies using "
    "artificial intelligence. Nature Medicine 2025;31(10):3283-3289",
    "10.1038/s41591-025-03953-8",
    (
        Item("1", "Title or abstract: AI-centred accuracy, and a measure of it"),
        Item("2", "Abstract, structured"),
        Item("3", "Background, use of the index test, its novelty, workflow"),
        Item("4", "Objectives and hypotheses", "goal"),
        Item("5", "Data planned before or collected after the tests"),
        Item("6", "Approval of an ethics committee"),
        Item("7", "Eligibility of participants and of data"),
        Item("8", "How participants were identified"),
        Item("9", "Where and when"),
        Item("10", "Consecutive, random or convenience series"),
        Item("11", "Source of the data", "sources", "whether routine, open or collected for this"),
        Item("12", "Annotation: by whom and how"),
        Item("13", "Devices and software", "software", "the imaging devices, the intended use"),
        Item("14", "Acquisition and preprocessing", "preprocessing", "acquisition, earlier steps"),
        Item("15a", "Index test, to be repeated", "settings"),
        Item("15b", "Development of the index test", "training"),
        Item("15c", "Cut-offs of the index test", "thresholds", "why this rule"),
        Item("15d", "Its users and their expertise"),
        Item("16a", "Reference standard, to be repeated"),
        Item("16b", "Why this reference standard"),
        Item("16c", "Cut-offs of the reference standard"),
        Item("17a", "What was known when the index test was read", "blinding"),
        Item("17b", "What was known when the reference standard was set"),
        Item("18", "Statistical methods", "tests"),
        Item("19", "Indeterminate results", "outputs", "those of the reference standard"),
        Item("20", "Missing data", "missing", "missing results of the reference standard"),
        Item("21", "Variability of accuracy, planned or not", "robustness"),
        Item("22", "Intended sample size", "sample-size", "how it was determined"),
        Item("23", "Analysis of errors, bias and fairness", "confusion", "fairness"),
        Item("24", "Flow of participants", "cases", "earlier exclusions, a diagram"),
        Item("25", "Characteristics of each part", "prevalence", "demographics, devices"),
        Item("26a", "Severity of disease"),
        Item("26b", "Other diagnoses"),
        Item("27", "Time and treatment between the tests"),
        Item("28", "Whether the data represent the intended population"),
        Item("29", "How external data differ", "external", "how, if one is external"),
        Item("30", "Cross-tabulation of results", "confusion"),
        Item("31", "Accuracy with intervals", "accuracy"),
        Item("32", "Adverse events"),
        Item("33", "Limitations", "limits", "those of the study as a whole"),
        Item("34", "Implications for practice, intended use"),
        Item("35", "Ethics and fairness of use"),
        Item("36", "Registration"),
        Item("37", "Full protocol", "protocol"),
        Item("38", "Funding and the role of funders"),
        Item("39", "Commercial interests"),
        Item("40a", "Availability of data and code", "availability", "access to both"),
        Item("40b", "Whether outputs are stored for audit", "stored"),
    ),
)

CHECKLISTS = (CLAIM, TRIPOD, STARD)
