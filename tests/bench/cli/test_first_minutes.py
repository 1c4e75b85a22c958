"""What a new user sees: `bench` alone, `bench init`, the table at the end, `bench open`."""

import io
import json
import os
import shlex
import tomllib
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from bench.cli import board, next_step
from bench.cli.main import run_command
from bench.protocol.study import Study
from bench.protocol.study_file import read_study
from bench.results.lock import write_masks_first
from bench.results.store import Store
from bench.run.options import RunOptions
from bench.run.request import resolve
from reports.collect import collect
from reports.report import write_report
from tests.reports.segmented import Maps, segmentation_results
from tests.reports.simulated import METHODS, Data, results


def images(folder: Path, classes: tuple[str, ...] = ("benign", "malignant"), n: int = 30) -> Path:
    random = np.random.default_rng(0)
    for place, name in enumerate(classes):
        (folder / name).mkdir(parents=True)
        for i in range(n):
            pixels = random.normal(100 + 15 * place, 30, (70, 60)).clip(0, 255).astype("uint8")
            Image.fromarray(pixels).save(folder / name / f"{i}.png")
    return folder


def commands(here: Path) -> list[str]:
    return [line.strip() for line in next_step.lines(here) if line.startswith("    python")]


def test_in_an_empty_folder_the_first_commands_are_named(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run_command([]) == 0
    out = capsys.readouterr().out
    assert "python -m bench run --all" in out
    assert "python -m bench init FOLDER" in out
    assert max(map(len, out.splitlines())) <= 80


@pytest.mark.parametrize("inside", [True, False], ids=["in it", "beside it"])
def test_images_are_to_be_looked_at_first(tmp_path, inside):
    folder = images(tmp_path / "scans", n=1)
    here = folder if inside else tmp_path
    assert commands(here)[0] == f"python -m bench init {'.' if inside else 'scans'}"


def test_a_manifest_is_known(tmp_path):
    (tmp_path / "manifest.csv").write_text("path,label\n")
    assert commands(tmp_path)[0] == "python -m bench init ."


def test_predictions_are_to_be_compared(tmp_path):
    (tmp_path / "p.csv").write_text("case,label,model,score\n1,0,a,0.5\n")
    (tmp_path / "other.csv").write_text("x,y\n")
    assert commands(tmp_path) == ["python -m bench compare p.csv"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("case,label,model,score\n1,1,a,0.5\n2,0,a,0.5\n", ["compare p.csv"]),
        ("case,label,model,score\n1,yes,a,0.5\n", ["compare p.csv"]),
        ("case,label,model,x,y\n1,x,a,0.5,0.5\n", ["compare p.csv --positive CLASS"]),
        ("case,label,model,x,y\n1,x,a,1,0\n2,y,a,1,0\n", ["compare p.csv --positive CLASS"]),
        ("case,label,model,x,y,z\n1,x,a,1,0,0\n2,y,a,1,0,0\n3,z,a,1,0,0\n", ["compare p.csv"]),
        ("case,label,model,score\n1,,a,0.5\n", ["compare p.csv"]),
        (
            "case,label,model,x,y,calibrated:x,calibrated:y\n1,,a,1,0,1,0\n",
            ["monitor BUNDLE p.csv", "compare p.csv --positive CLASS"],
        ),
    ],
)
def test_of_predictions_it_is_told_what_they_lack(tmp_path, text, expected):
    (tmp_path / "p.csv").write_text(text)
    assert commands(tmp_path) == [f"python -m bench {each}" for each in expected]
    lacks = ",," in text
    assert ("column 'label' has been filled in" in "\n".join(next_step.lines(tmp_path))) == lacks


