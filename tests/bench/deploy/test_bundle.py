import json
from dataclasses import replace

import numpy as np
import pytest

import bench
from bench.cli.main import run_command
from bench.deploy import contents
from bench.deploy.bundle import load_bundle
from bench.deploy.storage.archive import pack, unpack
from bench.deploy.storage.keys import public_key
from bench.protocol.errors import BundleError, DataError, UsageError
from tests.bench.deploy import small_data

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return small_data.write_folder(tmp_path_factory.mktemp("data") / "lumps")


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    place = tmp_path_factory.mktemp("keys")
    for name in ("ours", "theirs"):
        assert run_command(["keys", "new", str(place / name)]) == 0
    return place


@pytest.fixture(scope="module")
def signed(folder, keys, tmp_path_factory):
    out = tmp_path_factory.mktemp("bundles") / "signed.bench"
    return small_data.train(folder, out, "--sign", str(keys / "ours.key"))


def test_the_same_training_writes_the_same_bytes(folder, keys, signed, tmp_path):
    again = small_data.train(folder, tmp_path / "again.bench", "--sign", str(keys / "ours.key"))
    assert again.read_bytes() == signed.read_bytes()


def test_a_signed_bundle_answers_whoever_trusts_its_key(keys, signed):
    pictures = np.concatenate(list(small_data.images(4, seed=1).values()))[..., None]
    with bench.load_bundle(signed, trust=keys / "ours.pub") as bundle:
        p = bundle.predict(pictures)
        (answer,) = bundle.answer(pictures)
        assert bundle.manifest.classes == small_data.CLASSES
        assert set(bundle.reference.statistics) >= {"brightness", "border"}
        with pytest.raises(DataError, match=r"must be uint8 \(n, 24, 24, 1\)"):
            bundle.predict(pictures[:, :20])
    np.testing.assert_array_equal(answer.probabilities, p)
    np.testing.assert_allclose(p.sum(axis=1), 1)
    np.testing.assert_allclose(answer.calibrated.sum(axis=1), 1)
    assert (p[4:, 1] > p[:4, 1].mean()).all()


def test_a_closed_bundle_says_that_it_is_closed(signed):
    pictures = small_data.images(1)["benign"][..., None]
    bundle = bench.load_bundle(signed, allow_unsigned=True)
    bundle.close()
    bundle.close()
    for ask in (bundle.predict, bundle.explain, lambda _: list(bundle.ask_files([[]]))):
        with pytest.raises(BundleError, match="this bundle is closed"):
            ask(pictures)


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"device": "tpu"}, "There is no device 'tpu'. Devices: cpu, cuda."),
        ({"device": "cuda"}, "No GPU is here for the device cuda. Use cpu."),
        ({"jobs": 0}, "A bundle needs a worker process or more; jobs is 0."),
        ({"jobs": 1.5}, "A bundle needs a worker process or more; jobs is 1.5."),
    ],
)
def test_a_device_or_a_number_of_workers_that_is_none_is_refused(
    asked, sentence, signed, monkeypatch
):
    monkeypatch.setattr("bench.machine.environment.may_have_gpu", lambda: False)
    with pytest.raises(UsageError) as refused:
        load_bundle(signed, allow_unsigned=True, **asked)
    assert str(refused.value) == sentence


