"""What is shown of single test cases: where the two sides disagree, and where they err."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Opinion:
    """What a method says of a case, over its runs.

    Attributes:
        named: the class that most runs decide for at the rule fixed on validation; of equally
            many the one with the highest mean probability.
        probability: mean over runs; of the positive of two classes, of more of the class named.
        right: whether that is the class of the case.
    """

    named: str
    probability: float
    right: bool


@dataclass(frozen=True)
class ShownCase:
    """A test case with its picture.

    Attributes:
        case_id: as stored.
        truth: its class.
        deep, classical: what the best two models say.
        image: base64-encoded PNG.
        activation: the same with what the best deep model looked at; "" where that is not known.
    """

    case_id: str
    truth: str
    deep: Opinion
    classical: Opinion
    image: str
    activation: str = ""


@dataclass(frozen=True)
class Agreement:
    """Test cases by who decides them rightly.

    Attributes:
        label: the class that they are of; "" for all.
        both, only_deep, only_classical, neither: numbers of cases.
    """

    label: str
    both: int
    only_deep: int
    only_classical: int
    neither: int

    @property
    def cases(self) -> int:
        """Of all four kinds."""
        return self.both + self.only_deep + self.only_classical + self.neither


@dataclass(frozen=True)
class Disagreements:
    """The best two models of a data set on single test cases.

    Attributes:
        deep, classical: names of the best two.
        whole: over all test cases.
        per_class: of each class that test has cases of, in the order of the classes.
        only_deep, only_classical: pictured cases that one of them alone decides rightly; those
            first where their probabilities for the truth differ most.
        errors_deep, errors_classical: further pictured cases that it decides wrongly; those first
            that it gives the truth the least probability.
        pictured: test cases of which there is a picture.
        trouble: why there is none, one sentence, or "".
        maps_of_others: stored maps that are not shown, since they are of another class than the one
            whose probability is told.
    """

    deep: str
    classical: str
    whole: Agreement
    per_class: tuple[Agreement, ...]
    only_deep: tuple[ShownCase, ...]
    only_classical: tuple[ShownCase, ...]
    errors_deep: tuple[ShownCase, ...]
    errors_classical: tuple[ShownCase, ...]
    pictured: int
    trouble: str
    maps_of_others: int = 0

    @property
    def mapped(self) -> int:
        """Shown cases with what the best deep model looked at."""
        shown = (self.only_deep, self.only_classical, self.errors_deep, self.errors_classical)
        return sum(bool(case.activation) for cases in shown for case in cases)
