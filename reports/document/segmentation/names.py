"""What the measures of label maps are called, and how they are printed."""

from reports.document.tables import Kind
from reports.evidence.segmentation import Segmentation
from reports.statistics.segmentation.measures import RegionMeasure

NAMES: dict[RegionMeasure, str] = {
    "dice": "Dice",
    "iou": "IoU",
    "nsd": "Surface Dice",
    "hd95": "HD95",
    "area-error": "Area error",
}

CONVENTIONS = (
    "Where neither truth nor prediction has anything, Dice, IoU and surface Dice are 1 and the "
    "errors 0; where one of the two has nothing, they are 0, HD95 is the diagonal of the image and "
    "the area error 1, so that a miss improves no mean."
)


def named(measure: RegionMeasure, found: Segmentation) -> str:
    """With its unit.

    Args:
        measure: which.
        found: of the data set.
    """
    return f"HD95 ({found.unit})" if measure == "hd95" else NAMES[measure]


def kind(measure: RegionMeasure) -> Kind:
    """How a table prints it; distances go beyond 1."""
    return "distance" if measure == "hd95" else "score"


def how_measured(found: Segmentation) -> str:
    """At which size and tolerance, a sentence or two."""
    several = len(found.classes) > 1
    over = " Of a case it is the mean over the classes of pixels." if several else ""
    return (
        "Measured at the size of the image files, to which label maps are brought by the nearest "
        f"pixel.{over} Surface Dice is the normalised one: the share of both outlines that lies "
        f"within {found.tolerance:g} {found.unit} of the other. HD95: the larger of the two 95th "
        f"percentiles of the distances between the outlines, {found.unit}. Area error: how far the "
        "area is off, as a share of the true one, at most 1."
    )
