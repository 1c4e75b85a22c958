"""The guard of lesion masks that nobody draws in use."""

from reports.analysis.methods.rungs import has_mask
from reports.verdicts.guards.found import Finding, Found


def masks(found: Found) -> Finding:
    """Masks that come with the images, beside which those of segmenters were tried."""
    if not has_mask(found.card):
        return "green", "The methods saw no lesion masks."
    if found.card.generated:
        return "green", "The lesion masks are generated with the images."
    sources = [one.masks for one in found.card.masks]
    if sources:
        told = " and ".join(f"of the best {side} segmenter" for side in sources)
        return "green", f"AUC with masks {told} stands beside that with the data set's own."
    return "amber", (
        "The methods saw lesion masks that come with the images. Where nobody draws them the "
        "verdict need not hold: --masks truth,classical,deep shows what is left of it with masks "
        "of segmenters."
    )
