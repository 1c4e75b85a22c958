"""How folders and files of images and of their masks are called, by those who publish them.

images/1.png                    masks/1.png, masks/1_mask.png, Ground Truth/1.tif
imagesTr/a.nii.gz               labelsTr/a.nii.gz               Medical Segmentation Decathlon
imagesTr/a_0000.nii.gz          labelsTr/a.nii.gz               nnU-Net
JPEGImages/a.jpg                SegmentationClass/a.png         Pascal VOC
X_Training_Input/a.jpg          X_Training_GroundTruth/a_segmentation.png   ISIC
training/images/1_training.tif  training/1st_manual/1_manual1.gif           DRIVE
"""

import re
from typing import Literal

from bench.data.dataset import SplitName
from bench.data.folders.names.mask_folders import IMAGES, MASKS
from bench.data.folders.names.parts import part_of, part_of_words, words_of

_IMAGE_WORDS = IMAGES | {
    *("jpegimages", "pngimages", "originals", "input", "inputs", "photo", "photos", "scan"),
    *("scans", "raw"),
}
_MASK_WORDS = MASKS | {
    *("gts", "groundtruths", "segmentationclass", "segmentationobject", "truth"),
}
_OF_A_MASK = r"(?:masks?|seg|segmentation|gt|groundtruth|ground[-_ ]truth|labels?|annotation|anno|"
_OF_A_MASK += r"manual\d?)"
_MASK_AFTER = re.compile(rf"[-_. ]{_OF_A_MASK}(?:[-_ ]?\d+)?$", re.IGNORECASE)
_MASK_BEFORE = re.compile(rf"^{_OF_A_MASK}[-_. ]", re.IGNORECASE)
_IMAGE_AFTER = re.compile(
    r"[-_. ](?:image|img|original|orig|input|training|test|0000)$", re.IGNORECASE
)
_IMAGE_BEFORE = re.compile(r"^(?:image|img|original|orig|input)[-_. ]", re.IGNORECASE)


def kind_of_folder(name: str) -> Literal["images", "masks", ""]:
    """What a folder holds by its name; "" where that says neither, or both.

    >>> [kind_of_folder(n) for n in ("imagesTr", "Ground Truth", "1st_manual", "benign")]
    ['images', 'masks', 'masks', '']
    """
    words = set(words_of(name)) | {name.lower()}
    masks = bool(words & _MASK_WORDS)
    if masks == bool(words & _IMAGE_WORDS):
        return ""
    return "masks" if masks else "images"


def is_called(kind: Literal["images", "masks"], stem: str) -> bool:
    """Whether the whole name of a file, in small letters, says just what it is.

    >>> is_called("masks", "segmentation"), is_called("images", "imaging"), is_called("images", "x")
    (True, True, False)
    """
    return stem in (_MASK_WORDS if kind == "masks" else _IMAGE_WORDS | {"imaging"})


def part_of_folder(name: str) -> SplitName | None:
    """Which part a folder names, in whatever words if it is one of images or masks.

    >>> [part_of_folder(n) for n in ("Task1_Training_Input", "Task1_Training", "test")]
    ['train', None, 'test']
    """
    return part_of_words(words_of(name)) if kind_of_folder(name) else part_of(name)


def place_of(names: list[str]) -> tuple[str, ...]:
    """Where images and masks that belong together lie both, of the folders that one lies in.

    A folder of images or masks counts as the part that it names, or not at all.

    >>> place_of(["site", "imagesTr"]), place_of(["site", "labelsTr"]), place_of(["masks"])
    (('site', 'train'), ('site', 'train'), ())
    """
    found = []
    for name in names:
        place = part_of_folder(name) if kind_of_folder(name) else name
        if place:
            found.append(place)
    return tuple(found)


def without_mask_word(stem: str) -> str:
    """The name of a mask without what says that it is one.

    >>> [without_mask_word(n) for n in ("a_mask", "a_mask_2", "Mask-a", "21_manual1", "masked")]
    ['a', 'a', 'a', '21', 'masked']
    """
    return _MASK_BEFORE.sub("", _MASK_AFTER.sub("", stem, count=1), count=1)


def without_image_word(stem: str) -> str:
    """The name of an image without what says that it is one, or the first channel of nnU-Net.

    >>> [without_image_word(n) for n in ("image_3", "21_training", "brain_0000", "imagery")]
    ['3', '21', 'brain', 'imagery']
    """
    return _IMAGE_BEFORE.sub("", _IMAGE_AFTER.sub("", stem, count=1), count=1)
