"""The watch finds planted changes soon, and takes no luck for one however long it goes on."""

import csv
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from bench.cli.main import run_command
from bench.deploy import contents
from bench.deploy.reference import Reference
from bench.deploy.watch.coverage import labels, limits
from bench.deploy.watch.patients import OneOfEach
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


@pytest.mark.parametrize("rises", [False, True])
def test_a_capital_is_a_martingale(rises):
    """Over all places of a p value it neither wins nor loses on average."""
    places, weights = np.polynomial.legendre.leggauss(12)  # exact on each half, of polynomials
    halves = [(places + 1) / 4, (places + 3) / 4]
    for history in ([], [0.9, 0.8], [0.1] * 5):
        after, before = 0.0, Capital(rises)
        for p in history:
            before.bet(p)
        for half in halves:
            for p, weight in zip(half, weights / 4, strict=True):
                capital = Capital(rises)
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


def watch_of_patients(known, patients, new):
    """A watch of statistics by name, `(p, q)` of p patients each, that saw others `(p, q)`."""
    manifest = SimpleNamespace(models=(), classes=("no", "yes"), disagreement={})
    rows = {name: np.sort(values, axis=1) for name, values in known.items()}
    watch = Watch(manifest, Reference({n: v.ravel() for n, v in known.items()}, {}, rows))
    images = [
        Seen(f"{p}/{i}", {n: float(v[p, i]) for n, v in new.items()}, {}, patient=f"p{p}")
        for p in range(patients)
        for i in range(6)
    ]
    for position, image in OneOfEach(lambda: images, watch.several):
        watch.see(image, position)
    return watch


def test_distances_that_rise_are_found_in_few_patients():
    """Most of the level is spent on means, and half of the bets on distances on that they rise."""
    found = {"a/family:glcm": 0, "a/probability:no": 0}
    for draw in range(30):
        random = np.random.default_rng(draw)
        others = {f"brightness {i}": random.normal(size=(30, 6)) for i in range(20)}
        for name in found:
            known = others | {name: random.normal(size=(30, 6))}
            shifted = random.normal(size=(14, 6)) + 0.65  # a mean of six: 1.6 SD
            new = {n: random.normal(size=(14, 6)) for n in others} | {name: shifted}
            watch = watch_of_patients(known, 14, new)
            assert sum(one.share for one in watch.statistics.values()) == pytest.approx(1)
            found[name] += any(name in alarm.sentence for alarm in watch.alarms)
    assert found["a/family:glcm"] > found["a/probability:no"]
    assert found["a/family:glcm"] >= 20


def test_patients_of_the_same_kind_raise_no_more_alarms_than_said():
    raised = 0
    for draw in range(120):
        random = np.random.default_rng([7, draw])
        names = [f"a/family:{i}" for i in range(5)]
        known = {name: random.normal(size=(15, 6)) for name in names}
        new = {name: random.normal(size=(30, 6)) for name in names}
        raised += bool(watch_of_patients(known, 30, new).alarms)
    assert raised <= 6  # 5 % of 120, for any number of images


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
    assert "atched" not in said  # nothing that the file lacks
    assert (code, "ALARM" in said) == ((0, False) if kind == "as it was" else (1, True))
    assert "Not a medical device" in page.read_text()
    assert ("The images are not what" in page.read_text()) == (code == 1)


def test_the_folders_of_the_page_are_made(bundle, tmp_path, capsys):
    out = predicted(bundle, small_data.images(4, seed=5)["benign"], tmp_path)
    page = tmp_path / "pages" / "of this week" / "watch.html"
    command = ["monitor", str(bundle), str(out), "--allow-unsigned", "--out", str(page)]
    assert run_command(command) == 0
    assert f"page: {page}" in capsys.readouterr().out
    assert page.exists()


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


MODELS = ("svm", "net")
CLASSES = ("no", "yes")
HEAD = ("case", "label", "group", "model", *CLASSES, "decision", "brightness", "unlike_training")


