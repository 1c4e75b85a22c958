import numpy as np
import pytest
from scipy import stats

from reports.analysis.many import many
from reports.collect import collect
from reports.document.figures.ranks import critical_difference, rank_matrix
from reports.document.sections.many_datasets import many_datasets as section
from reports.document.sections.many_datasets import pair_table
from reports.evidence import Evidence, ManyDatasets
from tests.reports.simulated import METHODS, Data, Method, results

SEVEN = tuple(Data(f"set-{i}", 60, 150) for i in range(7))


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    methods = (*METHODS, Method("vit", "deep", 0.8, stochastic=True, fails=(0, 1, 2)))
    return collect(results(tmp_path_factory.mktemp("many") / "r", SEVEN, methods))


@pytest.fixture(scope="module")
def found(evidence: Evidence) -> ManyDatasets:
    return evidence.many


def words(evidence: Evidence) -> str:
    stems = {name: name for name in evidence.many.datasets}
    phrases = [getattr(block, "words", ()) for block in section(evidence, stems)]
    return " ".join(part for phrase in phrases for part in phrase)


@pytest.mark.slow
def test_aucs_are_those_of_each_data_set(evidence: Evidence, found: ManyDatasets) -> None:
    assert found.datasets == tuple(data.card.name for data in evidence.datasets)
    for method in found.methods:
        for name, auc in zip(found.datasets, method.aucs, strict=True):
            shown = evidence.dataset(name).method(method.name).auc
            assert shown is not None
            assert auc == shown.value


def test_ranks_are_scipys_and_controls_and_failed_methods_have_none(found: ManyDatasets) -> None:
    assert set(found.ranked) == {m.name for m in METHODS if m.family != "control"}
    assert "vit" not in {m.name for m in found.methods}
    ranked = [m for m in found.methods if m.name in found.ranked]
    expected = stats.rankdata([[-a for a in m.aucs if a] for m in ranked], axis=0)
    assert np.array_equal(expected, [m.ranks for m in ranked])
    assert [m.mean_rank for m in ranked] == pytest.approx(expected.mean(axis=1))
    assert sorted(m.mean_rank for m in ranked) == [m.mean_rank for m in ranked]
    assert all(m.mean_rank is None for m in found.methods if m not in ranked)


def test_the_tests_are_scipys(evidence: Evidence, found: ManyDatasets) -> None:
    aucs = {m.name: np.array(m.aucs, dtype=float) for m in found.methods}
    assert found.rank_test is not None
    chi2, p = stats.friedmanchisquare(*(aucs[name] for name in found.ranked))
    assert (found.rank_test.chi2, found.rank_test.p) == pytest.approx((chi2, p))
    n, k = len(SEVEN), len(found.ranked)
    f = (n - 1) * chi2 / (n * (k - 1) - chi2)
    assert found.rank_test.f == pytest.approx(f)
    assert found.rank_test.f_p == pytest.approx(stats.f.sf(f, k - 1, (k - 1) * (n - 1)))
    assert len(found.pairs) == k * (k - 1) / 2
    for pair in found.pairs:
        expected = stats.wilcoxon(aucs[pair.a] - aucs[pair.b], method="exact").pvalue
        assert pair.p == pytest.approx(expected)
    assert [pair.p for pair in found.pairs] == sorted(pair.p for pair in found.pairs)
    lowest = found.pairs[0]
    assert lowest.p_holm == pytest.approx(min(1, lowest.p * len(found.pairs)))
    sides = found.sides
    assert sides is not None
    differences = [d.comparison.pair.difference.value for d in evidence.datasets if d.comparison]
    assert sides.median == pytest.approx(np.median(differences))
    assert sides.p == pytest.approx(stats.wilcoxon(differences, method="exact").pvalue)


def test_with_fewer_than_six_data_sets_nothing_is_tested(evidence: Evidence) -> None:
    few = many(evidence.datasets[:5], 0.05)
    assert (few.sides, few.pairs, few.rank_test) == (None, (), None)
    assert len(few.datasets) == 5
    assert few.methods[0].mean_rank is not None
    assert critical_difference("x", few) is None
    assert rank_matrix("x", few) is not None


@pytest.mark.slow
def test_generated_images_do_not_count_beside_real_ones(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    datasets = (
        *(Data(f"set-{i}", 40, 60) for i in range(2)),
        Data("phantom", 40, 60, generated=True),
    )
    few = collect(results(tmp_path_factory.mktemp("few") / "r", datasets, METHODS[:4], seeds=(0,)))
    assert few.many.counted == ("set-0", "set-1")
    assert few.many.datasets == ("set-0", "set-1", "phantom")
    best = few.many.methods[0]
    assert best.mean_rank == pytest.approx(np.mean(best.ranks[:2]))
    assert "no inference beyond these data sets" in words(few)
    assert "generated ones are shown beside them" in words(few)
    assert few.many.pairs == ()


def test_a_method_without_a_result_somewhere_has_no_mean_rank_and_is_named(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    datasets = tuple(Data(f"set-{i}", 40, 60) for i in range(2))
    store = results(tmp_path_factory.mktemp("part") / "r", datasets, METHODS[:4], seeds=(0,))
    cut = store.root / "runs" / "set-1" / "svm"
    (cut / "once" / "run.json").unlink()
    (cut / "once" / "predictions.parquet").unlink()
    found = collect(store)
    svm = next(m for m in found.many.methods if m.name == "svm")
    assert svm.aucs[0] is not None
    assert svm.aucs[1] is svm.mean_rank is None
    assert "svm lacks a result on some data set" in words(found)


def test_one_data_set_says_that_there_is_nothing_to_compare(evidence: Evidence) -> None:
    one = many(evidence.datasets[:1], 0.05)
    assert rank_matrix("x", one) is None
    none = many((), 0.05)
    assert (none.datasets, none.methods, none.ranked) == ((), (), ())


def test_the_numbers_of_the_prose_stand_in_the_evidence(
    evidence: Evidence, found: ManyDatasets
) -> None:
    text = words(evidence)
    assert found.sides is not None
    assert f"on {found.sides.wins_a} of 7 data sets, behind on {found.sides.wins_b}" in text
    apart = sum(pair.p_holm < 0.05 for pair in found.pairs)
    assert f"Of {len(found.pairs)} pairs of methods {apart} differ" in text


def test_only_some_pairs_are_shown_and_all_are_in_the_file(found: ManyDatasets) -> None:
    assert len(pair_table(found).rows) == len(found.pairs) == 10
    assert len(pair_table(found, whole=True).rows) == len(found.pairs)
    assert pair_table(found).name != pair_table(found, whole=True).name


def test_figures_name_every_ranked_method_and_are_the_same_each_time(found: ManyDatasets) -> None:
    for draw in (rank_matrix, critical_difference):
        svg = draw("x", found)
        assert svg is not None
        assert svg == draw("x", found)
        assert all(name in svg for name in found.ranked)
        assert "class-prior" not in svg
