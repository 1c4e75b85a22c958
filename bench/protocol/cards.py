"""What the report says of methods and data sets."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from bench.protocol.json_record import JsonRecord
from bench.protocol.preprocessing import Resize

Family = Literal["classical", "deep", "hybrid", "control"]
FAMILIES: tuple[Family, ...] = ("classical", "deep", "hybrid", "control")

Rung = Literal["pixels", "features", "scratch", "frozen", "fine-tuned"]
RUNGS: dict[Rung, str] = {
    "pixels": "raw pixels, or what is learned of them without labels",
    "features": "handcrafted features",
    "scratch": "a network trained from scratch",
    "frozen": "a classifier on what a pretrained network sees, which is not trained itself",
    "fine-tuned": "a network whose training begins with pretrained weights",
}
"""How much a method makes use of, from the least to the most on each side, and in words.

What else there is to a rung stands in other records: handcrafted features know a lesion mask where
the images of the data set have one (`DatasetCard.image_shape` with an even number of channels), and
a method that asks for weights by a parameter `pretrained` and whose runs name none started from
scratch whatever its rung.
"""


@dataclass(frozen=True)
class MethodCard(JsonRecord):
    """What the report says of a method.

    Attributes:
        name: as used on the command line.
        family: "classical", "deep", "hybrid" or "control".
        summary: the first line of its docstring.
        distribution: the installed package it came from, or the file of a single-file plugin.
        version: of that package, or a digest of that file's content.
        rung: one of `RUNGS`, "" where the method does not say.
    """

    name: str
    family: Family
    summary: str
    distribution: str
    version: str
    rung: Rung | Literal[""] = ""


@dataclass(frozen=True)
class PartCard(JsonRecord):
    """One part of a data set in numbers.

    Attributes:
        cases: number of images.
        groups: number of patients, or None where they are not known.
        per_class: number of images of each class.
        groups_per_class: number of patients with an image of each class, or None where they are not
            known, and in results that were stored before they were counted.
    """

    cases: int
    groups: int | None
    per_class: tuple[int, ...]
    groups_per_class: tuple[int, ...] | None = None


Level = Literal["fine", "note", "serious"]


@dataclass(frozen=True)
class CheckFinding(JsonRecord):
    """What one check of a data set found.

    Attributes:
        check: stable name of the check, for example "near-duplicates".
        title: of the check, a few words.
        level: "fine", "note" (to be looked at) or "serious" (results would not be worth much).
        text: what was found, one sentence or two, with its numbers.
        advice: what to do about it; "" where there is nothing to do.
        examples: some of the cases concerned, in words.
        values: the numbers of the text by name.
    """

    check: str
    title: str
    level: Level
    text: str
    advice: str = ""
    examples: tuple[str, ...] = ()
    values: dict[str, float] = field(default_factory=dict)


SHORTER, LONGER = "typical side", "typical longer side"
"""Names in `CheckFinding.values` of "sizes": medians over the files of their shorter and of their
longer sides, px."""


@dataclass(frozen=True)
class FileSide:
    """How large the files of a data set typically are, measured along the side that `resize` scales
    to the side of the images.

    Attributes:
        px: of that side, the median over the files.
        which: "longer" or "shorter"; "" where both are typically the same, or only one is known.
    """

    px: int
    which: Literal["longer", "shorter", ""] = ""

    def __str__(self) -> str:
        """The side in words.

        >>> str(FileSide(1920, "longer"))
        '1,920 px on the longer side'
        """
        return f"{self.px:,} px" + (f" on the {self.which} side" if self.which else "")


@dataclass(frozen=True)
class MaskCard(JsonRecord):
    """Lesion masks that segmenters made in the place of a data set's own.

    Attributes:
        masks: "classical" or "deep", the side whose segmenters made them.
        segmenters: name → number of folds in which it was the best of its side on validation and
            made the masks of the test cases.
        folds: of the segmentation study.
        dice: mean Dice of the masks against the data set's own over all images, 1 where both are
            empty, at the size of their files.
        missed: share of the images with a lesion in which nothing of it was marked, whatever was
            marked elsewhere; likewise.
        side: of the maps, px.
    """

    masks: str
    segmenters: dict[str, int]
    folds: int
    dice: float
    missed: float
    side: int


@dataclass(frozen=True, eq=False)
class DatasetCard(JsonRecord):
    """What the report says of a data set.

    Attributes:
        name, class_names, positive: as in `bench.data.dataset.Dataset`.
        image_shape: (h, w, c) as the methods saw it; an even c includes the lesion mask.
        parts: numbers of "train", "val" and "test", with folds those of the first, and of each
            external part under "external:NAME".
        folds: the same of every fold, with `--repeats` those of each draw after those of the one
            before; empty where there is one split.
        fingerprint: of the content.
        source, licence, citation, split, checksum, preprocessing, generated, origin: provenance.
        duplicates_across_parts: how many val and test images have an identical twin in train, or
            test images in val.
        near_duplicates: ids of the test cases with a near twin, mirrored or not, in train or val
            of its fold; None where they were not searched for.
        val_near_duplicates: for each fold, or the one split, ids of the validation cases with a
            near twin in train; with `--repeats` the folds of each draw after those of the one
            before. None where they were not searched for.
        test_twin_groups: ids of test cases that are near twins of each other, or twins of twins, in
            clusters of two and more, each of which counts as one patient; with folds among all
            cases. None where they were not searched for.
        shares_images_with: names of the other data sets of the study that show some of the same
            photographs, whatever their size: all of them are one source.
        suggested_groups: how many patients the images suggest, each image that stands alone counted
            as one; None where patients are known, or nothing can be told.
        suggested_test_groups: ids of the test cases (with folds of all cases) that the images
            suggest to be of one patient, in groups of two and more.
        task: "classification" or "segmentation". Of segmentation `class_names` are strata of the
            cases, see `bench.data.strata`.
        target_names: of segmentation the classes of pixels, the background first.
        known_answer: what is true of a generated set, or "".
        ideal_auc: AUC of the ideal observer, or None.
        ideal_dice: of segmentation the mean Dice of the best threshold on gray levels, or None.
        expected: of segmentation "deep" where deep learning must be better, "not-deep" where it
            cannot be, else "".
        samples: per class a few training images, each as a base64 PNG.
        ideal_scores: test case id → score of the ideal observer; empty where there is none.
        checked: what the checks of `bench data check` found, in their order; None where they were
            not made.
        external: names of the external parts, in order.
        left_out: which value of which column is the external part, as "site=DU", where the data set
            is one of several that leave out each value once; their origin is the same. Else "".
        metadata: names of the columns that are known of its cases, see `Store.metadata`.
        external_near_duplicates: name of an external part → ids of its cases with a near twin,
            mirrored or not, in train or val (with folds in any part); they do not decide. None
            where twins were not searched for.
        external_twin_groups: name of an external part → as `test_twin_groups`.
        modality: how the images were made, in a word such as "ultrasound", "" where it is not said.
        one_class: the class that methods were trained on alone, "" for all.
        masks: what made other lesion masks than its own, of a study with several.
        content: fingerprint of the content however it is dealt, "" where it is not known.
        seen: what runs on this content saw, as `Trial.seen` says it → its fingerprint.
    """

    name: str
    class_names: tuple[str, ...]
    positive: int | None
    image_shape: tuple[int, ...]
    parts: dict[str, PartCard]
    fingerprint: str
    source: str
    licence: str
    citation: str
    split: str
    checksum: str
    preprocessing: tuple[str, ...] = ()
    duplicates_across_parts: int = 0
    near_duplicates: tuple[str, ...] | None = None
    val_near_duplicates: tuple[tuple[str, ...], ...] | None = None
    test_twin_groups: tuple[tuple[str, ...], ...] | None = None
    known_answer: str = ""
    ideal_auc: float | None = None
    samples: dict[str, list[str]] = field(default_factory=dict)
    ideal_scores: dict[str, float] = field(default_factory=dict)
    checked: tuple[CheckFinding, ...] | None = None
    folds: tuple[dict[str, PartCard], ...] = ()
    generated: bool = False
    origin: str = ""
    shares_images_with: tuple[str, ...] = ()
    suggested_groups: int | None = None
    suggested_test_groups: tuple[tuple[str, ...], ...] = ()
    external: tuple[str, ...] = ()
    left_out: str = ""
    metadata: tuple[str, ...] = ()
    external_near_duplicates: dict[str, tuple[str, ...]] | None = None
    external_twin_groups: dict[str, tuple[tuple[str, ...], ...]] | None = None
    modality: str = ""
    one_class: str = ""
    task: str = "classification"
    target_names: tuple[str, ...] = ()
    ideal_dice: float | None = None
    expected: str = ""
    masks: tuple[MaskCard, ...] = ()
    content: str = ""
    seen: dict[str, str] = field(default_factory=dict)

    @property
    def prevalence(self) -> dict[str, tuple[float, ...]]:
        """Part → share of each class in the order of `class_names`."""
        return {
            name: tuple(count / max(1, part.cases) for count in part.per_class)
            for name, part in self.parts.items()
        }

    def file_side(self, resize: Resize) -> FileSide | None:
        """The side of the files with which nothing of a typical image is shrunk; None if unknown.

        Letterboxed images have their longer side scaled to the side of the images, cropped ones the
        shorter; of squashed ones, of which each is scaled on its own, the longer counts. Cards that
        do not tell the longer side give the shorter, and those without it the least of all.
        """
        for finding in self.checked or ():
            if finding.check == "sizes":
                shorter = finding.values.get(SHORTER, finding.values.get("least side"))
                longer = finding.values.get(LONGER)
                if shorter is None or longer is None or shorter == longer:
                    return None if shorter is None else FileSide(round(shorter))
                if resize == "crop":
                    return FileSide(round(shorter), "shorter")
                return FileSide(round(longer), "longer")
        return None

    def val_twins(self, part: int) -> tuple[str, ...]:
        """Ids of the validation cases with a near twin in train; () where none are known.

        Args:
            part: of `val_near_duplicates`: repeat · folds + fold, or 0 for the one split.
        """
        known = self.val_near_duplicates or ()
        return known[part] if part < len(known) else ()

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The card that `as_json` described."""
        parts, *folds = (
            {name: PartCard.from_json(part) for name, part in one.items()}
            for one in (data["parts"], *data.get("folds", ()))
        )
        found = data.get("checked")
        checked = None if found is None else tuple(map(CheckFinding.from_json, found))
        twins: dict[str, Any] = {
            name: tuple(map(tuple, data[name]))
            for name in ("val_near_duplicates", "test_twin_groups", "suggested_test_groups")
            if data.get(name) is not None
        }
        masks = tuple(map(MaskCard.from_json, data.get("masks", ())))
        near, clusters = (data.get(f"external_{n}") for n in ("near_duplicates", "twin_groups"))
        if near is not None:
            twins["external_near_duplicates"] = {name: tuple(ids) for name, ids in near.items()}
        if clusters is not None:
            twins["external_twin_groups"] = {
                name: tuple(map(tuple, groups)) for name, groups in clusters.items()
            }
        return super().from_json(
            {**data, "parts": parts, "folds": folds, "checked": checked, "masks": masks, **twins}
        )
