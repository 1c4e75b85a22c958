"""DICOM files and NIfTI slices, made for the purpose."""

import gzip
import logging
import warnings
import zlib
from pathlib import Path

import nibabel
import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.dataset import FileMetaDataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    RLELossless,
    SecondaryCaptureImageStorage,
    generate_uid,
)

from bench.data.checks import patients
from bench.data.folders.manifest import cases
from bench.data.formats.images import decode, file_bytes
from bench.data.formats.kinds import is_image
from bench.data.formats.masks import read_mask
from bench.data.formats.picture import Part
from bench.data.sets import folder
from bench.protocol.errors import DataError

SECRET = "DOE^JANE-4711"
RAMP = np.tile(np.arange(0, 4000, 100), (8, 1))


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    cache = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("BENCH_CACHE", str(cache))
    return cache


def dicom(path: Path, values: np.ndarray, photometric: str = "MONOCHROME2", **tags) -> None:
    file = pydicom.Dataset()
    file.file_meta = FileMetaDataset()
    file.file_meta.TransferSyntaxUID = tags.pop("syntax", ExplicitVRLittleEndian)
    file.SOPClassUID = file.file_meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    file.SOPInstanceUID = file.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    bits = 8 if values.dtype == np.uint8 else 16
    colour = values.ndim > 2 and values.shape[-1] == 3
    file.Rows, file.Columns = values.shape[-3:-1] if colour else values.shape[-2:]
    file.SamplesPerPixel = 3 if colour else 1
    if colour:
        file.PlanarConfiguration = 0
    file.PhotometricInterpretation = photometric
    file.BitsAllocated = file.BitsStored = bits
    file.HighBit = bits - 1
    file.PixelRepresentation = int(values.dtype.kind == "i")
    file.PixelData = values.astype(f"<{values.dtype.kind}{bits // 8}").tobytes()
    for name, value in tags.items():
        setattr(file, name, value)
    path.parent.mkdir(parents=True, exist_ok=True)
    file.save_as(path, enforce_file_format=True)


def volume(path: Path, values: np.ndarray) -> None:
    nibabel.save(nibabel.Nifti1Image(values, np.eye(4)), path)


WINDOW = {
    "WindowCenter": 1000,
    "WindowWidth": 1000,
    "RescaleSlope": 1,
    "RescaleIntercept": -500,
}


def test_dicom_is_rescaled_windowed_and_inverted_as_it_says(tmp_path):
    dicom(tmp_path / "a.dcm", RAMP, **WINDOW)
    found = decode(tmp_path / "a.dcm")
    assert found.shape == RAMP.shape
    assert (found[RAMP - 500 <= 500] == 0).all()
    assert (found[RAMP - 500 >= 1500] == 255).all()
    assert abs(int(found[0, 15]) - 128) <= 2  # 1500 - 500 is the centre
    dicom(tmp_path / "b.dcm", RAMP, "MONOCHROME1", **WINDOW)
    np.testing.assert_array_equal(decode(tmp_path / "b.dcm"), 255 - found)


def test_negative_values_are_read_as_such(tmp_path):
    values = np.tile(np.arange(-1000, 1000, 50, dtype=np.int16), (8, 1))
    dicom(tmp_path / "a.dcm", values, WindowCenter=0.5, WindowWidth=2001)
    np.testing.assert_allclose(decode(tmp_path / "a.dcm"), (values + 1000) / 2000 * 255, atol=0.51)


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        ("LINEAR", lambda x: (x - 1999.5) / 999 + 0.5),
        ("LINEAR_EXACT", lambda x: (x - 2000) / 1000 + 0.5),
        ("SIGMOID", lambda x: 1 / (1 + np.exp(-4 * (x - 2000) / 1000))),
    ],
)
def test_windows_follow_their_function(tmp_path, function, expected):
    tags = {"WindowCenter": [2000, 40], "WindowWidth": [1000, 80], "VOILUTFunction": function}
    dicom(tmp_path / "a.dcm", RAMP, **tags)
    shown = 255 * np.clip(expected(RAMP.astype(float)), 0, 1)
    np.testing.assert_allclose(decode(tmp_path / "a.dcm"), shown, atol=0.51)


