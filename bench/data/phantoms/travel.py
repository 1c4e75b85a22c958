"""Phantoms about which it is known whether the advantage of one side travels.

    phantom-travel-deep         at home an arrangement of cells goes with the class, elsewhere not
    phantom-travel-classical    at home a direction of stripes goes with the class, elsewhere not
    phantom-travel-subgroup     the arrangement tells the class of women, and nothing of men
    phantom-travel-corruption   both tell the class, and strong JPEG compression wipes out stripes
    phantom-travel-steady       everything is the same at home, elsewhere, and in every subgroup

Every image holds three things that may go with its class, each of which is drawn given the class
and nothing else:

- **how its cells are arranged** (like pairs or mixed ones, see `arrangement`): handcrafted features
  of texture and single structures know nothing of it by construction, a network can learn it;
- **the direction of fine stripes**, along one diagonal or the other: directional features see it;
  a network that is trained on mirrored images, and asked about them, cannot by construction, since
  mirroring turns one direction into the other;
- **how bright its cells are**, which every method sees.

What differs between the phantoms is how often arrangement and direction agree with the class, at
home (train, val and test), elsewhere (the external part "away"), and in women and men. Site, sex
and age are columns of the metadata; sex and age go with nothing but where the table says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from bench.data.dataset import Dataset, KnownAnswer, Split, SplitName
from bench.data.phantoms import arrangement, assembly
from bench.data.phantoms.fields import band_limited, coloured

SEED = 19571004
SIZES = assembly.counts(train=600, val=200, test=400)
AWAY = 400
"""Images of the external part."""
NATIVE = arrangement.NATIVE

BRIGHTER = 3.0
"""Gray levels by which cells of the second class are brighter on average, of a deviation of 4."""
STRIPES = (5.0, 4.0)
"""Amplitude in gray levels, and period in px at the native size, of the stripes."""


@dataclass(frozen=True)
class Agreement:
    """How often what can be seen agrees with the class.

    Attributes:
        arrangement: of cells, in women and in men.
        stripes: their direction.
    """

    arrangement: tuple[float, float] = (0.5, 0.5)
    stripes: float = 0.5


@dataclass(frozen=True)
class _Plan:
    statement: str
    home: Agreement
    away: Agreement
    men: float = 0.5
    train: int = SIZES["train"]


_PLANS: Mapping[str, _Plan] = MappingProxyType(
    {
        "deep": _Plan(
            "The arrangement of cells, which networks see and handcrafted features do not, goes "
            "with the class at home and with nothing elsewhere: the advantage of deep at home is "
            "gone, or turned round, in the external part 'away'.",
            Agreement((0.94, 0.94), 0.70),
            Agreement((0.5, 0.5), 0.70),
        ),
        "classical": _Plan(
            "The direction of stripes, which handcrafted features see and networks that are "
            "trained on mirrored images do not, goes with the class at home and with nothing "
            "elsewhere: the advantage of classical at home is gone, or turned round, in the "
            "external part 'away'.",
            Agreement((0.75, 0.75), 0.94),
            Agreement((0.75, 0.75), 0.5),
        ),
        "subgroup": _Plan(
            "The arrangement of cells, which networks see and handcrafted features do not, tells "
            "the class of women and nothing of men: deep is ahead in women and not in men, alike "
            "at home and elsewhere.",
            Agreement((0.98, 0.5), 0.75),
            Agreement((0.98, 0.5), 0.75),
            men=0.35,
            train=900,
        ),
        "corruption": _Plan(
            "Networks tell the class by the arrangement of cells, which JPEG compression leaves, "
            "and handcrafted features by the direction of fine stripes, which it wipes out from "
            "severity 3 on: there classical falls to what the brightness of cells tells, while "
            "deep loses little, and what it loses at 4 and 5 is less than classical loses.",
            Agreement((0.92, 0.92), 0.92),
            Agreement((0.92, 0.92), 0.92),
        ),
        "steady": _Plan(
            "Nothing differs between home, the external part 'away', and the subgroups by sex and "
            "age: whatever the difference between the sides is, it is the same everywhere.",
            Agreement((0.90, 0.90), 0.75),
            Agreement((0.90, 0.90), 0.75),
        ),
    }
)


def scenes(
    like: NDArray[np.int64],
    stripes: NDArray[np.int64],
    contrast: NDArray[np.float64],
    size: int,
    rng: np.random.Generator,
) -> NDArray[np.uint8]:
    """Images of cells on striped tissue: `(n, size, size, 1) uint8`.

    Args:
        like: `(n,)` 1 where like cells stand in pairs, 0 where pairs are mixed.
        stripes: `(n,)` 1 where they run along the one diagonal, 0 along the other.
        contrast: `(n,)` gray levels by which cells are brighter than the tissue.
        size: side, px.
        rng: of everything else.
    """
    noise = band_limited(size, NATIVE / 2, arrangement.NOISE)
    amplitude, period = STRIPES[0], STRIPES[1] * size / NATIVE
    rows, columns = np.mgrid[:size, :size] * (np.sqrt(2) * np.pi / period)
    images = np.empty((len(like), size, size, 1), dtype=np.uint8)
    for start in range(0, len(like), 256):
        own = slice(start, start + 256)
        n = len(like[own])
        centres, kinds = arrangement.places(n, size, rng), arrangement.kinds(like[own], rng)
        clean = contrast[own, None, None] * arrangement.drawn(centres, kinds, size)
        direction = np.where(stripes[own] == 1, 1, -1)[:, None, None]
        phase = rng.uniform(0, 2 * np.pi, (n, 1, 1))
        clean += amplitude * np.sin(columns + direction * rows + phase)
        grain = coloured(rng.standard_normal(clean.shape), noise)
        images[own] = assembly.gray_levels(arrangement.BACKGROUND + clean + grain)
    return images


def _part(name: str, n: int, plan: _Plan, size: int, rng: np.random.Generator) -> Split:
    """A part of which everything is drawn anew, `n` images of as many patients."""
    agreement = plan.away if name == "away" else plan.home
    for_images, for_labels, for_people = rng.spawn(3)
    labels = assembly.dealt_labels(n, n // 2, for_labels)
    men = assembly.dealt_labels(n, round(plan.men * n), for_people)
    agrees = for_labels.random(n) < np.array(agreement.arrangement)[men]
    like = np.where(agrees, labels, 1 - labels)
    stripes = np.where(for_labels.random(n) < agreement.stripes, labels, 1 - labels)
    contrast = for_labels.normal(44 + BRIGHTER * labels, 4.0)
    return Split(
        images=scenes(like, stripes, contrast, size, for_images),
        labels=labels,
        case_ids=np.array([f"{name}-{i:04d}" for i in range(n)]),
        metadata={
            "site": np.full(n, "away" if name == "away" else "home"),
            "sex": np.array(["female", "male"])[men],
            "age": np.rint(for_people.uniform(30, 80, n)),
        },
    )


def _phantom(kind: str, size: int | None) -> Dataset:
    name = f"phantom-travel-{kind}"
    plan = _PLANS[kind]
    side = assembly.checked_size(name, size, NATIVE, least=NATIVE)
    seeds = np.random.SeedSequence((SEED, sorted(_PLANS).index(kind))).spawn(2)

    def painter(part: SplitName, n: int, rng: np.random.Generator) -> Split:
        return _part(part, n, plan, side, rng)

    sizes = assembly.counts(plan.train, SIZES["val"], SIZES["test"])
    parts = assembly.paint(int(seeds[0].generate_state(1)[0]), sizes, painter)
    away = _part("away", AWAY, plan, side, np.random.default_rng(seeds[1]))
    return Dataset(
        name=name,
        class_names=("dim", "bright"),
        provenance=assembly.provenance("cells on striped tissue at two sites", SEED),
        positive=1,
        known_answer=KnownAnswer(plan.statement),
        external={"away": away},
        **parts,
    )


def deep(size: int | None = None) -> Dataset:
    """A shortcut that networks learn holds at home only.

    Args:
        size: side in pixels, 48 to 256; None for 48.

    Raises:
        DataError: if `size` is out of range.
    """
    return _phantom("deep", size)


def classical(size: int | None = None) -> Dataset:
    """A shortcut that handcrafted features see holds at home only; `size` as for `deep`."""
    return _phantom("classical", size)


def subgroup(size: int | None = None) -> Dataset:
    """What networks see tells the class of women alone; `size` as for `deep`."""
    return _phantom("subgroup", size)


def corruption(size: int | None = None) -> Dataset:
    """JPEG wipes out what handcrafted features see, and nothing else; `size` as for `deep`."""
    return _phantom("corruption", size)


def steady(size: int | None = None) -> Dataset:
    """Nothing differs between sites and subgroups; `size` as for `deep`."""
    return _phantom("steady", size)
