"""What the description of the API says of its places: what they take, and how they refuse."""

from collections.abc import Sequence
from typing import Any

from fastapi import Depends
from fastapi.security import HTTPBearer

from bench.deploy.serve.answers import Refusal

IMAGE = {
    "requestBody": {
        "required": True,
        "description": "The file itself: PNG, JPEG, TIFF, BMP, WebP, GIF, JPEG 2000, DICOM, NIfTI.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
LABEL = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["receipt", "label"],
                    "properties": {
                        "receipt": {"type": "string", "description": "Of the answer."},
                        "label": {"type": "string", "description": "A class."},
                        "frame": {"type": "integer", "nullable": True, "minimum": 1},
                    },
                }
            }
        },
    }
}

OF_IMAGE = (408, 413, 422, 429, 503)
"""Statuses by which an upload is refused, behind the guard."""

OF_LABEL = (404, 408, 409, 413, 422, 429, 503)
"""The same of a label."""

_OF_GUARD = (400, 403, 414, 415, 421, 431)  # of a request of any kind
_OF_DOOR = (401, 429)  # of a token


def open_to_all() -> dict[str, Any]:
    """What is to be said of a place that wants no token."""
    return {"responses": _refusals(_OF_GUARD)}


def behind_door(tokens: bool, further: Sequence[int] = ()) -> dict[str, Any]:
    """What is to be said of a place that wants a token, where they are in force.

    Args:
        tokens: whether they are.
        further: statuses by which the place itself refuses.
    """
    if not tokens:
        return {"responses": _refusals((*_OF_GUARD, *further))}
    bearer = HTTPBearer(
        scheme_name="token",
        description="What 'python -m bench tokens new NAME' printed.",
        auto_error=False,  # the guard has looked at it
    )
    return {
        "responses": _refusals((*_OF_GUARD, *_OF_DOOR, *further)),
        "dependencies": [Depends(bearer)],
    }


def _refusals(statuses: Sequence[int]) -> dict[int | str, dict[str, Any]]:
    return {status: {"model": Refusal} for status in sorted(set(statuses))}
