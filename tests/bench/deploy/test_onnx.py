"""A network as ONNX: the same probabilities, and an environment without torch."""

import os
import subprocess
import sys

import numpy as np
import pytest

from bench.cli.main import run_command
from bench.deploy.bundle import load_bundle
from bench.protocol.errors import BundleError
from tests.bench.deploy import small_data

pytestmark = pytest.mark.processes

WITHOUT_TORCH = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("torch", "timm", "onnxscript"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
"""


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """A folder, the bundle of a network, signed, and its graph, signed."""
    root = tmp_path_factory.mktemp("onnx")
    data = small_data.write_folder(root / "lumps", n=15)
    assert run_command(["keys", "new", str(root / "ours")]) == 0
    key, trust = ["--sign", str(root / "ours.key")], ["--trust", str(root / "ours.pub")]
    small_data.train(data, root / "a.bench", "--budget", "quick", *key, method="compact-resnet")
    command = ["export", str(root / "a.bench"), "--onnx", str(root / "a.onnx")]
    assert run_command([*command, "--data", str(data), *key, *trust]) == 0
    return root


def test_predictions_are_made_where_torch_is_absent(exported, tmp_path):
    blocked = tmp_path / "sitecustomize.py"
    blocked.write_text(WITHOUT_TORCH)
    places = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
    command = [sys.executable, "-m", "bench", "predict", str(exported / "a.bench")]
    command += [str(exported / "lumps"), "--trust", str(exported / "ours.pub")]
    environment = {**os.environ, "PYTHONPATH": places}

    def run(*more):
        return subprocess.run(
            [*command, *more], env=environment, capture_output=True, text=True, cwd=tmp_path
        )

    without = run("--out", "no.csv")
    assert without.returncode == 2
    assert "needs the package torch, which is not installed" in without.stderr
    done = run("--onnx", str(exported / "a.onnx"), "--out", "a.csv")
    assert done.returncode == 0, done.stderr
    assert "30 images predicted" in done.stdout
    with load_bundle(exported / "a.bench", trust=exported / "ours.pub") as bundle:
        pictures = small_data.images(15)
        images = np.concatenate([pictures[name] for name in small_data.CLASSES])[..., None]
        p = bundle.predict(images)
    import csv

    with open(tmp_path / "a.csv", newline="", encoding="utf-8") as file:
        found = [[float(row[name]) for name in small_data.CLASSES] for row in csv.DictReader(file)]
    np.testing.assert_allclose(found, p, atol=1e-4)


def test_a_graph_is_taken_only_with_its_signature_and_of_its_bundle(exported, tmp_path):
    bundle, trust = exported / "a.bench", exported / "ours.pub"
    changed = tmp_path / "a.onnx"
    data = bytearray((exported / "a.onnx").read_bytes())
    data[len(data) // 2] ^= 1
    changed.write_bytes(data)
    (tmp_path / "a.onnx.sig").write_bytes((exported / "a.onnx.sig").read_bytes())
    with pytest.raises(BundleError, match="not signed by whom you trust"):
        load_bundle(bundle, trust=trust, onnx=changed)
    other = small_data.train(exported / "lumps", tmp_path / "b.bench")
    with pytest.raises(BundleError, match="not exported from this bundle"):
        load_bundle(other, allow_unsigned=True, onnx=exported / "a.onnx")
    changed.write_text("no graph")
    with pytest.raises(BundleError, match="cannot be read as ONNX"):
        load_bundle(bundle, allow_unsigned=True, onnx=changed)


def test_what_has_no_graph_is_refused(exported, tmp_path, capsys):
    other = small_data.train(exported / "lumps", tmp_path / "b.bench")
    command = ["export", str(other), "--onnx", str(tmp_path / "b.onnx"), "--allow-unsigned"]
    assert run_command(command) == 2
    assert "mean-brightness cannot be exported: only networks" in capsys.readouterr().err
    assert not (tmp_path / "b.onnx").exists()


def test_the_data_are_read_as_they_were_for_the_training(tmp_path, capsys):
    data = small_data.write_folder(tmp_path / "lumps", n=15)
    rows = [f"{c}/{i:03d}.png,{c if i else ''}" for c in small_data.CLASSES for i in range(15)]
    (data / "manifest.csv").write_text("\n".join(["file,label", *rows]) + "\n")
    how = ["--column", "path=file", "--drop-unlabelled", "--split-seed", "1"]
    bundle = small_data.train(
        data, tmp_path / "a.bench", "--budget", "quick", *how, method="compact-resnet"
    )
    command = ["export", str(bundle), "--onnx", str(tmp_path / "a.onnx"), "--allow-unsigned"]
    command += ["--data", str(data)]
    capsys.readouterr()
    assert run_command([*command, *how[:-2]]) == 2
    assert "or was read otherwise. Say again what was said to train" in capsys.readouterr().err
    assert run_command([*command, *how]) == 0
    assert "known answers and " in capsys.readouterr().out
    assert run_command([*command, "--dataset", "lumps"]) == 2
    assert "Name the data once" in capsys.readouterr().err
