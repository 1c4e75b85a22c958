"""A file of predictions in the form of a data set's stored runs."""

import numpy as np

from bench.protocol.cards import FAMILIES, DatasetCard, Family, MethodCard, PartCard
from bench.protocol.record import Environment, Run, Trial
from reports.external.predicted import Predictions
from reports.loading.selection import DatasetRuns, ScoredRun, TestPart


def as_runs(found: Predictions, name: str) -> DatasetRuns:
    """The predictions as a data set of this name would have them."""
    test = TestPart(None, found.test.ids, found.test.labels, found.test.groups)
    cards = {m.name: MethodCard(m.name, _family(m.family), "", "", "") for m in found.models}
    nowhere = Environment("", "", "", 0, 0, "")
    scored = []
    for model in found.models:
        for row, seed in enumerate(model.seeds):
            trial = Trial(name, model.name, seed)
            run = Run(trial, cards[model.name], "ok", "", "", nowhere, "")
            own = model.validation[row], model.test[row]
            scored.append(ScoredRun(run, found.validation.labels, *own))
    shared = 0
    if found.test.groups is not None and found.validation.groups is not None:
        shared = len(np.intersect1d(found.test.groups, found.validation.groups))
    return DatasetRuns(
        card=_card(found, name),
        tests={None: test},
        scored=tuple(scored),
        failed=(),
        missing=(),
        runs=tuple(one.run for one in scored),
        methods=cards,
        misfits=(),
        groups_shared=shared,
    )


def _family(given: str) -> Family:
    """Models without a family stand on no side."""
    return next((family for family in FAMILIES if family == given), "hybrid")


def _card(found: Predictions, name: str) -> DatasetCard:
    parts = {
        part: PartCard(
            len(cases.ids),
            None if cases.groups is None else len(np.unique(cases.groups)),
            tuple(np.bincount(cases.labels, minlength=len(found.classes)).tolist()),
        )
        for part, cases in (("val", found.validation), ("test", found.test))
    }
    return DatasetCard(
        name=name,
        class_names=found.classes,
        positive=found.positive,
        image_shape=(),
        parts=parts,
        fingerprint="",
        source="",
        licence="",
        citation="",
        split="given",
        checksum="none",
    )
