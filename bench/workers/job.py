"""A trial with all that a worker needs to run it."""

import json
from dataclasses import dataclass
from pathlib import Path

from bench.methods.discovery import Method
from bench.protocol.label_maps import Targets
from bench.protocol.plan import MethodFacts
from bench.protocol.preprocessing import Resize
from bench.protocol.record import Run, Trial, Tried, is_drawn


@dataclass(frozen=True)
class Job:
    """A trial with all that a worker needs to run it.

    Attributes:
        trial: which method, data set, seed, fold and fraction.
        method: how to load the method.
        facts: its card and declared parameters.
        data: folder of the memory maps of the data set or fold.
        fingerprint: of the data set.
        budget: "quick", "standard" or "full".
        device, device_name: torch device and its name in words.
        threads: how many this trial may use.
        split_seed: random state of bootstrap samples of the training part, and of corruptions.
        cache_folder: where methods of this run keep what others may need too.
        heartbeat_file: where the trial writes how far it is.
        tune: how many configurations the method is tried with, 0 for the declared parameters alone.
        known: what came of configurations in an earlier search of the same trial.
        search_folder: where what came of each is kept as it ends, None for nowhere.
        metric: by which the best is chosen, one of `bench.protocol.scoring.METRICS`.
        truth: for segmentation what is true of the validation cases, by which the best is chosen;
            None where nothing is.
        resize: how images of a folder reached their size.
        explained_cases: ids of the test cases for which activation maps are asked for; () for none.
        val_twins: ids of the validation cases with a near twin in train; see
            `bench.protocol.choosing`.
        one_class: whether the method is trained on the images of label 0 alone.
        corrupt: corruptions under which the fitted method predicts the test images, too.
    """

    trial: Trial
    method: Method
    facts: MethodFacts
    data: Path
    fingerprint: str
    budget: str
    device: str
    device_name: str
    threads: int
    split_seed: int
    cache_folder: Path
    heartbeat_file: Path
    tune: int = 0
    known: tuple[Tried, ...] = ()
    search_folder: Path | None = None
    metric: str = "auc"
    truth: Targets | None = None
    resize: Resize = "letterbox"
    explained_cases: tuple[str, ...] = ()
    val_twins: tuple[str, ...] = ()
    one_class: bool = False
    corrupt: tuple[str, ...] = ()

    def is_that_of(self, stored: Run) -> bool:
        """Whether a stored run is of the same data, parameters, weights and version, and a success,
        and has predicted what is asked for."""
        corrupted = set(self.corrupt) <= set(stored.corrupt) and self.is_drawn_as(stored)
        return self.is_like(stored) and stored.tune == self.tune and corrupted

    def is_drawn_as(self, stored: Run) -> bool:
        """Whether the seed that drew what a stored run saw is this one, or decides nothing."""
        return not is_drawn(self.trial, self.corrupt) or stored.split_seed == self.split_seed

    def is_like(self, stored: Run) -> bool:
        """The same but for the number of configurations and corruptions."""
        return (
            stored.status == "ok"
            and (not is_drawn(self.trial, ()) or stored.split_seed == self.split_seed)
            and stored.data_fingerprint == self.fingerprint
            and stored.budget == self.budget
            and stored.method.version == self.facts.card.version
            and stored.method.distribution == self.facts.card.distribution
            and stored.started_from(self.facts.weights_used)
            and stored.parameters == json.loads(json.dumps(self.facts.parameters))
        )
