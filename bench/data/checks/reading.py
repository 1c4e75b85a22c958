"""What has to be said of how the files were read: remarks of readers, and the range of 16 bits."""

from collections import Counter

import numpy as np

from bench.data.dataset import Dataset
from bench.data.formats.masks import TURNED
from bench.data.formats.nifti import with_slices_added
from bench.protocol.cards import CheckFinding

_EXAMPLES = 5
_FEW = 0.05  # of the images may set the range of all without a finding being serious
_LOST = 2  # bits that the others lose by it


def remarks(data: Dataset) -> CheckFinding:
    """What readers had to decide, and of how many images."""
    title = "Files as read"
    if data.files is None:
        return CheckFinding("reading", title, "fine", "No files.")
    counted: Counter[str] = Counter()
    first: dict[str, str] = {}
    ids = np.concatenate([part.case_ids for _, part in data.parts()]).tolist()
    for case, said in zip(ids, data.files.remarks.tolist(), strict=True):
        for line in filter(None, said.split("\n")):
            counted[line] += 1
            first.setdefault(line, case)
    if not counted:
        return CheckFinding("reading", title, "fine", "Nothing to be said.")
    told = Counter(with_slices_added(counted))
    lines = [f"{n:,} images: {line}" for line, n in told.most_common()]
    advice = "Look at some of them: data check --show 5."
    if TURNED in counted:
        advice += (
            " Turn the masks like their images, or, where the masks are drawn on the images as "
            "they are stored, take the orientation out of the EXIF of the images."
        )
    return CheckFinding(
        "reading",
        title,
        "serious" if TURNED in counted else "note",
        "; ".join(lines) + ".",
        advice,
        tuple(first.values())[:_EXAMPLES],
        {line: float(n) for line, n in told.items()},
    )


def depth(data: Dataset) -> CheckFinding:
    """Whether few images of 16 bits are so bright that all others become dark."""
    title = "Range of 16-bit images"
    if data.files is None or data.files.bits.max(initial=8) <= 8:
        return CheckFinding("depth", title, "fine", "All are of 8 bits.")
    bits = data.files.bits.astype(int)
    deep = bits[bits > 8]
    most = int(bits.max())
    usual = int(np.ceil(np.percentile(deep, 100 * (1 - _FEW), method="lower")))
    rows = np.flatnonzero(bits > usual)
    values = {"bits": float(most), "bits of most": float(usual), "brighter": float(len(rows))}
    if most - usual < _LOST:
        text = f"Of {most} bits in use the upper 8 are kept."
        return CheckFinding("depth", title, "fine", text, values=values)
    ids = np.concatenate([part.case_ids for _, part in data.parts()])
    n = len(rows)
    return CheckFinding(
        "depth",
        title,
        "serious",
        f"{n:,} {'image uses' if n == 1 else 'images use'} {most} bits, the others {usual} at "
        f"most: by the rule for all, the others keep {max(usual - most + 8, 1)} of 8 bits and look "
        "nearly black.",
        "Look for saturated pixels or another device; correct these images, or leave them out.",
        tuple(str(case) for case in ids[rows][:_EXAMPLES]),
        values,
    )