def test_a_lookup_table_of_values_of_interest_is_applied(tmp_path):
    item = pydicom.Dataset()
    item.LUTDescriptor = [40, 0, 8]
    item.LUTData = (255 - 6 * np.arange(40)).astype("<u2").tobytes()
    values = np.tile(np.arange(40), (8, 1))
    dicom(tmp_path / "a.dcm", values, VOILUTSequence=[item])
    np.testing.assert_array_equal(decode(tmp_path / "a.dcm"), 255 - 6 * values)


def test_a_window_that_an_image_does_not_fill_keeps_its_brightness(tmp_path):
    values = np.tile(np.arange(1000, 1100, 5), (8, 1))
    dicom(tmp_path / "a.dcm", values, WindowCenter=[2048, 40], WindowWidth=[4096, 80])
    np.testing.assert_allclose(decode(tmp_path / "a.dcm"), values / 4095 * 255, atol=1)


def test_padding_does_not_set_the_brightness(tmp_path):
    values = np.tile(np.arange(1000, 1100, 5), (20, 1))
    values[:5] = 0
    dicom(tmp_path / "a.dcm", values, PixelPaddingValue=0)
    found = decode(tmp_path / "a.dcm")
    assert (found[:5] == 0).all()
    assert found[10].min() <= 3
    assert found[10].max() >= 252


def test_colour_and_palettes_become_rgb(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (9, 7, 3)).astype(np.uint8)
    dicom(tmp_path / "rgb.dcm", pixels, "RGB")
    np.testing.assert_array_equal(decode(tmp_path / "rgb.dcm"), pixels)
    tables = {}
    for name, factor in (("Red", 1), ("Green", 2), ("Blue", 3)):
        tables[f"{name}PaletteColorLookupTableDescriptor"] = [64, 0, 16]
        table = (np.arange(64) * factor * 256).astype("<u2")
        tables[f"{name}PaletteColorLookupTableData"] = table.tobytes()
    index = np.tile(np.arange(64, dtype=np.uint8), (8, 1))
    dicom(tmp_path / "palette.dcm", index, "PALETTE COLOR", **tables)
    np.testing.assert_array_equal(
        decode(tmp_path / "palette.dcm"), np.stack([index, 2 * index, 3 * index], axis=2)
    )


@pytest.mark.parametrize("syntax", [RLELossless, JPEG2000Lossless])
def test_compressed_pixels_are_decoded(tmp_path, syntax):
    values = RAMP.astype(np.uint16)
    dicom(tmp_path / "plain.dcm", values)
    file = pydicom.dcmread(tmp_path / "plain.dcm")
    if syntax == RLELossless:
        file.compress(syntax)
    else:
        import io

        from pydicom.encaps import encapsulate

        buffer = io.BytesIO()
        Image.fromarray(values).save(buffer, "JPEG2000", irreversible=False, no_jp2=True)
        file.PixelData = encapsulate([buffer.getvalue()])
        file["PixelData"].VR = "OB"
        file.file_meta.TransferSyntaxUID = syntax
    file.save_as(tmp_path / "packed.dcm")
    np.testing.assert_array_equal(decode(tmp_path / "packed.dcm"), decode(tmp_path / "plain.dcm"))


def test_of_several_frames_one_has_to_be_named(tmp_path):
    frames = np.stack([RAMP, RAMP[:, ::-1], np.full_like(RAMP, 7)])
    dicom(tmp_path / "a.dcm", frames, NumberOfFrames=3)
    with pytest.raises(DataError, match=r"has 3 frames. Name one in the column 'frame'"):
        decode(tmp_path / "a.dcm")
    with pytest.raises(DataError, match="no frame 4"):
        decode(tmp_path / "a.dcm", part=Part(frame=4))
    first, second = (decode(tmp_path / "a.dcm", part=Part(frame=i)) for i in (1, 2))
    assert first[0, 0] < first[0, -1]
    np.testing.assert_array_equal(second, first[:, ::-1])


