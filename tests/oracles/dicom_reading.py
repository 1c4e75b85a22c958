"""How a DICOM image is to be shown, written from the standard (PS3.3, C.7.6.16, C.7.6.3, C.11.1 and
C.11.2) with pydicom's decoded pixels and NumPy alone; nothing of ours is imported.

Only what the standard says and, where a file says nothing, what docs/data.md promises.
"""

import numpy as np
import pydicom
from pydicom.pixels import pixel_array


def expected(path, frame=None, plugin=""):
    """The picture as `(h, w)` or `(h, w, 3)` floats from 0 to 255.

    Args:
        path: the file.
        frame: from 1; None for the only one.
        plugin: pydicom's decoder of compressed pixels, "" for any that it has.
    """
    ds = pydicom.dcmread(path, force=True)
    index = (frame or 1) - 1
    pixels = pixel_array(ds, index=index, **({"decoding_plugin": plugin} if plugin else {}))
    kind = ds.PhotometricInterpretation
    if kind == "PALETTE COLOR":
        return coloured(ds, pixels)
    if pixels.ndim == 3:
        depth = max(ds.BitsStored, 8)
        return np.floor(pixels / 2.0 ** (depth - 8))
    gray = gray_levels(ds, pixels, index)
    return 255 - gray if kind == "MONOCHROME1" else gray


def lookup(item_descriptor, data, values, signed):
    """Entries of a table for values; and its depth as declared."""
    count, first, depth = item_descriptor
    count = count or 65536
    if signed and first > 32767:
        first -= 65536
    if isinstance(data, bytes):
        if len(data) >= 2 * count:
            entries = [data[2 * i] + 256 * data[2 * i + 1] for i in range(count)]
        else:
            entries = list(data[:count])
    else:
        entries = list(data)
    out = np.empty(values.shape)
    for value in np.unique(values):
        place = min(max(round(float(value)) - first, 0), count - 1)
        out[values == value] = entries[place]
    return out, depth, max(entries)


def coloured(ds, index):
    planes = []
    for colour in ("Red", "Green", "Blue"):
        table = ds[f"{colour}PaletteColorLookupTableDescriptor"].value
        if f"{colour}PaletteColorLookupTableData" not in ds:
            raise NotImplementedError("segmented palettes: compared with pydicom's own")
        data = ds[f"{colour}PaletteColorLookupTableData"].value
        plane, _, brightest = lookup(table, data, index, ds.PixelRepresentation == 1)
        planes.append((plane, brightest))
    divisor = 256 if max(brightest for _, brightest in planes) > 255 else 1
    return np.stack([np.floor(plane / divisor) for plane, _ in planes], axis=2)


def functional(ds, index, macro, names):
    """Values of tags of a macro: of the frame, of all frames, or at the root."""
    for groups, place in (
        ("PerFrameFunctionalGroupsSequence", index),
        ("SharedFunctionalGroupsSequence", 0),
    ):
        for item in [ds[groups].value[place]] if groups in ds else []:
            if macro in item:
                return [item[macro].value[0].get(name) for name in names]
    return [ds.get(name) for name in names]


def first(value):
    if value is None or value == "":
        return None
    return float(value if isinstance(value, float | int | str) else value[0])


def gray_levels(ds, stored, index):
    stored = stored.astype(float)
    signed = ds.PixelRepresentation == 1
    if ds.get("ModalityLUTSequence"):
        item = ds.ModalityLUTSequence[0]
        values, _, _ = lookup(item.LUTDescriptor, item.LUTData, stored, signed)
        untouched = False
    else:
        names = ("RescaleSlope", "RescaleIntercept")
        slope, intercept = map(
            first, functional(ds, index, "PixelValueTransformationSequence", names)
        )
        values = stored * (1 if slope is None else slope) + (intercept or 0)
        untouched = slope in (None, 1) and not intercept and "PixelData" in ds
    names = ("WindowCenter", "WindowWidth", "VOILUTFunction")
    centre, width, function = functional(ds, index, "FrameVOILUTSequence", names)
    centre, width = first(centre), first(width)
    if centre is not None and width is not None and width > 0:
        return windowed(values, centre, width, function or "LINEAR")
    if ds.get("VOILUTSequence"):
        item = ds.VOILUTSequence[0]
        low = values.min() < 0 or signed
        shown, depth, brightest = lookup(item.LUTDescriptor, item.LUTData, values, low)
        full = 2**depth - 1
        return np.clip(255 * shown / (full if full / 2 < brightest <= full else brightest), 0, 255)
    if untouched and ds.BitsStored <= 8 and not signed:  # C.11.2: without one, identity
        return 255 * stored / (2**ds.BitsStored - 1)
    counted = np.ones(values.shape, bool)
    if isinstance(ds.get("PixelPaddingValue"), int):
        ends = [ds.PixelPaddingValue, ds.get("PixelPaddingRangeLimit", ds.PixelPaddingValue)]
        counted = (stored < min(ends)) | (stored > max(ends))
    low, high = np.percentile(values[counted] if counted.any() else values, (0.5, 99.5))
    if high <= low:
        return np.where(values > high, 255.0, 0.0)
    return 255 * np.clip((values - low) / (high - low), 0, 1)


def windowed(x, c, w, function):
    """PS3.3, C.11.2.1.2.1 and C.11.2.1.3, ymin = 0, ymax = 255."""
    if function == "SIGMOID":
        return 255 / (1 + np.exp(-4 * (x - c) / w))
    if function == "LINEAR_EXACT":
        return np.select([x <= c - w / 2, x > c + w / 2], [0, 255], ((x - c) / w + 0.5) * 255)
    half = (w - 1) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        y = ((x - (c - 0.5)) / (w - 1) + 0.5) * 255
    return np.select([x <= c - 0.5 - half, x > c - 0.5 + half], [0, 255], y)
