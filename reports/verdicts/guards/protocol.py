"""Guards of the protocol."""

from collections.abc import Sequence

from bench.protocol.cards import FAMILIES
from bench.protocol.choosing import LEAST
from bench.protocol.record import Run
from reports.analysis.methods.method import has_one_seed
from reports.analysis.methods.rungs import recorded
from reports.evidence import SIDES, Colour, ValidationTwins
from reports.evidence.pair import primary_symbol
from reports.formatting import count, percent, plural, signed
from reports.verdicts.guards.found import WORSE, Finding, Found
from reports.verdicts.guards.lone_side import as_sentence, why_none

ENOUGH_SEEDS = 3

ROBUST = 0.8
"""The share of analyses that must agree with the study's own."""

CONTROLS = ("class-prior", "mean-brightness", "raw-pixel-svm")
"""The controls that every run should have."""


def inputs(found: Found) -> Finding:
    """Same content for all; folds and shares of the training part change it by design."""
    seen: dict[tuple[int | None, float, int], set[str]] = {}
    for run in found.data.runs:
        key = run.trial.fold, run.trial.fraction, run.trial.repeat
        seen.setdefault(key, set()).add(run.data_fingerprint)
    # What the card describes is the whole data set, as a run on its one split sees it.
    if (None, 1.0, 0) in seen:
        seen[None, 1.0, 0].add(found.card.fingerprint)
    if any(len(fingerprints) > 1 for fingerprints in seen.values()):
        return "red", "Not all runs saw the same data: their fingerprints differ."
    if found.data.of_other_data:
        names = ", ".join(found.data.of_other_data)
        return "red", (
            f"Not all runs saw the same data: those of {names} saw other images or parts than the "
            "data set has and are left out. Run the study again."
        )
    if found.data.misfits:
        names = ", ".join(found.data.misfits)
        return "red", f"Not all methods were asked about the same test cases: {names} had others."
    h, w, c = found.card.image_shape
    channels = "1 channel" if c == 1 else f"{c} channels"
    sentence = f"Every method saw the same images, {h} × {w} px with {channels}."
    return "green", f"{sentence} {_aids(found.data.runs)}".strip()


def _aids(runs: Sequence[Run]) -> str:
    """Which family had pretrained weights, augmented or resized images, as far as it is recorded.

    A family in whose runs nothing of it is recorded is named as having had none where its methods
    say what they make use of, or are controls.
    """
    parts: list[str] = []
    plain: list[str] = []
    unrecorded: list[str] = []
    for family in FAMILIES:
        own = [run for run in runs if run.method.family == family and run.status == "ok"]
        if not own:
            continue
        pretrained = sum(bool(recorded(run.fit_info, "weights")) for run in own)
        augmented = sum(
            recorded(run.parameters_used, "augment") not in (None, False, "none") for run in own
        )
        sizes = _sides([recorded(run.fit_info, "input_size") for run in own])
        if not (pretrained or augmented or sizes):
            silent = family != "control" and not all(run.method.rung for run in own)
            (unrecorded if silent else plain).append(family)
            continue
        part = (
            f"{family} methods had pretrained weights in {count(pretrained)} and augmentation in "
            f"{count(augmented)} of {plural(len(own), 'run')}"
        )
        if sizes:
            part += f", and brought images to {', '.join(sizes)} px"
        parts.append(part)
    if plain:
        parts.append(f"{_all_of(plain)} methods had neither weights nor augmentation")
    if unrecorded:
        parts.append(
            f"whether {_all_of(unrecorded)} methods had weights or augmentation is not told"
        )
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}." if text else ""


def _all_of(names: Sequence[str]) -> str:
    """ "a, b and c"."""
    return " and ".join([", ".join(names[:-1])] * (len(names) > 1) + [*names[-1:]])


def _sides(recorded_sizes: Sequence[object]) -> list[str]:
    """Sides in pixels, each once: of classifiers a number, of segmenters height and width."""
    known: set[tuple[int, ...]] = set()
    for size in recorded_sizes:
        if isinstance(size, int) and size:
            known.add((size,))
        elif isinstance(size, list | tuple) and size and all(isinstance(one, int) for one in size):
            known.add(tuple(dict.fromkeys(size)))  # a square is told by one side
    return [" × ".join(map(str, sides)) for sides in sorted(known)]


def seeds(found: Found) -> Finding:
    """Enough seeds, and how much they matter."""
    few = sorted(
        method.name
        for method in found.methods
        if method.family in ("deep", "classical")
        and method.seeds
        and method.seeds != (None,)
        and len(method.seeds) < ENOUGH_SEEDS
    )
    colour: Colour = "amber" if few else "green"
    sentence = f"Every stochastic method has at least {ENOUGH_SEEDS} seeds."
    if few:
        sentence = (
            f"Fewer than {ENOUGH_SEEDS} seeds of {', '.join(few)}: seed luck is badly estimated."
        )
    c = found.comparison
    if c is None or c.pair.se == 0 or found.study.folds:
        return colour, sentence
    alone = [m.name for m in found.methods if m.name in (c.deep, c.classical) and has_one_seed(m)]
    if alone and not c.resamples:
        names = " and ".join(alone)
        return colour, f"{sentence} How much depends on the seed of {names} is not known."
    share = percent((c.pair.se_seeds / c.pair.se) ** 2)
    parts = "Seeds and training sets" if c.resamples else "Seeds"
    what = primary_symbol(c.pair.measure)
    return colour, f"{sentence} {parts} make up {share} of the variance of {what}."


