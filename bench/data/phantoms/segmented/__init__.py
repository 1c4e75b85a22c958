"""Generated data sets for segmentation, whose answer is known before any method runs.

    contrast    lesions in speckle; what the best threshold reaches is computed exactly
    intensity   gray levels of lesions and ground do not overlap: a threshold finds all, nothing can
                be better
    lookalike   only what lies beside a lesion tells it from a look-alike

Each is `name(size=None) -> Dataset`, made from a fixed seed.
"""

from bench.data.phantoms.segmented.contrast import contrast
from bench.data.phantoms.segmented.intensity import intensity
from bench.data.phantoms.segmented.lookalike import lookalike

__all__ = ["contrast", "intensity", "lookalike"]
