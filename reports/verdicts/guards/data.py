"""Guards of the data."""

from reports.evidence import Colour
from reports.evidence.pair import primary_symbol
from reports.formatting import count, percent, plural, signed
from reports.statistics.contrast import FEW_CASES
from reports.verdicts.guards.found import Finding, Found
from reports.verdicts.left_out import left_out_in_words
from reports.verdicts.rules import TOO_FEW

MANY_TWINS = 0.2
"""A larger share of test cases with a twin in train or validation is pointed out."""

FEW_FOLDS = 5
"""With fewer folds the training parts are pointed out as small."""

RARE = 0.05
"""A class with a smaller share of the test cases is pointed out."""


def patients(found: Found) -> Finding:
    """Patients in one part only, and known."""
    if found.data.groups_shared:
        return "red", (
            f"{count(found.data.groups_shared)} patients have images in both validation and test."
        )
    if not found.data.tests or any(part.groups is None for part in found.data.tests.values()):
        sentence = (
            "Patients are not known: intervals are per image and probably too narrow, and leakage "
            "between parts cannot be excluded."
        )
        told = _finding(found, "file-names") or _suggested(found)
        return "amber", f"{sentence} {told}".strip()
    if guessed := _finding(found, "group-source"):
        return "amber", (
            f"{guessed} Errors are per guessed patient, and leakage between parts cannot be "
            "excluded."
        )
    return "green", "No patient is in two parts; errors are per patient."


def _finding(found: Found, check: str) -> str:
    """What a check of the data says, "" where it is fine or was not made."""
    for finding in found.card.checked or ():
        if finding.check == check and finding.level != "fine":
            return finding.text
    return ""


def _suggested(found: Found) -> str:
    """What the images suggest of patients, and what that would change; "" where nothing is told."""
    c = found.comparison
    if c is None or c.suggested is None:
        return ""
    s, before = c.suggested, c.pair.difference
    if s.n_groups == c.n_cases:
        return f"The images suggest no two of {plural(c.n_cases, 'test image')} of one patient."
    told = (
        f"The images suggest {plural(s.n_groups, 'patient')} among "
        f"{plural(c.n_cases, 'test image')}"
    )
    if s.n_smallest < TOO_FEW:
        return (
            f"{told}, of which {count(s.n_smallest)} in the smallest class, “{s.smallest_class}”: "
            "too few for a comparison."
        )
    d = s.difference
    if d is None or d.low is None or d.high is None or before.low is None or before.high is None:
        return f"{told}."
    return (
        f"{told}; with them the interval of ΔAUC would be [{signed(d.low)}, {signed(d.high)}] "
        f"instead of [{signed(before.low)}, {signed(before.high)}]."
    )


def duplicates(found: Found) -> Finding:
    """No identical image in two parts."""
    n = found.card.duplicates_across_parts
    if n:
        images = "image has" if n == 1 else "images have"
        return "amber", f"{count(n)} validation or test {images} an identical twin in another part."
    return "green", "No image is in two parts."


def near_duplicates(found: Found) -> Finding:
    """Nearly identical images: in two parts they do not decide, within test they count as one."""
    colour, sentence = _across_parts(found)
    return colour, f"{sentence} {_within_test(found)}".strip()


def _within_test(found: Found) -> str:
    groups = found.card.test_twin_groups or ()
    if not groups:
        return ""
    n = sum(map(len, groups))
    counted = count(len(groups))
    return f"{count(n)} test images are near-duplicates of each other and count as {counted}."


def _across_parts(found: Found) -> Finding:
    if found.duplicates is None:
        why = ", since every fold has a test part of its own" if found.study.folds else ""
        return "amber", f"Near-duplicates across parts were not searched for{why}."
    flagged = len(found.duplicates)
    if not flagged:
        return "green", "No test image has a near-duplicate in another part."
    total = found.data.size.cases
    colour: Colour = "amber" if flagged > MANY_TWINS * total else "green"
    images = "image has" if flagged == 1 else "images have"
    sentence = (
        f"{count(flagged)} of {count(total)} test {images} a near-duplicate in train or "
        "validation and "
    )
    if found.comparison is None or found.comparison.n_cases == 0:
        return "amber", f"{sentence}would not decide; without them there is nothing to compare."
    sentence += "does not decide" if flagged == 1 else "do not decide"
    d = found.comparison.on_all
    if d is None or d.low is None or d.high is None:
        return colour, f"{sentence}."
    return colour, (
        f"{sentence}; on all test images {primary_symbol(found.comparison.pair.measure)} is "
        f"{signed(d.value)} "
        f"[{signed(d.low)}, {signed(d.high)}]."
    )


def split(found: Found) -> Finding:
    """A published split or folds."""
    if found.study.folds:
        sentence = f"Cross-validation with {found.study.folds} folds"
        if found.study.repeats > 1:
            sentence += f", drawn {count(found.study.repeats)} times"
        if found.study.resample:
            sentence += (
                "; the error has the luck of training parts that overlap, and the "
                f"{count(found.study.resample)} bootstrap samples of each are not in it"
            )
        if found.study.folds < FEW_FOLDS:
            return "amber", f"{sentence}: the training parts are small (fewer than {FEW_FOLDS})."
        return "green", f"{sentence}."
    if found.card.split == "official":
        return "green", "The split is the one published with the data."
    origin = "was given with the data" if found.card.split == "given" else "was made automatically"
    return "amber", f"One split, which {origin}: another could give another answer."


def checksum(found: Found) -> Finding:
    """The published copy of the data."""
    if found.card.checksum == "differs":
        return "amber", "An unofficial copy: its checksum is not the published one."
    if found.card.checksum == "matched":
        return "green", "The published checksum is matched."
    return "green", "There is no published checksum."


def balance(found: Found) -> Finding:
    """Rare classes make accuracy a bad measure; it is printed and never decides."""
    counts = found.data.size.per_class
    total = sum(counts)
    if not total:
        return "green", "No run has a result on the test cases."
    rarest, commonest = min(counts), max(counts)
    name = found.card.class_names[counts.index(rarest)]
    colour: Colour = "amber" if rarest < RARE * total else "green"
    return colour, (
        f"“{name}” is the rarest class with {percent(rarest / total)} of the test cases; always "
        f"naming the commonest is right in {percent(commonest / total)}. Accuracy is printed and "
        "decides nothing."
    )


def cases(found: Found) -> Finding:
    """Enough test cases of every class."""
    if found.comparison is None:
        return "green", "No comparison is made."
    n, name = found.comparison.n_smallest, found.comparison.smallest_class
    unit = found.comparison.unit
    which = "smallest class that counts" if found.comparison.left_out else "smallest class"
    sentence = f"There {'is' if n == 1 else 'are'} {plural(n, unit)} in the {which}, “{name}”"
    if n < TOO_FEW:
        return "red", f"{sentence}: too few for a comparison."
    if found.comparison.left_out:
        told = left_out_in_words(
            found.comparison.left_out,
            unit,
            folds=bool(found.comparison.folds_deep),
        )
        return "amber", f"{sentence}.{told}"
    if n < FEW_CASES:
        return "amber", f"{sentence}: a small one."
    return "green", f"{sentence}."
