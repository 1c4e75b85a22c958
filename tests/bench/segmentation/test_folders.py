"""Masks as people have them: by folders, names, manifests and values; and what is refused."""

import struct
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bench.data.folders.manifest import is_for_segmentation
from bench.data.folders.reading import Reading
from bench.data.sets import folder
from bench.data.sets.problems import Problems
from bench.protocol.errors import DataError, DataUnsuitable
from bench.protocol.label_maps import decode


def image(i, shape=(24, 32)):
    return np.random.default_rng(i).integers(0, 256, shape).astype(np.uint8)


def labels(i, values=(128, 255)):
    drawn = np.zeros((24, 32), np.uint8)
    drawn[4:16, 4 + i % 8 : 20] = values[0]
    drawn[8:12, 12:18] = values[-1]
    return drawn


def save(path, pixels, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, **options)


def write(root, masks=labels, n=30, header="path,mask", mask="masks/{}.png"):
    rows = [header]
    for i in range(n):
        save(root / f"images/{i}.png", image(i))
        save(root / mask.format(i), masks(i))
        rows.append(f"images/{i}.png,{mask.format(i)}")
    (root / "manifest.csv").write_text("\n".join(rows) + "\n")


def load(root, **options):
    return folder.load(root, size=32, reading=Reading(task="segmentation"), **options)


def test_classes_are_the_values_of_the_masks(root):
    write(root)
    data = load(root)
    assert data.target_names == ("background", "value 128", "value 255")
    row = int(Path(data.test.case_ids[0]).stem)
    last = decode(data.originals.pngs[len(data.train) + len(data.val)])
    np.testing.assert_array_equal(last, labels(row) // 127)
    np.testing.assert_array_equal(data.test.targets[0][4:28], last)
    assert not data.test.targets[0][:4].any()  # the border of the letterbox
    assert load(root).fingerprint == data.fingerprint


@pytest.mark.parametrize("how", ["comment", "toml"])
def test_classes_may_be_named(root, how):
    write(root, labels)
    if how == "comment":
        text = (root / "manifest.csv").read_text()
        named = "# classes: 0=background, 128=cytoplasm, 255=nucleus\n"
        (root / "manifest.csv").write_text(named + text)
    else:
        text = '[classes]\n128 = "cytoplasm"\n255 = "nucleus"\n'
        (root / "classes.toml").write_text(text)
    assert load(root).target_names == ("background", "cytoplasm", "nucleus")


@pytest.mark.parametrize("name", ["classes.toml", "Classes.toml", "CLASSES.TOML"])
def test_a_file_of_names_is_found_in_any_case_and_is_not_told_as_left_out(root, name):
    write(root)
    (root / "manifest.csv").unlink()
    (root / name).write_text('[classes]\n128 = "cytoplasm"\n255 = "nucleus"\n')
    (root / "notes.toml").write_text("")
    data = load(root)
    assert data.target_names == ("background", "cytoplasm", "nucleus")
    told = next(finding.text for finding in data.files.said if finding.check == "left-out")
    assert told == "1 file left out: .toml (1)."
    (root / "notes.toml").unlink()
    told = next(finding.text for finding in load(root).files.said if finding.check == "left-out")
    assert told == "None."


def test_the_description_that_names_the_classes_is_not_told_as_left_out(root):
    write(root, lambda i: labels(i, (1, 2)))
    (root / "manifest.csv").unlink()
    (root / "Dataset.json").write_text('{"labels": {"background": 0, "cell": 1, "nucleus": 2}}')
    data = load(root)
    assert data.target_names == ("background", "cell", "nucleus")
    assert not any(".json" in finding.text for finding in data.files.said)


def test_two_files_of_names_that_differ_in_case_are_refused(root):
    write(root)
    for name in ("classes.toml", "Classes.toml"):
        (root / name).write_text('[classes]\n128 = "a"\n255 = "b"\n')
    if len([*root.glob("*.toml")]) == 1:
        pytest.skip("the file system tells no names apart by case")
    with pytest.raises(DataError, match=r"holds Classes\.toml and classes\.toml\. Keep one"):
        load(root)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[classes", "cannot be read as TOML"),
        ("[clases]\n1 = 'a'", "Did you mean 'classes'"),
        ("classes = 3", r"write \[classes\]"),
        ("[classes]\nx = 'a'", "write the value of a mask and a name"),
        ("[classes]\n300 = 'a'", "above 255"),
        ("[classes]\n1 = 'a'\n2 = 'a'", "two classes are called 'a'"),
        ("[classes]\n0 = 'lesion'\n255 = 'background'", "background has to be the value 0"),
        ("[classes]\n255 = 'nucleus'", "has the value 128, which is no class"),
        ("[classes]\n0 = 'background'", "names the background alone"),
    ],
)
def test_names_that_cannot_be_understood_are_refused(root, text, message):
    write(root)
    (root / "classes.toml").write_text(text)
    with pytest.raises(DataError, match=message):
        load(root)