def two_champions(**more):
    """As much of a bundle of two models as reading a file of theirs takes."""
    models = tuple(SimpleNamespace(name=name, family="") for name in MODELS)
    known = {"cases": 10, "of": 100}
    return SimpleNamespace(name="x", models=models, classes=CLASSES, disagreement=known, **more)


def rows_of_two(n, wrong=()):
    """Two rows for each case: the second model decides wrongly in every case of `wrong`."""
    rows = []
    for i in range(n):
        for model in MODELS:
            yes = bool(i % 2) != (model == "net" and i in wrong)
            p = 0.8 if yes else 0.2
            answer = [1 - p, p, CLASSES[yes], 100 + i % 7, 1.5]
            rows.append([f"{i}.png", CLASSES[i % 2], "", model, *answer])
    return rows


def write(path, rows, head=HEAD):
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([head, *rows])
    return path


def watched(path):
    watch = Watch(two_champions(), Reference({"brightness": np.arange(100.0)}, {}))
    for position, image in OneOfEach(lambda: read(path, two_champions())):
        watch.see(image, position)
    return watch


def test_rows_of_a_case_belong_together_wherever_they_stand(tmp_path):
    rows = rows_of_two(40, wrong=range(0, 40, 3))
    whole = list(read(write(tmp_path / "p.csv", rows), two_champions()))
    by_model = sorted(rows, key=lambda row: row[3])
    mixed = [rows[i] for i in np.random.default_rng(0).permutation(len(rows))]
    assert list(read(write(tmp_path / "m.csv", by_model), two_champions())) == whole
    found = list(read(write(tmp_path / "r.csv", mixed), two_champions()))
    assert [one.case for one in found] == list(dict.fromkeys(row[0] for row in mixed))
    assert sorted(found, key=lambda one: int(one.case[:-4])) == whole
    one, other = watched(tmp_path / "p.csv"), watched(tmp_path / "m.csv")
    assert (one.seen, one.compared, one.disagreed) == (40, 40, 14)
    assert (other.seen, other.compared, other.disagreed) == (40, 40, 14)
    assert one.alarms == other.alarms


def test_a_model_without_rows_is_not_counted_as_wrong(tmp_path):
    rows = [row for row in rows_of_two(60) if row[3] == "net"]
    path = write(tmp_path / "p.csv", rows)
    found = read(path, two_champions())
    assert (found.models, found.absent) == (("net",), ("svm",))
    watch = watched(path)
    assert not [alarm for alarm in watch.alarms if alarm.kind != "change"]
    assert watch.compared == 0
    said = limits(watch, found.models, found.absent)
    assert said[0].startswith("Not watched: svm, of which the file has no row")
    images = [Seen("a", {}, {"net": 1}, label=1), Seen("b", {}, {}, label=0)] * 30
    for image in images:
        assert watch.see(image) == []


def said_of_labels(path):
    """What was not watched, and how many labels there were."""
    found = read(path, two_champions())
    watch = watched(path)
    return limits(watch, found.models, found.absent, found.like_label), labels(watch)


def test_labels_are_counted_and_where_there_are_none_that_is_said(tmp_path):
    rows = rows_of_two(60, wrong=range(0, 60, 6))
    every = write(tmp_path / "every.csv", rows)
    lacking, (counted,) = said_of_labels(every)
    assert lacking == []
    assert counted == (
        "60 of the 60 images that count have a label; on 10 of these only one of the two models is "
        "right."
    )
    few = [[row[0], row[1] * (i < 24), *row[2:]] for i, row in enumerate(rows)]
    _, (counted,) = said_of_labels(write(tmp_path / "few.csv", few))
    assert counted.startswith("12 of the 60 images that count have a label; on 2 of these")
    none = write(tmp_path / "none.csv", [[r[0], *r[2:]] for r in rows], [HEAD[0], *HEAD[2:]])
    (lacking,), counted = said_of_labels(none)
    assert lacking.startswith("Not watched, since no image that counts has a label")
    assert ("did you mean" in lacking, counted) == (False, [])
    one = write(tmp_path / "one.csv", [row for row in rows if row[3] == "net"])
    (told,) = said_of_labels(one)[1]
    assert told.endswith("by which nothing was watched: that takes answers of two models.")