def test_what_is_no_image_or_expands_is_refused(tmp_path):
    dicom(tmp_path / "large.dcm", RAMP, Rows=60_000, Columns=60_000)
    with pytest.raises(DataError, match="3,600 million pixels"):
        decode(tmp_path / "large.dcm")
    dicom(tmp_path / "short.dcm", RAMP, Rows=500)
    with pytest.raises(DataError, match="cannot be read as DICOM"):
        decode(tmp_path / "short.dcm")
    dicom(tmp_path / "report.dcm", RAMP)
    file = pydicom.dcmread(tmp_path / "report.dcm")
    del file.PixelData
    file.save_as(tmp_path / "report.dcm")
    with pytest.raises(DataError, match="holds no image"):
        decode(tmp_path / "report.dcm")


@pytest.mark.slow
def test_deflated_files_are_read_unless_they_expand_to_any_size(tmp_path):
    dicom(tmp_path / "plain.dcm", RAMP, **WINDOW)
    dicom(tmp_path / "deflated.dcm", RAMP, syntax=DeflatedExplicitVRLittleEndian, **WINDOW)
    found = decode(tmp_path / "deflated.dcm")
    np.testing.assert_array_equal(found, decode(tmp_path / "plain.dcm"))
    content = (tmp_path / "deflated.dcm").read_bytes()
    start = 144 + int.from_bytes(content[140:144], "little")
    packing = zlib.compressobj(wbits=-15)
    bomb = [packing.compress(bytes(10**7)) for _ in range(51)]
    bomb.append(packing.flush())
    (tmp_path / "bomb.dcm").write_bytes(content[:start] + b"".join(bomb))
    with pytest.raises(DataError, match=r"expands to more than 0.5 GB"):
        decode(tmp_path / "bomb.dcm")
    (tmp_path / "cut.dcm").write_bytes(content[:-20])
    with pytest.raises(DataError, match="cut off"):
        decode(tmp_path / "cut.dcm")


def series(root: Path, names: list[str]) -> None:
    """Images in two class folders, each patient with three images, without file suffixes."""
    rng = np.random.default_rng(0)
    for i, name in enumerate(names):
        for k in range(3):
            values = rng.integers(0, 4000, (24, 20))
            tags = {"PatientID": name, "PatientName": SECRET, "PatientBirthDate": "19010203"}
            dicom(root / "ab"[i % 2] / f"IM{i:02d}{k}", values, **tags)


def test_patients_are_told_apart_and_kept_together(tmp_path):
    series(tmp_path / "set", [f"{SECRET}-{i}" for i in range(12)])
    data = folder.load(tmp_path / "set")
    patient = {}
    for _, part in data.parts():
        for case, group in zip(part.case_ids, part.groups, strict=True):
            patient.setdefault(case[4:6], set()).add(group)
    assert all(len(groups) == 1 for groups in patient.values())
    assert len(set.union(*patient.values())) == 12
    parts = [set(part.groups) for _, part in data.parts()]
    assert parts[0] & parts[1] == parts[0] & parts[2] == parts[1] & parts[2] == set()


@pytest.mark.slow
def test_the_same_files_give_the_same_groups_and_other_files_others(tmp_path, monkeypatch):
    series(tmp_path / "set", [f"{SECRET}-{i}" for i in range(12)])
    first = folder.load(tmp_path / "set")
    monkeypatch.setenv("BENCH_CACHE", str(tmp_path / "another"))
    assert folder.load(tmp_path / "set").fingerprint == first.fingerprint
    values = np.random.default_rng(9).integers(0, 4000, (24, 20))
    dicom(tmp_path / "set" / "a" / "IM000", values, PatientID=f"{SECRET}-0")
    groups = set(first.train.groups) | set(first.val.groups) | set(first.test.groups)
    again = folder.load(tmp_path / "set")
    assert groups.isdisjoint([*again.train.groups, *again.val.groups, *again.test.groups])


@pytest.mark.slow
@pytest.mark.parametrize("names", [["ANON"] * 12, ["ANON"] * 11 + [""], [""] * 12])
def test_placeholders_are_no_patients(tmp_path, names):
    series(tmp_path / "set", names)
    assert folder.load(tmp_path / "set").train.groups is None


