"""npz files that are damaged, or made to do harm."""

import io
import struct
import zipfile

import numpy as np
import pytest

from bench.data.formats.npz import Archive
from bench.protocol.errors import DataError

LARGEST = 100_000
HINT = "Get it again."


def write(path, method=zipfile.ZIP_DEFLATED, **members):
    """An archive of members given as bytes or as arrays."""
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, value in members.items():
            if not isinstance(value, bytes):
                buffer = io.BytesIO()
                np.save(buffer, value)
                value = buffer.getvalue()
            archive.writestr(f"{name}.npy", value)
    return path


def npy(shape, descr="|u1", content=b""):
    header = f"{{'descr': {descr!r}, 'fortran_order': False, 'shape': {shape}, }}"
    header = header.ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + content


def read(path, name="a"):
    with Archive(path, LARGEST, HINT) as archive:
        return archive.read(name)


def stream(path, name="a"):
    """The same array, put together from its header and its bytes."""
    with Archive(path, LARGEST, HINT) as archive:
        header = archive.header(name)
        content = b"".join(archive.stream(name))
    array = np.frombuffer(content, header.dtype)
    return array.reshape(header.shape, order="F" if header.fortran else "C")


WAYS = pytest.mark.parametrize("way", [read, stream])


def test_arrays_come_back_as_they_were_saved(tmp_path):
    arrays = {"a": np.arange(12, dtype=np.uint8).reshape(3, 4), "b": np.asfortranarray(np.eye(3))}
    path = write(tmp_path / "f.npz", **arrays)
    with Archive(path, LARGEST, HINT) as archive:
        assert archive.names == ("a", "b")
    for name, array in arrays.items():
        np.testing.assert_array_equal(read(path, name), array)
        np.testing.assert_array_equal(stream(path, name), array)


BROKEN = {
    "a header that claims a terabyte": (npy((10**6, 10**6)), "expand"),
    "a header that claims more than memory has": (npy((2**62, 2**62)), "expand"),
    "a header of a negative size": (npy((-5, 3)), "cannot be read"),
    "fewer pixels than the header says": (npy((50, 50), content=bytes(10)), "cannot be read"),
    "Python objects": (npy((1,), "|O", b"cos\nsystem\n"), "Python objects"),
    "a structure with Python objects": (npy((1,), [("x", "|O")], b"x"), "Python objects"),
    "a header that is code": (npy("__import__('os')"), "cannot be read"),
    "a deeply nested header": (npy("(" * 90), "cannot be read"),
    "another magic": (b"\x93NUMPX" + npy((1,))[6:], "cannot be read"),
    "a version of the future": (b"\x93NUMPY\x09\x00" + npy((1,))[8:], "cannot be read"),
    "nothing": (b"", "cannot be read"),
    "half a header": (npy((1,))[:30], "cannot be read"),
    "more pixels than the header says": (npy((9,), content=bytes(10)), "more bytes"),
}


@pytest.mark.slow
@WAYS
@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_array_is_refused(tmp_path, kind, way):
    content, message = BROKEN[kind]
    path = write(tmp_path / "f.npz", a=content)
    with pytest.raises(DataError, match=message) as caught:
        way(path)
    assert HINT in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_archive_that_expands_is_refused_before_it_is_unpacked(tmp_path):
    path = write(tmp_path / "f.npz", a=npy((5_000_000,), content=bytes(5_000_000)))
    assert path.stat().st_size < LARGEST
    with pytest.raises(DataError, match="expand to 5,000,128 bytes"):
        read(path)


def test_arrays_that_are_small_one_by_one_are_counted_together(tmp_path):
    path = write(tmp_path / "f.npz", a=npy((60_000,)), b=npy((60_000,)))
    with Archive(path, LARGEST, HINT) as archive:
        for name in "ab":
            with pytest.raises(DataError):
                archive.read(name)


@WAYS
@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_compression_that_expands_blocks_of_any_size_is_refused(tmp_path, method, way):
    path = write(tmp_path / "f.npz", method, a=np.zeros(9, np.uint8))
    with pytest.raises(DataError, match="NumPy does not use"):
        way(path)


def test_arrays_that_are_streamed_are_counted_together(tmp_path):
    path = write(tmp_path / "f.npz", a=np.zeros(60_000, np.uint8), b=npy((60_000,)))
    with Archive(path, LARGEST, HINT) as archive:
        assert sum(map(len, archive.stream("a"))) == 60_000
        with pytest.raises(DataError, match="expand"):
            next(archive.stream("b"))


@pytest.mark.slow
@WAYS
@pytest.mark.parametrize("seed", range(60))
def test_a_flipped_or_missing_byte_never_goes_unseen_and_never_crashes(tmp_path, seed, way):
    rng = np.random.default_rng(seed)
    array = rng.integers(0, 256, (20, 20), dtype=np.uint8)
    method = zipfile.ZIP_STORED if seed % 2 else zipfile.ZIP_DEFLATED
    whole = write(tmp_path / "f.npz", method, a=array).read_bytes()
    content = bytearray(whole)
    content[rng.integers(len(content))] ^= 1 << rng.integers(8)
    if seed % 3 == 0:
        content = content[: rng.integers(len(content))]
    (tmp_path / "f.npz").write_bytes(content)
    try:
        with Archive(tmp_path / "f.npz", LARGEST, HINT) as archive:
            names = archive.names
        found = way(tmp_path / "f.npz") if "a" in names else None
    except DataError:
        return
    if found is not None:  # a byte that nobody needs, for example of a date
        np.testing.assert_array_equal(found, array)