def test_names_with_a_blank_are_quoted(tmp_path):
    results(tmp_path / "my results", (Data("breast", 30, 40),), METHODS[:2])
    images(tmp_path / "my images", n=1)
    (tmp_path / "my predictions.csv").write_text("case,label,model,score\n1,0,a,0.5\n")
    (tmp_path / "my study.toml").write_text("[study]\n")
    for command in commands(tmp_path):
        assert any(word.startswith("my ") for word in shlex.split(command)), command
    (tmp_path / "my results" / "report").mkdir()
    (tmp_path / "my results" / "report" / "index.html").touch()
    assert commands(tmp_path)[0] == "python -m bench open 'my results'"


@pytest.mark.parametrize("name", ["new.toml", "a new one.toml"])
def test_a_study_that_was_renamed_is_run_by_its_name(tmp_path, name):
    told = (
        "# written by python -m bench run\n#     python -m bench run old.toml --data 'my scans'\n"
    )
    (tmp_path / name).write_text(f"{told}[study]\n")
    command = shlex.join(["python", "-m", "bench", "run", name, "--data", "my scans"])
    assert commands(tmp_path) == [command, f"{command} --dry-run"]


@pytest.mark.parametrize("told", ["# python -m bench run", "# python -m bench run 'x.toml", ""])
def test_a_comment_that_is_no_command_is_not_taken_for_one(tmp_path, told):
    (tmp_path / "s.toml").write_text(f"{told}\n[study]\n")
    assert commands(tmp_path)[0] == "python -m bench run s.toml"


def test_results_are_shown_or_their_report_is_written(tmp_path):
    store = results(tmp_path / "results", (Data("breast", 30, 40),), METHODS[:2])
    assert commands(tmp_path) == ["python -m bench report results"]
    (store.layout.report_folder).mkdir()
    (store.layout.report_folder / "index.html").touch()
    assert commands(tmp_path) == ["python -m bench open results"]


def test_a_run_that_was_cut_off_goes_on(tmp_path):
    store = results(tmp_path / "results", (Data("breast", 30, 40),), METHODS[:2])
    (store.root / ".running").mkdir()
    (store.root / ".running" / "plan.json").write_text(json.dumps({"ended": ""}))
    assert commands(tmp_path)[0] == "python -m bench status results"


def test_a_run_that_was_cut_off_while_it_made_masks_goes_on(tmp_path):
    write_masks_first(tmp_path / "results")
    assert commands(tmp_path) == ["python -m bench status results"]


def test_what_cannot_be_read_does_no_harm(tmp_path):
    (tmp_path / "study.json").write_bytes(b"\xff\xfe")
    (tmp_path / "odd.toml").write_bytes(b"\xff[study]")
    (tmp_path / "odd.csv").mkdir()
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    assert next_step.lines(tmp_path)
    assert next_step.lines(tmp_path / "nowhere")


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """A folder that `init` has looked at: what it printed, and the file."""
    here = tmp_path_factory.mktemp("begun")
    images(here / "scans")
    before = Path.cwd()
    os.chdir(here)
    try:
        with pytest.MonkeyPatch.context() as patch:
            said: list[str] = []
            patch.setattr("click.echo", lambda text="", **_: said.append(str(text)))
            code = run_command(["init", "scans"])
    finally:
        os.chdir(before)
    return code, "\n".join(said), here / "study.toml"


