"""Whole numbers in masks: labels, however thin, or a gradual border; one answer for a folder."""

import numpy as np
import pytest
from PIL import Image, ImageFilter

from bench.data.folders.reading import Reading
from bench.data.formats.images import file_bytes
from bench.data.formats.masks import read_mask
from bench.data.formats.picture import Part
from bench.data.sets import folder
from bench.protocol.errors import DataError
from bench.protocol.label_maps import decode

SIDE = 48


def thin(i, k=6):
    """Lines of the labels 1 to k, two pixels wide."""
    drawn = np.zeros((SIDE, SIDE), np.uint8)
    for label in range(1, k + 1):
        drawn[6 * label - 2 : 6 * label, 4 + i % 5 : 30 + i % 7] = label
    return drawn


def small(i, k=8):
    """Squares of three pixels, of which some have a pixel amidst their own kind."""
    drawn = np.zeros((SIDE, SIDE), np.uint8)
    for label in range(1, k + 1):
        row, column = divmod(label - 1, 4)
        top, left = 6 + 18 * row, 3 + 11 * column + i % 4
        drawn[top : top + 3, left : left + 3] = label
    return drawn


def disc(i):
    rows, columns = np.mgrid[:SIDE, :SIDE]
    return ((rows - 22) ** 2 + (columns - 20 - i % 5) ** 2 < 10**2).astype(np.uint8) * 255


def seams(i):
    """A disc whose border has grays between 0 and 255."""
    blurred = Image.fromarray(disc(i)).filter(ImageFilter.GaussianBlur(1))
    return np.asarray(blurred)


def write(root, drawn, n=15, names=""):
    for i in range(n):
        pixels = np.random.default_rng(i).integers(0, 256, (SIDE, SIDE)).astype(np.uint8)
        for name, values in (("images", pixels), ("masks", drawn(i))):
            (root / name).mkdir(exist_ok=True)
            Image.fromarray(values).save(root / name / f"{i}.png")
    if names:
        (root / "classes.toml").write_text(f"[classes]\n{names}")


def load(root):
    return folder.load(root, size=SIDE, reading=Reading(task="segmentation"))


def maps(data):
    """The true label map of each image, by its number."""
    cases = np.concatenate([part.case_ids for _, part in data.parts()]).tolist()
    numbers = [int(case.removeprefix("images/").removesuffix(".png")) for case in cases]
    return dict(zip(numbers, map(decode, data.originals.pngs), strict=True))


def numbered(k):
    return "\n".join(f'{i} = "c{i}"' for i in range(1, k + 1))


@pytest.mark.parametrize(("drawn", "k"), [(thin, 6), (small, 8)])
@pytest.mark.parametrize("named", [False, True])
def test_thin_and_small_labels_are_classes(root, drawn, k, named):
    write(root, drawn, names=numbered(k) if named else "")
    data = load(root)
    word = "c" if named else "value "
    assert data.target_names == ("background", *(f"{word}{i}" for i in range(1, k + 1)))
    for i, found in maps(data).items():
        np.testing.assert_array_equal(found, drawn(i))
    for _, part in data.parts():  # whose targets are as large as the files
        for case, target in zip(part.case_ids.tolist(), part.targets, strict=True):
            np.testing.assert_array_equal(target, drawn(int(case[7:-4])))
    assert not any(data.files.remarks.tolist())
    assert data.files.mask_share.max() < 0.2


def test_thin_labels_of_a_lesion_are_all_inside(tmp_path):
    Image.fromarray(thin(0)).save(tmp_path / "m.png")
    found = read_mask(tmp_path / "m.png", file_bytes(tmp_path / "m.png"), Part())
    np.testing.assert_array_equal(found.inside, thin(0) > 0)
    assert found.remarks == ()


def test_all_masks_of_a_folder_with_gradual_borders_are_cut_at_half(root):
    def drawn(i):
        if i % 3:
            return seams(i)
        large = Image.fromarray(disc(i)).resize((4 * SIDE, 4 * SIDE), Image.Resampling.NEAREST)
        shifted = np.roll(np.asarray(large), 2, axis=1)  # one gray, on its own a class
        return np.asarray(Image.fromarray(shifted).resize((SIDE, SIDE), Image.Resampling.BOX))

    write(root, drawn)
    data = load(root)
    assert data.target_names == ("background", "foreground")
    for i, found in maps(data).items():
        np.testing.assert_array_equal(found, drawn(i) > 127)
    assert all("soft mask" in remark for remark in data.files.remarks.tolist())


