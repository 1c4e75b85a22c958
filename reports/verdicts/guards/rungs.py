"""The guards of a side that was held back: the strongest that this machine can run was run.

Only what is known gives a light: of methods that do not say what they make use of, nothing is told,
and nothing of the size of images that were generated or have no files.
"""

from reports.analysis.methods.rungs import file_side, has_mask, ladder
from reports.evidence import Ladder, Side, Step
from reports.verdicts.guards.found import Finding, Found
from reports.verdicts.guards.lone_side import as_sentence, why_none

HELD_BACK: dict[str, Side | None] = {
    "deep-rungs": "deep",
    "classical-rungs": "classical",
    "image-size": None,
}
"""Key of each of these guards → the side that it speaks of; None for both."""

IN_WORDS: dict[Step, str] = {
    "pixels": "raw pixels",
    "features": "handcrafted features",
    "features-with-mask": "handcrafted features with the lesion mask",
    "scratch": "from scratch",
    "frozen": "pretrained, frozen",
    "fine-tuned": "pretrained, fine-tuned",
}

FROZEN, FINE_TUNED, ON_FEATURES = "linear-probe", "efficientnet-lite0", "svm"
"""A method of the suite that stands on the rung, whose weights come with a package."""

SHRUNK = 2
"""Images that come with so many times the side, and more, are pointed out."""

ENOUGH = 224
"""The side in px that pretrained networks are made for; no larger one is asked for."""


def deep_rungs(found: Found) -> Finding:
    """Pretrained networks: frozen ones, which any CPU can run, and with a GPU fine-tuned ones."""
    rungs = ladder(found.card, found.methods, found.study.resize)
    steps = {rung.step for rung in rungs.climbed("deep")}
    said = []
    none = as_sentence(why_none(found.methods, found.lost, "deep"))
    if none:
        said.append(f"{none} {FROZEN} is one on a frozen network, and runs on any CPU.")
    if steps and not _untold(found, "deep"):
        gpu = sorted({r.environment.device for r in found.data.runs} - {"", "cpu"})
        if not steps & {"frozen", "fine-tuned"}:
            said.append(
                f"No frozen pretrained network {_was_run(rungs, 'deep', 'frozen')} on the deep "
                f"side ({_words(rungs, 'deep')}): {FROZEN} is one, and runs on any CPU."
            )
        if gpu and "fine-tuned" not in steps:
            said.append(
                f"No fine-tuned network {_was_run(rungs, 'deep', 'fine-tuned')} on the deep side, "
                f"although there was a GPU ({', '.join(gpu)}): {FINE_TUNED} is one."
            )
    lacked = sorted(m.name for m in found.methods if m.family == "deep" and m.lacked_weights)
    if lacked:
        were = "was" if len(lacked) == 1 else "were"
        said.append(
            f"{', '.join(lacked)} {were} to start from pretrained weights and started from "
            "scratch, since none could be had."
        )
    return ("amber", " ".join(said)) if said else ("green", _climbed(found, rungs, "deep"))


def classical_rungs(found: Found) -> Finding:
    """Handcrafted features, and with the lesion mask where the images have one."""
    rungs = ladder(found.card, found.methods, found.study.resize)
    steps = {rung.step for rung in rungs.climbed("classical")}
    mask = has_mask(found.card)
    none = as_sentence(why_none(found.methods, found.lost, "classical"))
    if none:
        best: Step = "features-with-mask" if mask else "features"
        return "amber", f"{none} {ON_FEATURES} is one on {IN_WORDS[best]}."
    if steps and not _untold(found, "classical"):
        if not steps & {"features", "features-with-mask"}:
            best = "features-with-mask" if mask else "features"
            said = (
                f"No method on {IN_WORDS[best]} {_was_run(rungs, 'classical', best)} on the "
                f"classical side ({_words(rungs, 'classical')}): {ON_FEATURES} is one."
            )
            return "amber", said
        if mask and "features-with-mask" not in steps:
            return "amber", (
                "The images have lesion masks, and no classical method made use of them: "
                f"{ON_FEATURES} is one on handcrafted features with the lesion mask."
            )
    return "green", _climbed(found, rungs, "classical")


def image_size(found: Found) -> Finding:
    """Images that were not made much smaller than they come, up to the size of photographs."""
    side = max(found.card.image_shape[:2])
    comes = file_side(found.card, found.study.resize)
    if found.card.generated:
        return "green", f"The images are generated with {side} px."
    if comes is None:
        return "green", f"The methods saw images of {side} px; how large they come is not told."
    if "crop-to-mask" in found.study.preprocess:
        return "green", f"The images were cropped to the lesion before they had {side} px."
    if side >= ENOUGH or comes.px < SHRUNK * side:
        return "green", f"The methods saw images of {side} px, whose files have {comes}."
    larger = [s for s in found.study.other_sizes if s > side]
    what = "Dice" if found.study.task == "segmentation" else "AUC"
    beside = f" ({what} by image size has {' and '.join(map(str, larger))} px)" if larger else ""
    return "amber", (
        f"The methods saw images of {side} px, which can be had with {comes}{beside}: "
        f"--size {min(ENOUGH, comes.px)} would show both sides more of them."
    )


def _untold(found: Found, side: Side) -> list[str]:
    """The methods of a side with a result of which nobody knows what they make use of."""
    return sorted(m.name for m in found.methods if m.family == side and m.scores and not m.rung)


def _was_run(rungs: Ladder, side: Side, one: Step) -> str:
    """ "was run", or of those that were which have no result."""
    failed = [
        name
        for rung in rungs.rungs
        if (rung.family, rung.step) == (side, one)
        for name in rung.without_result
    ]
    return f"has a result ({', '.join(failed)} failed)" if failed else "was run"


def _climbed(found: Found, rungs: Ladder, side: Side) -> str:
    untold = _untold(found, side)
    told = _words(rungs, side)
    parts = [f"The {side} side made use of: {told}."] if told else []
    if untold:
        parts.append(f"What {' and '.join(untold)} made use of is not told.")
    return " ".join(parts)


def _words(rungs: Ladder, side: Side) -> str:
    return "; ".join(IN_WORDS[rung.step] for rung in rungs.climbed(side))
