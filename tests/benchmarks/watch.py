"""How often the watch raises a false alarm, and how soon it finds a change.

    python tests/benchmarks/watch.py [--studies 200] [--images 10000]

A bundle remembers 200 images; new ones are of the same kind, or change from some image on. Printed:
the share of studies with an alarm at any time (limit 5 %), and after how many images a change of
so many standard deviations was found.
"""

import argparse
import os

import numpy as np

from bench.deploy.watch.sequential import Capital, Ranks

STATISTICS = 8
REMEMBERED = 200
LEVEL = 20.0


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=200)
    parser.add_argument("--images", type=int, default=10_000)
    given = parser.parse_args()
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
