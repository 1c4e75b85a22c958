"""Magnitudes of the responses to the four Gabor kernels of a wavelength, without storing them.

The kernels are products of a function of the row and one of the column, both even or odd: 13
one-dimensional filters. Almost all of the time goes into their sums over a window, and Numba's
vectoriser gives up on loops with so many arrays; so these sums are written in LLVM's own vectors,
whose accumulators stay in registers. LLVM splits them into what the processor has: AVX2, AVX-512,
NEON.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import binding, ir
from numba import njit, types
from numba.core import cgutils as untyped_cgutils
from numba.extending import intrinsic
from numpy.typing import NDArray

cgutils: Any = untyped_cgutils

PIXELS = 16
"""Pixels that are filtered at a time, at most; rows are filled up to a multiple of it."""


def _wave_lanes() -> int:
    """How many for two results: the 16 registers of AVX2 hold the sums of 8, those of AVX-512 16.

    A pixel's result does not depend on it.
    """
    try:
        wide = binding.get_host_cpu_features().get("avx512f", False)
    except RuntimeError:  # of a processor that LLVM does not know
        wide = False
    return PIXELS if wide else PIXELS // 2


WAVE_LANES = _wave_lanes()
"""Pixels that are filtered at a time with cosine and sine."""

GAUSS, COSINE, SINE, DIAGONAL_COSINE, DIAGONAL_SINE = range(5)
"""Rows of the table of factors: the Gaussian alone and times each wave; the sines are odd."""


def _vectors(lanes: int) -> ir.VectorType:
    return ir.VectorType(ir.DoubleType(), lanes)


def _pointer(builder: Any, base: Any, index: Any, lanes: int) -> Any:
    return builder.bitcast(builder.gep(base, [index]), _vectors(lanes).as_pointer())


def _load(builder: Any, base: Any, index: Any, lanes: int) -> Any:
    return builder.load(_pointer(builder, base, index, lanes), align=8)


def _store(builder: Any, value: Any, base: Any, index: Any) -> None:
    builder.store(value, _pointer(builder, base, index, value.type.count), align=8)


def _fused(builder: Any, a: Any, b: Any, c: Any) -> Any:
    """a b + c, rounded once where the processor can."""
    kind = ir.FunctionType(a.type, [a.type] * 3)
    name = f"llvm.fmuladd.v{a.type.count}f64"
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, name), [a, b, c])


def _root(builder: Any, a: Any) -> Any:
    name = f"llvm.sqrt.v{a.type.count}f64"
    kind = ir.FunctionType(a.type, [a.type])
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, name), [a])


def _data(context: Any, builder: Any, signature: Any, args: Any, which: int) -> Any:
    """The array among the arguments, as a structure with `data` and `shape`."""
    return context.make_array(signature.args[which])(context, builder, args[which])


def _window_sums(even: tuple[int, ...], odd: tuple[int, ...], lanes: int) -> Callable[..., None]:
    """A function that filters `lanes` pixels with those rows of the table of factors.

    It takes the pixels (flat), where the first one is, how far apart neighbours in the window are,
    the factors ``(5, reach + 1)``, where the results go (flat), the place of the first, and how far
    apart the results of two factors are: those of `even`, then those of `odd`.
    """

    @intrinsic
    def window_sums(  # type: ignore[no-untyped-def]
        typing_context,  # noqa: ARG001
        pixels,
        at,  # noqa: ARG001
        step,  # noqa: ARG001
        factors,
        out,
        to,  # noqa: ARG001
        apart,  # noqa: ARG001
    ):
        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            at, step, to, apart = args[1], args[2], args[5], args[6]
            source = _data(context, builder, signature, args, 0).data
            table = _data(context, builder, signature, args, 3)
            target = _data(context, builder, signature, args, 4).data
            taps = cgutils.unpack_tuple(builder, table.shape)[1]
            integer = at.type
            nothing = ir.Constant(_vectors(lanes), ir.Undefined)
            everywhere = ir.Constant(ir.VectorType(ir.IntType(32), lanes), [0] * lanes)

            def factor(row: int, k: Any) -> Any:
                index = builder.add(builder.mul(integer(row), taps), k)
                value = builder.load(builder.gep(table.data, [index]))
                first = builder.insert_element(nothing, value, ir.IntType(32)(0))
                return builder.shuffle_vector(first, nothing, everywhere)

            here = _load(builder, source, at, lanes)
            zero = ir.Constant(_vectors(lanes), [0.0] * lanes)
            sums = {
                row: cgutils.alloca_once_value(builder, builder.fmul(factor(row, integer(0)), here))
                for row in even
            } | {row: cgutils.alloca_once_value(builder, zero) for row in odd}
            with cgutils.for_range_slice(builder, integer(1), taps, integer(1)) as (k, _):
                far = builder.mul(k, step)
                after = _load(builder, source, builder.add(at, far), lanes)
                before = _load(builder, source, builder.sub(at, far), lanes)
                pairs = [(row, builder.fadd(after, before)) for row in even]
                pairs += [(row, builder.fsub(after, before)) for row in odd]
                for row, pair in pairs:
                    so_far = builder.load(sums[row])
                    builder.store(_fused(builder, factor(row, k), pair, so_far), sums[row])
            for place, row in enumerate((*even, *odd)):
                index = builder.add(to, builder.mul(apart, integer(place)))
                _store(builder, builder.load(sums[row]), target, index)
            return context.get_dummy_value()

        place = types.intp
        return types.void(pixels, place, place, factors, out, place, place), generate

    result: Callable[..., None] = window_sums
    return result


_across_rows = _window_sums((GAUSS, COSINE, DIAGONAL_COSINE), (SINE, DIAGONAL_SINE), 8)
_gauss = _window_sums((GAUSS,), (), PIXELS)
_wave = _window_sums((COSINE,), (SINE,), WAVE_LANES)
_diagonal_wave = _window_sums((DIAGONAL_COSINE,), (DIAGONAL_SINE,), WAVE_LANES)


@intrinsic
def _add_magnitudes(  # type: ignore[no-untyped-def]
    typing_context,  # noqa: ARG001
    parts,
    at,  # noqa: ARG001
    width,  # noqa: ARG001
    shifts,
    sums,
):
    """Add magnitudes less `shifts`, and the squares of these, to `sums`; 8 columns from `at` on.

    `parts` (flat) has eight rows of that width, as `_moments` fills them, `shifts` four, `sums` two
    times four.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        source, shift, total = (
            _data(context, builder, signature, args, which).data for which in (0, 3, 4)
        )
        at, width = args[1], args[2]

        def place(row: int) -> Any:
            return builder.add(at, builder.mul(width, width.type(row)))

        part = [_load(builder, source, place(row), 8) for row in range(8)]
        # cosine and sine of the sum and the difference of a diagonal wave's two phases
        cc, cs, sc, ss = part[4:]
        responses = (
            (part[0], part[1]),
            (builder.fsub(cc, ss), builder.fadd(sc, cs)),
            (part[2], part[3]),
            (builder.fadd(cc, ss), builder.fsub(sc, cs)),
        )
        for k, (real, imaginary) in enumerate(responses):
            square = _fused(builder, real, real, builder.fmul(imaginary, imaginary))
            less = builder.fsub(_root(builder, square), _load(builder, shift, place(k), 8))
            first = _load(builder, total, place(k), 8)
            second = _load(builder, total, place(4 + k), 8)
            _store(builder, builder.fadd(first, less), total, place(k))
            _store(builder, _fused(builder, less, less, second), total, place(4 + k))
        return context.get_dummy_value()

    return types.void(parts, types.intp, types.intp, shifts, sums), generate


