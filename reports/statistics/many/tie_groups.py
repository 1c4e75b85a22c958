"""Which of several models cannot be told apart: groups from tests of all pairs.

Piepho, "An algorithm for a letter-based representation of all-pairwise comparisons", Journal of
Computational and Graphical Statistics 13 (2004) 456-466: insert and absorb.
"""

from collections.abc import Iterable


def tie_groups(count: int, different: Iterable[tuple[int, int]]) -> tuple[tuple[int, ...], ...]:
    """Groups such that two models are in one together exactly where they are not shown to differ.

    A model may be in several groups: to be told apart is not transitive.

    Args:
        count: models, numbered from 0 in the order in which groups are to be read.
        different: pairs that are shown to differ.

    Returns:
        Groups of numbers, ascending, in the order of their first members; none lies in another.

    >>> tie_groups(3, [(0, 2)])
    ((0, 1), (1, 2))
    """
    groups = [frozenset(range(count))] if count else []
    for a, b in different:
        split: list[frozenset[int]] = []
        for group in groups:
            split += [group - {a}, group - {b}] if {a, b} <= group else [group]
        groups = []
        for group in sorted(set(split), key=len, reverse=True):
            if not any(group <= other for other in groups):
                groups.append(group)
    return tuple(sorted(tuple(sorted(group)) for group in groups))
