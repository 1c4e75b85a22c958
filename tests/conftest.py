"""What holds for every test, set before a heavy library is loaded.

One thread per library, as in the engine's workers: with two, OpenMP's threads wait for each other
on a busy machine and a fit of a second can take a minute. No model hub, and an empty cache of it:
no test may depend on weights that happen to be at hand.
"""

import os
import tempfile

from bench.machine.environment import limit_threads

limit_threads(1)
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HUB_CACHE"] = os.path.join(tempfile.gettempdir(), "bench-tests-have-no-hub")
