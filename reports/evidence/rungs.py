"""What is shown of the rungs that each side climbed: how much its methods make use of."""

from dataclasses import dataclass
from typing import Literal

from bench.protocol.cards import Family
from reports.evidence.estimate import Estimate

Step = Literal["pixels", "features", "features-with-mask", "scratch", "frozen", "fine-tuned"]


@dataclass(frozen=True)
class LadderRung:
    """The methods of one family that make use of the same: one rung of its ladder.

    A method asked for pretrained weights that could not be had stands where it was run: with those
    from scratch.

    Attributes:
        family: of the methods; hybrids and controls are on the ladder of neither side.
        step: what they make use of: raw pixels, handcrafted features, these with the lesion mask, a
            network trained from scratch, a pretrained one that is not trained further (frozen), or
            one that is (fine-tuned).
        best: the method of the highest mean validation AUC; None where none has a result.
        auc: of the best on test, mean over runs, with its interval; None if unknown.
        validation_auc: of the best, mean over runs, or None.
        input_sizes: sides in pixels to which the best brings images, where it tells; the last step
            of the way from the file to a network.
        methods: names of those with a result.
        without_result: names of those without.
    """

    family: Family
    step: Step
    best: str | None
    auc: Estimate | None
    validation_auc: float | None
    input_sizes: tuple[int, ...]
    methods: tuple[str, ...]
    without_result: tuple[str, ...]


@dataclass(frozen=True)
class Ladder:
    """The rungs of each side on one data set, and the size of the images on all of them.

    Attributes:
        rungs: of the deep and the classical side every one, those without methods too, weakest
            first; then those of hybrids, and raw pixels of controls, that have methods.
        image_side: longer side in pixels of the images as the methods were given them.
        file_side: pixels with which an image typically comes (the median), along the side that was
            scaled to that of the images; None where not known, or images are generated.
        which_side: "longer" or "shorter", which of its sides that is; "" where both are typically
            the same, or that is not known.
        unknown: methods that do not say what they make use of, controls aside.
    """

    rungs: tuple[LadderRung, ...]
    image_side: int
    file_side: int | None
    which_side: Literal["longer", "shorter", ""]
    unknown: tuple[str, ...]

    def climbed(self, family: Family) -> tuple[LadderRung, ...]:
        """The rungs of a family with a result, weakest first."""
        return tuple(rung for rung in self.rungs if rung.family == family and rung.methods)
