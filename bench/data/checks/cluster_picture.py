"""A picture of the first two main components of features, coloured by what is known of cases."""

from io import BytesIO

import numpy as np

from bench.data.checks.clusters import Clusters

_COLOURS = (
    *("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#000000"),
)  # Okabe & Ito 2008: told apart by colour-blind people too
_OTHERS = "#C8C8C8"
_ACROSS = 3  # panels in a row
_MOST = 9  # panels
_SIDE = 4.0  # inches of a panel
_LONGEST = 28  # letters of a name in a legend


def picture(found: Clusters, title: str) -> bytes:
    """A PNG: one panel for the class, one for the part, one for each column, one for k-means.

    Args:
        found: what was found.
        title: above all of it.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    told = {**found.known, "k-means": np.char.add("cluster ", (found.k_means + 1).astype(str))}
    names = [*list(found.known)[: _MOST - 1], "k-means"]
    across = 2 if len(names) == 4 else min(_ACROSS, len(names))
    down = -(-len(names) // across)
    figure = Figure(figsize=(_SIDE * across, (_SIDE + 0.9) * down + 0.5), layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(title)
    order = np.random.default_rng(0).permutation(len(found.rows))  # so that no value lies on top
    x, y = found.components[order, 0], found.components[order, 1]
    share = [f"component {i + 1} ({100 * found.explained[i]:.0f} %)" for i in range(2)]
    for number, name in enumerate(names):
        axes = figure.add_subplot(down, across, number + 1)
        values, counted = np.unique(told[name][told[name] != ""], return_counts=True)
        shown = np.sort(values[np.argsort(-counted, kind="stable")][: len(_COLOURS)])
        colours = np.full(len(order), _OTHERS)
        for value, colour in zip(shown, _COLOURS, strict=False):
            colours[told[name][order] == value] = colour
            axes.scatter([], [], s=18, color=colour, label=_short(str(value)))
        if len(values) > len(shown) or (told[name] == "").any():
            axes.scatter([], [], s=18, color=_OTHERS, label="other or not known")
        axes.scatter(x, y, s=7, c=colours, linewidths=0, alpha=0.8)
        axes.set_title(f"by {name}", fontsize=11)
        axes.set_xlabel(share[0], fontsize=8)
        axes.set_ylabel(share[1], fontsize=8)
        axes.tick_params(labelsize=7)
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=2, fontsize=7)
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=110)
    return buffer.getvalue()


def _short(name: str) -> str:
    """A name that a legend has room for, dollars and the like as they are."""
    name = name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"
    return name.replace("$", r"\$").lstrip("_") or "_"
