"""What the images of most patients show alike, such as the edge of a round field of view.

Photographs of the back of the eye, endoscopies and drops on a slide are a bright disc on black: the
edge of the disc is most of what their details hold, so that those of two patients correlate by 0.95
where copies correlate by 0.97. It is found as the leading principal components of details, one
image of each patient, and what is left without it tells copies from other patients again.

Only where patients are known can this be told from a film, whose frames are alike because they are
copies.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from bench.data.likeness.vectors import Vectors

MANY = 1 / 20
"""Share of all pairs of images of different patients that are alike, from which they are taken to
have something in common: 0.13 of retina-vessels, below 0.0001 of the other real sets."""

LEFT = 0.75
"""Least correlation of what is left of the details of two images.

retina-vessels at 64 to 256 px, five components taken away: pairs of two patients that are alike
otherwise correlate by 0.72 at most, copies darkened by 25 gray levels by 0.81 and more.
"""

_PATIENTS = 20, 1000  # below the first too few to tell, above the second a sample does
_MOST = 8  # components
_ENERGY = 0.005  # least share of the sum of squares of details that a component holds
_TAKE_PART = 0.1  # least share of patients that a component is spread over: copies are few

COMMON_LIMITS = (MANY, LEFT, *_PATIENTS, _MOST, _ENERGY, _TAKE_PART)
"""On which the pairs that are found depend."""


def common_structure(
    patients: NDArray[np.int64],
    order: NDArray[np.uint64],
    coarse: Callable[[NDArray[np.intp]], NDArray[np.bool_]],
    details: Callable[[NDArray[np.intp]], Vectors],
    least: float,
) -> Vectors | None:
    """Orthonormal components `(k, d)` of what most patients' details have in common.

    Args:
        patients: `(n,)` whose each image is.
        order: `(n,)` by which a patient's image and the sample of patients are chosen, such as
            digests, so that the order of the images plays no part.
        coarse: for rows `(m,)` the `(m, m)` pairs whose coarse pictures are alike.
        details: of rows `(m,)`, `(m, d)` vectors of length 1.
        least: correlation of details from which a pair is alike in these, too.

    Returns:
        None where the images have nothing in common, or patients are too few, or each has a single
        image, as where nobody knew patients and every file got a name of its own.
    """
    by_order = np.argsort(order, kind="stable")
    _, first = np.unique(patients[by_order], return_index=True)
    if len(first) == len(patients) or len(first) < _PATIENTS[0]:
        return None
    rows = np.sort(by_order[np.sort(first)[: _PATIENTS[1]]])
    pairs, many = np.triu(coarse(rows), 1), MANY * len(rows) * (len(rows) - 1) / 2
    if np.count_nonzero(pairs) < many:
        return None
    made = details(rows)
    if np.count_nonzero(pairs & (made @ made.T >= least)) < many:
        return None
    values = made.astype(np.float64)
    energy, shares = np.linalg.eigh(values @ values.T)  # ascending; shares (m, m), in columns
    taking_part = 1 / (shares**4).sum(axis=0) / len(rows)
    common = (energy >= _ENERGY * energy.sum()) & (taking_part >= _TAKE_PART)
    chosen = np.flatnonzero(common)[::-1][:_MOST]
    components = (values.T @ shares[:, chosen] / np.sqrt(energy[chosen])).T
    return np.asarray(components, dtype=np.float32)


def what_is_left(details: Vectors, components: Vectors) -> Vectors:
    """Details `(n, d)` without components `(k, d)`, of length 1 again; of nothing zeros."""
    left = details - (details @ components.T) @ components
    length = np.linalg.norm(left, axis=1, keepdims=True)
    return np.asarray(left / np.maximum(length, 1e-3), np.float32)  # what is shorter is rounding
