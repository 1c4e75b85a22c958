"""TIFF in every arrangement: photometric interpretation, planes, byte order, depth, sign."""

import numpy as np
import pytest
import tifffile

from bench.data.formats.images import decode, file_bytes, read, read_image
from bench.protocol.errors import DataError

RAMP = np.tile(np.arange(4096)[::16], (8, 1)).astype(np.uint16)
COLOURS = np.stack([RAMP * 16, RAMP * 8, RAMP * 4], axis=2)
ORDERS = ["<", ">"]
PACKINGS = [None, "zlib", "lzw"]


def pixels(path):
    return read(path, file_bytes(path)).pixels


@pytest.mark.slow
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize("depth", [np.uint8, np.uint16, np.uint32])
@pytest.mark.parametrize("photometric", ["minisblack", "miniswhite"])
def test_gray_is_read_with_white_where_it_says(tmp_path, order, packing, depth, photometric):
    values = (RAMP // 16 if depth == np.uint8 else RAMP).astype(depth)
    full = np.iinfo(depth).max
    stored = (full - values if photometric == "miniswhite" else values).astype(depth)
    options = {"photometric": photometric, "byteorder": order, "compression": packing}
    tifffile.imwrite(tmp_path / "a.tif", stored, **options)
    np.testing.assert_array_equal(pixels(tmp_path / "a.tif"), values)


@pytest.mark.slow
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize("planes", ["contig", "separate"])
@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_colour_is_read_in_planes_and_pixel_by_pixel(tmp_path, order, packing, planes, depth):
    values = (COLOURS >> 8 if depth == np.uint8 else COLOURS).astype(depth)
    stored = np.moveaxis(values, 2, 0) if planes == "separate" else values
    options = {"planarconfig": planes, "byteorder": order, "compression": packing}
    tifffile.imwrite(tmp_path / "a.tif", stored, photometric="rgb", **options)
    np.testing.assert_array_equal(pixels(tmp_path / "a.tif"), values)


def test_16_bit_colour_keeps_the_upper_8_of_the_bits_in_use(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", COLOURS, photometric="rgb")
    assert read_image(tmp_path / "a.tif")[0, [100, 101]].tolist() == [[100, 50, 25], [101, 50, 25]]


@pytest.mark.parametrize("extra", ["unspecified", "unassalpha"])
def test_gray_and_colour_with_transparency_are_read_without_it(tmp_path, extra):
    clear = np.full_like(RAMP, 9)
    options = {"extrasamples": [extra], "planarconfig": "contig"}
    gray = np.dstack([RAMP, clear])
    tifffile.imwrite(tmp_path / "la.tif", gray, photometric="minisblack", **options)
    np.testing.assert_array_equal(pixels(tmp_path / "la.tif"), RAMP)
    colour = np.dstack([COLOURS, clear])
    tifffile.imwrite(tmp_path / "rgba.tif", colour, photometric="rgb", **options)
    np.testing.assert_array_equal(pixels(tmp_path / "rgba.tif"), COLOURS)


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_palettes_become_colours(tmp_path, depth):
    table = np.stack([np.arange(2 ** (8 * depth().itemsize)) % 251 * 257] * 3).astype(np.uint16)
    table[1] //= 2
    index = (RAMP // (16 if depth == np.uint8 else 1)).astype(depth)
    tifffile.imwrite(tmp_path / "a.tif", index, photometric="palette", colormap=table)
    found = read_image(tmp_path / "a.tif")
    np.testing.assert_array_equal(found, np.moveaxis(table[:, index] >> 8, 0, 2))


def test_four_inks_become_colours(tmp_path):
    inks = np.zeros((8, 8, 4), np.uint16)
    inks[:4, :, 0] = 65535
    inks[:, :4, 3] = 32768
    tifffile.imwrite(tmp_path / "a.tif", inks, photometric="separated")
    found = pixels(tmp_path / "a.tif") >> 8
    assert found[0, 7].tolist() == [0, 255, 255]
    assert found[0, 0].tolist() == [0, 127, 127]
    assert found[7, 0].tolist() == [127, 127, 127]


@pytest.mark.parametrize("depth", [np.int8, np.int16, np.int32])
def test_signed_values_are_read_where_none_is_negative_and_refused_else(tmp_path, depth):
    values = np.arange(64).reshape(8, 8).astype(depth)
    tifffile.imwrite(tmp_path / "a.tif", values)
    np.testing.assert_array_equal(pixels(tmp_path / "a.tif"), values)
    tifffile.imwrite(tmp_path / "b.tif", values - 5)
    with pytest.raises(DataError, match=r"b\.tif: has values below 0.*save it as"):
        decode(tmp_path / "b.tif")


@pytest.mark.parametrize("depth", [np.float16, np.float32, np.float64, np.complex64])
def test_floating_point_is_refused(tmp_path, depth):
    tifffile.imwrite(tmp_path / "a.tif", np.ones((8, 8), depth))
    with pytest.raises(DataError, match=r"a\.tif: floating-point pixels are not supported"):
        decode(tmp_path / "a.tif")


def test_other_colours_and_many_channels_are_refused_by_name(tmp_path):
    tifffile.imwrite(tmp_path / "lab.tif", np.ones((8, 8, 3), np.uint8), photometric="cielab")
    with pytest.raises(DataError, match="CIELAB"):
        decode(tmp_path / "lab.tif")
    tifffile.imwrite(
        tmp_path / "five.tif", np.ones((8, 8, 5), np.uint8), photometric="minisblack",
        planarconfig="contig",
    )  # fmt: skip
    with pytest.raises(DataError, match="has 5 channels"):
        decode(tmp_path / "five.tif")


def test_an_image_of_16_bits_is_turned_upright(tmp_path):
    tag = (274, "H", 1, 6, True)
    tifffile.imwrite(tmp_path / "a.tif", RAMP, extratags=[tag])
    np.testing.assert_array_equal(pixels(tmp_path / "a.tif"), np.rot90(RAMP, 3))


def test_a_compression_that_is_not_supported_is_named(tmp_path):
    pixels = np.arange(40 * 60 * 3, dtype=np.uint8).reshape(40, 60, 3)
    tifffile.imwrite(tmp_path / "a.tif", pixels, photometric="rgb", compression="jpeg2000")
    with pytest.raises(DataError, match=r"is a TIFF whose compression, JPEG2000 .*LZW or Deflate"):
        decode(tmp_path / "a.tif")
