"""One number of a case for each method, and by how much two methods differ over the cases.

A case's number is the mean over the seeds of a method (and over the draws of the folds). The error
of a mean over cases is that of patients, to which the seeds' variance is added. Its interval is
that of Student's t and that of the BCa bootstrap of patients, on each side the wider: the bootstrap
alone covers 90 to 95 % with 12 to 50 patients, the t interval lacks the skewness that misses bring
(`tests/benchmarks/segmentation_verdicts.py`).

Over folds two sides are compared as procedures, and every test case also trains other folds: of the
cases' variance a share is added, as of an AUC (`reports.statistics.fold_auc`).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from reports.analysis.pairs.paired import DRAWS, LEAST_ERROR, OVERLAPPING, SEEDS, Tested
from reports.evidence import Estimate
from reports.evidence.pair import DICE, PairMeasure
from reports.statistics.contrast import Difference, degrees_of_freedom, widening
from reports.statistics.permutation import swap_test
from reports.statistics.power import TestModel
from reports.statistics.segmentation.paired_cases import (
    Sums,
    bca_interval,
    least_error,
    standard_error,
)

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_NONE = 1e-9  # an error below this is none: all cases differ alike

IDENTICAL_MAPS = "least error of so many cases (the same of every case)"


@dataclass(frozen=True, eq=False)
class OverCases:
    """A method, or what stands for a side, on every test case.

    Attributes:
        values: `(n,)` means over seeds.
        seed_variance: variance of the mean over cases that is due to seeds: that between seeds,
            divided by their number; 0 with a single one.
        seeds: how many, of the fold with the fewest.
        draws: mean over cases in each draw of the folds; one without.
    """

    values: FloatArray
    seed_variance: float = 0.0
    seeds: int = 1
    draws: tuple[float, ...] = ()

    @property
    def mean(self) -> float:
        """Over cases."""
        return float(self.values.mean())


def over_cases(
    values: Mapping[int | None, FloatArray],
    rows: Mapping[int | None, IntArray],
    draw_of: Mapping[int | None, int],
    n: int,
) -> OverCases | None:
    """A method on every test case; None where no draw of the folds has a run in every fold.

    Args:
        values: test part → `(s, n_part)` numbers of its runs.
        rows: test part → places of its cases among all, of every part that there is.
        draw_of: test part → which draw of the folds it belongs to.
        n: test cases.

    >>> part = {None: np.array([[0.5, 0.7], [0.7, 0.7]])}
    >>> over_cases(part, {None: np.arange(2)}, {None: 0}, 2).values.round(3).tolist()
    [0.6, 0.7]
    """
    draws: dict[int, list[int | None]] = {}
    for part in rows:
        draws.setdefault(draw_of[part], []).append(part)
    whole = [own for own in draws.values() if all(len(values.get(part, ())) for part in own)]
    if not whole or not n:
        return None
    each = np.zeros((len(whole), n))
    variance, fewest = 0.0, math.inf
    for number, own in enumerate(whole):
        for part in own:
            runs = values[part]
            each[number, rows[part]] = runs.mean(axis=0)
            if len(runs) > 1:
                fewest = min(fewest, len(runs))
                share = len(rows[part]) / n
                variance += share**2 * float(runs.mean(axis=1).var(ddof=1)) / len(runs)
    return OverCases(
        each.mean(axis=0),
        variance / len(whole) ** 2,
        1 if math.isinf(fewest) else int(fewest),
        tuple(each.mean(axis=1).tolist()),
    )


@dataclass(frozen=True, eq=False)
class Cases:
    """The test cases that numbers are of.

    Attributes:
        units: `(n,)` patients as `0..u-1`, None where each case counts.
        who: what counts as one, several of it in words.
        level: of intervals.
        overlap: what training parts that overlap add to the cases' variance, as a share of it; 0
            without folds.
    """

    units: IntArray | None
    who: str
    level: float
    overlap: float = 0.0

    def of(self, rows: IntArray) -> "Cases":
        """Some of them, by their places."""
        own = self.units
        if own is not None:
            own = np.unique(own[rows], return_inverse=True)[1].astype(np.int64)
        return replace(self, units=own)

    def estimated(self, one: OverCases) -> Difference | None:
        """A mean over cases with its error; None of a single patient."""
        sums = Sums.of(one.values, self.units)
        if sums.n < 2:
            return None
        error = standard_error(sums)
        alike = error < _NONE
        if alike:
            error = least_error(sums.n) / math.sqrt(2)  # one patient more, on the other side
        beyond = math.sqrt(self.overlap * error**2 + one.seed_variance)
        df = self._df(error, sums, (one.seed_variance, one.seeds))
        found = Difference(one.mean, error, beyond, df, at_least=alike)
        return found if alike else self._reaching(found, sums)

    def estimate(self, one: OverCases, low: float = 0.0, high: float = 1.0) -> Estimate:
        """A mean over cases with its interval, which ends at what the number can be."""
        found = self.estimated(one)
        if found is None:
            return Estimate(one.mean)
        ends = found.interval(self.level)
        name = f"t and BCa bootstrap of {self.who}, the wider"
        if found.at_least:
            name = f"t of {self.who}, {LEAST_ERROR}"
        if self.overlap:
            name = f"{name}, {OVERLAPPING}"
        return Estimate(one.mean, max(low, ends[0]), min(high, ends[1]), name)

    def difference(
        self, a: OverCases, b: OverCases, n_candidates: tuple[int, int] = (1, 1)
    ) -> Tested | None:
        """The mean of the first − that of the second, tested; None of a single patient.

        The p is the larger of that by the error and that of the sign permutation, so that a
        difference is never called shown whose interval includes 0.

        Args:
            a, b: on the same cases.
            n_candidates: among how many methods with several seeds each was chosen.
        """
        gain = a.values - b.values
        sums = Sums.of(gain, self.units)
        if sums.n < 2:
            return None
        same = not gain.any()
        error = standard_error(sums)
        alike = error < _NONE
        if alike:
            error = least_error(sums.n)
        own = a.seed_variance, b.seed_variance
        between = self._between_draws(a, b)
        fixed = between + self.overlap * error**2
        beyond = math.sqrt(sum(own) + fixed)
        several = max(1, len(a.draws))
        df = self._df(error, sums, (own[0], a.seeds), (own[1], b.seeds), (between, several))
        found = Difference(float(gain.mean()), error, beyond, df, at_least=alike)
        added = [OVERLAPPING] * (self.overlap > 0) + [SEEDS] * (sum(own) > 0)
        added += [DRAWS] * (between > 0)
        if same:
            return Tested(found, found.p(), ", ".join([IDENTICAL_MAPS, *added]))
        if not alike:
            found = self._reaching(found, sums)
        if beyond > 0:
            wide = [
                widening(one.seeds, n, 1 - self.level)
                for one, n in zip((a, b), n_candidates, strict=True)
            ]
            found = replace(
                found,
                seeds_below=math.sqrt(wide[0] ** 2 * own[0] + own[1] + fixed) / beyond,
                seeds_above=math.sqrt(own[0] + wide[1] ** 2 * own[1] + fixed) / beyond,
            )
        shrink = found.se_cases / found.se
        permuted = float(swap_test(gain[None] / len(gain), self.units, shrink)[0])
        name = f"sign permutation, t and BCa bootstrap of {self.who}"
        if alike:
            name = f"sign permutation and t of {self.who}, {LEAST_ERROR}"
        return Tested(found, max(permuted, found.p()), ", ".join([name, *added]))

    def _df(self, error: float, sums: Sums, *seeds: tuple[float, int]) -> float:
        """Of a mean over cases whose standard error without seeds and folds is given."""
        return degrees_of_freedom(math.sqrt(1 + self.overlap) * error, sums.n - 1, seeds)

    def _reaching(self, found: Difference, sums: Sums) -> Difference:
        """With the reach of the bootstrap where that is further than the error's."""
        low, high = bca_interval(sums, self.level)
        cases_alone = Difference(found.d, found.se_cases, df=sums.n - 1)
        reach = cases_alone.quantile((1 + self.level) / 2) * found.se_cases
        return replace(
            found,
            stretch_below=max(1.0, (found.d - low) / reach),
            stretch_above=max(1.0, (high - found.d) / reach),
        )

    @staticmethod
    def _between_draws(a: OverCases, b: OverCases) -> float:
        """Variance of the mean over draws of the folds, beyond the seeds'; 0 with one draw."""
        if len(a.draws) != len(b.draws) or len(a.draws) < 2:
            return 0.0
        return float(np.subtract(a.draws, b.draws).var(ddof=1)) / len(a.draws)


