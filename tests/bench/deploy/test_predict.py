import csv
import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bench.cli.main import run_command
from bench.data.formats.dicom_display import OF_BEFORE
from bench.deploy.asking import Target
from bench.deploy.bundle import load_bundle
from bench.deploy.listing import places
from bench.deploy.manifest import InputRules
from bench.deploy.pictures import DEEPER, SHALLOWER, STRETCHED, Unread, images_of
from bench.deploy.predicting import predict
from bench.deploy.prediction_file import refuse_loss
from bench.deploy.serve.uploads import Upload, _images
from bench.protocol.errors import DataError, UsageError
from tests.bench.data.formats.dicom_files import write as write_dicom
from tests.bench.deploy import small_data

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return small_data.write_folder(tmp_path_factory.mktemp("data") / "lumps")


@pytest.fixture(scope="module")
def path(folder, tmp_path_factory):
    return small_data.train(folder, tmp_path_factory.mktemp("bundles") / "a.bench")


@pytest.fixture(scope="module")
def bundle(path):
    with load_bundle(path, allow_unsigned=True) as loaded:
        yield loaded


@pytest.fixture
def new(tmp_path):
    """A folder of new images, as they may come."""
    root = tmp_path / "new"
    (root / "deeper").mkdir(parents=True)
    benign, malignant = small_data.images(3, seed=5).values()
    Image.fromarray(benign[0]).save(root / "a.png")
    Image.fromarray(malignant[0]).save(root / "deeper" / "b.tiff")
    pages = [Image.fromarray(picture) for picture in malignant]
    pages[0].save(root / "pages.tif", save_all=True, append_images=pages[1:])
    write_dicom(root / "c.dcm", benign[1], PatientName="Doe^John")
    return root


def read(file):
    with open(file, newline="", encoding="utf-8") as opened:
        return list(csv.DictReader(opened))


def ignore(done, of):
    pass


def test_every_image_and_every_frame_has_a_row(bundle, new, tmp_path):
    out = tmp_path / "p.csv"
    summary = predict(bundle, places([new]), out, ignore)
    rows = read(out)
    assert [row["case"] for row in rows] == [
        *("a.png", "c.dcm", "deeper/b.tiff"),
        *(f"pages.tif#frame={frame}" for frame in (1, 2, 3)),
    ]
    assert (summary.predicted, summary.unread) == (6, [])
    first = rows[0]
    assert first["sha256"] == hashlib.sha256((new / "a.png").read_bytes()).hexdigest()
    assert first["bundle"] == bundle.digest
    assert abs(float(first["benign"]) + float(first["malignant"]) - 1) < 1e-12
    assert first["decision"] in small_data.CLASSES
    assert set(first["conformal_set"].split(" | ")) <= {*small_data.CLASSES, "nothing"}
    assert 0 <= float(first["unlike_percentile"]) <= 100
    assert rows[1]["remarks"] == "tags that identify a patient: PatientName"
    assert summary.remarks == {rows[1]["remarks"]: 1}


def test_an_image_is_read_as_in_the_training(bundle, folder, tmp_path):
    out = tmp_path / "p.csv"
    predict(bundle, places([folder]), out, ignore)
    pictures = small_data.images(30)
    images = np.concatenate([pictures[name] for name in small_data.CLASSES])[..., None]
    p = bundle.predict(images)
    found = [[float(row[name]) for name in small_data.CLASSES] for row in read(out)]
    np.testing.assert_array_equal(found, p)


