"""Which of two classes is to be found, told by their names."""

import re

_NOTHING = frozenset(
    {"0", "absent", "benign", "control", "controls", "false", "healthy", "negative", "no", "none"}
    | {"nofinding", "nofindings", "normal", "notumor", "notumour", "unaffected", "uninfected"}
    | {"neg"}
)
_FIRST = frozenset(
    {"absent", "benign", "control", "healthy", "negative", "no", "non", "normal", "not", "without"}
)
"""The first of several words of such a name, as in `no finding` or `non-COVID`."""
_BEFORE_OTHER = ("no", "non", "not")
"""What, before the other class's name, says the same, as in `nondemented`."""
_OF_A_CLASS = ("class", "label")
"""What may stand before the name of a class and says nothing of it, as in `class normal`."""

_BETWEEN = re.compile(r"[\s_\-]+|(?<=[a-z])(?=[A-Z])")


def positive_class(class_names: tuple[str, ...]) -> int:
    """Which of two classes is to be found: the one whose name does not say "nothing found".

    Capitals, spaces, `_`, `-` and a first word `class` or `label` make no difference; of several
    names separated by commas each has to say it. Where the names do not tell, it is the second.

    >>> positive_class(("malignant", "normal"))
    0
    >>> positive_class(("malignant", "normal, benign"))
    0
    >>> positive_class(("Effusion", "No Finding")), positive_class(("COVID", "Non-COVID"))
    (0, 0)
    >>> positive_class(("class cancer", "class normal"))
    0
    >>> positive_class(("a", "b"))
    1
    """
    first, second = class_names
    return 0 if _says_nothing(second, first) and not _says_nothing(first, second) else 1


def says_nothing_found(name: str) -> bool:
    """Whether the name of a class, by itself, says that nothing was found.

    >>> [says_nothing_found(name) for name in ("No Finding", "Non-COVID", "malignant")]
    [True, True, False]
    """
    return _says_nothing(name, "")


def _says_nothing(name: str, other: str) -> bool:
    whole = "".join(_words(other))
    opposite = {start + whole for start in _BEFORE_OTHER}
    return all(_is_negative(_words(part), opposite) for part in name.split(","))


def _is_negative(words: list[str], opposite: set[str]) -> bool:
    joined = "".join(words)
    return joined in _NOTHING or joined in opposite or (len(words) > 1 and words[0] in _FIRST)


def _words(name: str) -> list[str]:
    words = _BETWEEN.sub(" ", name.strip()).casefold().split()
    return words[1:] if len(words) > 1 and words[0] in _OF_A_CLASS else words