def test_stray_values_go_to_the_nearest_class_and_that_is_said(root):
    def drawn(i):
        pixels = labels(i)
        if i == 7:
            pixels[0, 0], pixels[0, 1] = 7, 120
        return pixels

    write(root, drawn)
    data = load(root)
    assert data.target_names == ("background", "value 128", "value 255")
    assert sum("stray" in remark for remark in data.files.remarks.tolist()) == 1


def test_labels_that_are_close_to_each_other_are_classes_however_rare(root):
    def drawn(i):
        pixels = labels(i, (1, 2))
        if i < 3:
            pixels[20, 20] = 3
        return pixels

    write(root, drawn)
    try:
        names = load(root).target_names
    except DataError as error:
        assert "of the class 'value 3'" in str(error)  # noqa: PT017 - it was dealt into test alone
    else:
        assert names == ("background", "value 1", "value 2", "value 3")


def test_masks_of_1_beside_masks_of_255_are_refused(root):
    write(root, lambda i: (labels(i) > 0).astype(np.uint8) * (1 if i % 2 else 255))
    with pytest.raises(DataError, match=r"marks with 1, .* with 255"):
        load(root)


def test_a_soft_mask_is_cut_at_half_of_its_range_and_that_is_said(root):
    def soft(i):
        ramp = np.clip(np.arange(32) * 255 // 31 + i, 0, 255)
        return np.tile(ramp, (24, 1)).astype(np.uint8)

    write(root, soft, mask="masks/{}.jpg")
    data = load(root)
    assert data.target_names == ("background", "foreground")
    assert all("soft mask" in remark for remark in data.files.remarks.tolist())


def test_a_mask_in_several_colours_is_refused_and_one_with_a_palette_is_not(root):
    def coloured(i):
        return np.stack([labels(i), labels(i)[::-1], labels(i) * 0], axis=-1)

    write(root, coloured)
    with pytest.raises(DataError, match="a mask in several colours"):
        load(root)
    for i in range(30):
        picture = Image.fromarray(labels(i, (1, 2))).convert("P")
        picture.putpalette([0, 0, 0, 255, 0, 0, 0, 255, 0])
        picture.save(root / f"masks/{i}.png")
    assert load(root).target_names == ("background", "value 1", "value 2")


@pytest.mark.parametrize(
    ("readable", "text"), [(0, "no image can be read"), (2, "28 of 30 images cannot be read, and")]
)
def test_where_hardly_a_file_can_be_read_the_first_reasons_are_told(root, readable, text):
    write(root, lambda i: labels(i)[: 24 if i < readable else 20])
    message = rf"{text}.*masks/{readable}\.png: the mask is 32×20 px, its image 32×24"
    with pytest.raises(DataError, match=message) as refusal:
        load(root, problems=Problems())
    assert str(refusal.value).endswith(f"And {27 - readable} more.")
    assert "Class" not in str(refusal.value)


def test_a_mask_of_other_sides_is_refused(root):
    write(root)
    save(root / "masks/3.png", labels(3)[:, :-2])
    with pytest.raises(DataError, match=r"3\.png: the mask is 30×24 px, its image 32×24"):
        load(root)


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n", b"not an image at all" * 40])
def test_a_broken_mask_is_refused_by_name(root, content):
    write(root)
    (root / "masks/3.png").write_bytes(content)
    with pytest.raises(DataError, match=r"3\.png") as refused:
        load(root)
    assert "\n" not in str(refused.value)


def test_a_manifest_without_a_column_of_masks_is_told_what_segmentation_needs(root):
    write(root, header="path,outlines_of_cells")
    with pytest.raises(DataUnsuitable, match=r"no column 'mask'.*columns path and mask\.$"):
        load(root)


def test_a_folder_in_the_place_of_a_mask_is_told_as_one(root):
    write(root)
    (root / "masks/3.png").unlink()
    (root / "masks/3.png").mkdir()
    with pytest.raises(DataError, match=r"line 5: masks/3\.png is a folder, not a file\.$"):
        load(root)


def test_an_image_is_not_its_own_mask(root):
    write(root)
    text = (root / "manifest.csv").read_text().replace("masks/3.png", "images/3.png")
    (root / "manifest.csv").write_text(text)
    with pytest.raises(DataError, match=r"line 5: images/3\.png cannot be the mask of itself"):
        load(root)


def huge_png(side):
    """A file of a few hundred bytes that says it has `side` by `side` pixels."""

    def chunk(name, content):
        return (
            struct.pack(">I", len(content))
            + name
            + content
            + struct.pack(">I", zlib.crc32(name + content))
        )

    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        chunk(name, content)
        for name, content in (
            (b"IHDR", head),
            (b"IDAT", zlib.compress(bytes(1000))),
            (b"IEND", b""),
        )
    )