class DicePairs:
    """Mean Dice of some methods, as `reports.analysis.pairs.pair_tests` asks for it.

    Args:
        cases: of the test part.
        methods: by name.
    """

    def __init__(self, cases: Cases, methods: Mapping[str, OverCases]) -> None:
        self.cases, self.methods = cases, methods

    @property
    def measure(self) -> PairMeasure:
        """Which."""
        return DICE

    def value(self, method: str) -> Estimate:
        """Mean over cases with its interval."""
        return self.cases.estimate(self.methods[method])

    def tested(
        self, pairs: Sequence[tuple[str, str]], n_candidates: Mapping[str, int] | None = None
    ) -> list[Tested]:
        """The mean of the first − that of the second, for every pair.

        Raises:
            ValueError: of cases of a single patient.
        """
        found = []
        chosen = n_candidates or {}
        for a, b in pairs:
            tested = self.cases.difference(
                self.methods[a], self.methods[b], (chosen.get(a, 1), chosen.get(b, 1))
            )
            if tested is None:
                raise ValueError("a difference needs two patients")
            found.append(tested)
        return found

    def model(
        self, a: str, b: str, n_candidates: Mapping[str, int] | None = None
    ) -> TestModel | None:
        """None: what could be found follows from the error itself."""


def cases_needed(
    found: Difference, alpha: float, n: int, margin: float, patients: int | None = None
) -> tuple[int | None, int | None]:
    """About how many test cases find a difference of the margin, and give an interval as narrow.

    The error of the cases falls with the root of their number, but that of methods which say the
    same of every case with the number of patients (`least_error`). That of the seeds stays.

    Args:
        found: on n cases.
        alpha: error rate.
        n: test cases.
        margin: δ.
        patients: who have them; None where each case is one.

    Returns:
        For 80 % power, and for an interval of ±δ; None where no number does.

    >>> cases_needed(Difference(0.0, 0.01), 0.05, 100, 0.02)
    (197, 97)
    """
    error = max(found.error_below, found.error_above)
    stretch = error / found.se if found.se else 1.0
    detectable = found.minimum_detectable(alpha)
    if detectable is None or not error:
        return None, None
    to_find = margin / (detectable / error) / stretch
    as_narrow = margin / found.quantile(1 - alpha / 2) / stretch
    units = n if patients is None else patients
    return _cases(found, n, to_find, units), _cases(found, n, as_narrow, units)


_MOST_TIMES = 1e4


def _cases(found: Difference, n: int, error: float, patients: int) -> int | None:
    """How many test cases have this standard error, seeds included."""
    allowed = error**2 - found.se_seeds**2
    if allowed <= 0:
        return None
    times = found.se_cases**2 / allowed
    if math.isclose(found.se_cases, least_error(patients)):
        times = max(1.0, math.sqrt(2 / allowed) - 2) / patients
    return math.ceil(times * n) if times <= _MOST_TIMES else None
