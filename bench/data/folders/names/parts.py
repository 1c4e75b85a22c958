"""How people call the parts of a data set."""

import re
from collections.abc import Iterable, Mapping, Sequence

from bench.data.dataset import SplitName

_WORDS: Mapping[str, SplitName] = {
    "train": "train",
    "training": "train",
    "tr": "train",
    "derivation": "train",
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
_SHORT = frozenset(
    {"tr", "ts", "dev", "development", "derivation"}
)  # which beside others mean other things
_LETTERS = re.compile(r"[A-Za-z]*")
_CODES = frozenset({"tr", "ts", "te", "va", "dev"})  # and of classes, such as a valve's
_YEAR = re.compile(r"(?:19|20)\d\d")
_NUMBERED = re.compile(r"([a-z]+)(?:(?:19|20)\d\d|(?<=[a-z]{3})\d)")  # train2017, test1
_RUN_TOGETHER = re.compile(r"(?:images?|imgs?|data|seg)?(train(?:ing)?|valid(?:ation)?|val|dev|"
                           r"test(?:ing)?)(?:set|data|images?|imgs?|split|ing)?")  # fmt: skip


def part_of(name: str) -> SplitName | None:
    """Which part a folder, or a cell of the column `split`, names; None where it names none.

    A year, or one digit, may stand behind the word.

    >>> [part_of(n) for n in ("Training", "Train Set", "seg_train", "imagesTr", "dev", "trainer")]
    ['train', 'train', 'train', 'train', 'val', None]
    >>> [part_of(n) for n in ("train2017", "val_2017", "test1", "2017", "grade1", "test 12")]
    ['train', 'val', 'test', None, None, None]
    """
    words = [word for word in words_of(name) if word not in _BESIDE and not _YEAR.fullmatch(word)]
    return part_of_words(words, alone=True)


def is_code(name: str) -> bool:
    """Whether the name of a part may as well be the code of a class, such as TR, a regurgitation.

    >>> [is_code(name) for name in ("TR", "imagesTr", "train")]
    [True, False, False]
    """
    return name.strip().lower() in _CODES


def parts_of_cells(cells: Iterable[str]) -> dict[str, SplitName | None]:
    """Cell of a column → the part that it names, None where it names none.

    What papers call the development part is what models are made of: where no cell is train, it is.

    >>> parts_of_cells(["development", "validation"])
    {'development': 'train', 'validation': 'val'}
    >>> parts_of_cells(["train", "dev", "test"])
    {'train': 'train', 'dev': 'val', 'test': 'test'}
    """
    read = {cell: part_of(cell) for cell in cells}
    if "train" in read.values():
        return read
    return {
        cell: "train" if part == "val" and _is_development(cell) else part
        for cell, part in read.items()
    }


def _is_development(cell: str) -> bool:
    return any(word.startswith("dev") for word in words_of(cell))


def words_of(name: str) -> list[str]:
    """The words of a name, in small letters.

    >>> words_of("ISIC2018_Task1_Training-GroundTruth")
    ['isic2018', 'task1', 'training', 'ground', 'truth']
    """
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return [word for word in re.split(r"[^a-z0-9]+", spaced.lower()) if word]


def part_of_words(words: Sequence[str], alone: bool = False) -> SplitName | None:
    """The one part that some words name; None where they name none, or several.

    Args:
        words: see `words_of`.
        alone: whether there must be no other word.
    """
    found = {part for word in words if (part := _part_of_word(word))}
    return found.pop() if len(found) == 1 and not (alone and len(words) != 1) else None


def part_of_a_word(name: str) -> SplitName | None:
    """Which one part a folder names, among whatever other words; None where it names none, or two.

    >>> [part_of_a_word(n) for n in ("train_aug", "Test_4cls", "dev", "dev_site", "train_val")]
    ['train', 'test', 'val', None, None]
    """
    words = [word for word in words_of(name) if word not in _SHORT]
    return part_of(name) or part_of_words(words)


def parts_begun_with(names: Iterable[str]) -> tuple[str, ...]:
    """What names begin with, where that is a part for each of them, and not the same for all.

    >>> parts_begun_with(["testA_1", "testB_1", "train_1", "train_2"])
    ('train', 'testA', 'testB')
    >>> parts_begun_with(["train_1", "train_2"]), parts_begun_with(["train_1", "trail_1", "test1"])
    ((), ())
    """
    found: dict[str, SplitName] = {}
    for name in names:
        begun = _LETTERS.match(name)
        first = begun[0] if begun else ""
        if first not in found:
            part = part_of_words(words_of(first))
            if part is None:
                return ()
            found[first] = part
    if len(set(found.values())) < 2:
        return ()
    order: list[SplitName] = ["train", "val", "test"]
    return tuple(sorted(found, key=lambda first: (order.index(found[first]), first)))


def _part_of_word(word: str) -> SplitName | None:
    if word in _WORDS:
        return _WORDS[word]
    if numbered := _NUMBERED.fullmatch(word):
        return _part_of_word(numbered[1])
    match = _RUN_TOGETHER.fullmatch(word)
    return _WORDS[match[1]] if match else None
