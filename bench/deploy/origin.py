"""A results folder → what a bundle takes from it: the study, the tuned parameters, the evidence."""

import json
import math
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.protocol.errors import BundleError, did_you_mean
from bench.protocol.predictions import Predictions
from bench.protocol.record import Run
from bench.protocol.study import Study
from bench.results.other_data import handed_out, left_out
from bench.results.store import Store
from bench.run.preparation import refuse_unknown_classes

_MOST = 200 * 10**6  # bytes of evidence.json


@dataclass(frozen=True, eq=False)
class Origin:
    """What a results folder says of one data set.

    Attributes:
        study: the protocol.
        dataset: name of the data set.
        fingerprint: of its content.
        evidence: its part of `evidence.json`, {} where no report of these results was written.
        whole: all of `evidence.json`.
        problem: why nothing is taken from a report, without a full stop; "" where there is one.
        remedy: what to do about it, a sentence.
    """

    store: Store
    study: Study
    dataset: str
    fingerprint: str
    evidence: dict[str, Any]
    whole: dict[str, Any]
    problem: str = ""
    remedy: str = ""

    @property
    def champions(self) -> tuple[str, str]:
        """The best classical and the best deep method, as the report chose them on validation.

        Raises:
            BundleError: if the report names none, or is not of these results.
        """
        if self.problem:
            raise BundleError(f"--champions: {self.problem}. {self.remedy}")
        found = [self.evidence.get(f"champion_{side}") for side in ("classical", "deep")]
        if not all(isinstance(name, str) and name for name in found):
            raise BundleError(
                f"--champions: the report in {self.store.root} names no champion of both sides on "
                f"{self.dataset!r}. Run methods of both sides, or name one with --method."
            )
        return str(found[0]), str(found[1])

    def run(self, method: str, seed: int | None) -> Run:
        """The stored run of a method whose configuration is taken over.

        Args:
            method: its name.
            seed: of the run, None for the first.

        Raises:
            BundleError: if there is none that ended well.
        """
        stored = list(self.store.trials())
        stale = left_out(self.store)
        own = [
            trial
            for trial in stored
            if trial not in stale
            and (trial.dataset, trial.method, trial.fraction) == (self.dataset, method, 1.0)
            and trial.resample is None
            and not trial.on_other_images
            and not trial.repeat
            and trial.fold in (None, 0)
        ]
        asked = [trial for trial in own if seed in (None, trial.seed, trial.seed or 0)]
        for trial in sorted(asked, key=lambda each: each.seed or 0):
            run = self.store.run(trial)
            if run is not None and run.status == "ok":
                return run
        known = {trial.method for trial in stored if trial.dataset == self.dataset}
        hint = did_you_mean(method, known) if method not in known else "Its runs failed."
        if not own and (self.dataset, method) in {(t.dataset, t.method) for t in stale}:
            hint = "Its stored run is of other images or parts; run it again."
        if own and not asked:
            hint = _other_seeds([trial.seed for trial in own])
        with_seed = "" if seed is None else f" with seed {seed}"
        raise BundleError(
            f"--from {self.store.root}: there is no run of {method!r}{with_seed} on "
            f"{self.dataset!r}. {hint}"
        )

    def unsaid(self, methods: Sequence[str]) -> str:
        """Why the report has nothing to say of methods, sentences; "" where it has."""
        if self.problem:
            return f"{self.problem}, so that no verdict stands on the card. {self.remedy}"
        known = {row.get("name") for row in self.evidence.get("methods", ())}
        unknown = [name for name in methods if name not in known]
        if not unknown:
            return ""
        return (
            f"the report in {self.store.root} does not know {' and '.join(unknown)}, so that its "
            "verdict does not stand on the card. Run a study with it."
        )

    def told(self, methods: tuple[str, ...]) -> dict[str, Any]:
        """What a model card says of the evidence: verdict, intervals, audit, limits; {} where the
        report does not know the methods."""
        if self.unsaid(methods):
            return {}
        data = self.evidence
        verdict = data.get("verdict") or {}
        rows = [m for m in data.get("methods", ()) if m.get("name") in methods]
        found: dict[str, Any] = _plain(
            {
                "study": self.whole.get("study_hash", ""),
                "claim": self.whole.get("claim", ""),
                "verdict": {
                    key: verdict.get(key)
                    for key in ("heading", "sentence", "winner", "rule", "d", "low", "high")
                    if key in verdict
                },
                "methods": {row["name"]: _numbers(row) for row in rows},
                "places": _places(data.get("transport") or {}, methods),
                "audit": [
                    {"title": a.get("title"), "colour": a.get("colour"), "text": a.get("sentence")}
                    for a in data.get("audit", ())
                    if a.get("colour") not in ("green", None)
                ],
            }
        )
        return found


