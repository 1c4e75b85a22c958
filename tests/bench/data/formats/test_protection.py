import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from scipy.ndimage import gaussian_filter

from bench.cli.main import run_command
from bench.data.checks.protected import protected
from bench.data.folders.case import Case
from bench.data.formats.protection import has_letters, identifying_name
from tests.bench.data.formats.dicom_files import write as write_dicom


def speckle(seed, size=(300, 400), level=70.0):
    """What an ultrasound image looks like: smooth tissue with multiplicative noise, and edges."""
    random = np.random.default_rng(seed)
    tissue = level + 40 * gaussian_filter(random.normal(size=size), 12) / 0.02 * 0.3
    grain = random.rayleigh(1.0, size)
    picture = np.clip(tissue * gaussian_filter(grain, 0.8), 0, 255)
    rows, cols = np.mgrid[: size[0], : size[1]]
    picture[np.abs(rows - 0.3 * cols - 40) < 2] = 230  # a bright interface
    return picture.astype(np.uint8)


def written(picture, text, size, place=(10, 8), fill=255):
    image = Image.fromarray(picture)
    ImageDraw.Draw(image).text(place, text, fill=fill, font=ImageFont.load_default(size))
    return np.asarray(image)


@pytest.mark.parametrize("size", [10, 14, 22, 36])
@pytest.mark.parametrize("place", [(10, 8), (150, 240)])
def test_letters_at_the_border_are_found(size, place):
    found = [has_letters(written(speckle(seed), "DOE JOHN 1957", size, place)) for seed in range(6)]
    assert sum(found) >= 5


def test_dark_letters_and_letters_in_colour_are_found():
    assert has_letters(written(np.full((300, 400), 220, np.uint8), "JANE ROE 42", 18, fill=0))
    colour = np.zeros((300, 400, 3), np.uint8)
    assert has_letters(written(colour, "JANE ROE 42", 18, fill=(255, 230, 0)))


@pytest.mark.parametrize("seed", range(12))
def test_tissue_without_text_is_not_taken_for_it(seed):
    assert not has_letters(speckle(seed, level=40.0 + 10 * seed))


def test_rulers_circles_and_frames_are_no_letters():
    picture = np.zeros((300, 400), np.uint8)
    picture[::20, :6] = 255  # a ruler along the side
    picture[5, :] = picture[:, 5] = 255
    rows, cols = np.mgrid[:300, :400]
    picture[(rows - 150) ** 2 + (cols - 200) ** 2 < 120**2] = 200
    assert not has_letters(picture)
    assert not has_letters(np.zeros((20, 20), np.uint8))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("DOE^JOHN.dcm", "two names"),
        ("Smith_John/scan.png", "two names"),
        ("img-19570304-2.png", "a date"),
        ("04.03.1957.png", "a date"),
        ("mrn00123456.png", "a long number"),
        ("benign/malignant_012.png", ""),
        ("images/100_1-1.png", ""),
        ("Left_Image.png", ""),
        ("20991231.png", "a long number"),
        ("Anna_Schmidt_1975.png", "two names"),
        ("Mueller^Hans.dcm", "two names"),
        ("Schmidt, Anna/1.png", "two names"),
        ("Scan_Anna_Schmidt.png", "two names"),
        ("Region North/Oliver_North.png", "two names"),
        ("benign (12).png", ""),
        ("case_left_breast.png", ""),
        ("BUSI malignant 3.png", ""),
        ("Region North/12.png", ""),
        ("Mass Training/3.png", ""),
        ("Mass-Training_P_00001_LEFT_CC.png", ""),
        ("Lung_Opacity-12.png", ""),
        ("Test Set/Upper Left 3.png", ""),
        ("Breast_Ultrasound_Images_Dataset/7.png", ""),
    ],
)
def test_names_that_may_identify_are_known(name, said):
    assert identifying_name(name) == said


def test_words_of_classes_are_no_names_of_persons(tmp_path):
    paths = [f"Basal Cell/Basal Cell ({i}).png" for i in range(3)] + ["Paget/Anna Schmidt.png"]
    for path in paths:
        (tmp_path / path).parent.mkdir(exist_ok=True)
        Image.new("L", (16, 16)).save(tmp_path / path)
    found = [Case(path, path.partition("/")[0]) for path in paths]
    assert identifying_name(paths[0]) == "two names"
    told = protected(tmp_path, found)
    assert told.text == "1 names hold two names."
    assert told.examples == ("two names: Paget/Anna Schmidt.png",)


@pytest.mark.slow
def test_data_check_warns_of_all_of_it_and_quotes_none_of_it(tmp_path, capsys):
    root = tmp_path / "scans"
    for c, label in enumerate(("benign", "malignant")):
        (root / label).mkdir(parents=True)
        for i in range(6):
            picture = speckle(10 * c + i, (96, 128)).astype(np.uint16)
            tags = {"PatientName": "Secret^Sue"} if i == 0 else {}
            tags |= {"BurnedInAnnotation": "YES"} if i == 1 else {}
            write_dicom(root / label / f"{i}.dcm", picture, **tags)
    Image.fromarray(written(speckle(99), "SECRET SUE", 20)).save(root / "benign" / "Doe_Jane.png")
    run_command(["data", "check", str(root), "--size", "32"])
    out = " ".join(capsys.readouterr().out.split())
    assert "2 of 13 files: tags that identify a patient: PatientName" in out
    assert "2 of 13 files: text is burned into the picture" in out
    assert "1 of 13 files: what looks like letters stands at its border" in out
    assert "1 names hold two names" in out
    assert "Secret" not in out
