"""Names for places and files: lower case, ASCII, unique in one report."""

import re


def slug(text: str) -> str:
    """A name that is safe in a URL, an id and a file name of any system.

    >>> slug("Skin lesions (224 px)"), slug("<script>"), slug("数")
    ('skin-lesions-224-px', 'script', 'x')
    """
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:48].strip("-") or "x"


class Anchors:
    """Hands out slugs and never the same one twice.

    >>> anchors = Anchors()
    >>> anchors.new("A b"), anchors.new("a-B")
    ('a-b', 'a-b-2')
    """

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def new(self, text: str) -> str:
        """The slug of a text, numbered if it was given out before."""
        stem = name = slug(text)
        number = 1
        while name in self._taken:
            number += 1
            name = f"{stem}-{number}"
        self._taken.add(name)
        return name