def _other_seeds(seeds: Sequence[int | None]) -> str:
    """With which seeds a method was run in the place of the one that is asked for."""
    known = sorted({seed for seed in seeds if seed is not None})
    if not known:
        return "It draws nothing at random and was run without a seed: leave --seed out."
    return f"It was run with seed {', '.join(map(str, known))}: name one by --seed, or none."


def _numbers(row: dict[str, Any]) -> dict[str, Any]:
    """AUC with its interval, and the decisions of a method, as the report has them."""
    found: dict[str, Any] = {"auc": row.get("auc"), "validation_auc": row.get("validation_auc")}
    operating = row.get("operating")
    if isinstance(operating, dict):
        found["operating"] = {
            name: value
            for name, value in operating.items()
            if isinstance(value, int | float | dict) and name != "confusion"
        }
    return found


def _places(transport: dict[str, Any], methods: tuple[str, ...]) -> list[dict[str, Any]]:
    """The AUC of methods with its interval in external parts and subgroups, in their order.

    Of a place that has other classes than the test part it is told which, for its AUC is of them.
    """
    here: list[str] = next((p.get("classes", []) for p in transport.get("places", ())), [])
    return [
        {
            "kind": place.get("kind"),
            "name": place.get("name"),
            "cases": place.get("n_cases"),
            "classes": own if (own := place.get("classes", [])) != here else [],
            "auc": {
                row["method"]: row.get("auc")
                for row in place.get("methods", ())
                if row.get("method") in methods
            },
        }
        for place in transport.get("places", ())
        if place.get("kind") in ("external", "subgroup")
    ]


def _plain(value: Any) -> Any:
    """The value as the manifest can hold it: what is no number is None."""
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def origin(folder: Path, dataset: str, fingerprint: str) -> Origin:
    """What a results folder says of a data set.

    Raises:
        BundleError: if it has none of that name, or it is another data set by now.
        ResultsError: if the folder is none of ours, or damaged.
    """
    store = Store(folder)
    study = store.current.study
    card = store.card(dataset)
    if card is None:
        hint = did_you_mean(dataset, study.datasets)
        raise BundleError(f"--from {folder}: nothing of data set {dataset!r} is stored. {hint}")
    if not study.folds and card.fingerprint != fingerprint:
        raise BundleError(
            f"--from {folder}: its results are of another {dataset!r}: images, labels, size or "
            "parts have changed since. Run the study again, or take the data it was run on."
        )
    whole = _evidence(store.layout.report_folder / "evidence.json")
    own = [d for d in whole.get("datasets", ()) if d.get("card", {}).get("name") == dataset]
    problem, remedy = "", f"Write it: python -m bench report {shlex.quote(str(folder))}"
    if not whole:
        problem = f"{folder} has no report yet"
    elif not _is_of(whole, store):
        problem = f"the report in {folder} is older than its results"
    elif not own:
        problem = f"the report in {folder} is of a study without data set {dataset!r}"
        remedy = "Run a study with it."
    evidence = {} if problem else own[0]
    return Origin(store, study, dataset, fingerprint, evidence, whole, problem, remedy)


def _is_of(whole: dict[str, Any], store: Store) -> bool:
    """Whether a report was made of the results as they lie there: of the current study, after its
    trials were run for the last time, and of as many. It is asked of the content, since times of
    files do not survive a copy."""
    entry, told = store.current, whole.get("entry")
    times = told.get("times") if isinstance(told, dict) else None
    runs = [whole.get(name) for name in ("n_runs", "n_other_runs")]
    shown = sum(number for number in runs if isinstance(number, int))
    trials = [run.trial for run in handed_out(store)]
    stored = [t for t in trials if t.resample is None and not t.on_other_images]
    of_last = (whole.get("study_hash"), times) == (entry.study.hash, entry.times)
    return of_last and shown == len(stored)


def refuse_unknown_positive(
    positive: Sequence[str], classes: tuple[str, ...], results: Origin | None
) -> None:
    """Refuse a positive class that the data do not have; one of the study that is taken over may
    be of another of its data sets.

    Raises:
        StudyError: if there is none.
    """
    elsewhere = () if results is None else results.study.positive
    refuse_unknown_classes([name for name in positive if name not in elsewhere], [classes])


def _evidence(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _MOST:
            raise BundleError(f"{path}: is too large to be evidence. Write the report again.")
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError):
        raise BundleError(
            f"{path}: cannot be read. Write it again: python -m bench report."
        ) from None
    return found if isinstance(found, dict) else {}


def agreement(
    stored: Predictions | None, case_ids: NDArray[np.str_], probabilities: NDArray[np.float64]
) -> float | None:
    """The largest difference from the stored probabilities of the same validation cases; None where
    these are others."""
    if stored is None:
        return None
    val = stored.part("val")
    row = {case: i for i, case in enumerate(val.case_ids.tolist())}
    if set(row) != set(case_ids.tolist()):
        return None
    rows = np.array([row[case] for case in case_ids.tolist()], dtype=np.intp)
    return float(np.abs(val.probabilities[rows] - probabilities).max())