def test_files_without_a_patient_stand_alone_and_are_told(tmp_path):
    series(tmp_path / "set", [f"p{i}" for i in range(11)] + [""])
    data = folder.load(tmp_path / "set")
    groups = np.concatenate([part.groups for _, part in data.parts()]).tolist()
    assert sorted(name for name in groups if not name.startswith("patient-")) == [
        "b/IM110",
        "b/IM111",
        "b/IM112",
    ]
    assert len(set(groups)) == 11 + 3
    found = patients.groups(data, ())
    assert found.level == "note"
    assert "3 of 36 images name no patient" in found.text
    assert "a patient of its own" in found.advice


def volumes(root: Path, split: list[str] | None = None) -> None:
    """Eight volumes in two classes, four slices of each in a manifest."""
    rng = np.random.default_rng(0)
    rows = ["path,label,axis,index" + (",split" if split else "")]
    for i in range(8):
        path = root / f"scan{i}.nii.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        volume(path, rng.random((16, 16, 6), dtype=np.float32))
        for k in range(4):
            part = f",{split[(i + k) % len(split)]}" if split else ""
            rows.append(f"scan{i}.nii.gz,{'ab'[i % 2]},2,{k + 1}{part}")
    (root / "manifest.csv").write_text("\n".join(rows))


def test_slices_of_a_volume_stay_together(tmp_path):
    volumes(tmp_path / "set")
    data = folder.load(tmp_path / "set")
    for _, part in data.parts():
        names, counts = np.unique(part.groups, return_counts=True)
        assert (counts == 4).all()
        assert [case.partition("#")[0] for case in part.case_ids] == part.groups.tolist()
        assert len(names)
    found = patients.groups(data, ())
    assert found.level == "note"
    assert found.text == "Not known; files stand for them: 8, each in one part, with 4 images each."


def test_slices_of_too_few_volumes_are_refused_with_what_can_be_done(tmp_path):
    (tmp_path / "set").mkdir()
    rng = np.random.default_rng(0)
    rows = ["path,label,axis,index"]
    for label in "ab":
        volume(tmp_path / "set" / f"{label}.nii.gz", rng.random((16, 16, 8)))
        rows += [f"{label}.nii.gz,{label},2,{k}" for k in range(8)]
    (tmp_path / "set" / "manifest.csv").write_text("\n".join(rows))
    with pytest.raises(DataError, match=r"'a' has 8 image.* of 1 patient.*column 'group'"):
        folder.load(tmp_path / "set")


def test_slices_of_a_volume_in_several_parts_are_refused_by_a_run_and_listed_by_a_check(tmp_path):
    volumes(tmp_path / "set", ["train", "val", "test"])
    with pytest.raises(DataError, match=r"'scan0.nii.gz' is in train and in val.*column 'split'"):
        folder.load(tmp_path / "set")
    problems = folder.Problems()
    data = folder.load(tmp_path / "set", problems=problems)
    assert problems.shared == [f"scan{i}.nii.gz" for i in range(8)]
    assert data.train.groups is None


@pytest.mark.slow
def test_nothing_that_identifies_a_patient_is_stored_or_said(tmp_path, own_cache, capfd, caplog):
    caplog.set_level(logging.DEBUG)
    series(tmp_path / "set", [f"{SECRET}-{i}" for i in range(12)])
    data = folder.load(tmp_path / "set")
    said = repr(data) + repr(data.provenance)
    broken = tmp_path / "set" / "a" / "IM000"
    content = broken.read_bytes()
    for damage in (content[:-30], content.replace(b"PN", b"US", 1), content[:400]):
        broken.write_bytes(damage)
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            try:
                folder.load(tmp_path / "set")
            except DataError as error:
                said += str(error) + repr(error.__cause__)
        said += "".join(str(w.message) for w in warned)
    told = capfd.readouterr()
    said += told.out + told.err + caplog.text
    stored = b"".join(p.read_bytes() for p in own_cache.rglob("*") if p.is_file())
    wide = SECRET.encode("utf-32-le")  # as NumPy stores text
    for secret in ("DOE", "4711", "19010203"):
        assert secret not in said
        assert secret.encode() not in stored
    assert wide not in stored
    assert stored


