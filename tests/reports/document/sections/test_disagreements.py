"""Single cases: who is right is counted as by hand, and the right pictures stand beside it."""

import base64
import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from bench.protocol.predictions import Activations, Thumbnails
from bench.protocol.record import Trial
from reports.analysis.cases import disagreements, most_shown
from reports.analysis.overlay import compact, overlaid
from reports.analysis.pairs.dataset_comparison import DatasetComparison
from reports.collect import collect
from reports.document.blocks import Cases, Paragraph, TableBlock
from reports.document.sections.disagreements import agreement_table, in_words
from reports.document.sections.disagreements import disagreements as section
from reports.loading.selection import load
from reports.loading.trials import trials_of_study
from reports.statistics.operating import youden_threshold
from tests.reports.simulated import Data, Method, results

pytestmark = pytest.mark.slow

METHODS = (
    Method("svm", "classical", 0.75, stochastic=True, seed_sd=0.02),
    Method("cnn", "deep", 0.8, stochastic=True, seed_sd=0.02),
)
BINARY, MANY = Data("breast"), Data("skin", shares=(0.5, 0.3, 0.2))


def png(value, mode="L"):
    out = io.BytesIO()
    Image.new("L", (12, 10), value).convert(mode).save(out, "PNG")
    return out.getvalue()


def with_pictures(store, name, cases, mapped=()):
    """Pictures of these cases, each of a gray level of its own; maps of some by cnn's seed 0."""
    pictures = Thumbnails(np.array(cases), tuple(png(i % 256) for i in range(len(cases))))
    store.write_card(store.card(name), pictures)
    if len(mapped):
        grids = np.zeros((len(mapped), 2, 2), np.uint8)
        grids[:, 0, 0] = 255
        maps = Activations(np.array(mapped), np.ones(len(mapped), np.int64), grids)
        store.write_run(replace(store.run(Trial(name, "cnn", 0)), activations=maps))
    return store


def comparison_of(store, name):
    study = store.current.study
    ours, _ = trials_of_study(study, store.trials())
    return DatasetComparison(
        load(store, study, store.card(name), {t for t in ours if t.dataset == name}), study
    )


def ids_of(store, name, folds=(None,)):
    """The test cases of every fold, sorted."""
    return [
        case
        for fold in folds
        for case in np.sort(
            store.run(Trial(name, "svm", 0, fold)).predictions.part("test").case_ids
        )
    ]


def by_hand(store, name, method, fold=None):
    """Votes, mean probabilities and labels of the test cases, from the stored predictions."""
    decided, probabilities = [], []
    for seed in (0, 1, 2):
        stored = store.run(Trial(name, method, seed, fold)).predictions
        val, test = stored.part("val"), stored.part("test")
        order = np.argsort(test.case_ids)
        p = test.probabilities[order]
        if p.shape[1] == 2:
            threshold = youden_threshold(val.labels == 1, val.probabilities[:, 1])
            decided.append((p[:, 1] >= threshold).astype(int))
        else:
            decided.append(p.argmax(axis=1))
        probabilities.append(p)
    votes = np.array(decided)
    mean = np.mean(probabilities, axis=0)
    named = []
    for case in range(votes.shape[1]):
        counts = np.bincount(votes[:, case], minlength=mean.shape[1])
        best = np.flatnonzero(counts == counts.max())
        named.append(best[mean[case, best].argmax()])
    return np.array(named), mean, test.labels[order]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return results(tmp_path_factory.mktemp("runs"), (BINARY, MANY), METHODS)


@pytest.fixture(scope="module")
def pictured(store):
    """The same with a picture of every test case and maps of every second one."""
    for name in ("breast", "skin"):
        ids = ids_of(store, name)
        with_pictures(store, name, ids, ids[::2])
    return store


@pytest.mark.parametrize("name", ["breast", "skin"])
def test_agreement_is_that_of_the_stored_predictions(store, name):
    found = disagreements(comparison_of(store, name), store, 8)
    (deep, _, labels), (classical, _, _) = (by_hand(store, name, m) for m in ("cnn", "svm"))
    right, other = deep == labels, classical == labels
    for label, each in [("", found.whole), *((a.label, a) for a in found.per_class)]:
        names = store.card(name).class_names
        rows = labels == names.index(label) if label else np.ones(len(labels), bool)
        assert each.both == (right & other & rows).sum()
        assert each.only_deep == (right & ~other & rows).sum()
        assert each.only_classical == (~right & other & rows).sum()
        assert each.neither == (~right & ~other & rows).sum()
    assert found.whole.cases == len(labels) == sum(each.cases for each in found.per_class)


