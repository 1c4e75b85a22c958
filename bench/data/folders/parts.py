"""How people call the parts of a data set."""

import re
from collections.abc import Mapping

from bench.data.dataset import SplitName

_WORDS: Mapping[str, SplitName] = {
    "train": "train",
    "training": "train",
    "tr": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "validate": "val",
    "dev": "val",
    "development": "val",
    "test": "test",
    "testing": "test",
    "ts": "test",
    "holdout": "test",
}
_BESIDE = frozenset(
    {"set", "data", "dataset", "split", "part", "seg", "image", "images", "img", "imgs", "folder"}
)  # words that say nothing of which part it is
_RUN_TOGETHER = re.compile(r"(?:images?|imgs?|data|seg)?(train(?:ing)?|valid(?:ation)?|val|dev|"
                           r"test(?:ing)?)(?:set|data|images?|imgs?|split|ing)?")  # fmt: skip


def part_of(name: str) -> SplitName | None:
    """Which part a folder, or a cell of the column `split`, names; None where it names none.

    >>> [part_of(n) for n in ("Training", "Train Set", "seg_train", "imagesTr", "dev", "trainer")]
    ['train', 'train', 'train', 'train', 'val', None]
    """
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    words = [word for word in re.split(r"[^a-z0-9]+", spaced.lower()) if word]
    telling = [word for word in words if word not in _BESIDE]
    if len(telling) != 1:
        return None
    if telling[0] in _WORDS:
        return _WORDS[telling[0]]
    match = _RUN_TOGETHER.fullmatch(telling[0])
    return _WORDS[match[1]] if match else None
