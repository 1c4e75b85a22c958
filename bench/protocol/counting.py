"""Which test cases count as one: those of a patient, and near-duplicates of each other."""

from collections.abc import Iterable, Mapping, Sequence


def joined_by(name_of: Mapping[str, str], twins: Iterable[Sequence[str]]) -> Mapping[str, str]:
    """Name → the one that stands for all names that near-duplicates join with it.

    Two patients who share a picture are one. A cluster of which a single case is known joins
    nothing; where none joins anything, nothing is told.

    Args:
        name_of: case → its patient, or itself where patients are not known.
        twins: ids of cases that are near twins of each other, in clusters; others than those of
            `name_of` are passed over.

    >>> joined_by({"1": "Doe", "2": "Roe", "3": "Poe"}, [["1", "2"], ["3", "4"]])
    {'Doe': 'Doe', 'Roe': 'Doe', 'Poe': 'Poe'}
    """
    known = [[name_of[case] for case in group if case in name_of] for group in twins]
    return _representatives(known) if any(len(names) > 1 for names in known) else {}


def _representatives(groups: Iterable[Sequence[str]]) -> Mapping[str, str]:
    """Name → the one that stands for all names that groups join with it, over any number of them.

    >>> _representatives([["a", "b"], ["c", "d"], ["b", "c"]])
    {'a': 'a', 'b': 'a', 'c': 'a', 'd': 'a'}
    """
    above: dict[str, str] = {}

    def top(name: str) -> str:
        above.setdefault(name, name)
        while above[name] != name:
            above[name] = name = above[above[name]]
        return name

    for names in groups:
        for name in names:
            one, two = sorted((top(names[0]), top(name)))
            above[two] = one
    return {name: top(name) for name in above}
