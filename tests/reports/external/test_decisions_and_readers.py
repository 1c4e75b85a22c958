"""`bench compare` of hard decisions and of readers, in every form."""

import json
from pathlib import Path

import numpy as np
import pytest

from bench.cli.main import run_command
from reports.external.decided import decided
from reports.external.decided_output import findings
from reports.external.reader_study import reader_study
from reports.statistics.discordance import discordance
from tests.reports.pdf_text import pages, squeezed

LABELS = np.arange(80) % 2


def decisions(path: Path, groups: bool = False, runs: int = 1) -> Path:
    random = np.random.default_rng(0)
    rows = ["case,label,model,decision,seed" + (",group" if groups else "")]
    for model, right in (("good", 0.9), ("poor", 0.6), ("third", 0.85)):
        for seed in range(runs):
            for case, label in enumerate(LABELS):
                said = label if random.random() < right else 1 - label
                group = f",p{case // 4}" if groups else ""
                rows.append(f"{case:03d},{label},{model},{said},{seed if runs > 1 else ''}{group}")
    path.write_text("\n".join(rows))
    return path


def readings(path: Path, readers: int = 5, groups: bool = False) -> Path:
    random = np.random.default_rng(3)
    case_noise = random.normal(size=len(LABELS))
    rows = ["case,label,model,reader,score" + (",group" if groups else "")]
    for model, skill in (("with AI", 2.0), ("alone", 1.0)):
        for reader in range(readers):
            own = skill + random.normal(0, 0.2)
            for case, label in enumerate(LABELS):
                score = own * label + 0.7 * case_noise[case] + 0.7 * random.normal()
                group = f",p{case // 4}" if groups else ""
                rows.append(f"{case:03d},{label},{model},r{reader},{score:.4f}{group}")
    path.write_text("\n".join(rows))
    return path


def test_rates_are_those_of_the_decisions(tmp_path):
    path = decisions(tmp_path / "d.csv")
    found = decided(path)
    rows = [line.split(",") for line in path.read_text().splitlines()[1:]]
    for model in found.models:
        own = [(r[1], r[3]) for r in rows if r[2] == model.name]
        sensitivity = np.mean([said == "1" for truth, said in own if truth == "1"])
        specificity = np.mean([said == "0" for truth, said in own if truth == "0"])
        measures = model.measures
        assert measures["accuracy"].value == pytest.approx(np.mean([a == b for a, b in own]))
        assert measures["sensitivity"].value == pytest.approx(sensitivity)
        assert measures["specificity"].value == pytest.approx(specificity)
        assert measures["balanced accuracy"].value == pytest.approx((sensitivity + specificity) / 2)
        assert all(m.low < m.value < m.high or m.value in (0, 1) for m in measures.values())


@pytest.mark.parametrize("groups", [False, True])
def test_pairs_are_tested_by_mcnemar_on_all_cases_and_on_each_class(tmp_path, groups):
    path = decisions(tmp_path / "d.csv", groups)
    found = decided(path)
    rows = [line.split(",") for line in path.read_text().splitlines()[1:]]
    right = {
        name: np.array([[r[1] == r[3] for r in rows if r[2] == name]]) for name in ("good", "poor")
    }
    units = np.arange(80) // 4 if groups else None
    for measure, cases in (
        ("accuracy", LABELS >= 0),
        ("sensitivity", LABELS == 1),
        ("specificity", LABELS == 0),
    ):
        own = None if units is None else np.unique(units[cases], return_inverse=True)[1]
        wanted = discordance(right["good"][:, cases], right["poor"][:, cases], own)
        pair = next(p for p in found.pairs if (p.a, p.b, p.measure) == ("good", "poor", measure))
        assert (pair.p, pair.only_a, pair.only_b) == (wanted.p, wanted.only_a, wanted.only_b)
        assert (pair.difference.low, pair.difference.high) == (wanted.low, wanted.high)
        assert pair.p_holm >= pair.p


def test_no_difference_is_called_shown_whose_interval_holds_0(tmp_path):
    """Five of 60 cases that only one model decides rightly: mid-p 0.031."""
    rows = ["case,label,model,decision"]
    for model, wrong in (("alpha", (0,)), ("beta", (0, 1, 2, 20, 21, 22))):
        truth = [int(case < 20) for case in range(60)]
        rows += [f"{i},{y},{model},{1 - y if i in wrong else y}" for i, y in enumerate(truth)]
    path = tmp_path / "five.csv"
    path.write_text("\n".join(rows))
    (line,) = findings(decided(path))
    assert line == (
        "alpha against beta: no difference shown. Difference in accuracy +0.083 [−0.001, +0.162], "
        "Holm-adjusted p 0.052 (McNemar's mid-p and Bonett and Price's interval, the larger p)."
    )
    for pair in decided(path).pairs:
        assert pair.p is None or (pair.p < 0.05) == (pair.difference.low > 0)


