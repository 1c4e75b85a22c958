"""What the command line does, from Python."""

import inspect
import re
import subprocess
import sys
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import bench
from bench.protocol.errors import DataError, ResultsError, StudyError, UsageError
from bench.results.store import Store
from bench.trackers import telling
from bench.trackers.ended_trial import EndedTrial
from tests.reports.simulated import METHODS, Data, results

LABELS = np.array([0, 1] * 60)
SCORES = LABELS + np.random.default_rng(1).normal(size=(3, 120))


def test_every_public_name_is_there_and_documented() -> None:
    for name in bench.__all__:
        value = getattr(bench, name)
        assert inspect.getdoc(value), name


def test_public_names_are_listed_before_they_are_used() -> None:
    code = "import bench; print(*dir(bench))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == sorted([*bench.__all__, "__version__"])


def test_the_signature_of_a_run_names_its_parameters() -> None:
    signature = inspect.signature(bench.run)
    assert [*signature.parameters][:2] == ["study", "data"]
    assert {"jobs", "device", "trackers", "slurm"} < {*signature.parameters}
    signature.bind(bench.Study(), jobs=1)


def test_the_folder_of_a_run_is_called_to_run_one() -> None:
    from bench.run import engine

    assert callable(bench.run)
    assert bench.run.engine is engine  # type: ignore[attr-defined]


def test_a_study_says_what_a_study_file_says() -> None:
    text = """
        datasets = ["busi"]
        methods = "svm"
        seeds = 5
        preprocess = "gray"
        [[claims]]
        name = "trees"
        a = "xgboost"
        b = "deep"
    """
    table = tomllib.loads(text)
    from_file = bench.Study.from_json({**table, "methods": ["svm"]})
    spelt = bench.Study(
        datasets=["busi"],  # type: ignore[arg-type]
        methods="svm",  # type: ignore[arg-type]
        seeds=5,  # type: ignore[arg-type]
        preprocess="gray",  # type: ignore[arg-type]
        claims=(bench.Claim("trees", ("xgboost",), ("deep",)),),
    )
    assert spelt == from_file
    assert spelt.seeds == (0, 1, 2, 3, 4)
    assert all(name in inspect.getdoc(bench.Study) for name in (f.name for f in fields(spelt)))  # type: ignore[operator]


def test_numbers_of_numpy_are_numbers_and_its_arrays_lists() -> None:
    given: dict[str, Any] = {
        "size": np.int64(64), "seeds": np.int64(3), "folds": np.int32(5), "tune": np.int8(4),
        "repeats": np.uint8(2), "split_seed": np.int64(1), "margin": np.float32(0.03),
        "alpha": np.float64(0.1), "fractions": np.array([0.3, 1.0], np.float32),
    }  # fmt: skip
    plain = {name: value.tolist() for name, value in given.items()}
    plain |= {"margin": 0.03, "fractions": (0.3, 1.0)}
    study = bench.Study(**given)
    assert study == bench.Study(**plain)
    assert study.hash == bench.Study(**plain).hash
    assert bench.Study(sizes=np.array([28, 64])).sizes == (28, 64)  # type: ignore[arg-type]
    assert bench.Study(seeds=np.arange(2)).seeds == (0, 1)  # type: ignore[arg-type]
    assert bench.Claim("t", "svm", "deep", margin=np.float32(0.1)).margin == 0.1  # type: ignore[arg-type]


