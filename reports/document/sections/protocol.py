"""Section "Protocol": as it was declared before the first trial."""

from collections.abc import Sequence

from bench.protocol.study import Study
from reports.analysis.methods.tuning import not_tuned
from reports.document.blocks import Block, Bullets, Code, Command, Facts, Heading, Paragraph, Words
from reports.document.sections.answer import level, moment
from reports.evidence import Evidence
from reports.formatting import count
from reports.verdicts.other_images import WITH

METRIC_NAMES = {
    "auc": "area under the ROC curve (AUC); for more than two classes the unweighted mean of the "
    "one-against-rest AUCs",
    "dice": "mean Dice over the test cases; of a case the mean over the classes of pixels and over "
    "the seeds",
}

_UNITS = {"auc": "AUC", "dice": "mean Dice"}


def protocol(evidence: Evidence) -> list[Block]:
    """The section's blocks."""
    entry = evidence.entry
    study = entry.study
    size = "the data set's own" if study.size is None else f"{study.size} × {study.size} px"
    if study.sizes:
        size += f" for the verdicts; also {', '.join(map(str, study.other_sizes))} px"
    segmentation = study.task == "segmentation"
    chosen = "Parameters, thresholds and" if study.tune else "Thresholds and"
    chosen = f"{chosen} the best model of each side are chosen on validation"
    if segmentation:
        chosen = (
            "Parameters and the best model of each side are chosen on validation"
            if study.tune
            else "The best model of each side is chosen on validation"
        )
    rows: list[tuple[str, Words]] = [
        ("Claim", (evidence.claim,)),
        ("Data sets", (_listed(study.datasets),)),
        ("Methods", (_listed(study.methods),)),
        ("Seeds", (_seeds(study.seeds, study.tune),)),
        ("Split", (_split(study.folds, study.repeats, study.split_seed),)),
        ("Image size", (size,)),
        *([("Lesion masks", (_masks(study),))] if study.masks else []),
        ("Training share", (_fractions(study.fractions),)),
        *([("Trained on", (f"images of “{study.one_class}” alone",))] if study.one_class else []),
        ("Budget", (f"“{study.budget}”, the same for every method of every family",)),
        *([("Tuning", (_tuning(evidence),))] if study.tune else []),
        ("Primary metric", (METRIC_NAMES.get(study.metric, study.metric),)),
        (
            "Margin δ",
            (
                f"{study.margin:g} of {_UNITS.get(study.metric, study.metric)}: declared "
                "beforehand as the difference below which two models count as equivalent. The "
                "study gives no clinical reason for this number",
            ),
        ),
        ("α", (f"{study.alpha:g}; intervals are of level {level(evidence)}",)),
        *([] if segmentation else [("Claims", (_claims(evidence),))]),
        ("Hash", (Code(evidence.study_hash),)),
        ("First run", (moment(entry.first_run),)),
        ("Times run", (_times(evidence),)),
    ]
    blocks: list[Block] = [
        Heading(1, "Protocol", "protocol"),
        Paragraph(
            (
                "Written down and hashed before the first trial. Methods see the training part "
                f"only. {chosen}; the test "
                "part is predicted once per trial and used by this report alone. The primary "
                "comparison is that of the best deep model with the best classical model (each "
                "chosen on validation).",
            )
        ),
        Facts(tuple(rows)),
    ]
    if entry.command:
        blocks.append(Command(entry.command))
    blocks.append(Heading(2, "Left out", "left-out"))
    left_out = [*entry.left_out, *(f"{name}: nothing is stored." for name in evidence.without_card)]
    if left_out:
        blocks.append(Bullets(tuple((line,) for line in left_out)))
    else:
        blocks.append(Paragraph(("Nothing that was asked for was left out.",)))
    return blocks


def _claims(evidence: Evidence) -> str:
    """The claims of the study file; the built-in ones are the same in every study."""
    declared = [claim for claim in evidence.claims if claim.declared]
    return " ".join(f"{claim.name}: {claim.text}" for claim in declared) or "the built-in ones"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"


def _seeds(seeds: tuple[int, ...], tune: int) -> str:
    once = "methods without randomness run once"
    return f"{_listed(tuple(map(str, seeds)))}; {once}{', unless they are tuned' if tune else ''}"


def _tuning(evidence: Evidence) -> str:
    """How parameters were chosen, and of which methods."""
    n = evidence.entry.study.tune
    text = (
        f"up to {n} configurations in each run of every method with a search space: its declared "
        f"parameters and {n - 1} drawn from that space at random by the run's seed; each is "
        "trained on the training part, and the one with the highest validation "
        f"{_UNITS.get(evidence.entry.study.metric, 'AUC')} makes the "
        "run's predictions"
    )
    plain = not_tuned(method for data in evidence.datasets for method in data.methods)
    if plain:
        text += f". Without a search space, so run with their declared parameters: {_listed(plain)}"
    return text


def _split(folds: int, repeats: int, seed: int) -> str:
    if folds:
        drawn = "" if repeats == 1 else f", the folds drawn {count(repeats)} times"
        return (
            f"{folds}-fold stratified cross-validation, patients kept together, with an inner "
            f"validation part{drawn}; random state {seed}"
        )
    return (
        "each data set's own; where it has none 60/20/20, stratified, patients kept together, "
        f"random state {seed}"
    )


def _fractions(fractions: tuple[float, ...]) -> str:
    return ", ".join(f"{100 * f:g} %" for f in fractions)


def _times(evidence: Evidence) -> str:
    text = f"{evidence.entry.times}"
    others = evidence.n_studies - 1
    if others:
        text += (
            f"; {others} other {'study was' if others == 1 else 'studies were'} declared in the "
            f"same folder, with {evidence.n_other_runs} further stored runs"
        )
    return text


def _masks(study: Study) -> str:
    others = " and ".join(WITH[masks] for masks in study.other_masks)
    return f"the data set's own for the verdicts; also {others}"