@pytest.mark.parametrize("beside", [False, True])
def test_a_column_that_may_hold_labels_is_named(beside, tmp_path):
    rows = rows_of_two(60)
    head = [HEAD[0], "Label", *HEAD[2:]]
    if beside:  # the empty one that 'predict' wrote
        rows, head = [[*row, ""] for row in rows], [*head, "label"]
    path = write(tmp_path / "p.csv", rows, head)
    (lacking,), _ = said_of_labels(path)
    assert lacking.endswith("Its column 'Label' is not read: did you mean 'label'?")


def test_blanks_around_labels_are_no_part_of_them(tmp_path):
    rows = rows_of_two(4)
    path = write(tmp_path / "p.csv", rows)
    spaced = [[row[0], f" {row[1]} ", *row[2:]] for row in rows]
    head = [HEAD[0], "label ", *HEAD[2:]]
    found = read(write(tmp_path / "s.csv", spaced, head), two_champions())
    assert list(found) == list(read(path, two_champions()))


@pytest.mark.parametrize("mark", [";", "\t", "|"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_a_file_with_other_marks_than_commas_is_told_by_these(mark, quoting, tmp_path):
    path = tmp_path / "p.csv"
    with path.open("w", newline="") as file:
        csv.writer(file, delimiter=mark, quoting=quoting).writerows([HEAD, *rows_of_two(4)])
    with pytest.raises(DataError, match=r"p\.csv: columns must be separated by commas"):
        read(path, two_champions())


def test_the_command_says_what_became_of_labels(bundle, tmp_path, capsys):
    head = ["case", "label", "model", "decision", *small_data.CLASSES, "brightness"]
    rows = [[f"{i}", "benign", "mean-brightness", "benign", 0.6, 0.4, 100] for i in range(40)]
    path, page = write(tmp_path / "p.csv", rows, head), tmp_path / "m.html"
    command = ["monitor", str(bundle), str(path), "--allow-unsigned", "--out", str(page)]
    assert run_command(command) in (0, 1)
    told = "40 of the 40 images that count have a label, by which nothing was watched"
    assert told in capsys.readouterr().out
    assert told in page.read_text()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rows: [*rows[:-1], rows[-1][:3]], "line 9: 3 fields instead of 9"),
        (lambda rows: [[*rows[0], "more"], *rows[1:]], "line 2: 10 fields instead of 9"),
        (lambda rows: rows[:-1], "line 8: case '3.png' has no row of model 'net'"),
        (lambda rows: rows + rows, r"line 10: model 'svm' has case '0.png' again .before: line 2"),
        (lambda rows: [["", *rows[0][1:]], *rows[1:]], "line 2: column 'case' is empty"),
    ],
)
def test_rows_that_are_not_whole_or_stand_there_twice_are_refused(change, message, tmp_path):
    path = write(tmp_path / "p.csv", change(rows_of_two(4)))
    with pytest.raises(DataError, match=message):
        list(read(path, two_champions()))


def test_several_files_are_read_as_one_in_their_order(tmp_path):
    rows = rows_of_two(40, wrong=range(0, 40, 3))
    whole = list(read(write(tmp_path / "p.csv", rows), two_champions()))
    first = write(tmp_path / "1.csv", rows[:31])  # a case goes on in the next
    second = write(tmp_path / "2.csv", [row[::-1] for row in rows[31:]], HEAD[::-1])
    assert list(read([first, second], two_champions())) == whole
    assert next(iter(read([second, first], two_champions()))).case == "15.png"
    with pytest.raises(DataError, match=r"p\.csv, line 2: model .*before: .*1\.csv, line 2"):
        read([first, tmp_path / "p.csv"], two_champions())
    bad = write(tmp_path / "bad.csv", [[*rows[0][:5], "x", *rows[0][6:]], rows[1]])
    with pytest.raises(DataError, match=r"bad\.csv, line 2: column 'yes' is 'x'"):
        list(read([second, bad, write(tmp_path / "3.csv", rows[2:31])], two_champions()))


