"""The Dice by which configurations are chosen."""

import numpy as np
import pytest

from bench.protocol.label_maps import LabelMaps, Targets, encode
from bench.run.segmented import dice_of_files, missed_in_files, score_of_maps


def targets(maps):
    sides = np.array([one.shape for one in maps], np.int32)
    n = len(maps)
    return Targets(
        case_ids=np.array([f"c{i}" for i in range(n)]),
        split=np.array(["val"] * n),
        groups=None,
        pngs=tuple(map(encode, maps)),
        heights=sides[:, 0],
        widths=sides[:, 1],
        spacings=np.full((n, 2), np.nan),
    )


def test_to_find_nothing_is_not_right_where_a_lesion_is_too_small_to_be_seen():
    true = np.zeros((200, 300), np.uint8)
    true[101, 103] = 1  # gone at 20 px
    nothing = np.zeros((20, 20), np.uint8)
    one = np.array(["c0"])
    assert dice_of_files(one, [nothing], targets([true]), "letterbox", 2) == 0.0
    assert dice_of_files(one, [nothing], targets([np.zeros_like(true)]), "letterbox", 2) == 1.0


def test_maps_are_brought_back_to_their_files():
    true = np.zeros((40, 80), np.uint8)
    true[:, 40:] = 1
    squashed = np.zeros((20, 20), np.uint8)
    squashed[:, 10:] = 1
    letterboxed = np.zeros((20, 20), np.uint8)
    letterboxed[5:15, 10:] = 1
    letterboxed[:5] = 1  # outside of the image
    for made, how in ((squashed, "squash"), (letterboxed, "letterbox")):
        assert dice_of_files(np.array(["c0"]), [made], targets([true]), how, 2) == 1.0


def test_cases_are_found_by_name_and_of_the_part_alone():
    maps = [np.zeros((8, 8), np.uint8), np.eye(8, dtype=np.uint8)]
    found = LabelMaps(
        np.array(["c1", "c0", "t"]),
        np.array(["val", "val", "test"]),
        (encode(maps[1]), encode(maps[1]), b""),
    )
    assert score_of_maps(found, targets(maps), "letterbox", 2) == pytest.approx(0.5)
    assert np.isnan(score_of_maps(found, targets(maps), "letterbox", 2, "external"))


def test_a_lesion_is_missed_where_something_else_was_marked() -> None:
    true = np.zeros((40, 40), np.uint8)
    true[5:15, 5:15] = 1
    elsewhere, nothing = np.roll(true, 20, axis=0), np.zeros_like(true)
    hit = np.roll(true, 2, axis=0)
    case_ids = np.array([f"c{i}" for i in range(4)])
    truths = targets([true, true, true, nothing])
    missed = missed_in_files(case_ids, [elsewhere, nothing, hit, true], truths, "letterbox")
    assert missed == 2 / 3
    assert missed_in_files(np.array(["c0"]), [true], targets([nothing]), "letterbox") == 0
