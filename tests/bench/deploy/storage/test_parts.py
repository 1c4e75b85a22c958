import io
import json
import zipfile

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import StandardScaler

from baselines.classifiers.pipelines import CLASSIFIERS
from baselines.classifiers.vote import SoftVote
from baselines.features.handcrafted import HandcraftedFeatures
from baselines.features.patches import PatchDictionary
from baselines.features.pixels import Brightness, RawPixels
from bench.deploy.storage import skops_objects
from bench.deploy.storage.archive import pack, unpack
from bench.deploy.storage.parts import put_together, take_apart
from bench.deploy.storage.trusted_types import SKLEARN, registered, trusted
from bench.protocol.errors import BundleError
from deep.linear import CalibratedLinearSVC
from deep.logistic import TunedLogisticRegression

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(90, 20))
Y = {2: RANDOM.integers(0, 2, 90), 3: RANDOM.integers(0, 3, 90)}
IMAGES = RANDOM.integers(0, 256, (30, 16, 16, 1), dtype=np.uint8)


def again(estimator):
    tree, files = take_apart(estimator, "it")
    stored = json.loads(json.dumps(tree, allow_nan=False, sort_keys=True))
    return put_together(stored, files, "it")


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("name", CLASSIFIERS)
def test_a_classifier_on_features_comes_back_bit_for_bit(name, classes):
    model = Pipeline(CLASSIFIERS[name]()).fit(X, Y[classes])
    np.testing.assert_array_equal(again(model).predict_proba(X), model.predict_proba(X))


@pytest.mark.parametrize("make", [CalibratedLinearSVC, TunedLogisticRegression, SoftVote])
def test_so_do_the_classifiers_on_frozen_features_and_the_vote(make):
    model = make().fit(X, Y[2])
    np.testing.assert_array_equal(again(model).predict_proba(X), model.predict_proba(X))


@pytest.mark.parametrize(
    "make", [RawPixels, Brightness, lambda: PatchDictionary(words=16), HandcraftedFeatures]
)
def test_so_do_descriptions_of_images(make):
    model = make().fit(IMAGES)
    np.testing.assert_array_equal(again(model).transform(IMAGES), model.transform(IMAGES))


def test_families_of_features_keep_their_columns():
    model = HandcraftedFeatures(("wavelet", "intensity", "lbp")).fit(IMAGES)
    assert list(again(model).columns().items()) == list(model.columns().items())


def test_so_does_a_union_within_a_pipeline():
    union = FeatureUnion([("pixels", RawPixels(8)), ("mean", Brightness())])
    model = Pipeline([("both", union), ("scale", StandardScaler()), ("c", LogisticRegression())])
    model.fit(IMAGES, np.arange(30) % 2)
    np.testing.assert_array_equal(again(model).predict_proba(IMAGES), model.predict_proba(IMAGES))


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ["compact_resnet", "row_gru"])
def test_so_do_networks_and_ensembles_of_them(architecture):
    from deep.classifier import TimmClassifier
    from deep.ensemble import DeepEnsemble

    network = TimmClassifier(architecture, pretrained=False, epochs=1, device="cpu")
    ensemble = DeepEnsemble(network, members=2, random_state=0).fit(IMAGES, np.arange(30) % 2)
    for model in (ensemble.members_[0], ensemble):
        back = again(model)
        np.testing.assert_array_equal(back.predict_proba(IMAGES), model.predict_proba(IMAGES))
        p, seen = back.predict_and_describe(IMAGES)
        np.testing.assert_array_equal(p, model.predict_proba(IMAGES))
        assert seen.shape[0] == len(IMAGES)


@pytest.mark.slow
@pytest.mark.parametrize("channels", [1, 2])
def test_so_do_frozen_networks_of_which_a_mask_sees_the_same(channels):
    from deep.embedding import TimmEmbedding

    images = np.repeat(IMAGES[:6], channels, axis=3)
    model = TimmEmbedding("tf_efficientnet_lite0", input_size=32, device="cpu").fit(images)
    tree, files = take_apart(model, "it")
    back = put_together(tree, files, "it")
    np.testing.assert_array_equal(back.transform(images), model.transform(images))
    assert sum(map(len, files.values())) < 2.2e7  # one network, also where two see through it


def test_the_same_estimator_makes_the_same_bytes():
    for name in ("svm", "random_forest", "xgboost"):
        made = [take_apart(Pipeline(CLASSIFIERS[name]()).fit(X, Y[2]), "it") for _ in range(2)]
        assert made[0] == made[1]


