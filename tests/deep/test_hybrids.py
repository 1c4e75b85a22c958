import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from bench.methods.parameters import cached_seconds, fit_info
from deep.classifier import TimmClassifier
from deep.embedding import TimmEmbedding
from deep.hybrids import embedding_svm, embedding_trees, fusion_svm


def squares(n, seed=0):
    """Noise with a square in it, larger in class 1."""
    rng = np.random.default_rng(seed)
    X = rng.integers(0, 90, (n, 28, 28, 1), dtype=np.uint8)
    y = np.arange(n) % 2
    for image, label in zip(X, y, strict=True):
        side = 8 + 6 * label
        top, left = rng.integers(0, 28 - side, 2)
        image[top : top + side, left : left + side] += 120
    return X, y


def trained(**parameters):
    """Features of a compact network that is trained on the images and then frozen."""
    fallback = TimmClassifier(
        "test_resnet", pretrained=False, budget="quick", device="cpu", random_state=0
    )
    return TimmEmbedding(pretrained=False, fallback=fallback.set_params(**parameters))


def pretrained():
    """Features of the network whose weights a package has."""
    return TimmEmbedding("tf_efficientnet_lite0", pretrained=True, device="cpu")


@pytest.mark.slow
@pytest.mark.parametrize("embedding", [trained, pretrained])
@pytest.mark.parametrize("hybrid", [embedding_svm, embedding_trees, fusion_svm])
def test_a_hybrid_learns_and_keeps_the_order_of_rows(hybrid, embedding):
    model = hybrid(embedding()).fit(*squares(60))
    X, y = squares(40, seed=1)
    p = model.predict_proba(X)
    assert roc_auc_score(y, p[:, 1]) > 0.9
    np.testing.assert_allclose(model.predict_proba(X[::-1])[::-1], p, atol=1e-5)


def test_a_fusion_has_both_kinds_of_features_and_says_where_they_come_from():
    X, y = squares(20)
    model = fusion_svm(trained(epochs=1)).fit(X, y)
    union = model.named_steps["features"]
    handcrafted, embedding = (part for _, part in union.transformer_list)
    expected = np.hstack([handcrafted.transform(X), embedding.transform(X)])
    np.testing.assert_array_equal(union.transform(X), expected)
    info = fit_info(model)["features"]
    assert info["embedding"]["trained_on"] == "training images"
    assert sum(info["handcrafted"]["features"].values()) == expected.shape[1] - 96
    assert cached_seconds(model) == 0.0


def test_handcrafted_features_from_the_cache_are_charged(tmp_path):
    X, y = squares(20)
    for found in (False, True):
        model = fusion_svm(trained(epochs=1))
        model.set_params(features__handcrafted__cache_folder=str(tmp_path)).fit(X, y)
        assert (cached_seconds(model) > 0) == found
