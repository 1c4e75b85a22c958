"""What to say where images, or patients, are too few to be dealt into parts."""

from dataclasses import dataclass

from bench.data.strata import IN_WORDS
from bench.protocol.errors import DataError

_GIVE_PARTS = "give the parts yourself in a column 'split' of a manifest.csv"


class ClassTooSmall(DataError):
    """A class of which not every part can have some."""


@dataclass(frozen=True)
class Owner:
    """Whose images are dealt.

    Attributes:
        where: begins a message, such as "Folder x: "; "" where the caller says it.
        segments: whether classes are the strata of masks.
    """

    where: str = ""
    segments: bool = False

    def error(self, text: str, kind: type[DataError] = DataError) -> DataError:
        """A message that begins with where it is."""
        return kind(self.where + text if self.where else text[0].upper() + text[1:])

    def has(self, name: str, amount: "Amount") -> str:
        """What there is of a class.

        >>> Owner().has("a", Amount(6, 2, grouped=True))
        "class 'a' has 6 images of 2 patients"
        >>> Owner(segments=True).has("empty", Amount(1, 1, grouped=False))
        'of images with an empty mask there is 1'
        """
        if not self.segments:
            return f"class {name!r} has {amount}"
        are = "is" if amount.images == 1 else "are"
        return f"of {IN_WORDS[name]} there {are} {amount.images:,}{amount.units_behind}"


@dataclass(frozen=True)
class Amount:
    """How much there is to be dealt.

    Attributes:
        images: how many.
        units: what stays together: patients, or identical images.
        grouped: whether they are patients.
    """

    images: int
    units: int
    grouped: bool

    def __str__(self) -> str:
        """So many images, and of whom.

        >>> print(Amount(1, 1, grouped=False), Amount(6, 2, grouped=False), sep="; ")
        1 image; 6 images, 2 of them different
        """
        return f"{_number(self.images, 'image')}{self.units_behind}"

    @property
    def units_behind(self) -> str:
        """Of whom they are, to be put behind them."""
        if self.grouped:
            return f" of {_number(self.units, 'patient')}"
        if self.units == self.images:
            return ""
        return ", all the same" if self.units == 1 else f", {self.units:,} of them different"

    @property
    def others(self) -> str:
        """Whose images to add, to be put behind them."""
        return " of other patients" if self.grouped else ""

    def needed(self, number: int) -> str:
        """So many of what stays together."""
        if self.grouped:
            return _number(number, "patient")
        return str(number) if self.units == self.images else _number(number, "different image")

    @property
    def are(self) -> str:
        """The verb that goes with it."""
        return "is" if self.images == 1 else "are"


def to_split(owner: Owner, amount: Amount, needed: int) -> DataError:
    """Too few for train, val and test."""
    return owner.error(
        f"{amount} {amount.are} too few to be dealt into train, val and test; at least "
        f"{amount.needed(needed)} are needed. Add images{amount.others}, or {_GIVE_PARTS}."
    )


def to_validate(owner: Owner, amount: Amount, needed: int) -> DataError:
    """Too few in the training part for a fifth to be set aside."""
    return owner.error(
        f"the training part has {amount}, too few to set a fifth aside for validation; at least "
        f"{amount.needed(needed)} are needed. Add images{amount.others}, or give a validation "
        "part: val in the column 'split' of a manifest.csv, or a folder val beside train."
    )


def to_fold(owner: Owner, amount: Amount, folds: int) -> DataError:
    """Too few for so many folds."""
    return owner.error(
        f"{amount} {amount.are} too few for {folds} folds, one for each; at least "
        f"{amount.needed(folds)} are needed. Add images{amount.others}, or take "
        f"{_folds(amount.units)}."
    )


def beside_a_fold(owner: Owner, amount: Amount, fold: int, folds: int) -> DataError:
    """Too few beside a fold to train and to validate."""
    return owner.error(
        f"beside fold {fold} of {folds}, {amount} {amount.are} left, too few to train and to "
        f"validate. Add images{amount.others}, or take another number of --folds."
    )


def of_class(owner: Owner, name: str, amount: Amount, needed: int, in_folds: bool) -> DataError:
    """Too few of a class for each part to have some."""
    parts = f"{needed} folds need" if in_folds else "a split needs"
    each = "fold" if in_folds else "of train, val and test"
    ways = [f"Add images{'' if owner.segments else ' of it'}{amount.others}"]
    ways += [f"take {_folds(amount.units)}"] if in_folds else []
    if not owner.segments:
        ways += ["merge it with another class", "leave it out"]
    elif not in_folds:
        ways += [_GIVE_PARTS]
    return owner.error(
        f"{owner.has(name, amount)}; {parts} at least {amount.needed(needed)}, one for each "
        f"{each}. {', '.join(ways[:-1])}{',' * (len(ways) > 2)} or {ways[-1]}.",
        ClassTooSmall,
    )


def no_split(owner: Owner, name: str, amount: Amount) -> DataError:
    """No way of dealing has every class in every part; the class of which there is least."""
    every = "images of every kind" if owner.segments else "every class"
    return owner.error(
        f"no 60/20/20 split has {every} in every part: {owner.has(name, amount)}. Add "
        f"images{amount.others}, or {_GIVE_PARTS}."
    )


def _folds(units: int) -> str:
    if units < 2:
        return "no --folds"
    return "--folds 2" if units == 2 else f"--folds {units} or fewer"


def _number(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
