"""What the report shows of secondary claims and of the sensitivity of the verdict."""

import csv
import re

import pytest

from bench.protocol.claim import Claim
from reports.collect import collect
from reports.document.tables import text
from reports.report import compose, write_report
from tests.reports.simulated import METHODS, Data, Method, results

TIMED = tuple(
    Method(m.name, m.family, m.auc, m.stochastic, m.seed_sd, fit_seconds=50.0, fit_spread=0.2)
    for m in METHODS[1:4]
)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return results(
        tmp_path_factory.mktemp("r") / "results",
        (Data("breast"), Data("derm", shares=(0.5, 0.3, 0.2)), Data("tiny", n_test=20)),
        (*TIMED, METHODS[4], Method("resnet18-no-augmentation", "deep", 0.8)),
        claims=(Claim("mine", ("deep",), ("random-forest",), "Deep is worth its price."),),
    )


@pytest.fixture(scope="module")
def evidence(store):
    return collect(store)


@pytest.fixture(scope="module")
def document(evidence):
    return compose(evidence)


def cells(document, name):
    shown = next(t for t in document.tables if t.name == name)
    rows = [
        [text(c, v) for c, v in zip(shown.columns, row.values, strict=True)] for row in shown.rows
    ]
    return {row[0]: " ".join(row) for row in rows}


def words(document, anchor, following):
    blocks = document.blocks
    places = {getattr(b, "anchor", ""): i for i, b in enumerate(blocks)}
    found = []
    for block in blocks[places[anchor] : places[following]]:
        for phrase in (getattr(block, "words", ()), *getattr(block, "items", ())):
            found.append("".join(w if isinstance(w, str) else w.text for w in phrase))
    return [phrase for phrase in found if phrase]


def note_of_times(tmp_path, *datasets):
    document = compose(collect(results(tmp_path / "r", datasets, (*TIMED, METHODS[4]))))
    return next(t for t in document.tables if t.name == "claims-times").notes[0]


def test_a_spread_between_data_sets_is_spoken_of_where_there_are_several(tmp_path):
    one = note_of_times(tmp_path / "a", Data("breast"), Data("made", generated=True))
    assert one.endswith("rests on the spread between runs.")
    several = note_of_times(tmp_path / "b", Data("breast"), Data("derm"))
    assert several.endswith("that of the last row on the spread between data sets.")


@pytest.mark.slow
def test_every_claim_is_told_with_its_verdict_and_marked_as_secondary(document, evidence):
    told = words(document, "claims", "protocol")
    assert "None of these changes the answer above." in told[0]
    for claim in evidence.claims:
        assert f"{claim.heading}. {claim.text} {claim.sentence}" in told
    assert any("Deep is worth its price." in line for line in told)


def test_every_number_of_a_claim_stands_in_its_table(document, evidence):
    accuracy, times = cells(document, "claims-table"), cells(document, "claims-times")
    checked = 0
    for claim in evidence.claims:
        if claim.effect is None:
            continue
        row = times["all"] if claim.measure == "time" else accuracy[claim.name]
        for number in re.findall(r"[+−]?\d+\.\d+", claim.sentence):
            assert number in row, claim.name
            checked += 1
    assert checked > 15


def test_a_data_set_without_a_test_of_a_claim_says_why(document):
    told = words(document, "claims", "protocol")
    reason = "8 test cases of “malignant” cannot support a comparison (at least 10 are needed)."
    assert f"mine, tiny: {reason}" in told


def test_claims_of_the_study_are_part_of_the_protocol(document):
    facts = next(b for b in document.blocks if b.kind == "facts" and b.rows[0][0] == "Claim")
    assert dict(facts.rows)["Claims"] == ("mine: Deep is worth its price.",)


@pytest.mark.slow
def test_claims_of_the_study_are_answered_on_the_terminal_too(store, evidence):
    claim = next(claim for claim in evidence.claims if claim.declared)
    lines = write_report(store).answer
    assert lines[-2].startswith("Overall: ")
    assert lines[-1] == f"Claim mine: {claim.heading}. {claim.sentence}"


def test_the_share_in_prose_is_that_of_the_table(document, evidence):
    total = evidence.robustness.total
    line = words(document, "sensitivity", "failures")[0]
    assert f"in {total.holds} of {total.analyses} analyses ({100 * total.share:.1f} %)" in line
    row = cells(document, "verdict-holds")["all"]
    assert f"{total.analyses} {total.holds} {100 * total.share:.1f} %" in row


@pytest.mark.slow
def test_the_whole_grid_is_a_file_at_full_precision(store, evidence):
    files = write_report(store)
    (path,) = files.attached
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    found = evidence.robustness.analyses
    assert len(rows) == len(found)
    for row, analysis in zip(rows, found, strict=True):
        assert float(row["difference"]) == analysis.difference.value
        assert float(row["p_holm"]) == analysis.p_holm
        assert row["conclusion"] == analysis.conclusion
    assert "sensitivity-grid" not in files.html.read_text(encoding="utf-8").split("<table")[1]


def test_the_conclusions_of_a_table_follow_from_its_file(evidence):
    found = evidence.robustness
    alpha = evidence.entry.study.alpha
    for analysis in found.analyses:
        d = analysis.difference.value
        expected = "none" if analysis.p_holm >= alpha else "deep" if d > 0 else "classical"
        assert analysis.conclusion == expected