def test_where_255_alone_is_named_a_gradual_border_is_cut_too(root):
    write(root, seams, names='255 = "lesion"')
    data = load(root)
    assert data.target_names == ("background", "lesion")
    np.testing.assert_array_equal(maps(data)[3], seams(3) > 127)


def test_labels_in_some_masks_beside_gradual_borders_in_others_are_refused(root):
    write(root, lambda i: seams(i) if i % 2 else thin(i))
    with pytest.raises(DataError, match=r"masks/\d+\.png: it cannot be told .*classes\.toml"):
        load(root)


def ring(i):
    """A disc with a contour of one pixel that is a class of its own."""
    rows, columns = np.mgrid[:SIDE, :SIDE]
    away = np.hypot(rows - SIDE / 2, columns - SIDE / 2 + i % 3)
    radius = SIDE / 4 + i % 4
    return np.select([away < radius, away < radius + 1], [255, 128], 0).astype(np.uint8)


def smoothed(i, levels=1):
    """A disc in steps of its share of each pixel, of which there are so many between 0 and 1."""
    rows, columns = np.mgrid[: 8 * SIDE, : 8 * SIDE] / 8
    share = np.hypot(rows - SIDE / 2 + 0.3, columns - SIDE / 2 + i % 3) < SIDE / 4 + i % 4
    share = share.reshape(SIDE, 8, SIDE, 8).mean(axis=(1, 3))
    return np.round(np.round(share * (levels + 1)) / (levels + 1) * 255).astype(np.uint8)


@pytest.mark.parametrize("levels", [1, 2, 3])
def test_few_levels_of_a_smoothed_border_are_refused_and_named_ones_are_classes(root, levels):
    write(root, lambda i: smoothed(i, levels))
    with pytest.raises(DataError, match=r"found only in the border between 0 and 255, one pixel"):
        load(root)
    values = [round(255 * i / (levels + 1)) for i in range(1, levels + 2)]
    names = "\n".join(f'{value} = "c{value}"' for value in values)
    (root / "classes.toml").write_text(f"[classes]\n{names}")
    assert load(root).target_names == ("background", *(f"c{value}" for value in values))


def test_a_contour_that_is_a_class_stays_one(root):
    write(root, ring)
    data = load(root)
    assert data.target_names == ("background", "value 128", "value 255")
    np.testing.assert_array_equal(maps(data)[2], np.searchsorted([0, 128, 255], ring(2)))


def test_solid_areas_in_one_mask_make_a_level_a_class_in_all(root):
    def drawn(i):
        values = smoothed(i)
        if i == 3:
            values[1:5, 1:9] = 128
        return values

    write(root, drawn)
    assert load(root).target_names == ("background", "value 128", "value 255")


def test_few_strays_along_a_border_are_no_smoothing(root):
    def drawn(i):
        values = np.where(smoothed(i) > 127, 255, 0).astype(np.uint8)
        if i == 0:
            values.flat[np.flatnonzero(smoothed(0) == 128)[:20]] = 128
        return values

    write(root, drawn, n=50)
    data = load(root)
    assert data.target_names == ("background", "foreground")
    assert sum("stray" in remark for remark in data.files.remarks.tolist()) == 1


