"""The watch finds planted changes soon, and takes no luck for one however long it goes on."""

import csv
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from bench.cli.main import run_command
from bench.deploy import contents
from bench.deploy.reference import Reference
from bench.deploy.watch.predictions import read
from bench.deploy.watch.sequential import Capital, Coin, Ranks, crossings
from bench.deploy.watch.watching import Seen, Watch
from bench.protocol.errors import DataError
from tests.bench.deploy import small_data


def test_p_values_of_exchangeable_values_are_uniform_though_the_memory_is_small():
    random = np.random.default_rng(0)
    ranks = Ranks(random.normal(size=20))
    p = np.array([ranks.p_value(v) for v in random.normal(size=4000)])
    assert np.histogram(p, 10, (0, 1))[0] == pytest.approx(400, abs=75)
    assert abs(np.corrcoef(p[:-1], p[1:])[0, 1]) < 0.05


def test_values_that_are_all_alike_have_uniform_places_too():
    ranks = Ranks([0.0] * 30)
    p = np.array([ranks.p_value(0.0) for _ in range(2000)])
    assert np.histogram(p, 5, (0, 1))[0] == pytest.approx(400, abs=75)


def test_a_capital_is_a_martingale():
    """Over all places of a p value it neither wins nor loses on average."""
    places, weights = np.polynomial.legendre.leggauss(12)  # exact on each half, of polynomials
    halves = [(places + 1) / 4, (places + 3) / 4]
    for history in ([], [0.9, 0.8], [0.1] * 5):
        after, before = 0.0, Capital()
        for p in history:
            before.bet(p)
        for half in halves:
            for p, weight in zip(half, weights / 4, strict=True):
                capital = Capital()
                for old in history:
                    capital.bet(old)
                after += weight * capital.bet(float(p))
        assert after == pytest.approx(before.value, rel=1e-9)


@pytest.mark.parametrize("start", [0, 1500])
@pytest.mark.parametrize("change", ["higher", "wider"])
def test_a_change_is_found_within_200_images_whenever_it_comes(start, change):
    random = np.random.default_rng([start, len(change)])
    memory, calm = random.normal(size=200), random.normal(size=start)
    changed = random.normal(size=200)
    changed = changed + 1.2 if change == "higher" else changed * 3
    found = crossings([*calm, *changed], memory, 20 * 20)
    assert found is not None
    assert found > start


def test_no_luck_is_taken_for_a_change():
    random = np.random.default_rng(3)
    raised = [
        crossings(random.normal(size=400), random.normal(size=60), 20) is not None
        for _ in range(400)
    ]
    assert sum(raised) <= 20  # 5 % of 400: a bound that holds for any number of images


def test_a_coin_is_found_out_by_its_heads():
    fair, loaded = Coin(0.5), Coin(0.5)
    for i in range(60):
        fair.toss(i % 2 == 0)
        loaded.toss(i % 5 != 0)
    assert fair.highest < 20 < loaded.value


def image_of_first_alarm(apart, of, disagreements):
    """Two models that decided otherwise on so many test cases, then on these new images."""
    models = (SimpleNamespace(name="a"), SimpleNamespace(name="b"))
    known = {"cases": apart, "of": of}
    manifest = SimpleNamespace(models=models, classes=("no", "yes"), disagreement=known)
    watch = Watch(manifest, Reference({}, {}))
    for i, otherwise in enumerate(disagreements):
        for alarm in watch.see(Seen(f"{i}.png", {}, {"a": 0, "b": int(otherwise)})):
            return alarm.position
    return None


def test_the_luck_of_a_small_test_part_is_not_taken_for_disagreement():
    random = np.random.default_rng(5)
    raised = [
        image_of_first_alarm(random.binomial(40, 0.2), 40, random.random(400) < 0.2)
        for _ in range(200)
    ]
    assert sum(position is not None for position in raised) <= 10  # 5 % of 200


@pytest.mark.parametrize(("rate", "soon"), [(0.9, 15), (0.5, 60)])
def test_models_that_disagree_far_more_often_are_found(rate, soon):
    disagreements = np.random.default_rng(0).random(200) < rate
    assert image_of_first_alarm(13, 94, disagreements) <= soon


@pytest.mark.parametrize("apart", [0, 94])
def test_models_that_never_or_always_disagreed_are_watched_or_left(apart):
    assert (image_of_first_alarm(apart, 94, [True] * 30) is None) == (apart == 94)
    assert image_of_first_alarm(apart, 94, [False] * 30) is None


def test_three_of_the_first_six_are_no_alarm():
    assert image_of_first_alarm(13, 94, [False, False, False, True, True, True]) is None


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    root = tmp_path_factory.mktemp("watched")
    folder = small_data.write_folder(root / "lumps", n=60)
    return small_data.train(folder, root / "lumps.bench")


def predicted(bundle, pictures, place):
    for i, picture in enumerate(pictures):
        (place / "new").mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(place / "new" / f"{i:03d}.png")
    out = place / "predictions.csv"
    command = ["predict", str(bundle), str(place / "new"), "--out", str(out), "--allow-unsigned"]
    assert run_command(command) == 0
    return out


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["as it was", "inverted", "brighter"])
def test_the_command_finds_planted_changes_and_shows_them(kind, bundle, tmp_path, capsys):
    own = small_data.images(60, seed=5)
    pictures = np.concatenate([own["benign"], own["malignant"]])
    pictures = np.random.default_rng(0).permutation(pictures)
    if kind == "inverted":
        pictures = 255 - pictures
    if kind == "brighter":
        pictures = np.clip(pictures.astype(int) + 40, 0, 255).astype(np.uint8)
    out = predicted(bundle, pictures, tmp_path)
    page = tmp_path / "watch.html"
    capsys.readouterr()
    command = ["monitor", str(bundle), str(out), "--out", str(page), "--allow-unsigned"]
    code = run_command([*command, "--images", str(tmp_path)])
    said = capsys.readouterr().out
    assert (code, "ALARM" in said) == ((0, False) if kind == "as it was" else (1, True))
    assert "Not a medical device" in page.read_text()
    assert ("The images are not what" in page.read_text()) == (code == 1)


def test_a_file_of_another_bundle_is_refused_in_one_sentence(bundle, tmp_path):
    manifest = contents.read(bundle, allow_unsigned=True).manifest
    path = tmp_path / "p.csv"
    columns = ["case", "model", "decision", *manifest.classes]
    for row, message in [
        (["a", "svm", "benign", "1", "0"], "line 2: the bundle has no model 'svm'"),
        (["a", "mean-brightness", "bening", "1", "0"], "no class 'bening'. Did you mean 'benign'"),
        (["a", "mean-brightness", "benign", "x", "0"], "is 'x', not a number"),
    ]:
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([columns, row])
        with pytest.raises(DataError, match=message):
            list(read(path, manifest))
    path.write_text("case,model\n")
    with pytest.raises(DataError, match="has no column"):
        list(read(path, manifest))
    assert run_command(["monitor", str(bundle), str(tmp_path / "no.csv"), "--allow-unsigned"]) == 2