def test_a_gpu_that_is_not_here_is_told_before_anything_is_read(
    folder, signed, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr("bench.machine.environment.may_have_gpu", lambda: False)
    asking = ["predict", str(signed), str(folder), "--out", str(tmp_path / "p.csv")]
    training = ["train", "--data", str(folder), "--method", "class-prior", "--out"]
    for command in ([*asking, "--allow-unsigned"], [*training, str(tmp_path / "b.bench")]):
        assert run_command([*command, "--device", "cuda"]) == 2
        assert capsys.readouterr().err.strip().endswith("for the device cuda. Use cpu.")


def test_a_model_that_it_does_not_have_has_no_graph(signed):
    with (
        load_bundle(signed, allow_unsigned=True) as bundle,
        pytest.raises(BundleError, match="no model 'nope'"),
    ):
        bundle.to_onnx("nope")


def test_a_positive_class_that_the_data_do_not_have_is_refused_before_fitting(
    folder, tmp_path, capsys
):
    command = ["train", "--data", str(folder), "--size", "24", "--method", "mean-brightness"]
    command += ["--out", str(tmp_path / "a.bench"), "--positive"]
    assert run_command([*command, "beningn"]) == 2
    said = capsys.readouterr()
    assert "positive 'beningn': no data set of two classes has such a class." in said.err
    assert "Did you mean 'benign'?" in said.err
    assert "fitting" not in said.out
    assert run_command([*command, "benign"]) == 0
    found = contents.read(tmp_path / "a.bench", allow_unsigned=True)
    assert found.manifest.classes[found.manifest.positive] == "benign"


def test_a_place_that_cannot_be_written_is_refused_before_the_data_are_read(
    folder, tmp_path, capsys
):
    (tmp_path / "file").touch()
    command = ["train", "--data", str(folder), "--method", "mean-brightness", "--out"]
    assert run_command([*command, str(tmp_path)]) == 2
    said = capsys.readouterr()
    assert f"{tmp_path}: is a folder. Name a file" in said.err
    assert run_command([*command, str(tmp_path / "file" / "a.bench")]) == 2
    assert "cannot be written" in capsys.readouterr().err
    assert said.out == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file"]


def test_an_unsigned_bundle_has_to_be_allowed(folder, tmp_path):
    unsigned = small_data.train(folder, tmp_path / "a.bench")
    with pytest.raises(BundleError, match=r"is unsigned.*--allow-unsigned"):
        contents.read(unsigned)
    with pytest.raises(BundleError, match="is unsigned"):
        contents.read(unsigned, trusted=bytes(32), allow_unsigned=True)
    assert contents.read(unsigned, allow_unsigned=True).signer is None


def test_a_bundle_of_an_unknown_key_is_refused(keys, signed):
    with pytest.raises(BundleError, match="signed by an unknown key"):
        load_bundle(signed, trust=keys / "theirs.pub")
    with pytest.raises(BundleError, match="nothing says that you trust"):
        load_bundle(signed)


def test_a_change_anywhere_in_a_signed_bundle_is_refused(keys, signed, tmp_path):
    data = signed.read_bytes()
    key = public_key(keys / "ours.pub")
    changed_file = tmp_path / "changed.bench"
    random = np.random.default_rng(0)
    places = np.unique(np.concatenate([np.arange(0, len(data), 211), _edges(data)]))
    for place in places.tolist():
        changed = bytearray(data)
        changed[place] ^= 1 << int(random.integers(8))
        changed_file.write_bytes(changed)
        with pytest.raises(BundleError):
            contents.read(changed_file, key)


def _edges(data):
    """The first and last bytes of every part and of what describes it."""
    found = []
    for content in unpack(data, "it").values():
        start = data.index(content) if content else 0
        found += [start - 1, start, start + len(content) - 1, start + len(content)]
    return np.clip(found, 0, len(data) - 1)


def test_a_part_that_is_replaced_added_or_taken_away_is_refused(keys, signed, tmp_path):
    parts = unpack(signed.read_bytes(), "it")
    key = public_key(keys / "ours.pub")
    file = tmp_path / "a.bench"
    for name in parts:
        for changed in (
            {**parts, name: parts[name] + b" "},
            {n: c for n, c in parts.items() if n != name},
        ):
            file.write_bytes(pack(changed))
            with pytest.raises(BundleError):
                contents.read(file, key)
    file.write_bytes(pack({**parts, "zz": b"1"}))
    with pytest.raises(BundleError, match="other parts"):
        contents.read(file, key)


def test_nothing_is_parsed_before_the_signature_is_verified(keys, signed, tmp_path):
    parts = unpack(signed.read_bytes(), "it")
    file = tmp_path / "a.bench"
    file.write_bytes(pack({**parts, "manifest.json": b"[" * 100_000}))
    with pytest.raises(BundleError, match="signature is not of its content"):
        contents.read(file, public_key(keys / "ours.pub"))


def test_a_newer_format_is_refused(signed, tmp_path):
    found = contents.read(signed, allow_unsigned=True)
    raw = found.manifest.encoded().replace(b'"format": 2', b'"format": 3')
    file = tmp_path / "a.bench"
    file.write_bytes(pack({"manifest.json": raw, **found.parts}))
    with pytest.raises(BundleError, match="of format 3; this version reads up to 2"):
        contents.read(file, allow_unsigned=True)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("cases",), 5),
        (("evidence",), [1]),
        (("evidence",), {"verdict": 5, "methods": 5}),
        (("versions",), []),
        (("models", 0, "checks"), 5),
        (("models", 0, "checks"), {"first": 5, "shipped": "x"}),
        (("models", 0, "seed"), True),
        (("models", 0, "weights"), [5]),
        (("models", 0, "operating", "slope"), "nan"),
        (("models", 0, "operating", "slope"), float("nan")),
        (("models", 0, "operating", "positive"), 7),
        (("models", 0, "operating", "coverage"), 1.0),
        (("patients",), "x"),
        (("disagreement",), {"cases": "x"}),
        (("classes",), ["benign", "benign"]),
        (("input", "bits"), "8"),
        (("format",), "1"),
        (("format",), float("nan")),
    ],
)
def test_an_odd_manifest_is_refused_in_a_sentence(signed, tmp_path, capsys, place, value):
    found = contents.read(signed, allow_unsigned=True)
    table = json.loads(found.manifest.encoded())
    inner = table
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    raw = json.dumps(table, sort_keys=True, indent=1, ensure_ascii=False).encode() + b"\n"
    file = tmp_path / "a.bench"
    file.write_bytes(pack({"manifest.json": raw, **found.parts}))
    assert run_command(["bundle", "show", str(file), "--allow-unsigned"]) == 2
    assert f"{file} is damaged: " in capsys.readouterr().err


