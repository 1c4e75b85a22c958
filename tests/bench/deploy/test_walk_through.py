"""The commands of docs/deploy.md, run one after the other on data that is made here."""

import csv
import json
import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bench.cli.main import run_command
from bench.data.sets import folder as folders
from bench.deploy import contents
from bench.deploy.bundle import load_bundle
from bench.deploy.serve import tokens
from bench.results.store import Store
from tests.bench.deploy import small_data
from tests.bench.deploy.serve.running import Server

pytestmark = pytest.mark.processes

PAGE = (Path(__file__).parents[3] / "docs" / "deploy.md").read_text(encoding="utf-8")
COMMANDS = [shlex.split(c) for c in re.findall(r"^    python -m bench (.+)$", PAGE, flags=re.M)]
QUICK = ["--size", "24", "--seeds", "1", "--budget", "quick"]  # so that the run takes no minutes


def label_them():
    """What a reader does once the diagnoses are known."""
    with open("predictions.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["label"] = row["case"].partition("-")[0]
    with open("predictions.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def part_into_weeks():
    """The answers of two weeks, each in a file of its own."""
    header, *rows = Path("predictions.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    for place, some in enumerate((rows[::2], rows[1::2])):
        Path(f"week{place + 1}.csv").write_text("".join([header, *some]), encoding="utf-8")


def ask_a_server(command):
    """Start it, ask it one image, and end it."""
    secret, _ = tokens.new(Path("tokens.json"), "ward 4", "predict", 1)
    at = command.index("--port") + 1
    running = Server(Path.cwd(), options=[*command[1 : at - 1], *command[at + 1 :]], trusting=False)
    try:
        image = Path("new-images/benign-0.png").read_bytes()
        reply = running.ask("POST", "/predict", image, secret)
        assert reply.status == 200
        assert reply.json["images"][0]["models"][0]["model"] == "svm"
    finally:
        assert running.stop() == 0


@pytest.fixture(scope="module")
def walked(tmp_path_factory):
    """Where all of it was done, and what was said."""
    root = tmp_path_factory.mktemp("clinic")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        small_data.write_folder(root / "thyroid-nodules", n=20)
        (root / "new-images").mkdir()
        for name, pictures in small_data.images(6, seed=7).items():
            for i, picture in enumerate(pictures):
                Image.fromarray(picture).save(f"new-images/{name}-{i}.png")
        for command in COMMANDS:
            if command[0] == "compare":
                label_them()
            if "week1.csv" in command:
                part_into_weeks()
            if command[0] == "serve":
                ask_a_server(command)
                continue
            more = QUICK if command[0] == "run" else []
            assert run_command([*command, *more]) == 0, command
    return root


def test_every_command_of_the_page_works(walked):
    assert {command[0] for command in COMMANDS} == {
        *("run", "keys", "train", "bundle", "predict", "compare", "export", "monitor", "report"),
        *("tokens", "serve", "audit"),
    }
    assert (walked / "again.csv").exists()


def test_the_bundle_of_the_page_is_signed_and_has_the_verdict_of_its_results(walked):
    manifest = contents.read(walked / "thyroid.bench", allow_unsigned=True).manifest
    path = walked / "results" / "report" / "evidence.json"
    (own,) = json.loads(path.read_text(encoding="utf-8"))["datasets"]
    assert manifest.evidence["verdict"]["sentence"] == own["verdict"]["sentence"]
    assert manifest.evidence["methods"]["svm"]["auc"]["value"] is not None


def test_both_champions_disagree_as_often_as_is_said(walked):
    with load_bundle(walked / "both.bench", allow_unsigned=True) as bundle:
        names = [model.name for model in bundle.manifest.models]
        assert names == ["svm", "compact-resnet"]
        test = folders.load(walked / "thyroid-nodules", 24).test
        one, other = bundle.answer(test.images)
        told = bundle.manifest.disagreement
    assert told == {"cases": int((one.decisions != other.decisions).sum()), "of": len(test)}


def test_fitted_on_train_it_answers_as_the_stored_trial_bit_for_bit(walked, capsys):
    out = small_data.train(
        walked / "thyroid-nodules",
        walked / "trial.bench",
        *("--from", str(walked / "results"), "--fit-on", "train"),
        method="svm",
    )
    assert "differ" not in capsys.readouterr().out
    store = Store(walked / "results")
    (trial,) = [trial for trial in store.trials() if trial.method == "svm"]
    stored = store.run(trial).predictions.part("test")
    test = folders.load(walked / "thyroid-nodules", 24).test
    row = {case: i for i, case in enumerate(stored.case_ids.tolist())}
    rows = [row[case] for case in test.case_ids.tolist()]
    with load_bundle(out, allow_unsigned=True) as bundle:
        p = bundle.predict(test.images)
    np.testing.assert_array_equal(p, stored.probabilities[rows])


def test_results_of_other_data_or_methods_are_refused(walked, tmp_path, capsys):
    other = small_data.write_folder(tmp_path / "thyroid-nodules", n=20, seed=9)
    rest = ["--from", str(walked / "results"), "--out", str(tmp_path / "a.bench")]
    assert run_command(["train", "--data", str(other), "--method", "svm", *rest]) == 2
    assert "are of another 'thyroid-nodules'" in capsys.readouterr().err
    own = str(walked / "thyroid-nodules")
    assert run_command(["train", "--data", own, "--method", "knn", *rest]) == 2
    assert "no run of 'knn'" in capsys.readouterr().err


def test_a_report_without_thumbnails_shows_no_picture_of_an_image(walked):
    html = (walked / "results" / "report" / "index.html").read_text(encoding="utf-8")
    assert "Pictures of images are left out" in html
    assert Store(walked / "results", pictures=False).card("thyroid-nodules").samples == {}
    samples = Store(walked / "results").card("thyroid-nodules").samples
    assert samples
    assert not [png for pngs in samples.values() for png in pngs if png in html]
