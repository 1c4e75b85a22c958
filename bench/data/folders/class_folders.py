"""A folder with a sub-folder per class → the list of its cases.

What is a part and what is a class is told by what lies in the folders; those without images mean
nothing. `x_mask.png`, `x_mask_1.png`, `x_seg.png` and so on are masks of the image `x`, or of the
only one called `x` and another word (`x_flair`); `x_gt`, `mask_x` and the like are where an image
`x` or `image_x` lies beside them; and so are images of the same name in a folder `masks` beside
that of the images. Where no image has a mask, a name like `with_mask_1.png` is one
of an image.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from sys import intern

from bench.data.folders.case import HOW, Case
from bench.data.folders.names.cases import PATIENT, is_of_a_case
from bench.data.folders.names.levels import (
    Places,
    parts_below,
    parts_by_a_word,
    refuse_classes_below,
)
from bench.data.folders.names.mask_folders import IMAGES, Paired, image_of, of_either, pair, stem
from bench.data.folders.names.mask_names import is_called, kind_of_folder
from bench.data.folders.names.mask_pairs import pairs_of, refuse_unclear
from bench.data.folders.names.one_stem import (
    called_just_image,
    images_of_one_stem,
    of_other_words,
)
from bench.data.folders.names.parts import is_code, part_of, words_of
from bench.data.folders.names.spelling import folded, spellings
from bench.data.folders.reading import Listing
from bench.data.folders.referred_images import masks_by_reference
from bench.data.folders.said import folders_as_classes, joined_labels, left_out, part_as_class
from bench.data.folders.tree import Tree, tree_of
from bench.data.formats.annotations import annotations_beside
from bench.protocol.cards import CheckFinding
from bench.protocol.errors import DataError, DataUnsuitable

_FEW = 4  # classes that may be called so
_OF_ARCHIVES = frozenset(
    {"image", "images", "img", "imgs", "part", "batch", "chunk", "vol", "volume", "archive"}
)
_WITHOUT_CLASS = frozenset(
    {"pred", "predict", "prediction", "predictions", "unlabeled", "unlabelled"}
)  # folders beside those of classes
_TABLES = (".csv", ".tsv", ".txt", ".xlsx", ".xls", ".ods")


@dataclass
class _Placed:
    """Where images lie.

    Attributes:
        cases: those that have a class.
        strays: why others have none → how many.
        said: what folders were taken for, where their names do not say it plainly.
    """

    cases: list[Case] = field(default_factory=list)
    strays: dict[str, int] = field(default_factory=dict)
    said: list[CheckFinding] = field(default_factory=list)

    def stray(self, why: str) -> None:
        """Count an image without a class."""
        self.strays[why] = self.strays.get(why, 0) + 1


def cases_of_folders(root: Path) -> Listing:
    """Every case of a folder, in the order of the paths, and what was left out.

    Args:
        root: with a sub-folder per class, or with train, val and test that have such.

    Raises:
        DataUnsuitable: if there are images with masks, and no classes.
        DataError: if there is no image in a sub-folder, or it is not certain which mask belongs to
            which image, or which folders are classes.
    """
    tree = tree_of(root)
    paired = pair(root, tree.images)
    placed = _placed(root, paired, tree.images)
    kinds = {kind_of_folder(label) for label in {case.label for case in placed.cases}}
    if {"images", "masks"} <= kinds:
        refuse_unclear(root, pairs_of(tree.images))
        raise _one_set(root)
    if not placed.cases:
        raise _without_classes(root, tree, paired)
    found = with_masks_beside(root, placed.cases)
    labels = spellings(case.label for case in found)
    if labels.joined:
        found = [replace(case, label=intern(labels.chosen[case.label])) for case in found]
    others = [f"{n:,} {'image' if n == 1 else 'images'} {why}" for why, n in placed.strays.items()]
    if tree.repeated:
        others.append(f"{len(tree.repeated):,} links to folders that are read already")
    said = [left_out(tree.others, others), joined_labels(labels)]
    names = {case.label for case in found}
    if len(names) > _FEW and all(map(is_of_a_case, names)):
        said.append(folders_as_classes([*names]))
    return Listing(found, (*said, *placed.said), closed=tree.unreadable(root))


def _without_classes(root: Path, tree: Tree, paired: Paired) -> DataError:
    if paired.masks or masks_by_reference(root, tree.images)[0]:
        return _one_set(root)
    n = sum(tree.others.values())
    kinds = ", ".join(suffix or "no suffix" for suffix in sorted(tree.others))
    files = "file of another kind lies" if n == 1 else "files of other kinds lie"
    seen = f" {n:,} {files} there ({kinds[:200]})." if n else ""
    return DataError(
        f"Folder {root} holds no images in sub-folders.{seen}{table_beside(root)} {HOW}"
    )


def _one_set(root: Path) -> DataUnsuitable:
    return DataUnsuitable(
        f"Folder {root} is one set of images with masks and without classes. To segment, add "
        "--task segmentation; to classify, write a manifest.csv with the columns path, label and "
        "mask."
    )


def table_beside(root: Path) -> str:
    """What to do with a table that lies beside the images and is not called like a manifest, or
    with outlines and boxes, a sentence after a space; "" if there is none."""
    found = sorted(file.name for file in root.iterdir() if file.suffix.lower() in _TABLES)
    if not found:
        return annotations_beside(root)
    which = found[0] if len(found) == 1 else f"one of {', '.join(found[:5])}"
    return (
        f" If {which} lists the images, save it as manifest.csv and say which columns are meant: "
        "--column path=THEIRS --column label=THEIRS."
    )


def _placed(root: Path, paired: Paired, images: Sequence[str]) -> _Placed:
    places: Places = [(path, _folders(path, paired.beside)) for path in paired.images]
    skipped = _wrapper(root, places)
    places = [(path, names[1:] if skipped else names) for path, names in places]
    inner = [(p, names) for p, names in places if names and names[0].lower() not in _WITHOUT_CLASS]
    tops = sorted({names[0] for _, names in places if names})
    parts = {top: part for top in tops if (part := part_of(top))}
    deep = {names[0] for _, names in places if len(names) > 1}
    told = parts_by_a_word(inner)
    said: list[CheckFinding | None] = [told.said] if told else []
    others = {names[0] for _, names in inner} - parts.keys()
    if told:
        parts = {**told.of}
    elif others and not deep and len(parts) == 1 and is_code(first := next(iter(parts))):
        said.append(part_as_class(first, parts[first]))
        parts = {}
    elif "train" in parts.values() or (parts and len(parts) == len(tops)):
        _refuse_one_part_numbered(root, places, parts)
        if not deep & parts.keys():
            raise _parts_without_classes(root, parts)
        _refuse_unknown_part(root, places, parts)
    elif told := parts_below(root, inner):
        said.append(told.said)
        parts = {**told.of}
        moved = dict(told.places)
        places = [(path, moved.get(path, names)) for path, names in places]
        inner = [*told.places]
        tops = sorted({names[0] for _, names in places if names})
    else:
        parts = {}
    below = [(p, names[1:]) for p, names in inner if names[0] in parts and len(names) > 1]
    said.append(refuse_classes_below(root, below if parts else inner))
    classless = {top for top in tops if top.lower() in _WITHOUT_CLASS}
    if parts or len(tops) - len(classless) < 2:
        classless = set()
    placed = _Placed(said=[finding for finding in said if finding])
    for path, names in places:
        masks = paired.masks.get(path, ())
        if not names:
            placed.stray("beside the folders")
        elif names[0] in classless:
            placed.stray(f"in the folder {names[0]!r}, which is no class")
        elif names[0] in parts and len(names) == 1:
            placed.stray(f"in {names[0]!r} beside the folders of classes")
        elif parts and names[0] not in parts:
            placed.stray(f"in the folder {names[0]!r}, which is no part")
        elif parts:
            placed.cases.append(Case(path, intern(names[1]), parts[names[0]], "", masks))
        else:
            placed.cases.append(Case(path, intern(names[0]), "", "", masks))
    _refuse_other_folders(root, sorted({case.label for case in placed.cases}), images)
    return placed


def _parts_without_classes(root: Path, parts: Mapping[str, str]) -> DataError:
    taken = " and ".join(f"{name!r} for {part}" for name, part in parts.items())
    hold, were = ("holds", "was") if len(parts) == 1 else ("hold", "were")
    return DataError(
        f"Folder {root}: {' and '.join(map(repr, parts))} {hold} images and no sub-folders of "
        f"classes, and {were} taken for parts: {taken}. If a class is called so, rename its "
        f"folder, for example to 'class {next(iter(parts))}'.{table_beside(root)} {HOW}"
    )


def _refuse_one_part_numbered(root: Path, places: Places, parts: Mapping[str, str]) -> None:
    """Refuse folders such as test1 and test2 that are all of one part and share no two classes:
    they may be the classes."""
    if len(parts) < 2 or len(set(parts.values())) > 1:
        return
    below: dict[str, set[str]] = {}
    for _, names in places:
        if len(names) > 1 and names[0] in parts:
            below.setdefault(names[1].lower(), set()).add(names[0])
    if len(below) > 1 and any(len(tops) > 1 for tops in below.values()):
        return
    first, second = list(parts)[:2]
    raise DataError(
        f"Folder {root}: {first!r} and {second!r} are called like parts, both {parts[first]}, and "
        "share no sub-folders of classes. If they are classes, rename them, for example to 'class "
        f"{first}', or write a manifest.csv with the columns path and label. If they are parts, "
        "each needs a sub-folder per class, and train and test have to be among them."
    )


def _folders(path: str, beside: frozenset[str]) -> list[str]:
    """The folders that an image lies in, without one of images that is beside one of masks."""
    names = path.split("/")[:-1]
    return [
        name
        for i, name in enumerate(names)
        if not (name.lower() in IMAGES and "/".join(names[:i]) in beside)
    ]


def _wrapper(root: Path, places: Places) -> bool:
    """Whether a single folder holds all others, as archives have it, and is no class."""
    tops = {names[0] if names else "" for _, names in places}
    if len(tops) != 1 or "" in tops or any(len(names) < 2 for _, names in places):
        return False
    top = tops.pop()
    below = [(path, names[1:]) for path, names in places]
    named = top.lower() in IMAGES or top.lower() == root.resolve().name.lower()
    return named or all(part_of(names[0]) for _, names in below) or bool(parts_by_a_word(below))


def _refuse_unknown_part(root: Path, places: Places, parts: Mapping[str, str]) -> None:
    """Refuse a folder that looks like a part, by its classes, and is not called like one; and any
    other beside a single part whose name may as well be the code of a class."""
    first, part = next(iter(parts.items()))
    code = len(parts) == 1 and is_code(first)
    classes = {names[1].lower() for _, names in places if len(names) > 1 and names[0] in parts}
    for _, names in places:
        if not names or names[0] in parts:
            continue
        same = len(names) > 1 and names[1].lower() in classes
        if same or (code and names[0].lower() not in _WITHOUT_CLASS):
            alone = f" If {first!r}, which was taken for {part}, is a class, rename it, for "
            alone += f"example to 'class {first}'."
            raise DataError(
                f"Folder {root}: {names[0]!r} holds {'classes' if same else 'images'}, as "
                f"{first!r} does, and is not called like a part. Rename it to train, val or test, "
                f"or move it away.{alone * (len(parts) == 1)}"
            )


def _refuse_other_folders(root: Path, names: Sequence[str], images: Sequence[str]) -> None:
    """A study is often stored with a folder per patient, which would become as many classes, and
    an archive in several folders of images."""
    bare = {re.sub(r"\d+(?=\D*$)", "", name) for name in names}
    if len(names) > len(bare) == 1 and _OF_ARCHIVES & set(words_of(bare.pop())):
        raise DataError(
            f"Folder {root}: its sub-folders {names[0]!r} and {names[1]!r} are called like parts "
            f"of an archive, and here a sub-folder is a class.{table_beside(root)} {HOW}"
        )
    if len(names) > _FEW and all(map(PATIENT.fullmatch, names)):
        masked = bool(pairs_of(images).masks)
        raise DataError(
            f"Folder {root}: its sub-folders, such as {names[0]!r}, are called like patients, and "
            "nothing tells the class of an image. "
            f"{'To find its masks: --task segmentation. ' * masked}To classify, write a "
            f"manifest.csv with the columns path, label{', mask' * masked} and group."
            f"{table_beside(root)}"
        )


def with_masks_beside(root: Path, found: Sequence[Case]) -> list[Case]:
    """The cases without those that are masks of others, which have them.

    Raises:
        DataError: if something is called like a mask, and its image is not there, there are two
            whose names differ in case or in how letters are composed alone, or several that are
            called like it but for their last word.
    """
    stems: dict[str, str] = {}
    twice: dict[str, tuple[str, str]] = {}
    for case in found:
        own = stem(case.path)
        first = stems.setdefault(folded(own), own)
        if first != own:
            twice[folded(own)] = (first, own)
    masks: dict[str, list[str]] = {}
    images, unowned = [], {}
    just_image = called_just_image(stems)
    other_words = of_other_words(stems)
    for case in found:
        own = folded(stem(case.path))
        owner = image_of(own) or other_words.get(own, "")
        if is_called("masks", own.rpartition("/")[2]):
            owner = just_image.get(own.rpartition("/")[0], "")
        if owner in twice:
            raise of_either(root / case.path, *twice[owner])
        if owner in stems:
            masks.setdefault(owner, []).append(case.path)
        elif owner:
            unowned[case.path] = owner
        else:
            images.append(case)
    lonely = dict.fromkeys(unowned)
    owned = {*masks}
    for path, owners in images_of_one_stem(unowned, [case.path for case in images]).items():
        if len(owners) > 1:
            raise DataError(
                f"{root / path}: could be the mask of {' or '.join(owners[:3])}. Move it away, or "
                "name the mask of each image in a manifest.csv with the columns path, label and "
                "mask."
            )
        if folded(stem(owners[0])) not in owned:
            masks.setdefault(folded(stem(owners[0])), []).append(path)
            del lonely[path]
    if not masks:
        return list(found)
    if lonely:
        first = next(iter(lonely))
        suffix = first[len(stem(first)) :]
        raise DataError(
            f"{root / first}: looks like the mask of an image {_owner_as_written(first)}{suffix}, "
            "and there is none. Remove or rename it."
        )
    return [
        replace(case, masks=(*case.masks, *masks.get(folded(stem(case.path)), ())))
        for case in images
    ]


def _owner_as_written(mask: str) -> str:
    """The image that a mask is called after, in the mask's own letters."""
    own = stem(mask)
    return own[: len(image_of(own.lower()))]
