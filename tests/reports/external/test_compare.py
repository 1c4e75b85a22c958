"""The evidence of predictions made elsewhere."""

import csv
import json
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from bench.cli.main import run_command
from bench.protocol.scoring import auc
from reports.collect import collect
from reports.external.compare import compare
from reports.external.output import as_json, as_text
from reports.statistics.multiplicity import holm
from tests.oracles.delong_of_scores import paired
from tests.reports.simulated import METHODS, Data, results

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
ORACLES = Path(__file__).parents[1] / "oracles"


def table(path, models, *, n=120, groups=0, splits=("test",), classes=2, rng=0):
    """A file of models (name, family, seeds, strength); returns labels and scores of test."""
    rng = np.random.default_rng(rng)
    columns = ["score"] if classes == 2 else [f"c{i}" for i in range(classes)]
    header = ["case", "label", "model", *columns, "family", "seed", "split"]
    header += ["group"] if groups else []
    labels = np.arange(n) % classes
    kept = {}
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(header)
        for split in splits:
            shared = rng.normal(size=(n, classes))
            for name, family, seeds, strength in models:
                for seed in seeds:
                    score = strength * np.eye(classes)[labels] + shared
                    score = score + rng.normal(size=(n, classes))
                    own = score[:, 1:] if classes == 2 else score
                    kept[split, name, seed] = own
                    for i in range(n):
                        label = labels[i] if classes == 2 else f"c{labels[i]}"
                        row = [f"{split}{i}", label, name, *own[i], family, seed, split]
                        out.writerow(row + ([f"{split}-p{i // groups}"] if groups else []))
    return labels, kept


TWO = (("svm", "", [""], 1.0), ("cnn", "", [""], 1.6))
FOUR = (
    ("svm", "classical", [""], 1.0),
    ("forest", "classical", [0, 1, 2], 0.6),
    ("cnn", "deep", [0, 1, 2], 1.6),
    ("vit", "deep", [0, 1, 2], 0.7),
)


def test_the_plain_figures_are_delongs_whatever_the_verdict_used(tmp_path):
    path = tmp_path / "p.csv"
    labels, scores = table(path, TWO, n=40, groups=2)
    found = compare(path)
    expected = paired(labels == 1, scores["test", "svm", ""][:, 0], scores["test", "cnn", ""][:, 0])
    plain = found.pairs[0].plain
    assert "patient" in found.pairs[0].test.test
    for name in ("d", "variance", "z", "p", "covariance"):
        assert getattr(plain, name) == pytest.approx(getattr(expected, name), rel=1e-12)
    assert plain.interval == pytest.approx(expected.interval)
    assert plain.a.variance == pytest.approx(expected.a.variance)
    assert plain.a.interval == pytest.approx(expected.a.interval)
    assert found.pairs[0].test.superiority.p != pytest.approx(plain.p)


REFERENCE = json.loads((ORACLES / "proc_reference.json").read_text(encoding="utf-8"))["binary"]


