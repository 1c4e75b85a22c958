"""A number and its interval."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Estimate:
    """A number with its interval.

    Attributes:
        value: the estimate.
        low, high: limits of the interval of the study's level, or None where there is none.
        method: name of the interval's procedure, for the reader; "" where there is none.
    """

    value: float
    low: float | None = None
    high: float | None = None
    method: str = ""
