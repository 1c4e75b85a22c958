"""Whether what was read from JSON is what the annotations of a dataclass say."""

import math
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints


def fits(value: Any, hint: Any) -> bool:
    """Whether a value is of a type, with all that lies in it; numbers are finite.

    >>> fits({"a": 1}, dict[str, int]), fits({"a": True}, dict[str, int])
    (True, False)
    >>> fits(float("nan"), float | None), fits(("a", 1), tuple[str, ...])
    (False, False)
    """
    kind, inner = get_origin(hint), get_args(hint)
    if hint is Any:
        found = True
    elif kind in (Union, types.UnionType):
        found = any(fits(value, one) for one in inner)
    elif kind is Literal:
        found = isinstance(value, str) and value in inner
    elif kind is tuple:
        found = isinstance(value, tuple) and all(fits(each, inner[0]) for each in value)
    elif kind is dict:
        found = isinstance(value, Mapping) and all(
            fits(key, inner[0]) and fits(each, inner[1]) for key, each in value.items()
        )
    elif is_dataclass(hint):
        hints = get_type_hints(hint)
        found = isinstance(value, hint) and all(  # type: ignore[arg-type]
            fits(getattr(value, each.name), hints[each.name]) for each in fields(hint)
        )
    elif hint is float:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        found = number and math.isfinite(value)
    else:
        found = isinstance(value, hint) and (hint is bool or not isinstance(value, bool))
    return found
