"""What lies before the tissue: bubbles and deposits on a slide, the rim of a lens, letters.

Each function takes images `(n, h, w, c)` float64 from 0 to 255 without a mask, a level, and the
draws of the images. Radii are in pixels of a side of 224.
"""

import string

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from bench.data.corruptions.draws import Draws, Floats
from bench.data.corruptions.lengths import REFERENCE, centres, scaled

_VEIL, _RIM = 100 / 255, 130 / 255  # how much of a bubble's white is seen, inside and at its rim
_FEWEST, _LEAST, _WIDTH = 7, 3.0, 2.0  # bubbles; px of the radius and of the rim
_MOST_BUBBLES = 25
_MOST_DEPOSITS = 5
_SPREAD = 0.3  # of the radii of deposits, of their mean
_WAVES = 4  # of the outline of a deposit
_WORDS, _LETTERS = 6, 10
_LETTER = 11.0  # px: height of a font whose scale is 0.5


def bubbles(images: Floats, level: tuple[float, int], draws: Draws) -> Floats:
    """Air under the cover glass: 7 to `level[1]` whitish discs with radii from 3 to `level[0]`."""
    radius, most = level
    rows, columns = centres(images.shape)
    h, w = images.shape[1:3]
    drawn = draws.uniform(_MOST_BUBBLES, 4)
    number = _FEWEST + drawn[:, 0, 3] * (most - _FEWEST)
    veil = np.zeros(images.shape[:3])
    for i in range(_MOST_BUBBLES):
        there = np.clip(number - i, 0, 1)[:, None, None]  # the last one is seen in part
        y = (drawn[:, i, 0, None, None] - 0.5) * h
        x = (drawn[:, i, 1, None, None] - 0.5) * w
        r = scaled(1, images.shape) * (_LEAST + drawn[:, i, 2, None, None] * (radius - _LEAST))
        far = np.hypot(rows - y, columns - x)  # (n, h, w)
        inside = np.clip(r - far + 0.5, 0, 1)
        whole = np.clip(r + scaled(_WIDTH, images.shape) - far + 0.5, 0, 1)
        veil = np.maximum(veil, there * (_RIM * whole - (_RIM - _VEIL) * inside))
    spoilt: Floats = images + veil[..., None] * (255 - images)
    return spoilt


def stain_deposits(images: Floats, level: tuple[int, float], draws: Draws) -> Floats:
    """Precipitate of the stain: 1 to `level[0]` black blots, with a mean radius of `level[1]`."""
    most, mean = level
    rows, columns = centres(images.shape)
    h, w = images.shape[1:3]
    drawn = draws.uniform(_MOST_DEPOSITS, 4 + 2 * _WAVES)
    number = 1 + np.floor(drawn[:, 0, 3] * most)  # (n,)
    light = np.ones(images.shape[:3])
    for i in range(most):
        numbers = drawn[:, i, :, None, None]  # (n, numbers, 1, 1)
        y, x = (numbers[:, 0] - 0.5) * 0.8 * h, (numbers[:, 1] - 0.5) * 0.8 * w
        angle = np.arctan2(rows - y, columns - x)  # (n, h, w)
        wave = np.ones_like(angle)
        for k in range(_WAVES):
            height, phase = numbers[:, 4 + 2 * k], numbers[:, 5 + 2 * k]
            wave += 0.3 / (k + 1) * (height - 0.5) * np.cos((k + 2) * angle + 2 * np.pi * phase)
        size = mean * (1 + _SPREAD * (numbers[:, 2] - 0.5))
        radius = scaled(1, images.shape) * size * wave
        covered = np.clip(radius - np.hypot(rows - y, columns - x) + 0.5, 0, 1)
        light *= 1 - covered * (number > i)[:, None, None]
    spoilt: Floats = images * light[..., None]
    return spoilt


def black_corner(images: Floats, level: float, draws: Draws) -> Floats:  # noqa: ARG001
    """A dermatoscope's lens: black beyond `level` times half the shorter side from the centre."""
    rows, columns = centres(images.shape)
    radius = level * min(images.shape[1:3]) / 2
    seen = np.clip(radius - np.hypot(rows, columns) + 0.5, 0, 1)
    spoilt: Floats = images * seen[None, ..., None]
    return spoilt


def characters(images: Floats, level: tuple[int, int, float], draws: Draws) -> Floats:
    """Letters on the image: `level` is the number of words, of letters in each, and their scale.

    They are drawn at a side of 224 px at least and averaged to that of the image.
    """
    return np.stack(
        [
            _written(image, level, generator)
            for image, generator in zip(images, draws.generators(), strict=True)
        ]
    )


def _written(
    image: Floats, level: tuple[int, int, float], generator: np.random.Generator
) -> Floats:
    words, letters, scale = level
    h, w, c = image.shape
    enlarged = max(1, -(-REFERENCE // min(h, w)))
    unit = enlarged * min(h, w) / REFERENCE
    font = ImageFont.load_default(_LETTER * scale / 0.5 * unit)
    places = generator.random((_WORDS, 2))
    texts = generator.integers(len(string.ascii_lowercase), size=(_WORDS, _LETTERS))
    colours = generator.integers(256, size=(_WORDS, 3))[:, :c]
    for place, text, colour in zip(places[:words], texts, colours, strict=False):
        word = "".join(string.ascii_lowercase[letter] for letter in text[:letters])
        sheet = Image.new("L", (w * enlarged, h * enlarged))
        x, y = 0.05 + 0.5 * place[0], 0.05 + 0.85 * place[1]
        ImageDraw.Draw(sheet).text((x * w * enlarged, y * h * enlarged), word, 255, font)
        if enlarged > 1:
            sheet = sheet.reduce(enlarged)
        ink = np.asarray(sheet, np.float64)[..., None] / 255
        image = image + ink * (colour - image)
    return image
