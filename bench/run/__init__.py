"""A study from what was asked for to what is stored; called, it runs one: `bench.run(study)`.

See `bench.api.running.run` for the parameters.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any


class _Called(ModuleType):
    """A folder of modules that is a function, too, since both have the name that fits."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run a study, see `bench.api.running.run`."""
        return import_module("bench.api.running").run(*args, **kwargs)


sys.modules[__name__].__class__ = _Called
