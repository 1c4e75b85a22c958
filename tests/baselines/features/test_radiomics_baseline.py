import numpy as np
import pytest

from baselines.features import gldm, glrlm, glszm, ngtdm
from baselines.features.intensity import STATISTICS, first_order
from baselines.kernels import cooccurrence
from tests.baselines import radiomics_baseline as baseline

REGION = np.array([[int(digit) for digit in row] for row in baseline.REGION], np.uint8)[None]


def glcm():
    found = cooccurrence.cooccurrence(REGION, int(REGION.max()), (1,))
    return cooccurrence.DESCRIPTORS, found.descriptors[0, 0].mean(axis=0)


FOUND = {
    "GLCM": glcm,
    "GLRLM": lambda: (glrlm.DESCRIPTORS, glrlm.run_descriptors(REGION)[0].mean(axis=0)),
    "GLSZM": lambda: (glszm.DESCRIPTORS, glszm.zone_descriptors(REGION)[0]),
    "GLDM": lambda: (gldm.DESCRIPTORS, gldm.dependence_descriptors(REGION)[0]),
    "NGTDM": lambda: (ngtdm.DESCRIPTORS, ngtdm.tone_difference_descriptors(REGION)[0]),
}
NOT_THEIRS = {"GLDM": {"gray_level_nonuniformity_normalised", "dependence_energy"}}


@pytest.mark.parametrize("family", FOUND)
def test_the_matrices_have_the_values_of_the_baseline(family):
    names, values = FOUND[family]()
    theirs = getattr(baseline, family)
    assert set(names) - set(theirs) == NOT_THEIRS.get(family, set())
    ours = dict(zip(names, values, strict=True))
    for name, value in theirs.items():
        assert ours[name] == pytest.approx(value, rel=1e-10, abs=1e-12), name


def test_first_order_statistics_have_the_values_of_the_baseline():
    counts = np.bincount(baseline.INTENSITIES, minlength=256)[None]
    ours = dict(zip(STATISTICS, first_order(counts)[0], strict=True))
    ours["variance"] = ours["std"] ** 2
    ours["kurtosis"] += 3  # theirs is not the excess
    for name, value in baseline.FIRST_ORDER.items():
        assert ours[name] == pytest.approx(value, rel=1e-10), name
