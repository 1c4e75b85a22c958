"""Label maps are small, come back as they were, and nothing else is taken for one."""

import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from scipy.ndimage import distance_transform_edt

from bench.data.resizing import fit, pad
from bench.protocol.errors import BenchError, ResultsError
from bench.protocol.label_maps import LabelMaps, Targets, decode, encode, sides, to_original


def blob(height=200, width=256, value=1):
    rows, columns = np.mgrid[:height, :width]
    inside = ((rows - 90) / 40) ** 2 + ((columns - 120) / 60) ** 2 < 1
    return np.where(inside, value, 0).astype(np.uint8)


@pytest.mark.parametrize("shape", [(1, 1), (8, 8), (200, 256), (97, 3)])
def test_a_label_map_comes_back_as_it_was(shape):
    label_map = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    png = encode(label_map)
    assert sides(png) == shape
    np.testing.assert_array_equal(decode(png), label_map)
    assert decode(png).dtype == np.uint8


def test_a_slice_of_a_larger_array_is_encoded_too():
    maps = np.random.default_rng(0).integers(0, 3, (4, 16, 12, 2)).astype(np.uint8)
    np.testing.assert_array_equal(decode(encode(maps[1, ::2, :, 1])), maps[1, ::2, :, 1])


def test_the_map_of_a_lesion_takes_less_than_a_kilobyte():
    assert len(encode(blob())) < 1000


def png_of(picture, **options):
    file = BytesIO()
    picture.save(file, options.pop("format", "PNG"), **options)
    return file.getvalue()


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def with_sides(height, width):
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(bytes(100)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + pixels + chunk(b"IEND", b"")


GRAY = Image.fromarray(blob())


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no PNG"),
        (b"\x89PNG\r\n\x1a\n", "no PNG"),
        (png_of(GRAY, format="JPEG"), "no PNG"),
        (png_of(GRAY.convert("RGB")), "8-bit gray"),
        (png_of(GRAY.convert("P")), "8-bit gray"),
        (png_of(GRAY.convert("1")), "8-bit gray"),
        (png_of(GRAY.convert("I;16")), "8-bit gray"),
        (with_sides(0, 8), "no pixels"),
        (with_sides(100_000, 100_000), "more than"),
        (with_sides(64, 64), "truncated|cannot be read"),
        (encode(blob())[:-12], "ends too early"),
        (encode(blob())[:-30] + b"\0" * 30, "checksum|early"),
        (png_of(GRAY, dpi=(72, 72)), "more than pixels"),
    ],
)
def test_any_other_file_is_refused_in_one_sentence(data, message):
    with pytest.raises(ResultsError, match=message) as refused:
        decode(data)
    assert "\n" not in str(refused.value)


def test_a_text_that_expands_to_a_gigabyte_is_not_expanded():
    bomb = chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(1 << 24)))
    png = encode(blob())
    with pytest.raises(ResultsError, match="more than pixels"):
        decode(png[:33] + bomb + png[33:])


def test_the_limit_of_pixels_is_that_of_the_caller():
    assert decode(encode(blob()), limit=200 * 256).shape == (200, 256)
    with pytest.raises(ResultsError, match="256×200 px are more than 51,199"):
        decode(encode(blob()), limit=200 * 256 - 1)


@given(st.integers(0, 300), st.integers(0, 255), st.binary(max_size=20))
def test_no_change_of_a_file_raises_anything_but_our_error(place, value, inserted):
    png = encode(blob(24, 24))
    place %= len(png)
    for hostile in (
        png[:place] + bytes([value]) + png[place + 1 :],
        png[:place] + inserted + png[place:],
        png[:place],
    ):
        try:
            found = decode(hostile)
        except BenchError:
            continue
        assert found.dtype == np.uint8


@pytest.mark.parametrize("how", ["letterbox", "squash"])
@pytest.mark.parametrize("shape", [(200, 256), (256, 100), (37, 300), (96, 96), (1000, 700)])
def test_a_map_that_was_resized_comes_back_to_where_it_was(how, shape):
    h, w = shape
    rows, columns = np.mgrid[:h, :w]
    truth = np.zeros(shape, np.uint8)
    truth[((rows - 0.4 * h) / (0.3 * h)) ** 2 + ((columns - 0.6 * w) / (0.25 * w)) ** 2 < 1] = 2
    seen = pad(fit(truth, (96, 96), how, smooth=False), (96, 96))
    back = to_original(seen, h, w, how)
    assert back.shape == shape
    assert set(np.unique(back)) == {0, 2}
    # a pixel of the map is all that may be lost along the border
    step = max(h, w) / 96 if how == "letterbox" else np.array(shape) / 96
    pixel = 1 / np.broadcast_to(step, 2)
    from_border = sum(distance_transform_edt(side, sampling=pixel) for side in (truth, truth == 0))
    assert (back == truth)[from_border > 1.5].all()


@pytest.mark.parametrize("how", ["letterbox", "squash", "crop"])
def test_a_map_of_the_same_size_stays_as_it_is(how):
    label_map = np.random.default_rng(0).integers(0, 3, (64, 64)).astype(np.uint8)
    np.testing.assert_array_equal(to_original(label_map, 64, 64, how), label_map)


def test_what_a_crop_cut_off_is_background():
    truth = np.ones((100, 200), np.uint8)
    seen = pad(fit(truth, (50, 50), "crop", smooth=False), (50, 50))
    back = to_original(seen, 100, 200, "crop")
    assert back[:, 50:150].all()
    assert not back[:, :50].any()
    assert not back[:, 150:].any()


def test_a_letterbox_of_a_thin_strip_keeps_a_row():
    assert to_original(np.full((32, 32), 3, np.uint8), 1, 5000).shape == (1, 5000)


def test_the_cases_of_one_part_keep_their_order():
    split = np.array(["val", "test", "external:site B", "test"])
    ids = np.array(list("abcd"))
    maps = LabelMaps(ids, split, (b"1", b"2", b"3", b"4"))
    assert maps.part("test").pngs == (b"2", b"4")
    assert maps.part("external:site B").case_ids.tolist() == ["c"]
    sizes = np.arange(4, dtype=np.int32)
    groups = np.array(["p", "p", "q", "q"])
    truth = Targets(ids, split, groups, maps.pngs, sizes, sizes, np.full((4, 2), np.nan))
    own = truth.part("test")
    assert (own.pngs, own.groups.tolist(), own.widths.tolist()) == (
        (b"2", b"4"),
        ["p", "q"],
        [1, 3],
    )
    assert len(own) == 2
