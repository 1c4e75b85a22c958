"""What the README and docs/ show works as it is written there."""

import csv
import re
import runpy
import textwrap
from pathlib import Path

import numpy as np
import pytest

from bench.cli.main import cli, run_command
from bench.data.corruptions.kinds import KINDS
from bench.methods import contract, discovery
from bench.protocol.study import Study
from reports.collect import collect
from reports.external.compare import compare
from tests.reports.simulated import Data, Method, answering, noted, results

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = {
    page.name if page.parent in (ROOT, ROOT / "docs") else f"{page.parent.name}/{page.name}": (
        page.read_text(encoding="utf-8")
    )
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
}
DECISIONS = {
    name.removeprefix("decisions/"): text
    for name, text in PAGES.items()
    if name.startswith("decisions/")
}
COMMANDS = sorted(
    {
        (name, command)
        for name, text in PAGES.items()
        for command in re.findall(r"^    (?:\$ )?python -m bench (.+?)(?:  +#.*)?$", text, re.M)
    }
)


def block(first_line, page="README.md"):
    """The indented block that begins with this line."""
    text = PAGES[page]
    start = text.index(f"    {first_line}")
    lines = []
    for line in text[start:].splitlines():
        if line and not line.startswith("    "):
            break
        lines.append(line)
    return textwrap.dedent("\n".join(lines))


def section(heading, page):
    """What stands below a heading of the second order."""
    return PAGES[page].partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def test_the_plugin_keeps_to_the_contract(tmp_path):
    path = tmp_path / "row_means.py"
    path.write_text(block("# row_means.py").partition("python -m bench")[0])
    method = discovery.plugin(f"{path}:build")
    assert method.name == "row-means"
    assert method.card(method.load()).summary.startswith("Mean brightness")
    contract.check_method(method.load())


def test_the_study_file_is_a_study():
    import tomllib

    Study.from_json(tomllib.loads(block("[study]"))["study"])


@pytest.mark.slow
def test_the_network_of_the_methods_page_keeps_to_the_contract(tmp_path):
    path = tmp_path / "small_cnn.py"
    path.write_text(block("# small_cnn.py", "methods.md"))
    method = discovery.plugin(f"{path}:build")
    assert (method.name, method.family) == ("small-cnn", "deep")
    contract.check_method(method.load())


def test_the_own_settings_of_the_methods_page_build_a_network(tmp_path):
    path = tmp_path / "chest_resnet.py"
    path.write_text(block("# chest_resnet.py", "methods.md").partition("python -m bench")[0])
    model = discovery.plugin(f"{path}:build").load()()
    assert (model.architecture, model.epochs, model.augment) == ("resnet18", 20, "chest-x-ray")


def test_the_family_of_methods_of_the_methods_page_offers_one_for_each_number(tmp_path):
    path = tmp_path / "neighbours.py"
    path.write_text(block("# neighbours.py", "methods.md"))
    named = runpy.run_path(str(path))["named"]
    build = named("5")
    assert build.__doc__ == "The 5 nearest neighbours of the pixels."
    for check in ("parameters", "channels", "same-seed"):
        contract.METHOD_CHECKS[check](build)
    with pytest.raises(ValueError, match="whole number above 0, not 'five'"):
        named("five")


def test_the_methods_page_names_every_segmenter_and_no_other():
    section = PAGES["methods.md"].partition("## Segmentation")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (?:`(?:classical|deep|control)` )?\| .+$", section, re.M)
    named = set(re.findall(r"`([a-z0-9-]+)`", "".join(rows[:4])))
    assert named - {"classical", "deep", "control"} == set(discovery.methods("segmentation"))


def test_the_data_set_of_the_methods_page_is_one(tmp_path):
    path = tmp_path / "blobs.py"
    path.write_text(block("# blobs.py", "methods.md"))
    contract.check_source(runpy.run_path(str(path))["load"])


@pytest.mark.slow
def test_the_study_of_the_python_page_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("texture.py").write_text(block("# texture.py", "python.md"))
    left = runpy.run_path("texture.py")
    assert left["page"].is_file()
    assert left["results"].study == left["study"]


@pytest.mark.slow
def test_the_segmentation_of_the_python_page_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("lesions.py").write_text(block("# lesions.py", "python.md"))
    left = runpy.run_path("lesions.py")
    assert set(left["results"].measures().case_id) == set(left["maps"])


def test_the_comparison_of_the_python_page_runs(tmp_path, capsys):
    path = tmp_path / "agreement.py"
    path.write_text(block("# agreement.py", "python.md"))
    left = runpy.run_path(str(path))
    assert "resnet18 against svm" in capsys.readouterr().out
    assert {name for group in left["found"].groups for name in group} == set(left["scores"])


