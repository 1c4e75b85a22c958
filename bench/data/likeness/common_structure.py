"""What the images of most patients show alike, such as the edge of a round field of view.

Photographs of the back of the eye, endoscopies and drops on a slide are a bright disc on black: the
edge of the disc is most of what their details hold, so that those of two patients correlate by 0.95
where copies correlate by 0.97. It is found as the leading principal components of details, one
image of each patient, and what is left without it tells copies from other patients again.

Only where patients are known can this be told from a film, whose frames are alike because they are
copies; else see `bench.data.likeness.field_of_view`.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from bench.data.likeness.vectors import Vectors, unit_length
from bench.data.splits import Rows

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


def one_of_each(patients: NDArray[np.int64], order: NDArray[np.uint64]) -> Rows:
    """Rows of one image of each patient, of 1,000 at most; of fewer than 20 none.

    Args:
        patients: `(n,)` whose each image is.
        order: `(n,)` by which a patient's image and the sample of patients are chosen, such as
            digests, so that the order of the images plays no part.
    """
    by_order = np.argsort(order, kind="stable")
    _, first = np.unique(patients[by_order], return_index=True)
    if len(first) < _PATIENTS[0]:
        return by_order[:0]
    return np.sort(by_order[np.sort(first)[: _PATIENTS[1]]])


def many_alike(
    coarse: NDArray[np.bool_], details: Callable[[], Vectors], least: float
) -> Vectors | None:
    """The details of images of which so many are alike that they must have something in common.

    Args:
        coarse: `(m, m)` the pairs whose coarse pictures are alike.
        details: makes `(m, d)` vectors of length 1.
        least: correlation of details from which a pair is alike in these, too.

    Returns:
        None where not many are.
    """
    pairs, many = np.triu(coarse, 1), MANY * len(coarse) * (len(coarse) - 1) / 2
    if not len(coarse) or np.count_nonzero(pairs) < many:
        return None
    made = details()
    return made if np.count_nonzero(pairs & (made @ made.T >= least)) >= many else None


def common_structure(details: Vectors) -> Vectors:
    """Orthonormal components `(k, d)` of what most of some details `(m, d)` have in common."""
    values = details.astype(np.float64)
    energy, shares = np.linalg.eigh(values @ values.T)  # ascending; shares (m, m), in columns
    taking_part = 1 / (shares**4).sum(axis=0) / len(values)
    common = (energy >= _ENERGY * energy.sum()) & (taking_part >= _TAKE_PART)
    chosen = np.flatnonzero(common)[::-1][:_MOST]
    components = (values.T @ shares[:, chosen] / np.sqrt(energy[chosen])).T
    return np.asarray(components, dtype=np.float32)


def what_is_left(details: Vectors, components: Vectors) -> Vectors:
    """Details `(n, d)` without components `(k, d)`, of length 1 again; of nothing zeros."""
    return unit_length(np.asarray(details - (details @ components.T) @ components, np.float32))
