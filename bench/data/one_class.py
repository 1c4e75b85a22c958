"""One class against all others: for methods that are trained on one class alone."""

from dataclasses import replace

import numpy as np

from bench.data.dataset import Dataset, Split
from bench.protocol.errors import DataUnsuitable, did_you_mean


def against_the_rest(data: Dataset, normal: str) -> Dataset:
    """The same images in two classes: the one that is named, and “not” that one, to be found.

    Label 0 is the class that is named, label 1 all others together, however many there are.

    Args:
        data: the data set.
        normal: the name of one of its classes, in any case of letters.

    Raises:
        DataUnsuitable: if it has no such class.
    """
    found = [i for i, name in enumerate(data.class_names) if name.lower() == normal.lower()]
    exact = [i for i in found if data.class_names[i] == normal]
    if len(exact or found) != 1:
        raise DataUnsuitable(
            f"--one-class {normal!r}: data set {data.name!r} has no such class. "
            f"{did_you_mean(normal, data.class_names)}"
        )
    index = (exact or found)[0]

    def relabelled(part: Split) -> Split:
        return replace(part, labels=(part.labels != index).astype(np.int64))

    answer = data.known_answer
    if answer is not None and answer.ideal_scores is not None:
        # the scores are those of the class that was positive
        turned = len(data.class_names) == 2 and data.positive == index
        scores = None if len(data.class_names) > 2 else answer.ideal_scores * (-1 if turned else 1)
        answer = replace(answer, ideal_scores=scores)
    name = data.class_names[index]
    told = replace(
        data,
        class_names=(name, f"not {name}"),
        train=relabelled(data.train),
        val=relabelled(data.val),
        test=relabelled(data.test),
        external={name: relabelled(part) for name, part in data.external.items()},
        positive=1,
        known_answer=answer,
    )
    return told if data.files is None else told.with_files(data.files)


def of_one_class(part: Split) -> Split:
    """Of a part of such a data set, the images of the class that is named."""
    return part.take(np.flatnonzero(part.labels == 0))
