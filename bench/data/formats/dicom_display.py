"""Stored values of a gray DICOM image → 256 gray levels, as the file wants to be shown.

Rescaled, or through the modality table; then the first window (linear, linear exact or sigmoid) or
the table of values of interest becomes 0..255. Where there is neither, values of at most 8 bits
that nothing rescales are shown as they are, as ultrasound and photographs are meant; of all others
the 0.5 and 99.5 percentiles without padding become black and white. PS3.3, C.11.1 and C.11.2; for
windows and rescaling of single frames C.7.6.16.2.9 and .10.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.data.formats.dicom_tables import Table, Unreadable, table
from bench.data.formats.scaling import between, between_percentiles

OTHER_DEPTH = "its table of values of interest uses other bits than it declares"
"""Said of a picture whose table ends at its own largest entry."""
NO_WIDTH = "its window has no width and is not used"
"""Said of a picture that is shown without the window that it names."""
OF_BEFORE = (
    "of 8 bits and without a window: stretched, by the rule of an earlier version (a bundle that "
    "is trained anew shows it as it is)"
)
"""Said of a picture that is not shown as it is, see `shown`."""

_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
_GROUPS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")  # 1,024 may be a thousand or one
_EIGHT = 8  # bits that are shown as they are

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Window:
    """What becomes 0 to 255.

    Attributes:
        centre, width: as the file says.
        function: "LINEAR", "LINEAR_EXACT" or "SIGMOID".
    """

    centre: float
    width: float
    function: str


@dataclass(frozen=True, eq=False)
class Shown:
    """Gray levels of a picture.

    Attributes:
        levels: `(h, w)`, not inverted.
        said: what has to be said of them.
        stretched: whether its own percentiles became black and white.
    """

    levels: NDArray[np.uint8]
    said: tuple[str, ...] = ()
    stretched: bool = False


class Description:
    """The tags of one frame of a file: its own, or else those of all frames, or the file's.

    Args:
        file: pydicom's.
        frame: from 0.
    """

    def __init__(self, file: Any, frame: int) -> None:
        self.file = file
        groups = [_item(file.get("PerFrameFunctionalGroupsSequence"), frame)]
        groups.append(_item(file.get("SharedFunctionalGroupsSequence"), 0))
        self._groups = [group for group in groups if group is not None]
        self.signed = file.get("PixelRepresentation") == 1
        self.big_endian = not file.original_encoding[1]

    def places(self, sequence: str) -> list[Any]:
        """Where a tag may stand, the most particular place first."""
        found = [_item(group.get(sequence), 0) for group in self._groups]
        return [*(place for place in found if place is not None), self.file]

    @property
    def bits(self) -> int:
        """That are stored of a value."""
        return int(self.file.get("BitsStored") or self.file.BitsAllocated)

    @property
    def rescale(self) -> tuple[float, float]:
        """Slope and intercept.

        Raises:
            Unreadable: if they make one value of all.
        """
        for place in self.places("PixelValueTransformationSequence"):
            slope, intercept = (
                numbers(place.get(name)) for name in ("RescaleSlope", "RescaleIntercept")
            )
            if slope or intercept:
                if slope and slope[0] == 0:
                    raise Unreadable("its rescale slope is 0")
                return (slope or [1.0])[0], (intercept or [0.0])[0]
        return 1.0, 0.0

    def of_interest(self, signed: bool) -> tuple[Window | Table | None, bool]:
        """The first window that has a width, or table, of the most particular place that has one;
        None without either. And whether a window was left out since it has no width.

        Args:
            signed: whether the values that a table is for may be negative.

        Raises:
            Unreadable: if a window has an unknown function, or a table contradicts itself.
        """
        empty = False
        for place in self.places("FrameVOILUTSequence"):
            window, without_width = _window(place)
            empty |= without_width
            if window is not None:
                return window, False
            if (found := self._table(place.get("VOILUTSequence"), signed)) is not None:
                return found, empty
        return None, empty

    def modality_table(self) -> Table | None:
        """The modality table, None without one."""
        return self._table(self.file.get("ModalityLUTSequence"), self.signed)

    def _table(self, sequence: Any, signed: bool) -> Table | None:
        item = _item(sequence, 0)
        if item is None:
            return None
        return table(item.get("LUTDescriptor"), item.get("LUTData"), signed, self.big_endian)


def _window(place: Any) -> tuple[Window | None, bool]:
    """The first window that has a width, and whether one has none."""
    centres, widths = (numbers(place.get(name)) for name in ("WindowCenter", "WindowWidth"))
    function = str(place.get("VOILUTFunction") or "LINEAR").strip().upper()
    empty = False
    for centre, width in zip(centres, widths, strict=False):
        if width < 1 if function == "LINEAR" else width <= 0:
            empty = True
            continue
        if function not in ("LINEAR", "LINEAR_EXACT", "SIGMOID"):
            raise Unreadable("its window has an unknown function")
        return Window(centre, width, function), False
    return None, empty


def numbers(value: Any) -> list[float]:
    """The numbers of a tag; a decimal comma is understood.

    Raises:
        Unreadable: if one is none, or if it may be one of two.

    >>> numbers("1040,5"), numbers(["40", "80"]), numbers(None), numbers("")
    ([1040.5], [40.0, 80.0], [], [])
    """
    if value is None:
        return []
    several = isinstance(value, Sequence) and not isinstance(value, str)
    found = []
    for one in value if several else str(value).split("\\"):
        text = str(one).strip(" \0")
        if not text:
            continue
        if _GROUPS.fullmatch(text):
            raise Unreadable("a number with a comma could be a thousand times as large")
        if _DECIMAL_COMMA.fullmatch(text):
            text = text.replace(",", ".")
        try:
            number = float(text)
        except ValueError:
            raise Unreadable("a number of it is none") from None
        if not np.isfinite(number):
            raise Unreadable("a number of it is not finite")
        found.append(number)
    return found


def shown(stored: NDArray[Any], about: Description, of_before: bool = False) -> Shown:
    """The gray levels of stored values.

    Args:
        stored: `(h, w)`.
        about: the tags.
        of_before: whether 8 bits without a window are stretched like all others, by which rule
            earlier versions read them.

    Raises:
        Unreadable: if the file contradicts itself.
    """
    modality = about.modality_table()
    slope, intercept = about.rescale
    if modality is not None:
        values = modality.of(stored).astype(np.float64)
    else:
        values = stored * slope + intercept
    negative = modality is None and _may_be_negative(about, slope, intercept)
    interest, empty = about.of_interest(negative)
    said = (NO_WIDTH,) if empty else ()
    if isinstance(interest, Window):
        return Shown(windowed(values, interest), said)
    if interest is not None:
        top, as_declared = interest.top
        levels = between(interest.of(values).astype(np.float64), 0.0, top)
        return Shown(levels, said if as_declared else (*said, OTHER_DEPTH))
    unchanged = modality is None and (slope, intercept) == (1.0, 0.0)
    if unchanged and about.bits <= _EIGHT and stored.dtype.kind in "iu" and not about.signed:
        if not of_before:
            return Shown(_as_it_is(values, about.bits), said)
        said = (*said, OF_BEFORE)
    return Shown(between_percentiles(values, _not_padding(stored, about)), said, stretched=True)


def _as_it_is(values: Values, bits: int) -> NDArray[np.uint8]:
    """Values of so many bits or fewer: 0 is black, the largest of them white."""
    white = (1 << bits) - 1
    if values.max(initial=0) > white:
        raise Unreadable("its pixels use more bits than it says are stored")
    return between(values, 0, white)


def windowed(values: Values, window: Window) -> NDArray[np.uint8]:
    """A window, c wide w: y = (x - (c - ½)) / (w - 1) + ½, (x - c) / w + ½ if it is exact,
    1 / (1 + exp(-4 (x - c) / w)) if it is a sigmoid."""
    centre, width = window.centre, window.width
    if window.function == "SIGMOID":
        return between(1 / (1 + np.exp(np.clip(-4 * (values - centre) / width, -700, 700))), 0, 1)
    if window.function == "LINEAR_EXACT":
        return between(values, centre - width / 2, centre + width / 2)
    middle = centre - 0.5
    return between(values, middle - (width - 1) / 2, middle + (width - 1) / 2)


def _may_be_negative(about: Description, slope: float, intercept: float) -> bool:
    stored = int(about.file.get("BitsStored") or 16)
    least, most = (-(1 << (stored - 1)), 0) if about.signed else (0, 1 << stored)
    return min(least * slope, most * slope) + intercept < 0


def _not_padding(stored: NDArray[Any], about: Description) -> NDArray[np.bool_] | None:
    """Where a picture is not padded, None where no padding is named."""
    first, last = (
        _padding(about, name) for name in ("PixelPaddingValue", "PixelPaddingRangeLimit")
    )
    if first is None:
        return None
    last = first if last is None else last
    counted = (stored < min(first, last)) | (stored > max(first, last))
    return counted if counted.any() else None


def _padding(about: Description, name: str) -> int | None:
    value = about.file.get(name)
    if not isinstance(value, int):
        return None
    return value - (1 << 16) if about.signed and value >= 1 << 15 else value


def _item(sequence: Any, index: int) -> Any | None:
    """An item of a sequence, None where it has none."""
    if not isinstance(sequence, Sequence) or index >= len(sequence):
        return None
    return sequence[index]