class Unknown(ClassifierMixin, BaseEstimator):
    """A plugin's class that nobody registers."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self


class UnknownWithParts(Unknown):
    def to_parts(self):
        return {}


@pytest.mark.parametrize("kind", [Unknown, UnknownWithParts])
def test_a_class_that_no_package_registers_is_refused_when_it_is_stored(kind):
    model = Pipeline([("scale", StandardScaler()), ("own", kind())]).fit(X, Y[2])
    with pytest.raises(BundleError, match=rf"Method 'a' cannot be stored.*{kind.__name__}"):
        take_apart(model, "Method 'a'")


def test_what_a_file_asks_for_is_not_trusted_for_that():
    data = skops_objects.dump(StandardScaler().fit(X), "it")
    parts = unpack(data, "it")
    schema = json.loads(parts["schema.json"])
    for module, name in (("os", "system"), ("builtins", "eval"), ("sklearn.svm._classes", "NuSVC")):
        schema["__module__"], schema["__class__"] = module, name
        forged = pack({**parts, "schema.json": json.dumps(schema).encode()})
        with pytest.raises(BundleError, match=rf"asks for {module}.{name}, which is not trusted"):
            skops_objects.load(forged, "it")


def test_a_node_of_a_kind_that_calls_functions_is_not_trusted():
    data = unpack(skops_objects.dump(StandardScaler().fit(X), "it"), "it")
    schema = json.loads(data["schema.json"])
    for kind in ("MethodNode", "PartialNode", "OperatorFuncNode", "ReduceNode"):
        schema["__loader__"] = kind
        forged = pack({**data, "schema.json": json.dumps(schema).encode()})
        with pytest.raises(BundleError, match="not trusted"):
            skops_objects.load(forged, "it")


def test_a_file_of_objects_among_the_arrays_is_not_unpickled():
    class Evil:
        def __reduce__(self):
            return (exec, ("raise SystemExit('it ran')",))

    parts = unpack(skops_objects.dump(StandardScaler().fit(X), "it"), "it")
    buffer = io.BytesIO()
    np.save(buffer, np.array([Evil()], dtype=object), allow_pickle=True)
    array = next(name for name in parts if name.endswith(".npy"))
    with pytest.raises(BundleError, match="cannot be put together"):
        skops_objects.load(pack({**parts, array: buffer.getvalue()}), "it")


@pytest.mark.parametrize(
    "tree",
    [
        {"kind": "own", "type": "os.system", "values": {}},
        {"kind": "own", "type": "baselines.classifiers.boosting.BoostedTrees", "values": {}},
        {"kind": "skops", "file": "not there"},
        {"kind": "pickle"},
        {},
        {"kind": "pipeline", "steps": [["a", {"kind": "own"}]]},
    ],
    ids=str,
)
def test_a_tree_that_is_none_of_ours_is_refused(tree):
    with pytest.raises(BundleError):
        put_together(tree, {}, "it")


def test_a_tree_without_end_is_refused():
    tree = {"kind": "skops", "file": "a"}
    for _ in range(200):
        tree = {"kind": "pipeline", "steps": [["a", tree]]}
    with pytest.raises(BundleError, match="nested too deeply"):
        put_together(tree, {}, "it")


def test_no_type_that_could_run_anything_is_trusted():
    modules = {name.split(".")[0] for name in trusted()}
    assert modules <= {"builtins", "numpy", "sklearn", "baselines", "deep"}
    assert not {"builtins.eval", "builtins.exec", "builtins.getattr"} & trusted()
    assert len(SKLEARN) < 60


def test_every_registered_type_is_there():
    for name, point in registered().items():
        kind = point.load()
        assert f"{kind.__module__}.{kind.__qualname__}" == name


def test_skops_is_read_without_loading_torch():
    import subprocess
    import sys

    code = (
        "import sys; from bench.deploy.storage import skops_objects as s\n"
        "from sklearn.preprocessing import StandardScaler as S\n"
        "s.load(s.dump(S().fit([[1.0], [2.0]]), 'it'), 'it')\n"
        "print('torch' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert found.stdout.strip() == "False", found.stderr


def test_the_archive_of_skops_is_of_the_one_form_too():
    data = skops_objects.dump(StandardScaler().fit(X), "it")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in unpack(data, "it").items():
            archive.writestr(name, content)
    with pytest.raises(BundleError, match="compressed"):
        skops_objects.load(buffer.getvalue(), "it")
