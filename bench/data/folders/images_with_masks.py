"""A folder of images and masks without a manifest → the list of its cases.

`x_mask.png`, `x_mask_1.png` and so on are masks of the image `x`, and so are images of the same
name in a folder `masks` beside that of the images. Other folders mean nothing but where they are
called like parts, train, val and test.
"""

from dataclasses import replace
from pathlib import Path

from bench.data.folders.case import Case
from bench.data.folders.class_folders import with_masks_beside
from bench.data.folders.mask_folders import pair
from bench.data.folders.parts import part_of
from bench.data.folders.reading import Listing
from bench.data.folders.said import left_out
from bench.data.folders.tree import tree_of
from bench.protocol.errors import DataError, DataUnsuitable


def cases_with_masks(root: Path) -> Listing:
    """Every image of a folder that has a mask, in the order of the paths, and what was left out.

    Raises:
        DataUnsuitable: if no image has a mask.
        DataError: if there is no image, masks have no image, or some images are in a part and
            others in none.
    """
    tree = tree_of(root)
    if not tree.images:
        raise DataError(f"Folder {root} holds no images.")
    paired = pair(root, tree.images)
    found = [Case(path, "", masks=paired.masks.get(path, ())) for path in paired.images]
    found = with_masks_beside(root, found)
    masked = [case for case in found if case.masks]
    if not masked:
        raise DataUnsuitable(
            f"Folder {root} has no masks; segmentation needs one of each image: a column mask of a "
            "manifest.csv, a folder masks beside images, or x_mask.png beside x.png."
        )
    parts = [_part(case.path) for case in masked]
    if any(parts) and not all(parts):
        stray = masked[parts.index("")].path
        raise DataError(
            f"Folder {root}: {stray} is in no part, while others are in train, val or test. Move "
            "it into one of them."
        )
    masked = [replace(case, split=part) for case, part in zip(masked, parts, strict=True)]
    others = []
    if len(masked) < len(found):
        n = len(found) - len(masked)
        others.append(f"{n:,} {'image' if n == 1 else 'images'} without a mask left out")
    if tree.repeated:
        others.append(f"{len(tree.repeated):,} links to folders that are read already")
    return Listing(masked, (left_out(tree.others, others),))


def looks_like_segmentation(root: Path) -> bool:
    """Whether the images of a folder without a manifest have masks, and no classes.

    >>> looks_like_segmentation(Path("docs"))
    False
    """
    try:
        paths = tree_of(root).images
        paired = pair(root, paths)
        masks = {path for own in paired.masks.values() for path in own}
        found = with_masks_beside(root, [Case(path, "") for path in paired.images])
    except DataError:
        return False
    if not masks and not any(case.masks for case in found):
        return False
    folders = {tuple(n for n in _folders(case.path) if not part_of(n)) for case in found}
    return len(folders) == 1


def _part(path: str) -> str:
    return next((part for name in path.split("/")[:-1] if (part := part_of(name))), "")


def _folders(path: str) -> list[str]:
    return path.split("/")[:-1]
