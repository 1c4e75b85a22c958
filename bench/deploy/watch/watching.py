"""New images against what a bundle remembers, one after the other, and the alarms that follow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.special import betaincinv

from bench.deploy.manifest import Manifest
from bench.deploy.reference import DISAGREEMENT, DISTANCE, Reference
from bench.deploy.watch.sequential import Capital, Coin, Ranks
from bench.deploy.watch.verdict import Verdict
from bench.protocol.columns import FAMILY

ALPHA = 0.05
"""Probability of a false alarm of each kind, however long it is watched."""

TO_MEANS = 0.75
"""Share of the level that is spent on the means of several images of a patient, where there are
any: a change of all images shows more in them than in one image."""

_MEAN_OF = ", mean of "

MOST_DRIVING = 12
"""Images that are named as those that drive an alarm."""


@dataclass(frozen=True)
class Seen:
    """One image that was answered.

    Attributes:
        case: its name.
        values: statistic → value, named as in `Reference.statistics`, and "MODEL/distance".
        decisions: model → class.
        label: its class once it is known, else None.
        patient: whom it is of, "" where nobody knows.
        picture: a small PNG of it, where it is to be shown if it drives an alarm.
    """

    case: str
    values: Mapping[str, float]
    decisions: Mapping[str, int]
    label: int | None = None
    patient: str = ""
    picture: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True)
class SeveralOfOne:
    """As many images of one patient as `Reference.several`, drawn by lot.

    Attributes:
        case: name of one of them.
        values: statistic → the mean of theirs.
    """

    case: str
    values: Mapping[str, float]


def together(images: Sequence[Seen]) -> SeveralOfOne:
    """Some images of one patient as one; of statistics that all of them have."""
    names = set(images[0].values).intersection(*(one.values for one in images[1:]))
    means = {name: sum(one.values[name] for one in images) / len(images) for name in sorted(names)}
    return SeveralOfOne(images[0].case, means)


@dataclass(frozen=True)
class Alarm:
    """What was found, for the first time.

    Attributes:
        kind: "change", "disagreement" or "verdict".
        position: after how many images, from 1, also those that do not count.
        counted: after how many that count.
        case: the image at which it was found.
        sentence: what it says.
        driving: names of the images that drive it, the strongest first.
    """

    kind: str
    position: int
    counted: int
    case: str
    sentence: str
    driving: tuple[str, ...] = ()


@dataclass
class Watched:
    """One statistic that is watched.

    Attributes:
        name: as in `Reference.statistics`.
        median: of what is remembered.
        remembered: how many values.
        share: of the level, all statistics together 1.
        rises: whether it is a distance, which a change is likely to raise.
        evidence: the capital after each value.
        places: (p value, case) of each image.
    """

    name: str
    median: float
    remembered: int
    share: float
    rises: bool
    evidence: list[float] = field(default_factory=list)
    places: list[tuple[float, str]] = field(default_factory=list)

    def driving(self) -> list[str]:
        """The images that speak most for a change, the strongest first."""
        if not self.places:
            return []
        high = np.mean([p for p, _ in self.places]) >= 0.5
        ordered = sorted(self.places, key=lambda one: -one[0] if high else one[0])
        return [case for _, case in ordered[:MOST_DRIVING]]


class Watch:
    """The tests of one bundle. Feed it images by `see`: one of each patient, drawn by lot, since
    images of one patient are alike and no evidence for each other, and as many of each together as
    the bundle says, whose means vary less (`bench.deploy.watch.patients`).

    The statistics of the images and of the models make one alarm, by what the best of their bets
    has won times its share of the level (Bonferroni's bound, weighted); the disagreement of two
    models makes a second, and labels, once they come, a third. Each is false with a probability of
    at most `alpha`, for all time.

    How often the models disagree is known of the test part alone. Half of `alpha` is spent on that:
    the bets are against any rate up to the upper limit of Clopper and Pearson (1934, Biometrika
    26:404) of level 1 - alpha/2, and what they win counts half.

    Args:
        manifest, reference: of the bundle.
        alpha: see `ALPHA`.
        seed: of the lots that break ties, and draw an image of each patient that is remembered.

    Attributes:
        alarms: those that were raised, in order.
        statistics: name → how it went.
        seen: number of images that counted.
        labelled: number of these whose class is known.
        verdict: the test by these labels.
        several: how many images of a patient count together, 1 for none.
        means: number of patients whose mean counted.
        disagreed: number of images on which two models decided otherwise.
        compared: number of images on which both decided.
        level: what the bets have to win.
    """

    def __init__(
        self, manifest: Manifest, reference: Reference, alpha: float = ALPHA, seed: int = 0
    ) -> None:
        self.alarms: list[Alarm] = []
        self.seen = self.means = self.labelled = 0
        self.disagreed = self.compared = 0
        self.level = 1 / alpha
        self._names = [model.name for model in manifest.models]
        remembered, means = reference.remembered(seed), reference.means(seed)
        agreed = remembered.pop(DISAGREEMENT, None)
        means.pop(DISAGREEMENT, None)
        if len(manifest.classes) == 2:  # one probability says the other
            for model in self._names:
                for values in (remembered, means):
                    values.pop(f"{model}/probability:{manifest.classes[0]}", None)
        self.several = reference.several
        self._means = {self._of_several(name) for name in means}
        remembered |= {self._of_several(name): values for name, values in means.items()}
        single = len(remembered) - len(self._means)
        to_means = TO_MEANS if self._means else 0.0
        self.statistics = {
            name: Watched(
                name,
                float(np.median(values)),
                len(values),
                to_means / len(self._means) if name in self._means else (1 - to_means) / single,
                _is_distance(name),
            )
            for name, values in remembered.items()
        }
        self._tests = {
            name: (Ranks(remembered[name], seed + i), Capital(one.rises))
            for i, (name, one) in enumerate(self.statistics.items())
        }
        self._apart: Coin | None = None
        self.expected_disagreement: float | None = None
        known = manifest.disagreement
        if len(self._names) == 2 and known.get("of"):
            apart, cases = known["cases"], known["of"]
            self.expected_disagreement = apart / cases
            if agreed is not None:  # one image of each patient
                apart, cases = round(sum(agreed)), len(agreed)
            if apart < cases:
                self._apart = Coin(float(betaincinv(apart + 1, cases - apart, 1 - alpha / 2)))
        self.verdict = Verdict(manifest.models, self.level)
        self.evidence: list[float] = []
        self.evidence_of_disagreement: list[float] = []

    def see(self, image: Seen | SeveralOfOne, position: int | None = None) -> list[Alarm]:
        """Take the next image; the alarms that it raises for the first time.

        Args:
            image: that was answered; or `several` of a patient, after that one that counts.
            position: which it is of all images, from 1, of several that of the last; None where all
                count.
        """
        if isinstance(image, SeveralOfOne):
            return self._see_several(image, position)
        self.seen += 1
        self.labelled += image.label is not None
        self.evidence.append(0.0)
        told = {
            "change": self._change(image.case, image.values),
            "disagreement": self._disagreement(image),
            "verdict": None
            if image.label is None
            else self.verdict.see(image.label, image.decisions, image.patient),
        }
        return self._alarms(told, image.case, position)

    def _see_several(self, images: SeveralOfOne, position: int | None) -> list[Alarm]:
        if not self.seen:  # the image that counts was of a watch before
            return []
        self.means += 1
        values = {self._of_several(name): value for name, value in images.values.items()}
        return self._alarms({"change": self._change(images.case, values)}, images.case, position)

    def _of_several(self, name: str) -> str:
        return f"{name}{_MEAN_OF}{self.several} images of a patient"

    def _alarms(
        self, told: Mapping[str, str | None], case: str, position: int | None
    ) -> list[Alarm]:
        raised = [
            Alarm(kind, position or self.seen, self.seen, case, sentence, self._driving(kind))
            for kind, sentence in told.items()
            if sentence
        ]
        self.alarms += raised
        return raised

    def _raised(self, kind: str) -> bool:
        return any(alarm.kind == kind for alarm in self.alarms)

    def _change(self, case: str, values: Mapping[str, float]) -> str | None:
        for name in values.keys() & self._tests.keys():
            if np.isfinite(values[name]):
                ranks, capital = self._tests[name]
                p = ranks.p_value(float(values[name]))
                self.statistics[name].evidence.append(capital.bet(p))
                self.statistics[name].places.append((p, case))
        self.evidence[-1] = max(map(self.weighted, self._tests), default=1.0)
        if self.evidence[-1] < self.level or self._raised("change"):
            return None
        seen = [name for name, one in self.statistics.items() if one.places]
        most = sorted(seen, key=self.weighted, reverse=True)[:3]
        words = ", ".join(f"{name} ({self._direction(name)})" for name in most)
        return f"The images are not what the models were tried on: {words}."

    def _driving(self, kind: str) -> tuple[str, ...]:
        if kind != "change":
            return ()
        most = max(self._tests, key=self.weighted)
        return tuple(self.statistics[most].driving())

    def _direction(self, name: str) -> str:
        places = [p for p, _ in self.statistics[name].places[-100:]]
        mean, spread = float(np.mean(places)), float(np.mean(np.abs(2 * np.array(places) - 1)))
        if abs(mean - 0.5) >= abs(spread - 0.5):
            return "higher" if mean > 0.5 else "lower"
        return "more extreme" if spread > 0.5 else "less varied"

    def _disagreement(self, image: Seen) -> str | None:
        told = [image.decisions[name] for name in self._names if name in image.decisions]
        if self._apart is None or len(told) != 2:
            return None
        apart = told[0] != told[1]
        self.compared += 1
        self.disagreed += apart
        won = self._apart.toss(apart) / 2
        self.evidence_of_disagreement.append(won)
        if won < self.level or self._raised("disagreement"):
            return None
        share = self.disagreed / self.compared
        return (
            f"{self._names[0]} and {self._names[1]} decide otherwise on {share:.0%} of the images, "
            f"on the test part on {self.expected_disagreement:.0%}: one of them errs more than it "
            "did, and no label says which."
        )

    def counted(self, name: str) -> int:
        """Of how many images a statistic was known; of a mean, how many means."""
        return self._tests[name][1].seen

    def is_of_several(self, name: str) -> bool:
        """Whether a statistic is a mean of several images of a patient."""
        return name in self._means

    @property
    def watched(self) -> bool:
        """Whether anything of the images that were seen could be watched."""
        known = any(self.counted(name) for name in self.statistics)
        return known or self.compared > 0 or self.verdict.seen > 0

    def won(self, name: str) -> float:
        """What the bets on one statistic have won."""
        return self._tests[name][1].value

    def weighted(self, name: str) -> float:
        """The same times the share of the level: an alarm is raised where it reaches `level`."""
        return self.won(name) * self.statistics[name].share

    @property
    def won_by_disagreement(self) -> float | None:
        """What the bets on more disagreement have won; None where nothing is known of it."""
        return None if self._apart is None else self._apart.value / 2

    def forget(self, keep: int) -> None:
        """Keep only the last values of every course, so that memory does not grow with it."""
        courses: list[list[Any]] = [self.evidence, self.evidence_of_disagreement]
        for one in self.statistics.values():
            courses += [one.evidence, one.places]
        for course in courses:
            if len(course) > 2 * keep:
                del course[:-keep]


def _is_distance(name: str) -> bool:
    """Whether a statistic says how far an image lies from what the models were trained on."""
    of_image = name.partition(_MEAN_OF)[0]
    return f"/{FAMILY}" in of_image or of_image.endswith(f"/{DISTANCE}")
