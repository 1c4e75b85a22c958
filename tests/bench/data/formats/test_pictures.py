"""PNG, JPEG, JPEG 2000, GIF: depths, transparency, orientation."""

import numpy as np
import pytest
from PIL import Image

import bench
from bench.data.formats.images import decode, file_bytes, read, read_image
from bench.data.formats.kinds import is_image
from bench.data.formats.picture import Part
from bench.data.formats.pillow import upright
from bench.protocol.errors import DataError

pytestmark = pytest.mark.slow

imagecodecs = pytest.importorskip("imagecodecs")

RAMP = np.tile(np.arange(4096)[::16], (8, 1)).astype(np.uint16)
CLEAR = np.full_like(RAMP, 65535)


def pixels(path):
    return read(path, file_bytes(path)).pixels


@pytest.mark.parametrize(
    "stored",
    [RAMP, np.dstack([RAMP, CLEAR]), np.dstack([RAMP] * 3), np.dstack([RAMP] * 3 + [CLEAR])],
    ids=["gray", "gray with alpha", "gray as RGB", "gray as RGBA"],
)
def test_16_bit_gray_keeps_all_its_levels_however_it_is_stored(tmp_path, stored):
    (tmp_path / "a.png").write_bytes(imagecodecs.png_encode(stored))
    found = read_image(tmp_path / "a.png")
    assert found.shape == (8, 256, 1)
    np.testing.assert_array_equal(found[..., 0], RAMP // 16)


def test_16_bit_colour_keeps_all_its_levels(tmp_path):
    stored = np.dstack([RAMP, RAMP // 2, RAMP // 4])
    (tmp_path / "a.png").write_bytes(imagecodecs.png_encode(stored))
    np.testing.assert_array_equal(pixels(tmp_path / "a.png"), stored)


@pytest.mark.parametrize("samples", [1, 3])
def test_a_png_whose_last_checksum_differs_is_refused(tmp_path, samples):
    for depth in (np.uint8, np.uint16):
        stored = np.dstack([RAMP.astype(depth)] * samples).squeeze()
        content = bytearray(imagecodecs.png_encode(stored))
        content[content.rindex(b"IEND") - 8] ^= 1
        (tmp_path / "a.png").write_bytes(bytes(content))
        with pytest.raises(DataError, match=r"a\.png: cannot be read as an image"):
            decode(tmp_path / "a.png")


def test_jpeg_2000_is_read_at_every_depth(tmp_path):
    for name, stored in (("gray", RAMP), ("rgb", np.dstack([RAMP, RAMP // 2, RAMP // 4]))):
        path = tmp_path / f"{name}.jp2"
        path.write_bytes(imagecodecs.jpeg2k_encode(stored, level=0, reversible=True))
        np.testing.assert_array_equal(pixels(path), stored)
        path.write_bytes(
            imagecodecs.jpeg2k_encode((stored >> 4).astype(np.uint8), level=0, reversible=True)
        )
        np.testing.assert_array_equal(pixels(path), stored >> 4)


def test_jpeg_2000_below_0_is_refused(tmp_path):
    stored = imagecodecs.jpeg2k_encode(RAMP.astype(np.int16) - 99, level=0, reversible=True)
    (tmp_path / "a.jp2").write_bytes(stored)
    with pytest.raises(DataError, match="below 0"):
        decode(tmp_path / "a.jp2")


def test_jpeg_of_12_bits_is_read(tmp_path):
    stored = imagecodecs.jpeg_encode(RAMP, level=98, bitspersample=12)
    (tmp_path / "a.jpg").write_bytes(stored)
    assert np.abs(pixels(tmp_path / "a.jpg").astype(int) - RAMP).max() <= 32


def test_gif_is_read_and_of_several_pictures_one_is_named(tmp_path):
    first = Image.fromarray((RAMP // 16).astype(np.uint8))
    first.save(tmp_path / "a.gif")
    np.testing.assert_array_equal(read_image(tmp_path / "a.gif")[..., 0], RAMP // 16)
    other = Image.fromarray((255 - RAMP // 16).astype(np.uint8))
    first.save(tmp_path / "b.gif", save_all=True, append_images=[other])
    with pytest.raises(DataError, match="has 2 frames"):
        decode(tmp_path / "b.gif")
    second = read_image(tmp_path / "b.gif", frame=2)
    np.testing.assert_array_equal(second[..., 0], 255 - RAMP // 16)


def test_what_a_file_is_is_told_by_its_content_and_not_by_its_name(tmp_path):
    Image.fromarray((RAMP // 16).astype(np.uint8)).save(tmp_path / "a.png")
    content = (tmp_path / "a.png").read_bytes()
    for name in ("b.dcm", "c", "d.jpg", "e.tif"):
        (tmp_path / name).write_bytes(content)
        assert is_image(tmp_path / name)
        np.testing.assert_array_equal(pixels(tmp_path / name), RAMP // 16)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_turned_as_pillow_turns_it(tmp_path, orientation):
    stored = np.arange(24, dtype=np.uint8).reshape(4, 6)
    exif = Image.Exif()
    exif[274] = orientation
    Image.fromarray(stored).save(tmp_path / "a.png", exif=exif)
    np.testing.assert_array_equal(upright(stored, orientation), pixels(tmp_path / "a.png"))


def test_one_image_is_read_from_python_as_a_run_sees_it(tmp_path):
    colours = np.dstack([RAMP // 16, RAMP // 32, RAMP // 64]).astype(np.uint8)
    Image.fromarray(colours).save(tmp_path / "a.png")
    found = bench.read_image(tmp_path / "a.png")
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found, colours)
    np.testing.assert_array_equal(bench.read_image(str(tmp_path / "a.png")), colours)
    with pytest.raises(DataError, match="there is no such file"):
        bench.read_image(tmp_path / "none.png")


def test_in_a_folder_of_more_bits_an_image_is_as_dark_as_a_run_sees_it(tmp_path):
    (tmp_path / "a.png").write_bytes(imagecodecs.png_encode(RAMP))
    np.testing.assert_array_equal(read_image(tmp_path / "a.png", bits=14)[..., 0], RAMP // 64)
    assert decode(tmp_path / "a.png", bits=14, part=Part()).max() == 63