@pytest.mark.parametrize("name", ["breast", "skin"])
def test_shown_cases_are_of_their_kind_in_order_and_shown_once(pictured, name):
    found = disagreements(comparison_of(pictured, name), pictured, 5)
    ids, names = ids_of(pictured, name), pictured.card(name).class_names
    (deep, p, labels), (classical, q, _) = (by_hand(pictured, name, m) for m in ("cnn", "svm"))
    rows = np.arange(len(labels))
    for kind, own, other in (("only_deep", deep, classical), ("only_classical", classical, deep)):
        candidates = np.flatnonzero((own == labels) & (other != labels))
        apart = np.abs(p[rows, labels] - q[rows, labels])[candidates]
        expected = [ids[i] for i in candidates[np.argsort(-apart, kind="stable")][:5]]
        assert [case.case_id for case in getattr(found, kind)] == expected
    for case in found.only_deep:
        i = ids.index(case.case_id)
        assert (case.truth, case.deep.named) == (names[labels[i]], names[deep[i]])
        assert case.deep.right
        assert not case.classical.right
        of = 1 if len(names) == 2 else classical[i]
        assert case.classical.probability == pytest.approx(q[i, of])
    before = {case.case_id for case in (*found.only_deep, *found.only_classical)}
    wrong = [i for i in np.argsort(p[rows, labels], kind="stable") if deep[i] != labels[i]]
    expected = [ids[i] for i in wrong if ids[i] not in before][:5]
    assert [case.case_id for case in found.errors_deep] == expected
    shown = [*found.only_deep, *found.only_classical, *found.errors_deep, *found.errors_classical]
    assert len({case.case_id for case in shown}) == len(shown)


def test_each_case_has_its_own_picture_and_its_own_map(pictured):
    found = disagreements(comparison_of(pictured, "breast"), pictured, 8)
    ids = ids_of(pictured, "breast")
    for case in (*found.only_deep, *found.errors_classical):
        number = ids.index(case.case_id)
        assert base64.b64decode(case.image) == png(number % 256)
        assert bool(case.activation) == (number % 2 == 0)
    assert found.mapped > 0


def test_a_map_of_another_class_is_not_shown_for_this_one(tmp_path):
    store = results(tmp_path, (BINARY,), METHODS)
    ids = ids_of(store, "breast")
    with_pictures(store, "breast", ids, ids)
    compared = comparison_of(store, "breast")
    assert disagreements(compared, store, 8).maps_of_others == 0
    card = replace(compared.data.card, positive=0)  # as by --positive in a later run
    turned = DatasetComparison(replace(compared.data, card=card), store.current.study)
    found = disagreements(turned, store, 8)
    assert found.only_deep
    assert found.mapped == 0
    assert found.maps_of_others == len(ids)
    evidence = collect(store)
    (data,) = evidence.datasets
    shown = section(
        replace(evidence, datasets=(replace(data, card=card, disagreements=found),)),
        {"breast": "b"},
    )
    told = [block.words[0] for block in shown if isinstance(block, Paragraph)]
    assert any("300 stored maps are not shown: made for another class" in text for text in told)
    assert not any("Grad-CAM" in text for text in told)


def test_with_folds_every_fold_counts(tmp_path):
    store = results(tmp_path, (Data("breast", n_val=60, n_test=50),), METHODS, folds=3)
    ids = ids_of(store, "breast", (0, 1, 2))
    pictures = Thumbnails(np.array(ids), tuple(png(i % 256) for i in range(len(ids))))
    store.write_card(store.card("breast"), pictures)
    found = disagreements(comparison_of(store, "breast"), store, 8)
    both = 0
    for fold in range(3):
        (deep, _, labels), (classical, _, _) = (
            by_hand(store, "breast", m, fold) for m in ("cnn", "svm")
        )
        both += ((deep == labels) & (classical == labels)).sum()
    assert found.whole.cases == found.pictured == 150
    assert found.whole.both == both


def test_only_pictured_cases_are_shown_and_the_reader_is_told(tmp_path):
    store = results(tmp_path, (BINARY,), METHODS)
    some = ids_of(store, "breast")[::3]
    found = disagreements(comparison_of(with_pictures(store, "breast", some), "breast"), store, 8)
    assert found.pictured == len(some) < found.whole.cases
    assert {case.case_id for case in (*found.only_deep, *found.errors_deep)} <= set(some)
    blocks = section(collect(store), {"breast": "b"})
    told = [block.words[0] for block in blocks if isinstance(block, Paragraph)]
    assert any("Pictures are kept of 100 of the 300 test cases" in text for text in told)
    assert not any("Grad-CAM" in text for text in told)