def test_few_steps_of_a_small_range_are_refused_but_named_ones_are_classes(root):
    def votes(i):
        return (seams(i) // 40).astype(np.uint8)

    write(root, votes)
    with pytest.raises(DataError, match=r"it cannot be told .*classes\.toml"):
        load(root)
    (root / "classes.toml").write_text(f"[classes]\n{numbered(6)}")
    np.testing.assert_array_equal(maps(load(root))[2], votes(2))


def test_a_value_without_a_name_is_told_as_it_is_in_the_mask(root):
    write(root, thin, names=numbered(5))
    with pytest.raises(DataError, match=r"has the value 6, which is no class"):
        load(root)


def void(i):
    """Two labels, and around them a border of 255."""
    drawn = np.zeros((SIDE, SIDE), np.uint8)
    drawn[8:24, 8:30] = 255
    drawn[10:22, 10 : 18 + i % 4] = 1
    drawn[10:22, 20 + i % 4 : 28] = 2
    return drawn


@pytest.mark.parametrize("values", [(1, 2), (1, 1)])
def test_255_beside_small_labels_is_refused_with_what_to_do(root, values):
    def drawn(i):
        found = void(i)
        return np.where(found == 2, values[1], found).astype(np.uint8)

    write(root, drawn)
    with pytest.raises(DataError, match=r'with 255.*classes\.toml.*255 = "background"'):
        load(root)


@pytest.mark.parametrize("zero", ["", '0 = "background"\n'])
def test_a_border_that_is_named_background_is_background(root, zero):
    write(root, void, names=f'{zero}1 = "cat"\n2 = "dog"\n255 = "background"')
    data = load(root)
    assert data.target_names == ("background", "cat", "dog")
    for i, found in maps(data).items():
        np.testing.assert_array_equal(found, np.where(void(i) == 255, 0, void(i)))
    area = np.mean([(void(i) % 255 > 0).mean() for i in range(15)])
    assert data.files.mask_share.mean() == pytest.approx(area)
    assert not any(part.targets.max() > 2 for _, part in data.parts())


@pytest.mark.parametrize("whites", [(254, 255), (1, 254)])
def test_values_that_may_mean_the_same_are_refused(root, whites):
    write(root, lambda i: np.where(disc(i) > 0, whites[i % 2], 0).astype(np.uint8))
    with pytest.raises(DataError, match=rf"marks with {whites[0]}, .* with {whites[1]}"):
        load(root)


def two_discs(i, levels):
    """Discs of two gray levels, whose borders are smoothed."""
    rows, columns = np.mgrid[:SIDE, :SIDE]
    drawn = np.zeros((SIDE, SIDE), np.uint8)
    for level, place in zip(levels, (14, 34), strict=True):
        drawn[(rows - 22) ** 2 + (columns - place - i % 3) ** 2 < 7**2] = level
    return np.asarray(Image.fromarray(drawn).filter(ImageFilter.GaussianBlur(1.5)))


@pytest.mark.parametrize("levels", [(128, 255), (80, 240), (100, 200)])
def test_areas_of_gray_with_gradual_borders_are_refused(root, levels):
    write(root, lambda i: two_discs(i, levels))
    with pytest.raises(DataError, match=r"masks/\d+\.png: it cannot be told .*classes\.toml"):
        load(root)
    path = root / "masks/0.png"
    with pytest.raises(DataError, match="a gradual border and areas of gray between"):
        read_mask(path, file_bytes(path), Part())


@pytest.mark.parametrize("sigma", [1, 3, 6])
def test_thin_structures_and_wide_borders_that_are_smoothed_are_not(root, sigma):
    def drawn(i):
        lines = np.zeros((4 * SIDE, 4 * SIDE), np.uint8)
        lines[40 : 40 + 2 * sigma + 1, 10:180] = 255
        lines[70:130, 60 + i : 120 + i] = 255
        blurred = Image.fromarray(lines).filter(ImageFilter.GaussianBlur(sigma))
        return np.asarray(blurred.resize((SIDE, SIDE), Image.Resampling.BILINEAR))

    write(root, drawn)
    data = load(root)
    assert data.target_names == ("background", "foreground")
    for i, found in maps(data).items():
        np.testing.assert_array_equal(found, drawn(i) > drawn(i).max() / 2)


RED, GREEN, BLACK = (255, 0, 0), (0, 255, 0), (0, 0, 0)


def write_palettes(root, palettes):
    write(root, disc)
    for i in range(15):
        picture = Image.fromarray(two_discs(i, (128, 255)) // 100).convert("P")
        picture.putpalette(sum(palettes[i % len(palettes)], ()))
        picture.save(root / f"masks/{i}.png")


@pytest.mark.parametrize(
    ("palettes", "sentence"),
    [
        (
            [(BLACK, RED, GREEN), (BLACK, GREEN, RED)],
            r"1\.png: 1 is \(0, 255, 0\) in its palette and \(255, 0, 0\) in that of .*0\.png",
        ),
        ([(RED, GREEN, BLACK)], r"2 is black and 0, the background, is \(255, 0, 0\)"),
    ],
)
def test_palettes_that_number_colours_as_they_come_are_refused(root, palettes, sentence):
    write_palettes(root, palettes)
    with pytest.raises(DataError, match=rf"{sentence}.*classes\.toml"):
        load(root)
    (root / "classes.toml").write_text('[classes]\n1 = "one"\n2 = "two"')
    assert load(root).target_names == ("background", "one", "two")


def test_of_several_masks_of_an_image_that_one_is_named_which_has_the_value(root):
    write(root, disc)
    for i in range(15):
        (root / f"masks/{i}.png").rename(root / f"masks/{i}_mask_1.png")
        drawn = np.zeros((SIDE, SIDE), np.uint8)
        drawn[40:46, 2:9] = 1
        Image.fromarray(drawn).save(root / f"masks/{i}_mask_2.png")
    told = r"masks/0_mask_2\.png marks with 1, masks/0_mask_1\.png with 255"
    with pytest.raises(DataError, match=told):
        load(root)
