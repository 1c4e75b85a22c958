"""The ideal observer of two stationary Gaussian textures: its score of an image, and its AUC.

On a periodic field the coefficients of the Fourier transform are independent, so the covariance
matrices of both classes are diagonal there and the likelihood ratio is a sum over frequencies. No
method can separate the classes better (Neyman and Pearson 1933); Barrett and Myers 2004
(Foundations of Image Science, chapter 13) treat such observers.
"""

import numpy as np
from numpy.typing import NDArray

_NEGLIGIBLE = 36.0
"""exp(-36) is below the rounding error of the integral."""


def log_likelihood_ratio(
    images: NDArray[np.uint8],
    mean: float,
    negative: NDArray[np.float64],
    positive: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Log of the density under the positive over that under the negative class, `(n,)`.

    With F the orthonormal FFT of the image less its mean and S the variance of its coefficients,

        log LR = -1/2 Σ_f [ |F|²/S₁ - |F|²/S₀ + log(S₁/S₀) ]

    over all frequencies: those which are their own conjugate are real and count one half, the
    others come in pairs that are equal and count one half each.

    Args:
        images: `(n, size, size) uint8`.
        mean: expected gray level of a pixel.
        negative, positive: `(size, size)` variances S₀ and S₁ of the coefficients.
    """
    weights = 1 / negative - 1 / positive
    constant = np.log(positive / negative).sum()
    scores = np.empty(len(images))
    for start in range(0, len(images), 256):
        block = images[start : start + 256] - mean
        energy = np.abs(np.fft.fft2(block, norm="ortho")) ** 2
        scores[start : start + 256] = ((energy * weights).sum(axis=(1, 2)) - constant) / 2
    return scores


def ideal_auc(negative: NDArray[np.float64], positive: NDArray[np.float64]) -> float:
    """AUC of the ideal observer of two zero-mean Gaussian classes with independent components.

    Args:
        negative, positive: variances of the components, one value for each real degree of
            freedom; for an image, those of all coefficients of its orthonormal FFT.

    The log likelihood ratio of a positive case less that of a negative one is a quadratic form in
    normal variables, Σ λ z², with λ = (S₁/S₀ - 1)/2 from the positive and λ = -(1 - S₀/S₁)/2 from
    the negative case; the AUC is the probability that it is above zero.
    """
    ratio = (positive / negative).ravel()
    return probability_positive(np.concatenate([(ratio - 1) / 2, (1 / ratio - 1) / 2]))


def probability_positive(weights: NDArray[np.float64]) -> float:
    """P(Σ λ z² > 0) for independent standard normal z, by inverting the characteristic function.

    Imhof 1961 (Biometrika 48:419), from Gil-Pelaez 1951:

        P = 1/2 + 1/π ∫₀^∞ sin θ(u) / (u ρ(u)) du,
        θ(u) = 1/2 Σ arctan(2 λ u),   ρ(u) = Π (1 + 4 λ² u²)^(1/4)

    The variable is scaled by the standard deviation of the sum and taken on a logarithmic scale,
    on which the integrand falls exponentially to both sides; the limits are where it is negligible.
    """
    from scipy.integrate import quad

    values, times = np.unique(weights[weights != 0], return_counts=True)
    if values.size == 0:
        return 0.5
    values = 2 * values / np.sqrt((2 * times * values**2).sum())

    def log_rho(u: float) -> float:
        return float((times * np.log1p((values * u) ** 2)).sum()) / 4

    def integrand(log_u: float) -> float:
        u = np.exp(log_u)
        theta = float((times * np.arctan(values * u)).sum()) / 2
        return float(np.sin(theta) * np.exp(-log_rho(u)))

    upper = 0.0
    while log_rho(np.exp(upper)) < _NEGLIGIBLE:
        upper += 1.0
    area, _ = quad(integrand, -_NEGLIGIBLE, upper, limit=500, epsabs=1e-11, epsrel=1e-11)
    return float(0.5 + area / np.pi)
