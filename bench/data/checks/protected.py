"""Whether files of a folder tell who a patient is: in pictures, tags or names."""

import re
from collections.abc import Sequence
from pathlib import Path

from bench.data.folders.case import Case
from bench.data.formats.images import file_bytes, read
from bench.data.formats.picture import Part
from bench.data.formats.protection import identifying_name, remarks_on
from bench.protocol.cards import CheckFinding
from bench.protocol.errors import DataError

MOST = 100
"""Files of a folder that are opened for it, evenly spread."""

_EXAMPLES = 5
_WORD = re.compile(r"[^\W\d_]+")
_MOST_PIXELS = 4_000_000  # of a picture that is looked at for letters


def protected(root: Path, found: Sequence[Case]) -> CheckFinding:
    """What of a sample of the files, and of all their names, may identify a patient.

    Args:
        root: the folder.
        found: its cases.
    """
    step = -(-len(found) // MOST)
    seen: dict[str, list[str]] = {}
    for case in found[::step]:
        for said in _of_file(root, case):
            seen.setdefault(said, []).append(case.id)
    opened = len(found[::step])
    parts = [f"{len(ids):,} of {opened:,} files: {said}" for said, ids in sorted(seen.items())]
    examples = [f"{said}: {', '.join(ids[:3])}" for said, ids in sorted(seen.items())]
    named: dict[str, list[str]] = {}
    labels = {case.label for case in found}
    classes = {word.casefold() for label in labels for word in _WORD.findall(label)}
    for case in found:
        if what := identifying_name(case.path, classes):
            named.setdefault(what, []).append(case.path)
    parts += [f"{len(p):,} names hold {what}" for what, p in sorted(named.items())]
    examples += [f"{what}: {', '.join(p[:3])}" for what, p in sorted(named.items())]
    title = "Protected data"
    if not parts:
        return CheckFinding(
            "protected",
            title,
            "fine",
            f"No text in pictures, identifying tag or name is seen ({opened:,} files opened).",
            values={"opened": float(opened)},
        )
    return CheckFinding(
        "protected",
        title,
        "note",
        "; ".join(parts) + ".",
        "Look at them. Remove tags and names with your archive's de-identification, and crop or "
        "cover text; a report shows small pictures unless it is written with --no-thumbnails.",
        tuple(examples[:_EXAMPLES]),
        {"opened": float(opened), "seen": float(sum(map(len, seen.values())))}
        | {"names": float(sum(map(len, named.values())))},
    )


def _of_file(root: Path, case: Case) -> tuple[str, ...]:
    """What is said of one file; one that cannot be read is another check's."""
    path = root / case.path
    try:
        data = file_bytes(path)
        picture = read(path, data, Part(case.frame, case.axis, case.index))
    except DataError:
        return ()
    h, w = picture.pixels.shape[:2]
    return remarks_on(data, picture, letters=h * w <= _MOST_PIXELS)