@pytest.mark.processes
@pytest.mark.slow
class TestInit:
    def test_it_writes_a_study_that_is_one_and_prints_the_command(self, begun, monkeypatch):
        code, said, file = begun
        assert code == 0
        monkeypatch.chdir(file.parent)
        study = Study.from_json(read_study(Path("study.toml")))
        assert {"svm", "compact-resnet", "class-prior"} <= set(study.methods)
        assert (study.positive, study.size, study.seeds) == (("malignant",), 64, (0, 1, 2))
        command = said.splitlines()[-1].removeprefix("run it:").strip()
        assert command == "python -m bench run study.toml --data scans"
        words = shlex.split(command)
        request = resolve(RunOptions(study=Path(words[4]), folders=(Path(words[6]),)), "")
        assert [source.name for source in request.sources] == ["scans"]

    def test_it_tells_what_was_found(self, begun):
        _, said, file = begun
        text = " ".join(file.read_text().replace("#", " ").split())
        for words in (
            "60 images, 2 classes: benign 30, malignant 30.",
            "the longer side of the files is typically 70 px",
            "Patients are not known",
            "Split made here",
            "train 36",
            "on this machine",
        ):
            assert words in said
            assert words in text

    def test_the_file_is_commented_line_by_line(self, begun):
        lines = begun[2].read_text().splitlines()
        assert all("#" in line for line in lines if " = " in line and not line.endswith("["))
        assert max(len(line) for line in lines if line.startswith("# -")) <= 100

    def test_it_never_replaces_a_file(self, begun, monkeypatch, capsys):
        monkeypatch.chdir(begun[2].parent)
        before = begun[2].read_text()
        assert run_command(["init", "scans"]) == 2
        assert "--out study.toml exists and is not overwritten" in capsys.readouterr().err
        assert begun[2].read_text() == before

    def test_columns_of_a_manifest_are_named_and_classes_with_odd_names_are_kept(
        self, tmp_path, monkeypatch, capsys
    ):
        odd = 'a "b" # c'
        folder = images(tmp_path / "scans", ("one", "two"))
        rows = ["path,diagnosis,patient,age,birth_date"]
        for name, label in (("one", odd), ("two", "healthy")):
            quoted = label.replace('"', '""')
            rows += [
                f'{name}/{i}.png,"{quoted}",p{i // 2}-{name},{40 + i},1980-01-{i + 1:02}'
                for i in range(30)
            ]
        (folder / "manifest.csv").write_text("\n".join(rows))
        monkeypatch.chdir(tmp_path)
        flags = ["--column", "group=patient"]
        assert run_command(["init", "scans", *flags]) == 2
        assert "Leave it out with --drop-column birth_date" in capsys.readouterr().err
        flags += ["--drop-column", "birth_date"]
        assert run_command(["init", "scans", *flags]) == 0
        out = capsys.readouterr().out
        assert "Columns of manifest.csv: path, label, group, age, birth_date." in out
        assert "Patients are known: 30" in out
        assert shlex.join(flags) in out.splitlines()[-1]
        study = tomllib.loads(Path("study.toml").read_text())["study"]
        assert study["positive"] in (odd, "healthy")


def test_init_of_what_is_no_folder_of_images_writes_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("scans").mkdir()
    assert run_command(["init", "scan"]) == 2
    assert "scans" in capsys.readouterr().err
    assert not Path("study.toml").exists()


@pytest.mark.parametrize(
    ("out", "said"),
    [
        ("notes.txt/new/s.toml", "notes.txt is no folder"),
        ("scans", "exists and is not overwritten"),
    ],
)
@pytest.mark.parametrize(
    "command",
    [
        ["init", "scans", "--out"],
        ["data", "check", "scans", "--pictures"],
        ["data", "check", "scans", "--write-manifest"],
    ],
)
def test_a_file_that_cannot_be_written_is_refused_before_images_are_looked_at(
    tmp_path, monkeypatch, capsys, command, out, said
):
    images(tmp_path / "scans", n=2)
    (tmp_path / "notes.txt").write_text("")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("bench.run.first_study.look_at", lambda *_: pytest.fail("looked"))
    monkeypatch.setattr("bench.run.data_check.check_target", lambda *_: pytest.fail("looked"))
    assert run_command([*command, out]) == 2
    assert f"{command[-1]} {out}" in (told := capsys.readouterr().err)
    assert said in told