@pytest.mark.parametrize("head", [HEAD, HEAD[::-1], HEAD[:-1], (*HEAD, "more")])
def test_a_header_in_the_midst_is_told_with_what_to_do(head, tmp_path):
    rows = rows_of_two(4)
    path = write(tmp_path / "p.csv", [*rows[:4], head, *rows[4:]])
    with pytest.raises(DataError, match=r"line 6: is a header again.* first\.csv second\.csv"):
        read(path, two_champions())


def test_the_command_takes_several_files(bundle, tmp_path, capsys):
    head = ["case", "label", "model", "decision", *small_data.CLASSES]
    rows = [[f"{i}", "benign", "mean-brightness", "benign", 0.6, 0.4] for i in range(40)]
    weeks = [write(tmp_path / f"{i}.csv", rows[10 * i : 10 * i + 10], head) for i in range(4)]
    page = tmp_path / "m.html"
    command = ["monitor", str(bundle), *map(str, weeks), "--allow-unsigned", "--out", str(page)]
    assert run_command(command) in (0, 1)
    assert "40 of the 40 images that count have a label" in capsys.readouterr().out
    assert "0.csv to 3.csv (4 files) against" in page.read_text()


@pytest.mark.parametrize("value", ["nan", "inf", "7", "-0.1", "", "x"])
def test_a_probability_that_is_none_is_refused_with_its_line(value, tmp_path):
    rows = rows_of_two(4)
    rows[3][5] = value
    with pytest.raises(DataError, match=r"line 5: column 'yes' is '.*', not a "):
        list(read(write(tmp_path / "p.csv", rows), two_champions()))


def test_a_half_written_line_is_no_alarm(bundle, tmp_path, capsys):
    path = write(
        tmp_path / "p.csv", [["a.png", "be"]], ["case", "model", "decision", *small_data.CLASSES]
    )
    assert run_command(["monitor", str(bundle), str(path), "--allow-unsigned"]) == 2
    assert "line 2: 2 fields instead of 5" in capsys.readouterr().err


def test_what_a_file_does_not_have_is_said(bundle, tmp_path, capsys):
    rows = [[f"{i}.png", "mean-brightness", "benign", 0.6, 0.4] for i in range(40)]
    path = write(tmp_path / "p.csv", rows, ["case", "model", "decision", *small_data.CLASSES])
    page = tmp_path / "m.html"
    command = ["monitor", str(bundle), str(path), "--allow-unsigned", "--out", str(page)]
    assert run_command(command) in (0, 1)
    said = capsys.readouterr().out
    missing = "the distance of mean-brightness from its training images"
    for name in ("brightness", "contrast", "border", missing):
        assert name in said.partition("since the file does not have it: ")[2]
        assert name in page.read_text()
    write(path, rows[:2], ["case", "model", "decision", *small_data.CLASSES])
    assert run_command(command) == 0
    said = capsys.readouterr().out
    assert "no change was found in 2 images, as far as they were watched" in said
    assert "2 images that count are too few" in said
    assert "as far as they were watched" in page.read_text()


def test_a_file_that_says_that_it_is_of_another_bundle_is_refused(tmp_path):
    rows = [[*row, "a" * 64] for row in rows_of_two(4)]
    path = write(tmp_path / "p.csv", rows, [*HEAD, "bundle"])
    assert len(list(read(path, two_champions(), "a" * 64))) == 4
    with pytest.raises(DataError, match="line 2: is of another bundle"):
        read(path, two_champions(), "b" * 64)
    older = write(tmp_path / "older.csv", rows_of_two(4))
    assert len(list(read(older, two_champions(), "b" * 64))) == 4


def test_a_file_in_which_nothing_can_be_watched_is_refused(tmp_path):
    watch = watched(write(tmp_path / "p.csv", rows_of_two(3)))
    assert watch.watched
    nothing = Watch(two_champions(), Reference({"contrast": np.arange(100.0)}, {}))
    nothing.see(Seen("a", {"brightness": 1.0}, {"net": 1}, label=1))
    assert (nothing.seen, nothing.watched) == (1, False)
