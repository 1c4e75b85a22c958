"""Arrays of an npz file, which may be damaged, or made to do harm.

Nothing is unpickled. No array is read that would need more memory than its archive is allowed,
whatever its header or the archive's directory says.
"""

import math
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self, cast

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from bench.protocol.errors import DataError, reason

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # others expand a block as a whole
_CHUNK = 1 << 20  # bytes


@dataclass(frozen=True)
class Header:
    """What an array is, before it is read.

    Attributes:
        shape: of the array.
        fortran: whether its first index runs fastest in the file.
        dtype: of its elements, which are no Python objects.
    """

    shape: tuple[int, ...]
    fortran: bool
    dtype: np.dtype[Any]

    @property
    def nbytes(self) -> int:
        """Of its elements."""
        return math.prod(self.shape) * self.dtype.itemsize


class Archive:
    """Context manager of an npz file that is open for reading.

    Args:
        path: the file.
        largest: bytes that all its arrays together may take.
        hint: what to do if it cannot be read, a sentence.

    Attributes:
        names: of its arrays.

    Raises:
        DataError: if it cannot be read, or its arrays are larger than that.
    """

    def __init__(self, path: Path, largest: int, hint: str) -> None:
        self._path, self._left, self._hint = path, largest, hint
        try:
            self._zip = zipfile.ZipFile(path)
        except Exception as error:  # of foreign bytes anything may come, struct.error for one
            raise self._unreadable(error) from None
        members = [m for m in self._zip.infolist() if m.filename.endswith(".npy")]
        self.names = tuple(member.filename.removesuffix(".npy") for member in members)
        needed = sum(member.file_size for member in members)
        if needed > largest:
            self._zip.close()
            raise self._too_large(needed)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._zip.close()

    def header(self, name: str) -> Header:
        """What the array of this name is.

        Raises:
            DataError: if that cannot be read, or it holds Python objects or is too large.
        """
        with self._opened(name) as file:
            return self._header(file)

    def read(self, name: str) -> NDArray[Any]:
        """The array of this name.

        Raises:
            DataError: if it is damaged, holds Python objects or is too large.
        """
        with self._opened(name) as file:
            self._left -= self._header(file).nbytes
            file.seek(0)
            array: NDArray[Any] = npy.read_array(file, allow_pickle=False)
            _end(file)
            return array

    def stream(self, name: str) -> Iterator[bytes]:
        """The elements of the array of this name as they lie in the file, a few at a time.

        They are as many as the header says and undamaged only if no error comes until the end.

        Raises:
            DataError: if it is damaged, holds Python objects or is too large.
        """
        with self._opened(name) as file:
            missing = self._header(file).nbytes
            self._left -= missing
            while missing:
                chunk = file.read(min(_CHUNK, missing))
                if not chunk:
                    raise ValueError(f"{missing:,} bytes are missing")
                missing -= len(chunk)
                yield chunk
            _end(file)

    @contextmanager
    def _opened(self, name: str) -> Iterator[BinaryIO]:
        """A member, open; what goes wrong with it becomes a `DataError`."""
        try:
            member = self._zip.getinfo(f"{name}.npy")
            if member.compress_type not in _METHODS:
                raise ValueError("it is compressed in a way that NumPy does not use")
            with self._zip.open(member) as file:
                yield cast(BinaryIO, file)
        except DataError:
            raise
        except Exception as error:  # see above; zlib.error and NotImplementedError among others
            raise self._unreadable(error) from None

    def _header(self, file: BinaryIO) -> Header:
        header = _header_of(file)
        if header.nbytes > self._left:
            raise self._too_large(header.nbytes)
        return header

    def _unreadable(self, error: Exception) -> DataError:
        return DataError(
            f"{self._path}: cannot be read as an npz file ({reason(error)}). {self._hint}"
        )

    def _too_large(self, needed: int) -> DataError:
        return DataError(
            f"{self._path}: refused, its arrays expand to {needed:,} bytes or more, and no file of "
            f"that name should hold that much. {self._hint}"
        )


def _header_of(file: BinaryIO) -> Header:
    """What an npy file begins with.

    Raises:
        ValueError: if it is no header, or means Python objects.
    """
    version = npy.read_magic(file)
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, fortran, dtype = read(file)
    if dtype.hasobject:
        raise ValueError("it holds Python objects, which are not read")
    if any(side < 0 for side in shape):
        raise ValueError(f"an array of shape {shape}")
    return Header(shape, fortran, dtype)


def _end(file: BinaryIO) -> None:
    """Read to the end, where the archive's checksum is compared.

    Raises:
        ValueError: if that is not here.
    """
    if file.read(1):
        raise ValueError("there are more bytes than its header says")
