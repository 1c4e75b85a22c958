"""Masks as DICOM SEG and as NIfTI label maps, with the millimetres that the files state."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from bench.data.folders.manifest import is_for_segmentation
from bench.data.folders.reading import Reading
from bench.data.formats.images import read
from bench.data.formats.label_values import read_label_values
from bench.data.formats.picture import ONLY, Part
from bench.data.sets import folder
from bench.protocol.errors import DataError
from bench.protocol.label_maps import decode

SEG = "1.2.840.10008.5.1.4.1.1.66.4"
CT = "1.2.840.10008.5.1.4.1.1.2"
SHAPE = (12, 16)


def saved(file, kind):
    file.SOPClassUID = kind
    file.file_meta = FileMetaDataset()
    file.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    file.file_meta.MediaStorageSOPClassUID = kind
    buffer = BytesIO()
    file.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def sized(file, shape=SHAPE):
    file.Rows, file.Columns = shape
    file.SamplesPerPixel, file.PhotometricInterpretation = 1, "MONOCHROME2"
    file.PixelRepresentation = 0
    return file


def image(instance="1.2.3.4", frames=1, seed=0, z=None):
    file = sized(Dataset())
    if z is not None:
        file.ImagePositionPatient = [-10, 4.5, z]
    file.SOPInstanceUID = instance
    file.BitsAllocated = file.BitsStored = 8
    file.HighBit = 7
    file.PixelSpacing = [0.5, 0.25]
    if frames > 1:
        file.NumberOfFrames = frames
    pixels = np.random.default_rng(seed).integers(0, 256, (frames, *SHAPE))
    file.PixelData = pixels.astype(np.uint8).tobytes()
    return saved(file, CT)


def frame(number, instance="", of_frame=0, z=None):
    told = Dataset()
    if z is not None:
        told.PlanePositionSequence = [Dataset()]
        told.PlanePositionSequence[0].ImagePositionPatient = [-10, 4.5, z]
    told.SegmentIdentificationSequence = [Dataset()]
    told.SegmentIdentificationSequence[0].ReferencedSegmentNumber = number
    if instance:
        source = Dataset()
        source.ReferencedSOPInstanceUID = instance
        if of_frame:
            source.ReferencedFrameNumber = of_frame
        derived = Dataset()
        derived.SourceImageSequence = [source]
        told.DerivationImageSequence = [derived]
    return told


LABELS = ((1, "liver"), (2, "tumour"))


def seg(maps, frames, fractional=False, shape=SHAPE, listed=(), named=LABELS):
    file = sized(Dataset(), shape)
    file.SOPInstanceUID = generate_uid()
    file.SegmentationType = "FRACTIONAL" if fractional else "BINARY"
    file.SegmentSequence = []
    for number, label in named:
        segment = Dataset()
        segment.SegmentNumber, segment.SegmentLabel = number, label
        file.SegmentSequence.append(segment)
    file.NumberOfFrames = len(maps)
    file.PerFrameFunctionalGroupsSequence = frames
    if listed:
        series = Dataset()
        series.ReferencedInstanceSequence = []
        for instance in listed:
            series.ReferencedInstanceSequence.append(Dataset())
            series.ReferencedInstanceSequence[-1].ReferencedSOPInstanceUID = instance
        file.ReferencedSeriesSequence = [series]
    if fractional:
        file.BitsAllocated = file.BitsStored = 8
        file.HighBit, file.MaximumFractionalValue = 7, 200
        file.PixelData = np.stack(maps).astype(np.uint8).tobytes()
    else:
        file.BitsAllocated = file.BitsStored = 1
        file.HighBit = 0
        bits = np.packbits(np.stack(maps).ravel() > 0, bitorder="little").tobytes()
        file.PixelData = bits + b"\0" * (len(bits) % 2)
    return saved(file, SEG)


def region(top, bottom):
    drawn = np.zeros(SHAPE, np.uint8)
    drawn[top:bottom, 3:9] = 1
    return drawn


LIVER, TUMOUR = region(2, 9), region(5, 7)
BOTH = np.where(TUMOUR > 0, 2, LIVER)


def labels(data, of=None, part=ONLY):
    picture = None if of is None else read(Path("image.dcm"), of, part)
    return read_label_values(Path("mask.dcm"), data, part, picture)


def test_an_image_states_its_spacing():
    assert read(Path("image.dcm"), image()).spacing == (0.5, 0.25)


def test_segments_are_classes_with_their_labels_and_the_smaller_one_lies_above():
    found = labels(seg([LIVER, TUMOUR], [frame(1), frame(2)]), image())
    np.testing.assert_array_equal(found.values, BOTH)
    assert found.names == LABELS
    assert "segments overlap" in found.remarks[0]
    turned = labels(seg([TUMOUR, LIVER], [frame(1), frame(2)]), image())
    np.testing.assert_array_equal(turned.values, np.where(BOTH > 0, 3 - BOTH, 0))
    beside = labels(seg([region(2, 4), region(6, 9)], [frame(1), frame(2)]), image())
    assert beside.remarks == ()


def write_segments(root, named_of, n=15):
    """Images with the segments liver and tumour, in each file numbered as `named_of` says."""
    (root / "images").mkdir()
    (root / "masks").mkdir()
    for i in range(n):
        numbers = {label: number for number, label in named_of(i)}
        maps = {"liver": LIVER, "tumour": TUMOUR}
        drawn = [label for label in numbers if label in maps]
        data = seg(
            [maps[label] for label in drawn],
            [frame(numbers[label]) for label in drawn],
            named=named_of(i),
        )
        (root / f"images/{i}.dcm").write_bytes(image(f"1.2.{i}", seed=i))
        (root / f"masks/{i}.dcm").write_bytes(data)


def swapped(i):
    return LABELS if i % 3 else ((1, "tumour"), (2, "liver"))


def alone(i):
    return ((1, "tumour"),) if i % 3 == 0 else LABELS


def further(i):
    return ((1, "liver"), (2, "tumour"), (3, "kidney")) if i % 3 else LABELS


@pytest.mark.parametrize("named_of", [swapped, alone, further])
def test_labels_tell_what_segments_are_and_not_the_numbers_of_a_file(root, named_of):
    write_segments(root, named_of)
    data = folder.load(root, size=SHAPE[0], reading=Reading(task="segmentation"))
    names = data.target_names
    assert set(names) == {"background", "liver", "tumour"}
    cases = np.concatenate([part.case_ids for _, part in data.parts()]).tolist()
    for case, png in zip(cases, data.originals.pngs, strict=True):
        own = {label for _, label in named_of(int(case[7:-4]))}
        found = decode(png)
        np.testing.assert_array_equal(found == names.index("tumour"), TUMOUR > 0)
        liver = (BOTH == 1) if "liver" in own else np.zeros(SHAPE, bool)
        np.testing.assert_array_equal(found == names.index("liver"), liver)
    (root / "classes.toml").write_text('[classes]\n1 = "liver"\n2 = "tumour"')
    if named_of is not further:
        with pytest.raises(DataError, match=r"masks/\d+\.dcm: calls segment .*by number"):
            folder.load(root, size=SHAPE[0], reading=Reading(task="segmentation"))


def test_fractional_segments_are_cut_at_half_of_their_range_and_that_is_said():
    found = labels(seg([LIVER * 101, TUMOUR * 99], [frame(1), frame(2)], fractional=True), image())
    np.testing.assert_array_equal(found.values, LIVER)
    assert "fractional segments" in found.remarks[0]


def test_of_a_file_about_a_series_the_frames_of_the_image_are_taken():
    frames = [frame(1, "1.2.3.4"), frame(2, "1.2.3.5"), frame(1, "1.2.3.5")]
    data = seg([LIVER, TUMOUR, LIVER], frames, listed=["1.2.3.4", "1.2.3.5", "1.2.3.6"])
    np.testing.assert_array_equal(labels(data, image("1.2.3.4")).values, LIVER)
    np.testing.assert_array_equal(labels(data, image("1.2.3.5")).values, BOTH)
    assert not labels(data, image("1.2.3.6")).values.any()  # listed, and nothing in it
    with pytest.raises(DataError, match="does not say which of its frames"):
        labels(data, image("1.2.3.7"))


def test_frames_that_refer_to_no_image_are_those_that_lie_where_it_does():
    frames = [frame(1, z=5.0), frame(1, z=10.0), frame(2, z=10.0)]
    data = seg([region(1, 3), LIVER, TUMOUR], frames, listed=["1.2.3.4"] * 2 + ["1.2.3.6"])
    np.testing.assert_array_equal(labels(data, image(z=5.0)).values, region(1, 3))
    np.testing.assert_array_equal(labels(data, image(z=10.001)).values, BOTH)
    assert not labels(data, image("1.2.3.6", z=15.0)).values.any()  # listed, and nothing in it
    for other in (image(), image("1.2.3.7", z=15.0)):
        with pytest.raises(DataError, match="does not say which of its frames"):
            labels(data, other)
    bare = seg([region(1, 3), LIVER], [frame(1), frame(1)])
    with pytest.raises(DataError, match="does not say which of its frames"):
        labels(bare, image(z=5.0))
    film = seg([LIVER, TUMOUR], [frame(1), frame(2)])
    with pytest.raises(DataError, match="does not say which of its frames"):
        labels(film, image(frames=2), Part(frame=1))


def test_of_a_film_the_frames_that_refer_to_one_are_taken():
    frames = [frame(1, "1.2.3.4", 1), frame(2, "1.2.3.4", 2)]
    data = seg([LIVER, TUMOUR], frames)
    film = image(frames=3)
    np.testing.assert_array_equal(labels(data, film, Part(frame=2)).values, TUMOUR * 2)
    assert not labels(data, film, Part(frame=3)).values.any()


def test_segments_of_another_size_are_refused():
    data = seg([LIVER[:, :8]], [frame(1)], shape=(12, 8))
    with pytest.raises(DataError, match="the mask is 8×12 px, its image 16×12"):
        labels(data, image())


@pytest.mark.parametrize("cut", [200, 400, 900])
def test_a_file_that_is_cut_off_is_refused_in_one_sentence(cut):
    data = seg([LIVER, TUMOUR], [frame(1), frame(2)])
    with pytest.raises(DataError, match=r"mask\.dcm") as refused:
        labels(data[:-cut], image())
    assert "\n" not in str(refused.value)


def test_a_nifti_label_map_is_read_like_its_image():
    nibabel = pytest.importorskip("nibabel")
    affine = np.diag([0.5, 0.75, 3.0, 1.0])

    def volume(values):
        return nibabel.Nifti1Image(values, affine).to_bytes()

    values = np.random.default_rng(0).random((10, 8, 4)).astype(np.float32)
    classes = np.zeros((10, 8, 4), np.int16)
    classes[2:5, 1:4, 2] = 2
    classes[6, 6, 2] = 7
    part = Part(axis=2, index=2)
    picture = read(Path("a.nii"), volume(values), part)
    found = read_label_values(Path("b.nii"), volume(classes), part, picture)
    np.testing.assert_array_equal(found.values, np.rot90(classes[..., 2]))
    assert picture.spacing == (0.75, 0.5)
    with pytest.raises(DataError, match="labels below 0"):
        read_label_values(Path("b.nii"), volume(classes - 1), part, picture)
    with pytest.raises(DataError, match="labels up to 300"):
        read_label_values(Path("b.nii"), volume(classes * 150 // 7 * 2), part, picture)


def test_a_volume_of_fewer_slices_than_its_image_is_refused(tmp_path):
    nibabel = pytest.importorskip("nibabel")
    for name, slices in (("image", 5), ("mask", 4)):
        volume = np.random.default_rng(0).integers(0, 2, (8, 9, slices)).astype(np.uint8)
        nibabel.save(nibabel.Nifti1Image(volume, np.eye(4)), tmp_path / f"{name}.nii")
    picture = read(tmp_path / "image.nii", (tmp_path / "image.nii").read_bytes(), Part(index=2))
    mask = (tmp_path / "mask.nii").read_bytes()
    with pytest.raises(DataError, match=r"mask\.nii: the mask has 4 slices, its image 5"):
        read_label_values(tmp_path / "mask.nii", mask, Part(index=2), picture)


def test_a_segmentation_is_no_image():
    with pytest.raises(DataError, match=r"is a segmentation and no image\. Move it away"):
        read(Path("seg.dcm"), seg([LIVER], [frame(1)]))


def test_a_segment_that_is_not_listed_is_refused():
    with pytest.raises(DataError, match="show segment 3, which its list of segments does not have"):
        labels(seg([LIVER, TUMOUR], [frame(1), frame(3)]))


@pytest.mark.parametrize("told", [1, 3])
def test_frames_that_are_missing_or_told_of_twice_are_refused(told):
    frames = [frame(1), frame(2), frame(2)][:told]
    with pytest.raises(DataError, match=f"has 2 frames and tells of {told}"):
        labels(seg([LIVER, TUMOUR], frames))


def test_segmentations_of_a_folder_belong_to_the_images_that_they_refer_to(root):
    """As archives of DICOM are: a folder for each study, names that say nothing."""
    for i in range(12):
        study = root / f"study {i}"
        study.mkdir(parents=True)
        slices = [f"1.2.{i}.{k}" for k in range(3)]
        for k, instance in enumerate(slices):
            (study / f"IM{k}").write_bytes(image(instance, seed=10 * i + k))
        frames = [frame(1, slices[0]), frame(2, slices[1])]
        (study / "IM3").write_bytes(seg([region(1, 3 + i % 3), TUMOUR], frames, listed=slices[:2]))
    data = folder.load(root, 12, 0, "letterbox", (), Reading(task="segmentation"))
    assert data.target_names == ("background", "liver", "tumour")
    ids = np.concatenate([part.case_ids for _, part in data.parts()]).tolist()
    assert sorted(ids) == sorted(f"study {i}/IM{k}" for i in range(12) for k in range(2))
    shown = np.concatenate([part.targets.reshape(len(part), -1).max(1) for _, part in data.parts()])
    assert {int(name[-1]) + 1: int(value) for name, value in zip(ids, shown, strict=True)} == {
        1: 1,
        2: 2,
    }
    for place in root.glob("study */IM3"):
        place.unlink()
        place.write_bytes(seg([LIVER], [frame(1, "9.9")], listed=["9.9"]))
    with pytest.raises(DataError, match=r"12 DICOM segmentations are there, and refer to none"):
        folder.load(root, 12, 0, "letterbox", (), Reading(task="segmentation"))


def test_a_flat_folder_of_images_and_their_segmentations_is_for_segmentation(root):
    root.mkdir(parents=True, exist_ok=True)
    for i in range(4):
        (root / f"{i}.dcm").write_bytes(image(f"1.2.{i}", seed=i))
        (root / f"s{i}.dcm").write_bytes(seg([LIVER], [frame(1, f"1.2.{i}")]))
    assert is_for_segmentation(root)
    (root / "s0.dcm").unlink()
    (root / "again.dcm").write_bytes(image("1.2.1", seed=9))
    with pytest.raises(DataError, match=r"refers to an image that is there twice"):
        folder.load(root, 12, 0, "letterbox", (), Reading(task="segmentation"))