@pytest.mark.slow
def test_the_export_of_the_running_page_is_read_by_compare(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    names = ["--method", "mean-brightness", "--method", "class-prior"]
    assert run_command(["run", "--dataset", "phantom-null", *names, "--no-report"]) == 0
    script = block("# export.py", "running.md").replace("breastmnist", "phantom-null")
    Path("export.py").write_text(script)
    runpy.run_path("export.py")
    capsys.readouterr()
    assert run_command(["compare", "predictions.csv", "--positive", "label 1"]) == 0
    assert "mean-brightness" in capsys.readouterr().out


@pytest.mark.parametrize("images_per_patient", [2, 0])
def test_the_export_gives_the_interval_of_the_report(tmp_path, monkeypatch, images_per_patient):
    """Where near-duplicates are in the test part, between it and train, and in validation."""
    monkeypatch.chdir(tmp_path)
    data = Data("breast", 60, 90, images_per_patient=images_per_patient)
    methods = [
        Method("svm", "classical", 0.7),
        Method("memory", "deep", 0.6),
        Method("net", "deep", 0.8, stochastic=True, seed_sd=0.02),
    ]
    store = results(Path("results"), (data,), tuple(methods), seeds=(0, 1))
    in_val = tuple(f"val-None-{i:06d}" for i in range(0, 60, 2))
    answering(store, "memory", "val", in_val)
    noted(
        store,
        "breast",
        near_duplicates=tuple(f"test-None-{i:06d}" for i in range(0, 90, 9)),
        val_near_duplicates=(in_val,),
        test_twin_groups=tuple(
            (f"test-None-{i:06d}", f"test-None-{i + 3:06d}", f"test-None-{i + 5:06d}")
            for i in range(0, 80, 6)
        ),
    )
    script = block("# export.py", "running.md").replace("breastmnist", "breast")
    Path("export.py").write_text(script)
    runpy.run_path("export.py")
    found = compare(Path("predictions.csv"), positive="malignant")
    whole = collect(store).datasets[0]
    reported = whole.comparison
    (pair,) = found.pairs
    assert (pair.test.a, pair.test.b) == (reported.deep, reported.classical) == ("net", "svm")
    ours, theirs = pair.test.difference, reported.pair.difference
    assert (ours.value, ours.low, ours.high) == (theirs.value, theirs.low, theirs.high)
    assert pair.test.superiority.p == reported.pair.superiority.p
    assert found.verdict.rule == whole.verdict.rule
    assert found.cases == reported.n_cases == 80
    assert found.patients == (reported.n_groups or 90 - 2 * 14)  # 14 clusters of three
    assert (reported.n_groups is None) == (images_per_patient == 0)


def test_the_manifest_script_of_the_data_page_keeps_patients_together(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("diagnoses.csv").write_text("patient,diagnosis\nDoe,benign\nRoe,malignant\n")
    for patient in ("Doe", "Roe"):
        for name in ("1.dcm", "2.dcm", "notes.txt"):
            path = Path("study", patient, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
    Path("write_manifest.py").write_text(block("# write_manifest.py", "data.md"))
    runpy.run_path("write_manifest.py")
    with open("study/manifest.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["label"], row["group"]) for row in rows] == [
        ("benign", "patient 0"),
        ("benign", "patient 0"),
        ("malignant", "patient 1"),
        ("malignant", "patient 1"),
    ]
    assert rows[0]["path"].replace("\\", "/") == "Doe/1.dcm"


def test_the_script_of_the_data_page_lists_classes_below_sites(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("Bern/COVID/1.png", "Basel/Normal/1.png"):
        Path("study", name).parent.mkdir(parents=True)
        Path("study", name).touch()
    Path("list_sites.py").write_text(block("# list_sites.py", "data.md"))
    runpy.run_path("list_sites.py")
    assert Path("study/manifest.csv").read_text().split() == [
        "path,label,site",
        "Basel/Normal/1.png,Normal,Basel",
        "Bern/COVID/1.png,COVID,Bern",
    ]


@pytest.mark.parametrize(("page", "line"), COMMANDS, ids=lambda value: value)
def test_every_command_has_known_flags(page, line):
    words = re.sub(r"\[|\]", "", line.partition("#")[0].partition(" > ")[0]).split()
    command = cli.commands[words[0]]
    if hasattr(command, "commands"):
        command = command.commands[words[1]]
    known = {flag for parameter in command.params for flag in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= known


def test_the_table_of_corruptions_has_every_kind_and_level():
    def numbers(text):
        return [float(number) for number in re.findall(r"(?<![\w.])\d+(?:\.\d+)?(?!\w)", text)]

    def flat(levels):
        return [float(x) for level in levels for x in np.ravel(level)]

    rows = re.findall(
        r"^\| `([\w-]+)` \| (.+) \| (.+) \|$", section("Corruptions", "data.md"), re.M
    )
    assert [name for name, *_ in rows] == list(KINDS)
    for name, text, _ in rows:
        assert numbers(text.replace("px of 224", "")) == flat(KINDS[name].levels), name


PATHS = sorted(
    {
        (name, path)
        for name, text in PAGES.items()
        for path in re.findall(r"`((?:bench|baselines|deep|reports|tests|docs)/[\w/.-]*)`", text)
    }
)


@pytest.mark.parametrize(("page", "path"), PATHS, ids=lambda value: value)
def test_every_path_is_there(page, path):
    assert (ROOT / path).exists() or (ROOT / f"{path}.py").exists()


@pytest.mark.parametrize("page", sorted(set(DECISIONS) - {"README.md"}))
def test_a_decision_says_when_what_instead_of_what_and_why_and_is_listed(page):
    text = DECISIONS[page]
    title, _, date, *_ = text.splitlines()
    assert title.startswith(f"# {page[:3]}. ")
    assert re.fullmatch(r"\d{1,2} [A-Z][a-z]+ 20\d\d", date)
    heads = re.findall(r"^## (.+)$", text, re.M)
    assert heads in ([], ["Decided", "Instead of", "Why"])
    assert f"[{page[:3]}]({page}) | {title[7:]} | {date}" in DECISIONS["README.md"]
    assert len(text.split()) < 400
    for target in re.findall(r"\]\((\d{3}-[\w-]+\.md)\)", text):
        assert target in DECISIONS