@pytest.mark.parametrize(
    "name", [n for n in sorted(REFERENCE) if (ORACLES / "inputs" / f"{n}.csv").exists()]
)
def test_the_plain_figures_are_those_of_proc(tmp_path, name):
    expected = REFERENCE[name]
    with (ORACLES / "inputs" / f"{name}.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    path = tmp_path / "p.csv"
    lines = ["case,label,model,score"]
    for model in ("score_a", "score_b"):
        lines += [f"{i},{row['label']},{model},{row[model]}" for i, row in enumerate(rows)]
    path.write_text("\n".join(lines))
    pair = json.loads(as_json(compare(path)))["comparisons"][0]["delong"]
    for side, model in (("a", "score_a"), ("b", "score_b")):
        assert pair[side]["auc"] == pytest.approx(expected[model]["auc"], abs=1e-9)
        assert pair[side]["variance"] == pytest.approx(expected[model]["var_delong"], abs=1e-9)
        low, high = expected[model]["ci95_delong"]
        assert (pair[side]["low"], pair[side]["high"]) == pytest.approx((low, high), abs=1e-9)
    assert pair["covariance"] == pytest.approx(expected["cov_delong"], abs=1e-9)
    test = expected["delong_paired"]
    assert pair["z"] == pytest.approx(test["statistic"], abs=1e-9)
    assert pair["p"] == pytest.approx(test["p_value"], abs=1e-9)


def test_a_file_gives_the_numbers_of_the_results_folder_it_was_made_of(tmp_path):
    data = Data("breast", n_test=200, images_per_patient=2)
    methods = METHODS[:4]
    store = results(tmp_path / "r", (data,), methods)
    path = tmp_path / "p.csv"
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(
            ["case", "label", "model", "benign", "malignant", "family", "seed", "split", "group"]
        )
        family = {m.name: m.family for m in methods}
        for trial in store.trials():
            p = store.run(trial).predictions
            for i, case in enumerate(p.case_ids):
                label = data.names[p.labels[i]]
                seed = "" if trial.seed is None else trial.seed
                row = [case, label, trial.method, *map(repr, p.probabilities[i].tolist())]
                out.writerow([*row, family[trial.method], seed, p.split[i], p.groups[i]])
    ours = collect(store).datasets[0]
    found = compare(path, positive="malignant")
    pair = found.pairs[0].test
    c = ours.comparison
    assert (pair.a, pair.b) == (c.deep, c.classical)
    assert pair.difference == c.pair.difference
    assert pair == c.pair
    assert found.verdict.rule == ours.verdict.rule
    assert found.verdict.heading == ours.verdict.heading
    for model in found.models:
        assert model.auc == ours.method(model.name).auc
        assert model.validation_auc == ours.method(model.name).validation_auc


def test_without_families_every_pair_is_compared_with_holm(tmp_path):
    path = tmp_path / "p.csv"
    table(path, [("a", "", [""], 1), ("b", "", [""], 1.2), ("c", "", [""], 2)])
    found = compare(path)
    assert [(p.test.a, p.test.b) for p in found.pairs] == list(combinations("abc", 2))
    assert [p.test.superiority.p_holm for p in found.pairs] == pytest.approx(
        holm([p.test.superiority.p for p in found.pairs])
    )
    assert found.verdict is None


def test_a_pair_that_is_asked_for_is_the_only_one(tmp_path):
    path = tmp_path / "p.csv"
    table(path, FOUR, splits=("val", "test"))
    found = compare(path, a="vit", b="forest")
    assert [(p.test.a, p.test.b) for p in found.pairs] == [("vit", "forest")]
    assert found.pairs[0].test.superiority.p_holm == found.pairs[0].test.superiority.p
    assert found.verdict is None
    other = compare(path, a="forest", b="vit").pairs[0].test
    assert other.difference.value == -found.pairs[0].test.difference.value
    assert other.superiority.p == pytest.approx(found.pairs[0].test.superiority.p)


def test_champions_come_from_validation(tmp_path):
    path = tmp_path / "p.csv"
    table(path, FOUR, n=300, splits=("val", "test"))
    found = compare(path)
    assert (found.pairs[0].test.a, found.pairs[0].test.b) == ("cnn", "svm")
    assert found.verdict.winner == "deep"
    assert found.verdict.heading.startswith("Deep better")
    assert found.pairs[0].heading.startswith("cnn better")


def test_without_validation_champions_cannot_be_chosen_and_it_says_so(tmp_path):
    path = tmp_path / "p.csv"
    table(path, FOUR)
    found = compare(path)
    assert found.verdict is None
    assert len(found.pairs) == 6
    light = next(item for item in found.audit if item.key == "champions")
    assert light.colour == "amber"
    assert "cannot be chosen on validation" in light.sentence


def test_one_model_of_each_family_needs_no_validation(tmp_path):
    path = tmp_path / "p.csv"
    table(path, [FOUR[0], FOUR[2]], n=300)
    found = compare(path)
    assert found.verdict.winner == "deep"
    assert (found.pairs[0].test.a, found.pairs[0].test.b) == ("cnn", "svm")


def test_seeds_count_in_the_error(tmp_path):
    path = tmp_path / "p.csv"
    table(path, FOUR)
    found = compare(path, a="cnn", b="vit").pairs[0].test
    assert found.se_seeds > 0
    assert "seed variance" in found.test


def test_several_classes_are_compared_by_their_mean_auc(tmp_path):
    path = tmp_path / "p.csv"
    table(path, TWO, classes=4, n=200)
    found = compare(path)
    assert found.positive is None
    assert found.classes == ("c0", "c1", "c2", "c3")
    assert found.per_class == (50, 50, 50, 50)
    assert found.pairs[0].test.value_a.value == pytest.approx(found.pairs[0].plain.a.auc)


def test_patients_in_both_parts_withhold_the_verdict(tmp_path):
    path = tmp_path / "p.csv"
    table(path, [FOUR[0], FOUR[2]], splits=("val", "test"), groups=2)
    path.write_text(path.read_text().replace("test-p0", "val-p0"))
    found = compare(path)
    assert found.verdict.rule == "protocol-violated"
    assert found.pairs[0].heading == "No verdict"


def test_few_cases_withhold_the_verdict(tmp_path):
    path = tmp_path / "p.csv"
    table(path, [FOUR[0], FOUR[2]], n=16)
    found = compare(path)
    assert found.verdict.rule == found.pairs[0].rule == "too-few-cases"


def test_cases_of_one_patient_withhold_the_verdict(tmp_path):
    path, random = tmp_path / "p.csv", np.random.default_rng(0)
    rows = ["case,label,model,score,group"]
    for case in range(60):
        score = case % 2 + random.normal()
        for model in "ab":
            own = score + (model == "b") * random.normal()
            rows.append(f"c{case},{case % 2},{model},{own:.4f},g0")
    path.write_text("\n".join(rows))
    found = compare(path)
    assert found.pairs[0].rule == "too-few-cases"
    assert found.pairs[0].sentence.startswith("1 test patient of “0” cannot support a comparison")
    as_json(found)  # refuses NaN and infinity


@pytest.mark.parametrize(
    "scores",
    [
        ([0.1, 0.2, 0.8, 0.9], [0.1, 0.2, 0.8, 0.9]),
        ([0.1, 0.2, 0.8, 0.9], [0.5, 0.5, 0.5, 0.5]),
        ([0.5, 0.5, 0.5, 0.5], [0.5, 0.5, 0.5, 0.5]),
        ([0.9, 0.8, 0.2, 0.1], [0.1, 0.2, 0.8, 0.9]),
        ([0.1, 0.1, 0.1, 0.9], [0.9, 0.1, 0.1, 0.1]),
    ],
    ids=["perfect", "constant", "both constant", "reversed", "ties"],
)
@pytest.mark.parametrize("labels", [(0, 0, 1, 1), (0, 0, 0, 1)], ids=["two", "one positive"])
def test_degenerate_scores_give_finite_numbers_and_no_warning(tmp_path, scores, labels):
    path = tmp_path / "p.csv"
    rows = ["case,label,model,score"]
    for model, own in zip("ab", scores, strict=True):
        rows += [f"{i},{labels[i]},{model},{own[i]}" for i in range(4)]
    path.write_text("\n".join(rows))
    found = compare(path)
    text = as_json(found)  # refuses NaN and infinity
    assert json.loads(text)["comparisons"][0]["rule"] == "too-few-cases"
    assert "No verdict" in as_text(found)
    assert 0 <= found.pairs[0].test.superiority.p <= 1


def test_one_model_has_nothing_to_be_compared_with(tmp_path):
    path = tmp_path / "p.csv"
    table(path, TWO[:1])
    found = compare(path)
    assert found.pairs == ()
    assert "nothing to compare" in as_text(found)


def test_json_holds_every_number_at_full_precision(tmp_path, capsys):
    path = tmp_path / "p.csv"
    table(path, FOUR, splits=("val", "test"))
    assert run_command(["compare", str(path), "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    found = compare(path)
    assert shown["schema"] == 2
    assert [m["auc"] for m in shown["models"]] == [m.auc.value for m in found.models]
    pair, own = shown["comparisons"][0], found.pairs[0]
    assert pair["difference"] == own.test.difference.value
    assert (pair["low"], pair["high"]) == (own.test.difference.low, own.test.difference.high)
    assert pair["superiority"]["p"] == own.test.superiority.p
    assert pair["delong"]["z"] == own.plain.z
    assert pair["delong"]["a"]["variance"] == own.plain.a.variance
    assert shown["verdict"]["rule"] == found.verdict.rule


def test_the_document_names_every_key_of_the_json(tmp_path):
    path = tmp_path / "p.csv"
    table(path, FOUR, splits=("val", "test"))
    text = (ROOT / "docs" / "compare.md").read_text(encoding="utf-8")

    def keys(value):
        if isinstance(value, dict):
            for key, inner in value.items():
                yield key
                yield from keys(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from keys(inner)

    shown = json.loads(as_json(compare(path)))
    del shown["cases_per_class"]["0"], shown["cases_per_class"]["1"]
    assert sorted({key for key in keys(shown) if f"`{key}`" not in text}) == []


def test_the_text_shows_every_model_every_pair_and_the_verdict(tmp_path, capsys):
    path = tmp_path / "p.csv"
    table(path, FOUR, n=300, splits=("val", "test"))
    assert run_command(["compare", str(path)]) == 0
    text = capsys.readouterr().out
    found = compare(path)
    for model in found.models:
        assert f"{model.auc.value:.3f} [{model.auc.low:.3f}, {model.auc.high:.3f}]" in text
    assert found.verdict.sentence in text
    assert all(item.sentence in text for item in found.audit)


def test_files_are_written_on_demand(tmp_path, capsys):
    path = tmp_path / "p.csv"
    table(path, TWO)
    assert run_command(["compare", str(path), "--out", str(tmp_path / "a" / "b")]) == 0
    names = {"comparison.txt", "comparison.json", "models.csv", "comparisons.csv"}
    assert {p.name for p in (tmp_path / "a" / "b").iterdir()} == names
    assert (tmp_path / "a/b/comparison.txt").read_text(encoding="utf-8") == capsys.readouterr().out


def test_no_network_library_is_loaded(tmp_path):
    path = tmp_path / "p.csv"
    table(path, TWO)
    code = (
        "import sys; from bench.cli.main import run_command; "
        f"assert run_command(['compare', {str(path)!r}]) == 0; "
        "print('LOADED', *sorted(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    loaded = set(done.stdout.split("LOADED")[1].split())
    heavy = {"torch", "timm", "sklearn", "skimage", "xgboost", "numba", "matplotlib", "typst"}
    assert loaded & heavy == set()


def test_nothing_of_what_trains_methods_is_needed(tmp_path):
    path = tmp_path / "p.csv"
    table(path, FOUR, splits=("val", "test"))
    absent = ["torch", "timm", "sklearn", "skimage", "xgboost", "numba", "matplotlib", "typst"]
    code = (
        "import sys\n"
        "class Absent:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name.split('.')[0] in {absent!r}:\n"
        "            raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, Absent())\n"
        "from bench.cli.main import run_command\n"
        f"raise SystemExit(run_command(['compare', {str(path)!r}, '--json']))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)["models"]) == len(FOUR)


def seven(path, models, groups=0):
    """Seven classes of which two have fewer than ten cases; returns labels and scores."""
    rng = np.random.default_rng(3)
    labels = np.repeat(np.arange(7), [60, 40, 30, 20, 12, 8, 5])
    lines = ["case,label,model,family," + ",".join("abcdefg") + (",group" if groups else "")]
    kept = {}
    for model, family, strength in models:
        scores = kept[model] = rng.normal(size=(len(labels), 7)) + strength * np.eye(7)[labels]
        for i, (label, row) in enumerate(zip(labels, scores, strict=True)):
            cells = [str(i), "abcdefg"[label], model, family, *map(str, row)]
            lines.append(",".join([*cells, f"p{i // groups}"] if groups else cells))
    path.write_text("\n".join(lines))
    return labels, kept


def test_small_classes_of_many_are_left_out_by_name_and_the_verdict_is_on_the_others(tmp_path):
    path = tmp_path / "p.csv"
    labels, scores = seven(path, (("cnn", "deep", 2.5), ("svm", "classical", 0.5)))
    found = compare(path)
    kept = labels < 5
    expected = {name: auc(labels[kept], own[kept], None) for name, own in scores.items()}
    pair = found.pairs[0]
    assert pair.test.difference.value == pytest.approx(expected["cnn"] - expected["svm"])
    assert pair.plain.d == pytest.approx(pair.test.difference.value)
    assert found.verdict.winner == "deep"
    for conclusion in (found.verdict, pair):
        assert conclusion.heading.endswith(" (without “f” and “g”)")
        assert "on 5 of 7 classes, “a”, “b”, “c”, “d” and “e”" in conclusion.sentence
        assert "“f” (8 test cases) and “g” (5 test cases) have too few" in conclusion.sentence
        assert "fold" not in conclusion.sentence
    light = next(item for item in found.audit if item.key == "cases")
    assert light.colour == "amber"
    assert "12 test cases of “e”, the smallest class that counts." in light.sentence
    assert found.models[0].auc.value == pytest.approx(auc(labels, scores["cnn"], None))
    assert (found.cases, found.per_class) == (175, (60, 40, 30, 20, 12, 8, 5))
    shown = json.loads(as_json(found))
    assert shown["left_out"] == [{"name": "f", "number": 8}, {"name": "g", "number": 5}]
    assert shown["verdict"]["sentence"] == found.verdict.sentence
    assert found.verdict.heading in as_text(found)


def test_of_patients_it_is_the_patients_that_are_too_few(tmp_path):
    path = tmp_path / "p.csv"
    seven(path, (("cnn", "deep", 2.5), ("svm", "classical", 0.5)), groups=3)
    found = compare(path)
    assert [one.name for one in found.left_out] == ["d", "e", "f", "g"]
    assert "“g” (3 test patients)" in found.verdict.sentence


def test_fewer_than_two_classes_of_ten_withhold_the_verdict(tmp_path):
    path = tmp_path / "p.csv"
    table(path, [FOUR[0], FOUR[2]], classes=3, n=24)
    found = compare(path)
    assert (found.verdict.rule, found.left_out) == ("too-few-cases", ())
    assert found.verdict.heading == "No verdict"


@pytest.mark.parametrize("groups", [0, 3])
def test_seven_classes_one_of_five_cases_have_every_plain_figure(tmp_path, groups):
    path = tmp_path / "p.csv"
    seven(path, (("x", "", 2.0), ("y", "", 1.0)), groups)
    pair = json.loads(as_json(compare(path)))["comparisons"][0]
    plain = pair["delong"]
    assert all(plain[name] is not None for name in ("variance", "low", "high", "z", "p"))
    assert plain["difference"] == pytest.approx(pair["difference"])
    assert 0 < plain["p"] < 1


def test_two_percent_of_positives_and_an_auc_below_a_half_are_shown_as_they_are(tmp_path):
    rng = np.random.default_rng(4)
    labels = (np.arange(1000) < 20).astype(int)
    lines = ["case,label,model,score"]
    for model, strength in (("good", 2.0), ("turned", -2.0)):
        scores = rng.normal(size=1000) + strength * labels
        lines += [f"{i},{labels[i]},{model},{scores[i]}" for i in range(1000)]
    path = tmp_path / "p.csv"
    path.write_text("\n".join(lines))
    good, turned = compare(path).models
    assert turned.auc.value < 0.2
    assert turned.auc.low < turned.auc.value < turned.auc.high < 0.5 < good.auc.low


def test_monotone_scores_and_the_order_of_rows_change_nothing(tmp_path):
    path, other = tmp_path / "p.csv", tmp_path / "q.csv"
    table(path, TWO, n=60)
    header, *rows = path.read_text().splitlines()
    changed = []
    for row in reversed(rows):
        cells = row.split(",")
        cells[3] = repr(float(np.exp(float(cells[3]))))
        changed.append(",".join(cells))
    other.write_text("\n".join([header, *changed]))
    one, two = compare(path, a="svm", b="cnn"), compare(other, a="svm", b="cnn")
    assert one.pairs[0].test.difference == two.pairs[0].test.difference
    assert one.pairs[0].test.superiority.p == two.pairs[0].test.superiority.p


def test_hybrids_and_models_without_family_stand_on_no_side(tmp_path):
    path = tmp_path / "p.csv"
    table(
        path,
        [FOUR[0], FOUR[2], ("h", "hybrid", [""], 5.0), ("x", "", [""], 5.0)],
        n=100,
        splits=("val", "test"),
    )
    found = compare(path)
    assert (found.pairs[0].test.a, found.pairs[0].test.b) == ("cnn", "svm")
    assert {m.name: m.family for m in found.models}["x"] == ""