def test_what_holms_adjustment_does_not_let_stand_is_told_as_that(tmp_path):
    rows = ["case,label,model,decision"]
    for model, wrong in (("a", 0), ("b", 6), ("c", 6)):
        rows += [f"{i},{i % 2},{model},{(i % 2) ^ (i < wrong)}" for i in range(80)]
    path = tmp_path / "d.csv"
    path.write_text("\n".join(rows))
    first, *_ = findings(decided(path))
    assert first.startswith("a against b: no difference shown after Holm's adjustment. ")


def test_the_difference_of_balanced_accuracies_lies_between_those_of_the_classes(tmp_path):
    found = decided(decisions(tmp_path / "d.csv", runs=3))
    by_measure = {p.measure: p.difference for p in found.pairs if (p.a, p.b) == ("good", "poor")}
    mean = (by_measure["sensitivity"].value + by_measure["specificity"].value) / 2
    balanced = by_measure["balanced accuracy"]
    assert balanced.value == pytest.approx(mean)
    assert balanced.low < balanced.value < balanced.high


def test_more_than_two_classes_have_accuracy_and_balanced_accuracy(tmp_path):
    rows = ["case,label,model,decision"]
    for model in "ab":
        rows += [f"{i},{'xyz'[i % 3]},{model},{'xyz'[(i + (i % 5 == 0)) % 3]}" for i in range(30)]
    path = tmp_path / "d.csv"
    path.write_text("\n".join(rows))
    found = decided(path)
    assert {*found.models[0].measures} == {"accuracy", "balanced accuracy"}
    assert {pair.measure for pair in found.pairs} == {"accuracy", "balanced accuracy"}


@pytest.mark.parametrize("groups", [False, True])
def test_readers_are_compared_over_readers_and_cases(tmp_path, groups):
    found = reader_study(readings(tmp_path / "r.csv", groups=groups))
    assert found.modalities == ("with AI", "alone")
    assert found.auc.shape == (2, 5)
    (pair,) = found.pairs
    assert pair.difference.value == pytest.approx(found.auc[0].mean() - found.auc[1].mean())
    assert pair.p_holm == pair.difference.p == pytest.approx(found.equality.p)
    assert found.patients == (20 if groups else None)
    fixed = reader_study(tmp_path / "r.csv", generalisation="cases")
    assert fixed.pairs[0].difference.se < pair.difference.se


def test_one_reader_is_told_what_can_be_said(tmp_path, capsys):
    path = readings(tmp_path / "r.csv", readers=1)
    assert run_command(["compare", str(path)]) == 2
    assert "--fixed readers" in capsys.readouterr().err
    assert run_command(["compare", str(path), "--fixed", "readers"]) == 0
    assert "for these readers" in capsys.readouterr().out


def regrouped(path: Path, group_of) -> Path:
    """The same file with other patients."""
    header, *rows = path.read_text().splitlines()
    parts = [row.split(",") for row in rows]
    lines = [",".join([*each[:-1], group_of(int(each[0]), int(each[1]))]) for each in parts]
    path.write_text("\n".join([header, *lines]))
    return path


def test_decisions_on_one_patient_say_nothing_of_others(tmp_path):
    found = decided(regrouped(decisions(tmp_path / "d.csv", groups=True), lambda *_: "p"))
    for pair in found.pairs:
        assert (pair.difference.low, pair.difference.high) == (-1, 1)
        assert pair.p in (None, 1)
    for model in found.models:
        balanced = model.measures["balanced accuracy"]
        assert balanced.high - balanced.low > 0.9


