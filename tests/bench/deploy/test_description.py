"""What feature families are watched by."""

import numpy as np
import pytest

from bench.deploy.description import Described, family_statistics, left_out_statistics

FAMILIES = {"first": slice(0, 3), "second": slice(3, 5)}


def described(features):
    return Described(np.zeros((len(features), 2)), features, FAMILIES)


@pytest.mark.parametrize("known", [True, False])
def test_training_images_are_compared_with_the_other_patients(known):
    random = np.random.default_rng(0)
    groups = np.array(["b", "a", "c"])[random.integers(0, 3, 20)]
    features = random.normal(3, 2, (20, 5)) + 1e6
    found = left_out_statistics(described(features), groups if known else None)
    owners = groups if known else np.arange(20)
    for owner in np.unique(owners):
        others = features[owners != owner]
        own = described(features[owners == owner])
        wanted = family_statistics(own, others.mean(0), others.std(0))
        for name, values in wanted.items():
            np.testing.assert_allclose(found[name][owners == owner], values, rtol=1e-6)


def test_a_patient_of_whom_all_images_are_and_features_that_never_differ_are_no_error():
    features = np.ones((4, 5))
    features[:, 0] = [1, 2, 3, 4]
    for groups in (np.array(["a"] * 4), None):
        found = left_out_statistics(described(features), groups)
        assert all(np.isfinite(values).all() for values in found.values())
        assert not found["second"].any()


def test_images_of_the_training_are_as_far_away_as_new_ones():
    """In-sample they are nearer: the share of eight patients in a mean is large."""
    gaps = {"left out": [], "in sample": []}
    for study in range(200):
        random = np.random.default_rng(study)
        owners = np.repeat(np.arange(16), 5)
        features = random.normal(size=(16, 5))[owners] + random.normal(0, 0.3, (80, 5))
        known, new = described(features[:40]), described(features[40:])
        mean, scale = features[:40].mean(0), features[:40].std(0)
        far = family_statistics(new, mean, scale)["first"].mean()
        groups = owners[:40].astype(str)
        gaps["left out"].append(far - left_out_statistics(known, groups)["first"].mean())
        gaps["in sample"].append(far - family_statistics(known, mean, scale)["first"].mean())
    errors = {name: np.std(gap) / np.sqrt(len(gap)) for name, gap in gaps.items()}
    assert abs(np.mean(gaps["left out"])) < 3 * errors["left out"]
    assert np.mean(gaps["in sample"]) > 5 * errors["in sample"]
