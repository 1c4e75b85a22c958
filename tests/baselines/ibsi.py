"""The digital phantom of the Image Biomarker Standardisation Initiative and its reference values.

Voxels and mask: https://github.com/theibsi/data_sets, ibsi_1_digital_phantom/nifti, by Alex
Zwanenburg, CC BY 4.0. Values: the initiative's reference values for the phantom, features taken in
every slice and averaged over slices (and over directions, for the two directional matrices), 2D_avg
and 2D; three significant digits, tolerance 0 (arXiv:1612.07003; as a table in
https://github.com/oncoray/mirp, test/data/ibsi_1_reference_values/ibsi_1_dig_phantom.csv). The
names are this project's.
"""

import math

import numpy as np
from numpy.typing import NDArray

LEVELS = 6

# 0 is outside the region; the phantom's only 9 is there too
PHANTOM: NDArray[np.uint8] = np.array(
    [
        [[1, 4, 4, 1, 1], [1, 4, 6, 1, 1], [4, 1, 6, 4, 1], [4, 4, 6, 4, 1]],
        [[1, 4, 4, 1, 1], [1, 1, 6, 1, 1], [0, 1, 3, 1, 1], [4, 4, 6, 1, 1]],
        [[1, 4, 4, 0, 0], [1, 1, 1, 1, 1], [1, 1, 0, 1, 1], [1, 1, 6, 1, 1]],
        [[1, 4, 4, 0, 0], [1, 1, 1, 1, 1], [1, 1, 1, 1, 1], [1, 1, 6, 1, 1]],
    ],
    dtype=np.uint8,
)

GLCM = {
    "joint_maximum": 0.519,
    "joint_average": 2.14,
    "joint_variance": 2.69,
    "joint_entropy": 2.05,
    "difference_average": 1.42,
    "difference_variance": 2.9,
    "difference_entropy": 1.4,
    "sum_entropy": 1.6,
    "angular_second_moment": 0.368,
    "contrast": 5.28,
    "inverse_difference": 0.678,
    "inverse_difference_normalised": 0.851,
    "inverse_difference_moment": 0.619,
    "inverse_difference_moment_normalised": 0.899,
    "inverse_variance": 0.0567,
    "correlation": -0.0121,
    "autocorrelation": 5.09,
    "cluster_tendency": 5.47,
    "cluster_shade": 7.0,
    "cluster_prominence": 79.1,
    "imc1": -0.155,
    "imc2": 0.487,
}

GLCM_REDUNDANT = {"dissimilarity": 1.42, "sum_average": 4.28, "sum_variance": 5.47}

GLRLM = {
    "short_run_emphasis": 0.641,
    "long_run_emphasis": 3.78,
    "low_gray_level_run_emphasis": 0.604,
    "high_gray_level_run_emphasis": 9.82,
    "short_run_low_gray_level_emphasis": 0.294,
    "short_run_high_gray_level_emphasis": 8.57,
    "long_run_low_gray_level_emphasis": 3.14,
    "long_run_high_gray_level_emphasis": 17.4,
    "gray_level_nonuniformity": 5.2,
    "gray_level_nonuniformity_normalised": 0.46,
    "run_length_nonuniformity": 6.12,
    "run_length_nonuniformity_normalised": 0.492,
    "run_percentage": 0.627,
    "gray_level_variance": 3.35,
    "run_length_variance": 0.761,
    "run_entropy": 2.17,
}

GLSZM = {
    "small_zone_emphasis": 0.363,
    "large_zone_emphasis": 43.9,
    "low_gray_level_zone_emphasis": 0.371,
    "high_gray_level_zone_emphasis": 16.4,
    "small_zone_low_gray_level_emphasis": 0.0259,
    "small_zone_high_gray_level_emphasis": 10.3,
    "large_zone_low_gray_level_emphasis": 40.4,
    "large_zone_high_gray_level_emphasis": 113,
    "gray_level_nonuniformity": 1.41,
    "gray_level_nonuniformity_normalised": 0.323,
    "zone_size_nonuniformity": 1.49,
    "zone_size_nonuniformity_normalised": 0.333,
    "zone_percentage": 0.24,
    "gray_level_variance": 3.97,
    "zone_size_variance": 21.0,
    "zone_size_entropy": 1.93,
}

NGLDM = {
    "small_dependence_emphasis": 0.158,
    "large_dependence_emphasis": 19.2,
    "low_gray_level_emphasis": 0.702,
    "high_gray_level_emphasis": 7.49,
    "small_dependence_low_gray_level_emphasis": 0.0473,
    "small_dependence_high_gray_level_emphasis": 3.06,
    "large_dependence_low_gray_level_emphasis": 17.6,
    "large_dependence_high_gray_level_emphasis": 49.5,
    "gray_level_nonuniformity": 10.2,
    "gray_level_nonuniformity_normalised": 0.562,
    "dependence_nonuniformity": 3.96,
    "dependence_nonuniformity_normalised": 0.212,
    "gray_level_variance": 2.7,
    "dependence_variance": 2.73,
    "dependence_entropy": 2.71,
    "dependence_energy": 0.17,
}

NGTDM = {
    "coarseness": 0.121,
    "contrast": 0.925,
    "busyness": 2.99,
    "complexity": 10.4,
    "strength": 2.88,
}


def rounds_to(value: float, reference: float) -> bool:
    """Whether `value` and a reference of three significant digits are equal to that precision."""
    digit = 10.0 ** (math.floor(math.log10(abs(reference))) - 2)
    return abs(value - reference) <= 0.5000001 * digit