@pytest.mark.parametrize(
    "group_of",
    [
        lambda case, label: "p",
        lambda case, label: f"p{label}",
        lambda case, label: f"p{label * case}",
    ],
    ids=["of all", "of each class", "of one class"],
)
def test_readings_of_one_patient_carry_to_no_other(tmp_path, capsys, group_of):
    path = str(regrouped(readings(tmp_path / "r.csv", groups=True), group_of))
    for fixed in ([], ["--fixed", "readers"]):
        assert run_command(["compare", path, *fixed]) == 2
        told = capsys.readouterr().err
        assert "all cases of label '0' are of one patient, who says nothing of others" in told
        assert "--fixed cases" in told
    assert run_command(["compare", path, "--fixed", "cases"]) == 0
    assert "with AI better" in capsys.readouterr().out


def test_readings_of_few_patients_have_no_verdict(tmp_path, capsys):
    path = str(regrouped(readings(tmp_path / "r.csv", groups=True), lambda case, _: f"p{case % 9}"))
    assert run_command(["compare", path]) == 0
    told = capsys.readouterr().out
    assert "9 test patients of “0” cannot support a comparison (at least 10 are needed)" in told
    assert "with AI against alone: No verdict." in told


@pytest.mark.parametrize("make", [decisions, readings])
def test_every_form_can_be_had(make, tmp_path, capsys):
    path = make(tmp_path / "p.csv")
    words = ["compare", str(path), "--json", "--out", str(tmp_path / "out")]
    assert run_command(words) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed == json.loads((tmp_path / "out" / "comparison.json").read_text())
    assert len(list((tmp_path / "out").glob("*.csv"))) == 2


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["decisions", "readers", "scores", "verdict"])
def test_the_page_and_the_pdf_say_what_the_terminal_says(kind, tmp_path, capsys):
    path = tmp_path / "p.csv"
    if kind == "decisions":
        decisions(path)
    elif kind == "readers":
        readings(path)
    else:
        random = np.random.default_rng(1)
        rows = ["case,label,model,score,family"]
        for model, family in (("<b>net</b>", "deep"), ("svm", "classical"), ("other", "")):
            if kind == "verdict" and not family:
                continue
            family = family if kind == "verdict" else ""
            rows += [
                f"{i},{y},{model},{y + random.normal():.4f},{family}" for i, y in enumerate(LABELS)
            ]
        path.write_text("\n".join(rows))
    words = ["compare", str(path), "--html", str(tmp_path / "p.html")]
    assert run_command([*words, "--pdf", str(tmp_path / "p.pdf")]) == 0
    said = capsys.readouterr().out
    page = (tmp_path / "p.html").read_text()
    paper = " ".join(pages((tmp_path / "p.pdf").read_bytes()))
    assert "<b>net" not in page
    sentence = next(line for line in said.splitlines()[3:] if " against " in line)
    ending = sentence[-40:]
    assert ending in page.replace("&lt;", "<")
    assert squeezed(ending) in squeezed(paper)
    again = (tmp_path / "p.pdf").read_bytes()
    assert run_command([*words, "--pdf", str(tmp_path / "p.pdf")]) == 0
    assert (tmp_path / "p.pdf").read_bytes() == again


@pytest.mark.parametrize(
    ("text", "flags", "message"),
    [
        ("case,label,model,decision\n1,0,a,0\n2,1,a,2\n", [], "no label of any case"),
        ("case,label,model,decision,score\n1,0,a,0,1\n2,1,a,1,1\n", [], "compare one at a time"),
        ("case,label,model,decision\n1,0,a,0\n2,1,a,\n", [], "column 'decision' is empty"),
        ("case,label,model,decision\n1,0,a,0\n2,1,a,1\n", ["--a", "a"], "do not go with decisions"),
        ("case,label,model,score\n1,0,a,0\n2,1,a,1\n", ["--fixed", "readers"], "column 'reader'"),
        ("case,label,model,reader,score\n1,0,a,r,0\n2,1,a,r,1\n", [], "two ways of reading"),
        (
            "case,label,model,reader,score\n1,0,a,r,0\n2,1,a,r,1\n1,0,b,s,0\n2,1,b,s,1\n",
            [],
            "has read nothing with",
        ),
        (
            "case,label,model,reader,score,seed\n1,0,a,r,0,1\n2,1,a,r,1,1\n1,0,b,r,0,1\n",
            [],
            "does not go with 'reader'",
        ),
        ("case,label,model,decision\n1,b,a,b\n2,m,a,m\n", [], "say which is positive"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(text, flags, message, tmp_path, capsys):
    path = tmp_path / "p.csv"
    path.write_text(text)
    assert run_command(["compare", str(path), *flags]) == 2
    err = capsys.readouterr().err
    assert message in err
    assert err.count("\n") == 1