def test_a_single_value_stands_for_a_list_of_it() -> None:
    assert bench.Study(fractions=0.5).fractions == (0.5,)  # type: ignore[arg-type]
    claim = bench.Claim("t", ("svm",), ("deep",))
    assert bench.Study(claims=claim).claims == (claim,)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"sizes": 64}, "for 64 px alone use size"),
        ({"sizes": [28, "64"]}, "all numbers or all names.*'64'"),
        ({"sizes": "64"}, "got \\['64'\\]"),
        ({"seeds": 3.5}, "seeds must be a whole number or a list of them; got 3.5"),
        ({"seeds": np.array(3)}, "seeds: a value has the wrong type"),
        ({"datasets": None}, "datasets: a value has the wrong type"),
        ({"claims": "svm"}, "as bench.Claim makes them"),
        ({"metric": ["auc"]}, "unknown metric .*a name in quotes is needed"),
        ({"sedes": 5}, "unknown key 'sedes'. Did you mean 'seeds'"),
    ],
)
def test_what_a_study_cannot_be_made_of_is_refused_in_one_sentence(
    values: dict[str, Any], message: str
) -> None:
    with pytest.raises(StudyError, match=message):
        bench.Study(**values)


def test_a_claim_refuses_what_it_does_not_know() -> None:
    with pytest.raises(StudyError, match=r"unknown key 'metrc'. Did you mean 'metric'"):
        bench.Claim("t", ("svm",), ("deep",), metrc="f1")  # type: ignore[call-arg]


def test_the_signature_of_a_study_names_its_keys() -> None:
    assert [*inspect.signature(bench.Study).parameters] == [f.name for f in fields(bench.Study)]


def test_too_many_seeds_are_refused() -> None:
    with pytest.raises(StudyError, match="more than 10,000 are too many"):
        bench.Study(seeds=10_001)  # type: ignore[arg-type]


