"""The weights of the swap permutation of two single score vectors."""

from reports.statistics import permutation
from reports.statistics.midranks import doubled_midranks


def swap_weights(truth, a, b):
    ranks = (doubled_midranks(score[None]) for score in (a, b))
    return permutation.swap_weights(truth, *ranks)
