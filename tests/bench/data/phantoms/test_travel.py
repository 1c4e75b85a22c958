"""What is known of the phantoms of two sites is true of their pixels."""

import numpy as np
import pytest

from bench.data.corruptions import corrupt
from bench.data.phantoms import arrangement, travel
from bench.methods import discovery, sources
from bench.methods.contract import check_source
from tests.bench.data.phantoms.sees_arrangement import arranged
from tests.bench.data.phantoms.sees_stripes import direction

KINDS = ("deep", "classical", "subgroup", "corruption", "steady")


def agreement(part, rows=slice(None)):
    """Share of images whose stripes agree with their class."""
    return ((direction(part.images[rows]) > 0) == (part.labels[rows] == 1)).mean()


@pytest.fixture(scope="module")
def made():
    return {kind: getattr(travel, kind)() for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS)
def test_a_phantom_of_two_sites_has_metadata_an_external_part_and_a_known_answer(made, kind):
    data = made[kind]
    assert data.name == f"phantom-travel-{kind}"
    assert data.provenance.generated
    assert data.known_answer.statement
    assert tuple(data.external) == ("away",)
    for name, part in data.all_parts():
        assert set(part.metadata) == {"site", "sex", "age"}
        assert set(part.metadata["site"].tolist()) == {"away" if "away" in name else "home"}
        for sex in ("female", "male"):
            own = part.labels[part.metadata["sex"] == sex]
            assert 0.4 < own.mean() < 0.6


def test_they_are_the_same_each_time_and_differ_from_each_other(made):
    check_source(lambda _: made["deep"])
    assert travel.deep().fingerprint == made["deep"].fingerprint
    assert len({data.fingerprint for data in made.values()}) == len(KINDS)


@pytest.mark.parametrize(
    ("kind", "home", "away"),
    [
        ("deep", 0.94, 0.50),
        ("classical", 0.75, 0.75),
        ("corruption", 0.92, 0.92),
        ("steady", 0.90, 0.90),
    ],
)
def test_the_arrangement_agrees_with_the_class_as_often_as_is_said(made, kind, home, away):
    for part, share in ((made[kind].test, home), (made[kind].external["away"], away)):
        agree = (arranged(part.images) > 0) == (part.labels == 1)
        assert agree.mean() == pytest.approx(share, abs=0.07)


def test_the_arrangement_tells_the_class_of_women_alone(made):
    for part in (made["subgroup"].test, made["subgroup"].external["away"]):
        agree = (arranged(part.images) > 0) == (part.labels == 1)
        women = part.metadata["sex"] == "female"
        assert agree[women].mean() > 0.92
        assert abs(agree[~women].mean() - 0.5) < 0.12


@pytest.mark.parametrize(
    ("kind", "home", "away"),
    [
        ("deep", 0.70, 0.70),
        ("classical", 0.94, 0.50),
        ("subgroup", 0.75, 0.75),
        ("corruption", 0.92, 0.92),
        ("steady", 0.75, 0.75),
    ],
)
def test_stripes_agree_with_the_class_as_often_as_is_said(made, kind, home, away):
    data = made[kind]
    assert agreement(data.train) == pytest.approx(home, abs=0.06)
    assert agreement(data.test) == pytest.approx(home, abs=0.06)
    assert agreement(data.external["away"]) == pytest.approx(away, abs=0.06)


def test_mirroring_turns_the_direction_of_stripes_and_leaves_the_arrangement(made):
    images = made["classical"].test.images
    mirrored = images[:, :, ::-1]
    assert np.corrcoef(direction(images), direction(mirrored))[0, 1] < -0.9
    rng = np.random.default_rng(0)
    centres = arrangement.places(20, travel.NATIVE, rng)
    turned = centres.copy()
    turned[..., 1] = -turned[..., 1] % travel.NATIVE
    apart = [np.abs(c[:, 0] - c[:, 1] + 24) % 48 - 24 for c in (centres, turned)]
    np.testing.assert_array_equal(np.hypot(*apart[0].T), np.hypot(*apart[1].T))


def test_jpeg_wipes_out_the_stripes_and_leaves_the_cells(made):
    test = made["corruption"].test
    compressed = corrupt(test.images, "jpeg", 5)
    assert ((direction(compressed) > 0) == (test.labels == 1)).mean() < 0.6
    bright = [images.reshape(len(images), -1) > 140 for images in (test.images, compressed)]
    assert (bright[0] == bright[1]).mean() > 0.97
    seen = [(arranged(images) > 0) == (test.labels == 1) for images in (test.images, compressed)]
    assert seen[1].mean() > seen[0].mean() - 0.12


@pytest.mark.slow
def test_handcrafted_features_follow_the_stripes_and_know_nothing_of_the_arrangement(made):
    from sklearn.metrics import roc_auc_score

    method = discovery.method("svm", {}).load()

    def aucs(data):
        model = method().fit(data.train.images, data.train.labels)
        return [
            roc_auc_score(part.labels, model.predict_proba(part.images)[:, 1])
            for part in (data.test, data.external["away"])
        ]

    home, away = aucs(made["classical"])
    assert home > 0.9
    assert away < 0.75
    home, away = aucs(made["deep"])
    assert abs(home - away) < 0.08


def test_all_leaves_them_out_and_they_can_be_named():
    names = {f"phantom-travel-{kind}" for kind in KINDS}
    assert not names & set(sources.sources())
    assert names <= set(sources.all_sources())
    assert sources.source("phantom-travel-deep").load(None).external