class Listener:
    """A tracker that writes down what it hears."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.file = folder / "heard.txt"

    def log(self, trial: EndedTrial) -> None:
        with self.file.open("a") as file:
            file.write(f"{trial.name} {trial.metrics['test/auc']}\n")

    def close(self) -> None:
        pass


@pytest.mark.processes
@pytest.mark.slow
def test_trials_are_told_to_trackers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = telling._Kind("json", "tests.bench.api.test_python", "Listener")
    monkeypatch.setitem(telling._KINDS, "mlflow", kind)
    study = bench.Study(("phantom-null",), ("class-prior",))
    bench.run(study, out=tmp_path, jobs=1, trackers="mlflow")
    heard = (tmp_path / "trackers" / "mlflow" / "heard.txt").read_text()
    assert heard == "class-prior on phantom-null (once) 0.5\n"


def test_what_tracker_or_cluster_is_not_there_is_said_before_anything_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = bench.Study(("phantom-null",), ("class-prior",))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match=r"tensorbord.*'tensorboard'"):
        bench.run(study, out=tmp_path / "out", trackers=["tensorbord"])
    with pytest.raises(UsageError, match="no command sbatch"):
        bench.run(study, out=tmp_path / "out", slurm="partition=gpu")
    with pytest.raises(UsageError, match="no masks are asked of a segmenter"):
        bench.run(study, out=tmp_path / "out", mask_methods="multi-otsu")
    with pytest.raises(TypeError, match="unexpected keyword argument 'jbos'"):
        bench.run(study, out=tmp_path / "out", jbos=1)  # type: ignore[call-arg]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"jobs": -1}, "jobs=-1: a whole number from 1 on; leave it out for one per core"),
        ({"jobs": 0}, "jobs=0: a whole number"),
        ({"jobs": 1.5}, "jobs=1.5: a whole number"),
        ({"jobs": True}, "jobs=True: a whole number"),
        ({"jobs": "2"}, "jobs='2': a whole number"),
        ({"device": "gpu"}, "device='gpu': one of auto, cpu, cuda"),
        ({"device": None}, "device=None: one of auto, cpu, cuda"),
        ({"trackers": [3]}, "trackers=3: each is the name of a tracker"),
        ({"trackers": None}, "trackers=None: each is the name of a tracker"),
        ({"slurm": 4}, "slurm=4: a text is needed"),
        ({"plugins": bench.compare}, "plugins=<function compare>: each is a text, 'FILE.py:build'"),
        ({"plugins": [Data]}, "plugins=<type Data>: each is a text, 'FILE.py:build'"),
        ({"mask_methods": [Data]}, "mask_methods=<type Data>: each is the name of a segmenter"),
        ({"data": pd.DataFrame({"path": ["a.png"]})}, "data=<DataFrame>: name a folder of images"),
        ({"data": (np.zeros((2, 8, 8)), [0, 1])}, "data=<ndarray>: name a folder of images"),
        ({"data": {"a": "b"}}, "data=<dict>: name a folder of images"),
        ({"data": 3}, "data=3: name a folder of images"),
        ({"external": ["Basel=basel"]}, "external=<list>: give the folders as {NAME: FOLDER}"),
        ({"external": {"Basel": 3}}, "external=<dict>: give the folders as {NAME: FOLDER}"),
        ({"out": None}, "out=None: a path is needed"),
        ({"study": {"seeds": 3}}, "study: give a bench.Study, or the path of a study file"),
    ],
)
def test_what_a_run_does_not_take_is_refused_in_one_sentence(
    tmp_path: Path, given: dict[str, Any], message: str
) -> None:
    study = bench.Study(("phantom-null",), ("class-prior",))
    with pytest.raises(UsageError, match=re.escape(message)):
        bench.run(**{"study": study, "out": tmp_path / "out"} | given)
    assert not (tmp_path / "out").exists()


def test_numbers_of_numpy_and_lists_of_paths_are_taken() -> None:
    from bench.api import arguments

    assert arguments.jobs(np.int64(2)) == 2
    assert arguments.paths("data", [Path("a"), "b"]) == (Path("a"), Path("b"))
    assert arguments.paths("data", pd.Series(["a"])) == (Path("a"),)
    assert arguments.external({"Basel": Path("b")}) == ("Basel=b",)


@pytest.mark.processes
@pytest.mark.slow
def test_a_study_is_run_and_found_again_without_running_it_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = bench.Study(("phantom-null",), ("mean-brightness", "class-prior"))
    found = bench.run(study, out=tmp_path / "out", jobs=1)
    assert repr(found).startswith(f"Results('{tmp_path / 'out'}'): study {study.hash}, 1 data set")
    assert "[2/2]" in capsys.readouterr().out
    again = bench.run(study, out=tmp_path / "out", jobs=1)
    assert "2 of them done before" in capsys.readouterr().out
    assert again.runs().equals(found.runs())
    assert set(found.predictions().split) == {"val", "test"}


def test_a_study_of_nothing_known_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(bench.BenchError, match="Did you mean 'svm'"):
        bench.run(bench.Study(("phantom-null",), ("svmm",)), out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_external_parts_come_with_their_folders(tmp_path: Path) -> None:
    study = bench.Study(("phantom-null",), ("class-prior",), external=("Basel",))
    with pytest.raises(bench.BenchError, match=r"external=.NAME: FOLDER."):
        bench.run(study, out=tmp_path / "out")
    with pytest.raises(bench.BenchError, match=r"--external Basel=.*nowhere"):
        bench.run(study, external={"Basel": tmp_path / "nowhere"}, out=tmp_path / "out")


def test_a_script_needs_no_guard(tmp_path: Path) -> None:
    script = tmp_path / "study.py"
    script.write_text(
        "import bench\n"
        "study = bench.Study(('phantom-null',), ('class-prior',))\n"
        "print(len(bench.run(study, out='out', jobs=1).runs()))\n"
    )
    done = subprocess.run(
        [sys.executable, str(script)], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines()[-1:] == ["1"], done.stderr


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    datasets = (Data("breast", 60, 120), Data("<b>hostile</b>", 60, 120))
    return results(tmp_path_factory.mktemp("api") / "results", datasets, METHODS)


@pytest.fixture(scope="module")
def stored(store: Store) -> bench.Results:
    return bench.Results(store.root)


@pytest.mark.slow
def test_evidence_has_a_row_per_data_set_and_method(stored: bench.Results) -> None:
    table = stored.evidence()
    assert len(table) == 2 * len(METHODS)
    best = table[table.best].groupby("dataset").family.apply(sorted)
    assert best.tolist() == [["classical", "deep"]] * 2
    assert ((table.auc_low <= table.auc) & (table.auc <= table.auc_high)).all()


@pytest.mark.slow
def test_verdicts_have_the_difference_of_the_two_best(stored: bench.Results) -> None:
    evidence, verdicts = stored.evidence(), stored.verdicts()
    for row in verdicts.itertuples():
        own = evidence[evidence.dataset == row.dataset].set_index("method").auc
        assert row.difference == pytest.approx(own[row.deep] - own[row.classical], abs=1e-9)
        assert row.verdict
    assert stored.answer.split(".")[0]


@pytest.mark.slow
def test_a_notebook_shows_the_answer_and_names_do_no_harm(stored: bench.Results) -> None:
    shown = stored._repr_html_()
    assert "<b>hostile" not in shown
    assert "&lt;b&gt;hostile" in shown
    assert "<table>" in shown
    assert stored.verdicts().verdict[0] in shown


@pytest.mark.slow
def test_roc_curves_are_a_figure_of_matplotlib(stored: bench.Results, tmp_path: Path) -> None:
    drawn = stored.plot_roc("breast")
    assert isinstance(drawn, Figure)
    assert drawn.axes[0].get_xlabel() == "1 − specificity"
    drawn.savefig(tmp_path / "roc.png")
    assert (tmp_path / "roc.png").stat().st_size > 5000


@pytest.mark.slow
def test_a_data_set_must_be_one_of_them(stored: bench.Results) -> None:
    with pytest.raises(UsageError, match="Did you mean 'breast'"):
        stored.plot_roc("breats")
    with pytest.raises(UsageError, match="Say of which data set: "):
        stored.plot_roc()


@pytest.mark.slow
def test_the_report_is_written_into_the_folder(stored: bench.Results) -> None:
    page = stored.report()
    assert page == stored.path / "report" / "index.html"
    assert (page.parent / "summary.pdf").read_bytes().startswith(b"%PDF")


def test_what_is_no_results_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ResultsError):
        bench.Results(tmp_path)


def test_arrays_and_a_file_of_the_same_predictions_give_the_same_numbers(tmp_path: Path) -> None:
    from reports.external.compare import compare
    from reports.external.output import as_json

    lines = ["case,label,model,score,seed,group"]
    for case, label in enumerate(LABELS):
        lines += [f"{case:012d},{label},net,{SCORES[s, case]!r},{s},{case // 3}" for s in (0, 1)]
        lines.append(f"{case:012d},{label},svm,{SCORES[2, case]!r},,{case // 3}")
    path = tmp_path / "predictions"
    path.write_text("\n".join(lines).replace("np.float64(", "").replace(")", ""))
    found = bench.compare(LABELS, {"net": SCORES[:2], "svm": SCORES[2]}, groups=np.arange(120) // 3)
    assert found.as_json() == as_json(compare(path))


def test_one_deep_and_one_classical_model_get_a_verdict() -> None:
    scores = {"net": SCORES[0], "svm": SCORES[1]}
    found = bench.compare(LABELS, scores, families={"net": "deep", "svm": "classical"})
    assert found.verdict in repr(found)
    assert bench.compare(LABELS, scores).verdict == ""


def test_models_that_cannot_be_told_apart_are_in_a_group() -> None:
    far = np.where(LABELS == 1, 5.0, 0.0) + SCORES[0] / 10
    scores = {"poor": -SCORES[1], "good": far, "same": far + 1e-9}
    found = bench.compare(LABELS, scores)
    assert found.groups == (("good", "same"), ("poor",))
    assert "good, same" in repr(found)
    assert len(found.pairs()) == 3
    assert "poor" in found._repr_html_()


def test_a_data_frame_is_a_model_in_every_column() -> None:
    scores = {"a": SCORES[0], "b": SCORES[1]}
    families = {"a": "deep", "b": "classical"}
    found = bench.compare(LABELS, pd.DataFrame(scores), families=families)
    assert repr(found) == repr(bench.compare(LABELS, scores, families=families))
    numbered = bench.compare(LABELS, pd.DataFrame(SCORES[:2].T), families={0: "deep"})  # type: ignore[dict-item]
    assert numbered.models().model.tolist() == ["0", "1"]
    assert numbered.models().family[0] == "deep"


@pytest.mark.parametrize(
    ("y", "scores", "options", "message"),
    [
        ([], {"a": []}, {}, "one label per case"),
        ([0, 1], {}, {}, "at least one model"),
        ([0, 0], {"a": [1, 2]}, {}, "needs two classes"),
        ([0, 1], {"a": [1, 2, 3]}, {}, r"must be \(2,\), \(runs, 2\)"),
        ([0, 1], {"a": [1, float("nan")]}, {}, "not a finite number"),
        ([0, 1], {"a": ["x", "y"]}, {}, "not all numbers"),
        (["b", "m"], {"a": [1, 2]}, {}, "positive='m'"),
        (["b", "m"], {"a": [1, 2]}, {"positive": "mm"}, "Did you mean 'm'"),
        ([0, 1, 2], {"a": [1, 2, 3]}, {}, "give 3 columns"),
        ([0, 1], {"a": [1, 2]}, {"groups": [1]}, "groups has 1 entries for 2 cases"),
        ([0, 1], {"a": [1, 2]}, {"families": {"a": "dep"}}, "Did you mean 'deep'"),
        ([0, 1, 0], {"a": np.ones((2, 3))}, {"seeds": [1]}, "2 runs and there are 1 seeds"),
        ([0, 1, 0], {"a": np.ones((2, 3))}, {"seeds": 2}, "seeds must be a list of whole numbers"),
        ([0, 1, 0], {"a": np.ones((2, 3))}, {"seeds": [0.5, 1.5]}, "a list of whole numbers"),
        ([0, 1, 0], {"a": np.ones((2, 3))}, {"seeds": [4, 4]}, "seeds has 4 twice"),
        ([0, 1], {"a": [1j, 2]}, {}, "not all numbers"),
        ([0, 1], {"svm": [1, 2]}, {"families": {"svmm": "deep"}}, "Did you mean 'svm'"),
        ([0, 1], {"a": [1, 2]}, {"families": ["deep"]}, "families must be a family of each model"),
        ([0, 1], {"a": [1, 2]}, {"families": {"a": 3}}, "unknown family 3. Known: classical"),
        ([0, 1], {"a": [1, 2]}, {"groups": "patient"}, "groups must be one patient per case"),
        ([0, 1], {"a": [1, 2], "1": [1, 2], 1: [1, 2]}, {}, "Two models are called '1'"),
        ([0, 1], np.ones((2, 2)), {}, "scores must say whose they are.* a ndarray does not"),
        ([0, 1], [1, 2], {}, "scores must say whose they are.* a list does not"),
        ([0, 1], pd.Series([1, 2]), {}, "scores must say whose they are.* a Series does not"),
        ([0, 1], pd.DataFrame(index=[0, 1]), {}, "at least one model"),
        ([0, 1], pd.DataFrame([[1, 2]] * 2, columns=["a", "a"]), {}, "Two models are called 'a'"),
        ([0, 1, 2], pd.DataFrame({"a": [1, 2, 3]}), {}, "give 3 columns"),
        ([0, 1], {"a": np.ma.array([1.0, 2.0], mask=[False, True])}, {}, "has masked values"),
        ([0, 1], {"a": [1, 2]}, {"groups": [[1], [1, 2]]}, "groups must be .*differ in length"),
        (["0", "1", float("nan")], {"a": [1, 2, 3]}, {}, "y has no value for 1 of 3 .* row 2"),
        (
            pd.Series([0, 1], index=[7, 5]),
            pd.DataFrame({"a": [1, 2]}, index=[5, 7]),
            {},
            "rows of y in another order",
        ),
    ],
)
def test_arrays_that_do_not_fit_are_refused_in_one_sentence(y, scores, options, message):
    with pytest.raises(DataError, match=message):
        bench.compare(y, scores, **options)


def test_every_series_is_refused_in_another_order_and_taken_in_the_same() -> None:
    y = pd.Series(LABELS, index=[f"c{i}" for i in range(120)])
    a = pd.Series(SCORES[0], index=y.index)
    groups = pd.Series(np.arange(120) // 3, index=y.index)
    turned = y.index[::-1]
    right = bench.compare(y, {"a": a}, groups=groups)
    assert repr(right) == repr(bench.compare(LABELS, {"a": SCORES[0]}, groups=np.arange(120) // 3))
    wide = pd.DataFrame(SCORES[:2], columns=y.index)
    for scores in ({"a": a[turned]}, {"a": [a, a[turned]]}, {"a": wide[turned]}):
        with pytest.raises(DataError, match="scores of model 'a' has the rows of y in another"):
            bench.compare(y, scores)
    with pytest.raises(DataError, match="groups has the rows of y in another order"):
        bench.compare(y, {"a": a}, groups=groups[turned])
    with pytest.raises(DataError, match="groups has the rows of scores of model 'a' in another"):
        bench.compare(LABELS, {"a": a}, groups=groups[turned])
    with pytest.raises(DataError, match="scores of model 'b' has the rows of scores of model 'a'"):
        bench.compare(y.reset_index(drop=True), {"a": a, "b": a[turned]})
    mixed = pd.Index(["x", *range(119)])
    with pytest.raises(DataError, match="in another order"):
        bench.compare(y.set_axis(mixed), {"a": a.set_axis(mixed)[::-1]})


def test_an_index_of_other_cases_does_no_harm() -> None:
    y = pd.Series(LABELS, index=range(7, 127))
    numbered = pd.Series(SCORES[0])
    assert bench.compare(y, {"a": numbered}).models().auc[0] > 0.5


def test_columns_that_name_the_classes_in_another_order_are_refused() -> None:
    y = ["a", "b", "c"] * 10
    scores = pd.DataFrame(np.eye(3)[[0, 1, 2] * 10], columns=["a", "b", "c"])
    assert bench.compare(y, {"m": scores}).models().auc[0] == 1.0
    with pytest.raises(DataError, match=r"have the columns c, a, b; .*sorted labels: a, b, c"):
        bench.compare(y, {"m": scores[["c", "a", "b"]]})


@pytest.mark.parametrize(
    "gap",
    [None, float("nan"), "", " ", pd.NA, pd.NaT],
    ids=["None", "NaN", "", "blank", "NA", "NaT"],
)
def test_a_case_without_a_patient_is_refused(gap: Any) -> None:
    people = [gap if i in (60, 70) else f"P{i // 3}" for i in range(120)]
    for groups in (people, pd.Series(people, dtype=object)):
        with pytest.raises(DataError, match=r"groups has no value for 2 of 120 .* row 60"):
            bench.compare(LABELS, {"a": SCORES[0]}, groups=groups)


@pytest.mark.parametrize(
    "groups",
    [
        np.array([np.nan, *range(119)]),
        pd.array([pd.NA, *range(119)], dtype="Int64"),
        pd.Series([pd.NA, *range(119)], dtype="Int64"),
        pd.Categorical([None, *range(119)]),
        np.ma.array(np.arange(120), mask=np.arange(120) == 0),
    ],
    ids=["float", "Int64", "Series", "categorical", "masked"],
)
def test_a_missing_patient_of_any_kind_of_array_is_refused(groups: Any) -> None:
    with pytest.raises(DataError, match=r"no value for 1 of 120|groups has masked values"):
        bench.compare(LABELS, {"a": SCORES[0]}, groups=groups)
