"""DICOM as devices write it: tables, windows, groups, palettes, depths and compressions."""

import io
import warnings
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.encaps import encapsulate
from pydicom.uid import (
    MPEG4HP41,
    HTJ2KLossless,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
)

from bench.data.formats.codestream import header
from bench.data.formats.dicom_display import NO_WIDTH, OF_BEFORE, OTHER_DEPTH
from bench.data.formats.images import decode, file_bytes, read
from bench.data.formats.picture import Part
from bench.protocol.errors import DataError
from tests.bench.data.formats.dicom_files import RAMP, dataset, items, lookup, write
from tests.oracles.dicom_reading import expected

TWELVE = {"stored": 12}


def remarks(path):
    return read(path, file_bytes(path)).remarks


def at(pixels, columns):
    assert (pixels == pixels[:1]).all()
    return pixels[0, columns].tolist()


def palettes(descriptor, *tables):
    names = ("Red", "Green", "Blue")
    tags = {f"{name}PaletteColorLookupTableDescriptor": descriptor for name in names}
    data = zip(names, tables, strict=True)
    return tags | {f"{name}PaletteColorLookupTableData": table for name, table in data}


def test_a_palette_of_8_bit_entries_is_read_as_such_whatever_the_index(tmp_path):
    tables = palettes([256, 0, 8], *[bytes(range(256))] * 3)
    found = decode(write(tmp_path / "a.dcm", RAMP // 16, "PALETTE COLOR", **tables))
    np.testing.assert_array_equal(found, np.dstack([RAMP // 16] * 3))


@pytest.mark.slow
@pytest.mark.parametrize("first", [0, 7, -5])
def test_a_palette_begins_at_the_value_that_it_names(tmp_path, first):
    index = np.tile(np.arange(-8, 24, dtype=np.int16), (8, 1))
    words = (np.arange(16) * 4096 + 255).astype("<u2").tobytes()
    tables = palettes([16, first, 16], words, words, words)
    found = decode(write(tmp_path / "a.dcm", index, "PALETTE COLOR", **tables))
    assert at(found[..., 1], range(32)) == [
        min(max(value - first, 0), 15) * 16 for value in range(-8, 24)
    ]


def test_a_segmented_palette_is_expanded(tmp_path):
    words = np.array([0, 2, 0, 256 * 10, 1, 10, 256 * 20, 2, 1, 0, 0], "<u2").tobytes()
    tags = {}
    for name in ("Red", "Green", "Blue"):
        tags[f"{name}PaletteColorLookupTableDescriptor"] = [14, 0, 16]
        tags[f"Segmented{name}PaletteColorLookupTableData"] = words
    index = np.tile(np.arange(14, dtype=np.uint8), (8, 1))
    found = decode(write(tmp_path / "a.dcm", index, "PALETTE COLOR", **tags))
    assert at(found[..., 0], range(14)) == [0, *range(10, 21), 0, 10]


@pytest.mark.slow
@pytest.mark.parametrize("packed", [False, True])
def test_a_table_of_8_bit_entries_is_looked_up_by_the_whole_value(tmp_path, packed):
    values = [x // 16 for x in range(4096)]
    table = lookup([4096, 0, 8], bytes(values), "OW") if packed else lookup([4096, 0, 8], values)
    found = decode(write(tmp_path / "a.dcm", RAMP, **TWELVE, VOILUTSequence=table))
    assert at(found, [8, 16, 255]) == [8, 16, 255]


def test_a_table_that_uses_fewer_bits_than_it_declares_ends_at_its_largest_entry(tmp_path):
    table = lookup([4096, 0, 16], list(range(4096)))
    path = write(tmp_path / "a.dcm", RAMP, **TWELVE, VOILUTSequence=table)
    assert at(decode(path), [0, 128, 255]) == [0, 128, 254]
    assert remarks(path) == (OTHER_DEPTH,)


def test_a_table_that_uses_more_bits_than_it_declares_ends_at_its_largest_entry(tmp_path):
    table = lookup([4096, 0, 8], list(range(4096)))
    path = write(tmp_path / "a.dcm", RAMP, **TWELVE, VOILUTSequence=table)
    assert at(decode(path), [0, 128, 255]) == [0, 128, 254]
    assert remarks(path) == (OTHER_DEPTH,)


@pytest.mark.parametrize("first", [-1024, 64512])
def test_the_first_value_of_a_table_may_be_negative(tmp_path, first):
    table = lookup([256, first, 8], list(range(256)))
    rescale = {"RescaleSlope": "1", "RescaleIntercept": "-1024"}
    path = write(tmp_path / "a.dcm", RAMP // 16, **TWELVE, **rescale, VOILUTSequence=table)
    assert at(decode(path), [0, 8, 255]) == [0, 8, 255]


def test_a_modality_table_comes_before_the_window(tmp_path):
    table = lookup([256, 16, 16], [4 * i for i in range(256)])
    window = {"WindowCenter": "512", "WindowWidth": "1024"}
    path = write(tmp_path / "a.dcm", RAMP // 16, ModalityLUTSequence=table, **window)
    found = decode(path)
    assert at(found, [0, 16, 144]) == [0, 0, 128]
    assert np.abs(found - expected(path)).max() <= 1


def test_a_table_with_too_few_entries_is_refused(tmp_path):
    path = write(tmp_path / "a.dcm", RAMP, VOILUTSequence=lookup([4096, 0, 12], [1, 2, 3]))
    with pytest.raises(DataError, match=r"a\.dcm.*another number of entries"):
        decode(path)


def test_a_decimal_comma_is_understood(tmp_path):
    path = write(tmp_path / "a.dcm", RAMP, **TWELVE, WindowCenter="1040.5", WindowWidth="400")
    path.write_bytes(path.read_bytes().replace(b"1040.5", b"1040,5"))
    assert at(decode(path), [50, 58, 66]) == [0, 56, 138]


@pytest.mark.parametrize("text", ["1,024 ", "1,0,40", "about "])
def test_a_number_that_could_be_another_is_refused(tmp_path, text):
    path = write(tmp_path / "a.dcm", RAMP, **TWELVE, WindowCenter="1040.5", WindowWidth="400")
    path.write_bytes(path.read_bytes().replace(b"1040.5", text.encode()))
    with pytest.raises(DataError, match=r"a\.dcm: cannot be read as DICOM, a number"):
        decode(path)


@pytest.mark.slow
@pytest.mark.parametrize("place", ["root", "shared", "frame"])
@pytest.mark.parametrize("window_place", ["root", "shared", "frame"])
def test_rescaling_and_windows_are_found_wherever_they_stand(tmp_path, place, window_place):
    frames = np.stack([RAMP, RAMP + 8])
    groups = {"shared": items(), "frame": items() + items()}
    tags = {"SharedFunctionalGroupsSequence": groups["shared"]}
    tags["PerFrameFunctionalGroupsSequence"] = groups["frame"]
    rescale = {"RescaleSlope": "1", "RescaleIntercept": "-1024"}
    window = {"WindowCenter": "40", "WindowWidth": "400"}
    if place == "root":
        tags |= rescale
    if window_place == "root":
        tags |= window
    for where, group in groups.items():
        for item in group:
            if where == place:
                item.PixelValueTransformationSequence = items(**rescale)
            if where == window_place:
                item.FrameVOILUTSequence = items(**window)
    path = write(tmp_path / "a.dcm", frames, **TWELVE, **tags)
    first, second = (decode(path, part=Part(frame=i)) for i in (1, 2))
    assert at(first, [40, 64, 70]) == [0, 102, 164]
    assert at(second, [40, 64, 70]) == [0, 107, 169]


def test_each_frame_has_a_window_of_its_own(tmp_path):
    groups = items() + items()
    for i, group in enumerate(groups):
        group.FrameVOILUTSequence = items(WindowCenter=str(1000 + 1000 * i), WindowWidth="1000")
    tags = {"PerFrameFunctionalGroupsSequence": groups, "WindowCenter": "1", "WindowWidth": "1"}
    path = write(tmp_path / "a.dcm", np.stack([RAMP, RAMP]), **TWELVE, **tags)
    for frame in (1, 2):
        want = np.clip((RAMP - (1000 * frame - 0.5)) / 999 + 0.5, 0, 1) * 255
        np.testing.assert_allclose(decode(path, part=Part(frame=frame)), want, atol=0.51)


def test_a_table_of_a_frame_comes_before_the_window_of_the_file(tmp_path):
    groups = items() + items()
    for group, entries in zip(groups, (range(256), range(255, -1, -1)), strict=True):
        group.FrameVOILUTSequence = items(VOILUTSequence=lookup([256, 0, 8], list(entries)))
    tags = {"PerFrameFunctionalGroupsSequence": groups, "WindowCenter": "9", "WindowWidth": "9"}
    path = write(tmp_path / "a.dcm", np.stack([RAMP // 16] * 2), **TWELVE, **tags)
    first, second = (decode(path, part=Part(frame=i)) for i in (1, 2))
    np.testing.assert_array_equal(first, RAMP // 16)
    np.testing.assert_array_equal(second, 255 - RAMP // 16)


@pytest.mark.parametrize("photometric", ["MONOCHROME2", "PALETTE COLOR"])
def test_tables_are_read_with_the_high_byte_first_too(tmp_path, photometric):
    from pydicom.uid import ExplicitVRBigEndian

    words = (np.arange(256)[::-1] * 257).astype(">u2").tobytes()
    if photometric == "MONOCHROME2":
        item = lookup([256, 0, 16], words, "OW")
        tags = {"VOILUTSequence": item}
    else:
        tags = palettes([256, 0, 16], words, words, words)
    path = write(tmp_path / "a.dcm", RAMP // 16, photometric, syntax=ExplicitVRBigEndian, **tags)
    found = decode(path).reshape(8, 256, -1)
    np.testing.assert_array_equal(found[..., 0], 255 - RAMP // 16)


def test_a_file_that_ends_within_its_header_is_called_cut_off(tmp_path):
    content = write(tmp_path / "a.dcm", RAMP).read_bytes()
    for length in (330, 360, 400):
        (tmp_path / "cut.dcm").write_bytes(content[:length])
        with pytest.raises(DataError, match=r"cut\.dcm.*cut off"):
            decode(tmp_path / "cut.dcm")


def test_empty_values_count_as_absent(tmp_path):
    plain = decode(write(tmp_path / "plain.dcm", RAMP, **TWELVE))
    empty = {"RescaleSlope": None, "RescaleIntercept": None, "WindowCenter": None}
    empty |= {"WindowWidth": None, "VOILUTSequence": [], "NumberOfFrames": None}
    found = decode(write(tmp_path / "a.dcm", RAMP, **TWELVE, **empty))
    np.testing.assert_array_equal(found, plain)
    assert (plain.min(), plain.max()) == (0, 255)


def test_a_window_without_a_width_is_left_out_and_told(tmp_path):
    path = write(tmp_path / "a.dcm", RAMP, **TWELVE, WindowCenter="0", WindowWidth="0")
    plain = decode(write(tmp_path / "plain.dcm", RAMP, **TWELVE))
    np.testing.assert_array_equal(decode(path), plain)
    assert remarks(path) == (NO_WIDTH,)


DARK = np.tile(np.arange(20, 84, dtype=np.uint8), (8, 1))
"""Of a narrow range, which would be another picture if it were stretched."""


@pytest.mark.parametrize(
    "tags",
    [
        {},
        {"RescaleSlope": "1", "RescaleIntercept": "0"},
        {"WindowCenter": "0", "WindowWidth": "0"},
        {"PixelPaddingValue": 20},
    ],
)
def test_8_bits_without_a_window_are_shown_as_they_are(tmp_path, tags):
    path = write(tmp_path / "a.dcm", DARK, **tags)
    np.testing.assert_array_equal(decode(path), DARK)
    assert not read(path, file_bytes(path)).stretched
    turned = write(tmp_path / "b.dcm", 255 - DARK, "MONOCHROME1", **tags)
    np.testing.assert_array_equal(decode(turned), DARK)
    wide = write(tmp_path / "c.dcm", DARK.astype(np.uint16), stored=8, **tags)
    np.testing.assert_array_equal(decode(wide), DARK)


def test_each_frame_of_8_bits_is_shown_as_it_is(tmp_path):
    path = write(tmp_path / "a.dcm", np.stack([DARK, DARK + 100]))
    for frame in (1, 2):
        found = decode(path, part=Part(frame=frame))
        np.testing.assert_array_equal(found, DARK + 100 * (frame - 1))


def test_fewer_bits_have_their_whole_range(tmp_path):
    values = np.tile(np.arange(10, 50, dtype=np.uint8), (8, 1))
    found = decode(write(tmp_path / "a.dcm", values, stored=6))
    np.testing.assert_array_equal(found, np.rint(values / 63 * 255))


def test_8_bits_that_use_more_than_they_declare_are_refused(tmp_path):
    import imagecodecs

    stream = imagecodecs.jpegls_encode(RAMP.astype(np.uint16))
    path = packed(tmp_path / "a.dcm", RAMP, stream, JPEGLSLossless, stored=8)
    with pytest.raises(DataError, match="more bits than it says are stored"):
        decode(path)


@pytest.mark.parametrize(
    "tags",
    [
        {"RescaleSlope": "2"},
        {"RescaleIntercept": "-100"},
        {"PixelRepresentation": 1},
        {"ModalityLUTSequence": lookup([256, 0, 16], list(range(0, 1024, 4)))},
        {"stored": 12, "BitsAllocated": 16},
    ],
)
def test_all_others_without_a_window_are_stretched(tmp_path, tags):
    pixels = DARK.astype(np.uint16) if "stored" in tags else DARK
    path = write(tmp_path / "a.dcm", pixels, **tags)
    picture = read(path, file_bytes(path))
    assert (picture.pixels.min(), picture.pixels.max(), picture.stretched) == (0, 255, True)


def test_the_rule_of_earlier_versions_can_be_asked_for(tmp_path):
    path = write(tmp_path / "a.dcm", DARK)
    before = read(path, file_bytes(path), of_before=True)
    assert (before.pixels.min(), before.pixels.max()) == (0, 255)
    assert before.remarks == (OF_BEFORE,)
    deep = write(tmp_path / "b.dcm", RAMP, **TWELVE)
    assert read(deep, file_bytes(deep), of_before=True).remarks == ()


def test_bits_of_overlays_are_no_brightness_and_others_are_refused(tmp_path):
    window = {"WindowCenter": "2048", "WindowWidth": "4096"}
    plain = decode(write(tmp_path / "plain.dcm", RAMP, **TWELVE, **window))
    file = dataset(RAMP + 0x8000 * (RAMP % 3 == 0), **TWELVE, **window)
    file.add_new(0x60000100, "US", 16)
    file.add_new(0x60000102, "US", 15)
    file.save_as(tmp_path / "overlay.dcm", enforce_file_format=True)
    np.testing.assert_array_equal(decode(tmp_path / "overlay.dcm"), plain)
    path = write(tmp_path / "more.dcm", RAMP * 4, **TWELVE, **window)
    with pytest.raises(DataError, match="more bits than it says are stored"):
        decode(path)


def test_signed_values_of_12_bits_are_negative_with_and_without_their_upper_bits(tmp_path):
    values = np.tile(np.arange(-2000, 2000, 100), (8, 1)).astype(np.int16)
    window = {"WindowCenter": "0.5", "WindowWidth": "4001", "PixelRepresentation": 1}
    want = np.rint((values + 2000) / 4000 * 255)
    extended = write(tmp_path / "a.dcm", values, **TWELVE, **window)
    cut = write(tmp_path / "b.dcm", (values & 0xFFF).astype(np.uint16), **TWELVE, **window)
    for path in (extended, cut):
        np.testing.assert_allclose(decode(path), want, atol=1)


def test_a_high_bit_above_the_stored_ones_shifts_them(tmp_path):
    window = {"WindowCenter": "2048", "WindowWidth": "4096"}
    plain = decode(write(tmp_path / "plain.dcm", RAMP, **TWELVE, **window))
    path = write(tmp_path / "a.dcm", RAMP * 16, **TWELVE, **window, HighBit=15)
    np.testing.assert_array_equal(decode(path), plain)


def test_floating_point_pixels_are_read(tmp_path):
    file = dataset(RAMP, WindowCenter="0.5", WindowWidth="1", VOILUTFunction="LINEAR_EXACT")
    del file.PixelData, file.BitsStored, file.HighBit, file.PixelRepresentation
    file.BitsAllocated = 32
    file.FloatPixelData = (RAMP / 4080).astype("<f4").tobytes()
    file.save_as(tmp_path / "a.dcm", enforce_file_format=True)
    np.testing.assert_allclose(decode(tmp_path / "a.dcm"), RAMP / 16, atol=1)


@pytest.mark.parametrize("with_meta", [True, False])
def test_files_without_a_preamble_are_read(tmp_path, with_meta):
    window = {"WindowCenter": "2048", "WindowWidth": "4096"}
    syntax = {} if with_meta else {"syntax": ImplicitVRLittleEndian}
    path = write(tmp_path / "a.dcm", RAMP, **TWELVE, **window, **syntax)
    plain, content = decode(path), path.read_bytes()
    start = 132 if with_meta else 144 + int.from_bytes(content[140:144], "little")
    for name in ("b.dcm", "IM0001", "scan.IMA"):
        (tmp_path / name).write_bytes(content[start:])
        np.testing.assert_array_equal(decode(tmp_path / name), plain)


def test_a_truncated_file_is_called_so(tmp_path):
    content = write(tmp_path / "a.dcm", RAMP).read_bytes()
    for length in (len(content) - 10, len(content) - 4096):
        (tmp_path / "cut.dcm").write_bytes(content[:length])
        with pytest.raises(DataError, match=r"cut\.dcm.*cut off.*Replace"):
            decode(tmp_path / "cut.dcm")
    file = dataset(RAMP)
    del file.PixelData
    file.save_as(tmp_path / "none.dcm", enforce_file_format=True)
    with pytest.raises(DataError, match="cut off"):
        decode(tmp_path / "none.dcm")


def packed(path, pixels, codestream, syntax, photometric="MONOCHROME2", **tags):
    file = dataset(pixels, photometric, **tags)
    file.file_meta.TransferSyntaxUID = syntax
    file.PixelData = encapsulate([codestream])
    file["PixelData"].VR = "OB"
    file.save_as(path, enforce_file_format=True)
    return path


def test_jpeg_of_12_bits_is_read(tmp_path):
    import imagecodecs

    stream = imagecodecs.jpeg_encode(RAMP.astype(np.uint16), level=98, bitspersample=12)
    assert header(stream).precision == 12
    window = {"WindowCenter": "2048", "WindowWidth": "4096"}
    path = packed(tmp_path / "a.dcm", RAMP, stream, JPEGExtended12Bit, **TWELVE, **window)
    np.testing.assert_allclose(decode(path), RAMP / 4095 * 255, atol=2)


@pytest.mark.parametrize(
    ("syntax", "encode"),
    [
        (JPEGLosslessSV1, "ljpeg_encode"),
        (JPEGLSLossless, "jpegls_encode"),
        (JPEG2000Lossless, "jpeg2k_encode"),
        ("1.2.840.10008.1.2.4.110", "jpegxl_encode"),
    ],
)
def test_lossless_compressions_give_the_same_picture(tmp_path, syntax, encode):
    import imagecodecs

    options = {"jpeg2k_encode": {"codecformat": "j2k", "reversible": True, "level": 0}}
    options |= {"jpegxl_encode": {"lossless": True}, "ljpeg_encode": {"bitspersample": 16}}
    pixels = np.random.default_rng(0).integers(0, 65536, (24, 20)).astype(np.uint16)
    stream = getattr(imagecodecs, encode)(pixels, **options.get(encode, {}))
    plain = decode(write(tmp_path / "plain.dcm", pixels))
    unknown = syntax not in pydicom.uid.AllTransferSyntaxes  # pydicom would not write it
    known = "1.2.840.10008.1.2.4.101" if unknown else syntax
    path = packed(tmp_path / "a.dcm", pixels, stream, known)
    path.write_bytes(path.read_bytes().replace(known.encode(), syntax.encode(), 1))
    np.testing.assert_array_equal(decode(path), plain)


def test_high_throughput_jpeg_2000_is_read(tmp_path):
    import imagecodecs

    if not getattr(getattr(imagecodecs, "HTJ2K", None), "available", False):
        pytest.skip("this build of imagecodecs does not encode it")
    pixels = np.random.default_rng(0).integers(0, 4096, (24, 20)).astype(np.uint16)
    stream = imagecodecs.htj2k_encode(pixels, reversible=True)
    plain = decode(write(tmp_path / "plain.dcm", pixels, stored=12))
    path = packed(tmp_path / "a.dcm", pixels, stream, HTJ2KLossless, stored=12)
    np.testing.assert_array_equal(decode(path), plain)


@pytest.mark.parametrize("encode", ["ljpeg_encode", "jpegls_encode"])
def test_damaged_compressed_pixels_end_in_a_message(tmp_path, encode):
    import imagecodecs

    pixels = np.random.default_rng(0).integers(0, 65536, (24, 20)).astype(np.uint16)
    stream = bytearray(getattr(imagecodecs, encode)(pixels))
    syntax = JPEGLosslessSV1 if encode == "ljpeg_encode" else JPEGLSLossless
    stream[30:60] = bytes(30)
    path = packed(tmp_path / "a.dcm", pixels, bytes(stream), syntax)
    with pytest.raises(DataError, match=r"a\.dcm"):
        decode(path)


def rgb_jpeg(pixels, names):
    """A JPEG without markers whose components have these names, not converted to YCbCr."""
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=95, keep_rgb=True, subsampling=0)
    stream = out.getvalue()
    marker = stream.find(b"\xff\xee")
    if marker >= 0:
        length = int.from_bytes(stream[marker + 2 : marker + 4], "big")
        stream = stream[:marker] + stream[marker + 2 + length :]
    for start in (b"\xff\xc0", b"\xff\xda"):
        at = stream.index(start)
        end = at + 2 + int.from_bytes(stream[at + 2 : at + 4], "big")
        segment = stream[at:end]
        step, place = (3, 10) if start == b"\xff\xc0" else (2, 5)
        changed = bytearray(segment)
        for i, name in enumerate(names):
            changed[place + step * i] = name
        stream = stream[:at] + bytes(changed) + stream[end:]
    return stream


@pytest.mark.parametrize(
    ("names", "tag", "is_rgb"),
    [
        (b"RGB", "YBR_FULL_422", True),
        (b"RGB", "RGB", True),
        (b"\1\2\3", "RGB", True),
        (b"\1\2\3", "YBR_FULL", False),
    ],
)
def test_the_colours_of_a_jpeg_are_those_of_its_stream(tmp_path, names, tag, is_rgb):
    pixels = np.zeros((16, 16, 3), np.uint8)
    pixels[:, 8:] = (200, 60, 20)
    path = packed(tmp_path / "a.dcm", pixels, rgb_jpeg(pixels, names), JPEGBaseline8Bit, tag)
    found = decode(path).astype(int)
    close = np.abs(found - pixels).max() <= 6
    assert close == is_rgb


def test_the_sides_of_a_compressed_picture_have_to_be_those_of_the_file(tmp_path):
    pixels = np.zeros((16, 16, 3), np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels[:8]).save(out, "JPEG")
    path = packed(tmp_path / "a.dcm", pixels, out.getvalue(), JPEGBaseline8Bit, "YBR_FULL_422")
    with pytest.raises(DataError, match="other sides"):
        decode(path)


def test_video_is_refused_by_name_and_not_called_broken(tmp_path):
    path = packed(
        tmp_path / "a.dcm", np.zeros((8, 8, 3), np.uint8), b"\0\0\1\xb3", MPEG4HP41, "RGB"
    )
    with pytest.raises(DataError, match="its pixels are video") as refusal:
        decode(path)
    assert "Replace" not in str(refusal.value)


@pytest.mark.slow
def test_pydicoms_own_files_are_read_as_the_standard_says_or_refused():
    folder = Path(pydicom.__file__).parent / "data" / "test_files"
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    if len(files) < 100:
        pytest.skip("pydicom's test files are not installed")
    refused: dict[str, str] = {}
    compared = sum(_compared(path, refused) for path in files)
    assert compared >= 85
    assert set(refused) <= BROKEN | SEGMENTATIONS
    assert all("is a segmentation" in why for name, why in refused.items() if name in SEGMENTATIONS)


BROKEN = {  # what is wrong with them
    "JPEG2000-embedded-sequence-delimiter.dcm",
    "MR_truncated.dcm",
    "badVR.dcm",
    "meta_missing_tsyntax.dcm",
    "nested_priv_SQ.dcm",
}
SEGMENTATIONS = {"liver_1frame.dcm", "liver_expb_1frame.dcm"}


def _compared(path, refused):
    """How many frames of a file were compared; what is refused with pixels in it is noted."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            head = pydicom.dcmread(path, force=True)
            frames = int(head.get("NumberOfFrames") or 1)
        except (ValueError, AttributeError):
            frames = 1
        for frame in {1, frames}:
            try:
                found = read(path, file_bytes(path), Part(frame=frame))
            except DataError as error:
                if "PixelData" in head:
                    refused[path.name] = str(error)
                return 0
            try:
                want = expected(path, frame)
            except RuntimeError:  # no decoder of pydicom's reads it, ours does
                return 0
            assert found.pixels.shape == want.shape, path.name
            assert np.abs(found.pixels - want).max() <= 1, path.name
    return len({1, frames})
