"""A study from what was asked for to what is stored; called, it runs one: `bench.run(study)`.

See `bench.api.running.run` for the parameters.
"""

import inspect
import sys
from importlib import import_module
from types import ModuleType
from typing import Any


class _Called(ModuleType):
    """A folder of modules that is a function, too, since both have the name that fits."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run a study, see `bench.api.running.run`."""
        return import_module("bench.api.running").run(*args, **kwargs)

    @property
    def __signature__(self) -> inspect.Signature:
        """What it is called with, for `inspect.signature` and notebooks."""
        running = import_module("bench.api.running")
        own = inspect.signature(running.run)
        named = [p for p in own.parameters.values() if p.kind is not p.VAR_KEYWORD]
        told = [
            inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                default=getattr(running.RunOptions, name),
                annotation=kind,
            )
            for name, kind in running.HowToRun.__annotations__.items()
        ]
        return own.replace(parameters=[*named, *told])


sys.modules[__name__].__class__ = _Called
