"""Small results folders of segmentation with a known truth, written through the store.

Truth is a disc of random place and size for each class. A method finds a disc of the same size that
is moved: the further, the lower its Dice. How far it is moved has a part that the case gives, one
that the patient gives and one of the method and seed; a miss finds nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from bench.protocol.cards import DatasetCard, Family, MethodCard, PartCard
from bench.protocol.label_maps import LabelMaps, Targets, encode
from bench.protocol.metadata import Metadata
from bench.protocol.predictions import Thumbnails
from bench.protocol.record import Environment, Run, Status, Trial
from bench.protocol.study import Study
from bench.results.store import Store

SEEN = 48
"""Side of the images as methods saw them."""


@dataclass(frozen=True)
class Segmenter:
    """A method that is never run: how far its discs are off, as a share of the radius.

    `misses` is the share of cases in which it finds nothing, `seed_sd` by how much the seeds differ
    in how far they are off, `fails` are the seeds that fail.
    """

    name: str
    family: Family
    off: float = 0.4
    misses: float = 0.0
    stochastic: bool = False
    seed_sd: float = 0.0
    fails: tuple[int | None, ...] = ()
    status: Status = "failed"


@dataclass(frozen=True)
class Maps:
    """A data set. `images_per_patient` of 0 means that patients are not known.

    `empty` is the share of cases with nothing to find, `sides` height and width of the files,
    `spacing` that of their pixels in mm or None, `twins` so many test cases have a near twin,
    `external` names further test parts, `sites` those that cases are from in turn, with `ages` they
    are 20, 21, … years old. `ideal_dice` and `expected` are what is known of generated images.
    In the parts `nothing_in` there is nothing to find.
    """

    name: str
    n_val: int = 30
    n_test: int = 40
    classes: tuple[str, ...] = ("lesion",)
    images_per_patient: int = 0
    empty: float = 0.0
    sides: tuple[int, int] = (60, 72)
    spacing: tuple[float, float] | None = None
    twins: int = 0
    generated: bool = False
    source: str = "Simulated discs, for tests"
    external: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    ages: bool = False
    ideal_dice: float | None = None
    expected: str = ""
    nothing_in: tuple[str, ...] = ()


SEGMENTERS = (
    Segmenter("unet", "deep", 0.25, stochastic=True, seed_sd=0.02),
    Segmenter("fpn", "deep", 0.5, stochastic=True, seed_sd=0.02),
    Segmenter("pixel-forest", "classical", 0.5, misses=0.05),
    Segmenter("otsu-shape", "classical", 0.9, misses=0.15),
    Segmenter("mean-mask", "control", 1.6, misses=0.3),
)


def segmentation_results(
    root: Path,
    datasets: Sequence[Maps] = (Maps("busi"),),
    methods: Sequence[Segmenter] = SEGMENTERS,
    *,
    seeds: tuple[int, ...] = (0, 1, 2),
    folds: int = 0,
    margin: float = 0.02,
    random_state: int = 0,
    thumbnails: bool = True,
    fractions: tuple[float, ...] = (1.0,),
    other_sizes: tuple[int, ...] = (),
    subgroups: tuple[str, ...] = (),
) -> Store:
    """A results folder with one declared study of segmentation and all its runs.

    With a share of the training part, and with images of another size than 48 px, discs are off by
    as many times more as the share, or the size, is smaller.
    """
    store = Store(root)
    study = Study(
        tuple(d.name for d in datasets),
        tuple(m.name for m in methods),
        seeds=seeds,
        folds=folds,
        margin=margin,
        fractions=fractions,
        size=SEEN if other_sizes else None,
        sizes=(*other_sizes, SEEN) if other_sizes else (),
        subgroups=subgroups,
        task="segmentation",
    )
    store.declare(study, "python -m bench run --task segmentation")
    for number, data in enumerate(datasets):
        rng = np.random.default_rng([random_state, number])
        cases = _Cases.of(data, rng)
        store.write_card(
            _card(data, cases),
            thumbnails=cases.thumbnails() if thumbnails else None,
            metadata=cases.metadata(),
            targets=cases.targets(),
        )
        for method in methods:
            for seed in seeds if method.stochastic else (None,):
                shift = rng.normal(0, method.seed_sd)
                for fold in range(folds) if folds else (None,):
                    store.write_run(_run(data, cases, method, (seed, fold, folds), shift, rng))
                for share in sorted(fractions)[:-1]:
                    worse = replace(method, off=method.off / share)
                    run = _run(data, cases, worse, (seed, None, 0), shift, rng)
                    store.write_run(replace(run, trial=replace(run.trial, fraction=share)))
                for side in other_sizes:
                    worse = replace(method, off=method.off * SEEN / side)
                    run = _run(data, cases, worse, (seed, None, 0), shift, rng)
                    store.write_run(replace(run, trial=replace(run.trial, size=side)))
    return store


@dataclass(frozen=True)
class _Cases:
    """Centre and radius of every disc, in pixels of the file."""

    data: Maps
    ids: tuple[str, ...]
    split: tuple[str, ...]
    groups: tuple[str, ...] | None
    discs: tuple[tuple[tuple[float, float, float], ...], ...]
    hard: tuple[float, ...]

    @classmethod
    def of(cls, data: Maps, rng: np.random.Generator) -> "_Cases":
        parts = [("val", data.n_val), ("test", data.n_test)]
        parts += [(f"external:{name}", data.n_test) for name in data.external]
        split = tuple(name for name, n in parts for _ in range(n))
        ids = tuple(
            f"{data.name}-{name.partition(':')[2] or name}-{i:03d}" for i, name in enumerate(split)
        )
        per = max(1, data.images_per_patient)
        groups = tuple(f"{name}-{i // per}" for i, name in enumerate(split))
        of_patient = {group: rng.normal() for group in dict.fromkeys(groups)}
        height, width = data.sides
        discs, hard = [], []
        for group, part in zip(groups, split, strict=True):
            own = []
            nothing = rng.random() < data.empty or part in data.nothing_in
            for k in range(len(data.classes)):
                radius = rng.uniform(0.08, 0.2) * min(height, width)
                centre = (
                    rng.uniform(radius + 2, height - radius - 2),
                    rng.uniform(
                        radius + 2 + k * width / len(data.classes),
                        (k + 1) * width / len(data.classes) - radius - 2,
                    )
                    if width / len(data.classes) > 2 * radius + 4
                    else (k + 0.5) * width / len(data.classes),
                )
                own.append((centre[0], centre[1], 0.0 if nothing else radius))
            discs.append(tuple(own))
            hard.append(float(np.exp(0.4 * of_patient[group] + 0.4 * rng.normal())))
        known = groups if data.images_per_patient else None
        return cls(data, ids, split, known, tuple(discs), tuple(hard))

    def map_of(self, row: int, moved: Sequence[tuple[float, float]] | None = None) -> np.ndarray:
        """`(h, w)` at the size of the file; None stands for the truth."""
        height, width = self.data.sides
        y, x = np.mgrid[:height, :width]
        found = np.zeros((height, width), np.uint8)
        for k, (top, left, radius) in enumerate(self.discs[row]):
            dy, dx = (0.0, 0.0) if moved is None else moved[k]
            if radius > 0 and np.isfinite(dy):
                inside = (y - top - dy) ** 2 + (x - left - dx) ** 2 <= radius**2
                found[inside] = k + 1
        return found

    def seen(self, label_map: np.ndarray) -> np.ndarray:
        """The same letterboxed to what methods see."""
        height, width = label_map.shape
        scale = SEEN / max(height, width)
        rows, columns = round(height * scale), round(width * scale)
        down = ((np.arange(rows) + 0.5) * height / rows).astype(int)
        across = ((np.arange(columns) + 0.5) * width / columns).astype(int)
        whole = np.zeros((SEEN, SEEN), np.uint8)
        top, left = (SEEN - rows) // 2, (SEEN - columns) // 2
        whole[top : top + rows, left : left + columns] = label_map[down[:, None], across]
        return whole

    def targets(self) -> Targets:
        n = len(self.ids)
        height, width = self.data.sides
        spacing = (np.nan, np.nan) if self.data.spacing is None else self.data.spacing
        return Targets(
            case_ids=np.array(self.ids),
            split=np.array(self.split),
            groups=None if self.groups is None else np.array(self.groups),
            pngs=tuple(encode(self.map_of(row)) for row in range(n)),
            heights=np.full(n, height, np.int32),
            widths=np.full(n, width, np.int32),
            spacings=np.tile(np.array(spacing, dtype=np.float64), (n, 1)),
        )

    def metadata(self) -> Metadata | None:
        n, columns = len(self.ids), {}
        if self.data.sites:
            sites = [self.data.sites[row % len(self.data.sites)] for row in range(n)]
            columns["site"] = np.array(sites)
        if self.data.ages:
            columns["age"] = np.arange(20.0, 20.0 + n)
        return Metadata(np.array(self.ids), np.array(self.split), columns) if columns else None

    def thumbnails(self) -> Thumbnails:
        rows = [row for row, name in enumerate(self.split) if name == "test"]
        pngs = []
        for row in rows:
            picture = Image.fromarray(60 + 90 * np.minimum(1, self.seen(self.map_of(row))))
            pngs.append(_png(picture))
        return Thumbnails(np.array([self.ids[row] for row in rows]), tuple(pngs))


def _png(picture: Image.Image) -> bytes:
    from io import BytesIO

    file = BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def _card(data: Maps, cases: _Cases) -> DatasetCard:
    parts = {}
    for part in ("train", "val", "test"):
        rows = [i for i, name in enumerate(cases.split) if name == part]
        n = len(rows) if part != "train" else 4 * data.n_test
        groups = None
        if cases.groups is not None:
            groups = len({cases.groups[i] for i in rows}) if part != "train" else n
        parts[part] = PartCard(n, groups, (n,))
    twins = tuple(id_ for id_, name in zip(cases.ids, cases.split, strict=True) if name == "test")
    return DatasetCard(
        name=data.name,
        class_names=("all",),
        positive=None,
        image_shape=(SEEN, SEEN, 1),
        parts=parts,
        fingerprint="f" * 32,
        source=data.source,
        licence="CC0",
        citation="Nobody 2026, Journal of Discs",
        split="official",
        checksum="",
        generated=data.generated,
        near_duplicates=twins[: data.twins],
        val_near_duplicates=((),),
        task="segmentation",
        target_names=("background", *data.classes),
        known_answer="So it is." if data.expected or data.ideal_dice else "",
        ideal_dice=data.ideal_dice,
        expected=data.expected,
    )


def _run(
    data: Maps,
    cases: _Cases,
    method: Segmenter,
    which: tuple[int | None, int | None, int],
    shift: float,
    rng: np.random.Generator,
) -> Run:
    seed, fold, folds = which
    ids, split, pngs = [], [], []
    for row, name in enumerate(cases.split):
        part = name
        if fold is not None:
            if name.startswith("external"):
                continue
            part = (
                "test"
                if row % folds == fold
                else "val"
                if row % folds == (fold + 1) % folds
                else ""
            )
            if not part:
                continue
        off = max(0.0, method.off + shift) * cases.hard[row]
        moved = []
        for _, _, radius in cases.discs[row]:
            angle = rng.uniform(0, 2 * np.pi)
            far = off * radius * np.exp(0.3 * rng.normal())
            missed = rng.random() < method.misses
            moved.append((np.nan, np.nan) if missed else (far * np.sin(angle), far * np.cos(angle)))
        ids.append(cases.ids[row])
        split.append(part)
        pngs.append(encode(cases.seen(cases.map_of(row, moved))))
    failed = seed in method.fails
    return Run(
        trial=Trial(data.name, method.name, seed, fold),
        method=MethodCard(method.name, method.family, f"The {method.name}.", "tests", "1"),
        status=method.status if failed else "ok",
        error="it broke" if failed else "",
        data_fingerprint="f" * 32,
        budget="standard",
        environment=Environment("3.11", "Linux", "a CPU", 2, 1, "cpu"),
        started="2026-01-02T03:04:05+00:00",
        fit_seconds=2.0,
        predict_seconds=1.0,
        n_train=4 * data.n_test,
        n_predicted=len(ids),
        peak_memory=10**8,
        model_size=10**6,
        # as `deep.segmentation.fitting` records it: height and width
        fit_info={"input_size": [SEEN, SEEN + 16]} if method.family == "deep" else {},
        label_maps=None if failed else LabelMaps(np.array(ids), np.array(split), tuple(pngs)),
    )
