"""The single image beside a mask: `image.png` of `mask.png`, `x_flair.png` of `x_seg.png`, and `x`
of `x_gt`, which is a mask only where that image is there."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from bench.data.folders.names.mask_folders import image_of, stem
from bench.data.folders.names.mask_names import (
    is_called,
    without_image_word,
    without_mask_word,
)
from bench.data.folders.names.spelling import folded

_LAST_WORD = re.compile(r"[-_. ][^-_. /]+$")


def images_of_one_stem(masks: Mapping[str, str], images: Iterable[str]) -> dict[str, list[str]]:
    """The images that could be those of masks by what their names begin with.

    Args:
        masks: path of each → the path that an image of its name would have, without a suffix.
        images: paths of the images.

    >>> images_of_one_stem({"a/x_seg.png": "a/x"}, ["a/x_flair.png", "a/y_flair.png"])
    {'a/x_seg.png': ['a/x_flair.png']}
    """
    if not masks:
        return {}
    known: dict[str, list[str]] = defaultdict(list)
    for path in images:
        if start := without_last_word(folded(stem(path))):
            known[start].append(path)
    return {path: known[folded(name)] for path, name in masks.items() if folded(name) in known}


def without_last_word(name: str) -> str:
    """What a name or path begins with, "" where it has one word only.

    >>> without_last_word("a/x_1_flair"), without_last_word("a_b/flair")
    ('a/x_1', '')
    """
    start = _LAST_WORD.sub("", name)
    return "" if start == name else start


def called_just_image(stems: Iterable[str]) -> dict[str, str]:
    """Folder → the one path in it whose name says just that it is an image.

    Args:
        stems: paths without their suffixes, in small letters.

    >>> called_just_image(["a/image", "a/mask", "b/image", "b/img"])
    {'a': 'a/image'}
    """
    found: dict[str, list[str]] = defaultdict(list)
    for path in stems:
        folder, _, name = path.rpartition("/")
        if is_called("images", name):
            found[folder].append(path)
    return {folder: paths[0] for folder, paths in found.items() if len(paths) == 1}


def of_other_words(stems: Iterable[str]) -> dict[str, str]:
    """Masks by other words than those of `image_of`, or by a word in front → the one image beside
    each that has the rest of its name.

    Args:
        stems: paths without their suffixes, in small letters.

    >>> of_other_words(["a/x", "a/x_gt", "a/y_gt", "b/image_1", "b/mask_1"])
    {'a/x_gt': 'a/x', 'b/mask_1': 'b/image_1'}
    """
    names = list(dict.fromkeys(stems))
    short: dict[str, list[str]] = defaultdict(list)
    rests = {}
    for path in names:
        folder, slash, name = path.rpartition("/")
        rest = without_mask_word(name)
        if rest == name:
            short[path].append(path)
            if (bare := without_image_word(name)) != name:
                short[folder + slash + bare].append(path)
        elif not image_of(path):
            rests[path] = folder + slash + rest
    return {path: short[rest][0] for path, rest in rests.items() if len(short.get(rest, ())) == 1}
