"""Claims written down in a study file: what is read, hashed and refused."""

import json
from pathlib import Path

import pytest

from bench.cli.main import run_command
from bench.protocol.claim import Claim
from bench.protocol.errors import StudyError
from bench.protocol.scoring import MEASURES
from bench.protocol.study import Study
from bench.protocol.study_file import read_study

CLAIM = {"name": "c", "a": "deep", "b": ["svm", "xgboost"]}


def test_a_claim_is_read_beside_the_study_and_at_top_level(tmp_path):
    text = '[[claim]]\nname = "c"\na = "deep"\nb = ["xgboost", "svm"]\ndirection = "equivalence"\n'
    nested, flat = tmp_path / "nested.toml", tmp_path / "flat.toml"
    nested.write_text('[study]\ndatasets = ["a"]\n' + text)
    flat.write_text('datasets = ["a"]\n' + text)
    for path in (nested, flat):
        study = Study.from_json(read_study(path))
        assert study.claims == (Claim("c", ("deep",), ("svm", "xgboost"), direction="equivalence"),)


def test_claims_are_part_of_the_hash_and_their_order_is_not():
    one, other = Claim("x", ("deep",), ("svm",)), Claim("y", ("deep",), ("svm",), margin=0.01)
    both = Study(("a",), ("svm",), claims=(one, other))
    assert both.hash == Study(("a",), ("svm",), claims=(other, one)).hash
    hashes = {
        Study(("a",), ("svm",), claims=claims).hash
        for claims in (
            (),
            (one,),
            (other,),
            (one, other),
            (Claim("x", ("deep",), ("svm",), direction="equivalence"),),
            (Claim("x", ("deep",), ("svm",), text="Deep wins."),),
            (Claim("x", ("deep",), ("svm",), datasets=("a",)),),
        )
    }
    assert len(hashes) == 7


def test_a_study_without_claims_has_the_hash_it_had_before_there_were_claims():
    assert "claims" not in Study(("a",), ("svm",)).as_json()


def test_claims_survive_the_json_form():
    study = Study(("a",), ("svm",), claims=(Claim("x", ("deep",), ("svm",), margin=0.01),))
    assert Study.from_json(json.loads(json.dumps(study.as_json()))) == study


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": " "}, "must have a name"),
        ({"name": 3}, "must have a name"),
        ({"a": []}, "a and b must each name"),
        ({"a": 3}, "wrong type"),
        ({"a": [3]}, "a must be a name or a list of names"),
        ({"b": "deep"}, "both sides are deep"),
        ({"directon": "equivalence"}, "Did you mean 'direction'"),
        ({"direction": "superior"}, "Did you mean 'superiority'"),
        ({"metric": "acu"}, "Did you mean 'auc'"),
        ({"metric": "balanced_accuracy"}, "Did you mean 'balanced-accuracy'"),
        ({"metric": "sensitivty"}, "Did you mean 'sensitivity'"),
        ({"metric": "seconds"}, "Known: accuracy, auc, balanced-accuracy, brier, f1, log-loss"),
        ({"margin": -0.02}, "margin must lie between"),
        ({"margin": 0.5}, "margin must lie between"),
        ({"margin": "0.1"}, "margin must lie between"),
        ({"margin": True}, "margin must lie between"),
        ({"text": 3}, "text must be"),
        ({"datasets": [""]}, "datasets must be"),
    ],
)
def test_a_wrong_claim_is_refused_with_what_is_right(change, message):
    table = {"datasets": ["a"], "methods": ["svm"], "claims": [CLAIM | change]}
    with pytest.raises(StudyError, match=message) as caught:
        Study.from_json(table, "study.toml")
    assert str(caught.value).startswith("study.toml: ")


@pytest.mark.parametrize("key", ["name", "a", "b"])
def test_a_claim_without_name_or_side_is_refused(key):
    claim = {k: v for k, v in CLAIM.items() if k != key}
    with pytest.raises(StudyError, match=f"'{key}' is missing"):
        Study.from_json({"claims": [claim]})


def test_two_claims_of_one_name_are_refused():
    with pytest.raises(StudyError, match="two claims are called 'c'"):
        Study.from_json({"claims": [CLAIM, CLAIM]})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[claim]\nname = "c"', "double brackets"),
        ('[study]\n[[clam]]\nname = "c"', "Did you mean 'claim'"),
        ("claim = [3]", "must be a table"),
    ],
)
def test_a_claim_in_the_wrong_place_is_refused(tmp_path, text, message):
    path = tmp_path / "study.toml"
    path.write_text(text + "\n")
    with pytest.raises(StudyError, match=message):
        Study.from_json(read_study(path))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("claim", "message"),
    [
        ('a = "deap"\nb = "svm"', "'deap' is neither a family nor a method. Did you mean 'deep'"),
        ('a = "deep"\nb = "smv"', "'smv' is neither a family nor a method. Did you mean 'svm'"),
        (
            'a = "deep"\nb = "svm"\ndatasets = ["phantom-nul"]',
            "unknown data set 'phantom-nul'. Did you mean 'phantom-null'",
        ),
        ('a = "deep"\nb = "svm"\nmargin = -1', "margin must lie between"),
        ('a = "deep"\nb = "svm"\ndirection = "inferiority"', "Did you mean"),
    ],
)
def test_a_wrong_claim_ends_the_run_with_one_message_and_status_2(
    tmp_path, monkeypatch, capsys, claim, message
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BENCH_DATA", "")
    Path("study.toml").write_text(
        '[study]\ndatasets = ["phantom-null"]\nmethods = ["class-prior"]\n'
        f'[[claim]]\nname = "c"\n{claim}\n'
    )
    assert run_command(["run", "study.toml"]) == 2
    told = capsys.readouterr().err
    assert message in told
    assert told.count("Error") == 1
    assert "Traceback" not in told
    assert not Path("results").exists()


@pytest.mark.parametrize("metric", MEASURES)
def test_a_claim_may_be_about_every_measure_and_the_study_about_auc_alone(metric):
    study = Study.from_json({"claims": [CLAIM | {"metric": metric}]})
    assert study.claims[0].metric == metric
    assert Study.from_json(study.as_json()) == study
    if metric != "auc":
        with pytest.raises(StudyError, match="cannot be the primary metric, which is AUC"):
            Study.from_json({"metric": metric})


STUDY = """
[study]
datasets = ["phantom-null"]
methods = ["class-prior", "mean-brightness"]
[[claim]]
name = "asked"
a = "class-prior"
b = ["svm", "mean-brightness"]
[[claim]]
name = "without-a-side"
a = "control"
b = "random-forest"
[[claim]]
name = "elsewhere"
a = "class-prior"
b = "mean-brightness"
datasets = ["phantom-shape"]
"""


@pytest.mark.slow
def test_a_claim_that_will_not_be_tested_is_told_before_the_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("study.toml").write_text(STUDY)
    assert run_command(["run", "study.toml", "--dry-run"]) == 0
    lines = [line.strip() for line in capsys.readouterr().out.splitlines() if "claim " in line]
    assert lines == [
        "claim elsewhere will not be tested: phantom-shape is not run",
        "claim without-a-side will not be tested: random-forest is not run",
    ]
