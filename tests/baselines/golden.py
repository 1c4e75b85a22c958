"""The golden values: every feature of the analytic images, as they are and without their mask.

    python -m tests.baselines.golden      # writes golden.csv anew; look at the difference

What makes a value right is in the tests of its family, against an independent implementation or the
formula; this table notices when it changes.
"""

import csv
from pathlib import Path

from baselines.features.handcrafted import HandcraftedFeatures
from tests.baselines.analytic import analytic_images

PATH = Path(__file__).with_name("golden.csv")


def computed() -> dict[tuple[str, str, str], float]:
    """(input, feature, image) → value; the input is "masked" (RGB and mask) or "gray"."""
    found = {}
    for image, pixels in analytic_images().items():
        for kind, x in (("masked", pixels[None]), ("gray", pixels[None, :, :, :1])):
            union = HandcraftedFeatures().fit(x)
            values = union.transform(x)[0].tolist()
            for feature, value in zip(union.get_feature_names_out(), values, strict=True):
                found[kind, feature, image] = value
    return found


def stored() -> dict[tuple[str, str, str], float]:
    """The same from the table."""
    with PATH.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    images = list(analytic_images())
    return {
        (row["input"], row["feature"], image): float(row[image]) for row in rows for image in images
    }


def write() -> None:
    """Write the table, with 12 digits."""
    images = list(analytic_images())
    values = computed()
    with PATH.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["input", "feature", *images])
        for kind, feature in dict.fromkeys((kind, feature) for kind, feature, _ in values):
            out.writerow(
                [kind, feature, *(f"{values[kind, feature, image]:.12g}" for image in images)]
            )


if __name__ == "__main__":
    write()
