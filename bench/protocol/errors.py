"""The errors that a user can put right.

    BenchError                  exit status 2, one line, no traceback
    ├── UsageError              a flag or a name on the command line
    ├── StudyError              a study that cannot be run as written
    ├── DataError               a data set that cannot be used as it is
    │   ├── DataUnavailable     a data set that is not here and cannot be had now
    │   └── DataUnsuitable      sound, but without a class for every image
    ├── PluginError             a plugin that cannot be found or loaded, or whose name is taken
    ├── ContractError           a method or data source that breaks the protocol
    ├── WeightsError            pretrained weights that are not those that a study began with
    ├── ResultsError            a results folder that cannot be read or written
    │   └── DamagedResults      a stored file that is not as it was written
    └── BundleError             a bundle that cannot be made, is not trusted, or is not as it was

A message says what is wrong, where, and what to do about it.
"""

import errno
import os
import re
from collections.abc import Iterable
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path

_BREAKS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")  # of lines, and what steers terminals

MOST_COMPARED = 10_000
"""Options, such as names in a folder, with which a mistyped word is compared letter by letter."""

_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)
_IN_THE_WAY = (errno.ENOTDIR, errno.EEXIST)  # a file where a folder is needed
_LONGEST = 500  # characters of what any exception says; it may quote a whole array


class BenchError(Exception):
    """Anything that the user can put right."""

    def __str__(self) -> str:
        """The message in one line, whatever it quotes.

        >>> str(DataError("no column 'a\\nb'."))
        "no column 'a b'."
        """
        return _BREAKS.sub(" ", super().__str__())


class UsageError(BenchError):
    """A flag or a name on the command line that means nothing here."""


class StudyError(BenchError):
    """A study that cannot be run as written."""


class DataError(BenchError):
    """A data set that cannot be used as it is."""


class DataUnavailable(DataError):
    """A data set that is not on this machine and cannot be had now."""


class DataUnsuitable(DataError):
    """A data set that is sound, but whose images have no classes, or not all of them.

    `--all` leaves it out, which is no failure.
    """


class PluginError(BenchError):
    """A plugin that cannot be found or loaded, or whose name is taken."""


class ContractError(BenchError):
    """A method or a data source that breaks the protocol."""


class WeightsError(BenchError):
    """Pretrained weights that are not those that a study began with."""


class ResultsError(BenchError):
    """A results folder that cannot be read or written."""


class DamagedResults(ResultsError):
    """A stored file that is not as it was written.

    Attributes:
        what: the file, and how that shows.
    """

    def __init__(self, file: Path, reason: object = "it is not as it was written") -> None:
        self.what = f"{file} is damaged or was changed by hand ({reason})"
        super().__init__(
            f"{self.what}. The next run with this folder sets it aside and makes it again."
        )


class BundleError(BenchError):
    """A bundle that cannot be made, is not trusted, or is not as it was written."""


def one_line(error: BaseException) -> str:
    """Type and message of any exception, of ours the message, in a line of 500 characters at most.

    >>> one_line(ValueError("no\\n  luck")), one_line(MemoryError())
    ('ValueError: no luck', 'MemoryError')
    """
    if isinstance(error, BenchError):
        return str(error)[:_LONGEST]
    name = type(error).__name__
    text = reason(error)
    return name if text == name else f"{name}: {text}"[:_LONGEST]


def reason(error: object) -> str:
    """The message of any exception in one line, to be quoted in a sentence; else its type.

    >>> reason(OSError(2, "No such file", "a.png")), reason(TimeoutError())
    ("[Errno 2] No such file: 'a.png'", 'TimeoutError')
    """
    try:
        text = " ".join(str(error).split())
    except Exception:  # a plugin's exception may fail to describe itself
        text = ""
    return text[:_LONGEST] or type(error).__name__


def way_out(error: OSError) -> str:
    """What to do about a file that cannot be written, the beginning of a sentence.

    >>> way_out(PermissionError(13, "Permission denied")), way_out(OSError(28, "No space left"))
    ('Allow writing there', 'Free some space')
    """
    if error.errno in _FORBIDDEN:
        return "Allow writing there"
    if error.errno in _IN_THE_WAY:
        return "Move the file in the place of a folder"
    return "Free some space"  # a full disk may have no number: NumPy tells only what it wrote


def nearest(word: str, options: Iterable[str]) -> str | None:
    """The option that a mistyped word may have meant, whatever its case; None where none is near.

    Of very many only one that differs in case alone.

    >>> nearest("Swm", ["svm", "xgboost"]), nearest("stain", ["ghosting", "stain-deposits"])
    ('svm', 'stain-deposits')
    """
    lower = {option.lower(): option for option in sorted(options)}
    wanted = word.lower()
    if len(lower) > MOST_COMPARED:  # to compare all of them takes long
        return lower.get(wanted)
    begun = [option for option in lower if len(wanted) > 2 and option.startswith(wanted)]
    near = begun if len(begun) == 1 else get_close_matches(wanted, lower, n=1, cutoff=0.6)
    return lower[near[0]] if near else None


def did_you_mean(word: str, options: Iterable[str]) -> str:
    """The sentence that names the nearest option, or all of them where none is near.

    >>> did_you_mean("swm", ["svm", "xgboost"])
    "Did you mean 'svm'?"
    >>> did_you_mean("lasso", ["svm", "xgboost"])
    'Known: svm, xgboost.'
    """
    options = sorted(options)
    near = nearest(word, options)
    if near is not None:
        return f"Did you mean {near!r}?"
    if not options:
        return "There is none."
    return f"Known: {', '.join(options)}."


def dead_link(path: Path, folder: Path = Path()) -> str:
    """A sentence, after a space, where a path is, or lies below, a link that leads nowhere; or "".

    Args:
        path: as the user wrote it.
        folder: that it is relative to.
    """
    for link in (path, *path.parents):
        with suppress(OSError, ValueError):
            if (folder / link).is_symlink() and not (folder / link).exists():
                name = "It" if link == path else f"{link}"
                target = os.readlink(folder / link)
                return f" {name} is a link that leads nowhere, to {target}. Correct or remove it."
    return ""


def nearest_path(path: Path, folder: Path = Path()) -> str:
    """A sentence, after a space, that names what is called nearly as a path that does not exist.

    Names are compared without their endings, those of the same ending first. Of a link that leads
    nowhere it says that. "" where nothing beside it is called so, or where its folder cannot be
    looked into.

    Args:
        path: as the user wrote it.
        folder: that it is relative to.
    """
    if said := dead_link(path, folder):
        return said
    try:
        beside = [Path(found.name) for found in (folder / path).parent.iterdir()]
    except OSError:
        return ""
    alike = [found for found in beside if found.suffix.lower() == path.suffix.lower()]
    for known in (alike, beside):
        stem = nearest(path.stem, [found.stem for found in known])
        if stem is not None:
            names = sorted(found.name for found in known if found.stem == stem)
            near = nearest(path.name, names) or names[0]
            return f" Did you mean {str(path.with_name(near))!r}?"
    return ""
