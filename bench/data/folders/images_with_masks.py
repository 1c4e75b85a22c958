"""A folder of images and masks without a manifest → the list of its cases.

Which file is the mask of which image is told by their names and those of their folders, see
`bench.data.folders.names.mask_names`; where these tell nothing, DICOM segmentation objects refer to
their images. Other folders mean nothing but where they are called like
parts, train, val and test.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from bench.data.folders.case import Case
from bench.data.folders.names.cases import PATIENT, is_of_a_case
from bench.data.folders.names.mask_names import (
    kind_of_folder,
    part_of_folder,
    place_of,
)
from bench.data.folders.names.mask_pairs import pairs_of, refuse_unclear
from bench.data.folders.names.parts import part_of
from bench.data.folders.reading import Listing
from bench.data.folders.referred_images import masks_by_reference
from bench.data.folders.said import folders_as_patients, left_out, masks_of_several_folders
from bench.data.folders.target_classes import named_classes
from bench.data.folders.tree import Tree, tree_of
from bench.data.formats.annotations import annotations_beside
from bench.protocol.errors import DataError, DataUnsuitable

_FEW = 4  # folders that may be classes of one image each
_MANY = 20  # folders of few images, which are no classes
_FEW_IMAGES = 5  # in each of these, on average
_NEARLY_ALL = 0.9  # of the images have a mask, where folders are cases


def cases_with_masks(root: Path) -> Listing:
    """Every image of a folder that has a mask, in the order of the paths, and what was left out.

    Raises:
        DataUnsuitable: if no image has a mask.
        DataError: if there is no image, it is not certain which mask belongs to which image, or
            some images are in a part and others in none.
    """
    tree = tree_of(root)
    if not tree.images:
        raise DataError(f"Folder {root} holds no images.")
    pairs = pairs_of(tree.images)
    refuse_unclear(root, pairs)
    masks, images, objects = pairs.masks, pairs.images, 0
    if not masks:
        masks, objects = masks_by_reference(root, images)
        used = {mask for own in masks.values() for mask in own}
        images = [path for path in images if path not in used]
    found = [Case(path, "", masks=tuple(masks.get(path, ()))) for path in images]
    masked = [case for case in found if case.masks]
    if not masked:
        raise DataUnsuitable(
            f"Folder {root} has no masks; segmentation needs one of each image: a column mask of a "
            "manifest.csv, a folder masks beside images, or x_mask.png beside x.png."
            + _of_none(objects)
            + _called_like_a_mask(
                pairs.unpaired, " ", "; a manifest.csv may say of which it is one."
            )
            + annotations_beside(root)
        )
    parts = [_part(case.path) for case in masked]
    patients = _patients([case.path for case in masked])
    if any(parts) and not all(parts):
        stray = masked[parts.index("")].path
        raise DataError(
            f"Folder {root}: {stray} is in no part, while others are in train, val or test. Move "
            "it into one of them."
        )
    if set(parts) == {"train"}:  # as challenges publish them; parts are made of it
        parts = [""] * len(parts)
    masked = [
        replace(case, split=part, group=patient)
        for case, part, patient in zip(masked, parts, patients, strict=True)
    ]
    others = []
    if len(masked) < len(found):
        n = len(found) - len(masked)
        others.append(
            f"{n:,} {'image' if n == 1 else 'images'} without a mask left out"
            f"{_called_like_a_mask(pairs.unpaired, ': ', '')}"
        )
    if tree.repeated:
        others.append(f"{len(tree.repeated):,} links to folders that are read already")
    findings = [left_out(_others(root, tree), others)]
    if patients[0]:
        certain = all(PATIENT.fullmatch(patient.rpartition("/")[2]) for patient in patients)
        findings.append(folders_as_patients(patients, certain))
    if joined := masks_of_several_folders([case.masks for case in masked]):
        findings.append(joined)
    return Listing(masked, tuple(findings), closed=tree.unreadable(root))


def _of_none(objects: int) -> str:
    """What to say of DICOM segmentation objects that refer to no image of the folder."""
    if not objects:
        return ""
    one = objects == 1
    return (
        f" {objects:,} DICOM {'segmentation is' if one else 'segmentations are'} there, and "
        f"{'refers' if one else 'refer'} to none of its images."
    )


def _others(root: Path, tree: Tree) -> Counter[str]:
    """Suffix → how many files are neither images nor the one that names the classes."""
    read = named_classes(root, None)[1]
    return tree.others if read is None else tree.others - Counter([read.suffix])


def looks_like_segmentation(root: Path) -> bool:
    """Whether the images of a folder without a manifest have masks, and no classes.

    Folders that are called like one of images and one of masks are no classes either, also where
    no mask has the name of an image: reading them says so.

    >>> looks_like_segmentation(Path("docs"))
    False
    """
    try:
        pairs = pairs_of(tree_of(root).images)
    except DataError:
        return False
    if not (pairs.masks or pairs.doubtful):
        in_one_place = len(set(map(_place, pairs.images))) == 1
        if not pairs.lonely:
            return in_one_place and _refers_to_images(root, pairs.images)
        return in_one_place and all(map(_in_folder_of_images, pairs.images))
    places = {_place(path) for path in pairs.images}
    each_alone = len(places) == len(pairs.images) > _FEW
    if len(places) == 1 or each_alone:
        return True
    nearly_all = len(pairs.masks) >= _NEARLY_ALL * len(pairs.images)
    return nearly_all and any(_patients(pairs.images, most=1))


def _refers_to_images(root: Path, paths: Sequence[str]) -> bool:
    try:
        return bool(masks_by_reference(root, paths)[0])
    except (DataError, OSError):
        return False


def _patients(paths: Sequence[str], most: int | None = None) -> list[str]:
    """The folder of the patient of each image, "" for all where folders are not of patients.

    They are where all are called like patients or cases, or are many of few images.

    Args:
        paths: of images.
        most: how many levels of folders with several names are looked at; None for all.
    """
    places = [_place(path) for path in paths]
    looked_at = 0
    for depth in range(min(map(len, places), default=0)):
        names = {place[depth] for place in places}
        if len(names) == 1:
            continue
        many = len(names) >= _MANY and len(paths) <= _FEW_IMAGES * len(names)
        if _FEW < len(names) < len(paths) and (many or all(map(is_of_a_case, names))):
            return [
                "/".join([_part(path), *place[: depth + 1]]).lstrip("/")
                for path, place in zip(paths, places, strict=True)
            ]
        looked_at += 1
        if looked_at == most:
            break
    return [""] * len(paths)


def _in_folder_of_images(path: str) -> bool:
    return any(kind_of_folder(name) == "images" for name in path.split("/")[:-1])


def _place(path: str) -> tuple[str, ...]:
    """The folders that an image lies in but for parts and those called like one of images."""
    return tuple(name for name in place_of(path.split("/")[:-1]) if not part_of(name))


def _called_like_a_mask(unpaired: Mapping[str, Sequence[str]], before: str, behind: str) -> str:
    """A sentence on what is called like a mask among the images that have none; "" if nothing."""
    for path, images in unpaired.items():
        why = f"could be that of {' or '.join(images[:3])}"
        if not images:
            why = "no image like the rest of its name"
        return f"{before}{path} is called like a mask, and {why}{behind}"
    return ""


def _part(path: str) -> str:
    """The part that the folders of an image name, "" if none."""
    return next((part for name in path.split("/")[:-1] if (part := part_of_folder(name))), "")
