"""What was named on the command line → places of images."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.data.folders.case import Case
from bench.data.folders.listing import image_table
from bench.data.folders.manifest import listed_images
from bench.data.folders.names.mask_folders import image_of, pair, stem
from bench.data.folders.names.mask_names import is_called, without_image_word
from bench.data.folders.names.one_stem import (
    called_just_image,
    images_of_one_stem,
    of_other_words,
    without_last_word,
)
from bench.data.folders.names.spelling import folded
from bench.data.folders.reading import AS_IT_IS, Reading
from bench.data.folders.tree import closed, is_utf8, not_utf8, shown, whole_tree_of
from bench.data.formats.kinds import is_image
from bench.deploy.pictures import Place
from bench.protocol.errors import DataError, UsageError, nearest_path


def places(paths: Sequence[Path], reading: Reading = AS_IT_IS) -> list[Place]:
    """Every image that some paths lead to, in their order.

    A folder with a manifest is what that lists; labels and patients are not needed. Of any other
    folder it is all images below it. Images of several folders are named after their folder,
    too. What is listed and not there, and what has a name that cannot be written, has a place with
    its problem.

    Raises:
        DataError: if a path does not exist, is no image, or leads to none.
        UsageError: if a case is named twice.
    """
    found: list[Place] = []
    folders = sum(path.is_dir() for path in paths)
    for path in paths:
        if path.is_dir():
            start = f"{shown(path.resolve().name)}/" if folders > 1 or len(paths) > folders else ""
            found += _of_folder(path, reading, start)
        elif path.is_file():
            if not is_image(path):
                raise DataError(f"{path}: is no image of a known kind.")
            if not is_utf8(str(path)):
                found.append(_lost(path.parent, path.name, "", not_utf8(path.parent, path.name)))
                continue
            masks = _masks_beside(path)
            case = Case(path.name, "", masks=tuple(mask.name for mask in masks))
            found.append(Place(path.parent, case, path.as_posix()))
        else:
            raise DataError(f"{path}: does not exist.{nearest_path(path)}")
    _refuse_twice(found)
    return found


def files_of(found: Sequence[Place], paths: Sequence[Path]) -> Iterator[Path]:
    """Every file that is read of some places, and what lists them in the folders among `paths`."""
    for place in found:
        if place.problem:
            continue
        yield place.root / place.case.path
        yield from (place.root / mask for mask in place.case.masks)
    for path in paths:
        if path.is_dir() and (table := image_table(path)) is not None:
            yield table.file


def _of_folder(root: Path, reading: Reading, start: str) -> Iterator[Place]:
    listed = image_table(root) is not None
    cases, absent = listed_images(root, reading) if listed else _images_below(root)
    for case in cases:
        yield Place(root, case, start + (case.listed or case.path))
    for path, problem in absent:
        yield _lost(root, path, start, problem)


def _lost(root: Path, path: str, start: str, problem: str) -> Place:
    name = shown(path)
    return Place(root, Case(name, ""), start + name, problem)


def _images_below(root: Path) -> tuple[list[Case], list[tuple[str, str]]]:
    """The images below a folder; and path and a sentence of those whose name is not UTF-8, and of
    folders that cannot be looked into."""
    tree = whole_tree_of(root)
    absent = [(path, not_utf8(root, path)) for path in tree.unnamed]
    absent += [(path, closed(root, path, why)) for path, why in sorted(tree.closed.items())]
    paired = pair(root, tree.images)
    stems = {folded(stem(path)): path for path in paired.images}
    masks = {path: list(paired.masks.get(path, ())) for path in paired.images}
    alone, unowned = [], {}
    just_image = called_just_image(stems)
    other_words = of_other_words(stems)
    for path in paired.images:
        own = folded(stem(path))
        name = image_of(own) or other_words.get(own, "")
        if is_called("masks", own.rpartition("/")[2]):
            name = just_image.get(own.rpartition("/")[0], "")
        owner = stems.get(name)
        if owner is not None:
            masks[owner].append(path)
        elif name:
            unowned[path] = name
        alone += [path] if owner is None else []
    bare = [path for path in alone if path not in unowned]
    owned, taken = {path for path in bare if masks[path]}, set()
    for path, owners in images_of_one_stem(unowned, bare).items():
        if len(owners) == 1 and owners[0] not in owned:
            masks[owners[0]].append(path)
            taken.add(path)
    alone = [path for path in alone if path not in taken]
    if not alone:
        raise DataError(absent[0][1] if absent else f"Folder {root} holds no images.")
    return [Case(path, "", masks=tuple(masks[path])) for path in alone], absent


def _masks_beside(path: Path) -> list[Path]:
    own = stem(path.name)
    names = [each for each in path.parent.glob(f"{_escaped(own)}_*") if is_image(each)]
    found = sorted(each for each in names if image_of(stem(each.name)) == own)
    return found or _masks_of_other_words(path) or _masks_of_one_stem(path)


def _masks_of_other_words(path: Path) -> list[Path]:
    own = stem(path.name)
    rest = _escaped(without_image_word(own))
    names = {
        each for form in (f"{_escaped(own)}*", f"*{rest}.*") for each in path.parent.glob(form)
    }
    beside = {folded(stem(each.name)): each for each in names if is_image(each)}
    owners = of_other_words(beside)
    return sorted(beside[mask] for mask, owner in owners.items() if owner == folded(own))


def _masks_of_one_stem(path: Path) -> list[Path]:
    """Masks that are called just so beside what is called just image; or that are called like an
    image but for its last word, if it is the only such image."""
    if is_called("images", stem(path.name).lower()):
        images = [each for each in path.parent.iterdir() if is_image(each)]
        only = called_just_image(stem(each.name).lower() for each in images)
        masks = [each for each in images if is_called("masks", stem(each.name).lower())]
        return sorted(masks) if only else []
    start = without_last_word(stem(path.name))
    names = [each.name for each in path.parent.glob(f"{_escaped(start)}*") if is_image(each)]
    if not start or image_of(stem(path.name)) or start in map(stem, names):
        return []
    called = {name: start for name in names if image_of(stem(name)) == start}
    owners = images_of_one_stem(called, [name for name in names if not image_of(stem(name))])
    return sorted(path.parent / mask for mask, own in owners.items() if own == [path.name])


def _escaped(text: str) -> str:
    return "".join(f"[{c}]" if c in "*?[" else c for c in text)


def _refuse_twice(found: Sequence[Place]) -> None:
    """A link to a folder is that folder; one to a file is an image of its own."""
    names: set[str] = set()
    files: dict[str, str] = {}
    folders: dict[str, str] = {}
    for place in found:
        if place.problem:
            continue
        folder, file = os.path.split(os.path.join(place.root, place.case.path))
        if folder not in folders:
            folders[folder] = os.path.realpath(folder)
        real = place.case.called(os.path.join(folders[folder], file))
        own = place.id
        if own in names or real in files:
            also = files.get(real, own)
            said = own if also == own else f"{own} (also as {also})"
            raise UsageError(f"{said} is named twice. Name each image once.")
        names.add(own)
        files[real] = own