def test_folders_that_a_file_is_to_lie_in_are_made(tmp_path, monkeypatch):
    images(tmp_path / "scans", n=6)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("bench.run.first_study.look_at", lambda *_: SimpleNamespace(lines=()))
    monkeypatch.setattr("bench.run.first_study.written", lambda *_: "[study]\n")
    assert run_command(["init", "scans", "--out", "of/mine/study.toml"]) == 0
    assert Path("of/mine/study.toml").exists()
    wanted = ["--write-manifest", "of/groups/manifest.csv"]
    monkeypatch.setattr("bench.run.data_check.manifest", lambda *_: b"path,label,group\n")
    assert run_command(["data", "check", "scans", *wanted]) in (0, 1)
    assert Path("of/groups/manifest.csv").exists()
    assert run_command(["keys", "new", "of/keys/mine"]) == 0
    assert Path("of/keys/mine.key").exists()
    assert Path("of/keys/mine.pub").exists()


@pytest.fixture(scope="module")
def reported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("board")
    one = results(folder / "one", (Data("breast", 60, 120),))
    several = results(
        folder / "several", tuple(Data(f"set-{k}-with-a-long-name", 60, 120) for k in range(6))
    )
    for store in (one, several):
        write_report(store)
    return one, several


def drawn(store: Store, width: int) -> list[str]:
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(board.table(store.layout.report_folder, width))
    return console.export_text().splitlines()


@pytest.mark.slow
@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_table_has_every_method_and_fits(reported, width):
    for store in reported:
        lines = drawn(store, width)
        assert max(len(line.rstrip()) for line in lines) <= width
        for method in METHODS:
            assert any(line.strip().startswith(method.name) for line in lines), method.name


@pytest.mark.slow
def test_of_one_data_set_the_intervals_are_shown_and_of_many_what_does_not_fit_is_counted(
    reported,
):
    one, several = reported
    assert any("[0." in line for line in drawn(one, 80))
    assert any("AUC [interval]" in line for line in drawn(one, 80))
    assert "more data set(s) in the report" in "\n".join(drawn(several, 60))


@pytest.mark.slow
def test_of_segmentation_the_table_has_mean_dice(tmp_path):
    for number, names in enumerate((("busi-lesions",), ("busi-lesions", "phantom-lesions"))):
        datasets = [Maps(name, n_val=12, n_test=20) for name in names]
        stored = segmentation_results(tmp_path / str(number), datasets, seeds=(0,))
        assert run_command(["report", str(stored.root)]) == 0
        lines = drawn(stored, 80)
        text = "\n".join(lines)
        assert "mean Dice" in text
        assert "AUC" not in text
        assert "failed" not in text
        assert all(name in text for name in names)
        dice = next(line for line in lines if line.startswith("unet")).split()[1]
        found = collect(stored).dataset("busi-lesions").segmentation.method("unet")
        assert dice == f"{found.dice.mean.value:.3f}"


@pytest.mark.slow
def test_no_colours_where_the_user_wants_none(reported, monkeypatch, capsys):
    monkeypatch.setenv("NO_COLOR", "1")
    board.show(reported[0].layout.report_folder)
    assert "\x1b[3" not in capsys.readouterr().out


def test_a_dumb_terminal_gets_lines(monkeypatch):
    from bench.progress import display

    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "dumb")
    assert isinstance(display.for_output(), display.ProgressLines)
    assert not board.is_terminal()


@pytest.mark.slow
def test_the_report_is_opened_in_the_browser(reported, monkeypatch, capsys):
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", lambda uri: opened.append(uri) or True)
    root = reported[0].root
    assert run_command(["open", str(root)]) == 0
    assert run_command(["open", str(root), "--summary"]) == 0
    assert [uri.rpartition("/")[2] for uri in opened] == ["index.html", "summary.html"]
    assert all(uri.startswith("file://") for uri in opened)


def test_without_a_report_one_is_told_how_to_write_it(tmp_path, capsys):
    store = results(tmp_path / "results", (Data("breast", 30, 40),), METHODS[:2])
    assert run_command(["open", str(store.root)]) == 2
    assert f"python -m bench report {store.root}" in capsys.readouterr().err