def test_a_manifest_has_the_fields_of_its_format_and_no_others(signed):
    # one more, and bundles that were written before are not read any longer: raise FORMAT
    table = json.loads(contents.read(signed, allow_unsigned=True).manifest.encoded())
    assert sorted(table) == [
        *("cases", "citation", "classes", "disagreement", "evidence", "fingerprint", "format"),
        *("input", "licence", "models", "name", "parts", "patients", "positive", "source"),
        "versions",
    ]
    assert sorted(table["input"]) == [
        *("bits", "channels", "height", "reading", "resize", "steps", "stretched", "width"),
    ]
    (model,) = table["models"]
    assert sorted(model) == [
        *("checks", "distribution", "estimator", "family", "fitted_on", "name", "operating"),
        *("parameters", "seed", "summary", "version", "weights"),
    ]
    assert sorted(model["operating"]) == [
        *("coverage", "intercepts", "positive", "quantiles", "slope", "threshold"),
    ]


def test_a_bundle_of_the_first_format_is_read_and_keeps_its_rule_for_windows(signed, tmp_path):
    found = contents.read(signed, allow_unsigned=True)
    table = json.loads(found.manifest.encoded())
    del table["input"]["stretched"]
    table["format"], table["input"]["reading"] = 1, 1
    raw = json.dumps(table, sort_keys=True, indent=1, ensure_ascii=False).encode() + b"\n"
    file = tmp_path / "a.bench"
    file.write_bytes(pack({"manifest.json": raw, **found.parts}))
    rules = contents.read(file, allow_unsigned=True).manifest.input
    assert (rules.reading, rules.stretched) == (1, None)


def test_what_could_not_be_read_again_is_not_written(signed, tmp_path):
    found = contents.read(signed, allow_unsigned=True)
    odd = replace(found.manifest, licence=None)  # as a plugin's data set may say
    with pytest.raises(BundleError, match="its manifest cannot be understood"):
        contents.write(tmp_path / "a.bench", odd, found.parts)
    assert not (tmp_path / "a.bench").exists()


def test_other_probabilities_for_the_known_answers_are_refused(signed, tmp_path):
    found = contents.read(signed, allow_unsigned=True)
    images, answers = found.known_answers()
    ((name, p),) = answers.items()
    arrays = {"images": images, f"probabilities/{name}": p[:, ::-1].copy()}
    parts = {**found.parts, contents.KNOWN_ANSWERS: contents.encoded_arrays(arrays)}
    file = tmp_path / "a.bench"
    contents.write(file, found.manifest, parts)
    with pytest.raises(BundleError, match="gives other probabilities here"):
        load_bundle(file, allow_unsigned=True)
    assert run_command(["bundle", "verify", str(file), "--allow-unsigned"]) == 2


def test_the_known_images_show_nobody(folder, signed):
    images, _ = contents.read(signed, allow_unsigned=True).known_answers()
    trained_on = np.concatenate(list(small_data.images(30).values()))
    assert len(images) == 8
    for image in images[..., 0]:
        assert np.abs(trained_on.astype(int) - image).mean(axis=(1, 2)).min() > 5


def test_a_bundle_says_what_it_is(signed, capsys):
    assert run_command(["bundle", "show", str(signed), "--allow-unsigned"]) == 0
    out = capsys.readouterr().out
    assert "not a medical device" in out
    assert "mean-brightness" in out
    assert run_command(["bundle", "verify", str(signed), "--allow-unsigned"]) == 0
    assert "the same, bit for bit" in capsys.readouterr().out


def test_a_plugin_whose_class_nobody_registers_is_refused_in_a_sentence(folder, tmp_path, capsys):
    plugin = tmp_path / "row_means.py"
    plugin.write_text(
        "from sklearn.base import BaseEstimator, TransformerMixin\n"
        "from sklearn.naive_bayes import GaussianNB\n"
        "from sklearn.pipeline import make_pipeline\n"
        "class RowMeans(TransformerMixin, BaseEstimator):\n"
        "    def fit(self, X, y=None):\n"
        "        return self\n"
        "    def transform(self, X):\n"
        "        return X.mean(axis=(2, 3))\n"
        "def build():\n"
        "    return make_pipeline(RowMeans(), GaussianNB())\n"
    )
    out = tmp_path / "a.bench"
    command = ["train", "--data", str(folder), "--size", "24", "--out", str(out)]
    assert run_command([*command, "--plugin", str(plugin)]) == 2
    err = capsys.readouterr().err
    assert "Method 'row-means' cannot be stored in a bundle" in err
    assert "RowMeans" in err
    assert "bench.stored" in err
    assert not out.exists()
