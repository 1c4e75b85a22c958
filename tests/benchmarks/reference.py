"""The published MedMNIST training: DataLoader, PIL, torchvision's transforms, plain PyTorch.

Yang et al. 2023 (Scientific Data 10:41): Adam with a learning rate of 0.001, divided by 10 after
half and after three quarters of 100 epochs, batches of 128, cross entropy, no augmentation, pixels
mapped to -1..1, a ResNet-18 with a 3x3 stem of stride 1 and without max pooling for small images;
training, validation and test part are predicted after every epoch, and the epoch with the best
validation AUC is kept.
"""

import copy
import time
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from deep.networks.network import NetworkPlan, Stem, build_network

BATCH = 128
Part = tuple[np.ndarray, np.ndarray]
"""Images (n, h, w, c) uint8 and labels (n,) int64."""


class Images(Dataset):
    """Images as the published data sets give them: one PIL image at a time, transformed."""

    def __init__(self, part: Part) -> None:
        self._images, self._labels = part
        self._transform = transforms.Compose(
            [transforms.ToTensor(), transforms.Normalize(mean=[0.5], std=[0.5])]
        )

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        image = Image.fromarray(self._images[index].squeeze())
        return self._transform(image), int(self._labels[index])


def resnet18(channels: int, classes: int, side: int) -> nn.Module:
    """The network, freshly initialised, in PyTorch's default memory format."""
    stem: Stem = "small-image" if side <= 64 else "original"
    plan = NetworkPlan("resnet18", channels, classes, side, stem)
    return build_network(plan).model.to(memory_format=torch.contiguous_format)


@dataclass(frozen=True)
class Outcome:
    """What a training came to.

    Attributes:
        seconds: of each epoch, its three predictions included.
        validation: AUC of the epoch that was kept, macro average beyond two classes.
        test: AUC of the same network.
    """

    seconds: list[float]
    validation: float
    test: float


def auc(labels: np.ndarray, probabilities: np.ndarray) -> float:
    if probabilities.shape[1] == 2:
        return float(roc_auc_score(labels, probabilities[:, 1]))
    return float(roc_auc_score(labels, probabilities, multi_class="ovr", average="macro"))


def train(
    parts: dict[str, Part], device: str, epochs: int = 100, seed: int = 0, workers: int = 0
) -> Outcome:
    """Train on `parts["train"]`; "val" and "test" are predicted after every epoch."""
    torch.manual_seed(seed)
    images, labels = parts["train"]
    network = resnet18(images.shape[3], len(np.unique(labels)), images.shape[1]).to(device)
    optimiser = torch.optim.Adam(network.parameters(), lr=0.001)
    milestones = [epochs // 2, epochs * 3 // 4]
    schedule = torch.optim.lr_scheduler.MultiStepLR(optimiser, milestones, gamma=0.1)
    loader = DataLoader(Images(parts["train"]), BATCH, shuffle=True, num_workers=workers)
    still = {
        name: DataLoader(Images(part), BATCH, num_workers=workers) for name, part in parts.items()
    }
    seconds, best, kept = [], -1.0, network
    for _ in range(epochs):
        start = time.perf_counter()
        network.train()
        for inputs, targets in loader:
            optimiser.zero_grad()
            loss = F.cross_entropy(network(inputs.to(device)), targets.to(device))
            loss.backward()
            optimiser.step()
        found = {
            name: auc(parts[name][1], probabilities(network, part, device))
            for name, part in still.items()
        }
        schedule.step()
        seconds.append(time.perf_counter() - start)
        if found["val"] > best:
            best, kept = found["val"], copy.deepcopy(network)
    test = auc(parts["test"][1], probabilities(kept, still["test"], device))
    return Outcome(seconds, best, test)


@torch.no_grad()
def probabilities(network: nn.Module, loader: DataLoader, device: str) -> np.ndarray:
    network.eval()
    outputs = [torch.softmax(network(inputs.to(device)), 1).cpu() for inputs, _ in loader]
    return torch.cat(outputs).numpy()
