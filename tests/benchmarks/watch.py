"""How often the watch raises a false alarm, and how soon it finds a change.

    python tests/benchmarks/watch.py [--studies 200] [--images 10000]

A bundle remembers 200 images; new ones are of the same kind, or change from some image on. Printed:
the share of studies with an alarm at any time (limit 5 %), and after how many images a change of
so many standard deviations was found. Then the same where patients have 20 images each, whose
values share 0.7 of their variance: 30 patients are remembered, and new ones come one after the
other, or their images mixed. Feature families are those of 22 patients that have trained, each
compared with the others, and of eight more.
"""

import argparse
import os
from types import SimpleNamespace
from typing import Any

import numpy as np

from bench.deploy.description import Described, family_statistics, left_out_statistics
from bench.deploy.reference import Reference, by_patient
from bench.deploy.watch.patients import OneOfEach
from bench.deploy.watch.sequential import Capital, Ranks
from bench.deploy.watch.watching import Seen, Watch

STATISTICS = 8
REMEMBERED = 200
LEVEL = 20.0
PATIENTS, EACH, SHARED = 30, 20, 0.7
BUNDLE: Any = SimpleNamespace(models=(), classes=("a", "b", "c"), disagreement={})


def first_alarm(random: np.random.Generator, images: int, change: float, start: int) -> int | None:
    """The first image at which the mean of all bets reaches the level; one statistic changes."""
    tests = [(Ranks(random.normal(size=REMEMBERED), i), Capital()) for i in range(STATISTICS)]
    for position in range(images):
        values = random.normal(size=STATISTICS)
        values[0] += change if position >= start else 0.0
        won = [
            capital.bet(ranks.p_value(float(value)))
            for (ranks, capital), value in zip(tests, values, strict=True)
        ]
        if max(won) >= LEVEL * STATISTICS:
            return position + 1
    return None


def of_patients(random: np.random.Generator, patients: int) -> tuple[np.ndarray, np.ndarray]:
    """Statistics `(n, STATISTICS)` of `EACH` images of each patient, and whom they are of."""
    groups = np.repeat(np.arange(patients), EACH)
    own = random.normal(size=(patients, STATISTICS))[groups] * np.sqrt(SHARED)
    return own + random.normal(size=(len(groups), STATISTICS)) * np.sqrt(1 - SHARED), groups


def families_of_patients(
    random: np.random.Generator, new: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The same of feature families: what is remembered, whose, what is new, whose.

    Three quarters of the patients have trained, and are compared with each other.
    """
    values, groups = of_patients(random, PATIENTS + new)
    values = np.concatenate([values, random.normal(size=values.shape)], axis=1)
    families = {str(i): slice(2 * i, 2 * i + 2) for i in range(STATISTICS)}
    trained, known = (groups < 3 * PATIENTS // 4), groups < PATIENTS
    mean, scale = values[trained].mean(0), values[trained].std(0)

    def described(rows: np.ndarray) -> Described:
        return Described(np.empty((len(rows), 0)), rows, families)

    left_out = left_out_statistics(described(values[trained]), groups[trained].astype(str))
    others = family_statistics(described(values[~trained]), mean, scale)
    found = np.stack([np.concatenate([left_out[n], others[n]]) for n in families], axis=1)
    return found[known], groups[known], found[~known], groups[~known]


def first_alarm_of_patients(
    random: np.random.Generator,
    images: int,
    change: float,
    mixed: bool,
    each_image: bool,
    families: bool = False,
) -> tuple[int, int] | None:
    """The first image, and patient, at which there is an alarm; all statistics change."""
    if families:
        known, owners, values, groups = families_of_patients(random, images // EACH)
    else:
        known, owners = of_patients(random, PATIENTS)
        values, groups = of_patients(random, images // EACH)
    names = [str(i) for i in range(STATISTICS)]
    rows = {} if each_image else {n: by_patient(known[:, int(n)], owners) for n in names}
    reference = Reference({n: np.sort(known[:, int(n)]) for n in names}, {}, rows)
    order = random.permutation(len(values)) if mixed else np.arange(len(values))
    salt = int(random.integers(2**31))  # other names, other lots
    new = [
        Seen(
            f"{salt}/{i}",
            dict(zip(names, values[i] + change, strict=True)),
            {},
            patient="" if each_image else f"p{groups[i]}",
        )
        for i in order.tolist()
    ]
    watch = Watch(BUNDLE, reference, 1 / LEVEL, seed=salt)
    for position, image in OneOfEach(lambda: new, watch.several):
        watch.see(image, position)
        if watch.alarms:
            return position, watch.seen
    return None


def clusters(studies: int, images: int) -> None:
    """Print the same where patients have several images."""
    for mixed in (False, True):
        how = "mixed" if mixed else "one after the other"
        for each_image in (False, True):
            most = 400 if each_image else images
            false = [
                first_alarm_of_patients(np.random.default_rng([2, i]), most, 0.0, mixed, each_image)
                for i in range(20 if each_image else studies)
            ]
            share = np.mean([found is not None for found in false])
            counted = "each image counts" if each_image else "one image and a mean of each count"
            print(
                f"patients {how}, {counted}, no change: an alarm within {most:,} images in "
                f"{share:.1%} of {len(false)}"
            )
        known = [
            first_alarm_of_patients(
                np.random.default_rng([4, i]), images, 0.0, mixed, False, families=True
            )
            for i in range(studies)
        ]
        share = np.mean([found is not None for found in known])
        print(f"  feature families, no change: an alarm in {share:.1%} of {studies}")
        for change in (0.5, 1.0, 2.0):
            found = [
                first_alarm_of_patients(np.random.default_rng([3, i]), 1000, change, mixed, False)
                for i in range(20)
            ]
            told = sorted(one for one in found if one is not None)
            where = f"median image {told[len(told) // 2][0]}, " if told else ""
            who = f"patient {sorted(one[1] for one in told)[len(told) // 2]}" if told else ""
            print(f"  change of {change} SD: found in {len(told)} of 20, {where}{who}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=200)
    parser.add_argument("--images", type=int, default=10_000)
    given = parser.parse_args()
    clusters(given.studies, given.images)
    false = [
        first_alarm(np.random.default_rng([0, i]), given.images, 0.0, 0)
        for i in range(given.studies)
    ]
    share = np.mean([found is not None for found in false])
    print(f"no change: an alarm within {given.images:,} images in {share:.1%} of {given.studies}")
    for change in (0.5, 1.0, 1.5, 2.0):
        for start in (0, 1000, 5000):
            late = [
                first_alarm(np.random.default_rng([1, i]), start + 400, change, start)
                for i in range(20)
            ]
            delays = sorted(found - start if found else 401 for found in late)
            within = np.mean([delay <= 200 for delay in delays])
            print(
                f"change of {change} SD from image {start:,} on: median {delays[10]} images, "
                f"within 200 in {within:.0%}"
            )
    print(f"{sum(os.times()[:2]):.0f} CPU-seconds")


if __name__ == "__main__":
    main()