def test_without_pictures_the_counts_stand_and_the_reason_is_said(tmp_path):
    store = results(tmp_path, (BINARY,), METHODS)
    found = disagreements(comparison_of(store, "breast"), store, 8)
    assert found.whole.cases == 300
    assert found.only_deep == ()
    assert "No pictures" in found.trouble


def test_damaged_pictures_cost_the_pictures_only(tmp_path):
    store = results(tmp_path, (BINARY,), METHODS)
    with_pictures(store, "breast", ids_of(store, "breast"))
    (path,) = tmp_path.rglob("*.thumbnails.parquet")
    path.write_bytes(path.read_bytes()[:-10])
    found = disagreements(comparison_of(store, "breast"), store, 8)
    assert found.whole.cases == 300
    assert found.only_deep == ()
    assert "is damaged" in found.trouble


def test_without_a_champion_on_both_sides_there_is_nothing_to_show(tmp_path):
    store = results(tmp_path, (BINARY,), METHODS[:1])
    assert disagreements(comparison_of(store, "breast"), store, 8) is None


def test_with_many_data_sets_fewer_cases_are_shown_of_each():
    assert (most_shown(1), most_shown(4), most_shown(5), most_shown(12)) == (8, 8, 4, 4)


def test_the_section_shows_the_counts_and_the_cases_in_words(pictured):
    evidence = collect(pictured)
    blocks = section(evidence, {"breast": "b", "skin": "s"})
    found = evidence.datasets[0].disagreements
    table = next(block.table for block in blocks if isinstance(block, TableBlock))
    assert table == agreement_table(found, "breast", "b")
    assert table.rows[-1].values[1:] == (
        found.whole.cases,
        found.whole.both,
        found.whole.only_deep,
        found.whole.only_classical,
        found.whole.neither,
    )
    sentences = [b.words[0] for b in blocks if isinstance(b, Paragraph)]
    assert in_words(found) in sentences
    cases = [block for block in blocks if isinstance(block, Cases)]
    assert len(cases) == 8
    first, case = cases[0], found.only_deep[0]
    assert first.caption.startswith("Only cnn (deep) is right")
    how = [text for text in sentences if text.startswith("In brackets")]
    assert "mean probability of “malignant”" in how[0]
    assert "where cnn (its first run) sees evidence for “malignant” (by Grad-CAM" in how[0]
    assert "mean probability of the class named" in how[1]
    assert not any("Pictures are kept" in text for text in how)
    assert first.images[0].note == (
        f"{case.truth}; cnn says {case.deep.named} ({case.deep.probability:.2f}), "
        f"svm says {case.classical.named} ({case.classical.probability:.2f})"
    )


def test_why_there_are_no_maps_is_said_where_they_would_be(tmp_path):
    failing = replace(METHODS[1], explanation_error="ValueError: no layer with maps")
    store = results(tmp_path, (BINARY,), (METHODS[0], failing))
    with_pictures(store, "breast", ids_of(store, "breast"))
    told = [b.words[0] for b in section(collect(store), {"breast": "b"}) if b.kind == "paragraph"]
    (how,) = (text for text in told if text.startswith("In brackets"))
    assert how.endswith("Where cnn looks could not be found out: ValueError: no layer with maps.")


def test_without_disagreements_there_is_no_section(tmp_path):
    store = results(tmp_path, (BINARY,), METHODS[:1])
    assert section(collect(store), {"breast": "b"}) == []


def pixels(data):
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)


def test_a_map_colours_the_picture_where_it_is_high_and_leaves_it_where_it_is_zero():
    gray = np.random.default_rng(0).integers(60, 70, (40, 60), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(gray).save(out, "PNG")
    grid = np.zeros((4, 6), np.uint8)
    grid[1, 4] = 255
    shown = pixels(overlaid(out.getvalue(), grid))
    assert shown.shape == (40, 60, 3)
    change = np.abs(shown - gray[..., None]).max(axis=2)
    row, column = np.unravel_index(change.argmax(), change.shape)
    assert 10 <= row < 20
    assert 40 <= column < 50
    assert change[15, 45] > 80
    assert change[30:, :30].max() <= 6  # few colours are kept


def test_a_gray_picture_is_kept_and_a_coloured_one_gets_few_colours():
    gray = png(100)
    assert compact(gray) == gray
    rgb = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(rgb).save(out, "PNG")
    small = compact(out.getvalue())
    assert len(small) < len(out.getvalue()) / 2
    assert len(np.unique(pixels(small).reshape(-1, 3), axis=0)) <= 64
