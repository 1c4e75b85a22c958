"""How stored dataclasses are turned into JSON objects and back."""

import dataclasses
from collections.abc import Mapping
from typing import Any, Self


class JsonRecord:
    """To and from a JSON object, field by field."""

    def as_json(self) -> dict[str, Any]:
        """The object as JSON-able dictionaries and lists."""
        return dataclasses.asdict(self)  # type: ignore[call-overload,no-any-return]

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The object that `as_json` described; lists come back as tuples.

        Raises:
            KeyError: if a field without a default is missing.
        """
        values = {}
        for item in dataclasses.fields(cls):  # type: ignore[arg-type]
            if item.name in data:
                value = data[item.name]
                values[item.name] = tuple(value) if isinstance(value, list) else value
            elif item.default is item.default_factory is dataclasses.MISSING:
                raise KeyError(item.name)
        return cls(**values)