@njit(cache=True, nogil=True)
def _moments(
    gray: NDArray[np.uint8],
    brightness: NDArray[np.float64],
    factors: NDArray[np.float64],
    row_at: NDArray[np.int64],
    col_at: NDArray[np.int64],
    out: NDArray[np.float64],
) -> None:
    n, h, w = gray.shape
    reach = factors.shape[1] - 1
    width = -(-w // PIXELS) * PIXELS
    long = width + 2 * reach
    image = np.zeros((h + 2 * reach) * width)  # above and below reflected
    line = np.zeros(5 * long)  # gauss, cosine, diagonal cosine, sine, diagonal sine of the row
    part = np.zeros(8 * width)  # even and odd wave, wave of the row times gauss, both times both
    shifts = np.zeros(4 * width)
    sums = np.zeros(8 * width)
    for i in range(n):
        for r in range(h):
            for c in range(w):
                image[(reach + r) * width + c] = gray[i, r, c] - brightness[i]
        for k in range(reach):
            above, below = k * width, (reach + h + k) * width
            from_above = (reach + row_at[k]) * width
            from_below = (reach + row_at[reach + h + k]) * width
            for c in range(w):
                image[above + c] = image[from_above + c]
                image[below + c] = image[from_below + c]
        shifts[:] = 0.0
        sums[:] = 0.0
        for r in range(h):
            for c in range(0, width, 8):
                _across_rows(image, (reach + r) * width + c, width, factors, line, reach + c, long)
            for f in range(5):
                for k in range(reach):
                    line[f * long + k] = line[f * long + reach + col_at[k]]
                    end = reach + w + k
                    line[f * long + end] = line[f * long + reach + col_at[end]]
            for c in range(0, width, PIXELS):
                at = reach + c
                _gauss(line, long + at, 1, factors, part, 2 * width + c, width)
                _gauss(line, 3 * long + at, 1, factors, part, 3 * width + c, width)
            for c in range(0, width, WAVE_LANES):
                at = reach + c
                _wave(line, at, 1, factors, part, c, width)
                _diagonal_wave(line, 2 * long + at, 1, factors, part, 4 * width + c, width)
                _diagonal_wave(line, 4 * long + at, 1, factors, part, 6 * width + c, width)
            for c in range(0, width, 8):
                _add_magnitudes(part, c, width, shifts, sums)  # type: ignore[call-arg]
            if r == 0:  # from values near their mean a variance can be taken in one pass
                for c in range(4 * width):  # a slice would compile NumPy's broadcasting, for 2 s
                    shifts[c] = sums[c]
                sums[:] = 0.0
        for o in range(4):
            mean = 0.0
            for c in range(o * width, o * width + w):
                mean += shifts[c] + sums[c] / h
            mean /= w
            squares = 0.0
            for c in range(o * width, o * width + w):
                less = sums[c] / h
                squares += max(0.0, sums[4 * width + c] - h * less * less)
                squares += h * (shifts[c] + less - mean) ** 2
            out[i, o, 0] = mean
            out[i, o, 1] = np.sqrt(squares / (h * w))


def _reflected(side: int, reach: int) -> NDArray[np.int64]:
    """Pixel that stands for each of ``-reach … side + reach - 1``: … 1 0 | 0 1 … (half-sample)."""
    index = np.arange(-reach, side + reach) % (2 * side)
    return np.minimum(index, 2 * side - 1 - index)


def magnitude_moments(gray: NDArray[np.uint8], factors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean and standard deviation of |response| to `gray` less its mean, ``(n, 4, 2)``.

    Waves along the columns, between both, along the rows, and between both on the other side.
    Beyond its border the image is reflected with its border pixel repeated, as often as needed.

    Parameters
    ----------
    gray : (n, h, w) uint8
    factors : (5, reach + 1) float64
        One-dimensional factors of the kernels at offsets 0 … reach: `GAUSS`, then the Gaussian
        times cosine and sine of the frequency, and of the one that a diagonal wave has along each
        axis.
    """
    n, h, w = gray.shape
    reach = factors.shape[1] - 1
    out = np.empty((n, 4, 2))
    brightness = gray.reshape(n, -1).sum(axis=1, dtype=np.int64) / (h * w)
    rows, cols = _reflected(h, reach), _reflected(w, reach)
    _moments(gray, brightness, np.ascontiguousarray(factors), rows, cols, out)
    return out