def test_a_mask_that_says_it_is_huge_is_refused_before_it_is_decoded(root):
    write(root)
    (root / "masks/3.png").write_bytes(huge_png(60_000))
    with pytest.raises(DataError, match=r"3\.png: refused, it has more than 89 million pixels"):
        load(root)


def tiff(values):
    tifffile = pytest.importorskip("tifffile")
    buffer = BytesIO()
    tifffile.imwrite(buffer, values)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.ones((24, 32), np.float32), "floating-point pixels are not supported"),
        (np.full((24, 32), -1, np.int16), "values below 0"),
        (np.full((24, 32), 70_000, np.int32), "do not fit 16 bits"),
        (np.ones((2, 24, 32), np.uint8), "has 2 frames"),
        (np.arange(768, dtype=np.uint16).reshape(24, 32) // 200 * 200, "labels up to 600; 255"),
    ],
    ids=["float", "negative", "32 bits", "two pages", "labels beyond 255"],
)
def test_a_tiff_that_is_no_label_map_of_8_bits_is_refused(root, values, message):
    write(root)
    (root / "masks/3.png").write_bytes(tiff(values))
    with pytest.raises(DataError, match=message):
        load(root)


def test_16_bits_of_black_and_one_white_are_inside_and_outside(root):
    write(root, lambda i: labels(i, (255, 255)))
    (root / "masks/3.png").write_bytes(tiff(labels(3, (255, 255)).astype(np.uint16) * 257))
    data = load(root)
    assert data.target_names == ("background", "foreground")
    maps = [decode(png) for png in data.originals.pngs]
    cases = np.concatenate([part.case_ids for _, part in data.parts()]).tolist()
    np.testing.assert_array_equal(maps[cases.index("images/3.png")], labels(3) > 0)


def test_a_black_mask_is_an_empty_truth_and_no_mask_leaves_the_case_out(root):
    write(root, lambda i: labels(i) * (i % 3 > 0))
    text = (root / "manifest.csv").read_text().replace(",masks/29.png", ",")
    (root / "manifest.csv").write_text(text)
    data = load(root)
    assert sum(len(part) for _, part in data.parts()) == 29
    assert any("1 row without a mask left out" in finding.text for finding in data.files.said)
    (root / "manifest.csv").unlink()
    (root / "masks/29.png").unlink()
    told = [finding.text for finding in load(root).files.said]
    assert any("1 image without a mask left out" in text for text in told)
    assert all(
        part.targets[i].any() == (int(Path(part.case_ids[i]).stem) % 3 > 0)
        for _, part in data.parts()
        for i in range(len(part))
    )


def test_only_empty_masks_are_refused(root):
    write(root, lambda i: labels(i) * 0)
    with pytest.raises(DataError, match="every mask is empty"):
        load(root)


def test_masks_beside_their_images_by_name_with_parts(root):
    for part, n in (("train", 24), ("test", 8)):
        for i in range(n):
            save(root / part / f"{part}{i}.png", image(i))
            save(root / part / f"{part}{i}_mask.png", labels(i, (255, 255)))
    data = load(root)
    assert (len(data.train) + len(data.val), len(data.test)) == (24, 8)
    assert data.provenance.split == "given"
    assert is_for_segmentation(root)


def test_a_folder_without_masks_is_unsuitable(root):
    save(root / "a.png", image(0))
    with pytest.raises(DataUnsuitable, match="has no masks"):
        load(root)
    (root / "manifest.csv").write_text("path,label\na.png,x\n")
    with pytest.raises(DataUnsuitable, match="no column 'mask'"):
        load(root)
