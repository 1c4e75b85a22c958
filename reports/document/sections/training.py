"""Section "Training": the curves of the methods that tell theirs."""

from collections.abc import Mapping

from reports.document.blocks import Block, Heading, Paragraph
from reports.document.figures.training import training as training_figure
from reports.document.plots import Figure
from reports.evidence import Evidence


def training(evidence: Evidence, stems: Mapping[str, str]) -> list[Block]:
    """The section's blocks; none where no method tells its training loss."""
    blocks: list[Block] = []
    for data in evidence.datasets:
        told = [method for method in data.methods if method.training]
        if not told:
            continue
        stem, name = stems[data.card.name], data.card.name
        drawing = training_figure(f"training-{stem}", told)
        ends = ", ".join(
            f"{m.name} from {_mean(m.training, 0):.2f} to {_mean(m.training, -1):.2f}" for m in told
        )
        blocks += [
            Heading(2, name, f"training-of-{stem}", listed=False),
            Figure(
                f"training-{stem}",
                f"Training loss on {name}, a line for each run. A curve that still falls at its "
                "end asks for more epochs; one that never falls has learned nothing.",
                f"Mean training loss of the first and the last epoch: {ends}.",
                drawing.svg,
                drawing.panels,
                on_paper=False,  # a check of the training, not a result
            ),
        ]
    if not blocks:
        return []
    opening = (
        "Loss on the training images, augmented, after each epoch of a schedule that was fixed "
        "beforehand. Nothing was chosen by these curves: the weights are those of the last epoch. "
        "Losses of different methods can be compared only where they smooth labels alike."
    )
    return [Heading(1, "Training", "training"), Paragraph((opening,)), *blocks]


def _mean(curves: tuple[tuple[float, ...], ...], epoch: int) -> float:
    return sum(curve[epoch] for curve in curves) / len(curves)