def test_what_cannot_be_read_costs_itself(path, new, tmp_path, capsys):
    (new / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    out = tmp_path / "p.csv"
    assert run_command(["predict", str(path), str(new), "--allow-unsigned", "--out", str(out)]) == 1
    shown = capsys.readouterr()
    assert "broken.png" in shown.out
    assert "6 images predicted" in shown.out
    assert "UNSIGNED" in shown.err
    assert "Not a medical device" in shown.err
    assert len(read(out)) == 6


def test_what_was_filled_in_since_is_not_written_over(path, bundle, new, tmp_path, capsys):
    out = tmp_path / "p.csv"
    command = ["predict", str(path), str(new), "--allow-unsigned", "--out", str(out)]
    predict(bundle, places([new]), out, ignore)
    refuse_loss(out, {})  # nobody wrote into it
    rows = read(out)
    rows[1]["label"] = "malignant"
    with open(out, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    filled = out.read_bytes()
    capsys.readouterr()
    assert run_command(command) == 2
    assert "holds what was filled in since, as the label 'malignant' of c.dcm" in (
        capsys.readouterr().err
    )
    assert out.read_bytes() == filled


def test_a_name_that_is_not_utf8_costs_itself(bundle, new, tmp_path):
    odd = Path(os.fsdecode(os.fsencode(new) + b"/l\xe9.png"))
    odd.write_bytes((new / "a.png").read_bytes())
    out = tmp_path / "p.csv"
    for names, n in ([new], 6), ([odd, new / "a.png"], 1):
        (unread,) = predict(bundle, places(names), out, ignore).unread
        assert unread.error.startswith(f"Folder {new}: ")
        assert unread.error.endswith(r"the name of the file l\xe9.png is not UTF-8. Rename it.")
        assert len(read(out)) == n


def test_a_line_of_a_manifest_whose_file_is_missing_costs_itself(bundle, new, tmp_path):
    (new / "manifest.csv").write_text("path,mask\na.png,\ngone.png,\nc.dcm,gone_mask.png\n")
    out = tmp_path / "p.csv"
    first, second = predict(bundle, places([new]), out, ignore).unread
    assert "manifest.csv, line 3: there is no file gone.png." in first.error
    assert "manifest.csv, line 4: there is no file gone_mask.png." in second.error
    assert [row["case"] for row in read(out)] == ["a.png"]


def test_where_nothing_can_be_read_the_first_reason_is_said(new, tmp_path):
    (new / "manifest.csv").write_text("path\nb/a.png\nb/b.png\n")
    with pytest.raises(DataError, match=r"line 2: there is no file b/a\.png"):
        places([new])
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / os.fsdecode(b"l\xe9.png")).write_bytes((new / "a.png").read_bytes())
    with pytest.raises(DataError, match="is not UTF-8"):
        places([tmp_path / "odd"])


def interrupt(bundle, folder, out, after=1):
    """Predict until so many files are done."""

    def stop(done, of):
        if done >= after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        predict(bundle, places([folder]), out, stop)


def test_an_interrupted_command_goes_on_where_it_was(bundle, folder, tmp_path, monkeypatch):
    from bench.deploy import predicting

    monkeypatch.setattr(predicting, "FIRST_BATCH", 16)
    monkeypatch.setattr(predicting, "BATCH", 20)
    monkeypatch.setattr(predicting, "LARGEST_BATCH", 20)
    whole, out = tmp_path / "whole.csv", tmp_path / "p.csv"
    predict(bundle, places([folder]), whole, ignore)
    interrupt(bundle, folder, out, after=36)
    assert not out.exists()
    rows = tmp_path / ".incomplete-p.csv"
    rows.write_bytes(rows.read_bytes() + b"half a row,")  # of a write that was cut off
    summary = predict(bundle, places([folder]), out, ignore)
    assert summary.resumed == 36
    assert out.read_bytes() == whole.read_bytes()
    assert not list(tmp_path.glob(".incomplete-*"))


@pytest.fixture
def small_batches(monkeypatch):
    from bench.deploy import predicting

    monkeypatch.setattr(predicting, "BATCH", 2)
    monkeypatch.setattr(predicting, "LARGEST_BATCH", 2)
    monkeypatch.setattr(predicting, "FIRST_BATCH", 2)


def test_what_was_said_of_the_first_batches_is_said_after_an_interruption(
    bundle, new, tmp_path, small_batches
):
    (new / "a_bad.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    Image.new("L", (24, 24), 255).save(new / "a_white.png")
    (new / "manifest.csv").write_text(
        "path,label\na_bad.png,\na_white.png,begnin\nc.dcm,\na.png,benign\ndeeper/b.tiff,begnin\n"
    )
    out = tmp_path / "p.csv"
    whole = predict(bundle, places([new]), tmp_path / "whole.csv", ignore)
    assert [one.name for one in whole.unread] == ["a_bad.png"]
    assert whole.unlike
    assert (sum(whole.remarks.values()), whole.unknown) == (1, {"begnin": 2})
    interrupt(bundle, new, out, after=4)
    assert predict(bundle, places([new]), out, ignore) == replace(whole, resumed=4)


def test_images_that_were_exchanged_since_are_asked_about_anew(
    bundle, new, tmp_path, small_batches
):
    out = tmp_path / "p.csv"
    interrupt(bundle, new, out, after=2)
    about = (new / "a.png").stat()
    picture = (new / "a.png").read_bytes()
    (new / "a.png").unlink()
    Image.fromarray(small_data.images(1, seed=9)["malignant"][0]).save(new / "a.png")
    changed = (new / "a.png").read_bytes()
    assert changed != picture
    os.utime(new / "a.png", ns=(about.st_atime_ns, about.st_mtime_ns))  # as a copy keeps it
    assert predict(bundle, places([new]), out, ignore).resumed == 0
    assert read(out)[0]["sha256"] == hashlib.sha256(changed).hexdigest()


def test_a_mask_that_was_exchanged_is_noticed_too(bundle, tmp_path):
    from bench.deploy.predicting import _of

    Image.new("L", (24, 24)).save(tmp_path / "a.png")
    Image.new("L", (24, 24)).save(tmp_path / "a_mask.png")
    found = [places([tmp_path / "a.png"])]
    before = _of(bundle, found, None)
    assert _of(bundle, found, None) == before
    assert _of(bundle, found, tmp_path / "pictures") != before
    Image.new("L", (24, 24), 255).save(tmp_path / "a_mask.png")
    assert _of(bundle, found, None) != before


def test_a_graph_and_a_device_are_told_apart():
    targets = [
        Target(Path("a.bench"), "digest"),
        Target(Path("a.bench"), "digest", "cuda"),
        Target(Path("a.bench"), "digest", graph=(Path("a.onnx"), "another digest")),
    ]
    assert len({target.asked for target in targets}) == 3
    assert Target(Path("moved.bench"), "digest").asked == targets[0].asked


def test_another_command_begins_anew(bundle, folder, new, tmp_path, monkeypatch):
    from bench.deploy import predicting

    monkeypatch.setattr(predicting, "BATCH", 20)
    out = tmp_path / "p.csv"
    interrupt(bundle, folder, out)
    assert predict(bundle, places([new]), out, ignore).resumed == 0
    assert len(read(out)) == 6


def test_batches_of_another_size_begin_anew(bundle, folder, tmp_path, monkeypatch):
    from bench.deploy import predicting

    monkeypatch.setattr(predicting, "BATCH", 20)
    out = tmp_path / "p.csv"
    interrupt(bundle, folder, out)
    monkeypatch.setattr(predicting, "LARGEST_BATCH", 20)
    every = places([folder])
    summary = predict(bundle, every, out, ignore)
    assert (summary.resumed, summary.predicted) == (0, len(every))


def test_the_file_is_compared_as_it_is_once_labels_are_known(bundle, folder, tmp_path, capsys):
    out = tmp_path / "p.csv"
    predict(bundle, places([folder]), out, ignore)
    rows = read(out)
    for row in rows:
        row["label"] = row["case"].split("/")[0]
    again = [{**row, "model": "another"} for row in rows]
    with open(out, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows + again)
    assert run_command(["compare", str(out), "--positive", "malignant"]) == 0
    shown = capsys.readouterr().out
    assert "mean-brightness" in shown
    assert "calibrated" not in shown


def test_a_manifest_says_which_files_are_meant_and_needs_no_labels(new):
    (new / "manifest.csv").write_text("path,frame\npages.tif,2\na.png,\n")
    found = places([new])
    assert [(place.case.path, place.case.frame) for place in found] == [
        ("pages.tif", 2),
        ("a.png", None),
    ]


def test_images_of_several_folders_are_named_after_them(new, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    Image.new("L", (24, 24)).save(other / "a.png")
    names = [place.name for place in places([new, other])]
    assert "new/a.png" in names
    assert "other/a.png" in names


def test_what_is_named_is_there_an_image_and_named_once(new, tmp_path):
    with pytest.raises(DataError, match=r"a\.pn: does not exist.*a\.png"):
        places([new / "a.pn"])
    (tmp_path / "notes.txt").write_text("no image")
    with pytest.raises(DataError, match=r"notes\.txt: is no image"):
        places([tmp_path / "notes.txt"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="holds no images"):
        places([tmp_path / "empty"])
    with pytest.raises(UsageError, match="named twice"):
        places([new / "a.png", new / "a.png"])


def test_an_image_is_named_once_by_whatever_path(new, tmp_path):
    (tmp_path / "linked").symlink_to(new)
    for second in (new / "deeper" / ".." / "a.png", tmp_path / "linked" / "a.png", new):
        with pytest.raises(UsageError, match=r"a\.png.* is named twice"):
            places([new / "a.png", second])
    with pytest.raises(UsageError, match=r"deeper/b\.tiff \(also as new/deeper/b\.tiff\) is named"):
        places([new, new / "deeper"])
    assert len(places([new / "a.png", new / "deeper"])) == 2
    (new / "manifest.csv").write_text("path,frame\npages.tif,2\npages.tif,3\n")
    assert len(places([new])) == 2


def test_where_only_frames_are_of_one_file_nobody_knows_the_patients(
    path, bundle, new, tmp_path, capsys
):
    out = tmp_path / "p.csv"
    predict(bundle, places([new]), out, ignore)
    rows = read(out)
    groups = [row["group"] for row in rows]
    assert groups[:3] == ["", "", ""]
    assert len(set(groups[3:])) == 1
    assert groups[3].startswith("case-")
    for row in rows:
        row["label"] = small_data.CLASSES["b.tiff" in row["case"] or "frame=2" in row["case"]]
    with open(out, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    assert run_command(["compare", str(out), "--positive", "malignant", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["patients"] is None
    command = ["monitor", str(path), str(out), "--allow-unsigned"]
    assert run_command([*command, "--out", str(tmp_path / "m.html")]) == 0
    assert "4 of 6 images count" in capsys.readouterr().out


def test_a_colour_image_is_reduced_to_gray_and_that_is_said(bundle, tmp_path):
    colours = np.zeros((24, 24, 3), np.uint8)
    colours[..., 0] = 200
    Image.fromarray(colours).save(tmp_path / "red.png")
    out = tmp_path / "p.csv"
    predict(bundle, places([tmp_path / "red.png"]), out, ignore)
    assert "reduced to gray" in read(out)[0]["remarks"]


def test_the_bits_of_the_training_images_are_kept(tmp_path):
    root = tmp_path / "deep"
    for c, name in enumerate(small_data.CLASSES):
        (root / name).mkdir(parents=True)
        for i in range(20):
            picture = np.full((24, 24), 1000 + 40 * i + 500 * c, np.uint16)
            picture[0, 0] = 4095  # 12 bits
            Image.fromarray(picture).save(root / name / f"{i}.png")
    out = small_data.train(root, tmp_path / "deep.bench")
    dark = np.full((24, 24), 800, np.uint16)
    Image.fromarray(dark).save(tmp_path / "dark.png")
    with load_bundle(out, allow_unsigned=True) as loaded:
        assert loaded.manifest.input.bits == 12
        predict(loaded, places([tmp_path / "dark.png"]), tmp_path / "p.csv", ignore)
    assert float(read(tmp_path / "p.csv")[0]["brightness"]) == 800 >> 4


def of_depth(bits):
    """How files become images for a bundle whose training images have so many bits."""
    return InputRules(24, 24, 1, "letterbox", bits=bits)


def one_image(path, rules):
    """What becomes of a file."""
    (found,) = images_of(places([path])[0], rules)
    return found


@pytest.mark.parametrize("bits", [9, 11, 12, 14])
def test_an_image_spread_over_more_bits_than_the_training_images_is_left_out(bits, tmp_path):
    gray = np.random.default_rng(0).integers(0, 256, (24, 24)).astype(np.uint16)
    gray[:, :20] = 0  # most of it is background
    Image.fromarray(gray * 257).save(tmp_path / "spread.png")
    found = one_image(tmp_path / "spread.png", of_depth(bits))
    assert isinstance(found, Unread)
    assert f"take 16 bits, those of the training images {bits}" in found.error
    assert f"Save it in {bits} bits" in found.error
    served = _images(Upload((tmp_path / "spread.png").read_bytes()), of_depth(bits))
    assert "would come out white" in served


def test_an_image_of_one_bit_more_is_left_out_where_much_of_it_is_cut_off(tmp_path):
    picture = np.full((24, 24), 3000, np.uint16)
    picture[:2] = 5000  # 8 %
    Image.fromarray(picture).save(tmp_path / "brighter.png")
    Image.fromarray(picture + 1096).save(tmp_path / "white.png")
    brighter = one_image(tmp_path / "brighter.png", of_depth(12))
    assert brighter.remarks == (DEEPER,)
    assert sorted(np.unique(brighter.pixels)) == [3000 >> 4, 255]
    assert isinstance(one_image(tmp_path / "white.png", of_depth(12)), Unread)


def test_an_image_that_comes_out_all_but_black_has_a_remark(tmp_path):
    gray = np.random.default_rng(0).integers(0, 256, (24, 24))
    Image.fromarray((gray << 4).astype(np.uint16)).save(tmp_path / "of_12.png")
    Image.fromarray(gray.astype(np.uint8)).save(tmp_path / "of_8.png")
    assert one_image(tmp_path / "of_12.png", of_depth(16)).remarks == (SHALLOWER,)
    assert one_image(tmp_path / "of_12.png", of_depth(14)).remarks == ()
    assert one_image(tmp_path / "of_8.png", of_depth(16)).remarks == ()


def test_a_dicom_file_of_8_bits_is_the_picture_that_its_pixels_are(tmp_path):
    gray = small_data.images(1)["benign"][0]
    Image.fromarray(gray).save(tmp_path / "a.png")
    path = write_dicom(tmp_path / "a.dcm", gray)
    png = one_image(tmp_path / "a.png", of_depth(8))
    found = one_image(path, of_depth(8))
    np.testing.assert_array_equal(found.pixels, png.pixels)
    (served,) = _images(Upload(path.read_bytes()), of_depth(8))
    np.testing.assert_array_equal(served.pixels, png.pixels)


def test_a_bundle_of_the_earlier_rule_goes_on_reading_by_it_and_says_so(tmp_path):
    gray = np.tile(np.arange(80, 104, dtype=np.uint8), (24, 1))
    path = write_dicom(tmp_path / "a.dcm", gray)
    rules = replace(of_depth(8), reading=1)
    found = one_image(path, rules)
    assert (found.pixels.min(), found.pixels.max()) == (0, 255)
    assert OF_BEFORE in found.remarks
    (served,) = _images(Upload(path.read_bytes()), rules)
    np.testing.assert_array_equal(served.pixels, found.pixels)
    assert OF_BEFORE in served.remarks


@pytest.mark.parametrize(("trained", "said"), [(False, True), (True, False), (None, False)])
def test_an_image_that_was_stretched_as_no_training_image_was_has_a_remark(trained, said, tmp_path):
    rules = replace(of_depth(8), stretched=trained)
    path = write_dicom(tmp_path / "a.dcm", np.tile(np.arange(24) * 9, (24, 1)), stored=12)
    assert (STRETCHED in one_image(path, rules).remarks) == said
    window = {"WindowCenter": "128", "WindowWidth": "256"}
    with_one = write_dicom(tmp_path / "b.dcm", np.tile(np.arange(24) * 9, (24, 1)), **window)
    assert STRETCHED not in one_image(with_one, rules).remarks


def test_a_bundle_knows_that_its_training_images_were_not_stretched(bundle):
    assert bundle.manifest.input.stretched is False
    assert bundle.manifest.input.reading == 2


def test_an_image_of_more_bits_than_pictures_have_is_left_out(bundle, tmp_path):
    gray = np.random.default_rng(0).integers(0, 256, (24, 24)).astype(np.uint16)
    Image.fromarray(gray * 257).save(tmp_path / "deep.png")
    Image.fromarray(gray).save(tmp_path / "as_8.png")  # 16 bits of which 8 are used
    summary = predict(bundle, places([tmp_path]), tmp_path / "p.csv", ignore)
    assert [one.name for one in summary.unread] == ["deep.png"]
    assert "take 16 bits, those of the training images 8" in summary.unread[0].error
    (row,) = read(tmp_path / "p.csv")
    assert float(row["brightness"]) == pytest.approx(gray.mean(), abs=1e-3)


def test_new_images_have_the_masks_that_training_images_would_have(tmp_path):
    several = "0_flair", "0_seg", "1_flair", "1_t1", "1_seg", "2", "2_seg"
    for name in (*several, "3", "3_GT", "image_4", "mask_4", "5_gt"):
        Image.new("L", (24, 24), 255).save(tmp_path / f"{name}.png")
    expected = {"0_flair": "0_seg", "2": "2_seg", "3": "3_GT", "image_4": "mask_4"}
    for name, mask in expected.items():
        assert places([tmp_path / f"{name}.png"])[0].case.masks == (f"{mask}.png",)
    assert places([tmp_path / "1_t1.png"])[0].case.masks == ()
    for name in ("image", "mask"):
        (tmp_path / "case").mkdir(exist_ok=True)
        Image.new("L", (24, 24), 255).save(tmp_path / "case" / f"{name}.png")
    assert places([tmp_path / "case" / "image.png"])[0].case.masks == ("mask.png",)
    listed = {place.case.path: place.case.masks for place in places([tmp_path])}
    assert listed == {
        "case/image.png": ("case/mask.png",),
        "0_flair.png": ("0_seg.png",),
        "1_flair.png": (),
        "1_seg.png": (),
        "1_t1.png": (),
        "2.png": ("2_seg.png",),
        "3.png": ("3_GT.png",),
        "5_gt.png": (),
        "image_4.png": ("mask_4.png",),
    }


def test_a_bundle_with_masks_wants_one_of_every_image(tmp_path):
    root = small_data.write_folder(tmp_path / "masked", n=15)
    for name in small_data.CLASSES:
        for file in sorted((root / name).glob("*.png")):
            Image.new("L", (24, 24), 255).save(file.with_name(f"{file.stem}_mask.png"))
    out = small_data.train(root, tmp_path / "masked.bench")
    without = small_data.train(root, tmp_path / "without.bench", "--without-masks")
    lonely = tmp_path / "lonely.png"
    Image.fromarray(small_data.images(1)["benign"][0]).save(lonely)
    with load_bundle(out, allow_unsigned=True) as loaded:
        assert loaded.manifest.input.channels == 2
        summary = predict(loaded, places([root, lonely]), tmp_path / "p.csv", ignore)
        assert summary.predicted == 30
        (unread,) = summary.unread
        assert "there is none of this image" in unread.error
        Image.new("L", (24, 24), 255).save(tmp_path / "lonely_seg.png")
        assert predict(loaded, places([lonely]), tmp_path / "q.csv", ignore).predicted == 1
    with load_bundle(without, allow_unsigned=True) as loaded:
        assert loaded.manifest.input.channels == 1
        assert predict(loaded, places([lonely]), tmp_path / "p.csv", ignore).predicted == 1


def test_a_method_that_cannot_say_where_it_looks_is_refused(path, new, tmp_path, capsys):
    command = ["predict", str(path), str(new), "--allow-unsigned", "--explain", str(tmp_path / "h")]
    assert run_command(command) == 2
    assert "mean-brightness cannot say where it looks" in capsys.readouterr().err


def test_the_manifest_is_json_that_names_what_is_frozen(path, capsys):
    assert run_command(["bundle", "show", str(path), "--allow-unsigned", "--json"]) == 0
    table = json.loads(capsys.readouterr().out)
    assert table["input"]["resize"] == "letterbox"
    (model,) = table["models"]
    assert set(model["operating"]) >= {"threshold", "slope", "intercepts", "quantiles"}
    assert model["name"] == "mean-brightness"