def test_slices_of_a_volume_are_named_by_axis_and_index(tmp_path):
    values = np.random.default_rng(0).normal(size=(6, 8, 5)) * 100
    for name in ("a.nii", "b.nii.gz"):
        volume(tmp_path / name, values)
        for axis in range(3):
            found = decode(tmp_path / name, part=Part(axis=axis, index=2))
            expected = np.rot90(values.take(2, axis))
            assert found.shape == expected.shape
            order = np.argsort(expected, axis=None)
            assert (np.diff(found.ravel()[order].astype(int)) >= 0).all()
        middle = decode(tmp_path / name)
        np.testing.assert_array_equal(middle, decode(tmp_path / name, part=Part(axis=2, index=2)))
    with pytest.raises(DataError, match="no slice 9 along axis 0; it has 6"):
        decode(tmp_path / "a.nii", part=Part(axis=0, index=9))


def test_volumes_of_other_kinds_are_refused(tmp_path):
    volume(tmp_path / "four.nii", np.zeros((4, 4, 4, 3)))
    with pytest.raises(DataError, match="4 dimensions"):
        decode(tmp_path / "four.nii")
    volume(tmp_path / "one.nii", np.arange(64.0).reshape(8, 8, 1, 1))
    assert decode(tmp_path / "one.nii").shape == (8, 8)
    volume(tmp_path / "cut.nii.gz", np.random.default_rng(0).normal(size=(9, 9, 9)))
    (tmp_path / "cut.nii.gz").write_bytes((tmp_path / "cut.nii.gz").read_bytes()[:-900])
    with pytest.raises(DataError, match="compression is damaged"):
        decode(tmp_path / "cut.nii.gz")
    volume(tmp_path / "bomb.nii", np.zeros((4, 4, 4), np.uint8))
    header = bytearray((tmp_path / "bomb.nii").read_bytes())
    header[42:48] = np.array([3000, 3000, 3000], "<i2").tobytes()
    (tmp_path / "bomb.nii.gz").write_bytes(gzip.compress(bytes(header)))
    with pytest.raises(DataError, match=r"expands to 27.0 GB"):
        decode(tmp_path / "bomb.nii.gz")


def test_a_manifest_makes_cases_of_slices_with_masks_that_follow(tmp_path):
    rng = np.random.default_rng(0)
    rows = ["path,label,axis,index,mask,group"]
    for i in range(12):
        values = rng.normal(size=(16, 16, 4))
        lesion = np.zeros((16, 16, 4), np.int16)
        lesion[4:8, 2:6, 3] = 1
        volume(tmp_path / f"{i}.nii.gz", values)
        volume(tmp_path / f"{i}-lesion.nii", lesion)
        for index in (1, 3):
            rows.append(f"{i}.nii.gz,{'ab'[i % 2]},2,{index},{i}-lesion.nii,p{i}")
    (tmp_path / "manifest.csv").write_text("\n".join(rows))
    assert cases(tmp_path).cases[1].id == "0.nii.gz#axis=2,index=3"
    data = folder.load(tmp_path, size=16)
    assert data.image_shape == (16, 16, 2)
    for _, part in data.parts():
        for image, case in zip(part.images, part.case_ids, strict=True):
            assert (image[..., 1] > 0).sum() == (16 if case.endswith("index=3") else 0)


def test_the_mask_of_a_frame_is_the_same_frame(tmp_path):
    pages = [Image.fromarray(np.full((8, 8), 90 * i, np.uint8)) for i in range(3)]
    pages[0].save(tmp_path / "m.tif", save_all=True, append_images=pages[1:])
    data = file_bytes(tmp_path / "m.tif")
    inside = [read_mask(tmp_path / "m.tif", data, Part(frame=i)).inside.all() for i in (1, 2, 3)]
    assert inside == [False, True, True]
    pages[1].save(tmp_path / "one.png")
    assert read_mask(
        tmp_path / "one.png", file_bytes(tmp_path / "one.png"), Part(frame=3)
    ).inside.all()


def test_dicom_files_are_known_by_their_first_bytes(tmp_path):
    dicom(tmp_path / "1.2.840.113", RAMP)
    (tmp_path / "notes").write_text("no image")
    assert is_image(tmp_path / "1.2.840.113")
    assert not is_image(tmp_path / "notes")
    assert decode(tmp_path / "1.2.840.113").shape == RAMP.shape