def metric(found: Found) -> Finding:
    """A primary metric that was declared, and how much hangs on it."""
    declared = f"{found.study.metric.upper()} was declared as the primary metric"
    if not found.analyses:
        return "green", f"{declared}; there is no conclusion to vary."
    holds, n = sum(a.holds for a in found.analyses), len(found.analyses)
    without = any(a.choice.without_duplicates for a in found.analyses)
    others = ", seeds or with near-duplicates" if without else " or seeds"
    colour: Colour = "green" if holds >= ROBUST * n else "amber"
    return colour, (
        f"{declared}; the conclusion is the same in {count(holds)} of {count(n)} analyses with "
        f"other metrics, best models{others}."
    )


def champions(found: Found) -> Finding:
    """Best models from validation, and what test would have chosen."""
    c = found.comparison
    if c is None:
        return "green", "No two sides are compared."
    anew = ""
    if c.folds_deep:
        each = (("deep", c.folds_deep), ("classical", c.folds_classical))
        told = "; ".join(
            f"{side}: " + ", ".join(f"{name} in {n}" for name, n in times.items())
            for side, times in each
        )
        anew = f", in every fold anew ({told})"
    colour, twins = _validation_twins(found.data.validation_twins)
    return colour, (
        f"The best models were chosen on validation{anew}. Picking them on test would have added "
        f"{signed(c.picked_on_test_gain_deep)} for deep and "
        f"{signed(c.picked_on_test_gain_classical)} for classical. {twins}".strip()
    )


def _validation_twins(seen: ValidationTwins | None) -> Finding:
    """Whether validation cases with a twin in train chose; amber where some had to."""
    if seen is None or not seen.twins:
        return "green", ""
    told = (
        f"{count(seen.twins)} of {count(seen.cases)} validation "
        f"{'image has' if seen.twins == 1 else 'images have'} a near-duplicate in train"
    )
    if seen.left_out == seen.twins:
        return "green", f"{told} and chose neither model nor threshold nor configuration."
    chose = (
        "chose all the same"
        if not seen.left_out
        else (f"{count(seen.twins - seen.left_out)} of them chose all the same")
    )
    return "amber", (
        f"{told}; {chose}, since fewer than {LEAST} of a class would remain without them: memory "
        "may have had a part in the choice."
    )


def failures(found: Found) -> Finding:
    """Every planned trial has a result. A side of which nothing was planned has not failed."""
    parts = []
    unasked = []
    colour: Colour = "green"
    for side in SIDES:
        own = [method for method in found.methods if method.family == side]
        failed = sum(len(method.failures) for method in own)
        if not own and not found.lost:
            unasked.append(why_none(found.methods, (), side))
        elif not any(method.scores for method in own):
            colour = "red"
            parts.append(why_none(found.methods, found.lost, side))
        elif failed:
            colour = max(colour, "amber", key=lambda c: WORSE[c])
            parts.append(f"{count(failed)} {side} {'run' if failed == 1 else 'runs'} failed")
    elsewhere = sum(
        len(method.failures) for method in found.methods if method.family in ("hybrid", "control")
    )
    if elsewhere:
        colour = max(colour, "amber", key=lambda c: WORSE[c])
        parts.append(f"{count(elsewhere)} other {'run' if elsewhere == 1 else 'runs'} failed")
    if found.data.missing:
        colour = max(colour, "amber", key=lambda c: WORSE[c])
        n = len(found.data.missing)
        parts.append(f"{count(n)} planned {'trial has' if n == 1 else 'trials have'} no result")
    return colour, as_sentence("; ".join((parts or ["every planned trial has a result"]) + unasked))


def controls(found: Found) -> Finding:
    """Controls were run, and the champions beat them."""
    names = [method.name for method in found.methods if method.family == "control" and method.auc]
    all_run = [method.name for method in found.methods if method.family == "control"]
    failed = [name for name in all_run if name not in names]
    if not names:
        told = "No control was run"
        if failed:
            told = f"No control has an AUC on test (without one: {', '.join(failed)})"
        return "amber", f"{told}: nothing shows that the best models learnt anything."
    checks = found.comparison.controls if found.comparison else ()
    weak = [check.sentence for check in checks if not check.passed]
    if weak:
        return "amber", " ".join(weak)
    lacking = [name for name in CONTROLS if name not in all_run]
    sentence = f"Controls in the run: {', '.join(sorted(names))}."
    if checks:
        sentence = f"Both best models are better than every control: {', '.join(sorted(names))}."
    if failed:
        sentence += f" Without a result: {', '.join(failed)}."
    if lacking:
        sentence += f" Not run: {', '.join(lacking)}."
    if failed or lacking:
        return "amber", sentence
    return "green", sentence


def reuse(found: Found) -> Finding:
    """A test part that other studies have not seen."""
    times = _times(found.times)
    if found.studies > 1:
        others = found.studies - 1
        study = "another study" if others == 1 else f"{count(others)} other studies"
        return "amber", (
            f"The test part was scored under this study (run {times}) and under {study} (run "
            f"{_times(found.times_elsewhere)}): what was seen in one may have shaped the next."
        )
    return "green", (
        f"The test part was scored under this study only (run {times}), once per trial."
    )


def _times(n: int) -> str:
    return "once" if n == 1 else f"{count(n)} times"
