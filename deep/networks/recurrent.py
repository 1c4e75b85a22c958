"""A recurrent network that reads an image as a sequence of rows."""

import torch
from torch import Tensor, nn


class RowGRU(nn.Module):
    """Bidirectional gated recurrent units (Cho et al. 2014, arXiv:1406.1078) over the rows.

    Each row, all its pixels and channels, is one element of the sequence; a linear layer makes a
    vector of it, a layer of units reads the sequence from the top and from the bottom, and the
    mean and the maximum of what they say over the rows go into the output layer. The methods are
    those that timm's models have too.

    Parameters
    ----------
    channels : int
        Of the images.
    classes : int
        Number of outputs.
    side : int
        Of the images, px.
    width : int
        Length of a row's vector, and of the state of both directions together.
    """

    def __init__(self, channels: int, classes: int, side: int, width: int = 64) -> None:
        super().__init__()
        self.rows = nn.Sequential(nn.Linear(channels * side, width), nn.LayerNorm(width), nn.GELU())
        self.gru = nn.GRU(width, width // 2, batch_first=True, bidirectional=True)
        self.norm = nn.LayerNorm(2 * width)
        self.head = nn.Linear(2 * width, classes)

    def get_classifier(self) -> nn.Module:
        """The output layer."""
        return self.head

    def forward_features(self, images: Tensor) -> Tensor:
        """States `(b, h, width)` of images `(b, c, h, w)`."""
        sequence = images.permute(0, 2, 1, 3).flatten(2)  # (b, h, c w)
        states: Tensor = self.gru(self.rows(sequence))[0]
        return states

    def forward_head(self, states: Tensor, pre_logits: bool = False) -> Tensor:
        """Logits `(b, k)` of states `(b, h, width)`, or what the output layer sees `(b, d)`."""
        pooled: Tensor = self.norm(torch.cat([states.mean(1), states.amax(1)], dim=1))
        return pooled if pre_logits else self.head(pooled)

    def forward(self, images: Tensor) -> Tensor:
        """Logits `(b, k)` of images `(b, c, h, w)`."""
        return self.forward_head(self.forward_features(images))
