"""What pyradiomics finds in the analytic images, one slice of them at a time.

Computed with pyradiomics 3.0.1 (https://github.com/AIM-Harvard/pyradiomics) on `region_of` of each
case: force2D, binWidth 1, label 1, and else the defaults, so distance 1, symmetrical co-occurrence
and the mean over the four angles, α = 0. The names are this project's; MCC is of the co-occurrence
matrices merged with equal weights (weightingNorm "infinity").
"""

import numpy as np
from numpy.typing import NDArray

from baselines.features.channels import gray_from_colour
from baselines.features.quantisation import quantise
from tests.baselines.analytic import analytic_images

CASES = (("checkerboard", False), ("disc", False), ("gradient", True), ("noise", True))
"""Name of the analytic image, and whether the region is its mask or the whole image."""


def region_of(name: str, masked: bool) -> NDArray[np.uint8]:
    """Levels ``(1, 32, 32) uint8`` in 32 bins, counted from the lowest one as pyradiomics does."""
    image = analytic_images()[name][None]
    levels = quantise(gray_from_colour(image[..., :3]), 32, image[..., 3] if masked else None)
    lowest = levels[levels > 0].min()
    return np.where(levels > 0, levels - (lowest - 1), 0).astype(np.uint8)


GLCM = {
    "joint_maximum": (0.356399583767, 0.64961628512, 0.0643055555556, 0.0126319277883),
    "joint_average": (11.0, 5.87065881894, 7.06399305556, 16.0869542639),
    "joint_variance": (99.9999458594, 49.3305878013, 7.47204997589, 37.4672797493),
    "joint_entropy": (1.85218511904, 1.19512914267, 4.73333497886, 8.00356037517),
    "difference_average": (5.75442247659, 0.770193808533, 0.488125, 6.83406400001),
    "difference_variance": (80.4417008384, 10.9414530584, 0.202301292438, 26.3766036578),
    "difference_entropy": (0.852185719537, 0.290880985617, 0.853808850024, 4.10905275087),
    "sum_entropy": (1.56446399521, 1.14378288877, 4.24520997886, 5.01123529603),
    "angular_second_moment": (0.298896018607, 0.512877205951, 0.0450241415895, 0.00444412975679),
    "contrast": (115.088449532, 11.552907128, 0.488125, 73.1532808111),
    "inverse_difference": (0.725979882067, 0.951862886967, 0.7559375, 0.220642628422),
    "inverse_difference_normalised": (
        0.859648232278,
        0.975155038434,
        0.965133928571,
        0.829212394688,
    ),
    "inverse_difference_moment": (0.712996385208, 0.948880941912, 0.7559375, 0.127960773594),
    "inverse_difference_moment_normalised": (
        0.863152854302,
        0.975981482062,
        0.997128676471,
        0.932762793833,
    ),
    "inverse_variance": (0.000719302809573, 0.000228205572899, 0.488125, 0.134831711922),
    "correlation": (0.424557373751, 0.883064563182, 0.966835074558, 0.0242951219991),
    "autocorrelation": (163.455775234, 78.024746358, 57.1279861111, 259.683220914),
    "cluster_tendency": (284.911333906, 185.769444077, 29.4000749035, 76.7158381859),
    "cluster_shade": (0.0, 1893.48914666, -0.357221620874, -64.6407313944),
    "cluster_prominence": (113964.611714, 56275.6786934, 1737.63620932, 15602.352911),
    "imc1": (-0.147814125753, -0.685957385923, -0.614500388421, -0.228859113933),
    "imc2": (0.479428815492, 0.843779962964, 0.991466512081, 0.934484154846),
}

GLRLM = {
    "short_run_emphasis": (0.249811620822, 0.039600286216, 0.471033792849, 0.972156689382),
    "long_run_emphasis": (17.1428571429, 177.602635694, 7.401339739, 1.11606147501),
    "low_gray_level_run_emphasis": (
        0.501133786848,
        0.739295766906,
        0.0543927978979,
        0.0113837705279,
    ),
    "high_gray_level_run_emphasis": (221.0, 67.7402836721, 58.4552095614, 296.669994838),
    "short_run_low_gray_level_emphasis": (
        0.125189043541,
        0.023582483836,
        0.031560365131,
        0.0111843690402,
    ),
    "short_run_high_gray_level_emphasis": (
        55.2083682017,
        4.14015769548,
        27.9034630897,
        289.796502671,
    ),
    "long_run_low_gray_level_emphasis": (
        8.5908649174,
        125.30676823,
        0.309213121533,
        0.012202213068,
    ),
    "long_run_high_gray_level_emphasis": (
        3788.57142857,
        13565.3447063,
        426.542255185,
        325.218815825,
    ),
    "gray_level_nonuniformity": (163.750626566, 60.4098726826, 12.4599390636, 11.3059273806),
    "gray_level_nonuniformity_normalised": (
        0.500001570342,
        0.614521462263,
        0.0911811972787,
        0.0477048435162,
    ),
    "run_length_nonuniformity": (189.630325815, 10.9750949296, 68.2459874989, 220.137457429),
    "run_length_nonuniformity_normalised": (
        0.65446196946,
        0.109855205638,
        0.441025671192,
        0.928832955736,
    ),
    "run_percentage": (0.31982421875, 0.09521484375, 0.5322265625, 0.963414634146),
    "gray_level_variance": (99.9996859316, 43.3663354954, 8.83071224538, 38.0628642607),
    "run_length_variance": (5.84961149742, 46.0501818318, 0.9505555502, 0.0386412586057),
    "run_entropy": (1.91536056335, 3.88714451919, 4.69988916476, 4.7029435057),
}

