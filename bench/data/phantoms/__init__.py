"""Generated data sets whose answer is known before any method runs.

    texture     tissue of two roughnesses; the best AUC that can be reached is computed exactly
    shape       lesions in ultrasound speckle, smooth or spiculated, several views of each patient
    context     the same cells in both classes; only who stands next to whom differs
    null        the label has nothing to do with the image
    travel      five of two sites, of which it is known where the advantage of one side is gone

Each is `name(size=None) -> Dataset`, made from a fixed seed: the same size gives the same pixels.
"""

from bench.data.phantoms.arrangement import context
from bench.data.phantoms.chance import null
from bench.data.phantoms.lesion import shape
from bench.data.phantoms.tissue import texture

__all__ = ["context", "null", "shape", "texture"]
