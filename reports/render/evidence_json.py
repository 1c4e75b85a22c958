"""The evidence as JSON, every number at full precision, and the schema that says what each is.

Both are read off the frozen dataclasses of `reports.evidence`: a field that is added there is
written and described here without a line of its own. A description is what the docstring says of
the attribute.
"""

import dataclasses
import functools
import inspect
import json
import math
import re
import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import numpy as np

from bench.protocol.cards import DatasetCard
from reports.evidence import DatasetEvidence, Evidence, OutlinedCase, ShownCase

SCHEMA = 2
"""Version of the form: raised where a name or a meaning changes, not where one is added."""

LEFT_OUT: dict[type, frozenset[str]] = {
    DatasetCard: frozenset({"samples"}),
    ShownCase: frozenset({"image", "activation"}),
    OutlinedCase: frozenset({"image"}),
}
"""Fields that are pictures, not evidence; the report shows them."""

WHERE_KNOWN: dict[type, frozenset[str]] = {DatasetEvidence: frozenset({"segmentation"})}
"""Fields of one task alone, left out where they are None."""

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def as_json(evidence: Evidence) -> str:
    """The evidence as JSON text; the same evidence gives the same text.

    Keys are sorted, a tuple is a list, what cannot be computed is null.

    Raises:
        ValueError: if a number is not finite.
    """
    return _text({"schema": SCHEMA, **_plain(evidence)}) + "\n"


def schema() -> str:
    """The JSON Schema (draft 2020-12) of `as_json`."""
    defined: dict[str, Any] = {}
    top = object_schema(Evidence, defined)
    top["properties"]["schema"] = {"const": SCHEMA, "description": "Version of this form."}
    top["required"] = sorted([*top["required"], "schema"])
    form = {
        "$schema": _DIALECT,
        "title": "Evidence of a benchmark of classical and deep methods",
        **top,
        "$defs": defined,
    }
    return _text(form) + "\n"


def _text(value: Any, indent: str = "") -> str:
    """JSON with sorted keys; a list of plain values stands in one line."""
    deeper = indent + " "
    if isinstance(value, dict) and value:
        rows = [
            f"{deeper}{json.dumps(key, ensure_ascii=False)}: {_text(value[key], deeper)}"
            for key in sorted(value)
        ]
        return "{\n" + ",\n".join(rows) + f"\n{indent}}}"
    if isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        rows = [deeper + _text(item, deeper) for item in value]
        return "[\n" + ",\n".join(rows) + f"\n{indent}]"
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _plain(value: Any) -> Any:
    """Dictionaries, lists and scalars of a value."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        own = {name: getattr(value, name) for name in _names(type(value))}
        absent = {n for n in WHERE_KNOWN.get(type(value), ()) if own[n] is None}
        return {name: _plain(item) for name, item in own.items() if name not in absent}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"evidence must hold finite numbers or None, not {value}")
    if value is None or isinstance(value, str | int | float):
        return value
    raise TypeError(f"evidence holds a {type(value).__name__}, which has no form in JSON")


@functools.cache
def _names(cls: type) -> tuple[str, ...]:
    """What is written of a dataclass: its fields and the numbers that it computes."""
    left_out = LEFT_OUT.get(cls, frozenset())
    fields = [f.name for f in dataclasses.fields(cls) if f.name not in left_out]
    return (*fields, *(name for name, _ in _computed(cls)))


def _computed(cls: type) -> Iterator[tuple[str, Any]]:
    """Public properties that are a number, with their types."""
    for name, member in vars(cls).items():
        if isinstance(member, property) and not name.startswith("_"):
            kind = typing.get_type_hints(member.fget).get("return")
            if kind in (int, float, bool):
                yield name, kind


def object_schema(cls: type, defined: dict[str, Any]) -> dict[str, Any]:
    """The schema of a dataclass; those that it holds are added to `defined`."""
    hints = typing.get_type_hints(cls)
    said = attributes(cls)
    properties = {}
    kinds = [(f.name, hints[f.name]) for f in dataclasses.fields(cls)]
    for name, kind in (*kinds, *_computed(cls)):
        if name in LEFT_OUT.get(cls, frozenset()):
            continue
        member = vars(cls).get(name)
        words = inspect.getdoc(member) if isinstance(member, property) else said.get(name)
        properties[name] = {
            **_kind(kind, defined),
            **({"description": " ".join(words.split())} if words else {}),
        }
    return {
        "type": "object",
        "description": " ".join((inspect.getdoc(cls) or "").partition("\n\n")[0].split()),
        "properties": properties,
        "required": sorted(properties.keys() - WHERE_KNOWN.get(cls, frozenset())),
        "additionalProperties": False,
    }


_SCALARS: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    type(None): {"type": "null"},
    Any: {},
}


def _kind(kind: Any, defined: dict[str, Any]) -> dict[str, Any]:
    """The schema of a type."""
    if kind in _SCALARS:
        return dict(_SCALARS[kind])
    if dataclasses.is_dataclass(kind):
        name = typing.cast(type, kind).__name__
        if name not in defined:
            defined[name] = {}  # before it is filled, since a type may hold itself
            defined[name] = object_schema(typing.cast(type, kind), defined)
        return {"$ref": f"#/$defs/{name}"}
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin is Literal:
        return {"enum": list(inner)}
    if origin in (types.UnionType, typing.Union):
        return {"anyOf": [_kind(one, defined) for one in inner]}
    if origin is dict or (isinstance(origin, type) and issubclass(origin, Mapping)):
        return {"type": "object", "additionalProperties": _kind(inner[1], defined)}
    if origin is tuple and inner[-1] is not Ellipsis:
        return {
            "type": "array",
            "prefixItems": [_kind(one, defined) for one in inner],
            "minItems": len(inner),
            "maxItems": len(inner),
        }
    if origin in (tuple, list):
        return {"type": "array", "items": _kind(inner[0], defined)}
    raise TypeError(f"no JSON Schema is known for {kind!r}")


_ENTRY = re.compile(r"^    (\w+(?:, \w+)*): (.*(?:\n      .*)*)", re.MULTILINE)


def attributes(cls: type) -> dict[str, str]:
    """What the docstring of a class says of each of its attributes.

    >>> from reports.evidence import Estimate
    >>> attributes(Estimate)["value"]
    'the estimate.'
    """
    section = (inspect.getdoc(cls) or "").partition("Attributes:\n")[2]
    section = re.split(r"\n\n\S", section, maxsplit=1)[0]
    found: dict[str, str] = {}
    for match in _ENTRY.finditer(section):
        for name in match[1].split(", "):
            found[name] = " ".join(match[2].split())
    return found
