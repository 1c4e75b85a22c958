"""The watch of a server: patients count once, labels come later, pictures stay in memory."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from bench.deploy import contents
from bench.deploy.reference import Reference, by_patient
from bench.deploy.serve.app import _alarms as listed_alarms
from bench.deploy.serve.dispatcher import Dispatcher
from bench.deploy.serve.drift import EndlessWatch
from bench.deploy.serve.labels import Answered, Labels, Refused
from bench.deploy.watch.patients import Stream
from bench.deploy.watch.watching import Seen
from bench.protocol.errors import DataError

PAUSE = 600.0


@pytest.fixture(scope="module")
def manifest(bundle_path):
    return contents.read(bundle_path, allow_unsigned=True).manifest


def of(manifest, values, groups=None, names=("one",)):
    """What stands for a bundle that remembers values of a statistic."""
    rows = {} if groups is None else {"x": by_patient(values, groups)}
    models = tuple(replace(manifest.models[0], name=name) for name in names)
    return SimpleNamespace(
        manifest=replace(manifest, models=models, disagreement={}),
        reference=Reference({"x": np.sort(values)}, {}, rows),
    )


def test_a_patient_counts_once_when_no_image_of_him_came_for_a_while():
    stream = Stream(PAUSE)
    images = [Seen(f"{i}", {}, {}, patient="p") for i in range(5)]
    for i, image in enumerate(images):
        assert list(stream.take(image, float(i))) == []
    alone = Seen("alone", {}, {})
    assert list(stream.take(alone, 5.0)) == [alone]
    assert list(stream.due(PAUSE)) == []
    (counted,) = stream.due(PAUSE + 4)
    assert counted in images
    assert list(stream.take(images[0], PAUSE + 5)) == []
    assert list(stream.due(10 * PAUSE)) == []
    stream.begin_anew()
    list(stream.take(images[0], 10 * PAUSE))
    assert list(stream.due(11 * PAUSE)) == [images[0]]


def test_the_mean_of_several_images_of_a_patient_counts_when_no_more_come():
    stream = Stream(PAUSE, several=3)
    for i in range(5):
        list(stream.take(Seen(f"{i}", {"x": 2.0**i}, {}, patient="p", picture=b"x"), 0.0))
    list(stream.take(Seen("0", {"x": 1.0}, {}, patient="few"), 0.0))
    one, several, other = stream.due(PAUSE)
    assert (other.patient, one.picture) == ("few", b"x")
    assert several.case == one.case
    drawn = [i for i in range(32) if i.bit_count() == 3 and i / 3 == several.values["x"]]
    assert len(drawn) == 1
    assert drawn[0] & int(one.values["x"])


def test_which_image_of_a_patient_counts_is_drawn_evenly():
    counted = [0] * 4
    for _ in range(800):
        stream = Stream(PAUSE)
        for i in range(4):
            list(stream.take(Seen(f"{i}", {}, {}, patient="p"), 0.0))
        counted[int(next(iter(stream.due(PAUSE))).case)] += 1
    assert counted == pytest.approx([200] * 4, abs=50)


def test_patients_that_are_open_are_bounded():
    stream = Stream(PAUSE, most=3)
    counted = [
        one.patient
        for i in range(5)
        for one in stream.take(Seen(f"{i}", {}, {}, patient=f"p{i}"), float(i))
    ]
    assert counted == ["p0", "p1"]


def test_patients_with_many_images_raise_no_alarm_in_a_server(manifest):
    raised = 0
    for study in range(40):
        random = np.random.default_rng(study)
        owners = np.repeat(np.arange(60), 20)
        values = random.normal(size=60)[owners] + random.normal(0, 0.3, len(owners))
        bundle = of(manifest, values[:600], owners[:600].astype(str))
        now = [0.0]
        watch = EndlessWatch(bundle, clock=lambda now=now: now[0])
        for i in range(600, 1200):
            now[0] += PAUSE / 15
            watch.see(Seen(f"{i}", {"x": values[i]}, {}, patient=str(owners[i])))
        now[0] += 2 * PAUSE
        drift = watch.drift()
        assert drift.seen == 30
        raised += bool(drift.alarms)
    assert raised <= 2  # 5 % of 40


def test_pictures_that_drive_an_alarm_are_held_and_few(manifest):
    random = np.random.default_rng(0)
    watch = EndlessWatch(of(manifest, random.normal(size=200)))
    for i in range(300):
        own = random.normal() + (3 if i >= 250 else 0)
        watch.see(Seen(f"{i}", {"x": own}, {}, picture=b"%d" % i))
    ((alarm, pictures),) = watch.driving()
    assert alarm.kind == "change"
    assert 1 <= len(pictures) <= 12
    assert int(pictures[0]) >= 250
    assert len(watch._pictures) <= 200
    without = EndlessWatch(of(manifest, random.normal(size=200)))
    for i in range(60):
        without.see(Seen(f"{i}", {"x": 9.0}, {}))
    assert without.driving() == [(alarm, ()) for alarm in without.drift().alarms]
    assert len(without.driving()) == 1


def labelling(manifest, record=None):
    bundle = of(manifest, np.arange(50.0), names=("one", "two"))
    lines = []

    def written(entries):
        lines.extend(entries)
        return ["receipt of the label"]

    watch = EndlessWatch(bundle)
    return Labels([bundle], [watch], record or written, most=100), watch, lines


def test_labels_that_come_later_say_whether_one_model_is_better(manifest):
    labels, watch, lines = labelling(manifest)
    for i in range(40):
        labels.remember(f"r{i}", None, Answered("w", "", ({"one": 1, "two": 0},)))
    for i in range(40):
        assert labels.take(f"r{i}", None, "malignant", "w", False) == "receipt of the label"
    (alarm,) = watch.drift().alarms
    assert alarm.kind == "verdict"
    assert alarm.sentence.startswith("one (")
    assert watch.drift().verdict > 20
    assert lines[0] == {
        "event": "label",
        "who": "w",
        "of": "r0",
        "frame": None,
        "label": "malignant",
    }


@pytest.mark.parametrize("picture", [None, b"png"])
def test_every_alarm_is_listed_whether_or_not_images_drive_it(picture, manifest):
    labels, watch, _ = labelling(manifest)
    for i in range(60):
        watch.see(Seen(f"{i}", {"x": 999.0}, {}, picture=picture))
        labels.remember(f"r{i}", None, Answered("w", "", ({"one": 1, "two": 0},)))
        labels.take(f"r{i}", None, "malignant", "w", False)
    bundle = of(manifest, np.arange(50.0), names=("one", "two"))
    dispatcher = Dispatcher([bundle], list, [watch])
    listed = listed_alarms(dispatcher)
    assert sorted(alarm["kind"] for alarm in listed) == ["change", "verdict"]
    assert [alarm["sentence"] for alarm in listed] == dispatcher.drift()
    pictured = [alarm["kind"] for alarm in listed if alarm["images"]]
    assert pictured == (["change"] if picture else [])


def test_of_each_patient_one_label_counts(manifest):
    labels, watch, _ = labelling(manifest)
    for i in range(40):
        labels.remember(f"r{i}", None, Answered("w", "p", ({"one": 1, "two": 0},)))
        labels.take(f"r{i}", None, "malignant", "w", False)
    assert watch.drift().alarms == ()


def test_a_label_is_taken_once_and_of_ones_own_answers(manifest):
    labels, _, lines = labelling(manifest)
    labels.remember("r", 2, Answered("w", "", ({"one": 1, "two": 0},)))
    refused = [
        (("r", 2, "bening", "w", False), 422),
        (("r", None, "benign", "w", False), 404),
        (("x", 2, "benign", "w", False), 404),
        (("r", 2, "benign", "somebody", False), 404),
    ]
    for arguments, status in refused:
        with pytest.raises(Refused) as error:
            labels.take(*arguments)
        assert error.value.status == status
    assert lines == []
    labels.take("r", 2, "benign", "somebody", True)
    with pytest.raises(Refused, match="has a label"):
        labels.take("r", 2, "benign", "w", False)
    for i in range(101):
        labels.remember(f"{i}", None, Answered("w", "", ({},)))
    with pytest.raises(Refused, match="the last 100"):
        labels.take("0", None, "benign", "w", False)


def test_a_label_that_cannot_be_written_down_is_not_taken(manifest):
    def full(_):
        raise DataError("The audit log cannot be written (full).")

    labels, watch, _ = labelling(manifest, full)
    labels.remember("r", None, Answered("w", "", ({"one": 1, "two": 0},)))
    for _ in range(2):
        with pytest.raises(Refused) as error:
            labels.take("r", None, "benign", "w", False)
        assert error.value.status == 503
    assert watch.drift().verdict == 1


def test_of_two_bundles_a_sentence_says_which_one_drifts(manifest):
    one, other = (
        SimpleNamespace(manifest=manifest, digest=letter * 64, reference=None) for letter in "ab"
    )
    alarm = SimpleNamespace(sentence="Images are darker.")
    found = SimpleNamespace(alarms=[alarm])
    watch = SimpleNamespace(drift=lambda: found)
    alone = Dispatcher([one], list, [watch])
    assert alone.drift() == ["Images are darker."]
    both = Dispatcher([one, other], list, [watch, watch])
    name = manifest.models[0].name
    assert both.drift() == [
        f"{name} of bundle {'a' * 16}: Images are darker.",
        f"{name} of bundle {'b' * 16}: Images are darker.",
    ]
