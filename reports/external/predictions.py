"""A CSV file of predictions made anywhere → labels, patients and scores in one order of cases.

    case,label,model,score                     two classes, a higher score means positive
    case,label,model,<one column per class>    any number of classes

with the optional columns family, seed, group and split. Columns that `bench predict` writes beside
the probabilities (`bench.protocol.columns`) are not looked at; in its files cases may lack a label,
and classes a case. Whatever does not fit together is
refused with one sentence that says where and what to do.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.protocol.cards import FAMILIES
from bench.protocol.columns import FILE, classes_of_predict, is_no_class
from bench.protocol.errors import did_you_mean
from reports.external.csv_columns import Columns, number
from reports.external.labels import LABEL, labelled
from reports.external.predicted import Cases, Model, Predictions

FloatArray = NDArray[np.float64]

REQUIRED = ("case", "label", "model")
OPTIONAL = ("family", "seed", "group", "split")
MEANT = {
    "patient": "A column of patients is called 'group'.",
    "subject": "A column of patients is called 'group'.",
    "part": "A column that tells validation from test is called 'split'.",
    "fold": (
        "Folds are not compared, since each has models of its own: give the test cases of one, or "
        "run the methods here with --folds."
    ),
}
"""Columns that are given often, and what to do with them."""
COUNTED = ("counts_as", "decides")
"""What a table of `bench.load_results` says of what the report counts."""
SPLITS = {"val": "val", "validation": "val", "test": "test"}
POSITIVE = frozenset({"1", "1.0", "+1", "true", "positive", "yes"})
NEGATIVE = frozenset({"0", "0.0", "-1", "false", "negative", "no"})


def read(path: Path, positive: str | None = None) -> Predictions:
    """Read and check a file.

    Args:
        path: of the file.
        positive: of two classes the name of the one to be found; None for 1 of 0 and 1.

    Raises:
        DataError: if it cannot be read, or if something in it does not fit together.
    """
    return parsed(Columns(path, REQUIRED), positive)


def parsed(table: Columns, positive: str | None = None) -> Predictions:
    """The same of a table that was read before."""
    unlabelled = labelled(table)
    scored = _score_columns(table)
    cases, labels, models = table.text("case"), table.text("label", LABEL), table.text("model")
    values = np.stack([table.numbers(name) for name in scored], axis=1)
    split = _splits(table)
    truth = table.constant("label", "case", cases)
    part_of = _one_part(table, cases, split)
    if "test" not in part_of.values():
        raise table.wrong("there is no row with split 'test'.")
    tested = {truth[case] for case in truth if part_of[case] == "test"}
    classes, found = _classes(table, scored, set(labels), tested, positive)
    if scored == ["score"]:
        values = np.concatenate([-values, values], axis=1)
        if found == 0:
            values = values[:, ::-1]
    files = _of_files(table)
    groups = _groups(table, cases, files)
    parts = {
        part: sorted(case for case, own in part_of.items() if own == part)
        for part in ("val", "test")
    }
    code = {name: i for i, name in enumerate(classes)}
    family = _families(table, models)
    runs = _runs(table, cases, models, split)
    _same_cases(table, runs, parts)
    return Predictions(
        classes=classes,
        positive=found,
        validation=_cases(parts["val"], truth, code, groups),
        test=_cases(parts["test"], truth, code, groups),
        models=tuple(
            Model(
                name=name,
                family=family.get(name, ""),
                seeds=tuple(seeds),
                validation=_scores(values, seeds.values(), "val", parts["val"]),
                test=_scores(values, seeds.values(), "test", parts["test"]),
            )
            for name, seeds in runs.items()
        ),
        unlabelled=unlabelled,
        files=files,
    )


def _score_columns(table: Columns) -> list[str]:
    others = [
        name for name in table.columns if name not in REQUIRED + OPTIONAL and not is_no_class(name)
    ]
    labels = set(table.columns["label"])
    for name in COUNTED:
        if name in others and name not in labels:
            raise table.wrong(
                f"column {name!r} is of no class. Write 'counts_as' as 'group', keep the rows that "
                "decide, and leave both columns out, as the script in docs/running.md does."
            )
    if "score" in others:
        for name in others:
            if name != "score":
                hint = MEANT.get(name.lower(), did_you_mean(name, OPTIONAL))
                raise table.wrong(f"unknown column {name!r} beside 'score'. {hint}")
        return ["score"]
    if len(others) < 2:
        had = f"only {others[0]!r}" if others else "neither"
        raise table.wrong(f"a column 'score' or one column per class is needed; there is {had}.")
    return others


def _splits(table: Columns) -> list[str]:
    if "split" not in table.columns:
        return ["test"] * len(table)
    for row, value in enumerate(table.columns["split"]):
        if value not in SPLITS:
            hint = did_you_mean(value, SPLITS)
            raise table.wrong_row(f"unknown split {value!r}; rows are of test or val. {hint}", row)
    return [SPLITS[value] for value in table.columns["split"]]


def _one_part(table: Columns, cases: Sequence[str], split: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for row, (case, part) in enumerate(zip(cases, split, strict=True)):
        if found.setdefault(case, part) != part:
            raise table.wrong_row(f"case {case!r} is both in validation and in test.", row)
    return found


def _classes(
    table: Columns,
    scored: Sequence[str],
    labels: set[str],
    tested: set[str],
    positive: str | None,
) -> tuple[tuple[str, ...], int | None]:
    """Names of the classes and the positive one."""
    if len(tested) < 2:
        raise table.wrong(
            f"all test cases have the label {next(iter(tested))!r}; an AUC needs two classes."
        )
    if scored == ["score"]:
        names = sorted(labels)
        if len(names) > 2:
            raise table.wrong(
                f"one column 'score' is for two labels, but there are {len(names)}: "
                f"{', '.join(names[:8])}. Give one column per class."
            )
    else:
        names = list(scored)
        for label in sorted(labels):
            if label not in names:
                hint = did_you_mean(label, names)
                raise table.wrong(f"label {label!r} has no column of its own. {hint}")
        predicted = classes_of_predict(table.columns)
        for name in names:
            if name not in labels and name not in predicted:
                raise table.wrong(_no_class(name))
    if len(names) > 2:
        if positive is not None:
            raise table.wrong(f"--positive {positive}: there are {len(names)} classes, not two.")
        return tuple(names), None
    if positive is not None:
        if positive not in names:
            raise table.wrong(
                f"--positive {positive}: no such label. {did_you_mean(positive, names)}"
            )
        return tuple(names), names.index(positive)
    for place, name in enumerate(names):
        if name.lower() in POSITIVE and names[1 - place].lower() in NEGATIVE:
            return tuple(names), place
    raise table.wrong(
        f"the labels are {names[0]!r} and {names[1]!r}: say which is positive, for example "
        f"--positive {names[1]}."
    )


def _no_class(name: str) -> str:
    """What to say of a column that would be a class of which there is no case."""
    hint = MEANT.get(name.lower().removesuffix("_id").removesuffix("id"))
    if hint is None:
        hint = f"Leave it out, unless it is one of {', '.join(OPTIONAL)} by another name."
    return f"column {name!r} is of no class, since no case has the label {name!r}. {hint}"


def _of_files(table: Columns) -> bool:
    """Whether all groups are of files: `predict` knew no patients, but frames of one file."""
    told = set(table.columns.get("group", ())) - {""}
    by_predict = bool(classes_of_predict(table.columns))
    return by_predict and bool(told) and all(group.startswith(FILE) for group in told)


def _groups(table: Columns, cases: Sequence[str], files: bool) -> dict[str, str] | None:
    """Case → patient, None where patients are not known; a case beside frames of one file is one
    of its own."""
    if not any(table.columns.get("group", ())):
        return None
    if not files:
        table.text("group")
    groups = table.constant("group", "case", cases)
    return {case: group or f"{FILE}{case}" for case, group in groups.items()}


def _families(table: Columns, models: Sequence[str]) -> dict[str, str]:
    if "family" not in table.columns:
        return {}
    found = table.constant("family", "model", models)
    for model, family in found.items():
        if family and family not in FAMILIES:
            hint = did_you_mean(family, FAMILIES)
            raise table.wrong(f"model {model!r} has the unknown family {family!r}. {hint}")
    return found


_Rows = dict[str, dict[str, int]]  # part → case → row


def _runs(
    table: Columns, cases: Sequence[str], models: Sequence[str], split: Sequence[str]
) -> dict[str, dict[int | None, _Rows]]:
    """Model → seed → part → case → row."""
    given = table.columns.get("seed", [""] * len(cases))
    seeds: dict[str, int | None] = {"": None}
    found: dict[str, dict[int | None, _Rows]] = {}
    for row, (case, model, text, part) in enumerate(zip(cases, models, given, split, strict=True)):
        if text not in seeds:
            value = number(text)
            if not value.is_integer() or value < 0:
                raise table.wrong_row(f"seed {text!r} is not a whole number from 0.", row)
            seeds[text] = int(value)
        own = found.setdefault(model, {}).setdefault(seeds[text], {"val": {}, "test": {}})[part]
        if case in own:
            again = "" if not text else f" with seed {text}"
            before = table.lines[own[case]]
            raise table.wrong_row(
                f"model {model!r}{again} has case {case!r} again (before: line {before}).", row
            )
        own[case] = row
    for model, runs in found.items():
        if None in runs and len(runs) > 1:
            raise table.wrong(f"model {model!r} has rows with a seed and rows without one.")
    return {
        model: {s: runs[s] for s in sorted(runs, key=lambda s: -1 if s is None else s)}
        for model, runs in found.items()
    }


def _same_cases(
    table: Columns, runs: dict[str, dict[int | None, _Rows]], parts: dict[str, list[str]]
) -> None:
    """Every run must have every case, or the comparison would not be paired."""
    for model, seeds in runs.items():
        for seed, own in seeds.items():
            for part, wanted in parts.items():
                lacking = [case for case in wanted if case not in own[part]]
                if lacking:
                    name = f"model {model!r}" + ("" if seed is None else f" with seed {seed}")
                    where = "validation" if part == "val" else "test"
                    raise table.wrong(
                        f"{name} lacks {len(lacking)} of {len(wanted)} {where} cases, for example "
                        f"{lacking[0]!r}. All models must be asked about the same cases."
                    )


def _cases(
    ids: Sequence[str],
    truth: dict[str, str],
    code: dict[str, int],
    groups: dict[str, str] | None,
) -> Cases:
    return Cases(
        ids=np.array(ids, dtype=np.str_),
        labels=np.array([code[truth[case]] for case in ids], dtype=np.int64),
        groups=None if groups is None else np.array([groups[c] for c in ids], dtype=np.str_),
    )


def _scores(values: FloatArray, runs: Iterable[_Rows], part: str, ids: Sequence[str]) -> FloatArray:
    rows = [[own[part][case] for case in ids] for own in runs]
    return np.stack([values[np.array(own, dtype=np.intp)] for own in rows])
