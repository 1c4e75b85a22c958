"""What the watch saw as one HTML file that loads nothing."""

import base64
import html
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bench.deploy.watch.watching import Alarm, Watch, Watched

_WIDTH, _HEIGHT = 640, 120
_LEAST, _MOST = -2.0, 4.0  # decimal exponents of what the bets have won
_SHOWN = 8  # statistics
_SIDE = 96  # px of a picture

_STYLE = """
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem }
.alarm { border-left: .3rem solid #b3261e; padding: .2rem .8rem }
.fine { border-left: .3rem solid #2e7d32; padding: .2rem .8rem }
figure { margin: 1rem 0 } svg { max-width: 100%; height: auto }
.pictures { display: flex; flex-wrap: wrap; gap: .4rem } .pictures figure { margin: 0; width: 96px }
.pictures figcaption { font-size: .7rem; overflow-wrap: anywhere }
"""


def page(
    watch: Watch,
    title: str,
    level: float,
    root: Path | None = None,
    about: Sequence[str] = (),
    lacking: Sequence[str] = (),
) -> str:
    """The page of a watch.

    Args:
        watch: what was seen.
        title: heading.
        level: what a bet has to win for an alarm.
        root: folder in which the images lie, to show those that drive an alarm; None for names
            alone.
        about: sentences on what was counted, and on what weakens it.
        lacking: sentences on what was not watched.
    """
    told = "".join(_alarm(alarm) for alarm in watch.alarms) or _nothing(watch.seen, bool(lacking))
    parts = [
        f"<h1>{html.escape(title)}</h1>",
        "<p>Not a medical device: for research only.</p>",
        told,
        *(f"<p>{html.escape(sentence)}</p>" for sentence in (*lacking, *about)),
        "<h2>All images and models</h2>",
        _curve("What the best bet on a change has won, times its share", watch.evidence, level),
    ]
    if watch.evidence_of_disagreement:
        parts += [
            "<h2>Disagreement of the two models</h2>",
            f"<p>They decide otherwise on {watch.disagreed:,} of {watch.compared:,} images; on the "
            f"test part on {watch.expected_disagreement or 0:.0%}.</p>",
            _curve(
                "What the bets on more disagreement have won",
                watch.evidence_of_disagreement,
                level,
            ),
        ]
    parts.append("<h2>The statistics that speak most for a change</h2>")
    most = sorted(watch.statistics.values(), key=lambda one: -watch.weighted(one.name))[:_SHOWN]
    for one in most:
        if one.places:
            parts.append(_statistic(one, watch.won(one.name), level, root))
    body = "\n".join(parts)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style></head><body><main>{body}"
        "</main></body></html>\n"
    )


def where(alarm: Alarm) -> str:
    """At which image an alarm was raised, and of how many patients if images were left out."""
    if alarm.counted == alarm.position:
        return f"image {alarm.position:,}"
    return f"image {alarm.position:,} (patient {alarm.counted:,})"


def _nothing(images: int, partly: bool) -> str:
    if partly:
        return f"<p>No change was found in {images:,} images, as far as they were watched.</p>"
    return f'<p class="fine">No change was found in {images:,} images.</p>'


def _alarm(alarm: Alarm) -> str:
    return (
        f'<p class="alarm"><strong>Alarm ({alarm.kind}) at {where(alarm)}, '
        f"{html.escape(alarm.case)}.</strong> {html.escape(alarm.sentence)}</p>"
    )


def _statistic(one: Watched, won: float, level: float, root: Path | None) -> str:
    lately = [p for p, _ in one.places[-100:]]
    text = (
        f"<h3>{html.escape(one.name)}</h3><p>The last {len(lately)} values lie on average above "
        f"{np.mean(lately):.0%} of the values before them (50 % without a change); the bets have "
        f"won {won:.3g}. Remembered: {one.remembered:,} values, median {one.median:.4g}.</p>"
    )
    return text + _curve(f"Bets on {one.name}", one.evidence, level) + _pictures(one, root)


def _curve(title: str, values: list[float], level: float) -> str:
    """What bets have won, on a logarithmic axis, after each value."""
    n = len(values)
    logs = np.clip(np.log10(np.maximum(values, 1e-300)), _LEAST, _MOST)
    shown = np.unique(np.linspace(0, n - 1, min(n, 400)).astype(int)).tolist() if n else []
    points = " ".join(f"{_across(i, n):.1f},{_down(float(logs[i])):.1f}" for i in shown)
    line = _down(float(np.log10(level)))
    last = f"{values[-1]:.3g}" if values else "nothing"
    return (
        f'<figure><svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-label="{html.escape(title)}: {last} after {n} values; an alarm at {level:g}">'
        f'<line x1="0" x2="{_WIDTH}" y1="{line:.1f}" y2="{line:.1f}" stroke="#b3261e" '
        'stroke-dasharray="5 4"/>'
        f'<polyline points="{points}" fill="none" stroke="currentColor" stroke-width="1.5"/></svg>'
        f"<figcaption>{html.escape(title)}, after each value (logarithmic; dashed: alarm at "
        f"{level:g})</figcaption></figure>"
    )


def _across(i: int, n: int) -> float:
    return _WIDTH * i / max(n - 1, 1)


def _down(log: float) -> float:
    return _HEIGHT * (_MOST - log) / (_MOST - _LEAST)


def _pictures(one: Watched, root: Path | None) -> str:
    items = "".join(_picture(case, root) for case in one.driving())
    return f'<p>Images that drive it most:</p><div class="pictures">{items}</div>'


def _picture(case: str, root: Path | None) -> str:
    name = html.escape(case)
    image = None if root is None else _embedded(root, case)
    shown = f'<img src="{image}" alt="" width="{_SIDE}">' if image else ""
    return f"<figure>{shown}<figcaption>{name}</figcaption></figure>"


def _embedded(root: Path, case: str) -> str | None:
    """A small PNG of an image as it is read; None where it cannot be."""
    from PIL import Image

    from bench.data.formats.images import read_image
    from bench.protocol.errors import BenchError

    path = root / case
    if not path.resolve().is_relative_to(root.resolve()):
        return None
    try:
        pixels = read_image(path)
    except (BenchError, OSError):
        return None
    picture = Image.fromarray(pixels[:, :, 0] if pixels.shape[2] < 3 else pixels[:, :, :3])
    picture.thumbnail((_SIDE, _SIDE))
    content = io.BytesIO()
    picture.save(content, "PNG")
    return "data:image/png;base64," + base64.b64encode(content.getvalue()).decode()