GLSZM = {
    "small_zone_emphasis": (3.81469726562e-06, 5.97597106993e-06, 0.0408845676955, 0.885978835979),
    "large_zone_emphasis": (262144.0, 300169.0, 478.0, 1.5619047619),
    "low_gray_level_zone_emphasis": (0.501133786848, 0.501953125, 0.120837984476, 0.0119343841247),
    "high_gray_level_zone_emphasis": (221.0, 128.5, 63.0, 303.138095238),
    "small_zone_low_gray_level_emphasis": (
        1.9116736864e-06,
        1.01973829818e-06,
        0.0195853880839,
        0.011078113363,
    ),
    "small_zone_high_gray_level_emphasis": (
        0.000843048095703,
        0.00127477156064,
        3.41136301065,
        275.807804233,
    ),
    "large_zone_low_gray_level_emphasis": (
        131369.21542,
        250120.767578,
        16.3836056918,
        0.0157716430159,
    ),
    "large_zone_high_gray_level_emphasis": (57933824.0, 13112516.5, 26924.6153846, 444.057142857),
    "gray_level_nonuniformity": (1.0, 1.0, 1.0, 9.58095238095),
    "gray_level_nonuniformity_normalised": (0.5, 0.5, 0.0769230769231, 0.0456235827664),
    "zone_size_nonuniformity": (2.0, 1.0, 2.23076923077, 155.914285714),
    "zone_size_nonuniformity_normalised": (1.0, 0.5, 0.171597633136, 0.742448979592),
    "zone_percentage": (0.001953125, 0.001953125, 0.05078125, 0.853658536585),
    "gray_level_variance": (100.0, 56.25, 14.0, 39.9260997732),
    "zone_size_variance": (0.0, 38025.0, 90.2130177515, 0.189659863946),
    "zone_size_entropy": (1.0, 1.0, 3.70043971814, 5.08716039104),
}

GLDM = {
    "small_dependence_emphasis": (0.028293668017, 0.0165104191271, 0.0536870659722, 0.792908762421),
    "large_dependence_emphasis": (43.97265625, 69.61328125, 23.234375, 1.91869918699),
    "low_gray_level_emphasis": (0.501133786848, 0.691638946533, 0.0468893932862, 0.0112270132092),
    "high_gray_level_emphasis": (221.0, 79.9404296875, 58.0234375, 294.829268293),
    "small_dependence_low_gray_level_emphasis": (
        0.0141789129972,
        0.0115698063226,
        0.00427916233051,
        0.00971670712213,
    ),
    "small_dependence_high_gray_level_emphasis": (
        6.25290063175,
        1.28130729708,
        3.23742621528,
        244.458897922,
    ),
    "large_dependence_low_gray_level_emphasis": (
        22.0361837443,
        47.5231513977,
        0.883157325464,
        0.0176200949857,
    ),
    "large_dependence_high_gray_level_emphasis": (
        9717.95703125,
        5724.68652344,
        1340.4609375,
        523.284552846,
    ),
    "gray_level_nonuniformity": (512.0, 586.267578125, 24.2734375, 11.9105691057),
    "dependence_nonuniformity": (361.03125, 559.84375, 141.9453125, 145.975609756),
    "dependence_nonuniformity_normalised": (
        0.352569580078,
        0.546722412109,
        0.554473876953,
        0.593396787626,
    ),
    "gray_level_variance": (100.0, 48.0907201767, 8.14453125, 37.526802829),
    "dependence_variance": (2.48094177246, 1.7440032959, 0.746032714844, 0.247670037676),
    "dependence_entropy": (2.69639007306, 2.21168106646, 4.58457899282, 5.22004712075),
}

NGTDM = {
    "coarseness": (0.000346740638003, 0.00266666666667, 0.129731373286, 0.0185710283869),
    "contrast": (563.28125, 35.2226954419, 0.0341292894804, 0.521074916306),
    "busyness": (144.2, 43.9862542955, 0.117458829365, 0.154028363787),
    "complexity": (112.65625, 10.986328125, 19.8741697899, 1540.25653308),
    "strength": (0.138696255201, 0.6, 6.88209590678, 4.59256058297),
}

MCC = (0.426523297491, 0.883228141002, 0.971081307015, 0.287314562606)
