"""Which test cases are pictured: best, median and worst of both sides, and those between them."""

import base64
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bench.protocol.errors import ResultsError
from bench.protocol.label_maps import LabelMaps, Map, decode, to_original
from bench.results.store import Store
from reports.analysis.pairs.candidates import Chosen
from reports.analysis.segmentation.comparison import SegmentationComparison
from reports.analysis.segmentation.outlines import TRUTH, Pen, with_outlines
from reports.analysis.segmentation.summaries import best_two
from reports.evidence.segmentation import OutlinedCase, PictureKind, PictureRow, SegmentedCase

FloatArray = NDArray[np.float64]

MOST_APART = 4
"""Pictured cases on which one side is ahead."""

MOST_OF_A_KIND = 2
"""Pictured cases of each other kind."""

DEEP, CLASSICAL = Pen((0, 114, 178)), Pen((213, 94, 0), dashed=True)
"""The accents of `reports.document.figures.palette`."""


def pictures(
    compared: SegmentationComparison, cases: Sequence[SegmentedCase], store: Store, most: int
) -> tuple[tuple[PictureRow, ...], int, str]:
    """Rows of pictures, of how many test cases there is a picture, and why there is none.

    Args:
        compared: the data set.
        cases: the best two models on every test case.
        store: where thumbnails and label maps are.
        most: cases of a kind on which one side is ahead; half as many of each other kind.
    """
    two = best_two(compared)
    if two is None or not cases:
        return (), 0, ""
    try:
        stored = store.thumbnails(compared.runs.data.card.name)
    except ResultsError as error:
        return (), 0, f"The pictures cannot be shown: {error}"
    if stored is None:
        return (), 0, "No pictures of test images are stored; the next run stores them."
    png_of = dict(zip(stored.case_ids.tolist(), stored.pngs, strict=True))
    shown = [case for case in cases if case.case_id in png_of]
    kinds = _chosen(shown, most)
    wanted = {case.case_id for row in kinds.values() for case in row}
    maps = [_maps(compared, one, store, wanted) for one in two]
    resize = compared.study.resize

    def pictured(case: SegmentedCase) -> OutlinedCase:
        true = compared.runs.truth.map_of(case.case_id)
        height, width = true.shape
        layers: list[tuple[Map, Pen]] = [(true, TRUTH)]
        for own, pen in zip(maps, (CLASSICAL, DEEP)[::-1], strict=True):
            if case.case_id in own:
                said = to_original(decode(own[case.case_id]), height, width, resize)
                layers.append((said, pen))
        png = with_outlines(png_of[case.case_id], layers, resize)
        return OutlinedCase(
            case.case_id, case.deep, case.classical, base64.b64encode(png).decode("ascii")
        )

    rows = tuple(
        PictureRow(kind, tuple(pictured(case) for case in own))
        for kind, own in kinds.items()
        if own
    )
    return rows, len(shown), ""


def _chosen(cases: Sequence[SegmentedCase], most: int) -> dict[PictureKind, list[SegmentedCase]]:
    """Cases of each kind, among those that have something to find; ties by id.

    No case stands for two of a side's best, worst and median, so that a side that misses many is
    not pictured by the same misses twice; among equally bad cases the largest truth comes first.
    """
    some = [case for case in cases if case.area > 0]
    few = max(1, most * MOST_OF_A_KIND // MOST_APART)
    found: dict[PictureKind, list[SegmentedCase]] = {}
    sides: tuple[tuple[PictureKind, PictureKind, PictureKind, str], ...] = (
        ("best-deep", "median-deep", "worst-deep", "deep"),
        ("best-classical", "median-classical", "worst-classical", "classical"),
    )
    for best, median, worst, side in sides:
        dice = np.array([getattr(case, side) for case in some])
        worst_first = np.lexsort((-np.array([case.area for case in some]), dice))
        middle = np.abs(dice - np.median(dice)) if len(dice) else dice
        taken: set[int] = set()
        orders: dict[PictureKind, NDArray[np.intp]] = {
            best: np.argsort(-dice, kind="stable"),
            worst: worst_first,
            median: np.argsort(middle, kind="stable"),
        }
        rows: dict[PictureKind, list[int]] = {}
        for kind, order in orders.items():
            rows[kind] = [i for i in order.tolist() if i not in taken][:few]
            taken.update(rows[kind])
        found |= {kind: [some[i] for i in rows[kind]] for kind in (best, median, worst)}
    for kind, sign in (("deep-ahead", 1), ("classical-ahead", -1)):
        ahead = [case for case in some if sign * (case.deep - case.classical) > 0]
        key = np.array([-sign * (case.deep - case.classical) for case in ahead])
        found[kind] = _first(ahead, key, most)
    return found


def _first(cases: Sequence[SegmentedCase], key: FloatArray, most: int) -> list[SegmentedCase]:
    return [cases[i] for i in np.argsort(key, kind="stable")[:most]]


def _maps(
    compared: SegmentationComparison, chosen: Chosen, store: Store, wanted: set[str]
) -> dict[str, bytes]:
    """Case → label map of the first run that stands for a side on it."""
    by_fold = dict(chosen.by_fold)
    found: dict[str, bytes] = {}
    for part in compared.runs.rows:
        method = by_fold.get(part or 0, chosen.name)
        run = next((r for r in compared.of_method.get(method, ()) if r.part == part), None)
        maps = None if run is None else store.label_maps(run.measured.run.trial)
        for case, png in _of_test(maps):
            if case in wanted:
                found.setdefault(case, png)
    return found


def _of_test(maps: LabelMaps | None) -> list[tuple[str, bytes]]:
    if maps is None:
        return []
    test = maps.part("test")
    return list(zip(test.case_ids.tolist(), test.pngs, strict=True))
